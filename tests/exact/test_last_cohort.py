"""Evidence: exact. A design by the last cohort: in the graph against all paths, in engines by hand."""

from collections import defaultdict
from itertools import product

import pytest

from simulator.exact.dose_graph import dose_graph
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.words import TriggerUnit
from tests.engine.dose_finding import all_dlt, build, decided, play
from tests.helpers import dose_version
from tests.last_cohort import AfterTheLast, with_design

RATES = (0.1, 0.35, 0.6)
CHANCES = [[(1 - p) ** 3, 3 * p * (1 - p) ** 2, 3 * p**2 * (1 - p), p**3] for p in RATES]


def walked(cohorts, doses=3):
    """(P(the dose after the last), E[DLT per dose]) over every sequence of DLTs of cohorts of 3."""
    select, dlts = defaultdict(float), defaultdict(float)
    for seen in product(range(4), repeat=cohorts):
        dose, chance, at = 0, 1.0, []
        for k in seen:
            chance *= CHANCES[dose][k]
            at.append((dose, k))
            dose = min(max(dose + (1 if k == 0 else -1 if k > 1 else 0), 0), doses - 1)
        select[dose + 1] += chance
        for dose, k in at:
            dlts[dose + 1] += chance * k
    return select, dlts


def test_the_graph_equals_the_sum_over_all_paths():
    found = dose_graph([dose_version(AfterTheLast(n_max=15), (1, 2, 3))]).evaluate(RATES)
    select, dlts = walked(5)
    for level in (1, 2, 3):
        assert found.p_select[level] == pytest.approx(select[level], rel=0, abs=1e-12)
        assert found.dlt[level] == pytest.approx(dlts[level], rel=0, abs=1e-12)


def test_after_an_amendment_there_is_no_last_cohort():
    """All 3 with a DLT, and yet the new version, which counts them, does not go down from its start."""
    versions = [
        dose_version(AfterTheLast(), (1, 2)),
        dose_version(AfterTheLast(n_max=6), (1, 2)),
    ]
    trigger = TriggerTable(unit=TriggerUnit.TREATED, dose=-1, amount=3.0)
    amendment = AmendmentTable(name="restart", triggers=(trigger,), every=False, operations=())
    found = dose_graph(versions, [amendment]).evaluate((1.0, 1.0))
    assert (found.n[1], found.n[2], found.p_select[1]) == (6, 0, 1)
    at_top = dose_graph([dose_version(AfterTheLast(n_max=6), (1, 2), start=1)]).evaluate((1.0, 1.0))
    assert (at_top.n[2], at_top.n[1]) == (3, 3), "which it does without one"


DESIGN = with_design(build(until=12), AfterTheLast())
STORIES = {  # candidates with a DLT -> (day, level, next, patients) of every decision
    (): [(40.0, 1, 2, 3), (80.0, 2, 3, 3), (120.0, 3, 3, 3)],
    (0, 4, 8): [(40.0, 1, 1, 3), (80.0, 1, 1, 3), (120.0, 1, 1, 3)],
}


@pytest.mark.parametrize("dlts", STORIES)
def test_engines_tell_of_the_last_cohort_alone(dlts):
    """Candidates 3 and 7 find accrual held. The fourth cohort ends it."""
    found = decided(play(DESIGN, all_dlt(*dlts)))
    assert [row[:4] for row in found[:3]] == STORIES[dlts]
    assert found[3][2] == 0


def test_two_dlts_of_two_cohorts_are_not_two_of_one():
    """One in the first cohort at 1 mg, one in the second there, then none: up only after the third."""
    rows = decided(play(DESIGN, all_dlt(0, 4)))
    assert [row[2] for row in rows] == [1, 1, 2, 0]

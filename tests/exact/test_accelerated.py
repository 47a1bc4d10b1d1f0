"""Evidence: exact, peer. An accelerated first stage: closed forms, every path, BOIN's own titration."""

import json
from math import comb
from pathlib import Path

import numpy as np
import pytest

from simulator.contracts import NO_DOSE
from simulator.dose_finding._one_a_dose import Accelerated
from simulator.dose_finding.boin import Boin
from simulator.dose_finding.crm import Crm
from simulator.dose_finding.three_plus_three import ThreePlusThree
from simulator.engines.compiled.driver import play
from simulator.exact.dose_graph import dose_graph
from simulator.program.decisions import Standing, decisions_of
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.words import TriggerUnit
from tests.helpers import SEED, assert_share, dose_version, exactly, program

A = ThreePlusThree(variant="A")
TRIALS = 4_000
UNTIL = {"accelerated_until": {"dlt": 1, "mild": 2}}
RATES, MILD = (0.1, 0.3, 0.45), (0.2, 0.35, 0.5)
TITRATED = [
    case
    for case in json.loads(Path(__file__).with_name("data").joinpath("boin_oc.json").read_text())["cases"]
    if case["args"].get("titration")
]


def near(value):
    return pytest.approx(value, rel=0, abs=1e-12)


def test_before_boin_until_the_first_dlt_it_is_the_titration_of_the_package():
    assert TITRATED
    for case in TITRATED:
        args = case["args"]
        design = Boin(target=args["target"], n_max=args["ncohort"] * args["cohortsize"])
        found = dose_graph([dose_version(Accelerated(then=design), range(1, 6))]).evaluate(args["p.true"])
        exact = case["exact"]
        assert [*found.p_select.values(), found.p_none] == pytest.approx(
            [*exact["select"], exact["none"]], rel=0, abs=1e-9
        )
        assert list(found.n.values()) == pytest.approx(exact["n_per_dose"], rel=0, abs=1e-9)


def test_two_doses_of_3_plus_3_by_hand():
    """The first milder event ends it. What is left is A's 3+3, from one patient who had a DLT or none."""
    (p1, p2), (m1, _) = RATES[:2], MILD[:2]
    found = dose_graph([dose_version(Accelerated(then=A, event="mild", patients=1), (1, 2))]).evaluate(
        RATES[:2], MILD[:2]
    )

    def passes(p, first):
        """At most 1 DLT in 6, of whom 3 suffice without any; `first`: DLTs of the one who is there."""
        q = 1 - p
        return q**2 * q**3 if first else q**2 + 2 * p * q * q**3

    whole = (1 - p2) * passes(p2, 0) + p2 * passes(p2, 1)  # dose 2 from the beginning: the top is filled
    on = (1 - p1) * (1 - m1)
    stays = (1 - p1) * m1 * passes(p1, 0) + p1 * passes(p1, 1)
    assert found.p_select[2] == near((on + stays) * whole)
    assert found.p_select[1] == near((on * passes(p1, 0) + stays) * (1 - whole))
    assert found.p_reach[2] == near(on + stays)


def walked(design, rates, mild):
    """(P(select), E[n per dose]) over every path, the stage told here in its own words."""
    doses, cohort = len(rates), design.then.cohort
    select, n_mean = dict.fromkeys(range(-1, doses), 0.0), np.zeros(doses)

    def after(n, x, dose, last):
        """The design alone, cohort by cohort."""
        choice = decisions_of(design.then).of(Standing(tuple(n), tuple(x), dose, *last))
        if choice.dose == NO_DOSE:
            return choice.selected
        return choice.dose, choice.patients

    def go(chance, n, x, dose, size, seen):
        """seen: patients with the milder event; None once the stage is over."""
        p = rates[dose]
        if seen is not None:
            n = [*n[:dose], 1, *n[dose + 1 :]]
            for share, dlt, more in (
                (p, 1, 0),
                ((1 - p) * mild[dose], 0, 1),
                ((1 - p) * (1 - mild[dose]), 0, 0),
            ):
                y = [*x[:dose], dlt, *x[dose + 1 :]]
                many = seen + more
                if dlt or many == design.patients or dose == doses - 1:
                    fill(chance * share, n, y, dose)
                else:
                    go(chance * share, n, y, dose + 1, 1, many)
            return
        for k in range(size + 1):
            share = comb(size, k) * p**k * (1 - p) ** (size - k)
            m, y = list(n), list(x)
            m[dose], y[dose] = m[dose] + size, y[dose] + k
            judged(chance * share, m, y, dose, (size, k) if size < cohort else (0, 0))

    def fill(chance, n, x, dose):
        for k in range(cohort):
            share = comb(cohort - 1, k) * rates[dose] ** k * (1 - rates[dose]) ** (cohort - 1 - k)
            m, y = list(n), list(x)
            m[dose], y[dose] = cohort, y[dose] + k
            judged(chance * share, m, y, dose, (cohort, y[dose]))

    def judged(chance, n, x, dose, last):
        told = last if design.then.remembers_last_cohort else (0, 0)
        found = after(n, x, dose, told)
        if isinstance(found, int):
            select[found] += chance
            n_mean[:] += chance * np.array(n)
        else:
            go(chance, n, x, *found, None)

    go(1.0, [0] * doses, [0] * doses, 0, 1, 0)
    return select, n_mean


@pytest.mark.parametrize("then", [A, ThreePlusThree(variant="C"), Boin(target=0.3, n_max=14)], ids=str)
def test_the_graph_equals_the_sum_over_all_paths(then):
    design = Accelerated(then=then, event="mild", patients=2)
    found = dose_graph([dose_version(design, (1, 2, 3))]).evaluate(RATES, MILD)
    select, n = walked(design, RATES, MILD)
    assert sum(select.values()) == near(1.0)
    assert [found.p_none, *found.p_select.values()] == near([select[i] for i in range(-1, 3)])
    assert list(found.n.values()) == near(n)


def test_the_crm_is_told_of_the_single_patient_as_one_of_the_cohort():
    """1 of 3 is above the target: no dose up straight after it, though the two who fill it had no DLT."""
    crm = Crm(target=0.25, n_max=30, skeleton=(0.01, 0.02, 0.03))
    with_one, alone = Standing((1, 3, 0), (0, 1, 0), 1, 2, 0), Standing((1, 3, 0), (0, 1, 0), 1, 3, 1)
    answer = decisions_of(Accelerated(then=crm)).of(with_one)
    assert answer == decisions_of(crm).of(alone)
    assert crm.reasons[answer.reason].startswith("stay: too many DLTs in the last cohort")
    assert decisions_of(crm).of(with_one).dose == 2, "which it would go up from otherwise"


def test_many_truths_are_those_of_one_each_and_milder_rates_of_one_serve_all():
    graph = dose_graph([dose_version(Accelerated(then=A, event="mild", patients=2), (1, 2, 3))])
    rates, mild = np.array([RATES, RATES[::-1]]), np.array([MILD, MILD[::-1]])
    both, shared = graph.evaluate(rates, mild), graph.evaluate(rates, MILD)
    for i in range(2):
        assert both.p_select[2][i] == near(float(graph.evaluate(rates[i], mild[i]).p_select[2]))
    assert shared.p_select[2][1] == near(float(graph.evaluate(rates[1], MILD).p_select[2]))
    assert graph.p_mostly(rates, (3,), 60, moderate=mild)[0] == near(
        float(graph.p_mostly(RATES, (3,), 60, moderate=MILD))
    )
    with pytest.raises(ValueError, match="no probability of the milder event"):
        graph.evaluate(RATES)


@pytest.mark.parametrize(("mild", "reached"), [(0.0, 1.0), (1.0, 0.0)])
def test_without_milder_events_it_goes_on_and_with_them_it_ends_at_the_second(mild, reached):
    """No DLT: with 3 doses the third is given to 1 patient first, or the second to 3."""
    graph = dose_graph([dose_version(Accelerated(then=A, event="mild", patients=2), (1, 2, 3))])
    found = graph.evaluate((0.0, 0.0, 0.0), (mild,) * 3)
    assert list(found.n.values()) == near([1, 1 if reached else 3, 3])


def test_a_new_version_that_keeps_counts_knows_who_had_the_milder_event():
    """3 at 1 mg, which is left out, and one at 2 mg in a version that does not count it; then one at 3 mg."""
    design = Accelerated(then=A, event="mild", patients=2)
    one = ThreePlusThree(variant="A", cohort=1)
    versions = [dose_version(one, (1, 2, 3)), dose_version(design, (2, 3, 4), start=1)]
    trigger = TriggerTable(unit=TriggerUnit.TREATED, dose=-1, amount=4.0)
    amendment = AmendmentTable(name="on", triggers=(trigger,), every=False, operations=())
    found = dose_graph(versions, [amendment]).evaluate((0.0,) * 4, (0.9, 0.5, 0.4, 0.3))
    assert (found.n[1], found.n[2]) == (near(3), near(1))
    assert found.n[3] == near(1 + 2 * 0.5 * 0.4)
    assert found.p_select[4] == near(1.0)


def test_trials_that_are_played_agree_with_the_graph():
    """Five shares, false alarm 1e-6 each."""
    rates, milder = (
        dict(zip(("1 mg", "2 mg", "3 mg"), (f"{100 * p:g}%" for p in each), strict=True))
        for each in (RATES, MILD)
    )
    law = {"clock": "enrolment", "within": "28 days", "onset": "uniform"}
    given = program(
        {
            "drugs": {"x": list(rates)},
            "phases": {"one": {"lasts": "28 days", "gives": {"x": "assigned"}}},
            "events": {"dlt": {"window": "28 days"}, "mild": {}},
            "dose_finding": {"kind": "boin", "target": "30%", "n_max": 14, **UNTIL},
            "accrual": {"until": "18 treated", "while_held": "on_demand"},
        },
        {
            "events": {
                "dlt": law | {"probability_by_dose": {"x": rates}},
                "mild": law | {"probability_by_dose": {"x": milder}},
            }
        },
    )
    exact, reason = exactly(given)
    assert reason == ""
    found = dose_graph([given.dosing.versions[0]]).evaluate(RATES, MILD)
    assert exact["p_select.2 mg"] == pytest.approx(float(found.p_select[2]), rel=0, abs=1e-6)
    over = play(given, seed=SEED, first=0, trials=TRIALS).decisions
    over = over[over["next"] == 0]
    assert len(over) == TRIALS
    for level, dose in enumerate(("none", *rates)):
        assert_share(int((over["selected"] == level).sum()), TRIALS, exact[f"p_select.{dose}"], dose)


def test_both_may_depend_on_one_trait():
    """Half of the patients have nothing: of those without a DLT fewer have the milder event."""
    design = {
        "drugs": {"x": ["1 mg", "2 mg"]},
        "phases": {"one": {"lasts": "28 days", "gives": {"x": "assigned"}}},
        "events": {"dlt": {"window": "28 days"}, "mild": {}},
        "dose_finding": {
            "kind": "three_plus_three", "variant": "A", "accelerated_until": {"dlt": 1, "mild": 1}
        },
        "accrual": {"until": "12 treated"},
    }  # fmt: skip
    events = {
        name: {"clock": "enrolment", "only_if": "frail", "probability": f"{p}% in 28 days"}
        for name, p in (("dlt", 60), ("mild", 80))
    }
    values, reason = exactly(program(design, {"traits": {"frail": {"probability": "50%"}}, "events": events}))
    assert reason == ""
    milder = 0.5 * 0.4 * 0.8 / (1 - 0.5 * 0.6)
    graph = dose_graph([dose_version(Accelerated(then=A, event="mild", patients=1), (1, 2))])
    expected = graph.evaluate((0.3, 0.3), (milder, milder))
    assert values["p_select.2 mg"] == near(float(expected.p_select[2]))

"""Evidence: exact. The decision graph against enumerations of 3+3 made elsewhere, closed forms, and a
path-by-path enumeration of amended dose findings that shares no code with it.
"""

import json
from collections import Counter, defaultdict
from functools import cache
from math import comb, prod
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding.three_plus_three import ThreePlusThree
from simulator.exact import dose_graph as module
from simulator.exact.dose_graph import dose_graph
from simulator.program.triggers import AmendmentTable, TriggerTable
from simulator.program.words import TriggerUnit
from tests.helpers import dose_version

CASES = json.loads((Path(__file__).parent / "data/three_plus_three_exact.json").read_text())["cases"]


def plain(variant, doses, *, start=0):
    """The graph of one 3+3, its levels numbered from 1."""
    return dose_graph([dose_version(ThreePlusThree(variant=variant), range(1, doses + 1), start=start)])


def near(expected):
    return pytest.approx(expected, rel=0, abs=1e-9)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_operating_characteristics_equal_the_reference_enumeration(case):
    truth = case["truth"]
    found = plain(case["variant"], len(truth)).evaluate(dict(enumerate(truth, start=1)))
    assert list(found.p_select.values()) == near(case["select"])
    assert found.p_none == near(case["none"])
    assert list(found.n.values()) == near(case["n_per_dose"])
    assert list(found.dlt.values()) == near(case["dlt_per_dose"])
    assert (found.n_mean, found.n_sd) == near((case["n_mean"], case["n_sd"]))
    expected = {int(n): p for n, p in case["n_dist"].items()}
    assert found.p_total == near(expected)


M1, M2, M4 = (0.03, 0.05, 0.08, 0.15), (0.05,) * 4, (0.30, 0.40, 0.50, 0.60)
C_M1 = (0.010106, 0.026634, 0.063479, 0.198748, 0.701033)
PUBLISHED = [  # variant, truth, P(none, then each level), E[N], E[DLT], E[cohorts]; None where not given
    ("C", M1, C_M1, 16.1025, 1.3833, 5.3675),
    ("C", M2, (0.026724, 0.025848, 0.025197, 0.030038, 0.892192), 15.6795, 0.7840, 5.2265),
    ("C", M4, (0.561911, 0.318581, 0.102395, 0.016037, 0.001076), 8.3032, 2.9008, 2.7677),
    ("A", M1, (0.010041, 0.026291, 0.060839, 0.168114, 0.734716), 13.6933, 1.0828, None),
    ("A", M2, (0.026558, 0.025853, 0.025166, 0.024498, 0.897926), 13.0913, 0.6546, None),
    ("A", M4, (0.505737, 0.341382, 0.126605, 0.024110, 0.002166), 7.1785, 2.5225, None),
    ("B", M1, (0.010106, 0.026631, 0.062974, 0.165574, 0.734716), 14.3538, None, None),
]


@pytest.mark.parametrize(("variant", "truth", "chances", "patients", "dlts", "cohorts"), PUBLISHED)
def test_the_mec_trial_has_the_printed_characteristics(variant, truth, chances, patients, dlts, cohorts):
    found = plain(variant, 4).evaluate(truth)
    assert [found.p_none, *found.p_select.values()] == pytest.approx(chances, rel=0, abs=5.1e-7)
    assert found.n_mean == pytest.approx(patients, rel=0, abs=5.1e-5)
    assert dlts is None or sum(found.dlt.values()) == pytest.approx(dlts, rel=0, abs=5.1e-5)
    assert cohorts is None or found.cohorts == pytest.approx(cohorts, rel=0, abs=5.1e-5)


def test_a_start_above_the_lowest_dose_changes_none_but_not_the_lowest():
    low, high = plain("C", 4).evaluate(M1), plain("C", 4, start=1).evaluate(M1)
    expected = [0.000336, 0.026634, 0.064123, 0.200764, 0.708143]
    assert [high.p_none, *high.p_select.values()] == pytest.approx(expected, rel=0, abs=5.1e-7)
    assert high.n_mean == pytest.approx(13.0658, rel=0, abs=5.1e-5)
    assert high.p_select[1] == near(low.p_select[1])
    assert (high.p_reach[2], low.p_reach[1]) == near((1.0, 1.0))


@pytest.mark.parametrize("variant", ["A", "B", "C"])
def test_the_top_dose_is_reached_as_often_in_every_variant(variant):
    reached = plain(variant, 4).evaluate(M1).p_reach
    passes = [(1 - p) ** 3 + 3 * p * (1 - p) ** 5 for p in M1]
    assert list(reached.values()) == near([prod(passes[:i]) for i in range(4)])
    assert reached[4] == pytest.approx(0.902829, rel=0, abs=5.1e-7)


truths = st.lists(st.one_of(st.sampled_from([0.0, 1.0, 1e-300]), st.floats(0, 1)), min_size=1, max_size=6)


@settings(deadline=None)
@given(truths)
def test_variant_a_has_its_closed_form(truth):
    found = plain("A", len(truth)).evaluate(truth)
    passes = [(1 - p) ** 3 + 3 * p * (1 - p) ** 5 for p in truth]
    reach = [prod(passes[:i]) for i in range(len(truth) + 1)]
    for i in range(len(truth)):
        fails_above = 1 - passes[i + 1] if i + 1 < len(truth) else 1
        assert found.p_select[i + 1] == pytest.approx(reach[i + 1] * fails_above, abs=1e-12)
        assert found.p_reach[i + 1] == pytest.approx(reach[i], abs=1e-12)
    assert found.p_none == pytest.approx(1 - passes[0], abs=1e-12)


@settings(deadline=None)
@given(truths, st.sampled_from("ABC"))
def test_laws_of_every_truth(truth, variant):
    """Total probability, Wald's identity dose by dose, and the mean by dose and by total."""
    found = plain(variant, len(truth)).evaluate(truth)
    assert found.p_none + sum(found.p_select.values()) == pytest.approx(1, abs=1e-12)
    assert sum(found.p_total.values()) == pytest.approx(1, abs=1e-12)
    assert sum(found.n.values()) == pytest.approx(found.n_mean, abs=1e-11)
    for level, p in enumerate(truth, start=1):
        assert found.dlt[level] == pytest.approx(p * found.n[level], abs=1e-11)


def test_many_truths_at_once_equal_one_by_one(monkeypatch):
    graph, table = plain("C", 3), np.array([[0.0, 0.0, 0.0], [0.1, 0.2, 0.4], [0.3, 1.0, 1.0], [1, 1, 1]])
    singles = [graph.evaluate(row) for row in table]
    for block in (module.BLOCK, 2 * len(graph.n), 1):  # all, two, and one truth at a time
        monkeypatch.setattr(module, "BLOCK", block)
        many = graph.evaluate(table)
        for name in ("p_select", "p_reach", "n", "dlt", "p_total"):
            for key, values in getattr(many, name).items():
                assert values == pytest.approx([getattr(one, name)[key] for one in singles], abs=1e-14)
        for name in ("p_none", "cohorts", "n_mean", "n_sd"):
            assert getattr(many, name) == pytest.approx([getattr(one, name) for one in singles], abs=1e-7)
    assert (many.p_select[3][0], many.p_none[3], many.n_mean[0], many.n_mean[3]) == (1, 1, 12, 3)
    assert graph.largest_n == 18


# Amendments: path by path, nothing merged, decisions one at a time.


@cache
def asked(method, n, dlt, current):
    row = DoseCounts(n=np.array([n]), dlt=np.array([dlt]), current=np.array([current]))
    choice = method.decide(row)
    return int(choice.dose[0]), int(choice.patients[0]), int(choice.selected[0])


def counted(versions, i, given_so_far):
    """n and DLTs per dose of version i, as its design and its amendment see them."""
    v, n, dlt = versions[i], Counter(), Counter()
    for j, level, patients, k in given_so_far:
        if v.since <= j <= i:
            n[level] += patients
            dlt[level] += k
    return tuple(n[level] for level in v.ladder), tuple(dlt[level] for level in v.ladder)


def comes(trigger, dlt, given_so_far):
    """For 3+3, whose toxic doses have two DLTs."""
    if trigger.unit is TriggerUnit.TOXIC:
        return dlt[trigger.dose] >= 2
    return sum(patients for _, _, patients, _ in given_so_far) >= trigger.amount


def paths(versions, amendments, rates):
    """(probability, cohorts given, version, level selected) of every path."""

    def go_on(i, given_so_far, current, chance):
        n, dlt = counted(versions, i, given_so_far)
        dose, patients, selected = asked(versions[i].method, n, dlt, current)
        if dose == NO_DOSE:
            yield chance, given_so_far, i, None if selected == NO_DOSE else versions[i].ladder[selected]
        else:
            yield from treat(i, given_so_far, dose, patients, chance)

    def treat(i, given_so_far, dose, patients, chance):
        level = versions[i].ladder[dose]
        for k in range(patients + 1):
            ways = comb(patients, k) * rates[level] ** k * (1 - rates[level]) ** (patients - k)
            so_far = (*given_so_far, (i, level, patients, k))
            _, dlt = counted(versions, i, so_far)
            if i < len(amendments):
                held = [comes(trigger, dlt, so_far) for trigger in amendments[i].triggers]
                if all(held) if amendments[i].every else any(held):
                    yield from start(i + 1, so_far, chance * ways)
                    continue
            yield from go_on(i, so_far, dose, chance * ways)

    def start(i, given_so_far, chance):
        at = versions[i].start
        if counted(versions, i, given_so_far)[0][at] > 0:
            yield from go_on(i, given_so_far, at, chance)
        else:
            yield from treat(i, given_so_far, at, versions[i].method.cohort, chance)

    yield from start(0, (), 1.0)


def summed(versions, amendments, rates):
    """What `evaluate` gives, from the paths."""
    out = {name: defaultdict(float) for name in ("p_select", "p_reach", "n", "dlt", "p_total", "p_amended")}
    none = cohorts = 0.0
    for chance, given_so_far, last, selected in paths(versions, amendments, rates):
        cohorts += chance * len(given_so_far)
        if selected is None:
            none += chance
        else:
            out["p_select"][selected] += chance
        for level in {level for _, level, _, _ in given_so_far}:
            out["p_reach"][level] += chance
        for _, level, patients, k in given_so_far:
            out["n"][level] += chance * patients
            out["dlt"][level] += chance * k
        out["p_total"][sum(patients for _, _, patients, _ in given_so_far)] += chance
        for i in range(last):
            out["p_amended"][i] += chance
    return SimpleNamespace(**out, p_none=none, cohorts=cohorts)


def assert_same(versions, amendments, rates):
    found = dose_graph(versions, amendments).evaluate(rates)
    expected = summed(versions, amendments, rates)
    for name in ("p_select", "p_reach", "n", "dlt", "p_total"):
        table = getattr(found, name)
        assert set(getattr(expected, name)) <= set(table)
        for key, value in table.items():
            assert value == pytest.approx(getattr(expected, name)[key], rel=0, abs=1e-12), (name, key)
    assert (found.p_none, found.cohorts) == pytest.approx((expected.p_none, expected.cohorts), abs=1e-12)
    amended = [expected.p_amended[i] for i in range(len(amendments))]
    assert found.p_amended == pytest.approx(amended, rel=0, abs=1e-12)
    return found


def toxic(dose):
    return TriggerTable(unit=TriggerUnit.TOXIC, dose=dose, amount=0.0)


def treated(amount):
    return TriggerTable(unit=TriggerUnit.TREATED, dose=-1, amount=amount)


def amendment(*triggers, every=False):
    return AmendmentTable(name="restart", triggers=triggers, every=every, operations=())


RATES = {1: 0.05, 2: 0.2, 3: 0.35, 4: 0.1, 5: 0.25, 6: 0.4}


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("since", [0, 1])
@pytest.mark.parametrize("ladder", [(4, 5, 6), (1, 4, 5), (2, 3, 6)])
def test_a_restart_on_other_levels_equals_the_sum_over_all_paths(every, since, ladder):
    versions = [
        dose_version(ThreePlusThree(variant="C"), (1, 2, 3), start=1),
        dose_version(ThreePlusThree(variant="B"), ladder, since=since),
    ]
    found = assert_same(versions, [amendment(toxic(1), treated(12), every=every)], RATES)
    assert 0 < found.p_amended[0] < 1


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_any_amendments_equal_the_sum_over_all_paths(data):
    """One to three versions; counts kept from any earlier version, also of a start that was given already."""
    versions, amendments = [], []
    for i in range(data.draw(st.integers(1, 3))):
        ladder = sorted(data.draw(st.sets(st.integers(1, 4), min_size=1, max_size=2 if i else 3)))
        cohort = data.draw(st.sampled_from([3, 3, 2, 4]))
        method = ThreePlusThree(variant=data.draw(st.sampled_from("ABC")), cohort=cohort)
        start = data.draw(st.integers(0, len(ladder) - 1))
        versions.append(dose_version(method, ladder, start=start, since=data.draw(st.integers(0, i))))
    for old in versions[:-1]:
        trigger = st.one_of(
            st.integers(0, len(old.ladder) - 1).map(toxic), st.sampled_from([3, 6, 7, 12]).map(treated)
        )
        triggers = data.draw(st.lists(trigger, min_size=1, max_size=2))
        amendments.append(amendment(*triggers, every=data.draw(st.booleans())))
    assert_same(versions, amendments, RATES)


def test_an_amendment_comes_before_the_design_is_asked():
    """The lowest dose is toxic: 3+3 would be over, but the amendment goes to another ladder."""
    method = ThreePlusThree(variant="A")
    versions = [dose_version(method, (2, 3)), dose_version(method, (1,))]
    graph = dose_graph(versions, [amendment(toxic(0))])
    for rates in ({1: 0.0, 2: 1.0, 3: 0.5}, [0.0, 1.0, 0.5]):  # an array is by rising level
        found = graph.evaluate(rates)
        assert (found.p_amended, found.p_select[1], found.n[1], found.cohorts) == ((1,), 1, 3, 2)


def test_an_amendment_that_starts_at_a_finished_dose_asks_at_once():
    """3 of level 1 without DLT count on: the new ladder of that level alone is over without a cohort."""
    method = ThreePlusThree(variant="A")
    versions = [dose_version(method, (1, 2)), dose_version(method, (1,))]
    found = dose_graph(versions, [amendment(treated(3))]).evaluate({1: 0.0, 2: 0.5})
    assert (found.p_amended, found.p_select[1], found.p_total, found.cohorts) == ((1,), 1, {3: 1, 6: 0}, 1)


def test_what_cannot_be_exact_is_refused():
    method = ThreePlusThree(variant="A")
    versions = [dose_version(method, (1, 2)), dose_version(method, (1,))]
    days = TriggerTable(unit=TriggerUnit.DAYS, dose=-1, amount=90.0)
    with pytest.raises(ValueError, match="`restart` depends on days"):
        dose_graph(versions, [amendment(treated(3), days)])
    with pytest.raises(ValueError, match="0 amendments, allowed 1"):
        dose_graph(versions)
    with pytest.raises(ValueError, match="more than 100 states by cohort 6; simulate"):
        dose_graph([dose_version(method, range(1, 7))], limit=100)


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({1: 0.1}, r"levels \[2\]"),
        ([0.1, 0.2, 0.3], r"allowed \(2,\)"),
        ([0.1, 1.1], "probabilities"),
        ([float("nan"), 0.1], "probabilities"),
    ],
)
def test_rates_that_do_not_fit_are_refused(rates, message):
    with pytest.raises(ValueError, match=message):
        plain("A", 2).evaluate(rates)

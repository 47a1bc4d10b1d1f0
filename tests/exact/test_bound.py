"""Bounds over boxes of hazards against exact values inside: the corner is worst, Hoelder's bound holds."""

import json
from functools import cache
from random import Random

import pytest

import simulator
from simulator.loading.source import Source, read_source
from simulator.metrics.text import key_of
from simulator.program.most_used import at_most_once, most_used_up
from simulator.program.tables import Program
from simulator.stats.hoelder import Spread, bound
from simulator.what_ifs.cells import Cells, Place
from tests.helpers import CHECK, ROOT, SEED

ON_DRUG = "truths.{}.events.thrombosis.components.on_drug"
AFTER = "truths.{}.events.thrombosis.components.after_imatinib"
BOTH = ("interaction_10", "interaction_25", "interaction_50", "observed_like")


@cache
def cells(path: str) -> Cells:
    source = read_source(path)
    return Cells(source, tuple(source.scenario.designs), tuple(source.scenario.truths))


@cache
def leni() -> Source:
    return read_source(str(CHECK))


def exact(path: str, metric: str, variant: str, truth: str, *changes: str) -> float:
    return cells(path).exact(Place(changes, variant, truth))[key_of(metric)]


def test_published_values_of_the_issue_at_the_corner_and_by_hoelder() -> None:
    """`planned` x1.3: .05345 at the corner; Hoelder from P = .033422 says .0607 at most."""
    found = simulator.bound(CHECK, f"{ON_DRUG.format('planned')} = x1..x1.3", variants=["with_maintenance"])
    (only,) = found.bounds
    assert (only.method, only.confidence) == ("corner", None)
    assert found.bound == pytest.approx(0.053448, abs=5e-7)
    program = cells(str(CHECK)).program(Place((), "with_maintenance", "planned"))
    (component,) = range(len(program.components))
    most = most_used_up(program, component)
    assert most == pytest.approx(3 / 206, rel=1e-7)
    spread = Spread(low=1.0, high=1.3, most=float(most), patients=20, once=at_most_once(program, component))
    p = exact(str(CHECK), "p_stop", "with_maintenance", "planned")
    assert p == pytest.approx(0.033422, abs=5e-7)
    assert 0.0534 <= found.bound <= bound(p, [spread])[0] <= 0.0607


def test_exact_no_point_of_a_box_is_worse_than_its_corner() -> None:
    """Property: random boxes of LENI's hazards, where the corner is allowed, and random points inside."""
    random, checked = Random(SEED), 0
    for _ in range(5):
        variant = random.choice(list(leni().scenario.designs))
        truth = random.choice(["planned", "cll_like", "withdrawal"])
        low, high = sorted(random.choice([0.0, *(random.uniform(0.05, 4.0) for _ in range(4))]) for _ in "ab")
        path, high = ON_DRUG.format(truth), high + 0.01
        found = simulator.bound(
            CHECK, f"{path} = x{low:.4f}..x{high:.4f}", variants=[variant], truths=[truth], trials=10
        )
        (only,) = found.bounds
        assert only.method == "corner"
        assert only.box[0].high == pytest.approx(high, abs=1e-4)
        for _ in range(4):
            inside = max(random.uniform(low, high), 1e-3)
            value = exact(str(CHECK), "p_stop", variant, truth, f"{path}.ratio={inside:.6f}")
            assert value <= found.bound + 1e-12
            checked += 1
    assert checked == 20


def test_exact_two_hazards_of_the_event_have_their_corner_together() -> None:
    random = Random(SEED)
    for truth in BOTH:
        paths = [ON_DRUG.format("interaction_10"), AFTER.format(truth)]
        box = [f"{paths[0]} = x0.5..x2", f"{paths[1]} = x0.3..x1.2"]
        found = simulator.bound(CHECK, box, variants=["with_maintenance"], truths=[truth])
        (only,) = found.bounds
        assert (only.method, only.confidence) == ("corner", None)
        for _ in range(4):
            inside = [f"{paths[0]}.ratio={random.uniform(0.5, 2):.6f}"]
            inside.append(f"{paths[1]}.ratio={random.uniform(0.3, 1.2):.6f}")
            assert exact(str(CHECK), "p_stop", "with_maintenance", truth, *inside) <= only.bound + 1e-12


@pytest.mark.parametrize("metric", ["p_select.10 mg", "p_select.none"])
def test_exact_hoelder_holds_where_dose_finding_has_no_corner(metric: str) -> None:
    """From exact cells inside, of what a 3+3 selects: no point inside the box is beyond it."""
    path, file = "truths.observed_like.events.recovery", str(ROOT / "scenarios/checks/mec.yaml")
    random = Random(SEED)
    found = simulator.bound(file, f"{path} = x0.9..x1.2", metric, variants=["variant_c"])
    (only,) = found.bounds
    assert (only.method, only.confidence) == ("hoelder", None)
    assert only.conditions[0].against == "the metric is not whether a rule fires"
    assert {guard.hits for guard in only.guards} == {None}
    worst = max(guard.p for guard in only.guards)
    values = [
        exact(file, metric, "variant_c", "observed_like", f"{path}.ratio={random.uniform(0.9, 1.2):.6f}")
        for _ in range(12)
    ]
    assert max(values) <= only.bound
    assert worst < only.bound < 1.35 * worst + 0.01, "and the bound is of use"


def test_exact_hoelder_holds_for_any_two_truths_of_leni() -> None:
    """Property: from the exact value of one truth, of which hazards, r times as high, are another's."""
    random = Random(SEED)
    for _ in range(12):
        variant = random.choice(list(leni().scenario.designs))
        truth = random.choice(BOTH)
        factors = {ON_DRUG.format("interaction_10"): random.uniform(0.3, 2.5)}
        factors[AFTER.format(truth)] = random.uniform(0.3, 1.6)
        program = cells(str(CHECK)).program(Place((), variant, truth))
        spreads = [_spread(program, i, factor) for i, factor in enumerate(factors.values())]
        changes = [f"{path}.ratio={factor:.9f}" for path, factor in factors.items()]
        p, other = (
            exact(str(CHECK), "p_stop", variant, truth),
            exact(str(CHECK), "p_stop", variant, truth, *changes),
        )
        assert other <= bound(p, spreads)[0] + 1e-9
        assert 1.0 - other <= bound(1.0 - p, spreads)[0] + 1e-9


def _spread(program: Program, component: int, factor: float) -> Spread:
    most = float(most_used_up(program, component))
    return Spread(low=factor, high=factor, most=most, patients=20, once=at_most_once(program, component))


def test_what_no_trial_does_is_bounded_by_nothing() -> None:
    """P = 0 and P = 1 of exact cells stay what they are, and are written."""
    file, box = str(ROOT / "scenarios/checks/mec.yaml"), "truths.observed_like.events.recovery = x0.9..x1.2"
    for metric, value in (("p_unfinished", 0.0), ("p_reach.5 mg", 1.0)):
        found = simulator.bound(file, box, metric, variants=["variant_c"])
        assert found.bound == value
        assert json.dumps(found.findings.as_json(), allow_nan=False)
        assert ("That says nothing" in found.table()) == (value == 1.0)

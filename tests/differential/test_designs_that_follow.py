"""Evidence: differential, exact. An amendment to another kind of dose finding.

SimPy and the compiled engine leave one record; where outcomes are known at once what is simulated is what the
graph gives: some 15 shares of each pair at 1e-6, so 2e-4 in all.
"""

from __future__ import annotations

import pytest

from simulator.engines.compiled.driver import play
from simulator.metrics.collect import collect
from simulator.metrics.registry import metric_of
from simulator.model.metric import Kind
from tests.differential.engines import DOSING_TRUTH, Tree, difference, dosing_design, merged, of_tree
from tests.helpers import SEED, assert_share, exactly

TRIALS = 20_000
PLACE = "design.dose_finding"
OF_MODEL = {"target": "25%", "n_max": 18}
DESIGNS: dict[str, Tree] = {
    "three_plus_three": {"kind": "three_plus_three", "variant": "A"},
    "boin": {"kind": "boin", **OF_MODEL},
    "i3plus3": {"kind": "i3plus3", **OF_MODEL},
    "crm": {"kind": "crm", **OF_MODEL, "skeleton": {"half_width": "6%", "prior_mtd": 2}},
    "blrm": {
        "kind": "blrm",
        "n_max": 18,
        "amounts": [1, 2, 4, 8],
        "reference": 4,
        "prior_mean": [-1.1, 0],
        "prior_sd": [1, 1],
        "p1": "16%",
        "p2": "33%",
    },
}
PAIRS = [
    ("three_plus_three", "boin"),
    ("three_plus_three", "crm"),
    ("boin", "blrm"),
    ("crm", "three_plus_three"),
    ("blrm", "i3plus3"),
    ("i3plus3", "crm"),
]


def changed(before: str, after: str, counts: str) -> Tree:
    """The design with one and then, after six patients or when 2 mg is toxic, the other."""
    old, new = DESIGNS[before], DESIGNS[after]
    change = {f"{PLACE}.{key}": new.get(key) for key in (*old, *new) if old.get(key) != new.get(key)}
    amendment = {"when": ["2 mg toxic", "6 treated"], "change": change, "counts": counts}
    return {"dose_finding": {**old, "decide": "when_window_complete"}, "amendments": {"other": amendment}}


@pytest.mark.parametrize("counts", ["keep", "start again"])
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_another_design_follows_alike_on_both_engines(before, after, counts):
    design = merged(dosing_design(), changed(before, after, counts))
    assert difference(of_tree(design, DOSING_TRUTH), 25) == ""


@pytest.mark.parametrize("counts", ["keep", "start again"])
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_another_design_follows_as_the_graph_says(before, after, counts):
    """Every patient can be judged, no event is reported late, nobody dies."""
    design = merged(dosing_design(), changed(before, after, counts))
    for key in ("monitoring", "expansion"):
        del design[key]
    design["events"] = {"dlt": {"window": "14 days"}}
    truth = merged(DOSING_TRUTH, {"not_evaluable": "0%", "delays": {}})
    truth["events"] = {"dlt": DOSING_TRUTH["events"]["dlt"]}
    given = of_tree(design, truth)
    (exact, why), played = exactly(given), collect(given, play(given, seed=SEED, first=0, trials=TRIALS))
    assert not why
    assert exact["p_amended.other"] > 0.9
    for key in (key for key in exact if metric_of(key).kind is Kind.SHARE):
        assert_share(int(played[key].sum()), TRIALS, exact[key], str(key))

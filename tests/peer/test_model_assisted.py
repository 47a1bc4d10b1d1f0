"""Evidence: peer. Boundaries, decision tables and selected doses of R packages.

data/boin_*.json hold what `get.boundary` and `select.mtd` of BOIN 2.7.2 print, keyboard_boundaries.json what
`get.boundary.kb` of Keyboard 0.1.3 does, interval_decision_tables.json tables that escalation 0.2.3, FIND
0.1.1 and Keyboard have too (their first lines say how they were made).
"""

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding._by_table import DOWN, UP
from simulator.dose_finding._exact import as_written, least_toxic
from simulator.dose_finding._isotonic import isotonic
from simulator.registry import DESIGNS, load

DATA = Path(__file__).parent / "data"
R_KEYS = {
    "target": "target",
    "cutoff.eli": "eliminate",
    "p.saf": "p1",
    "p.tox": "p2",
    "boundMTD": "bounded_mtd",
}


def cases(name):
    return json.loads((DATA / f"{name}.json").read_text())["cases"]


def told(kind, args):
    """A design from the arguments of R."""
    keys = {ours: args[theirs] for theirs, ours in R_KEYS.items() if theirs in args}
    keys |= {"extra_safe": 0.9} if args.get("extrasafe") else {}
    return load(DESIGNS[kind])(n_max=100, **keys)


def bounds(design, n):
    """The most DLTs that go up, the fewest that go down or eliminate, the fewest that eliminate."""
    moves, eliminate = design.moves(n), least_toxic(n, design.target, design.eliminate)
    down = [y for y in range(n + 1) if moves[y] == DOWN or y >= eliminate]
    return (
        max(y for y in range(n + 1) if moves[y] == UP),
        min(down) if down else None,
        eliminate if eliminate <= n else None,
    )


def listed(case, first=1):
    """(n, the three bounds) as R lists them."""
    columns = (case[key] for key in ("n", "escalate_if_le", "deescalate_if_ge", "eliminate_if_ge"))
    return [row for row in zip(*columns, strict=True) if row[0] >= first]


@pytest.mark.parametrize("case", cases("boin_boundaries"), ids=lambda case: str(case["args"]))
def test_boin_has_the_boundaries_of_the_package(case):
    """Below three patients nothing is eliminated."""
    design = told("boin", case["args"])
    assert design.lambdas == pytest.approx((case["lambda_e"], case["lambda_d"]), rel=1e-13)
    assert [(n, *bounds(design, n)) for n in range(3, 31)] == listed(case, first=3)
    for n, up, down, eliminate in listed(case)[:2]:
        assert (bounds(design, n)[:2], eliminate) == ((up, down), None)
        counts = DoseCounts(n=np.array([[n]]), dlt=np.array([[n]]), current=np.array([0]))
        assert not design.toxic(counts).any()


def test_lambda_as_printed():
    assert [f"{value:.7f}" for value in told("boin", {"target": 0.3}).lambdas] == ["0.2364907", "0.3585195"]


@pytest.mark.parametrize("case", cases("boin_select_mtd"), ids=lambda case: str(case["args"]))
def test_boin_recommends_the_dose_of_the_package(case):
    args = case["args"]
    n, dlt = np.array([args["npts"]]), np.array([args["ntox"]])
    design = told("boin", args)
    last = np.array([int(np.flatnonzero(n[0])[-1])])
    found = int(design.select(DoseCounts(n=n, dlt=dlt, current=last))[0])
    assert found == (NO_DOSE if case["MTD"] == 99 else case["MTD"] - 1)
    if args.get("boundMTD") or args.get("extrasafe") or case["MTD"] == 99:
        return
    events, others = dlt + 0.05, n - dlt + 0.05
    total = events + others
    rates = isotonic(events / total, np.where(n > 0, total**2 * (total + 1) / (events * others), 0.0))
    shown = [f"{rate:.2f}" if k else "----" for rate, k in zip(rates[0], n[0], strict=True)]
    assert shown == case["phat"]


KINDS = {"mtpi": "mtpi", "mtpi2": "mtpi2", "keyboard_full_keys_only": "mtpi2", "i3plus3": "i3plus3"}


@pytest.mark.parametrize(
    "case", cases("interval_decision_tables"), ids=lambda case: f"{case['design']} {case['target']}"
)
def test_decision_tables(case):
    """U: P(rate > target) is more than 95%. Full keys alone decide alike where there is a full lower key."""
    low, high = (as_written(case["target"]) + sign * as_written(case["ei_halfwidth"]) for sign in (-1, 1))
    design = load(DESIGNS[KINDS[case["design"]]])(
        target=case["target"], p1=float(low), p2=float(high), n_max=100
    )
    for text, row in case["table"].items():
        n = int(text)
        eliminate = least_toxic(n, design.target, 0.95)
        words = ["DSE"[move + 1] + ("U" if y >= eliminate else "") for y, move in enumerate(design.moves(n))]
        assert words == row, n


@pytest.mark.parametrize("case", cases("keyboard_boundaries"), ids=lambda case: str(case["target"]))
def test_mtpi2_has_the_boundaries_of_keyboard(case):
    """Keyboard eliminates with one or two patients too; here nothing is before three."""
    low, high = (
        as_written(case["target"]) + sign * as_written(case[margin])
        for sign, margin in ((-1, "marginL"), (1, "marginR"))
    )
    design = load(DESIGNS["mtpi2"])(target=case["target"], p1=float(low), p2=float(high), n_max=100)
    assert [(n, *bounds(design, n)) for n in case["n"]] == listed(case)
    for n in (1, 2):
        counts = DoseCounts(n=np.array([[n]]), dlt=np.array([[n]]), current=np.array([0]))
        assert not design.toxic(counts).any()

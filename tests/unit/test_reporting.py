"""Words, tables and small calculations of reports."""

from itertools import pairwise
from math import exp
from pathlib import Path

import pytest

from simulator.contracts import Boundary
from simulator.loading.load import load
from simulator.metrics.text import Keyed
from simulator.model.estimate import Estimate, percent
from simulator.model.metric import Key
from simulator.program.risks import planned_risks
from simulator.reporting import text
from simulator.reporting.boundaries import collapsed
from simulator.reporting.style import spread
from simulator.reporting.tables import render
from simulator.stats.intervals import wilson
from simulator.study.results import Cell, Results, RunInfo
from simulator.study.run import programs

LENI = Path(__file__).parents[2] / "scenarios" / "leni.yaml"


def test_planned_risk_of_leni_is_its_closed_form() -> None:
    program = programs(load(str(LENI)), ["combination_only"], ["planned"])["combination_only", "planned"]
    risk = next(r for r in planned_risks(program) if r.event == "thrombosis")
    assert [p.phase for p in risk.phases] == ["combination", "maintenance", "follow_up"]
    assert risk.risk == pytest.approx(1 - exp(-3 / 206), rel=1e-12)
    assert round(risk.risk, 6) == 0.014458
    assert risk.phases[0].risk == pytest.approx(1 - exp(-1.5 / 206), rel=1e-12)
    assert risk.phases[2].risk == 0.0


def test_planned_risk_of_a_probability_with_a_clock_stays_in_its_window() -> None:
    program = programs(load(str(LENI)), ["combination_only"], ["planned"])["combination_only", "planned"]
    risks = {risk.event: risk for risk in planned_risks(program)}
    assert risks["cytopenia"].phases[0].risk == pytest.approx(0.33, rel=1e-12)
    assert risks["cytopenia"].risk == pytest.approx(0.33, rel=1e-12)
    assert risks["mr45_loss"].risk == pytest.approx(0.02, rel=1e-12)


def test_boundaries_collapse_and_leave_out_what_cannot_be_reached() -> None:
    boundary = Boundary(outcome="stop", direction="at_least", bound=(None, 2, 2, 2, 3, None))
    per_patient = [(s.first, s.last, s.bound) for s in collapsed(boundary, per_patient=True)]
    assert per_patient == [(1, 1, None), (2, 3, 2), (4, 4, 3), (5, 5, None)]
    per_event = [(s.first, s.last, s.bound) for s in collapsed(boundary, per_patient=False)]
    assert per_event[0] == (1, 3, 2)


@pytest.mark.parametrize(
    ("errors", "decimals"), [([0.5], 2), ([0.05, 0.001], 3), ([12.0], 0), ([], 0), ([None, 0.0], 0)]
)
def test_decimals_show_two_digits_of_the_largest_error(errors: list[float | None], decimals: int) -> None:
    assert text.decimals_for(errors) == decimals


def test_where_asked_the_smallest_error_shows_too() -> None:
    assert text.decimals_for([0.05, 0.0003], smallest=True) == 4
    assert text.decimals_for([0.05, 0.0000003], smallest=True) == text.MOST_DECIMALS
    assert text.decimals_for([0.05, 0.002], smallest=True) == 3


@pytest.mark.parametrize(
    ("error", "shown"),
    [(0.012, "2.07 ± 0.01"), (0.004, "2.07 ± <0.01"), (0.0, "2.07 ± 0   "), (None, "2.07 ± ?")],
)
def test_an_error_never_reads_as_zero_unless_it_is(error: float | None, shown: str) -> None:
    assert text.plus_minus(2.0704, error, 2) == shown


@pytest.mark.parametrize(
    ("successes", "n", "shown"),
    [
        (0, 1000, "0.0 (<0.4)"),  # Wilson: z^2 / (n + z^2) = 0.383 %
        (1000, 1000, "100.0 (>99.6)"),
        (0, 400_000, "0.0 (<0.0010)"),  # 0.00096 %
        (400_000, 400_000, "100.0 (>99.9990)"),
        (0, 50, "0.0 (<7.2)"),  # 7.135 %: an end is rounded away from the share
        (2, 100_000, "<0.01 ± <0.01"),
        (99_998, 100_000, ">99.99 ± <0.01"),
        (622, 1000, "62.2 ± 1.5"),
    ],
)
def test_no_simulated_share_reads_as_certain(successes: int, n: int, shown: str) -> None:
    p, (low, high) = successes / n, wilson(successes, n)
    error = (p * (1 - p) / n) ** 0.5
    assert percent(Estimate(value=p, mcse=error, low=low, high=high, n=n)) == shown


def test_numbers_never_show_a_negative_zero() -> None:
    assert text.number(-0.0001, 2) == "0.00"
    assert text.number(-1234.5, 1) == "-1,234.5"


def test_spread_keeps_labels_apart_and_inside() -> None:
    places = spread([0.0, 0.0, 1.0, 100.0], 10.0, 0.0, 100.0)
    ordered = sorted(places)
    assert all(b - a >= 10.0 - 1e-9 for a, b in pairwise(ordered))
    assert ordered[0] >= 0.0 and ordered[-1] <= 100.0
    assert places[0] > places[1]  # of equals the first is put highest


def results(*estimates: Estimate) -> Results:
    run = RunInfo(
        trials=1000, seed=1, engine="simpy", versions={}, command="trialstop run x.yaml", seconds=1.0
    )
    keys = (Key("p_stop"), Key("n_enrolled"))
    cells = tuple(
        Cell(variant=f"v{i}", truth="t", acceptable=True, metrics=Keyed(dict.fromkeys(keys, e)))
        for i, e in enumerate(estimates)
    )
    return Results(title="T", question="Q?", file="x.yaml", sha256="", benchmark="v0", run=run, cells=cells)


def test_tables_show_errors_exact_values_and_the_ends_of_intervals() -> None:
    shown = render(
        results(
            Estimate(value=0.622, mcse=0.015, low=0.59, high=0.65, n=1000, exact=0.6251),
            Estimate(value=0.0, mcse=0.0, low=0.0, high=0.0038, n=1000),
            Estimate(value=1.0, mcse=0.0, low=0.9962, high=1.0, n=1000),
            Estimate(value=None),
        )
    )
    row = next(line for line in shown.splitlines() if line.startswith("  t "))
    assert "62.2 ± 1.5" in row and "0.0 (<0.4)" in row and "100.0 (>99.6)" in row and row.endswith("-")
    assert "62.51" in shown
    assert "FALSE STOP" in shown and "TRUE STOP" not in shown


def test_many_variants_are_set_in_blocks() -> None:
    many = [Estimate(value=0.5, mcse=0.01, low=0.4, high=0.6, n=1000)] * 15
    assert max(len(line) for line in render(results(*many)).splitlines()) <= 120

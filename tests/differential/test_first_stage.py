"""Evidence: differential. An accelerated first stage: SimPy and the compiled engine leave one record."""

from __future__ import annotations

import pytest

from tests.differential.engines import (
    AMENDED,
    DOSING_TRUTH,
    ON_WHOLE_DAYS,
    Tree,
    difference,
    dosing_design,
    merged,
    of_tree,
)

FINDING = "dose_finding"
CASES = {"continuous": {}, "whole days": ON_WHOLE_DAYS}
ACCELERATED: dict[str, Tree] = {
    "as it is": {},
    "when known": {f"{FINDING}.decide": "when_known", f"{FINDING}.not_evaluable": "leave"},
    "when decided": {f"{FINDING}.decide": "when_decided", f"{FINDING}.start": "2 mg"},
    "crm": {
        FINDING: {
            "kind": "crm",
            "target": "25%",
            "n_max": 18,
            "skeleton": {"half_width": "6%", "prior_mtd": 2},
            "decide": "when_decided",
            "not_evaluable": "leave",
            "accelerated_until": {"dlt": 1, "mild": 1},
        },
        "amendments": merged(AMENDED, {"less.counts": "keep", "less.when": "2 treated"}),
    },
    "amended": {
        "amendments": {
            "less": AMENDED["less"]
            | {"change": AMENDED["less"]["change"] | {f"design.{FINDING}.accelerated_until": None}}
        }
    },
}


@pytest.mark.parametrize("days", CASES)
@pytest.mark.parametrize("case", ACCELERATED)
def test_an_accelerated_first_stage(case: str, days: str) -> None:
    """Milder events are reported late, some after what they would have decided; DLTs are withdrawn."""
    stage = {"events.mild": {}, f"{FINDING}.accelerated_until": {"dlt": 1, "mild": 2}}
    milder = {
        "events.mild": {"hazard": "0.03 per day"},
        "delays.mild": {"report": {"uniform": ["0 days", "9 days"]}},
        "delays.dlt.withdrawn": {"probability": "20%", "takes": {"uniform": ["0 days", "20 days"]}},
    }
    design = merged(merged(dosing_design(), stage), ACCELERATED[case])
    truth = merged(merged(DOSING_TRUTH, milder), CASES[days])
    assert difference(of_tree(design, truth), 25) == ""

"""Evidence: property. Printed table, `next-dose` and `decide` say the same of 1,000 random standings."""

import re

import numpy as np
import pytest

from simulator.contracts import DoseCounts
from simulator.reporting.decision_tables import decision_sheets
from simulator.reporting.next_dose import next_dose
from tests.helpers import SEED, scenario

DOSES, EACH = 5, 200
METHODS = {
    "boin": {"kind": "boin", "target": "30%", "n_max": 60},
    "boin_of_one": {"kind": "boin", "target": "20%", "n_max": 40, "cohort": 1, "extra_safe": "90%"},
    "mtpi": {"kind": "mtpi", "target": "30%", "n_max": 60, "enough": 12},
    "mtpi2": {"kind": "mtpi2", "target": "25%", "n_max": 60, "cohort": 2},
    "i3plus3": {"kind": "i3plus3", "target": "25%", "n_max": 60},
}
ROWS = {
    "escalate if <=": "escalate",
    "de-escalate if >=": "deescalate",
    "eliminate if >=": "eliminate",
}


def file_of(method):
    """Five doses found by a design."""
    design = {
        "drugs": {"x": [f"{i} mg" for i in range(1, DOSES + 1)]},
        "phases": {"one": {"lasts": "30 days", "gives": {"x": "assigned"}}},
        "events": {"dlt": {"window": "20 days"}},
        "dose_finding": method,
        "accrual": {"until": "60 treated"},
    }
    truth = {"accrual": "every 10 days", "events": {"dlt": {"components": {"c": {"hazard": "0"}}}}}
    return scenario(design, {"t": truth})


def printed(read):
    """n -> the bounds, as they stand in the printed table; None for a dash."""
    (sheet,) = decision_sheets(read)
    found, numbers = {}, []
    for line in sheet.text.splitlines():
        label, *cells = re.split(r"  +", line.strip())
        if label == "patients":
            numbers = [int(cell) for cell in cells]
        elif label in ROWS:
            for n, cell in zip(numbers, cells, strict=True):
                found.setdefault(n, {})[ROWS[label]] = None if cell == "-" else int(cell)
    return found


def standings(rng, n_max):
    """Counts of a trial that goes on, and the dose last given, which has patients."""
    while True:
        n = rng.integers(0, 10, DOSES) * (rng.random(DOSES) < 0.7)
        current = int(rng.integers(DOSES))
        n[current] = rng.integers(1, 16)
        if n.sum() < n_max:
            return n, rng.binomial(n, rng.choice([0.1, 0.3, 0.6])), current


def line_of(n, dlt, current):
    """The cohorts as a line, that of the dose last given behind the others."""
    order = [*(i for i in range(DOSES) if i != current), current]
    return " ".join(f"{i + 1}{'T' * dlt[i]}{'N' * (n[i] - dlt[i])}" for i in order if n[i])


@pytest.mark.parametrize("name", METHODS)
def test_table_command_and_design_agree(name):
    read = file_of(METHODS[name])
    design = read.designs["as_written"].dose_finding.method
    table, rng = printed(read), np.random.default_rng([SEED, *name.encode()])
    goes_on = 0
    for _ in range(EACH):
        n, dlt, current = standings(rng, design.n_max)
        counts = DoseCounts(n=n[None], dlt=dlt[None], current=np.array([current]))
        decided = design.decide(counts)
        answer = next_dose(read, line_of(n, dlt, current)).course.turn.choice
        assert answer == tuple(
            int(column[0]) for column in (decided.dose, decided.patients, decided.selected, decided.reason)
        )
        bounds = table[int(n[current])]
        toxic = [
            table[k]["eliminate"] is not None and y >= table[k]["eliminate"] if k else False
            for k, y in zip(n.tolist(), dlt.tolist(), strict=True)
        ]
        top = (toxic.index(True) if any(toxic) else DOSES) - 1
        y = int(dlt[current])
        move = (bounds["escalate"] is not None and y <= bounds["escalate"]) - (
            bounds["deescalate"] is not None and y >= bounds["deescalate"]
        )
        if answer.dose >= 0:
            goes_on += 1
            assert answer.dose == min(max(current + move, 0), top)
        else:
            assert top < 0 or "enough" in METHODS[name] or "extra_safe" in METHODS[name]
    assert goes_on > EACH / 3

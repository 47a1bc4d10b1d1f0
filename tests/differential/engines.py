"""What the tests of engine equality share: both engines on one Program, and scenarios on whole days."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from simulator.engines.compare import first_difference
from simulator.engines.compiled.driver import play as play_compiled
from simulator.program.tables import Program
from simulator.study.run import programs
from tests.helpers import SEED, draws, loaded, scenario, until

Tree = dict[str, Any]


def difference(program: Program, trials: int, first: int = 0, seed: int = SEED) -> str:
    """The first difference of the two engines on some trials; "" where there is none."""
    return first_difference(play_compiled(program, seed, first, trials), draws(program, trials, first, seed))


@lru_cache(maxsize=64)
def cells(path: Path, *sets: str) -> dict[tuple[str, str], Program]:
    """Every variant under every truth of a file, changed as `--set` would."""
    return programs(loaded(path, sets))


def of_tree(design: Mapping[str, Any], truth: Mapping[str, Any], **more: Any) -> Program:
    """The Program of one design under one truth."""
    return next(iter(programs(scenario(design, {"truth": truth}, **more)).values()))


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Tree:
    """A tree with other values at dotted paths; None takes a key away."""
    found: Tree = dict(base)
    for path, value in changes.items():
        head, _, rest = path.partition(".")
        if rest:
            found[head] = merged(found.get(head) or {}, {rest: value})
        elif value is None:
            found.pop(head, None)
        else:
            found[head] = value
    return found


def grid_design(**more: Any) -> Tree:
    """Two drugs, three phases, visits, courses, steps, responses and a rule: all on whole days."""
    return {
        "accrual": until(12),
        "drugs": {"x": ["1 mg", "2 mg", "4 mg"], "y": ["1 mg"]},
        "phases": {
            "one": {
                "lasts": "28 days",
                "gives": {"x": "1 mg"},
                "course": "7 days",
                "steps": [{"every": "7 days", "raise_dose": "x", "unless": "a"}],
                "visits": {"early": [{"every": "2 days", "to": "14 days"}, {"every": "7 days"}]},
                "next": [{"to": "one", "only_if": "b", "at_most": 2}, {"to": "two", "unless": "c"}, "three"],
            },
            "two": {
                "lasts": "21 days",
                "gives": {"x": "as before", "y": "1 mg"},
                "course": "7 days",
                "visits": {"late": {"every": "7 days"}},
                "next": "three",
            },
            "three": {"lasts": "14 days", "gives": {}, "visits": {"early": {"every": "7 days"}}},
        },
        "events": {
            "a": {
                "repeats": True,
                "detected": "at early",
                "when_detected": [{"lower_dose": "x"}],
                "marks": ["mild", "bad"],
                "window": "28 days",
                "ruled_out_by": ["c"],
            },
            "b": {"detected": "at late", "when_detected": [{"stop_drug": "x"}, {"go_to": "three"}]},
            "c": {"when_detected": "leave"},
        },
        "monitoring": {
            "rule": {
                "counts": {"event": "a"},
                "rule": {"kind": "at_least", "count": 6},
                "then": ["close_accrual", {"stop_drug": "x"}],
            }
        },
        **more,
    }


GRID_TRUTH: Tree = {
    "accrual": "every 7 days",
    "events": {
        "a": {
            "components": {
                "p": {
                    "clock": "enrolment",
                    "incidence": "60%",
                    "onset": {"at": {"7 days": "50%", "14 days": "50%"}},
                },
                "q": {"clock": "dose step of x", "incidence": "40%", "onset": {"at": {"7 days": "100%"}}},
                "r": {"while_on": "x", "hazard": "0.01 per day", "dose_ratio": {"x": {"2 mg": 2, "4 mg": 5}}},
            },
            "marks": {"mild": 0.6, "bad": 0.4},
        },
        "b": {"clock": "entry to two", "incidence": "50%", "onset": {"at": {"7 days": "100%"}}},
        "c": {
            "clock": "enrolment",
            "incidence": "30%",
            "onset": {"at": {"14 days": "50%", "28 days": "50%"}},
        },
    },
    "delays": {"a": {"report": "7 days"}, "b": {"detection": "7 days"}},
}


def dosing_design(**more: Any) -> Tree:
    """A 3+3 whose DLT is seen within two weeks, with deaths, an expansion and a rule at the dose selected."""
    return {
        "drugs": {"x": ["1 mg", "2 mg", "4 mg", "8 mg"]},
        "phases": {
            "cycle": {"lasts": "21 days", "gives": {"x": "assigned"}, "next": "after"},
            "after": {"lasts": "14 days", "gives": {}},
        },
        "events": {
            "recovery": {},
            "dlt": {"window": "14 days", "ruled_out_by": ["recovery"]},
            "death": {"when_detected": "leave"},
        },
        "dose_finding": {"kind": "three_plus_three", "variant": "C", "decide": "when_window_complete"},
        "expansion": {"at": "mtd", "patients": 6},
        "accrual": {"until": "40 treated", "while_held": "lost"},
        "monitoring": {
            "board": {
                "counts": {"event": "dlt"},
                "scope": {"dose": "mtd"},
                "among": "completed",
                "rule": {"kind": "at_least", "count": 4},
                "look": "every 1 completed",
                "then": ["close_accrual"],
            }
        },
        **more,
    }


DOSING_TRUTH: Tree = {
    "accrual": "1 per week",
    "not_evaluable": "15%",
    "events": {
        "dlt": {
            "clock": "enrolment",
            "incidence": "100%",
            "onset": {
                "lognormal": {
                    "sigma": 0.8,
                    "late": {
                        "by": "14 days",
                        "probability_by_dose": {
                            "x": {"1 mg": "95%", "2 mg": "88%", "4 mg": "75%", "8 mg": "50%"}
                        },
                    },
                }
            },
        },
        "recovery": {"clock": "enrolment", "incidence": "50%", "onset": {"uniform": ["3 days", "20 days"]}},
        "death": {"hazard": "0.01 per day"},
    },
    "delays": {"dlt": {"report": {"uniform": ["0 days", "5 days"]}}, "death": {"detection": "1 days"}},
}

AMENDED: Tree = {
    "less": {
        "when": ["2 mg toxic", "9 treated"],
        "change": {
            "design.dose_finding.ladder": ["1 mg", "2 mg", "4 mg"],
            "design.dose_finding.start": "1 mg",
        },
        "counts": "keep",
        "applies_to": "on_study",
    }
}

ON_WHOLE_DAYS: Tree = {
    "accrual": "every 7 days",
    "events.dlt": {
        "clock": "enrolment",
        "incidence": "30%",
        "onset": {"at": {"7 days": "50%", "14 days": "50%"}},
    },
    "events.recovery": {
        "clock": "enrolment",
        "incidence": "50%",
        "onset": {"at": {"7 days": "50%", "14 days": "50%"}},
    },
    "events.death": {
        "clock": "enrolment",
        "incidence": "20%",
        "onset": {"at": {"7 days": "50%", "14 days": "50%"}},
    },
    "delays": {"dlt": {"report": "7 days"}},
}

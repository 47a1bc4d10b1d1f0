"""What the tests of amendments share: an amended design on whole days, and what came of it.

One candidate every 10 days, the first on day 0, on `len` 25 mg for 60 days unless a test says otherwise.
Everyone has `a` on their day 5 and nobody `b`.
"""

from tests.engine.conduct import on_day
from tests.helpers import program, rule

GIVES, STEPS = "design.phases.one.gives", "design.phases.one.steps"
SLOWLY = {GIVES: {"len": "10 mg", "pred": "20 mg"}, STEPS: [{"after": "14 days", "set": {"len": "25 mg"}}]}
EACH = {"look": "every 1 treated", "then": []}  # in every test but one the rule only reads


def build(amendments, *, patients=6, last="2 years", monitoring=None, a=5, **design):
    """The Program of an amended design. a: the day of everyone's event, None without one."""
    whole = {
        "drugs": {"len": ["10 mg", "15 mg", "25 mg"], "pred": ["20 mg"]},
        "phases": {"one": {"lasts": "60 days", "gives": {"len": "25 mg"}}},
        "events": {name: {"window": "60 days"} for name in "ab"},
        "monitoring": {"reads": rule("a", 4, **EACH)} if monitoring is None else monitoring,
        "accrual": {"until": [f"{patients} treated", last]},
        "amendments": amendments,
        **design,
    }
    return program(whole, {"accrual": "every 10 days", "events": {} if a is None else {"a": on_day(a)}})


def amended(when, change=SLOWLY, **more):
    """One amendment."""
    return {"slower": {"when": when, "change": change, **more}}


def came(records):
    """(day, version) of what came into force."""
    return [(float(row["time"]), int(row["version"])) for row in records.decisions]


def versions(records):
    """Of each patient in order of entry."""
    return records.patients["version"].tolist()

"""What the tests of boards and holds share: their rules, a small design on whole days, stories of trials.

One candidate every 10 days, the first on day 0, followed for 30 days. Unless a test says otherwise everyone
has `a` on their day 5 and nobody has b or c: on day t as many have had `a` as entered by day t - 5.
"""

from simulator.engines.compare import first_difference
from simulator.engines.compiled.driver import play as play_compiled
from simulator.model.records import HoldEnd
from tests.helpers import SEED, draws, program, rule, script


def on_day(day):
    """An event of the truth that everyone has on this day after entry."""
    return {"clock": "enrolment", "incidence": "100%", "onset": {"at": {f"{day} days": "100%"}}}


def build(monitoring, *, patients=6, last="2 years", every=10, a=5, **design):
    """The Program. last: day after which nobody enters; every: days from candidate to candidate; a: the day
    of everyone's event, None without one. design: other keys, `accrual` beside its `until`.
    """
    until = [f"{patients} treated", last]
    whole = {
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": "30 days"}},
        "events": {name: {"window": "30 days"} for name in "abc"},
        "monitoring": monitoring,
        **design,
    }
    whole["accrual"] = {"until": until, **design.get("accrual", {})}
    events = {} if a is None else {"a": on_day(a)}
    return program(whole, {"accrual": f"every {every} days", "events": events})


def play(given, days=None, uniforms=None):
    """One trial: from a script, or else by both engines, which must leave the same records."""
    if days or uniforms:
        return script(given, days=days, uniforms=uniforms)
    records = draws(given, 1)
    assert first_difference(play_compiled(given, SEED, 0, 1), records) == ""
    return records


def number(given, name):
    """Index of a rule."""
    return [monitor.name for monitor in given.monitors].index(name)


def rows(given, records, table, name):
    """A rule's rows of a table of the records."""
    found = getattr(records, table)
    return found[found["monitor"] == number(given, name)]


def verdicts(given, records, name):
    """(day, whether it held) of a rule's looks."""
    return [(float(r["time"]), bool(r["outcome"])) for r in rows(given, records, "looks", name)]


def fired(given, records, name):
    """Days on which a rule fired."""
    return [float(r["decided"]) for r in rows(given, records, "firings", name)]


def votes(given, records, name):
    """(day, members read, weight of votes, each member's vote or None) of a board's looks."""
    size = given.monitors[number(given, name)].readings

    def told(row):
        n, x = row["n"].tolist(), row["x"].tolist()
        each = [int(v) if read else None for read, v in zip(n[1:size], x[1:size], strict=True)]
        return float(row["time"]), int(n[0]), int(x[0]), each

    return [told(row) for row in rows(given, records, "looks", name)]


def holds(given, records, name):
    """(from, to, how) of a rule's holds."""
    mine = rows(given, records, "holds", name)
    return [(float(r["began"]), float(r["ended"]), HoldEnd(int(r["how"])).name) for r in mine]


def entries(records):
    """{candidate: day of entry}, in the order of entry."""
    return {int(p["candidate"]): float(p["entry"]) for p in records.patients}


# ---------------------------------------------------------------- boards, and rules that hold accrual


def board(of, **more):
    """A board that reads them whenever one of them looks; keys of the rule, then of the board."""
    keys = {key: more.pop(key) for key in ("at_least", "quorum", "valid") if key in more}
    kind = more.pop("kind", "votes" if "at_least" in keys else "any_of")
    return {"rule": {"kind": kind, "of": of, **keys}, "then": [], **more}


UNTIL_RELEASED = {"hold_accrual": "until released"}


def on_hold(days):
    """The action."""
    return {"hold_accrual": f"{days} days"}


def review(takes, resumes):
    """The action."""
    return {"review": {"takes": takes, "resumes": resumes}}


def stop_for(days, drug="x"):
    """The action."""
    return {"stop_drug": drug, "for": f"{days} days"}


def does(*then, count=1, event="a", on=None, **more):
    """A rule that fires with so many (of `a` the first is on day 5, then every 10 days), read at each report
    or on these days.
    """
    look = {} if on is None else {"look": {"at": [f"{day} days" for day in on]}}
    return rule(event, count, then=list(then), **look, **more)


def once(*then, **more):
    """The same, which fires once."""
    return does(*then, fires="once", **more)

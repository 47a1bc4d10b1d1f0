"""Small random scenarios for the laws: dicts with the keys of a file, half of them on whole days."""

from typing import Any

from hypothesis import strategies as st

from tests.helpers import until

Tree = dict[str, Any]
DRUGS = {"x": ["1 mg", "2 mg"], "y": ["1 mg"]}
NAMES = ("one", "two", "three")


def days(low: int, high: int) -> st.SearchStrategy[str]:
    """A duration: whole days or a fraction of one."""
    whole = st.integers(low, high).map(lambda n: f"{n} days")
    return st.one_of(whole, st.integers(low * 10, high * 10).map(lambda n: f"{n / 10} days"))


@st.composite
def phases(draw: st.DrawFn) -> Tree:
    count = draw(st.integers(1, 3))
    found: Tree = {}
    for i, name in enumerate(NAMES[:count]):
        gives = {}
        for drug, levels in DRUGS.items():
            level = draw(st.sampled_from([None, *levels, *(["as before"] if i else [])]))
            if level:
                gives[drug] = level
        body: Tree = {"lasts": draw(days(6, 40)), "gives": gives}
        if i + 1 < count:
            body["next"] = NAMES[i + 1]
        if draw(st.booleans()):
            body["visits"] = {"every": draw(days(2, 10))}
        if draw(st.booleans()):
            body["steps"] = [{"after": draw(days(1, 5)), "set": {"x": draw(st.sampled_from(DRUGS["x"]))}}]
        found[name] = body
    return found


@st.composite
def component(draw: st.DrawFn, names: tuple[str, ...]) -> Tree:
    rate = f"{draw(st.sampled_from([0.02, 0.05, 0.2]))} per day"
    clocks = ["enrolment", "start of x", "stop of x", "dose step of x", *(f"entry to {n}" for n in names)]
    clock = draw(st.sampled_from(clocks))
    body: Tree = draw(
        st.sampled_from(
            [
                {"hazard": rate},
                {"hazard": rate, "clock": clock},
                {"probability": "40%", "clock": clock},
                {"probability": "50% in 20 days", "clock": clock},
                {"probability": "50% in 20 days", "clock": clock, "onset": "uniform"},
                {"decay": {"initial": rate, "mean_life": "10 days"}, "clock": clock},
                {"weibull": {"shape": 2, "scale": "30 days"}, "clock": clock},
            ]
        )
    )
    body = dict(body)
    if draw(st.integers(0, 2)) == 0:
        body[draw(st.sampled_from(["while_on", "while_off"]))] = draw(st.sampled_from(["x", "y"]))
    if draw(st.integers(0, 3)) == 0:
        body["while_in"] = [draw(st.sampled_from(names))]
    if draw(st.booleans()):
        body["dose_ratio"] = {"x": {"2 mg": draw(st.sampled_from([0.5, 3]))}}
    if "clock" in body:
        body["restarts"], body["pauses"] = draw(st.booleans()), draw(st.booleans())
    return body


@st.composite
def scope(draw: st.DrawFn, names: tuple[str, ...]) -> Tree:
    found: Tree = {}
    if draw(st.booleans()):
        found["phases"] = [n for n in names if draw(st.booleans())] or [names[0]]
        if draw(st.booleans()):
            found["or_within"] = {"days": draw(st.integers(0, 20)), "of_last": "x"}
    if draw(st.integers(0, 3)) == 0:
        found["doses"] = {"x": [draw(st.sampled_from(DRUGS["x"]))]}
    return found


LOOKS = ("every report", "every 2 treated", "every 15 days", "at the end", "every 2 a events")
THEN = (
    [],
    ["close_accrual"],
    ["close_accrual", {"stop_drug": "x"}],
    [{"stop_drug": "x"}, {"give_drug": "y"}],
    [{"set_dose": {"x": "2 mg"}}],
    ["end_trial"],
)


@st.composite
def monitor(draw: st.DrawFn, names: tuple[str, ...], event: str = "a") -> Tree:
    unit = draw(st.sampled_from(["patients", "events"]))
    found = {
        "counts": {"event": event, "unit": unit},
        "rule": {"kind": "at_least", "count": draw(st.integers(1, 3))},
        "scope": draw(scope(names)),
        "look": draw(st.sampled_from(LOOKS)),
        "then": draw(st.sampled_from(THEN)),
    }
    if draw(st.booleans()):
        found["data_cut"] = draw(days(0, 6))
    if draw(st.booleans()):
        found["decision_lag"] = draw(days(0, 20))
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """(design, truth): events `a`, with responses, and `b`, without."""
    course = draw(phases())
    names = tuple(course)
    responses: list[Any] = [[], [{"stop_drug": "x"}], [{"go_to": names[-1]}], ["leave"], [{"give_drug": "y"}]]
    detected = ["at once", "at visits"] if any("visits" in p for p in course.values()) else ["at once"]
    events: Tree = {
        "a": {
            "repeats": draw(st.booleans()),
            "when_detected": draw(st.sampled_from(responses)),
            "detected": draw(st.sampled_from(detected)),
        },
        "b": {"repeats": draw(st.booleans()), "detected": draw(st.sampled_from(detected))},
    }
    components = {e: {"c": draw(component(names)), "d": draw(component(names))} for e in events}
    delays: Tree = {}
    for event in events:
        if draw(st.booleans()):
            continue
        delays[event] = {
            "detection": draw(days(0, 9)),
            "report": draw(st.sampled_from(["3 days", {"uniform": ["0 days", "12 days"]}])),
        }
    design = {
        "accrual": until(draw(st.integers(2, 6))),
        "drugs": DRUGS,
        "phases": course,
        "events": events,
        "monitoring": {"rule": draw(monitor(names))},
    }
    truth = {
        "accrual": draw(st.sampled_from(["every 5 days", "every 12.3 days", "0.1 per day"])),
        "events": {e: {"components": body} for e, body in components.items()},
        "delays": delays,
    }
    return design, truth

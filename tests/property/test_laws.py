"""Evidence: property. Laws that hold for any design and truth, on random small ones (derandomized)."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from simulator.metrics.collect import collect
from simulator.metrics.tally import estimates_of
from simulator.program.course import Assignment
from simulator.program.words import LookKind, Unit
from simulator.stats.intervals import wilson
from simulator.units import quantise
from tests.helpers import by_patient, draws, program, rule, same, until
from tests.property.strategies import cases, monitor, scope

TRIALS = 4
quick = settings(  # without shrinking, which takes minutes: put Phase.shrink in to see a smaller example
    max_examples=30,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)


def fired(records, monitor=0, key="decided"):
    """Day of a rule's firing per trial, inf without."""
    days = np.full(TRIALS, np.inf)
    mine = records.firings[records.firings["monitor"] == monitor]
    days[mine["trial"]] = mine[key]
    return days


def changed(case, **more):
    """A case whose rule has other keys."""
    design, truth = case
    return {**design, "monitoring": {"rule": {**design["monitoring"]["rule"], **more}}}, truth


def played(case):
    lowered = program(*case)
    return lowered, draws(lowered, TRIALS)


def paths(lowered, records):
    """The states of every patient as they are, whatever their number."""
    return [(*row.tolist()[:-1], lowered.states[row["state"]]) for row in records.states]


# ---------------------------------------------------------------- patients


@given(cases())
@quick
def test_every_patient_enters_and_exits_once_and_events_lie_between(case):
    lowered, records = played(case)
    for number in range(TRIALS):
        mine = records.patients[records.patients["trial"] == number]
        assert mine["candidate"].tolist() == list(range(len(mine)))
        assert np.all(np.diff(mine["entry"]) >= 0)
        assert len(mine) == records.trials["enrolled"][number] <= lowered.max_treated
        assert records.trials["end"][number] == mine["exit"].max()
    for patient, events in by_patient(records):
        assert patient["entry"] <= patient["exit"] < np.inf
        assert np.all(events["occurred"] >= patient["entry"])
        assert np.all(events["occurred"] <= patient["exit"])
        assert np.all(np.diff(events["occurred"]) >= 0)
        for i, event in enumerate(lowered.events):
            assert event.repeats or np.sum(events["event"] == i) <= 1


@given(cases())
@quick
def test_events_are_detected_after_they_happen_and_reported_after_that(case):
    _, records = played(case)
    events = records.events
    assert np.all(events["occurred"] <= events["detected"])
    assert np.all(events["detected"] <= events["reported"])


@given(cases())
@quick
def test_all_times_are_whole_ticks(case):
    """Multiples of 2^-20 day, so that sums and differences are exact."""
    _, records = played(case)
    for table, keys in {
        "patients": ("entry", "exit"),
        "states": ("time",),
        "events": ("occurred", "detected", "reported"),
        "looks": ("time",),
        "firings": ("reported", "cut", "decided", "effective"),
    }.items():
        for key in keys:
            times = getattr(records, table)[key]
            ticks = times[np.isfinite(times)] * 2.0**20
            assert np.array_equal(ticks, np.floor(ticks)), (table, key)


@given(cases())
@quick
def test_the_chain_of_states_is_one_the_design_allows(case):
    """From the state at entry, by an operation each time, no longer in a phase than it lasts."""
    lowered, records = played(case)
    exit_of = {(p["trial"], p["candidate"]): p for p in records.patients}
    rows: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for r in records.states:
        rows.setdefault((r["trial"], r["candidate"]), []).append((float(r["time"]), int(r["state"])))
    assert rows.keys() == exit_of.keys()
    for who, chain in rows.items():
        patient = exit_of[who]
        assert chain[0] == (patient["entry"], entry_state(lowered, records, patient))
        assert chain[-1][0] <= patient["exit"]
        phase_begun = chain[0][0]
        for (before, old), (now, new) in pairwise([*chain, (float(patient["exit"]), -1)]):
            assert before <= now
            assert new == -1 or new in lowered.after[old]
            phase = lowered.states[old].phase
            assert now - phase_begun <= lowered.phases[phase].days + 1e-5
            if new >= 0 and lowered.states[new].phase != phase:
                phase_begun = now


def entry_state(lowered, records, patient):
    """The state in which a patient enters: the design's, with what rules had stopped or given by then."""
    firings = records.firings[records.firings["trial"] == patient["trial"]]
    decided = firings[firings["effective"] <= patient["entry"]]
    state = lowered.entry(Assignment())
    for firing in decided[np.lexsort((decided["monitor"], decided["effective"]))]:
        operations = lowered.monitors[firing["monitor"]].operations
        state = lowered.after_all(state, [o for o in operations if lowered.enters[o] < 0])
    return state


@given(cases())
@quick
def test_what_is_recorded_of_an_event_is_the_patients_state_at_that_moment(case):
    """The state in force (the last before, or one entered then) and the days since each last dose."""
    lowered, records = played(case)
    states = records.states
    for event in records.events:
        mine = states[(states["trial"] == event["trial"]) & (states["candidate"] == event["candidate"])]
        day = event["occurred"]
        in_force = set(mine["state"][mine["time"] == day])
        in_force |= set(mine["state"][mine["time"] < day][-1:])
        assert event["state"] in in_force
        levels = lowered.states[event["state"]].levels
        times = [*mine["time"][1:], np.inf]
        for drug, level in enumerate(levels):
            on = [lowered.states[s].levels[drug] > 0 for s in mine["state"]]
            ended = [t for t, yes in zip(times, on, strict=True) if yes and t <= day]
            since = 0.0 if level else day - max(ended, default=-np.inf)
            assert event["since"][drug] == since


# ---------------------------------------------------------------- rules


def in_scope(lowered, body, event):
    """Whether an event counts, from the scope as written."""
    state = lowered.states[event["state"]]
    phase, levels = lowered.phases[state.phase].name, dict(zip(lowered.drugs, state.levels, strict=True))
    where = body["scope"]
    if "phases" in where and phase not in where["phases"]:
        near = where.get("or_within")
        if not near or event["since"][lowered.drugs.index(near["of_last"])] > near["days"]:
            return False
    listed = dict(zip(lowered.drugs, lowered.levels, strict=True))
    return all(levels[d] and listed[d][levels[d] - 1] in names for d, names in where.get("doses", {}).items())


@given(cases())
@quick
def test_every_look_counts_what_the_records_say_was_known_at_its_cut(case):
    lowered, records = played(case)
    body, table = case[0]["monitoring"]["rule"], lowered.monitors[0]
    index = lowered.event_index("a")
    for look in records.looks:
        cut = quantise(look["time"] - table.data_cut)
        events = records.events[
            (records.events["trial"] == look["trial"]) & (records.events["event"] == index)
        ]
        events = events[[in_scope(lowered, body, e) for e in events]] if len(events) else events
        entries = records.patients["entry"][records.patients["trial"] == look["trial"]]
        n, x = look["n"][0], look["x"][0]

        def count(rows):
            return len(set(rows["candidate"])) if table.counters[0].unit is Unit.PATIENTS else len(rows)

        assert np.sum(entries < cut) <= n <= np.sum(entries <= cut)
        assert count(events[events["reported"] < cut]) <= x <= count(events[events["reported"] <= cut])
        assert look["outcome"] == (x >= body["rule"]["count"])


@given(cases())
@quick
def test_looks_are_numbered_one_per_instant_and_end_with_the_firing(case):
    lowered, records = played(case)
    table = lowered.monitors[0]
    for number in range(TRIALS):
        looks = records.looks[records.looks["trial"] == number]
        firings = records.firings[records.firings["trial"] == number]
        assert looks["look"].tolist() == list(range(1, len(looks) + 1))
        closing = table.look.kind is LookKind.REPORT  # which may share an instant with another
        during = looks[:-1] if closing else looks
        assert np.all(np.diff(during["time"]) > 0)
        assert looks["outcome"][:-1].sum() == 0
        assert len(firings) == (looks["outcome"].sum() if len(looks) else 0)
        for firing in firings:
            assert firing["decided"] == looks["time"][-1]
            assert firing["effective"] == pytest.approx(firing["decided"] + table.decision_lag, abs=1e-6)
            assert firing["cut"] == pytest.approx(firing["decided"] - table.data_cut, abs=1e-6)
            assert firing["reported"] <= firing["cut"]


@given(cases())
@quick
def test_accrual_closes_at_the_effect_and_not_before(case):
    """The arrival whose look it was is in; nobody later is; without a stop in time everybody is."""
    lowered, records = played(case)
    closes = lowered.monitors[0].closes_accrual
    for number in range(TRIALS):
        entries = records.patients["entry"][records.patients["trial"] == number]
        effect = fired(records, key="effective")[number]
        if closes and len(entries) < lowered.max_treated:
            assert np.all(entries <= effect)
            assert effect < np.inf
        elif not closes:
            assert len(entries) == lowered.max_treated
        if closes and lowered.monitors[0].look.kind is LookKind.REPORT:
            assert np.all(entries < effect)


@given(cases(), st.data())
@quick
def test_a_rule_that_cannot_fire_changes_nothing(case, data):
    design, truth = case
    idle = data.draw(monitor(tuple(design["phases"])))
    idle |= {"rule": {"kind": "at_least", "count": 100_000}, "counts": {"event": "a", "unit": "events"}}
    more = {"idle": idle} if data.draw(st.booleans()) else {}
    both = {**design, "monitoring": {**design["monitoring"], **more, "rule_2": idle}}
    (lowered, before), (more_states, after) = played(case), played((both, truth))
    assert same(before, after, "trials", "patients", "firings")
    assert paths(lowered, before) == paths(more_states, after)
    keys = [key for key in before.events.dtype.names if key != "state"]
    assert np.array_equal(before.events[keys], after.events[keys])
    assert np.array_equal(before.looks, after.looks[after.looks["monitor"] == 0])


@given(cases())
@quick
def test_counting_an_event_changes_nothing_of_it(case):
    """`b` has no response and nobody counts it; then a rule that does nothing counts it."""
    design, truth = case
    watch = rule("b", 1, then=[])
    (_, before), (_, after) = (
        played(case),
        played(({**design, "monitoring": {**design["monitoring"], "watch": watch}}, truth)),
    )
    assert same(before, after, "trials", "patients", "states")
    keys = ["trial", "candidate", "event", "occurred", "detected"]
    assert np.array_equal(before.events[keys], after.events[keys])


@given(cases(), st.data())
@quick
def test_a_wider_scope_never_delays_a_stop(case, data):
    """More phases, longer after the last dose, no restriction to doses."""
    names = tuple(case[0]["phases"])
    narrow = data.draw(scope(names))
    narrow.setdefault("phases", [names[0]])
    wide = {"phases": [n for n in names if n in narrow["phases"] or data.draw(st.booleans())]}
    if "or_within" in narrow:
        wide["or_within"] = {
            "days": narrow["or_within"]["days"] + data.draw(st.integers(0, 9)),
            "of_last": "x",
        }
    if "doses" in narrow and data.draw(st.booleans()):
        wide["doses"] = narrow["doses"]
    same_looks = {"look": data.draw(st.sampled_from(["every report", "every 15 days", "every 2 treated"]))}
    narrower = played(changed(case, scope=narrow, **same_looks))[1]
    wider = played(changed(case, scope=wide, **same_looks))[1]
    assert np.all(fired(wider) <= fired(narrower))


@given(cases(), st.sampled_from(["every report", "every 15 days", "at the end"]))
@quick
def test_a_higher_count_never_stops_earlier(case, look):
    count = case[0]["monitoring"]["rule"]["rule"]["count"]
    low, high = (
        played(changed(case, rule={"kind": "at_least", "count": k}, look=look))[1] for k in (count, count + 1)
    )
    if look == "at the end":  # a rule that does not fire earlier has changed nothing by then
        assert np.all(np.isfinite(fired(low)) >= np.isfinite(fired(high)))
    else:
        assert np.all(fired(low) <= fired(high))


@given(cases())
@quick
def test_a_later_report_never_stops_earlier_and_a_decision_lag_moves_no_decision(case):
    design, truth = changed(case, look="every report", data_cut="0 days", decision_lag="0 days")
    days = []
    for report in ("0 days", "3 days", "20 days"):
        delays = {"a": {**truth["delays"].get("a", {}), "report": report}}
        days.append(fired(played((design, {**truth, "delays": delays}))[1]))
    assert np.all(days[0] <= days[1])
    assert np.all(days[1] <= days[2])
    prompt, lagging = (played(changed(case, decision_lag=lag))[1] for lag in ("0 days", "7 days"))
    assert np.array_equal(fired(prompt), fired(lagging))


# ---------------------------------------------------------------- nature


@given(cases(), st.sampled_from([1.5, 4.0]))
@quick
def test_a_larger_ratio_never_delays_its_components_first_event(case, ratio):
    """For an event that nobody responds to, under no rule: the course is then the same."""
    design, truth = case
    plain = {**design, "monitoring": {}, "events": {"a": design["events"]["a"], "b": {"repeats": True}}}
    first = []
    for factor in (1.0, ratio):
        body = {**truth["events"]["b"]["components"]}
        body["c"] = {**body["c"], "ratio": factor}
        events = {**truth["events"], "b": {"components": body}}
        lowered, records = played((plain, {**truth, "events": events}))
        component = next(
            i
            for i, c in enumerate(lowered.components)
            if c.name == "c" and lowered.events[c.event].name == "b"
        )
        mine = records.events[records.events["component"] == component]
        days = np.full((TRIALS, lowered.max_treated), np.inf)
        np.minimum.at(days, (mine["trial"], mine["candidate"]), mine["occurred"])
        first.append(days)
    assert np.all(first[1] <= first[0])


@given(cases())
@quick
def test_a_trial_is_the_same_alone_and_among_others(case):
    lowered, records = played(case)
    alone = draws(lowered, 1, first=TRIALS - 1)
    for name in ("patients", "states", "events", "looks", "firings"):
        table = getattr(records, name)
        assert np.array_equal(table[table["trial"] == TRIALS - 1], getattr(alone, name))


# ---------------------------------------------------------------- shares


@pytest.mark.parametrize(("hazard", "stops"), [("0", 0), ("10 per day", 30)])
def test_never_and_always_have_their_wilson_intervals(hazard, stops):
    design = {
        "accrual": until(3),
        "drugs": {"x": ["1 mg"]},
        "phases": {"one": {"lasts": "50 days"}},
        "events": {"a": {}},
        "monitoring": {"rule": rule("a", 1)},
    }
    lowered = program(design, {"events": {"a": {"components": {"c": {"hazard": hazard}}}}})
    found = estimates_of(collect(lowered, draws(lowered, 30)))["p_stop"]
    assert found.value == stops / 30
    assert (found.low, found.high) == wilson(stops, 30)
    beyond = 1.959963984540054**2 / (30 + 1.959963984540054**2)  # wilson1927 at 0 of n
    assert (found.low, found.high) == pytest.approx((0, beyond) if stops == 0 else (1 - beyond, 1))


def test_the_random_scenarios_are_of_many_kinds():
    """Hardly any is refused, and the features the laws are about are all met."""
    met = dict.fromkeys(("stops", "repeats", "responses", "several phases", "off grid"), 0)
    total = []

    @given(cases())
    @settings(quick, max_examples=80)
    def look(case):
        lowered, records = played(case)
        total.append(len(records.events))
        met["stops"] += len(records.firings) > 0
        met["repeats"] += any(e.repeats for e in lowered.events)
        met["responses"] += any(e.response or e.ends_course for e in lowered.events)
        met["several phases"] += len(lowered.phases) > 1
        met["off grid"] += any(t != int(t) for t in records.states["time"])

    look()
    assert len(total) >= 70
    assert np.mean(total) > 5
    assert min(met.values()) > 20, met

"""The chance that a patient's first event counts, by time since entry, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, inf

from simulator.program.planned import clock_starts, cumulative_hazard, in_arm, steering_traits
from simulator.program.rule_tables import CounterTable, ScopeTable
from simulator.program.tables import Program
from simulator.program.traits import own_factor, trait_mixture
from simulator.program.words import NONE, ClockKind, Unit

__all__ = ["FirstEvent", "alive", "first_event", "in_window", "own_rate", "waits_for"]


MOST_KINKS = 24


@dataclass(slots=True)
class FirstEvent:
    """Distribution of the day (since entry) of a patient's counted event on the planned course.

    F(t) = 1 - exp(-H(min(t, last))), H the summed cumulative hazard of the event's components and
    `last` the day on which the scope or the window ends. kinks: days at which F is not smooth.
    ruled_out: components that the patient's traits exclude. leaves_scope: on `last` a phase out of scope
    begins, and what happens at once in it does not count.
    """

    program: Program
    event: int
    last: float
    kinks: tuple[float, ...] = ()
    ruled_out: frozenset[int] = frozenset()
    leaves_scope: bool = False
    _known: dict[float, float] = field(default_factory=dict)

    def by(self, day: float) -> float:
        """P(counted event by `day` after entry)."""
        if day < 0.0:
            return 0.0
        entering = not (self.leaves_scope and day >= self.last)
        day = round(day, 9) if day < self.last else self.last
        if day not in self._known:
            parts = (c for c in self.program.components_of(self.event) if c not in self.ruled_out)
            total = sum(cumulative_hazard(self.program, c, day, entering=entering) for c in parts)
            self._known[day] = 1.0 - exp(-total)
        return self._known[day]

    @property
    def ever(self) -> float:
        """P(counted event)."""
        return self.by(self.last)


def first_event(program: Program, counter: CounterTable) -> FirstEvent | str:
    """The distribution, or why it has no closed form here."""
    last = _last_counted_day(program, counter)
    if isinstance(last, str):
        return last
    parts = [program.components[c] for c in program.components_of(counter.event)]
    if any(max(part.only_if, part.unless, part.risk) >= 0 for part in parts):
        return "its hazard depends on the patient's traits"
    leaves, last = last <= counter.window, min(last, counter.window)
    kinks = {piece.start for piece in program.planned} | {last, program.planned_days}
    for c in program.components_of(counter.event):
        for table in program.components[c].tables:
            every = max(len(table.knots) // MOST_KINKS, 1)  # of a tabulated law some will do: it is smooth
            kinks |= {start + knot for start in clock_starts(program, c) for knot in table.knots[::every]}
    return FirstEvent(
        program, counter.event, last, tuple(sorted(k for k in kinks if k <= last)), leaves_scope=leaves
    )


def in_window(program: Program, counter: CounterTable) -> tuple[FirstEvent, ...] | str:
    """P(counted event) given the patient's traits: one distribution per combination of `trait_mixture`.

    For rules that wait until the window is over, so when in it the event falls does not matter.
    """
    last = _last_counted_day(program, counter)
    if isinstance(last, str):
        return last
    if any(program.components[c].risk >= 0 for c in program.components_of(counter.event)):
        return "patients differ in their risk"
    components = program.components_of(counter.event)
    return tuple(
        FirstEvent(
            program,
            counter.event,
            min(last, counter.window),
            leaves_scope=last <= counter.window,
            ruled_out=frozenset(c for c in components if own_factor(program.components[c], traits) == 0.0),
        )
        for _, traits in trait_mixture(program)
    )


def own_rate(program: Program, counter: CounterTable) -> float | str:
    """P(a patient has the counted event, in scope and in the window), or why it has no closed form here.

    Where there are arms, that of a patient whom the counter reads.
    """
    arms = program.arms
    if arms is None:
        return _own_rate(program, counter)
    if arms.refusal is not None and arms.refusal.only_if != NONE:
        return "who refuses goes by the patient's traits"
    read = [(share, arm) for share, drawn, arm in arms.received if counter.concerns(drawn, arm)]
    rates = [_own_rate(in_arm(program, arm), counter) for _, arm in read]
    for rate in rates:
        if isinstance(rate, str):
            return rate
    total = sum(share for share, _ in read)
    if not total:
        return "nobody is read"
    return sum(share * float(rate) for (share, _), rate in zip(read, rates, strict=True)) / total


def _own_rate(program: Program, counter: CounterTable) -> float | str:
    """The same of patients on the planned course."""
    found = in_window(program, counter)
    if isinstance(found, str):
        return found
    return sum(weight * given.ever for (weight, _), given in zip(trait_mixture(program), found, strict=True))


def _last_counted_day(program: Program, counter: CounterTable) -> float | str:
    """The end of the scope on the planned course; a reason where the first event does not decide."""
    if reason := _interference(program, counter.event) or _unsupported(program, counter):
        return reason
    last = _scope_end(program, counter.scope)
    if not isinstance(last, str) and _may_return(program, counter, last):
        return "an event out of scope may be followed by one in scope"
    return last


def _interference(program: Program, event: int) -> str:
    """Other events that happen and change the course or a hazard, and reports that are no occurrences."""
    if program.events[event].withdrawn > 0.0:
        return f"reports of `{program.events[event].name}` may be withdrawn"
    if not program.events[event].reported_as_it_is:
        return f"not every `{program.events[event].name}` is reported, or it comes of adjudication too"
    for other, table in enumerate(program.events):
        if other == event or not any(alive(program, c) for c in program.components_of(other)):
            continue
        if table.response or table.watched or table.ends_course:
            return f"the event `{table.name}` changes the course"
    if steering_traits(program):
        return "the course depends on the patient's traits"
    return waits_for(program, event)


def waits_for(program: Program, event: int) -> str:
    """Why an event's hazard is not known at entry: it depends on other events; "" if it is."""
    parts = [program.components[c] for c in program.components_of(event)]
    if any(part.clock == ClockKind.EVENT for part in parts):
        return "its hazard depends on the time of an event"
    if program.screening is not None and any(part.clock == ClockKind.REGISTRATION for part in parts):
        return "its hazard depends on how long screening took"
    return "its hazard depends on whether an event has happened" if any(part.asks for part in parts) else ""


def alive(program: Program, component: int) -> bool:
    table = program.components[component]
    return any(table.multiplier) and any(t.cumulative[-1] > 0.0 or t.tail > 0.0 for t in table.tables)


def _unsupported(program: Program, counter: CounterTable) -> str:
    table = program.events[counter.event]
    if counter.unit is not Unit.PATIENTS:
        return "events are counted, not patients"
    if counter.scope.marks is not None:
        return "the scope names marks"
    if table.watched:
        return f"the course depends on whether `{table.name}` was detected"
    if table.visit >= 0:
        return f"`{table.name}` is found at visits"
    for delay in (table.detection, table.report):
        if delay is not None and delay.constant is None:
            return "delays vary between patients"
    return ""


def _scope_end(program: Program, scope: ScopeTable) -> float | str:
    """The day up to which planned occurrences count; a reason when they do not count from entry on."""
    last, open_until, dosed = 0.0, True, -inf
    ends = [piece.start for piece in program.planned[1:]] + [program.planned_days]
    for piece, end in zip(program.planned, ends, strict=True):
        state = program.states[piece.state]
        on = scope.within_drug >= 0 and state.levels[scope.within_drug] > 0
        dosed = end if on else dosed
        everywhere = tuple(0.0 for _ in program.drugs)
        nowhere = tuple(inf for _ in program.drugs)
        if scope.counts(state, -1, nowhere):
            reach = end
        elif scope.counts(state, -1, everywhere):  # only near the last dose
            reach = end if on else min(end, dosed + scope.within_days)
        else:
            reach = piece.start
        if reach > piece.start and not open_until:
            return "the scope is left and entered again"
        if open_until:
            last = max(last, reach)
            open_until = reach >= end
    return last if last > 0.0 else "nothing on the planned course is in scope"


def _may_return(program: Program, counter: CounterTable, last: float) -> bool:
    """Whether a patient whose first event came after the scope's end could have one in scope later."""
    if not program.events[counter.event].repeats or last >= program.planned_days:
        return False
    ends = [piece.start for piece in program.planned[1:]] + [program.planned_days]
    response = program.events[counter.event].response
    later = [piece for piece, end in zip(program.planned, ends, strict=True) if end > last]
    seen = program.reachable(program.after_all(piece.state, response) for piece in later)
    drug = counter.scope.within_drug
    on_again = drug >= 0 and any(program.states[state].levels[drug] for state in seen)
    never_dosed = tuple(inf for _ in program.drugs)
    return on_again or any(counter.scope.counts(program.states[state], -1, never_dosed) for state in seen)

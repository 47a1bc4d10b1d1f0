"""The hazard clocks of one patient: how much of each threshold is used up, and when it is crossed."""

from __future__ import annotations

from math import inf

from simulator.model.latents import Latents
from simulator.program.tables import Program
from simulator.program.traits import own_factor
from simulator.program.words import ClockKind
from simulator.units import quantise

__all__ = ["HazardClocks"]


class HazardClocks:
    """Per component: an anchor, what is used of the current threshold, and the crossing to come.

    used = sum of multiplier x the patient's own factor x increase of the cumulative hazard, over the
    time in each state. A component that the patient's traits rule out is retired from the start. The
    event happens when used reaches the threshold; the component then takes its next threshold,
    the others keep what they used.

    `level` is the cumulative hazard up to which the component is settled, on day `settled`. While it
    does not act (multiplier 0) nothing is done; when it acts again the hazard gone by is passed over,
    or, if it pauses, its clock is set back.

    `risk` is the hazard used up in earnest, for the identity E[crossings - risk] = 0: every threshold that
    was crossed, and what is used of the last one when the component is closed. A jump on the very day on
    which the component stops to act is `missed` if no crossing was looked for since: after a component that
    is listed earlier crossed at this instant, or where its clock began in the same act.
    """

    def __init__(
        self,
        program: Program,
        latents: Latents,
        candidate: int,
        entry: float,
        registered: float,
        traits: tuple[float, ...],
    ) -> None:
        size = len(program.components)
        self.program = program
        self.latents = latents
        self.candidate = candidate
        self.entry = entry
        self.registered = registered
        self.state = -1  # not in the trial yet: nothing acts
        self.anchor: list[float | None] = [None] * size
        self.level = [0.0] * size
        self.settled = [entry] * size
        self.used = [0.0] * size
        self.times = [0] * size
        self.threshold = [latents.threshold(c.stream, candidate, 0) for c in program.components]
        self.fixed = [latents.fixed_days(c.stream, candidate, 0) for c in program.components]
        self.crossing = [inf] * size
        self.own = [own_factor(component, traits) for component in program.components]
        self.spent = [False] * size  # crossed, until the clock starts again
        self.retired = [factor == 0.0 for factor in self.own]
        self.risk = [0.0] * size
        self.missed = [0.0] * size
        self.looked = size  # components up to this one have had their chance to cross at this instant
        self.acts = 0  # how often the next crossing was looked for
        self.begun = [-1] * size  # in which of these acts the clock began
        for c, fixed in enumerate(self.fixed):
            if fixed is not None:
                self._recompute(c, entry)

    def change_state(self, state: int, touched: tuple[int, ...], starts: tuple[int, ...], now: float) -> None:
        """From `now` the patient is in `state` and the clocks of `starts` begin; `touched` components change.

        Hazard is used up to `now` where it acted; what acts from now on gets its crossing.
        """
        acted = self._acting(touched)
        for c in acted:
            self._settle(c, now)
        self.state = state
        acts = self._acting(touched)
        for c in acts:
            self._change_table(c)
        for c in starts:
            self._start(c, now)
        for c in acts - acted:
            self._wake(c, now)
        for c in acts | acted:
            self._recompute(c, now)

    def next_crossing(self) -> tuple[int, float]:
        """The component that crosses first (the first listed of equals) and when."""
        self.acts += 1
        self.looked = len(self.crossing)
        if not self.crossing:
            return 0, inf
        time = min(self.crossing)
        return self.crossing.index(time), time

    def crossed(self, component: int, now: float) -> None:
        """The component's event happens now."""
        event = self.program.components[component].event
        self.times[component] += 1
        self.looked = component
        if self.fixed[component] is None:  # what is given by hand uses nothing up
            self.risk[component] += self.threshold[component]
        if self.program.events[event].repeats:
            self._next_threshold(component, now)
        else:
            self.retired[component] = True
            for c in self.program.components_of(event):
                self._close(c, now)
                self.crossing[c] = inf
        self.happened(event, now)

    def close(self, now: float) -> None:
        """The course ends in this act, whatever it brings about else: nothing acts any more."""
        for c in range(len(self.retired)):
            self._close(c, now)

    def happened(self, event: int, now: float) -> None:
        """An event has happened: the clocks that it starts begin."""
        for c, table in enumerate(self.program.components):
            if table.clock == ClockKind.EVENT and table.of == event:
                if c in self.program.active[self.state]:
                    self._settle(c, now)
                self._start(c, now)
                self._recompute(c, now)

    def _close(self, c: int, now: float) -> None:
        """A component retires: what it has used of its threshold is settled."""
        if self.retired[c]:
            return
        if self.program.components[c].multiplier[self.state] > 0.0:
            self._settle(c, now)
        self.risk[c] += self.used[c] - self.missed[c]
        self.retired[c] = True

    def _acting(self, among: tuple[int, ...]) -> set[int]:
        if self.state < 0:
            return set()
        return {c for c in among if self.program.components[c].multiplier[self.state] > 0.0}

    def _start(self, c: int, now: float) -> None:
        """Anchor a clock; it keeps its first anchor unless it restarts. One that has gone since registration
        passes over the hazard from before entry.
        """
        component = self.program.components[c]
        if self.anchor[c] is None or component.restarts:
            begun = self.registered if component.clock == ClockKind.REGISTRATION else now
            self.anchor[c] = begun
            self.level[c] = component.table(self.state).at(now - begun) if begun < now else 0.0
            self.settled[c] = now
            self.spent[c] = False
            self.begun[c] = self.acts

    def _change_table(self, c: int) -> None:
        """Where doses have hazards of their own, go on at the same age in the one now in force."""
        component, anchor = self.program.components[c], self.anchor[c]
        if len(component.tables) > 1 and anchor is not None and self.settled[c] > anchor:
            self.level[c] = component.table(self.state).at(self.settled[c] - anchor)

    def _settle(self, c: int, now: float) -> None:
        """Use up hazard until `now`, of a component that acts."""
        component, anchor = self.program.components[c], self.anchor[c]
        if anchor is not None and not self.retired[c]:
            table = component.table(self.state)
            level = table.at(now - anchor)
            if not self.spent[c]:
                factor, more = component.multiplier[self.state] * self.own[c], level - self.level[c]
                self.used[c] += factor * more
                if c > self.looked or self.begun[c] == self.acts:
                    self.missed[c] += factor * min(table.jump_at(now - anchor), more)
                else:
                    self.missed[c] = 0.0
            self.level[c] = level
            self.settled[c] = now

    def _wake(self, c: int, now: float) -> None:
        """The component acts again: pass over the hazard gone by, or set a paused clock back."""
        component, anchor = self.program.components[c], self.anchor[c]
        if anchor is None or self.settled[c] == now:
            return
        if component.pauses:
            self.anchor[c] = anchor + (now - self.settled[c])
        else:
            self.level[c] = component.table(self.state).at(now - anchor)
        self.settled[c] = now

    def _next_threshold(self, c: int, now: float) -> None:
        component, anchor = self.program.components[c], self.anchor[c]
        self.used[c] = self.missed[c] = 0.0
        self.spent[c] = component.once
        if anchor is not None:
            self.level[c] = component.table(self.state).at(now - anchor)
        self.settled[c] = now
        self.threshold[c] = self.latents.threshold(component.stream, self.candidate, self.times[c])
        self.fixed[c] = self.latents.fixed_days(component.stream, self.candidate, self.times[c])
        self._recompute(c, now)

    def _recompute(self, c: int, now: float) -> None:
        """When the component crosses if the state stays as it is."""
        if self.retired[c]:
            return
        component, anchor, fixed = self.program.components[c], self.anchor[c], self.fixed[c]
        if fixed is not None:
            self.crossing[c] = max(quantise(self.entry + fixed), now)
            return
        factor = component.multiplier[self.state] * self.own[c]
        if anchor is None or factor == 0.0 or self.spent[c]:
            self.crossing[c] = inf
            return
        level = self.level[c] + (self.threshold[c] - self.used[c]) / factor
        self.crossing[c] = max(quantise(anchor + component.table(self.state).age_at(level)), now)

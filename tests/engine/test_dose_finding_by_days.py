"""Evidence: differential. Dose finding once more, stepped day by day, without events or an order of instants.

Everything falls on whole days, so that reports, ends of windows, deaths, choices and arrivals meet all the
time. The second simulator is written from the documentation; only the design itself (counts -> next dose),
which has tests of its own, is shared. Designs, conduct and patients are drawn at random with the suite's
seed.
"""

from dataclasses import dataclass, field
from itertools import count

import numpy as np
import pytest

from simulator.program.decisions import Standing, decisions_of
from tests.engine.dose_finding import (
    ABSENCE,
    DIRECT,
    DLT,
    FREE,
    LEVELS,
    NOT_EVALUABLE,
    build,
    decided,
    entered,
    play,
)
from tests.helpers import SEED

WINDOW, COURSE, CANDIDATES, NEVER = 20, 30, 600, 10_000
PENDING = -2


@dataclass
class Person:
    """Days from entry of what would happen to a candidate."""

    dlt: int
    recovery: int
    death: int
    gone: int
    unjudged: bool
    entry: int = 0
    level: int = 0
    version: int = 0
    cohort: int = 0


@dataclass
class Sheet:
    """One trial, kept by hand from day to day."""

    setting: dict
    method: list  # design of each version
    people: list
    treated: list = field(default_factory=list)
    cohort: list = field(default_factory=list)
    decisions: list = field(default_factory=list)
    queue: list = field(default_factory=list)

    # -- what becomes of a patient

    def exit(self, p):
        return min(p.death, p.gone, COURSE)

    def toxicity(self, p):
        """Day of the DLT, if there is one."""
        exit_, free = self.exit(p), self.recovered(p)
        if self.setting["absence"]:
            if not free and exit_ > WINDOW:
                return WINDOW
        elif p.dlt <= min(WINDOW, exit_):
            return p.dlt
        dies = p.death == exit_ <= WINDOW
        return p.death if self.setting["deaths"] == "dlt" and dies and not free else None

    def recovered(self, p):
        return self.setting["absence"] and p.recovery <= min(WINDOW, self.exit(p))

    def known(self, p, day):
        age, exit_, lag = day - p.entry, self.exit(p), self.setting["lag"]
        toxic, free = self.toxicity(p), self.recovered(p)
        if p.unjudged:
            return NOT_EVALUABLE if age >= min(WINDOW, exit_) else PENDING
        if toxic is not None and age >= toxic + lag:
            return DLT
        if free and age >= p.recovery + lag:
            return FREE
        short = exit_ < WINDOW or (exit_ == WINDOW and self.setting["absence"] and not free)
        if short and age >= exit_:
            return PENDING if toxic is not None or free else NOT_EVALUABLE
        return FREE if age >= WINDOW else PENDING

    # -- what is done

    def run(self):
        s = self.setting
        self.version, self.over, self.mtd = 0, False, 0
        self.dose, self.wanted = s["ladders"][0].index(s["starts"][0]), self.method[0].cohort
        hand, coming = count(), iter(range(CANDIDATES))
        for day in range(3_000):
            if not self.over and not self.mtd:
                self.gate(day)
            while self.open() and s["held"] == "on_demand":
                self.enter(next(hand), day)
            while self.open() and self.queue:
                self.enter(self.queue.pop(0), day)
            if day % s["gap"] == 0 and s["held"] != "on_demand":
                candidate = next(coming, None)
                if candidate is None or self.over:
                    break
                if self.open():
                    self.enter(candidate, day)
                elif s["held"] == "queued":
                    self.queue.append(candidate)
            if self.over or len(self.treated) >= s["until"]:
                self.finish(day)
                break
        return self

    def finish(self, day):
        """Choices go on while nobody enters any more."""
        for later in range(day + 1, day + 100):
            if not self.over and not self.mtd:
                self.gate(later)

    def open(self):
        return not self.over and len(self.treated) < self.setting["until"] and self.places(self.today) > 0

    def places(self, day):
        replaced = self.setting["unjudged"] == "replace" and not self.mtd
        gone = sum(replaced and self.known(p, day) == NOT_EVALUABLE for p in self.cohort)
        return self.wanted - len(self.cohort) + gone

    def enter(self, candidate, day):
        p = self.people[candidate]
        p.entry, p.version, p.candidate = day, self.version, candidate
        p.level = self.mtd or self.setting["ladders"][self.version][self.dose]
        p.cohort = -1 if self.mtd else len(self.decisions)
        self.treated.append(p)
        self.cohort.append(p)
        if self.mtd and self.places(day) <= 0:
            self.over = True

    @property
    def ladder(self):
        return self.setting["ladders"][self.version]

    def counts(self, p):
        return (p.version == self.version or self.setting["keep"]) and p.level in self.ladder

    def standing(self, day):
        ladder = self.ladder
        n, x = [0] * len(ladder), [0] * len(ladder)
        for p in self.treated:
            if self.counts(p) and self.known(p, day) in {FREE, DLT}:
                n[ladder.index(p.level)] += 1
                x[ladder.index(p.level)] += self.known(p, day) == DLT
        return Standing(tuple(n), tuple(x), self.dose)

    def gate(self, day):
        self.today = day
        places = max(self.places(day), 0)
        pending = [p for p in self.cohort if self.known(p, day) == PENDING]
        judged = [p for p in self.cohort if self.known(p, day) != NOT_EVALUABLE]
        how = self.setting["decide"]
        if how == "when_decided":
            choice = self.settled(day, places, pending) if self.news(day) else None
            if choice is not None:
                self.choose(day, choice)
            return
        if places or pending:
            return
        if how == "when_window_complete" and any(day - p.entry < WINDOW for p in judged):
            return
        self.choose(day, decisions_of(self.method[self.version]).of(self.standing(day)))

    def news(self, day):
        """Whether a window or a course was over, or a report arrived."""
        lag = self.setting["lag"]

        def days(p):
            toxic, exit_ = self.toxicity(p), self.exit(p)
            reports = [] if toxic is None else [toxic + lag]
            if not self.setting["absence"] and p.dlt <= exit_:
                reports.append(p.dlt + lag)
            if self.setting["absence"] and p.recovery <= exit_:
                reports.append(p.recovery + lag)
            return [WINDOW, exit_, *reports]

        return any(day - p.entry in days(p) for p in self.treated)

    def settled(self, day, places, pending):
        """What the design says however it turns out: one unknown after the other gets each of its
        outcomes.
        """
        replaced = self.setting["unjudged"] == "replace"
        unknown = [(self.dose, replaced)] * places
        for p in self.treated:
            if self.counts(p) and self.known(p, day) == PENDING:
                mine = any(p is other for other in self.cohort)
                unknown.append((self.ladder.index(p.level), replaced and mine))
        n, x, *_ = self.standing(day)
        possible = {(n, x)}
        for dose, sure in unknown:
            grown = set() if sure else set(possible)
            for n, x in possible:
                more = (*n[:dose], n[dose] + 1, *n[dose + 1 :])
                grown |= {(more, x), (more, (*x[:dose], x[dose] + 1, *x[dose + 1 :]))}
            possible = grown
        design = decisions_of(self.method[self.version])
        if len({design.of(Standing(n, x, self.dose))[:3] for n, x in possible}) > 1:
            return None
        best = max(possible, key=lambda counts: (sum(counts[0]), -sum(counts[1])))
        choice = design.of(Standing(*best, self.dose))
        return None if choice.dose == self.dose and (places or pending) else choice

    def choose(self, day, choice):
        s, ladders = self.setting, self.setting["ladders"]
        here = ladders[self.version][self.dose]
        self.cohort = []
        if self.version + 1 < len(ladders) and len(self.treated) >= s["treated"]:
            self.version += 1
            self.dose = ladders[self.version].index(s["starts"][self.version])
            fresh = self.standing(day).n[self.dose] == 0
            self.wanted = self.method[self.version].cohort if fresh else 0
            self.decisions.append((day, here, ladders[self.version][self.dose], self.wanted, 0, -1))
            if fresh:
                return
            here = ladders[self.version][self.dose]
            choice = decisions_of(self.method[self.version]).of(self.standing(day))
        ladder = ladders[self.version]
        to = ladder[choice.dose] if choice.dose >= 0 else 0
        selected = ladder[choice.selected] if choice.selected >= 0 else 0
        self.decisions.append((day, here, to, choice.patients, selected, choice.reason))
        if choice.dose >= 0:
            self.dose, self.wanted = choice.dose, choice.patients
        elif selected and s["expansion"]:
            self.mtd, self.wanted = selected, s["expansion"]
        else:
            self.over = True


def drawn(rng):
    """A design, its conduct and how candidates come."""
    amended = rng.random() < 0.4
    return {
        "absence": bool(rng.random() < 0.5),
        "deaths": str(rng.choice(["dlt", "not_evaluable"])),
        "lag": int(rng.choice([0, 0, 3, 8])),
        "gap": int(rng.choice([1, 2, 5, 10])),
        "held": str(rng.choice(["lost", "queued", "on_demand"])),
        "decide": str(rng.choice(["when_window_complete", "when_known", "when_decided"])),
        "unjudged": str(rng.choice(["replace", "replace", "leave"])),
        "until": int(rng.choice([7, 24, 40])),
        "expansion": int(rng.choice([0, 0, 5])),
        "variant": str(rng.choice(["A", "B", "C"])),
        "cohort": int(rng.choice([1, 2, 3, 3, 3, 4, 6])),
        "ladders": [[1, 2, 3], [1, 2, 3]] if amended else [[1, 2, 3]],
        "starts": [int(rng.integers(1, 4)), int(rng.integers(1, 4))][: 1 + amended],
        "treated": int(rng.choice([3, 5, 7])),
        "keep": bool(rng.random() < 0.5),
        "rate": float(rng.choice([0.1, 0.25, 0.5])),
    }


def made(s):
    """The Program of a setting."""
    more = {"accrual": {"until": f"{s['until']} treated", "while_held": s["held"]}}
    if s["expansion"]:
        more["expansion"] = {"at": "mtd", "patients": s["expansion"]}
    if len(s["ladders"]) > 1:
        change = {"design.dose_finding.start": LEVELS[s["starts"][1] - 1]}
        counts = "keep" if s["keep"] else "start again"
        more["amendments"] = {"a": {"when": f"{s['treated']} treated", "change": change, "counts": counts}}
    lag = {"report": f"{s['lag']} days"}
    return build(
        ABSENCE if s["absence"] else DIRECT,
        more=more,
        truth={
            "accrual": f"every {s['gap']} days",
            "not_evaluable": "20%",
            "delays": {"dlt": lag} | ({"recovery": lag} if s["absence"] else {}),
        },
        start=LEVELS[s["starts"][0] - 1],
        variant=s["variant"],
        cohort=s["cohort"],
        decide=s["decide"],
        not_evaluable=s["unjudged"],
        death_in_window=s["deaths"],
    )


def people(rng, s):
    """Candidates: late recovery or a DLT at about the rate, 15 % deaths and 10 % exits, 10 % unjudged."""
    out = []
    for _ in range(CANDIDATES):
        bad = rng.random() < s["rate"]
        out.append(
            Person(
                dlt=int(rng.integers(1, 23)) if bad else NEVER,
                recovery=int(rng.integers(19, 30)) if bad else int(rng.integers(1, 22)),
                death=int(rng.integers(1, 30)) if rng.random() < 0.15 else NEVER,
                gone=int(rng.integers(1, 30)) if rng.random() < 0.1 else NEVER,
                unjudged=bool(rng.random() < 0.1),
            )
        )
    return out


@pytest.mark.parametrize("number", range(60))
def test_the_same_entries_choices_and_outcomes(number):
    rng = np.random.default_rng([SEED, number])
    s = drawn(rng)
    given = made(s)
    names = ("recovery", "death", "gone") if s["absence"] else ("dlt", "death", "gone")
    for _ in range(5):
        candidates = people(rng, s)
        days = {
            (name, who): [getattr(p, name)] if getattr(p, name) < NEVER else []
            for who, p in enumerate(candidates)
            for name in names
        }
        uniforms = {("not_evaluable", who): [0.1] for who, p in enumerate(candidates) if p.unjudged}
        records = play(given, days, uniforms)
        sheet = Sheet(s, [version.method for version in given.dosing.versions], candidates).run()
        expected = [
            (p.candidate, p.entry, p.level, p.cohort, sheet.known(p, NEVER + NEVER)) for p in sheet.treated
        ]
        assert entered(records) == expected, s
        assert decided(records) == sheet.decisions, s

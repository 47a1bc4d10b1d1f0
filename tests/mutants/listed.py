"""The mistakes that the tests must find: in a file, an old text becomes a new one, and named tests fail.

An old text stands in its file once; when it is no longer there the mutant is an error, so that the list stays
true. Tests are those that are quickest at finding the mistake, not all that would.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MUTANTS", "Mutant"]

REFERENCE = "simulator/engines/reference/"
COMPILED = "simulator/engines/compiled/"
ENGINES, GENERATED = "tests/differential/test_engines.py", "tests/differential/test_generated.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake. tests: files; select: `-k` in them. plain: not compiled, which would take longer."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    select: str = ""
    plain: bool = False


def reference(name: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    """A mistake in the SimPy engine."""
    return Mutant(name, REFERENCE + file, old, new, tuple(f"tests/engine/{test}" for test in tests))


def compiled(name: str, file: str, old: str, new: str, select: str) -> Mutant:
    """A mistake in the kernels, found where they are compared with SimPy. select: `-k` of these tests."""
    tests = GENERATED if select == "same_records" else ENGINES
    return Mutant(f"compiled: {name}", COMPILED + file, old, new, (tests,), select, plain=True)


SIMPY = (
    reference(
        "tie order: a transition before what happens at its instant",
        "patient.py",
        "order = pack(InstantOrder.TRANSITION, candidate)",
        "order = pack(InstantOrder.OCCURRENCE, 0)",
        "test_instants.py",
    ),
    reference(
        "tie order: of equal crossings the last listed",
        "hazards.py",
        "return self.crossing.index(time), time",
        "return len(self.crossing) - 1 - self.crossing[::-1].index(time), time",
        "test_thresholds.py",
    ),
    reference(
        "arrival at the stop enrolled",
        "accrual.py",
        "yield env.at(arrival, pack(InstantOrder.ARRIVAL, candidate))",
        "yield env.at(arrival, pack(InstantOrder.TRANSITION, candidate))",
        "test_instants.py",
    ),
    reference(
        "> for >= in a look's milestone",
        "monitor.py",
        "passed = int(count // milestone.amount)",
        "passed = int((count - 1) // milestone.amount)",
        "test_looks.py",
    ),
    reference(
        "window end: an event on its last day",
        "denominator.py",
        "and o.occurred <= quantise(entry + counter.window)",
        "and o.occurred < quantise(entry + counter.window)",
        "test_denominators.py",
        "test_dose_finding_expansion.py",
    ),
    reference(
        "window end: a patient assessed on its last day",
        "trial.py",
        "return bisect_right(self.patients, day, key=lambda patient: quantise(patient.entry + window))",
        "return sum(quantise(patient.entry + window) < day for patient in self.patients)",
        "test_denominators.py",
    ),
    Mutant(
        "report counted at occurrence",
        REFERENCE + "denominator.py",
        "seen = [o for o in ledger.counted if o.reported <= cut]",
        "seen = [o for o in ledger.counted if o.occurred <= cut]",
        ("tests/property/test_laws.py",),
        "known_at_its_cut",
    ),
    reference(
        "report sent at occurrence",
        "patient.py",
        'occurrence.reported = quantise(occurrence.detected + self._delay(occurrence, "report"))',
        "occurrence.reported = occurrence.detected",
        "test_course.py",
        "test_instants.py",
    ),
    reference(
        "patient response at occurrence",
        "patient.py",
        "        self.undetected.append(occurrence)\n",
        "        self.undetected.append(occurrence)\n"
        "        self.apply(self.program.events[event].response, now)\n",
        "test_course.py",
    ),
    reference(
        "threshold reused after a repeat",
        "hazards.py",
        "self.threshold[c] = self.latents.threshold(component.stream, self.candidate, self.times[c])",
        "self.threshold[c] = self.latents.threshold(component.stream, self.candidate, 0)",
        "test_thresholds.py",
    ),
    reference(
        "clock not re-anchored",
        "hazards.py",
        "if self.anchor[c] is None or self.program.components[c].restarts:",
        "if self.anchor[c] is None:",
        "test_thresholds.py",
        "test_course.py",
    ),
    reference(
        "latents by enrolment order",
        "accrual.py",
        "self.trial.enrol(candidate, arrival)",
        "self.trial.enrol(self.trial.treated(), arrival)",
        "test_waiting.py",
    ),
    reference(
        "multiplier applied retroactively",
        "hazards.py",
        "        for c in acted:\n            self._settle(c, now)\n        self.state = state\n",
        "        self.state = state\n        for c in acted:\n            self._settle(c, now)\n",
        "test_thresholds.py",
    ),
    reference(
        "seen reports dropped after a directive",
        "trial.py",
        "        for patient in self.patients:\n"
        "            patient.direct(table.operations, now, leave=table.ends_trial)\n",
        "        for patient in self.patients:\n"
        "            patient.direct(table.operations, now, leave=table.ends_trial)\n"
        "        for monitor in self.monitors:\n"
        "            for ledger in monitor.ledgers:\n"
        "                ledger.counted.clear()\n",
        "test_instants.py",
        "test_after_the_stop.py",
        "test_waiting.py",
    ),
    Mutant(
        "what is under way dropped at a directive",
        REFERENCE + "patient.py",
        "        self.apply(operations, now)\n        if leave:\n",
        "        self.apply(operations, now)\n        self.undetected = []\n        if leave:\n",
        (ENGINES,),
        "actions",
        plain=True,
    ),
    reference(
        "one release lifting all holds",
        "accrual.py",
        "self.holds.discard(name)",
        "self.holds.clear()",
        "test_waiting.py",
    ),
    reference(
        "events after the stop lost",
        "trial.py",
        "patient.direct(table.operations, now, leave=table.ends_trial)",
        "patient.direct(table.operations, now, leave=table.closes_accrual)",
        "test_after_the_stop.py",
    ),
    reference(
        "dose finding: not evaluable counted as N",
        "escalation.py",
        "if outcome in {Outcome.NONE, Outcome.DLT}:",
        "if outcome != Outcome.PENDING:",
        "test_dose_finding_conduct.py",
    ),
    reference(
        "dose finding: window complete not awaited",
        "escalation.py",
        'if self.plan.decide == "when_window_complete":',
        'if self.plan.decide == "":',
        "test_dose_finding_conduct.py",
    ),
    reference(
        "dose finding: amendment after the design",
        "escalation.py",
        "        if amendment is not None:\n            self._amend(amendment, now)\n",
        "        if amendment is not None and choice.dose >= 0:\n            self._amend(amendment, now)\n",
        "test_dose_finding_amendments.py",
    ),
    reference(
        "dose finding: mtd ignored in the denominator",
        "denominator.py",
        "return [p for p in entered if trial.at_mtd(p)] if counter.scope.at_mtd else entered",
        "return entered",
        "test_dose_finding_expansion.py",
    ),
    reference(
        "dose finding: a DLT on the last day not counted",
        "escalation.py",
        "if o.occurred <= end and o.reported <= day}",
        "if o.occurred < end and o.reported <= day}",
        "test_dose_finding_orders.py",
    ),
)

KERNELS = (
    compiled(
        "tie order: a transition before what happens at its instant",
        "patient.py",
        "        if due < day:\n",
        "        if due <= day:\n",
        "scopes or actions",
    ),
    compiled(
        "tie order: of equal crossings the last listed",
        "patient.py",
        "if floats[clock + at.CROSSING] < day:",
        "if floats[clock + at.CROSSING] <= day < math.inf or floats[clock + at.CROSSING] < day:",
        "scopes or hazards",
    ),
    compiled(
        "arrival at the stop enrolled",
        "accrual.py",
        "order = queue.pack(queue.ARRIVAL, candidate, 0)",
        "order = queue.pack(queue.TRANSITION, candidate, 0)",
        "actions",
    ),
    compiled(
        "> for >= in a look's milestone",
        "monitor.py",
        "passed = count // ints[milestone + at.AMOUNT]",
        "passed = (count - 1) // ints[milestone + at.AMOUNT]",
        "every_kind_of_look",
    ),
    compiled(
        "window end: an event on its last day",
        "denominator.py",
        "if floats[occurrence + at.OCCURRED] > floats[patient",
        "if floats[occurrence + at.OCCURRED] >= floats[patient",
        "same_records",
    ),
    compiled(
        "window end: a patient assessed on its last day",
        "denominator.py",
        "while n < end and floats[first + n * size] <= day:",
        "while n < end and floats[first + n * size] < day:",
        "every_kind_of_look",
    ),
    compiled(
        "report sent at detection",
        "occurrence.py",
        "due = quantise(floats[occurrence + at.DETECTED_ON] + days)",
        "due = floats[occurrence + at.DETECTED_ON]",
        "delays",
    ),
    compiled(
        "patient response at occurrence",
        "patient.py",
        "            happen(ints, floats, words, patient, event, subject, now)\n",
        "            happen(ints, floats, words, patient, event, subject, now)\n"
        "            response = ints[ints[at.EVENT] + event * at.EVENT_SIZE + at.RESPONSE]\n"
        "            _apply(ints, floats, words, patient, response, now)\n",
        "actions",
    ),
    compiled(
        "threshold reused after a repeat",
        "clocks.py",
        "philox.threshold(words[at.SEED], stream, trial, candidate, ints[clock + at.TIMES])",
        "philox.threshold(words[at.SEED], stream, trial, candidate, 0)",
        "scopes or hazards",
    ),
    compiled(
        "clock not re-anchored",
        "clocks.py",
        "if floats[clock + at.ANCHOR] < 0.0 or restarts != 0:",
        "if floats[clock + at.ANCHOR] < 0.0:",
        "same_records",
    ),
    compiled(
        "latents by enrolment order",
        "trial.py",
        "ints[patient + at.NUMBER] = candidate",
        "ints[patient + at.NUMBER] = ints[at.TREATED]",
        "cuts_lags_and_waiting or dose_finding",
    ),
    compiled(
        "multiplier applied retroactively",
        "clocks.py",
        "_settle(ints, floats, clock, old + hazard, now)",
        "_settle(ints, floats, clock, new + hazard, now)",
        "hazards",
    ),
    compiled(
        "what is under way dropped at a directive",
        "patient.py",
        "        if ints[directive + at.DIRECTIVE_LEAVES] != 0:\n",
        "        ints[patient + at.FIRST_UNDETECTED] = at.NONE\n"
        "        if ints[directive + at.DIRECTIVE_LEAVES] != 0:\n",
        "actions",
    ),
    compiled(
        "reports under way not called back at a directive",
        "occurrence.py",
        "if now < floats[occurrence + at.REPORTED] < math.inf and",
        "if math.inf < floats[occurrence + at.REPORTED] and",
        "same_records",
    ),
    compiled(
        "reports that have arrived sent again after a directive",
        "occurrence.py",
        " and due > floats[at.ARRIVED_UNTIL]:",
        ":",
        "same_records",
    ),
    compiled(
        "an earlier directive forgotten at the next one",
        "patient.py",
        "    directive = ints[at.DIRECTED] + ints[patient + at.DIRECTIVES_SEEN] * at.DIRECTIVE_SIZE\n",
        "    directive = newest\n",
        "same_records",
    ),
    compiled(
        "an operation that came to stand later applied from entry",
        "patient.py",
        "for i in range(ints[patient + at.STANDING_SEEN]):",
        "for i in range(ints[at.STANDING_LENGTH]):",
        "actions",
    ),
    compiled(
        "a course that ended before a directive shortened it",
        "trial.py",
        "if floats[subject + at.EXIT] == floats[at.NOW]:",
        "if floats[subject + at.EXIT] != floats[at.NOW]:",
        "dose_finding",
    ),
    compiled(
        "one release lifting all holds",
        "accrual.py",
        "        ints[ints[at.HELD] + name] = 0\n        ints[at.HOLDS] -= 1\n",
        "        for other in range(ints[at.NAMES]):\n"
        "            ints[ints[at.HELD] + other] = 0\n        ints[at.HOLDS] = 0\n",
        "same_records",
    ),
    compiled(
        "events after the stop lost",
        "trial.py",
        "ints[monitor + at.DIRECTIVES], ints[monitor + at.ENDS] != 0)",
        "ints[monitor + at.DIRECTIVES], ints[monitor + at.CLOSES] != 0)",
        "actions",
    ),
    compiled(
        "dose finding: not evaluable counted as N",
        "escalation.py",
        "if found in (NONE, DLT):",
        "if found != PENDING:",
        "dose_finding",
    ),
    compiled(
        "dose finding: window complete not awaited",
        "escalation.py",
        "elif decide == at.WINDOW_COMPLETE:",
        "elif decide == at.NONE:",
        "dose_finding",
    ),
    compiled(
        "dose finding: amendment after the design",
        "escalation.py",
        "if number < ints[dosing + at.AMENDMENTS_LENGTH] and _due(ints, floats, amendment):",
        "if number < ints[dosing + at.AMENDMENTS_LENGTH] and _due(ints, floats, amendment) and (\n"
        "        find(ints) < 0 or ints[find(ints) + at.CHOSEN_DOSE] >= 0\n    ):",
        "dose_finding",
    ),
    compiled(
        "dose finding: mtd ignored in the denominator",
        "denominator.py",
        "    if ints[counter + at.AT_MTD] == 0:\n        return entered\n",
        "    if ints[counter + at.AT_MTD] >= 0:\n        return entered\n",
        "same_records",
    ),
)

LOWERED = tuple(  # what both engines read, so that comparing them finds nothing
    Mutant(f"lowering: {name}", "simulator/program/build.py", old, new, tests)
    for name, old, new, tests in (
        (
            "a change of state that touches no hazard",
            "return c.multiplier[old] != c.multiplier[new] or c.which[old] != c.which[new]",
            "return c.which[old] != c.which[new]",
            ("tests/engine/test_thresholds.py",),
        ),
        (
            "a dose's own hazard not taken up",
            "return c.multiplier[old] != c.multiplier[new] or c.which[old] != c.which[new]",
            "return c.multiplier[old] != c.multiplier[new]",
            ("tests/engine/test_thresholds.py",),
        ),
        (
            "a clock that starts not touched",
            "(i in starts or alters(c, old, new))",
            "alters(c, old, new)",
            ("tests/engine/test_thresholds.py", "tests/engine/test_course.py"),
        ),
    )
)

MUTANTS: tuple[Mutant, ...] = (*SIMPY, *KERNELS, *LOWERED)

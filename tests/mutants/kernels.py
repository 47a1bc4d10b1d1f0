"""Mistakes in the kernels, found where they are compared with SimPy."""

from __future__ import annotations

from tests.mutants.mutant import ENGINES, GENERATED, Mutant

__all__ = ["AHEAD", "KERNELS"]

COMPILED = "simulator/engines/compiled/"


def compiled(name: str, file: str, old: str, new: str, select: str) -> Mutant:
    """A mistake in the kernels, found where they are compared with SimPy. select: `-k` of these tests."""
    tests = GENERATED if select == "same_records" else ENGINES
    return Mutant(f"compiled: {name}", COMPILED + file, old, new, (tests,), select, plain=True)


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

AHEAD = tuple(  # paths played ahead, read in the middle of an instant
    Mutant(
        f"compiled: {name}",
        COMPILED + file,
        old,
        new,
        ("tests/differential/test_same_instant.py",),
        plain=True,
    )
    for name, file, old, new in (
        (
            "an exit of today seen before its place in the instant",
            "outcome.py",
            "there = ints[patient + at.EXIT_ORDER] <= ints[at.ORDER]",
            "there = True",
        ),
        (
            "what a directive brings about seen in the same breath",
            "outcome.py",
            "return there and ints[patient + at.EXIT_COUNT] <= ints[at.ENTRY_COUNT]",
            "return there",
        ),
        (
            "an act that another brings about placed before it",
            "patient.py",
            "order = max(order, ints[patient + at.LATEST_ORDER])",
            "order = max(order, 0)",
        ),
        (
            "questions of a block that failed asked again",
            "memory.py",
            "self.ints[at.UNKNOWN_LENGTH] = self.ints[at.ABANDONED_LENGTH] = 0\n        if len",
            "if len",
        ),
    )
)

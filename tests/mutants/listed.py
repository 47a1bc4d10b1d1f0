"""The mistakes that the tests must find: in a file, an old text becomes a new one, and named tests fail.

An old text stands in its file once; when it is no longer there the mutant is an error, so that the list stays
true. Tests are those that are quickest at finding the mistake, not all that would.
"""

from __future__ import annotations

from tests.mutants.amendments import AMENDMENTS
from tests.mutants.arms import ARMS
from tests.mutants.conduct import CONDUCT
from tests.mutants.doses import DOSES
from tests.mutants.exact import EXACT
from tests.mutants.first_stage import FIRST_STAGE
from tests.mutants.kernels import AHEAD, KERNELS, RECORDS
from tests.mutants.library import LIBRARY
from tests.mutants.mutant import ENGINES, REFERENCE, Mutant
from tests.mutants.next_dose import NEXT_DOSE
from tests.mutants.used_up import USED_UP
from tests.mutants.what_ifs import WHAT_IFS

__all__ = ["MUTANTS", "Mutant"]


def reference(name: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    """A mistake in the SimPy engine."""
    return Mutant(name, REFERENCE + file, old, new, tuple(f"tests/engine/{test}" for test in tests))


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
        "a multiple below `from` taken for a look",
        "monitor.py",
        "skipped = table.look.skipped",
        "skipped = 0",
        "test_looks_that_close.py",
    ),
    reference(
        "a closing look before the look before it",
        "monitor.py",
        "self.look(max(quantise(day + self.table.data_cut), self.asked_at), closing=True)",
        "self.look(quantise(day + self.table.data_cut), closing=True)",
        "test_looks_that_close.py",
    ),
    reference(
        "window end: an event on its last day",
        "denominator.py",
        "or o.occurred > quantise(entry + counter.window):",
        "or o.occurred >= quantise(entry + counter.window):",
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
        "self.firsts.append(since)",
        "self.firsts.append(o.occurred)",
        ("tests/property/test_laws.py",),
        "known_at_its_cut",
    ),
    reference(
        "report sent at occurrence",
        "patient.py",
        "occurrence.reported = quantise(occurrence.detected + days)",
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
        "if self.anchor[c] is None or component.restarts:",
        "if self.anchor[c] is None:",
        "test_thresholds.py",
        "test_course.py",
    ),
    reference(
        "latents by enrolment order",
        "accrual.py",
        "self._enrol(candidate, now)\n            return",
        "self._enrol(self.trial.treated(), now)\n            return",
        "test_waiting.py",
    ),
    reference(
        "a window's milestone reads every endpoint",
        "monitor.py",
        "due |= {endpoint} if milestone.unit in OF_WINDOWS else {*self.table.used}",
        "due |= {*self.table.used}",
        "test_looks_of_endpoints.py",
    ),
    reference(
        "directives in the order of the file",
        "trial.py",
        "operations = tuple(sorted((o for table in tables for o in table.operations), key=rank))",
        "operations = tuple(o for table in tables for o in table.operations)",
        "test_rules_at_once.py",
    ),
    reference(
        "a stagger from the arrival, not the entry, of who waited",
        "accrual.py",
        "self.trial.env.at(quantise(now + stagger)",
        "self.trial.env.at(quantise(now + 0.5 * stagger)",
        "test_accrual_laws.py",
    ),
    reference(
        "accrual open for ever after the last candidate",
        "accrual.py",
        "if self._full() or (self.all_came and not self.waiting and not self.in_screening):",
        "if self._full():",
        "test_accrual_laws.py",
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
        "            patient.direct(operations, now, leave=leave)\n",
        "            patient.direct(operations, now, leave=leave)\n"
        "        for monitor in self.monitors:\n"
        "            for ledger in monitor.ledgers:\n"
        "                ledger.counted.clear()\n",
        "test_instants.py",
        "test_stopped_patients.py",
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
        "leave = any(table.ends_trial for table in tables)",
        "leave = any(table.closes_accrual for table in tables)",
        "test_stopped_patients.py",
    ),
    reference(
        "dose finding: not evaluable counted as N",
        "escalation.py",
        "if outcome in {DltOutcome.NONE, DltOutcome.DLT}:",
        "if outcome != DltOutcome.PENDING:",
        "test_dose_finding_conduct.py",
    ),
    reference(
        "dose finding: window complete not awaited",
        "escalation.py",
        "if self.plan.decide is Decide.WHEN_WINDOW_COMPLETE:",
        "if self.plan.decide is None:",
        "test_dose_finding_conduct.py",
    ),
    reference(
        "dose finding: amendment after the design",
        "escalation.py",
        "if amendments.following.restarts:",
        "if amendments.following.restarts and choice.dose >= 0:",
        "test_dose_finding_amendments.py",
    ),
    reference(
        "dose finding: mtd ignored in the denominator",
        "denominator.py",
        "        patients = [p for p in patients if trial.at_mtd(p)]\n",
        "        pass\n",
        "test_dose_finding_expansion.py",
    ),
    reference(
        "dose finding: a DLT on the last day not counted",
        "escalation.py",
        "if o.occurred <= patient.dlt_until)",
        "if o.occurred < patient.dlt_until)",
        "test_dose_finding_orders.py",
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

KEYS = tuple(
    Mutant(f"keys: {name}", f"simulator/{file}", old, new, tests)
    for name, file, old, new, tests in (
        (
            "a name that is a word of ours not quoted",
            "metrics/text.py",
            "if _find(text) == key:",
            "if True:",
            ("tests/unit/test_metric_text.py",),
        ),
        (
            "a word of ours taken for a name",
            "metrics/text.py",
            "key=lambda m: (-len(m.segments), len(m.parts))",
            "key=lambda m: (-len(m.segments), -len(m.parts))",
            ("tests/unit/test_metric_text.py",),
        ),
        (
            "the word left out of a key",
            "model/metric.py",
            "Key(self.name, word=self.word, **",
            "Key(self.name, **",
            ("tests/unit/test_metric_text.py",),
        ),
        (
            "of stops at one instant the last report's dates",
            "metrics/block.py",
            'table["reported"], days, table["trial"]))',
            '-table["reported"], -days, table["trial"]))',
            ("tests/engine/test_rules_at_once.py",),
        ),
        (
            "the last look told by one of several rules",
            "metrics/block.py",
            'out[self.index(self.first_stops[~self.first_stops["last"]])] = False',
            'out[self.index(self.stops[~self.stops["last"]])] = False',
            ("tests/engine/test_rules_at_once.py",),
        ),
        (
            "a share estimated as a mean",
            "metrics/tally.py",
            "elif metric.kind is Kind.SHARE:",
            "elif metric.headline:",
            ("tests/engine/test_against_exact.py",),
        ),
        (
            "means at a dose judged as if it were always reached",
            "study/cell.py",
            "return e.n * reached >= MANY",
            "return True",
            ("tests/unit/test_names_of_ours.py",),
        ),
        (
            "an old file read without its doses",
            "study/facts.py",
            'names("rule", "p_stop"), names("dose", "p_select")',
            'names("rule", "p_stop"), names("dose", "p_recommend")',
            ("tests/unit/test_results_files.py",),
        ),
    )
)

RULES = tuple(  # the one boundary, the plan, and what is compared with a cut-off
    Mutant(f"rules: {name}", f"simulator/{file}", old, new, (tests,))
    for name, file, old, new, tests in (
        (
            "the least n forgotten for one reading",
            "contracts/boundaries.py",
            "if at is None or n < self.minimum_n:",
            "if at is None:",
            "tests/conformance/test_every_rule.py",
        ),
        (
            "the least n forgotten for many readings",
            "contracts/boundaries.py",
            "return beyond & (n >= self.minimum_n)",
            "return beyond",
            "tests/conformance/test_every_rule.py",
        ),
        (
            "the last bound not held beyond the last x",
            "contracts/boundaries.py",
            "value, at = n, bound[np.minimum(x, len(bound) - 1)]",
            "value, at = n, bound[np.minimum(x, len(bound) - 2)]",
            "tests/unit/test_boundaries.py",
        ),
        (
            "looks taken as fixed though data are cut",
            "program/monitors.py",
            "not (monitor.data_cut or more or monitor.compare)",
            "not (more or monitor.compare)",
            "tests/exact/test_criteria.py",
        ),
        (
            "courses taken for patients",
            "program/monitors.py",
            'all(body.unit != "courses" for body in counts.values())',
            "True",
            "tests/exact/test_criteria.py",
        ),
        (
            "a tie not seen",
            "rules/_shared.py",
            "return max(TIE * size, ROUNDING * value, accuracy)",
            "return 0.0",
            "tests/exact/test_criteria.py",
        ),
        (
            "a weighted endpoint lowered as if whole",
            "rules/_shared.py",
            "if plan.weighted(c.reading):",
            "if plan.weighted():",
            "tests/exact/test_criteria.py",
        ),
    )
)

MUTANTS: tuple[Mutant, ...] = (
    *SIMPY, *KERNELS, *ARMS, *CONDUCT, *AMENDMENTS, *AHEAD, *RECORDS, *LOWERED, *KEYS, *RULES, *EXACT,
    *LIBRARY, *NEXT_DOSE, *USED_UP, *WHAT_IFS, *DOSES, *FIRST_STAGE,
)  # fmt: skip

"""Mistakes in the kernels, found where they are compared with SimPy."""

from __future__ import annotations

from tests.mutants.mutant import COMPILED, ENGINES, GENERATED, Mutant

__all__ = ["AHEAD", "KERNELS", "RECORDS"]

CONDITIONS = "tests/engine/test_conditions.py"


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
        "if patient.clocks[c].crossing < day:",
        "if patient.clocks[c].crossing <= day < math.inf or patient.clocks[c].crossing < day:",
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
        "milestones.py",
        "passed = count // milestone.amount",
        "passed = (count - 1) // milestone.amount",
        "every_kind_of_look",
    ),
    compiled(
        "a multiple below `from` taken for a look",
        "trial.py",
        "passed[endpoint] = monitor.skipped",
        "passed[endpoint] = 0",
        "every_kind_of_look",
    ),
    compiled(
        "a schedule's own last look taken for the last",
        "monitor.py",
        "    if monitor.closing != 0:\n        return closing",
        "    if schedule < codes.EVERY:\n        return closing",
        "every_kind_of_look",
    ),
    compiled(
        "window end: an event on its last day",
        "denominator.py",
        "if occurrence.occurred > occurrence.patient.counted",
        "if occurrence.occurred >= occurrence.patient.counted",
        "same_records",
    ),
    compiled(
        "window end: a patient assessed on its last day",
        "denominator.py",
        "while n < end and trial.patients[n].counted[number].window_ends <= day:",
        "while n < end and trial.patients[n].counted[number].window_ends < day:",
        "every_kind_of_look",
    ),
    Mutant(
        "compiled: an endpoint read without its milestone",
        COMPILED + "monitor.py",
        "        if counter.due != 0:\n",
        "        if counter.due >= 0:\n",
        ("tests/engine/test_looks_of_endpoints.py",),
        "same_endpoints and looks_every_5",
        plain=True,
    ),
    compiled(
        "report sent at detection",
        "occurrence.py",
        "due = quantise(occurrence.detected + _delay(trial, occurrence, event.report_stream, event.report))",
        "due = occurrence.detected",
        "delays",
    ),
    compiled(
        "patient response at occurrence",
        "patient.py",
        "            _happen(trial, patient, trial.components[subject].event, subject, now)\n",
        "            _happen(trial, patient, trial.components[subject].event, subject, now)\n"
        "            response = trial.events[trial.components[subject].event].response\n"
        "            _apply(trial, patient, response, now)\n",
        "actions",
    ),
    Mutant(
        "compiled: a trait of the course asked the other way round",
        COMPILED + "conditions.py",
        "patient.traits[part.unless_trait] != 0",
        "patient.traits[part.unless_trait] == 0",
        (CONDITIONS,),
        "agree",
        plain=True,
    ),
    Mutant(
        "compiled: only an absence kept in mind by the state",
        COMPILED + "patient.py",
        "    if trial.events[event].happens >= 0:\n",
        "    if trial.events[event].happens >= 0 and component == NONE:\n",
        (CONDITIONS,),
        "agree",
        plain=True,
    ),
    compiled(
        "threshold reused after a repeat",
        "clocks.py",
        "philox.threshold(trial.seed, stream, trial.number, patient.number, clock.times)",
        "philox.threshold(trial.seed, stream, trial.number, patient.number, 0)",
        "scopes or hazards",
    ),
    compiled(
        "clock not re-anchored",
        "clocks.py",
        "if clock.anchor < 0.0 or component.restarts != 0:",
        "if clock.anchor < 0.0:",
        "same_records",
    ),
    compiled(
        "latents by enrolment order",
        "trial.py",
        "patient.number = candidate",
        "patient.number = trial.treated",
        "cuts_lags_and_waiting or dose_finding",
    ),
    compiled(
        "multiplier applied retroactively",
        "clocks.py",
        "_settle(patient, clock, c, old.hazards[c], now)",
        "_settle(patient, clock, c, hazard, now)",
        "hazards",
    ),
    compiled(
        "what is under way dropped at a directive",
        "patient.py",
        "        if directive.leaves != 0:\n            _leave(",
        "        patient.undetected.first = NONE\n        if directive.leaves != 0:\n            _leave(",
        "actions",
    ),
    compiled(
        "reports under way not called back at a directive",
        "occurrence.py",
        "if now < occurrence.reported < math.inf and",
        "if math.inf < occurrence.reported and",
        "same_records",
    ),
    Mutant(
        "compiled: a patient without a report as soon as one of two is withdrawn",
        COMPILED + "denominator.py",
        "known.read = counter.reports_read\n            x += 1",
        "known.read = counter.reports_read\n            x += link.first_of_patient",
        ("tests/engine/test_withdrawn.py",),
        "correct_alike and treated",
        plain=True,
    ),
    compiled(
        "reports that have arrived sent again after a directive",
        "occurrence.py",
        " and due > trial.arrived_until:",
        ":",
        "same_records",
    ),
    compiled(
        "an earlier directive forgotten at the next one",
        "patient.py",
        "for i in range(patient.directives_seen, newest + 1):",
        "for i in range(newest, newest + 1):",
        "same_records",
    ),
    compiled(
        "an operation that came to stand later applied from entry",
        "patient.py",
        "for i in range(patient.standing_seen):",
        "for i in range(trial.n_standing):",
        "actions",
    ),
    compiled(
        "a course that ended before a directive shortened it",
        "trial.py",
        "if patient_at(trial, subject).exit == trial.now:",
        "if patient_at(trial, subject).exit != trial.now:",
        "dose_finding",
    ),
    compiled(
        "one release lifting all holds",
        "accrual.py",
        "        trial.held[name] = 0\n        trial.holds -= 1\n",
        "        for other in range(trial.n_names):\n"
        "            trial.held[other] = 0\n        trial.holds = 0\n",
        "same_records",
    ),
    compiled(
        "events after the stop lost",
        "trial.py",
        "            if other.ends != 0:",
        "            if other.closes != 0:",
        "actions",
    ),
    compiled(
        "dose finding: not evaluable counted as N",
        "standing.py",
        "if found in (NONE, DLT):",
        "if found != PENDING:",
        "dose_finding",
    ),
    compiled(
        "dose finding: window complete not awaited",
        "escalation.py",
        "elif decide == codes.WINDOW_COMPLETE:",
        "elif decide == NOWHERE:",
        "dose_finding",
    ),
    compiled(
        "dose finding: amendment after the design",
        "escalation.py",
        "if trial.amendments[trial.version].restarts != 0:",
        "if trial.amendments[trial.version].restarts != 0 and (\n"
        "            not find(trial) or find(trial).dose >= 0\n        ):",
        "dose_finding",
    ),
    compiled(
        "dose finding: who is open in the cohort counted beside it",
        "standing.py",
        "own = version.n_doses if version.remembers != 0 else dosing.dose",
        "own = dosing.dose",
        "last_cohort",
    ),
    compiled(
        "dose finding: mtd ignored in the denominator",
        "denominator.py",
        "if is_among(members, patient) and (not at_mtd or assigned_mtd(trial, patient)):",
        "if is_among(members, patient):",
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
            "return patient.exit_order <= trial.order and",
            "return",
        ),
        (
            "what a directive brings about seen in the same breath",
            "outcome.py",
            " and patient.exit_count <= trial.entry_count",
            "",
        ),
        (
            "an act that another brings about placed before it",
            "patient.py",
            "order = max(order, patient.latest_order)",
            "order = max(order, 0)",
        ),
        (
            "questions of a block that failed asked again",
            "memory.py",
            "self.trial.n_unknown = self.trial.n_abandoned = 0\n        before",
            "before",
        ),
    )
)

RECORDS = tuple(  # how records are described, and what Numba makes of it
    Mutant(f"records: {name}", COMPILED + file, old, new, ("tests/differential/test_records.py",))
    for name, file, old, new in (
        (
            "fields that share a place",
            "described.py",
            "return Field(name, kind, distance, of, link=link), 2 if kind is Kind.CHAIN else 1",
            "return Field(name, kind, distance, of, link=link), 1",
        ),
        (
            "rows of a length that the head holds taken as short ones",
            "typed_places.py",
            "of.of.size_at) if of.of.size_at else",
            "of.of.size_at) if False else",
        ),
        (
            "what lies inside sought where a number says",
            "typed_places.py",
            "if not (field.inside or field.kind is Kind.CHAIN):",
            "if field.kind is not Kind.CHAIN:",
        ),
        (
            "the last of a chain taken for its first",
            "typed_places.py",
            'types.int64, memory, moved(builder, place, int(name == "last")))\n    return',
            "types.int64, memory, place)\n    return",
        ),
        (
            "a chain held by the wrong link",
            "typed_places.py",
            "field = chain.of.fields[chain.link]",
            'field = chain.of.fields["next"]',
        ),
        (
            "an item put last that the one before does not hold",
            "chains.py",
            "        put_next(chain, chain.last, item)\n",
            "        pass\n",
        ),
        (
            "nowhere taken for somewhere",
            "typed_places.py",
            'builder.icmp_signed(">=", place, ir.Constant(I64, 0))',
            'builder.icmp_signed(">=", place, ir.Constant(I64, -1))',
        ),
        (
            "a place beyond the memory not found when asked",
            "typed_places.py",
            "    if CHECKED:\n        cgutils.do_boundscheck(context, builder, place, builder.load(first))\n",
            "",
        ),
    )
)

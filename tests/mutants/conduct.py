"""Mistakes in boards, holds and calls, each in both engines, which would leave the same wrong records."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, in_engines

__all__ = ["CONDUCT"]

BOARDS, HOLDS = "tests/engine/test_boards.py", "tests/engine/test_holds.py"
REVIEWS, PAUSES = "tests/engine/test_reviews.py", "tests/engine/test_stops_for_a_time.py"

BOTH_ENGINES = in_engines(
    "conduct",
    simpy=(
        (
            "the vote of an old look counted for ever",
            "monitor.py",
            "        self.verdict = (outcome, now)\n",
            "        self.verdict = (outcome or (self.verdict or (0, now))[0], now)\n",
            BOARDS,
            "month_6",
        ),
        (
            "a board read before its members",
            "monitor.py",
            "pack(place[0], place[1] + self.table.rank, self.number)",
            "pack(*place, self.number)",
            BOARDS,
            "after_all_members and board-early-late",
        ),
        (
            "a call at the closing look before its effect",
            "monitor.py",
            "called.called, called.asked_at = True, max(called.asked_at, effective)",
            "called.called = True",
            BOARDS,
            "no_earlier_than_the_effect",
        ),
        (
            "the look of a call taken for the last",
            "monitor.py",
            "return all(m.done for m in callers) and all(",
            "return all(",
            BOARDS,
            "nobody_will_call_again",
        ),
        (
            "a release lifts every hold",
            "trial.py",
            "            for rule in table.releases:\n",
            "            for rule in [*self.holds.of_rule] if table.releases else []:\n",
            HOLDS,
            "no_other",
        ),
        (
            "a rule fires under its own hold",
            "monitor.py",
            "now > max(self.busy_until, trial.holds.last_end(self.number))",
            "now > self.busy_until",
            HOLDS,
            "under_its_own_hold",
        ),
        (
            "a rule fires while its decision is on its way",
            "monitor.py",
            "now if self.table.idle else effective",
            "now",
            HOLDS,
            "when_the_decision_takes_effect",
        ),
        (
            "a hold that was released ends the next one",
            "holds.py",
            "        if self.of_rule.get(hold.rule) is not hold:\n",
            "        if hold.rule not in self.of_rule:\n",
            HOLDS,
            "released_before",
        ),
        (
            "one draw for every review of a rule",
            "holds.py",
            "uniform(table.resumes_stream, number, 0)",
            "uniform(table.resumes_stream, 0, 0)",
            REVIEWS,
            "decides_is_drawn",
        ),
        (
            "the last of several stops for a time holds",
            "interruptions.py",
            "max(end, self._ends.get(stops.drug, end))",
            "end",
            PAUSES,
            "later_end",
        ),
        (
            "who enters is told of a stop for a time that is over",
            "patient.py",
            "            if end > self.entry:\n",
            "            if end >= self.entry:\n",
            PAUSES,
            "last_day",
        ),
    ),
    compiled=(
        (
            "the vote of an old look counted for ever",
            "monitor.py",
            "    monitor.verdict, monitor.seen_at = row.outcome, now\n",
            "    if row.outcome != 0 or monitor.looks == 1:\n"
            "        monitor.verdict = row.outcome\n"
            "    monitor.seen_at = now\n",
            BOARDS,
            "month_6",
        ),
        (
            "a verdict that never lapses",
            "verdicts.py",
            "member.looks > 0 and now - member.seen_at <= monitor.valid",
            "member.looks > 0",
            BOARDS,
            "lapse",
        ),
        (
            "a board read before its members",
            "monitor.py",
            "queue.pack(queue.LOOK, monitor.rank, monitor.number)",
            "queue.pack(queue.LOOK, 0, monitor.number)",
            BOARDS,
            "after_all_members and board-early-late",
        ),
        (
            "a call at the closing look before its effect",
            "monitor.py",
            "            called.asked_at = max(called.asked_at, effective)\n",
            "",
            BOARDS,
            "no_earlier_than_the_effect",
        ),
        (
            "a release lifts every hold",
            "holds.py",
            "            for k in range(monitor.releases.length):\n"
            "                _release(trial, trial.monitors[monitor.releases[k]])\n",
            "            for k in range(trial.n_monitors if monitor.releases.length > 0 else 0):\n"
            "                _release(trial, trial.monitors[k])\n",
            HOLDS,
            "no_other",
        ),
        (
            "a rule fires under its own hold",
            "holds.py",
            "    row.ended = monitor.busy_until = min(over, trial.last_days[trial.version])\n",
            "    row.ended = min(over, trial.last_days[trial.version])\n",
            HOLDS,
            "under_its_own_hold",
        ),
        (
            "a rule fires while its decision is on its way",
            "monitor.py",
            "    monitor.busy_until = now if monitor.idle != 0 else effective\n",
            "    monitor.busy_until = now\n",
            HOLDS,
            "when_the_decision_takes_effect",
        ),
        (
            "a hold that was released ends the next one",
            "holds.py",
            "    if monitor.hold_row == NONE or monitor.hold_over != trial.now:\n",
            "    if monitor.hold_row == NONE:\n",
            HOLDS,
            "released_before",
        ),
        (
            "the last of several stops for a time holds",
            "interruptions.py",
            "(patient.back_on[stops] == math.inf or patient.back_on[stops] < end)",
            "patient.back_on[stops] > 0.0",
            PAUSES,
            "later_end",
        ),
        (
            "who enters is told of a stop for a time that is over",
            "patient.py",
            "        if trial.standing_until[i] > now:\n",
            "        if trial.standing_until[i] >= now:\n",
            PAUSES,
            "last_day",
        ),
    ),
)
LOWERED = (
    Mutant(
        "conduct: a verdict that never lapses",
        "simulator/contracts/boards.py",
        "if verdict is None or now - verdict[1] > self.valid:",
        "if verdict is None:",
        (BOARDS,),
        "lapse",
        plain=True,
    ),
    Mutant(
        "conduct: a member that was never read counts for the quorum",
        "simulator/contracts/boards.py",
        "        return [Observed(sum(seen.n for seen in each), weight), *each]\n",
        "        return [Observed(len(each), weight), *each]\n",
        (BOARDS,),
        "quorum",
        plain=True,
    ),
    Mutant(
        "conduct: a stop for good leaves the end of one for a time",
        "simulator/program/states.py",
        'operation.verb in {"resume", "stop_drug", "give_drug"}',
        'operation.verb in {"resume", "give_drug"}',
        (PAUSES,),
        "for_good",
        plain=True,
    ),
    Mutant(
        "conduct: a change of dose passes by a drug that is stopped for a time",
        "simulator/program/states.py",
        "    return covered(under if ends else _change(plans, under, operation), hidden)\n",
        '    ends = ends or bool(state.back_at and operation.verb == "lower_dose")\n'
        "    return covered(under if ends else _change(plans, under, operation), hidden)\n",
        (PAUSES,),
        "one_level_lower",
        plain=True,
    ),
)
CONDUCT = (*BOTH_ENGINES, *LOWERED)

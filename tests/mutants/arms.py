"""Mistakes in allocation, refusal and screening, in either engine: what differs between them is found."""

from __future__ import annotations

from tests.mutants.mutant import COMPILED, REFERENCE, Mutant

__all__ = ["ARMS"]

BY_HAND, BOTH = "tests/engine/test_arms.py", "tests/differential/test_arms.py"
ALLOCATION, HELD = "allocation_and_refusal", "screening_while_accrual_is_held and queued"

ARMS = (
    *(
        Mutant(f"compiled: {name}", COMPILED + file, old, new, (BOTH,), select, plain=True)
        for name, file, old, new, select in (
            (
                "a block closed before its last place is taken",
                "allocation.py",
                "    if of.n_left == 0 or of.filled != filling.number:\n",
                "    if of.n_left <= 1 or of.filled != filling.number:\n",
                ALLOCATION,
            ),
            (
                "the arm of a candidate's number, not of the place in the list",
                "allocation.py",
                "philox.draw(trial.seed, of.stream, trial.number, of.placed, 0)",
                "philox.draw(trial.seed, of.stream, trial.number, trial.patients[trial.treated].number, 0)",
                ALLOCATION,
            ),
            (
                "a refuser put into the arm of the treatment received",
                "allocation.py",
                "    patient.arm = arm\n",
                "    patient.arm = received if received < arms.n else arm\n",
                ALLOCATION,
            ),
            (
                "a refuser counted in the arm of the treatment received",
                "allocation.py",
                "(trial.version * arms.n + arm) * (arms.n + 1) + received\n",
                "(trial.version * arms.n + min(received, arms.n - 1)) * (arms.n + 1) + received\n",
                "counts_of_every_population and events-completed and treated_as_randomised",
            ),
            (
                "those who wait let in by number, not in the order in which screening was over",
                "accrual.py",
                "    trial.waiting[trial.end_waiting] = candidate\n",
                "    place = trial.end_waiting\n"
                "    while place > trial.first_waiting and trial.waiting[place - 1] > candidate:\n"
                "        trial.waiting[place] = trial.waiting[place - 1]\n"
                "        place -= 1\n"
                "    trial.waiting[place] = candidate\n",
                HELD,
            ),
            (
                "the end of screening after every arrival of its day",
                "screening.py",
                "queue.pack(queue.ARRIVAL, candidate, 1)",
                "queue.pack(queue.ARRIVAL, codes.LAST, 1)",
                "how_accrual_with_screening_ends and every and queued",
            ),
            (
                "hazard from before entry counted after it",
                "clocks.py",
                "            if age > 0.0:\n",
                "            if age < 0.0:\n",
                "hazards_of_arms_and_from_registration and screened",
            ),
            (
                "a row of one rule taken for another's",
                "answers.py",
                "    asked.rule = rule\n",
                "    asked.rule = 0\n",
                "rows_of_several_rules",
            ),
        )
    ),
    *(
        Mutant(name, REFERENCE + file, old, new, tests, select, plain=BOTH in tests)
        for name, file, old, new, tests, select in (
            (
                "a block closed before its last place is taken",
                "allocation.py",
                "        if not any(left) or self.filled[stratum] != arms:\n",
                "        if sum(left) <= 1 or self.filled[stratum] != arms:\n",
                (BY_HAND,),
                "block",
            ),
            (
                "the arm of a candidate's number, not of the place in the list",
                "allocation.py",
                "        arm = self._from_block(arms, stratum) if blocks else self._alone(arms, stratum)\n",
                "        self.placed[stratum] = self.placed[stratum] if blocks else candidate\n"
                "        arm = self._from_block(arms, stratum) if blocks else self._alone(arms, stratum)\n",
                (BOTH,),
                ALLOCATION,
            ),
            (
                "a refuser put into the arm of the treatment received",
                "allocation.py",
                "Assignment(arm=arm, ",
                "Assignment(arm=self._received(arm, candidate, traits) % len(arms.names), ",
                (BY_HAND,),
                "refuser",
            ),
            (
                "those who wait let in by number, not in the order in which screening was over",
                "accrual.py",
                "            self.waiting.append(candidate)\n",
                "            self.waiting.append(candidate)\n"
                "            self.waiting = deque(sorted(self.waiting))\n",
                (BOTH,),
                HELD,
            ),
        )
    ),
)

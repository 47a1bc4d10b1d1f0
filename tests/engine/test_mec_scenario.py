"""Evidence: exact, differential, property. The MEC scenarios as SimPy plays them.

Exact: selection, patients, DLTs and cohorts of 3+3 against enumerations printed in the digest of the design.
Differential: every choice of a trial against a second 3+3, written here. Property: no cohort is decided
before its windows are over. Monte Carlo comparisons by `assert_share` (ALPHA each) and `assert_near` (5
standard errors: 6e-7 each).
"""

from functools import cache

import numpy as np
import pytest

from simulator.metrics.collect import collect
from simulator.program.build import build
from simulator.program.risks import dlt_rates
from tests.helpers import ROOT, assert_near, assert_share, draws, loaded

MEC, CHECK = ROOT / "scenarios/mec.yaml", ROOT / "scenarios/checks/mec.yaml"
TRIALS, FEW = 2_000, 200
DLT, NOT_EVALUABLE = 1, 2
MONTH = 30.4375


def program(path, variant, truth="observed_like", *sets):
    found = loaded(path, sets)
    return build(found.designs[variant], found.truths[truth], amended=found.amended[variant], variant=variant)


@cache
def check(variant, truth):
    """(Program, records) of a cell of the check scenario."""
    given = program(CHECK, variant, truth)
    return given, draws(given, TRIALS)


@cache
def mec(variant, truth="observed_like"):
    given = program(MEC, variant, truth)
    return given, draws(given, FEW)


# ---------------------------------------------------------------- against exact enumerations


# P(MTD = none, 5, 10, 25, 50 mg), E[N], E[DLT], E[cohorts]: enumerated, to the digits shown; None: not given
EXACT = {
    ("variant_c", "observed_like"): (
        (0.010106, 0.026634, 0.063479, 0.198748, 0.701033),
        16.1025,
        1.3833,
        5.3675,
    ),
    ("variant_c", "flat"): ((0.026724, 0.025848, 0.025197, 0.030038, 0.892192), 15.6795, 0.7840, 5.2265),
    ("variant_c", "unsafe"): ((0.561911, 0.318581, 0.102395, 0.016037, 0.001076), 8.3032, 2.9008, 2.7677),
    ("variant_a", "observed_like"): (
        (0.010041, 0.026291, 0.060839, 0.168114, 0.734716),
        13.6933,
        1.0828,
        None,
    ),
    ("variant_a", "flat"): ((0.026558, 0.025853, 0.025166, 0.024498, 0.897926), 13.0913, 0.6546, None),
    ("variant_a", "unsafe"): ((0.505737, 0.341382, 0.126605, 0.024110, 0.002166), 7.1785, 2.5225, None),
    ("variant_b", "observed_like"): ((0.010106, 0.026631, 0.062974, 0.165574, 0.734716), 14.3538, None, None),
    ("start_at_10", "observed_like"): (
        (0.000336, 0.026634, 0.064123, 0.200764, 0.708143),
        13.0658,
        None,
        None,
    ),
}


@pytest.mark.parametrize(("variant", "truth"), EXACT)
def test_selection_patients_and_cohorts_equal_the_enumeration(variant, truth):
    shares, n, dlt, cohorts = EXACT[variant, truth]
    _, records = check(variant, truth)
    final = records.decisions[records.decisions["next"] == 0]
    assert len(final) == TRIALS, "every trial comes to an end"
    for level, share in enumerate(shares):
        assert_share(int(np.sum(final["selected"] == level)), TRIALS, share, f"level {level}")
    patients = records.patients
    assert_near(records.trials["enrolled"], n, 5e-5, "patients")
    if dlt is not None:
        found = np.bincount(patients["trial"], patients["outcome"] == DLT, minlength=TRIALS)
        assert_near(found, dlt, 5e-5, "DLTs")
    if cohorts is not None:
        assert_near(1 + patient_max(patients, TRIALS), cohorts, 5e-5, "cohorts")


def patient_max(patients, trials):
    """Highest cohort number of each trial."""
    found = np.full(trials, -1)
    np.maximum.at(found, patients["trial"], patients["cohort"])
    return found


def test_the_chance_of_reaching_50_mg():
    _, records = check("variant_c", "observed_like")
    reached = len(np.unique(records.patients["trial"][records.patients["level"] == 4]))
    assert_share(reached, TRIALS, 0.902829)


@pytest.mark.parametrize("truth", ["observed_like", "flat", "unsafe"])
def test_every_dlt_comes_at_the_rate_of_its_dose(truth):
    """At each dose the first patient of a trial: chosen before its own outcome, so binomial."""
    given, records = check("variant_c", truth)
    rates = dlt_rates(given, given.dosing)
    for level, rate in rates.items():
        at = records.patients[records.patients["level"] == level]
        first = at[np.unique(at["trial"], return_index=True)[1]]
        assert_share(int(np.sum(first["outcome"] == DLT)), len(first), rate, f"level {level}")


def test_the_metrics_say_the_same():
    given, records = check("variant_c", "observed_like")
    found = collect(given, records)
    final = records.decisions[records.decisions["next"] == 0]
    assert found["p_select.50 mg"].sum() == np.sum(final["selected"] == 4)
    assert found["n_dlt"].sum() == np.sum(records.patients["outcome"] == DLT)
    assert found["n_cohorts"].tolist() == (1 + patient_max(records.patients, TRIALS)).tolist()
    first = np.array([records.patients["entry"][records.patients["trial"] == k][0] for k in range(50)])
    assert found["days_to_mtd"][:50].tolist() == (final["time"][:50] - first).tolist()


# ---------------------------------------------------------------- a second 3+3


class SecondOpinion:
    """3+3 as a clinician would keep it: a sheet with tallies per dose. variant C or A."""

    def __init__(self, doses, start, variant):
        self.n, self.x = [0] * doses, [0] * doses
        self.at, self.variant, self.closed = start, variant, doses  # doses from `closed` on are too toxic

    def next(self, dlts):
        """DLTs of the cohort just judged -> (dose, patients) to treat, or ("over", dose or None)."""
        at = self.at
        self.n[at] += len(dlts)
        self.x[at] += sum(dlts)
        if self.x[at] >= 2:
            self.closed = min(self.closed, at)
            return self._down(at - 1)
        if self.n[at] == 3 and self.x[at] == 1:
            return at, 3
        if at + 1 < self.closed:
            self.at = at + 1
            return self.at, 3
        return self._confirm(at)

    def _down(self, to):
        if to < 0:
            return "over", None
        self.at = to
        return (to, 3) if self.n[to] == 0 else self._confirm(to)

    def _confirm(self, at):
        """Nothing above is open: enough patients here to recommend it?"""
        if self.n[at] >= 6 or (self.variant == "A" and self.x[at] == 0):
            return "over", at
        return at, 6 - self.n[at]


def second_course(given, records, trial):
    """Compare each choice of a trial with the second opinion; returns how many were compared."""
    dosing = given.dosing
    people = records.patients[records.patients["trial"] == trial]
    choices = records.decisions[records.decisions["trial"] == trial]
    opinion, compared = None, 0
    for number, choice in enumerate(choices):
        version = dosing.versions[choice["version"] - int(choice["amendment"] >= 0)]
        if opinion is None:
            opinion = SecondOpinion(len(version.ladder), version.start, version.method.variant)
        cohort = people[people["cohort"] == number]
        judged = cohort[cohort["outcome"] != NOT_EVALUABLE]
        assert set(cohort["level"].tolist()) == {version.ladder[opinion.at]}
        what, how = opinion.next([int(o == DLT) for o in judged["outcome"]])
        compared += 1
        if choice["amendment"] >= 0:
            opinion = None
            continue
        if what == "over":
            assert (choice["next"], choice["selected"]) == (0, 0 if how is None else version.ladder[how])
        else:
            assert (choice["next"], choice["patients"]) == (version.ladder[what], how)
    return compared


@pytest.mark.parametrize(
    ("variant", "truth"),
    [(v, t) for v, t in EXACT if v != "variant_b"],  # the second opinion knows C and A
)
def test_every_choice_is_that_of_a_second_3_plus_3(variant, truth):
    given, records = check(variant, truth)
    assert sum(second_course(given, records, trial) for trial in range(500)) > 1_000


@pytest.mark.parametrize("variant", ["as_amended", "deaths_are_dlt"])
def test_also_with_replacement_and_amendment(variant):
    given, records = mec(variant)
    assert sum(second_course(given, records, trial) for trial in range(FEW)) > 3 * FEW


@pytest.mark.parametrize("variant", ["as_amended", "not_amended"])
def test_the_amendment_is_made_exactly_when_10_mg_is_toxic_and_nine_are_treated(variant):
    given, records = mec(variant)
    toxic = given.levels[0].index("10 mg d1-14") + 1
    for trial in range(FEW):
        people = records.patients[records.patients["trial"] == trial]
        choices = records.decisions[records.decisions["trial"] == trial]
        made = choices[choices["amendment"] >= 0]
        if variant == "not_amended":
            assert len(made) == 0
            continue
        due = [
            int(choice["number"])
            for choice in choices
            if np.sum(people["entry"] < choice["time"]) >= 9
            and np.sum(
                (people["level"] == toxic)
                & (people["outcome"] == DLT)
                & (people["cohort"] <= choice["number"])
                & (people["cohort"] >= 0)
            )
            >= 2
        ]
        assert [int(m["number"]) for m in made] == due[:1], f"trial {trial}"


def test_the_realised_first_stage():
    """10 mg 1 of 3 and 1 of 3, then 5 mg 0 of 3: (3 x .33 x .67^2)^2 x .85^3 = .12129, everyone judged."""
    sets = (
        'design.accrual.until="9 treated"',
        "truths.observed_like.not_evaluable=0%",
        "truths.observed_like.events.death.hazard=0",
        "truths.observed_like.events.death.clock=null",
        "truths.observed_like.events.death.piecewise=null",
    )
    records = draws(program(MEC, "as_amended", "observed_like", *sets), TRIALS)
    hits = 0
    for trial in range(TRIALS):
        people = records.patients[records.patients["trial"] == trial][:9]
        by = [people["outcome"][k : k + 3].sum() for k in (0, 3, 6)]
        hits += by == [1, 1, 0] and people["level"].tolist() == [2] * 6 + [1] * 3
    assert_share(hits, TRIALS, (3 * 0.33 * 0.67**2) ** 2 * 0.85**3)
    assert pytest.approx(0.12129, abs=5e-6) == (3 * 0.33 * 0.67**2) ** 2 * 0.85**3


# ---------------------------------------------------------------- in calendar time


@pytest.mark.parametrize("variant", ["as_amended", "queued", "deaths_are_dlt"])
def test_no_dose_is_chosen_before_45_days_after_the_last_entry(variant):
    """So dose finding takes at least 45 days per cohort and the time its candidates take to come."""
    _, records = mec(variant)
    longest = 0
    for trial in range(FEW):
        people = records.patients[records.patients["trial"] == trial]
        choices = records.decisions[records.decisions["trial"] == trial]
        opened = 0.0
        waited = 0.0
        for number, choice in enumerate(choices):
            cohort = people[people["cohort"] == number]
            judged = cohort[cohort["outcome"] != NOT_EVALUABLE]
            assert len(judged) == 3, "every cohort of this 3+3 has three who can be judged"
            assert cohort["entry"].min() >= opened
            assert choice["time"] == judged["entry"].max() + 45
            waited += judged["entry"].max() - opened
            opened = float(choice["time"])
        assert opened == pytest.approx(45 * len(choices) + waited, abs=1e-6)
        longest = max(longest, len(choices))
        if len(choices):
            assert opened - people["entry"].min() >= 45 * len(choices)
        expansion = people[people["cohort"] < 0]
        assert len(expansion) <= 10
        assert (expansion["entry"] >= opened).all()
    assert longest >= 8


def test_as_soon_as_known_is_never_later_and_selects_from_the_same_counts():
    """Cohorts of the same size at the first dose: the first choice comes no later than its windows' end."""
    _, records = mec("when_known")
    firsts = 0
    for trial in range(FEW):
        people = records.patients[records.patients["trial"] == trial]
        first = records.decisions[records.decisions["trial"] == trial][0]
        cohort = people[people["cohort"] == 0]
        judged = cohort[cohort["outcome"] != NOT_EVALUABLE]
        assert len(judged) == 3
        assert first["time"] <= judged["entry"].max() + 45
        firsts += first["time"] < judged["entry"].max() + 45
    assert firsts > FEW / 2


def test_candidates_turn_up_once_a_month_and_those_who_come_while_accrual_is_held_are_lost():
    """Candidates up to the last one enrolled = enrolled + lost, but for those lost after that one."""
    _, records = mec("as_amended")
    last = np.zeros(FEW, dtype=int)
    np.maximum.at(last, records.patients["trial"], records.patients["candidate"])
    missing = last + 1 - records.trials["enrolled"]
    assert (records.trials["lost"] >= missing).all()
    finished_by_expansion = (
        np.bincount(records.patients["trial"][records.patients["cohort"] < 0], minlength=FEW) == 10
    )
    assert (records.trials["lost"] == missing)[finished_by_expansion].all()
    _, queued = mec("queued")
    assert queued.trials["lost"].sum() == 0

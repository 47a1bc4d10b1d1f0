"""Mistakes in dose-finding designs, and in what is recommended where a trial ends before one does."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, in_engines

__all__ = ["DOSES"]

A_PLUS_B, CRM, FITS = "tests/exact/test_a_plus_b.py", "tests/unit/test_crm.py", "tests/peer/test_crm.py"
UNFINISHED = "tests/engine/test_dose_finding_unfinished.py"

DOSES = (
    *(
        Mutant(f"doses: {name}", f"simulator/dose_finding/{file}", old, new, (tests,))
        for name, file, old, new, tests in (
            (
                "A+B: a dose that is filled judged by D",
                "_traditional.py",
                "counts.n <= by.first, by.at_first, by.at_full",
                "counts.n <= by.full, by.at_first, by.at_full",
                A_PLUS_B,
            ),
            (
                "A+B: no more than a cohort at once",
                "_traditional.py",
                "np.minimum(missing, self.largest_cohort)",
                "np.minimum(missing, self.cohort)",
                "tests/unit/test_a_plus_b.py",
            ),
            (
                "CRM: coherence without the target itself",
                "crm.py",
                "dlt * target.denominator >= n * target.numerator",
                "dlt * target.denominator > n * target.numerator",
                CRM,
            ),
            (
                "CRM: of two doses as near the higher",
                "crm.py",
                "np.abs(rates - target), np.inf)",
                "np.abs(rates - target - 2e-9), np.inf)",
                CRM,
            ),
            (
                "CRM: an untreated dose selected among those treated",
                "crm.py",
                "_nearest(fits.rates, self.target, counts.n > 0)",
                "_nearest(fits.rates, self.target, counts.n >= 0)",
                CRM,
            ),
            (
                "CRM: narrow posteriors on the common grid",
                "_one_parameter.py",
                "ZOOMS = 4",
                "ZOOMS = 0",
                FITS,
            ),
            (
                "BLRM: probabilities cut off at the points of the grid",
                "_two_parameter.py",
                "0.5 - sici(np.pi * (from_here - w) / (w[1] - w[0]))[0] / np.pi",
                "(w > from_here).astype(float)",
                "tests/peer/test_blrm.py",
            ),
            (
                "EWOC: few points decide alone",
                "_mtd.py",
                "near = (np.abs(chance - limit) < SURE)",
                "near = (np.abs(chance - limit) < 0.0)",
                "tests/unit/test_ewoc.py",
            ),
            (
                "EWOC: the rate at the lowest dose not uniform",
                "_mtd.py",
                "log_rate + log_other + w - bent",
                "log_rate + w - bent",
                "tests/unit/test_ewoc.py",
            ),
            (
                "EWOC: less than the bound, not at most",
                "_mtd.py",
                "chance <= limit + TIE",
                "chance < limit - TIE",
                "tests/unit/test_ewoc.py",
            ),
            (
                "CRM: the indifference interval the wrong way round",
                "_one_parameter.py",
                "ratio ** (dose - prior_mtd)",
                "ratio ** (prior_mtd - dose)",
                FITS,
            ),
        )
    ),
    *in_engines(
        "dose finding",
        simpy=(
            (
                "a late report not waited for by what is recommended",
                "escalation.py",
                "day = max([self.latest, *(p.dlt_until for p in self.trial.patients), *known])",
                "day = max([self.latest, *(p.dlt_until for p in self.trial.patients)])",
                UNFINISHED,
                "late",
            ),
        ),
        compiled=(
            (
                "recommended before the day on which a rule closed accrual",
                "holds.py",
                "trial.dosing.stage, trial.dosing.latest = codes.OVER, trial.now",
                "trial.dosing.stage = codes.OVER",
                UNFINISHED,
                "waits_for_more",
            ),
        ),
    ),
)

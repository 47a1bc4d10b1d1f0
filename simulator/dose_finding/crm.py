"""The continual reassessment method: of a curve of one parameter, the dose nearest the target."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simulator.contracts import NO_DOSE, DoseChoices, DoseCounts
from simulator.dose_finding._exact import as_written, exceeds
from simulator.dose_finding._n_max import UpToNMax
from simulator.dose_finding._one_parameter import Curve, maximum, posterior
from simulator.dose_finding._skeleton_rates import (
    Indifference,
    Rates,
    check_ladder,
    check_target,
    parse_skeleton,
    rates_of,
)
from simulator.errors import QuantityError
from simulator.scalars import one_word
from simulator.stats.rows import distinct
from simulator.units import (
    Flag,
    Number,
    OpenProbability,
    Parsed,
    PositiveCount,
    PositiveNumber,
    format_probability,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["Crm"]

TIE = 1e-9  # rates as near to the target as each other
QUANTILE = 1.6448536269514722  # of the normal law: 5% beyond it
TOO_TOXIC = 0.95  # what counts at a dose alone must make more than sure, for triggers of amendments
INTERCEPT = 3.0
MOST_VARIANCE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Crm(UpToNMax):
    """The dose whose rate p_d(b) is nearest the target: p_d = s_d^exp(b), or logistic (oquigley1990).

    b is the posterior mean, with the prior N(0, prior_variance), or where the likelihood is largest
    (oquigley1996); it is put into the curve, as in the R package dfcrm (cheung2011). skeleton: the rates
    expected, or an indifference interval (lee2009). no_skip: never more than one dose above the last.
    coherence: not up straight after a cohort whose share of DLTs is the target or more (cheung2005).
    stop_toxic: over without a dose once P(rate > target) at the lowest is more than this. enough: over once
    the dose to be given next has so many. precision: over once the 90% interval of its rate is at most so
    wide. select: of all doses, or of those treated.
    """

    kind: ClassVar[str] = "crm"
    sources: ClassVar[tuple[str, ...]] = (
        "oquigley1990",
        "oquigley1996",
        "cheung2005",
        "lee2009",
        "cheung2011",
    )
    remembers_last_cohort: ClassVar[bool] = True
    recommends_unfinished: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = (
        "up: the rate there is nearer to the target",
        "stay: no rate is nearer to the target",
        "down: the rate there is nearer to the target",
        "stay: too many DLTs in the last cohort to go up",
        "over: all patients are treated",
        "over: the lowest dose is too toxic",
        "over: enough patients at the dose",
        "over: the rate at the dose is known well enough",
    )
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"target": "25%", "n_max": 30, "skeleton": ["5%", "12%", "25%", "40%", "55%"]},
        {
            "target": "20%",
            "n_max": 24,
            "cohort": 1,
            "skeleton": {"half_width": "5%", "prior_mtd": 2},
            "model": "logistic",
            "stop_toxic": "90%",
            "enough": 9,
            "select": "treated",
        },
        {
            "target": "30%",
            "n_max": 18,
            "skeleton": {"half_width": "6%", "prior_mtd": 1},
            "estimate": "mle",
            "coherence": False,
        },
        {
            "target": "30%",
            "n_max": 40,
            "skeleton": {"half_width": "6%", "prior_mtd": 3},
            "prior_variance": 0.8,
            "no_skip": False,
            "precision": "30%",
        },
    )

    target: OpenProbability
    n_max: PositiveCount
    skeleton: Annotated[Rates | Indifference, Parsed(parse_skeleton, "array object")]
    cohort: PositiveCount = 3
    model: Annotated[Literal["empiric", "logistic"], one_word("empiric", "logistic")] = "empiric"
    intercept: Number | None = None
    prior_variance: PositiveNumber | None = None
    estimate: Annotated[Literal["bayes", "mle"], one_word("bayes", "mle")] = "bayes"
    no_skip: Flag = True
    coherence: Flag = True
    stop_toxic: OpenProbability | None = None
    enough: PositiveCount | None = None
    precision: OpenProbability | None = None
    select: Annotated[Literal["any", "treated"], one_word("any", "treated")] = "any"

    def __post_init__(self) -> None:
        """Refuse keys that do not go together, or with the target."""
        self._refuse_numbers()
        if self.intercept is not None and self.model != "logistic":
            raise QuantityError(f"intercept: {self.intercept:g}", "it with `model: logistic` only")
        if self.estimate == "mle":
            for key in ("prior_variance", "stop_toxic", "precision"):
                if getattr(self, key) is not None:
                    raise QuantityError(f"{key}: {getattr(self, key):g}", "it with `estimate: bayes` only")
        if self.variance > MOST_VARIANCE:
            raise QuantityError(f"prior_variance: {self.variance:g}", f"at most {MOST_VARIANCE:g}")
        check_target(self.skeleton, self.target, self._intercept)

    @property
    def variance(self) -> float:
        """Of the prior of b."""
        return 1.34 if self.prior_variance is None else self.prior_variance

    @property
    def _intercept(self) -> float | None:
        """Of the logistic curve."""
        if self.model == "empiric":
            return None
        return INTERCEPT if self.intercept is None else self.intercept

    def fit_ladder(self, doses: int) -> None:
        """As many rates as doses; those by an indifference interval rise."""
        check_ladder(self.skeleton, self.target, self._intercept, doses)

    def _curve(self, doses: int) -> Curve:
        """The curve through the skeleton on a ladder of so many doses."""
        self.fit_ladder(doses)
        return Curve(rates_of(self.skeleton, self.target, self._intercept, doses), self._intercept)

    # -- in words ---------------------------------------------------------------------------------

    def describe(self) -> tuple[str, ...]:
        """The model, the estimate, what restricts the next dose, what ends it, what is recommended."""
        target = format_probability(self.target)
        return (
            f"CRM, target {target}: {self._curve_words()}, {self._skeleton_words()}.",
            self._estimate_words(),
            f"The next dose is the one whose rate is nearest to {target}, of two as near the lower; if every "
            f"rate is at most {target} the highest, if every one is at least that the lowest.",
            *self._restrictions(),
            f"Cohorts of {self.cohort}; with {self.n_max} evaluable patients it is over.",
            *self._ends(),
            f"Recommended, also where the trial ends before, is the dose of {self._among()} whose rate is "
            f"nearest to {target}; no restriction holds then.",
        )

    def _curve_words(self) -> str:
        if self._intercept is None:
            return "rate = s^exp(b)"
        return f"rate = 1 / (1 + exp(-{self._intercept:g} - exp(b) x)), s where b = 0"

    def _skeleton_words(self) -> str:
        given = self.skeleton
        if isinstance(given, Indifference):
            half = format_probability(given.half_width)
            mtd = f"the target at dose {given.prior_mtd}"
            return f"the skeleton s by an indifference interval of +- {half} with {mtd}"
        return f"with the skeleton s = {', '.join(map(format_probability, given))}"

    def _estimate_words(self) -> str:
        if self.estimate == "bayes":
            return f"b is its posterior mean, with the prior N(0, {self.variance:g})."
        return (
            "b is where the likelihood is largest. Before there are both a DLT and a patient without one, it "
            "is one dose up without a DLT so far, one down with nothing else."
        )

    def _restrictions(self) -> tuple[str, ...]:
        none = "Never up from a dose at which nobody could be judged."
        skips = ("Never more than one dose above the last.",) if self.no_skip else ()
        coherent = (
            f"Never up straight after a cohort of which {format_probability(self.target)} or more had a DLT.",
        )
        return (*skips, none, *(coherent if self.coherence else ()))

    def _ends(self) -> tuple[str, ...]:
        found = []
        if self.stop_toxic is not None:
            found.append(
                f"It is over without a dose once P(rate > {format_probability(self.target)}) at the lowest "
                f"dose is more than {format_probability(self.stop_toxic)}."
            )
        if self.enough is not None:
            found.append(f"It is over as well once {self.enough} or more are at the dose to be given next.")
        if self.precision is not None:
            found.append(
                "It is over as well once the 90% interval of the rate at the dose to be given next, by b +- "
                f"1.645 standard deviations, is at most {format_probability(self.precision)} wide."
            )
        return tuple(found)

    def _among(self) -> str:
        return "all" if self.select == "any" else "those that were given"

    # -- decisions --------------------------------------------------------------------------------

    def toxic(self, counts: DoseCounts) -> Bools:
        """P(rate > target) more than 95% by the counts at the dose, rate ~ Beta(1 + DLTs, 1 + others)."""
        return exceeds(counts.n, counts.dlt, self.target, TOO_TOXIC)

    def decide(self, counts: DoseCounts) -> DoseChoices:
        """All patients; the lowest dose; the move as restricted; enough and precision where it leads."""
        import numpy as np

        fits, rows = _fits(self, counts), np.arange(len(counts.n))
        wanted = self._wanted(counts, fits.nearest)
        held = self._held(counts)
        following = np.where(held, np.minimum(wanted, counts.current), wanted)
        left = self.n_max - counts.n.sum(axis=1)
        full, none = left <= 0, fits.unsafe
        enough = counts.n[rows, following] >= (self.enough or inf)
        precise = fits.width[rows, following] <= (self.precision or -1.0)
        over = full | none | enough | precise
        reason = np.select(
            [
                full,
                none,
                enough,
                precise,
                following > counts.current,
                following < counts.current,
                held & (wanted > following),
            ],
            [4, 5, 6, 7, 0, 2, 3],
            default=1,
        )
        return DoseChoices(
            dose=np.where(over, NO_DOSE, following),
            patients=np.where(over, 0, np.minimum(self.cohort, left)),
            selected=np.where(over, self._selected(counts, fits), NO_DOSE),
            reason=reason,
        )

    def _wanted(self, counts: DoseCounts, nearest: Ints) -> Ints:
        """(B,) the nearest dose, without a skip; one up or down before a likelihood has its maximum."""
        import numpy as np

        last = counts.n.shape[1] - 1
        highest = counts.current + 1 if self.no_skip else np.full_like(counts.current, last)
        judged = counts.n[np.arange(len(counts.n)), counts.current] > 0
        wanted = np.minimum(nearest, np.where(judged, highest, counts.current))
        if self.estimate == "mle":
            n, dlt = counts.n.sum(axis=1), counts.dlt.sum(axis=1)
            move = np.select([n == 0, dlt == 0, dlt == n], [0, 1, -1], 0)
            start = np.clip(counts.current + np.where(judged, move, np.minimum(move, 0)), 0, last)
            wanted = np.where((dlt == 0) | (dlt == n), start, wanted)
        found: Ints = wanted
        return found

    def _held(self, counts: DoseCounts) -> Bools:
        """(B,) whether the last cohort says not to go up."""
        import numpy as np

        if not self.coherence:
            return np.zeros(len(counts.n), dtype=bool)
        target, (n, dlt) = as_written(self.target), counts.last_cohort
        found: Bools = (n > 0) & (dlt * target.denominator >= n * target.numerator)
        return found

    def recommend(self, counts: DoseCounts) -> Ints:
        """(B,) the nearest dose; none if the lowest is too toxic, or nobody was judged."""
        return self._selected(counts, _fits(self, counts))

    def estimates(self, counts: DoseCounts) -> Floats:
        """The curve at the estimate of b."""
        return _fits(self, counts).rates

    def _selected(self, counts: DoseCounts, fits: _Fits) -> Ints:
        import numpy as np

        among = fits.nearest
        if self.select == "treated":
            among = _nearest(fits.rates, self.target, counts.n > 0)
        found: Ints = np.where(fits.unsafe | (counts.n.sum(axis=1) == 0), NO_DOSE, among)
        return found


@dataclass(frozen=True, slots=True)
class _Fits:
    """rates, width: (B, D) at the estimate, and of the 90% intervals. nearest, unsafe: (B,)."""

    rates: Floats
    width: Floats
    nearest: Ints
    unsafe: Bools


def _fits(design: Crm, counts: DoseCounts) -> _Fits:
    """What the model says at each standing; it is fitted once to counts that several standings have."""
    import numpy as np

    each = distinct(np.hstack((counts.n, counts.dlt)))
    fitted = _fitted(design, counts.n[each.first()], counts.dlt[each.first()])
    which = each.which()
    return _Fits(fitted.rates[which], fitted.width[which], fitted.nearest[which], fitted.unsafe[which])


def _fitted(design: Crm, n: Ints, dlt: Ints) -> _Fits:
    import numpy as np

    curve = design._curve(n.shape[1])
    everywhere = np.ones(n.shape, dtype=bool)
    width, unsafe = np.full(n.shape, np.inf), np.zeros(len(n), dtype=bool)
    if design.estimate == "mle":
        rates = curve.rates(maximum(curve, n, dlt))
        return _Fits(rates, width, _nearest(rates, design.target, everywhere), unsafe)
    lowest = curve.where(design.target)[: design.stop_toxic is not None]
    found = posterior(curve, design.variance, n, dlt, lowest)
    rates = curve.rates(found.mean)
    if design.stop_toxic is not None:
        unsafe = (found.above[:, 0] > design.stop_toxic) & (n.sum(axis=1) > 0)
    if design.precision is not None:
        spread = QUANTILE * np.sqrt(found.variance)
        width = curve.rates(found.mean - spread) - curve.rates(found.mean + spread)
    return _Fits(rates, width, _nearest(rates, design.target, everywhere), unsafe)


def _nearest(rates: Floats, target: float, among: Bools) -> Ints:
    """(B,) the dose whose rate is nearest to the target; of those as near, to 1e-9, the lower.

    The highest where every rate is at most the target, which small ones may equal one another; the lowest
    where every one is at least that.
    """
    import numpy as np

    apart = np.where(among, np.abs(rates - target), np.inf)
    near = apart <= apart.min(axis=1, keepdims=True) + TIE
    lower, doses = near.argmax(axis=1), rates.shape[1]
    below = ((rates <= target) | ~among).all(axis=1)
    above = ((rates >= target) | ~among).all(axis=1)
    highest = doses - 1 - among[:, ::-1].argmax(axis=1)
    found: Ints = np.select([below, above], [highest, among.argmax(axis=1)], default=lower)
    return found

"""Stop at a likelihood ratio of two rates: the sequential probability ratio test, truncated (wald1945)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from typing import Annotated, ClassVar, Literal

from simulator.contracts import Plan, Unmet
from simulator.rules import _shared
from simulator.rules._calibrated import (
    Calibrated,
    TargetValue,
    beside,
    calibrated,
    constant_of,
    looks_of,
    unmet,
)
from simulator.rules._shared import Criterion, CriterionRule
from simulator.rules._statistics import LogRatio
from simulator.scalars import one_word
from simulator.units import Comparison, Flag, OpenProbability, PositiveCount, format_probability

__all__ = ["Sprt"]

WALD, CALIBRATED = "wald", "calibrated"
Found = tuple[Calibrated, Calibrated | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprt(CriterionRule):
    """Compare T = x log(p1 / p0) + (n - x) log(q1 / q0) with limits (wald1945, goldman1987); q = 1 - p.

    p0 is the rate of `false_stop`, p1 the `alternative`; where p1 < p0 few events stop. "stop" iff T >= u;
    with `false_clear` also "cleared" iff T <= l.

    limits: `wald`: u = log((1 - b) / a), l = log(b / (1 - a)), a and b the levels of `false_stop` and
    `false_clear`; without the latter u = log(1 / a). `calibrated`: u is that of the largest region whose
    P(stop), over all planned looks and as if nobody were ever cleared, is within `false_stop`; then l that of
    the largest whose P(cleared before a stop) is within `false_clear`, whose rate is p1. binding: u is
    looked for once more, with those trials ended that l clears. minimum_n: no outcome with fewer patients.
    Weak: a T of u stops; within 1e-9 of each other two are equal. "stop" is asked first.
    """

    kind: ClassVar[str] = "sprt"
    sources: ClassVar[tuple[str, ...]] = ("wald1945", "goldman1987")
    endpoints: ClassVar[tuple[str, ...]] = ("event",)
    evidence_word: ClassVar[str] = "log likelihood ratio"
    examples: ClassVar[tuple[dict[str, object], ...]] = (
        {"false_stop": "at most 10% at 20%", "alternative": "40%"},
        {
            "false_stop": "at most 10% at 20%",
            "alternative": "50%",
            "false_clear": "at most 20% at 50%",
            "limits": "wald",
            "minimum_n": 3,
        },
        {
            "false_stop": "at most 10% at 50%",
            "alternative": "20%",
            "false_clear": "at most 10% at 20%",
            "binding": "true",
        },
    )

    false_stop: TargetValue
    alternative: OpenProbability
    false_clear: TargetValue | None = None
    limits: Annotated[Literal["wald", "calibrated"], one_word(WALD, CALIBRATED)] = "calibrated"
    binding: Flag = False
    minimum_n: PositiveCount = 1

    def __post_init__(self) -> None:
        """Refuse equal rates, targets that are no upper limits, and what does not go together."""
        if self.alternative == self.false_stop.rate:
            _shared.refuse(
                f"alternative: {format_probability(self.alternative)}", "a rate other than that of false_stop"
            )
        for key, target in (("false_stop", self.false_stop), ("false_clear", self.false_clear)):
            if target is not None and target.word != "at most":
                _shared.refuse(f"{key}: {target.text()}", "at most, a probability, at, a true rate")
        if self.false_clear is not None and self.false_clear.rate != self.alternative:
            _shared.refuse(
                f"false_clear: {self.false_clear.text()}",
                f"the rate of the alternative, {format_probability(self.alternative)}",
            )
        if self.binding and (self.false_clear is None or self.limits == WALD):
            _shared.refuse("binding: true", "only with false_clear and calibrated limits")
        if self.limits == WALD and self.false_clear and self.false_stop.level + self.false_clear.level >= 1:
            _shared.refuse(
                f"false_stop: {self.false_stop.text()}, false_clear: {self.false_clear.text()}",
                "levels that add up to less than 100%",
            )

    @property
    def uses_plan(self) -> bool:
        """Where limits are found."""
        return self.limits == CALIBRATED

    def known_rates(self) -> dict[str, float]:
        """The rate of false stops."""
        return {self.endpoints[0]: self.false_stop.rate}

    def formula(self) -> str:
        """The rule as one line of mathematics, with its numbers."""
        p0, p1 = format_probability(self.false_stop.rate), format_probability(self.alternative)
        t = f"T = x log({p1} / {p0}) + (n - x) log((1 - {p1}) / (1 - {p0}))"
        begin = f" (n >= {self.minimum_n})" if self.minimum_n > 1 else ""
        if self.limits == WALD:
            upper, lower = self._wald()
            cleared = f"; cleared iff T <= {lower:.6g}" if lower is not None else ""
            return f"stop iff T >= {upper:.6g}{cleared}{begin}, {t}"
        cleared = "; cleared iff T <= l" if self.false_clear is not None else ""
        constants = f"u: {constant_of(self.false_stop)}"
        if self.false_clear is not None:
            constants += f"; l: the same of P(cleared) {self.false_clear.text()}"
        return f"stop iff T >= u{cleared}{begin}, {t}; {constants}"

    def _wald(self) -> tuple[float, float | None]:
        a = self.false_stop.level
        if self.false_clear is None:
            return log(1.0 / a), None
        b = self.false_clear.level
        return log((1.0 - b) / a), log(b / (1.0 - a))

    @property
    def _for_many(self) -> bool:
        return self.alternative > self.false_stop.rate

    def _criterion(self, outcome: str, *, stop: bool, value: float = 0.0) -> Criterion:
        return Criterion(
            outcome=outcome,
            named="T",
            event="the event",
            direction="at_least" if stop is self._for_many else "at_most",
            cutoff=Comparison("at least" if stop else "at most", value),
            evidence=LogRatio(null=self.false_stop.rate, other=self.alternative),
            percent=False,
        )

    def criteria(self, plan: Plan) -> tuple[Criterion, ...]:
        """`stop`, then `cleared`."""
        if self.limits == WALD:
            upper, lower = self._wald()
            first = self._criterion("stop", stop=True, value=upper)
            return (first,) if lower is None else (first, self._criterion("cleared", stop=False, value=lower))
        harm, clear = self._found(plan)
        return (harm.criterion,) if clear is None else (harm.criterion, clear.criterion)

    def _found(self, plan: Plan) -> Found:
        """Both limits: harm first, alone; then cleared beside it; then, if it binds, harm beside cleared."""
        looks, most = looks_of(plan, self.minimum_n), plan.max_n
        harm = calibrated(self._criterion("stop", stop=True), self.false_stop, looks, most)
        if self.false_clear is None:
            return harm, None
        uncut = self._criterion("cleared", stop=False)
        clear = calibrated(uncut, self.false_clear, looks, most, _at(harm, looks), yields=True)
        if not self.binding:
            return replace(harm, meant=", as if nobody were cleared"), clear
        uncut = self._criterion("stop", stop=True)
        harm = calibrated(uncut, self.false_stop, looks, most, _at(clear, looks))
        return harm, beside(clear, most, _at(harm, looks), yields=True)

    def particulars(self, plan: Plan) -> tuple[str, ...]:
        """The limits that were found, and their levels."""
        if self.limits == WALD:
            return ()
        return tuple(found.text() for found in self._found(plan) if found is not None)

    def unmet(self, plan: Plan) -> Unmet | None:
        """A target that no region meets."""
        if self.limits == WALD:
            return None
        harm, clear = self._found(plan)
        return unmet("false_stop", harm) or (unmet("false_clear", clear) if clear is not None else None)


def _at(found: Calibrated, looks: tuple[int, ...]) -> tuple[int | None, ...]:
    """The bound of a criterion at each look; None where it cannot hold."""
    if not looks:
        return ()
    edges = found.criterion.edges(looks[0], looks[-1])
    shift = 0 if found.criterion.direction == "at_least" else 1
    bounds = [(n, edges[n - looks[0]] - shift) for n in looks]
    return tuple(x if 0 <= x <= n else None for n, x in bounds)

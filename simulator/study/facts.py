"""What reports need to know of a cell beside its numbers: its rules, events, phases, drugs and doses.

Made from the Program when a run is over, kept in results.json, so that no report builds a Program anew or
reads the names of metrics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any

from simulator.model.metric import Key
from simulator.program.dosing import DoseFindingTable
from simulator.program.risks import best_doses, dlt_rates
from simulator.program.tables import Program

__all__ = ["DoseFacts", "Facts", "RuleFacts", "dose_facts", "facts_from", "facts_of", "facts_of_keys"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """One rule. acts: it has something to do; outcomes, endpoints: in its order, endpoints that it reads."""

    name: str
    acts: bool
    outcomes: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    concludes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFacts:
    """What is true of the doses of one variant under one truth.

    ladders: of each version of the design, one that several share said once. rates: dose -> probability of
    a DLT within `window` days; empty where it is not known. target: the truth's `target_rate`.
    tolerance: as of it. expansion: patients added at the dose selected.
    """

    ladders: tuple[tuple[str, ...], ...]
    rates: Mapping[str, float] = field(default_factory=dict)
    target: float | None = None
    tolerance: float = 0.0
    window: float = inf
    expansion: int = 0
    amendments: tuple[str, ...] = ()

    @property
    def doses(self) -> tuple[str, ...]:
        """Every dose on a ladder, in the order of the versions."""
        return tuple(dict.fromkeys(dose for ladder in self.ladders for dose in ladder))

    @property
    def best(self) -> tuple[str, ...]:
        """The dose of each ladder whose true rate is nearest to the target, each of those as near.

        None where every dose is above target + tolerance, or there is no target, or rates are not known.
        """
        if self.target is None or not self.rates:
            return ()
        return best_doses(self.rates, self.ladders, self.target, self.tolerance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Of one cell, names in the order of the design. dose_finding: None without it."""

    rules: tuple[RuleFacts, ...] = ()
    events: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    dose_finding: DoseFacts | None = None

    @property
    def acts(self) -> bool:
        """Whether a rule can stop the trial."""
        return any(rule.acts for rule in self.rules)

    def as_json(self) -> dict[str, Any]:
        """As keys of a cell of results.json; a window without end is null."""
        out = asdict(self)
        if self.dose_finding is not None and self.dose_finding.window == inf:
            out["dose_finding"]["window"] = None
        return out


def facts_of(program: Program) -> Facts:
    """Of the cell that a Program is of."""
    rules = (
        RuleFacts(
            name=monitor.name,
            acts=monitor.may_stop,
            outcomes=monitor.outcomes,
            endpoints=tuple(monitor.endpoints[i] for i in monitor.used),
            concludes=monitor.concludes,
        )
        for monitor in program.monitors
    )
    return Facts(
        rules=tuple(rules),
        events=tuple(event.name for event in program.events),
        phases=tuple(phase.name for phase in program.phases),
        drugs=program.drugs,
        dose_finding=dose_facts(program),
    )


def dose_facts(program: Program) -> DoseFacts | None:
    """Of a Program's dose finding; None without it."""
    table = program.dosing
    if table is None:
        return None
    names = program.levels[table.drug]
    return DoseFacts(
        ladders=_ladders(table, names),
        rates={names[level - 1]: rate for level, rate in dlt_rates(program, table).items()},
        target=table.target_rate,
        tolerance=table.tolerance,
        window=table.window,
        expansion=table.expansion,
        amendments=tuple(amendment.name for amendment in program.amendments),
    )


def _ladders(table: DoseFindingTable, names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    found = (tuple(names[level - 1] for level in version.ladder) for version in table.versions)
    return tuple(dict.fromkeys(found))


def facts_from(data: Mapping[str, Any]) -> Facts:
    """Read back what `Facts.as_json` wrote."""
    dosing = data["dose_finding"]
    return Facts(
        rules=tuple(RuleFacts(**_tuples(rule)) for rule in data["rules"]),
        dose_finding=None if dosing is None else _dose_facts_from(dosing),
        **{name: tuple(data[name]) for name in ("events", "phases", "drugs")},
    )


def _dose_facts_from(data: Mapping[str, Any]) -> DoseFacts:
    window = inf if data["window"] is None else data["window"]
    ladders = tuple(tuple(ladder) for ladder in data["ladders"])
    return DoseFacts(**_tuples(data) | {"ladders": ladders, "window": window})


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


def facts_of_keys(keys: Iterable[Key]) -> Facts:
    """What keys alone tell, for a results.json written before it had the rest.

    Every dose is on one ladder then, and true rates, target, window, expansion and conclusions are not known.
    """
    keys = list(keys)

    def names(part: str, *metrics: str) -> tuple[str, ...]:
        found = (getattr(key, part) for key in keys if key.metric in metrics)
        return tuple(dict.fromkeys(name for name in found if name is not None))

    acting, doses = names("rule", "p_stop"), names("dose", "p_select")
    rules = (
        RuleFacts(
            name=rule,
            acts=rule in acting,
            outcomes=tuple(k.outcome for k in keys if k.metric == "p_stop" and k.rule == rule and k.outcome),
            endpoints=tuple(
                k.endpoint for k in keys if k.metric == "n_read" and k.rule == rule and k.endpoint
            ),
        )
        for rule in names("rule", "p_stop", "p_fired", "n_read")
    )
    return Facts(
        rules=tuple(rules),
        events=names("event", "patients_with"),
        phases=names("phase", "n_in"),
        drugs=names("drug", "person_days_on"),
        dose_finding=DoseFacts(ladders=(doses,), amendments=names("amendment", "p_amended"))
        if doses
        else None,
    )

"""Exact operating characteristics of a Program's dose finding, or the reason why there are none."""

from __future__ import annotations

from functools import lru_cache

from simulator.exact.completed import too_few_may_come
from simulator.exact.dose_graph import DoseCharacteristics, DoseGraph, dose_graph
from simulator.model.metric import Key
from simulator.program.dosing import DoseFindingTable, DoseVersion
from simulator.program.patient import alive, waits_for
from simulator.program.risks import above_target_of, dlt_rates, judged_of, moderate_rates
from simulator.program.tables import Program
from simulator.program.triggers import AmendmentTable
from simulator.program.words import Decide

__all__ = ["dosing_values"]


def dosing_values(program: Program, dosing: DoseFindingTable) -> dict[Key, float] | str:
    """Metric key -> value from the decision graph; a reason where more than counts decides."""
    if reason := _amended(program) or _beyond_counts(program, dosing):
        return reason
    try:
        graph = _graph(dosing.versions, program.amendments)
    except ValueError as error:  # too many states, or triggers that counts do not tell
        return str(error)
    if graph.largest_n + dosing.expansion > program.max_treated:
        return f"up to {graph.largest_n + dosing.expansion} patients may be needed, and accrual ends before"
    rates = dlt_rates(program, dosing)
    milder = moderate_rates(program, dosing)
    values = _values(program, dosing, graph.evaluate(rates, milder))
    if dosing.target_rate is not None and not dosing.expansion:
        for percent in (60, 80):
            key = Key("p_above_target", word=f"over_{percent}")
            among = above_target_of(program)
            values[key] = float(graph.p_mostly(rates, among, percent, moderate=milder))
    return values


@lru_cache(maxsize=32)
def _graph(versions: tuple[DoseVersion, ...], amendments: tuple[AmendmentTable, ...]) -> DoseGraph:
    """Graphs do not depend on the truth, so one serves all truths of a variant."""
    return dose_graph(versions, amendments)


def _amended(program: Program) -> str:
    """Why amendments are more than the graph knows of; "" if they are not."""
    more = program.later or program.limits or program.last_days or program.screenings
    alone = not more and all(amendment.restarts for amendment in program.amendments)
    return "" if alone else "amendments change more than the dose finding"


def _beyond_counts(program: Program, dosing: DoseFindingTable) -> str:
    """Why the counts of full cohorts do not decide alone; "" if they do."""
    event = program.events[dosing.event]
    awaited = event.absence_of if event.absence_of >= 0 else dosing.event
    counted = {dosing.event, awaited, *([dosing.moderate] if dosing.moderate >= 0 else [])}
    if any(version.decide is Decide.WHEN_DECIDED for version in dosing.versions):
        return "doses are decided before every outcome is known"
    if dosing.not_evaluable:
        return "patients who cannot be evaluated are replaced until accrual ends"
    if reason := too_few_may_come(program):
        return reason
    if any(monitor.may_stop and not _at_mtd(program, i) for i, monitor in enumerate(program.monitors)):
        return "a rule may stop the dose finding"
    for number in counted:
        table = program.events[number]
        late = [d for d in (table.detection, table.report) if d is not None and d.days[-1] > 0.0]
        if table.withdrawn or table.visit >= 0 or late:
            how = "may be withdrawn" if table.withdrawn else "is known later than it happens"
            return f"`{table.name}` {how}"
    if any(program.components[c].risk >= 0 for e in counted for c in program.components_of(e)):
        return "patients differ in their risk"
    asked = {event for phase in program.phases for s in phase.steps for event in (s.unless, s.only_if)}
    asked |= {event for phase in program.phases for t in phase.next for event in (t.unless, t.only_if)}
    for number, table in enumerate(program.events):
        changes = table.response or table.ends_course or number in asked
        if changes and any(alive(program, c) for c in program.components_of(number)):
            return f"the event `{table.name}` changes the course"
    return waits_for(program, awaited) or _milder_beyond_counts(program, dosing)


def _milder_beyond_counts(program: Program, dosing: DoseFindingTable) -> str:
    """Why it is not known, when a dose is chosen, who without a DLT has the milder event; "" if it is."""
    if dosing.moderate < 0:
        return ""
    name = program.events[dosing.moderate].name
    if program.events[dosing.moderate].absence_of >= 0:
        return f"`{name}` is an absence"
    early = any(version.decide is not Decide.WHEN_WINDOW_COMPLETE for version in dosing.versions)
    if early and dosing.ruled_out_by:
        return f"a patient may be known to have no DLT before `{name}` happens"
    return waits_for(program, dosing.moderate)


def _at_mtd(program: Program, monitor: int) -> bool:
    table = program.monitors[monitor]
    return all(table.counters[i].scope.at_mtd for i in table.used)


def _values(program: Program, dosing: DoseFindingTable, found: DoseCharacteristics) -> dict[Key, float]:
    names = {level: program.levels[dosing.drug][level - 1] for level in dosing.levels}
    n = {level: float(found.n[level]) for level in names}
    dlt = {level: float(found.dlt[level]) for level in names}
    out = {Key("p_select", dose=name): float(found.p_select[level]) for level, name in names.items()}
    out |= {Key("p_reach", dose=name): float(found.p_reach[level]) for level, name in names.items()}
    out |= {
        Key("p_select", word="none"): float(found.p_none),
        Key("p_unfinished"): 0.0,
        Key("n_escalation"): sum(n.values()),
        Key("n_dlt_escalation"): sum(dlt.values()),
        Key("n_cohorts"): float(found.cohorts),
    }
    for amendment, p in zip(program.amendments, found.p_amended, strict=True):
        out[Key("p_amended", amendment=amendment.name)] = float(p)
    above, best = judged_of(program)
    if dosing.target_rate is not None:
        out[Key("p_select", word="above_target")] = sum(float(found.p_select[level]) for level in above)
        right = sum(float(found.p_select[level]) for level in best) if best else float(found.p_none)
        out[Key("p_select", word="best")] = right
    if dosing.expansion:  # whose patients depend on more than the dose finding
        return out
    for level, name in names.items():
        out[Key("n_at", dose=name)] = out[Key("n_evaluable_at", dose=name)] = n[level]
        out[Key("n_dlt_at", dose=name)] = dlt[level]
        out[Key("percent_at", dose=name)] = 100.0 * float(found.share[level])
    if dosing.target_rate is not None:
        out[Key("n_above_target")] = sum(n[level] for level in above)
        out[Key("n_best")] = sum(n[level] for level in best)
    total = sum(n.values())
    return out | {
        Key("n_enrolled"): total,
        Key("n_treated"): total,
        Key("n_evaluable"): total,
        Key("n_not_evaluable"): 0.0,
        Key("n_dlt"): sum(dlt.values()),
    }

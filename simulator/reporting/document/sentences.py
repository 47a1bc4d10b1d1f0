"""The answer of a report in three sentences, made from its numbers: false stops, true stops, and the cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from simulator.model.estimate import Estimate, end_of, percent
from simulator.model.metric import Key
from simulator.reporting.document.material import ABOVE, NONE, STOP, Material
from simulator.reporting.doses import Doses, outcomes_of
from simulator.reporting.estimates import NOTHING, mean
from simulator.reporting.selection_tables import best_in
from simulator.reporting.text import counted, decimals_for, listed, number
from simulator.study.results import Cell
from simulator.units import DAYS_PER_MONTH, format_share

__all__ = ["said", "sentences"]

MEDIAN = Key("days_to_stop_given_stop", word="median")
OFTEN = 0.1  # share of trials stopped from which it is said when
DECIMALS = 2  # of a mean in a sentence


def sentences(material: Material) -> tuple[str, ...]:
    """Three, or one more where doses are found and rules stop trials."""
    if material.finds:
        return tuple(_of_doses(material))
    if not material.acts:
        return tuple(_of_votes(material))
    if not (material.judged(True) or material.judged(False)):
        return _unjudged(material), _cost(material)
    return _false(material), _true(material), _cost(material)


def said(e: Estimate) -> str:
    """`0.80 % ± 0.09`, `no trial of 10,000 (less than 0.04 %)`; an exact value where there is one."""
    if e.exact is not None:
        return f"{format_share(e.exact, 2)} % (exact)"
    if e.value is None:
        return "not known"
    if e.value in (0.0, 1.0) and e.low is not None and e.high is not None:
        end = end_of(e.value, e.low, e.high)
        which = "no trial" if e.value == 0.0 else "every trial"
        return f"{which} of {e.n:,} ({'less' if e.value == 0.0 else 'more'} than {end[1:]} %)"
    value, _, error = percent(e).partition(" ± ")
    return f"{value} % ± {error}"


def _stops(cells: Sequence[Cell], *, under: bool) -> str:
    """`1 % ± 0.1 with A and 2 % ± 0.2 with B under planned`; of many the first design's, and the ends."""

    def one(group: Sequence[Cell]) -> str:
        cell, *others = group
        alike = f" and {counted(len(others), 'design')} like it" if others else ""
        where = f" under {cell.truth}" if under else ""
        return f"{said(cell.metrics[STOP])} with {cell.variant}{alike}{where}"

    groups = _alike(cells)
    if len(groups) <= 3:
        return listed(map(one, groups))
    ordered = sorted(groups, key=lambda group: group[0].metrics[STOP].level or 0.0)
    first = [group for group in groups if group[0].variant == cells[0].variant]
    told = f"{listed(map(one, first))}; " if len(first) <= 3 and len(first) < len(groups) else ""
    of = f"the least and the most of {len(groups)} that differ"
    return f"{told}{'all in all ' * bool(told)}from {one(ordered[0])} to {one(ordered[-1])}, {of}"


def _alike(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Cells of a truth that stop alike, together."""
    found: dict[tuple[str, object], list[Cell]] = {}
    for cell in cells:
        e = cell.metrics[STOP]
        found.setdefault((cell.truth, (e.value, e.mcse, e.exact)), []).append(cell)
    return list(found.values())


def _cells(material: Material, truths: Sequence[str]) -> list[Cell]:
    """The benchmark's first."""
    results = material.results
    order = sorted(results.variants, key=lambda variant: variant != material.benchmark)
    return [results.cell(variant, truth) for variant in order for truth in truths]


def _false(material: Material) -> str:
    truths = material.judged(True)
    if not truths:
        return (
            "This report has no truth under which the drug is acceptable, so that it cannot say how "
            "often a trial would be stopped by mistake."
        )
    cells = _cells(material, truths)
    if all(cell.metrics[STOP].level == 0.0 for cell in cells):
        return f"Where the drug is acceptable no variant stops by mistake: {_most(cells)}."
    stops = _stops(cells, under=len(truths) > 1)
    where = (
        f"under {truths[0]}, where the drug is acceptable"
        if len(truths) == 1
        else "where the drug is acceptable"
    )
    return f"False stops: {where}, the share of trials stopped is {stops}."


def _unjudged(material: Material) -> str:
    """Where no truth makes a stop a mistake, or wanted."""
    stops = _stops(_cells(material, list(material.results.truths)), under=True)
    every = len(material.judged("borderline")) == len(material.results.truths)
    says = (
        "Every truth of this report is borderline, where a stop is neither a mistake nor wanted"
        if every
        else "No truth of this report says that a stop is a mistake, or that it is wanted"
    )
    return f"{says}; the share of trials stopped is {stops}."


def _most(cells: Sequence[Cell]) -> str:
    return said(max((cell.metrics[STOP] for cell in cells), key=lambda e: e.high or 0.0))


def _true(material: Material) -> str:
    truths = material.judged(False)
    if not truths:
        return (
            "This report has no truth under which the drug is not acceptable, so that it cannot say how "
            "often a stop that is wanted comes."
        )
    cells = _cells(material, truths)
    if all(cell.metrics[STOP].level == 0.0 for cell in cells):
        return f"Where the drug is not acceptable no variant stops either: {_most(cells)}."
    found = []
    for variant in material.compared:
        mine = [material.results.cell(variant, truth) for truth in truths]
        ordered = sorted(mine, key=lambda cell: cell.metrics[STOP].level or 0.0)
        least, most = ordered[0], ordered[-1]
        ends = [said(cell.metrics[STOP]) for cell in (least, most)]
        if ends[0] == ends[1]:
            text = f"{ends[0]} under {'each of them' if len(truths) > 1 else least.truth}"
        else:
            text = f"from {ends[0]} under {least.truth} to {ends[1]} under {most.truth}"
        found.append(f"{text} with {variant}")
    return f"True stops: where the drug is not acceptable, the share of trials stopped is {'; '.join(found)}."


def _cost(material: Material) -> str:
    """Who is harmed, how many are treated and when it ends, where the harm is greatest."""
    results = material.results
    truths = material.judged(False) or list(results.truths)
    event = next(iter(material.events), None)
    key = Key("n_enrolled") if event is None else Key("patients_with", event=event)
    truth = max(truths, key=lambda name: results.cell(material.benchmark, name).metrics[key].level or 0.0)
    found = [_told(results.cell(variant, truth), key, event) for variant in material.compared]
    return f"Cost: under {truth}, {'; '.join(found)}.{_through(results.cell(material.benchmark, truth))}"


def _through(cell: Cell) -> str:
    """By which rule and outcome a design stops, where there are several."""
    keys = [key for key in cell.metrics if key.metric == "p_stop" and key.rule is not None]
    parts = [key for key in keys if key.outcome is not None]
    parts = parts if len(parts) > 1 else [key for key in keys if key.outcome is None]
    if len(parts) < 2:
        return ""
    found = (f"{': '.join(filter(None, (k.rule, k.outcome)))} in {said(cell.metrics[k])}" for k in parts)
    return f" {cell.variant} is stopped there by {listed(found)}."


def _told(cell: Cell, key: Key, event: str | None) -> str:
    enrolled, median = cell.metrics[Key("n_enrolled")], cell.metrics.get(MEDIAN, NOTHING)
    text = f"{cell.variant} treats {_mean(enrolled)} patients"
    if event is not None:
        text += f", of whom {_mean(cell.metrics[key])} have {event}"
    if median.level is not None and (cell.metrics[STOP].level or 0.0) >= OFTEN:
        month, exact = mean(median, 1, 1 / DAYS_PER_MONTH)
        month = f"{exact.strip()} (exact)" if exact else month.rstrip()
        text += f", and half of the trials that stop have stopped by month {month}"
    return text


def _mean(e: Estimate) -> str:
    if e.exact is not None:
        return f"{number(e.exact, 3)} (exact)"
    return mean(e, min(decimals_for([e.mcse]), DECIMALS))[0].rstrip()


# ---------------------------------------------------------------- rules that only vote, and doses


def _of_votes(material: Material) -> Iterator[str]:
    """Where nothing can stop a trial."""
    results = material.results
    rules = [rule.name for rule in results.cells[0].facts.rules]
    if not rules:
        yield "The protocol has no stopping rule: no trial is stopped, whatever happens."
        yield _cost(material)
        yield "What a rule would do is told by a variant that has one."
        return
    yield "No rule of this protocol stops a trial: each only reads, votes or holds accrual."
    judged = [
        (f"Where the drug is {word}", truths)
        for value, word in ((True, "acceptable"), (False, "not acceptable"))
        if (truths := material.judged(value))
    ]
    for where, truths in judged or [("As played", list(results.truths))]:
        fired = [
            f"{key.rule} in {said(cell.metrics[key])}{f' under {truth}' * (len(truths) > 1)}"
            for truth in truths
            for cell in [results.cell(material.benchmark, truth)]
            for key in cell.metrics
            if key.metric == "p_fired" and key.outcome is None and key.rule
        ]
        if fired:
            under = f", under {truths[0]}" * (len(truths) == 1)
            yield f"{where}{under}, rules of {material.benchmark} fire so often: {listed(fired)}."
    yield _cost(material)


def _of_doses(material: Material) -> Iterator[str]:
    """Which dose is selected, how often one that is too toxic, and what that costs."""
    results = material.results
    finders = [cell for cell in results.cells if cell.facts.dose_finding is not None]
    mine = [cell for cell in finders if cell.variant == material.benchmark] or finders
    doses = {(c.variant, c.truth): c.facts.dose_finding for c in finders if c.facts.dose_finding is not None}
    judged = [cell for cell in mine if (found := doses[cell.variant, cell.truth]).rates and found.target]
    variant = mine[0].variant
    if judged:
        ends = _ends(judged, _best_share)
        right = [f"{_right(cell, best_in(cell, doses))} under {cell.truth}" for cell in ends]
        of = f", the least and the most of {len(judged)} truths" * (len(ends) < len(judged))
        yield f"{variant} selects {listed(right)}{of}.{_better(finders, ends[0], doses)}"
        too_high = [
            f"{said(cell.metrics[ABOVE])} under {cell.truth}"
            for cell in _ends(judged, lambda cell: cell.metrics[ABOVE])
        ]
        yield f"It selects a dose whose true DLT rate is above the target in {listed(too_high)}{of}."
    else:
        for cell in _ends(mine, lambda cell: cell.metrics[NONE]):
            named = [(name, cell.metrics[key]) for name, key in outcomes_of([cell]) if key in cell.metrics]
            name, e = max(named, key=lambda pair: pair[1].level or 0.0)
            yield f"Under {cell.truth} {variant} most often selects {name}, in {said(e)}."
    worst = max(mine, key=lambda cell: cell.metrics[Key("n_dlt")].level or 0.0)
    patients, dlts = worst.metrics[Key("n_enrolled")], worst.metrics[Key("n_dlt")]
    yield (
        f"Most DLTs come under {worst.truth}: {_mean(dlts)} a trial, in {_mean(patients)} patients on "
        "average."
    )
    if material.acts and material.judged(True):
        yield _false(material)


def _right(cell: Cell, best: Sequence[str]) -> str:
    what = f"the best dose, {listed(best, 'or')}," if best else "no dose, as is right,"
    return f"{what} in {said(_best_share(cell))}"


def _best_share(cell: Cell) -> Estimate:
    """How often it selects a best dose, or none where none is right."""
    return cell.metrics.get(Key("p_select", word="best"), NOTHING)


def _better(finders: Sequence[Cell], cell: Cell, doses: Doses) -> str:
    """Which design is right most often under the truth of this cell, if it is another."""
    there = [one for one in finders if one.truth == cell.truth and (one.variant, one.truth) in doses]
    shares = {one.variant: _best_share(one) for one in there}
    most = max(shares, key=lambda variant: shares[variant].level or 0.0)
    if (shares[most].level or 0.0) <= (shares[cell.variant].level or 0.0):
        return ""
    return (
        f" Under {cell.truth} {most} is right most often, of {len(shares)} designs: in {said(shares[most])}."
    )


def _ends(cells: Sequence[Cell], share: Callable[[Cell], Estimate]) -> list[Cell]:
    """All of few cells, else those with the lowest and the highest share."""
    if len(cells) <= 3:
        return list(cells)
    ordered = sorted(cells, key=lambda cell: share(cell).level or 0.0)
    return [ordered[0], ordered[-1]]

"""A bound over a box of hazards in words: the bound, over what, by which argument, and from what."""

from __future__ import annotations

from math import ceil

from simulator.metrics.registry import metric_of
from simulator.reporting.grid import grid
from simulator.reporting.text import counted, heading, listed, paragraph
from simulator.reporting.what_if_text import head, made
from simulator.what_ifs.bounded import Bounded, Bounds, Guard, Hazard
from simulator.what_ifs.findings import Findings

__all__ = ["LINE", "render_bound", "upward"]

LINE = 100  # characters, where nothing else is asked for
DECIMALS, EXACT_DECIMALS = 2, 4  # of a share in %
MANY = 1_000  # of used-up hazard, which has no digits behind the point
HEADS = [["value in the cell"], ["trials with it"], ["there,", "at most %"], ["around it,", "at most %"]]
CORNER = (
    "The worst of the box is its upper corner: trial by trial, more of these hazards never makes the rule "
    "fire later."
)
HOELDER = (
    "Hoelder's inequality (docs/likelihood.md): P^(1 - 1/q) E[W^q]^(1/q), with P that of a cell and W the "
    "likelihood ratio of a truth around it, for any q above 1; E[W^q] by the most hazard that can be used up."
)


def upward(share: float, decimals: int = DECIMALS) -> str:
    """A share in %, rounded up, so that what is printed is a bound too: `5.35`."""
    scaled = 100.0 * share * 10**decimals
    return f"{min(ceil(scaled - 1e-9) / 10**decimals, 100.0):.{decimals}f}"


def render_bound(findings: Findings[Bounds], *, full: bool = False, width: int = LINE) -> str:
    """How it was made, then each bound. full: with the versions, and every cell of Hoelder's inequality."""
    parts = [head(findings, width), made(findings, width, full=full)]
    parts += [_block(findings, each, full, width) for each in findings.found.bounds]
    return "\n\n".join("\n".join(part) for part in parts)


def _block(findings: Findings[Bounds], found: Bounded, full: bool, width: int) -> list[str]:
    """One variant and truth."""
    (key,) = findings.metrics
    name = metric_of(key).labelled(key)
    lines = heading(f"{name}: {found.variant} under {found.truth}", width=width)
    decimals = EXACT_DECIMALS if found.confidence is None else DECIMALS
    sure = (
        "calculated exactly, so that no confidence is needed"
        if found.confidence is None
        else f"with confidence {_level(found.confidence, 10)} %"
    )
    lines += paragraph(
        f"{name} is at most {upward(found.bound, decimals)} % for every truth of the box at once, {sure}.",
        width=width,
    )
    if found.bound >= 1.0:
        lines += paragraph("That says nothing: a narrower box may.", width=width)
    lines += ["", "The box, all else as written"]
    for hazard in found.box:
        lines += paragraph(_hazard(hazard), 2, 2, width=width)
    lines += ["", *_argument(found, width), "", "Conditions of the corner"]
    for each in found.conditions:
        verdict = "yes" if each.holds else f"no: {each.against}"
        lines += paragraph(f"{each.name}: {verdict}", 2, 2, width=width)
    return [*lines, "", *_from(found, full, width)]


def _hazard(hazard: Hazard) -> str:
    """`thrombosis.on_drug: x1 to x1.3 of its hazard, PATH 1 to 1.3`."""
    most = ""
    if hazard.most is not None:
        once = ", once" * bool(hazard.once)
        amount = f"{hazard.most:,.0f}" if hazard.most >= MANY else f"{hazard.most:.4g}"
        most = f"; as written {hazard.patients} patients can use up {amount} of it each{once}"
    return (
        f"{hazard.event}.{hazard.component}: x{hazard.low:.6g} to x{hazard.high:.6g} of its hazard "
        f"({hazard.path} from {hazard.low_text} to {hazard.high_text}{most})"
    )


def _argument(found: Bounded, width: int) -> list[str]:
    """Which of the two, and why not the first."""
    if found.method == "corner":
        return paragraph(CORNER, width=width)
    against = [each.against for each in found.conditions if not each.holds]
    why = f"The upper corner need not be the worst: {'; '.join(against)}."
    return [*paragraph(HOELDER, width=width), "", *paragraph(why, width=width)]


def _from(found: Bounded, full: bool, width: int) -> list[str]:
    """The cells that it is made from."""
    worst = max(found.guards, key=lambda guard: guard.bound)
    if found.method == "corner":
        return paragraph(f"From the corner, {_cell(worst)}: {_told(worst)}.", 0, 2, width=width)
    played = sum(guard.hits is not None for guard in found.guards)
    how = f"{played} of them played, which share the confidence" if played else "all calculated exactly"
    around = ""
    if worst.q is not None:
        decimals = DECIMALS if played else EXACT_DECIMALS
        around = f"; around it at most {upward(worst.bound, decimals)} % (q = {worst.q:.4g})"
    text = (
        f"From {counted(len(found.guards), 'cell')} inside the box, {how}. "
        f"The worst is {_cell(worst)}: {_told(worst)}{around}."
    )
    lines = paragraph(text, 0, 2, width=width)
    if full and len(found.guards) > 1:
        lines += ["", *grid(HEADS, [_row(guard) for guard in found.guards], width)]
    return lines


def _cell(guard: Guard) -> str:
    """The changes that lead to it."""
    return listed(guard.changes)


def _told(guard: Guard) -> str:
    """What was seen there."""
    if guard.hits is None or guard.trials is None or guard.level is None:
        return f"{upward(guard.p, EXACT_DECIMALS)} %, calculated exactly"
    return (
        f"{guard.hits:,} of {counted(guard.trials, 'trial')}, at most {upward(guard.p)} % by the one-sided "
        f"{_level(guard.level)} % limit of Clopper and Pearson"
    )


def _level(level: float, least: int = 6) -> str:
    """A confidence in %, in so many digits at least, or as many as tell it from 100: `99.9999997`."""
    texts = (f"{100.0 * level:.{digits}g}" for digits in range(least, 18))
    return next((text for text in texts if float(text) < 100.0), "100")


def _row(guard: Guard) -> list[str]:
    seen = "exact" if guard.hits is None else f"{guard.hits:,} of {guard.trials:,}"
    values = "; ".join(change.partition("=")[2] for change in guard.changes)
    return [values, seen, upward(guard.p, EXACT_DECIMALS), upward(guard.bound, EXACT_DECIMALS)]

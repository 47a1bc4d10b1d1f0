"""Tables of a trial with arms or screening: who entered, the arms' sizes, and patients with each event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.model.arms import UNTREATED
from simulator.model.metric import Key
from simulator.program.words import Population
from simulator.reporting.blocks import Block, Paragraph
from simulator.reporting.long_tables import Column, keys_of, long_table
from simulator.study.results import Results

__all__ = ["arm_tables", "arms_of"]

POPULATIONS = {
    Population.RANDOMISED: "randomised",
    Population.TREATED_AS_RANDOMISED: "treated as|randomised",
    Population.AS_TREATED: "as treated",
}


def arms_of(results: Results) -> list[str]:
    """Arms of any variant, in the order of the design; none without."""
    found = (key.arm for key in keys_of(results) if key.metric == "n_randomised")
    return [arm for arm in dict.fromkeys(found) if arm is not None]


def arm_tables(results: Results, events: Sequence[str]) -> Iterator[Block]:
    """None where no variant has either. events: those whose patients are counted."""
    keys, arms = set(keys_of(results)), arms_of(results)
    if Key("n_registered") in keys:
        yield _screening(results)
    if arms:
        yield _sizes(results, arms)
    for number, event in enumerate(events if arms else ()):
        yield _event(results, event, arms, keys, told=number > 0)


def _screening(results: Results) -> Block:
    specs: list[Column] = [
        ("candidates|registered", Key("n_registered"), 1.0),
        ("not|eligible", Key("n_not_eligible"), 1.0),
        ("eligible,|too late", Key("n_too_late"), 1.0),
        ("patients|enrolled", Key("n_enrolled"), 1.0),
    ]
    text = "From registration to entry, as means over trials. Too late: accrual was closed, or held and lost."
    return [Paragraph(text), long_table(results, specs)]


def _sizes(results: Results, arms: Sequence[str]) -> Block:
    """How many were allocated to each arm, refused and received it."""
    specs: list[Column] = [(f"{arm}|randomised", Key("n_randomised", arm=arm), 1.0) for arm in arms]
    specs += [("imbalance|at the end", Key("imbalance"), 1.0)]
    specs += [("imbalance|largest", Key("imbalance", word="largest"), 1.0)]
    specs += [(f"{arm}|refused", Key("n_refused", arm=arm), 1.0) for arm in arms]
    specs += [(f"{arm}|received", Key("n_received", arm=arm), 1.0) for arm in arms]
    specs += [(UNTREATED, Key("n_received", word=UNTREATED), 1.0)]
    text = (
        "Arms, as means over trials. Imbalance: how many patients an arm is off its share of all, at the end "
        "and at its largest on the way; of two equal arms half the difference of their sizes."
    )
    return [Paragraph(text), long_table(results, specs)]


def _event(results: Results, event: str, arms: Sequence[str], keys: set[Key], *, told: bool) -> Block:
    """Patients with an event by arm, and differences of risk, by population. told: what they are was said."""
    found: list[Column] = []
    for population, head in POPULATIONS.items():
        word = None if population is Population.RANDOMISED else population.word
        for metric, factor in (("patients_with", 1.0), ("risk_difference", 100.0)):
            begin = "risk difference, %|" if metric == "risk_difference" else ""
            for arm in arms:
                of = f"{arm}|" if begin == "" or len(arms) > 2 else ""
                found.append((f"{begin}{of}{head}", Key(metric, event=event, arm=arm, word=word), factor))
    specs = [spec for spec in found if spec[1] in keys]
    text = f"Patients with {event} by arm"
    if not told:
        text += (
            ", as means over trials. Risk difference: the share of an arm's patients with it less that of "
            f"{arms[-1]}, over the trials in which both arms have patients."
        )
    if not told and any(key.word for _, key, _ in specs):
        text += (
            " Randomised: by the arm drawn, which randomisation protects; treated as randomised: without "
            "refusers; as treated: by the treatment received."
        )
    return [Paragraph(text), long_table(results, specs)]

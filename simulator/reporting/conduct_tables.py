"""Tables of boards, holds of accrual and amendments: who votes, how long nobody enters, what comes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from simulator.model.metric import Key
from simulator.reporting.blocks import Block, Paragraph
from simulator.reporting.long_tables import Column, keys_of, long_table
from simulator.study.results import Results

__all__ = ["conduct_tables"]


def conduct_tables(results: Results) -> Iterator[Block]:
    """None where no variant has a board, a rule that holds accrual, or an amendment."""
    boards: dict[str, list[str]] = {}
    for key in keys_of(results):
        if key.metric == "p_voted" and key.rule and key.member and not key.other:
            boards.setdefault(key.rule, []).append(key.member)
    for number, (board, members) in enumerate(boards.items()):
        yield _board(results, board, members, told=number > 0)
    if any(key.metric == "n_holds" for key in keys_of(results)):
        yield _holds(results)
    if any(key.metric == "n_before" for key in keys_of(results)):
        yield _amendments(results)


def _board(results: Results, board: str, members: list[str], *, told: bool) -> Block:
    """How often a board fires, and who voted. told: what the columns are was said."""
    fired = Key("p_fired", rule=board)
    specs: list[Column] = [
        ("it fires", fired if fired in keys_of(results) else Key("p_stop", rule=board), 1.0),
        *((name, Key("p_voted", rule=board, member=name), 1.0) for name in members),
        *(
            (f"{one}|with {other}", Key("p_voted", rule=board, member=one, other=other), 1.0)
            for one, other in combinations(members, 2)
        ),
    ]
    text = f"Votes on {board}, in % of trials"
    if not told:
        text += (
            ": it fires, each member had voted for it at the look at which it first did, and each two had. "
            "Several vote in one trial, so that members add up to more than it fires."
        )
    return [Paragraph(text), long_table(results, specs)]


def _amendments(results: Results) -> Block:
    """How often each amendment came into force, and after how many patients."""
    specs: list[Column] = []
    for key in keys_of(results):
        if key.metric == "n_before":
            amendment = str(key.amendment)
            specs.append((f"{amendment}|comes, %", Key("p_amended", amendment=amendment), 100.0))
            specs.append((f"{amendment}|patients before", key, 1.0))
    text = (
        "Amendments: trials in which each came into force, in %, and of these the mean number of patients "
        "who had entered before."
    )
    return [Paragraph(text), long_table(results, specs)]


def _holds(results: Results) -> Block:
    """How often each rule held accrual, for how long, whom that lost, and what happened meanwhile."""
    keys = keys_of(results)
    specs: list[Column] = [
        ("days|on hold", Key("days_on_hold"), 1.0),
        ("candidates|lost", Key("n_lost"), 1.0),
    ]
    for key in keys:
        if key.metric == "n_holds":
            specs.append((f"{key.rule}|holds", key, 1.0))
            specs.append((f"{key.rule}|resumes", Key("n_resumed", rule=key.rule), 1.0))
    specs += [(f"{key.event}|on hold", key, 1.0) for key in keys if key.metric == "n_events_on_hold"]
    text = (
        "Accrual on hold by rules, as means over trials: days on which any rule held it, candidates lost "
        "whenever it was held, how often each rule held it"
    )
    text += ", reviews after which it went on" * any(key.metric == "n_resumed" for key in keys)
    return [Paragraph(f"{text}, and events on days on hold."), long_table(results, specs)]

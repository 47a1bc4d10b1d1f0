"""One file through load, explain, boundaries and a run that is checked whole; what became of it."""

from __future__ import annotations

import json
import random
import re
import signal
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

from simulator.errors import TrialstopError
from simulator.loading.load import load
from simulator.model.scenario import Scenario
from simulator.reporting.explain import explain
from simulator.reporting.rule_sheets import boundaries
from simulator.reporting.tables import render
from simulator.study.run import run
from simulator.visible import visible

__all__ = ["SECONDS", "Outcome", "probe"]

SECONDS = 5  # of the processor, after which it hangs
WAITED = 60  # seconds by the clock, for what waits without working
TRIALS = 5
# Python's notation, in messages for people.
PYTHONS = re.compile(r"\bNone\b|\bTrue\b|\bFalse\b|[\[{(]'|', '|<class|object at 0x|\bPosixPath\b")


class _Hangs(BaseException):  # passes every `except Exception`
    pass


@dataclass(frozen=True, slots=True)
class Outcome:
    """kind: `refused`, `plays`, or what is wrong: `traceback`, `hangs`, `not finite`, `poor words`, `unseen
    characters`; where, and the text.
    """

    kind: str
    where: str = ""
    text: str = ""

    @property
    def bad(self) -> bool:
        """Whether a user would be let down."""
        return self.kind not in {"refused", "refused to play", "plays"}


def probe(path: Path, number: int, sets: tuple[str, ...] = ()) -> Outcome:
    """What becomes of a file; `number` picks the one variant and truth that are gone through."""
    where, shown = "load", ""
    try:
        with _limited(), warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                scenario = _one_cell(load(path, sets), number)
            except TrialstopError as error:
                return _refused(error, "refused", where)
            where = "explain"
            shown += explain(scenario)
            where = "boundaries"
            for sheet in boundaries(scenario):
                shown += str(sheet)
            where = "run"
            results = run(scenario, trials=TRIALS, seed=number, jobs=1, self_check=None)
            if strange := [str(key) for key, e in results.cells[0].metrics.items() if not _finite(e)]:
                return Outcome("not finite", where, ", ".join(strange))
            where = "table"
            shown += render(results)
            shown += json.dumps(results.as_json(), ensure_ascii=False, allow_nan=False)
    except TrialstopError as error:
        return _refused(error, "refused to play", where)
    except _Hangs:
        return Outcome("hangs", where, traceback.format_exc(limit=-4))
    except Exception:
        return Outcome("traceback", where, traceback.format_exc())
    return Outcome("unseen characters", where, ascii(shown)) if shown != visible(shown) else Outcome("plays")


def _refused(error: TrialstopError, kind: str, where: str) -> Outcome:
    """Refused, in words that a person may read."""
    text = str(error)
    if text != visible(text):
        return Outcome("unseen characters", where, ascii(text))
    ours = re.sub(r"that is not YAML \(.*\)", "", text)  # what the reader of YAML says is its own
    return Outcome("poor words" if PYTHONS.search(ours) else kind, where, text)


def _finite(estimate: object) -> bool:
    values = [getattr(estimate, name) for name in ("value", "exact", "low", "high", "sd")]
    return all(value is None or isfinite(value) for value in values)


def _one_cell(scenario: Scenario, number: int) -> Scenario:
    rng = random.Random(number)
    variant, truth = rng.choice(list(scenario.designs)), rng.choice(list(scenario.truths))
    return replace(
        scenario,
        designs={variant: scenario.designs[variant]},
        truths={truth: scenario.truths[truth]},
        benchmark=variant,
    )


@contextmanager
def _limited() -> Iterator[None]:
    def late(*_: object) -> None:
        raise _Hangs

    timers = {signal.SIGPROF: (signal.ITIMER_PROF, SECONDS), signal.SIGALRM: (signal.ITIMER_REAL, WAITED)}
    before = {number: signal.signal(number, late) for number in timers}
    try:
        for timer, seconds in timers.values():
            signal.setitimer(timer, seconds)
        yield
    finally:
        for timer, _ in timers.values():
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)

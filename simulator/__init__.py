"""trialstop: how often would this trial design stop early, when, through which rule, at what cost?

    from simulator import load, run, table
    print(table(run(load("scenarios/leni.yaml"), trials=1_000, seed=1)))

The public names are fetched on use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.loading.load import load
    from simulator.model.scenario import Scenario
    from simulator.reporting.figures import draw_all as draw
    from simulator.reporting.figures import figures
    from simulator.reporting.narrative import trace
    from simulator.reporting.tables import render as table
    from simulator.study.results import Results
    from simulator.study.run import run

__all__ = ["Results", "Scenario", "draw", "figures", "load", "run", "table", "trace"]

_PUBLIC = {
    "load": "simulator.loading.load:load",
    "run": "simulator.study.run:run",
    "trace": "simulator.reporting.narrative:trace",
    "table": "simulator.reporting.tables:render",
    "draw": "simulator.reporting.figures:draw_all",
    "figures": "simulator.reporting.figures:figures",
    "Scenario": "simulator.model.scenario:Scenario",
    "Results": "simulator.study.results:Results",
}


def __getattr__(name: str) -> object:
    """A public name, imported when it is first asked for."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}; it has: {', '.join(_PUBLIC)}")
    module, _, attribute = _PUBLIC[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """Public names."""
    return sorted(__all__)

"""trialstop: how often would this trial design stop early, when, through which rule, at what cost?

    import simulator
    print(simulator.table(simulator.run("scenarios/leni.yaml", trials=1_000, seed=1)))

Where a scenario is wanted, a path does. The public names are fetched on use, so that importing the package
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.errors import ScenarioError, TrialstopError
    from simulator.loading.alone import rule_alone
    from simulator.loading.load import check, load
    from simulator.loading.schema import schema
    from simulator.model.scenario import Scenario
    from simulator.reporting.boards import BoardSheet
    from simulator.reporting.bound import BoundResult, bound
    from simulator.reporting.calibrate import Calibration, calibrate
    from simulator.reporting.compare import Comparison, compare
    from simulator.reporting.comparing import ComparingSheet, comparing_rule
    from simulator.reporting.decision_tables import decision_sheets
    from simulator.reporting.document.report import Report, report
    from simulator.reporting.explain import explain
    from simulator.reporting.figures import draw_all as draw
    from simulator.reporting.figures import figures
    from simulator.reporting.narrative import trace
    from simulator.reporting.next_dose import next_dose
    from simulator.reporting.rule_sheets import boundaries
    from simulator.reporting.sensitivity import SensitivityResult, sensitivity
    from simulator.reporting.sweep import SolveResult, SweepResult, solve, sweep
    from simulator.reporting.tables import render as table
    from simulator.reporting.together import rules_together
    from simulator.reporting.tornado import TornadoResult, tornado
    from simulator.study.results import Results
    from simulator.study.run import run
    from simulator.study.settings import Settings
    from simulator.study.verify import verify
    from simulator.what_ifs.weights.asked import Weighing

__all__ = [
    "BoardSheet",
    "BoundResult",
    "Calibration",
    "ComparingSheet",
    "Comparison",
    "Report",
    "Results",
    "Scenario",
    "ScenarioError",
    "SensitivityResult",
    "Settings",
    "SolveResult",
    "SweepResult",
    "TornadoResult",
    "TrialstopError",
    "Weighing",
    "bound",
    "boundaries",
    "calibrate",
    "check",
    "compare",
    "comparing_rule",
    "decision_sheets",
    "draw",
    "explain",
    "figures",
    "load",
    "next_dose",
    "report",
    "rule_alone",
    "rules_together",
    "run",
    "schema",
    "sensitivity",
    "solve",
    "sweep",
    "table",
    "tornado",
    "trace",
    "verify",
]

_PUBLIC = {
    "load": "simulator.loading.load:load",
    "check": "simulator.loading.load:check",
    "schema": "simulator.loading.schema:schema",
    "report": "simulator.reporting.document.report:report",
    "Report": "simulator.reporting.document.report:Report",
    "explain": "simulator.reporting.explain:explain",
    "boundaries": "simulator.reporting.rule_sheets:boundaries",
    "rule_alone": "simulator.loading.alone:rule_alone",
    "comparing_rule": "simulator.reporting.comparing:comparing_rule",
    "rules_together": "simulator.reporting.together:rules_together",
    "decision_sheets": "simulator.reporting.decision_tables:decision_sheets",
    "next_dose": "simulator.reporting.next_dose:next_dose",
    "run": "simulator.study.run:run",
    "compare": "simulator.reporting.compare:compare",
    "sweep": "simulator.reporting.sweep:sweep",
    "solve": "simulator.reporting.sweep:solve",
    "calibrate": "simulator.reporting.calibrate:calibrate",
    "tornado": "simulator.reporting.tornado:tornado",
    "sensitivity": "simulator.reporting.sensitivity:sensitivity",
    "bound": "simulator.reporting.bound:bound",
    "verify": "simulator.study.verify:verify",
    "trace": "simulator.reporting.narrative:trace",
    "table": "simulator.reporting.tables:render",
    "draw": "simulator.reporting.figures:draw_all",
    "figures": "simulator.reporting.figures:figures",
    "Scenario": "simulator.model.scenario:Scenario",
    "BoardSheet": "simulator.reporting.boards:BoardSheet",
    "BoundResult": "simulator.reporting.bound:BoundResult",
    "Calibration": "simulator.reporting.calibrate:Calibration",
    "ComparingSheet": "simulator.reporting.comparing:ComparingSheet",
    "Comparison": "simulator.reporting.compare:Comparison",
    "SweepResult": "simulator.reporting.sweep:SweepResult",
    "SolveResult": "simulator.reporting.sweep:SolveResult",
    "SensitivityResult": "simulator.reporting.sensitivity:SensitivityResult",
    "TornadoResult": "simulator.reporting.tornado:TornadoResult",
    "Settings": "simulator.study.settings:Settings",
    "Results": "simulator.study.results:Results",
    "ScenarioError": "simulator.errors:ScenarioError",
    "TrialstopError": "simulator.errors:TrialstopError",
    "Weighing": "simulator.what_ifs.weights.asked:Weighing",
}


if not TYPE_CHECKING:  # a checker knows the names above, and no others

    def __getattr__(name: str) -> object:
        """A public name, imported when it is first asked for."""
        if name not in _PUBLIC:
            raise AttributeError(
                f"module 'simulator' has no attribute {name!r}; it has: {', '.join(_PUBLIC)}"
            )
        module, _, attribute = _PUBLIC[name].partition(":")
        return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """Public names."""
    return sorted(__all__)

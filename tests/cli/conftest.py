"""A small scenario and a way to call the command as a user does."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simulator.cli.main import cli

SMALL = """\
trialstop: 1
title: A small scenario
question: Does the command work?
references: {paper: Somebody 2020}

design:
  accrual: {until: 6 treated}
  drugs: {drug: [low, high]}
  phases:
    treatment:
      lasts: 3 months
      gives: {drug: low}
      steps: [{after: 1 month, set: {drug: high}}]
      next: follow_up
    follow_up: {lasts: 3 months, gives: {}}
  events:
    clot: {marks: [arm, leg], when_detected: [{stop_drug: drug}]}
    rash: {}
  monitoring:
    clots:
      counts: {event: clot}
      scope: {phases: [treatment]}
      rule: {kind: at_least, count: 2}
      then: [close_accrual, {stop_drug: drug}]

variants:
  narrow: {}
  wide: {design.monitoring.clots.scope: {}}

truths:
  good:
    acceptable: true
    accrual: 1 per month
    events:
      clot: {components: {on: {while_on: drug, hazard: 0.2 per year}}, marks: {arm: 0.5, leg: 0.5}}
      rash: {probability: 50% in 1 month}
    delays: {clot: {report: 5 days}}
  bad:
    extends: good
    acceptable: false
    events:
      clot: {components: {on: {while_on: drug, hazard: 3 per year}}}

provenance:
  design: paper
  truths: paper
  truths.good.accrual: "assumption (0.5 to 2 per month): a guess"
"""

Call = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with small.yaml in it."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call(folder: Path) -> Call:
    """Run the command in that folder; stdout and stderr apart."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, prog_name="trialstop")

    return run

"""Evidence: exact. Rules, hazards and designs of another installed distribution, as a user meets them.

A tiny package is installed by hand, a module and a dist-info folder, and the command is run beside it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import bibliography, plugins
from simulator.loading.load import load
from tests.helpers import LENI, ROOT

MODULE = """
from dataclasses import dataclass
from math import expm1, log
from typing import ClassVar

from simulator.contracts import HazardFamily, Rule
from simulator.dose_finding import _skeleton as design
from simulator.model.base import Strict
from simulator.rules import _skeleton as rule
from simulator.truths.tabulate import hazard_table
from simulator.units import Days, Hazard, format_days, format_hazard


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(rule.Skeleton):
    kind: ClassVar[str] = "acme_share"
    sources: ClassVar[tuple[str, ...]] = ("Acme report 12, 2024",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Up(design.Skeleton):
    kind: ClassVar[str] = "acme_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers(Strict):
    initial: Hazard
    doubling: Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Gompertz(Strict, HazardFamily):
    needs_clock: ClassVar[bool] = True

    acme_gompertz: Numbers

    def cumulative(self, age, *, clocked):
        rate = log(2.0) / self.acme_gompertz.doubling
        return self.acme_gompertz.initial / rate * expm1(rate * age)

    def lower(self, *, clocked):
        last = 20.0 * self.acme_gompertz.doubling
        return hazard_table(lambda age: self.cumulative(age, clocked=clocked), last)

    def describe(self, *, clocked):
        own = self.acme_gompertz
        return f"hazard {format_hazard(own.initial)}, doubling in {format_days(own.doubling)}"
"""
POINTS = """
[trialstop.rules]
acme_share = acme:Share

[trialstop.hazards]
acme_gompertz = acme:Gompertz

[trialstop.dose_finding]
acme_up = acme:Up
"""
SCENARIO = """\
trialstop: 1
title: What Acme keeps to itself
design:
  accrual: {until: 9 treated}
  drugs: {drug: [low, high]}
  phases: {treatment: {lasts: 28 days, gives: {drug: assigned}}}
  events: {dlt: {window: 28 days}}
  dose_finding: {kind: acme_up, limit: 40%}
  monitoring:
    safety: {counts: {event: dlt}, rule: {kind: acme_share, share: 50%}, then: [end_trial]}
truths:
  truth:
    accrual: every 3 months
    events: {dlt: {clock: enrolment, acme_gompertz: {initial: 1 per year, doubling: 14 days}}}
"""


def install(folder: Path, name: str, version: str, points: str, **modules: str) -> None:
    """A distribution as an installer leaves it: its modules, and what it says of itself."""
    folder.mkdir(exist_ok=True)
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (about / "entry_points.txt").write_text(points)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages with acme-trials in it."""
    install(tmp_path / "site", "acme-trials", "1.2", POINTS, acme=MODULE)
    return tmp_path / "site"


def python(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the folder of `site` with its packages."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=site.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def trialstop(site: Path, *arguments: str, scenario: str = SCENARIO) -> subprocess.CompletedProcess[str]:
    """Run the command on a scenario."""
    command, *options = arguments
    (site.parent / "s.yaml").write_text(scenario, encoding="utf-8")
    return python(site, "-m", "simulator", command, "s.yaml", *options)


def refused(site: Path, scenario: str = SCENARIO) -> str:
    """What `check` says where it refuses: exit code 2 and one message."""
    found = trialstop(site, "check", scenario=scenario)
    assert (found.returncode, found.stdout) == (2, ""), found.stderr
    assert "Traceback" not in found.stderr
    return found.stderr


def test_a_scenario_names_what_another_distribution_brings(site: Path) -> None:
    assert trialstop(site, "check").returncode == 0
    told = trialstop(site, "explain").stdout
    assert "stop iff x / n >= 50% and n >= 1" in told
    assert "Acme report 12, 2024" in told
    assert "hazard 1 per year, doubling in 14 days" in told


def test_a_run_says_what_it_was_made_with(site: Path) -> None:
    played = trialstop(site, "run", "--trials", "40", "--engine", "simpy", "--jobs", "2", "--out", "out")
    assert played.returncode == 0, played.stderr
    assert "acme-trials 1.2" in " ".join((site.parent / "out" / "table.txt").read_text().split())
    for name, where in (("results", "run"), ("manifest", None)):
        data = json.loads((site.parent / "out" / f"{name}.json").read_text())
        assert (data[where] if where else data)["versions"]["acme-trials"] == "1.2"


def test_only_a_scenario_that_uses_it_names_it(site: Path) -> None:
    """Also after one that does, in the same process."""
    (site.parent / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    code = (
        "from simulator import load; from simulator.study.run import versions\n"
        f"print([versions(load(path)).get('acme-trials') for path in ('s.yaml', {str(LENI)!r}, 's.yaml')])"
    )
    found = python(site, "-c", code)
    assert found.stdout.strip() == "['1.2', None, '1.2']", found.stderr


def test_nothing_is_looked_for_while_what_is_built_in_suffices(site: Path) -> None:
    code = (
        "import sys; from simulator import load, plugins\n"
        f"load({str(LENI)!r}); print('acme' in sys.modules, plugins._found.cache_info().currsize)"
    )
    assert python(site, "-c", code).stdout.strip() == "False 0"


def test_only_what_is_named_is_imported(site: Path) -> None:
    """What is broken and not used stands in nobody's way."""
    install(site, "broken", "3", "[trialstop.rules]\nbroken = nowhere:Rule\n")
    assert trialstop(site, "check").returncode == 0


def test_a_misspelt_kind_meets_private_ones_too(site: Path) -> None:
    said = refused(site, SCENARIO.replace("kind: acme_share", "kind: acme_shre"))
    assert "did you mean acme_share?" in said
    assert "at_least, at_most, beta_binomial" in said
    said = refused(site, SCENARIO.replace("acme_gompertz:", "acme_gompert:"))
    assert "did you mean acme_gompertz?" in said
    said = refused(site, SCENARIO.replace("kind: acme_up", "kind: acme_upp"))
    assert "did you mean acme_up?" in said


def test_a_mistake_inside_a_private_rule_has_its_place(site: Path) -> None:
    said = refused(site, SCENARIO.replace("share: 50%", "share: 150%"))
    assert said.startswith("s.yaml:10  design.monitoring.safety.rule.share: found ")


@pytest.mark.parametrize(
    ("points", "module", "why"),
    [
        ("acme_share = nowhere:Share", "", "ModuleNotFoundError: No module named 'nowhere'"),
        ("acme_share = other:Nothing", "", "ValueError: registry entry 'other:Nothing': other has no class"),
        ("acme_share = other:Share", "1 / 0", "ZeroDivisionError: division by zero"),
        ("acme_share = other:Share", "class Share: kind = 'acme_share'", "Share does not subclass simul"),
        ("acme_share = acme:Up", "", "Up does not subclass simulator.contracts.Rule"),
        (
            "acme_share = other:Share",
            "from acme import Rule\nclass Share(Rule): kind = 'acme_share'",
            "Share has no sources, endpoints, assess, formula, lower (simulator.contracts.Rule)",
        ),
        ("acme_other = acme:Share", "", "Share has no kind of the entry point's name"),
    ],
)
def test_a_broken_one_is_named_with_its_distribution(
    tmp_path: Path, points: str, module: str, why: str
) -> None:
    site, name = tmp_path / "site", points.partition(" = ")[0]
    install(site, "acme-trials", "1.2", f"[trialstop.rules]\n{points}\n", acme=MODULE, other=module)
    plain = SCENARIO.replace("acme_up, limit: 40%", "three_plus_three")
    said = refused(site, plain.replace("kind: acme_share", f"kind: {name}"))
    where = f"(acme-trials 1.2, entry point {points} in trialstop.rules)"
    assert said.startswith(f"the rule `{name}` {where} cannot be used: {why}"), said
    assert said.count("\n") == 1


def test_fields_that_cannot_be_read_are_said_so(tmp_path: Path) -> None:
    text = MODULE.replace(
        '    kind: ClassVar[str] = "acme_share"', '    kind: ClassVar[str] = "acme_share"\n    of: memoryview'
    )
    install(tmp_path / "site", "acme-trials", "1.2", POINTS, acme=text)
    said = refused(tmp_path / "site")
    assert said.startswith("the rule `acme_share` (acme-trials 1.2, ")
    assert "memoryview" in said


def test_the_name_of_a_built_in_one_is_refused(site: Path) -> None:
    install(site, "other", "2", "[trialstop.rules]\nat_least = acme:Share\n")
    said = refused(site)
    assert said.startswith(
        "the rule `at_least` (other 2, entry point at_least = acme:Share in trialstop.rules)"
    )
    assert "a built-in one has this name" in said


def test_a_name_that_two_distributions_bring_is_refused(site: Path) -> None:
    install(site, "other", "2", "[trialstop.hazards]\nacme_gompertz = acme:Gompertz\n")
    said = refused(site)
    assert "other 2" in said
    assert "acme-trials 1.2" in said
    assert "has this name too" in said


def test_nothing_else_can_be_brought() -> None:
    """Delays are ours alone; what is unknown stays unknown."""
    assert set(plugins.GROUPS) == {"rule", "family", "design"}
    assert plugins.others("delay") == []
    assert not plugins.admit("delay", "fixed", type)
    assert plugins.versions_of(load(LENI)) == {}


def test_a_source_in_words_stands_for_itself() -> None:
    assert bibliography.cite("Acme report 12, 2024") == "Acme report 12, 2024"
    with pytest.raises(ValueError, match="no source 'acme2024'"):
        bibliography.cite("acme2024")

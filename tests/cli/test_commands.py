"""What every command promises: help, documentation, exit codes, and a light start."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from simulator.cli.main import COMMANDS, cli

from .conftest import SMALL, Call

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "scipy", "simpy", "matplotlib", "pandas", "pyarrow", "rich")


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(call: Call, name: str) -> None:
    found = call(name, "--help")
    assert found.exit_code == 0
    assert f"trialstop {name}" in found.stdout
    command = dict(commands())[name]
    assert command.help and command.short_help
    for option in command.params:
        assert isinstance(option, click.Argument) or option.help, option.name  # type: ignore[attr-defined]


def test_docs_mention_every_command_and_option() -> None:
    docs = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for name, command in commands():
        assert f"trialstop {name}" in docs
        section = docs.split(f"## trialstop {name}\n")[1].split("\n## ")[0]
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.opts[0] in section, f"{name} {option.opts[0]}"


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("run",),
        ("run", "small.yaml", "--trials", "0"),
        ("run", "small.yaml", "--variant", "nobody"),
        ("run", "missing.yaml"),
        ("check", "missing.yaml"),
        ("check", "small.yaml", "--set", "design.nothing=1"),
        ("explain", "small.yaml", "--truth", "nobody"),
        ("boundaries", "small.yaml", "--rate", "often"),
        ("trace", "small.yaml", "--trial", "1"),
        ("trace", "small.yaml", "--trial", "1", "--truth", "bad", "--variant", "wide", "--out", "plot.pdf"),
    ],
)
def test_mistakes_are_said_and_exit_with_2(call: Call, arguments: tuple[str, ...]) -> None:
    found = call(*arguments)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert found.stderr.strip() and "Traceback" not in found.stderr


def test_check_counts_what_is_there(call: Call) -> None:
    found = call("check", "small.yaml")
    assert found.exit_code == 0
    assert found.stdout.endswith(
        "small.yaml: no errors; 2 variants, 2 truths, 2 sourced values, 1 assumption\n"
    )


def test_check_says_every_problem_of_every_file(call: Call, folder: Path) -> None:
    (folder / "bad.yaml").write_text(SMALL.replace("3 months", "3 moons"), encoding="utf-8")
    found = call("check", "bad.yaml", "small.yaml")
    assert found.exit_code == 2
    assert found.stderr.count("3 moons") == 2
    assert "small.yaml: no errors" in found.stdout


def test_trace_lists_what_can_be_named(call: Call) -> None:
    assert "narrow, wide" in call("trace", "small.yaml", "--trial", "0", "--truth", "bad").stderr


def test_explain_says_rules_risks_and_assumptions(call: Call) -> None:
    text = call("explain", "small.yaml").stdout
    for part in (
        "stop iff x >= 2",
        "n 2-6: 2 or more",
        "Goldman (1987)",
        "VARIANT wide",
        "follow_up",
        "a guess",
    ):
        assert part in text
    assert "4.877%" in text  # 1 - exp(-0.2 x 3 / 12)
    only_bad = call("explain", "small.yaml", "--variant", "wide", "--truth", "bad").stdout
    assert "TRUTH good" not in only_bad and "VARIANT" not in only_bad


def test_boundaries_print_a_shared_rule_once(call: Call) -> None:
    text = call("boundaries", "small.yaml").stdout
    assert text.count("Goldman (1987)") == 1
    assert "narrow, wide" in text and "2-6" in text


def test_boundaries_show_posteriors_on_both_sides(call: Call) -> None:
    rule = (
        "design.monitoring.clots.rule={kind: beta_binomial, prior: {events: 1, others: 1}, "
        "rate: more than 20%, certainty: more than 90%}"
    )
    found = call("boundaries", "small.yaml", "--set", rule)
    assert found.exit_code == 0, found.stderr
    rows = [line.split() for line in found.stdout.splitlines() if "or more" in line]
    assert rows and all(float(row[4]) > 0.9 >= float(row[-1]) for row in rows)


def light(arguments: list[str], folder: Path) -> set[str]:
    """Modules loaded by a command, as seen at its end."""
    code = (
        "import sys, json, atexit\n"
        "atexit.register(lambda: sys.stderr.write(json.dumps(sorted(sys.modules))))\n"
        "from simulator.cli.main import main\n"
        f"main({arguments!r})\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env=_environment(),
    )
    return set(json.loads(found.stderr[found.stderr.index("[") :]))


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("arguments", [["--help"], ["check", "small.yaml"], ["new", "other"]])
def test_help_and_check_start_without_heavy_packages(arguments: list[str], folder: Path) -> None:
    loaded = light(arguments, folder)
    assert not [name for name in HEAVY if name in loaded]

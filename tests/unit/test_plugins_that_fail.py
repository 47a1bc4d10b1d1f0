"""Evidence: exact. What another distribution's class raises when asked is one line that names the plug-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_plugins import MODULE, POINTS, install, trialstop

FAILS = '    def {}(self, *args, **kwargs):\n        raise ValueError("no such\\n dose")\n'
RULE = '    kind: ClassVar[str] = "acme_share"\n'
DESIGN = '    kind: ClassVar[str] = "acme_up"\n'
HAZARD = 'doubling in {format_days(own.doubling)}"\n'  # its last line: of two methods the later one holds
RUN = ("run", "--trials", "10", "--engine", "simpy", "--out", "out")
PLACE = "s.yaml:10  design.monitoring.safety.rule: "


@pytest.mark.parametrize(
    ("after", "method", "command", "place"),
    [
        (RULE, "lower", ("check",), PLACE),
        (RULE, "lower", RUN, PLACE),
        (RULE, "formula", ("explain",), ""),
        (RULE, "assess", ("trace", "--trial", "0"), ""),
        (RULE, "used_endpoints", ("check",), ""),
        (HAZARD, "lower", RUN, ""),
        (HAZARD, "describe", ("explain",), ""),
        (DESIGN, "describe", ("explain",), ""),
        (DESIGN, "decide", RUN, ""),
    ],
)
def test_a_class_that_raises_is_named_with_its_distribution(
    tmp_path: Path, after: str, method: str, command: tuple[str, ...], place: str
) -> None:
    fails = ("    @property\n" if method == "used_endpoints" else "") + FAILS.format(method)
    module = MODULE.replace(after, f"{after}\n{fails}\n")
    install(tmp_path / "site", "acme-trials", "1.2", POINTS, acme=module)
    found = trialstop(tmp_path / "site", *command)
    assert found.returncode == 2, found.stderr
    assert "Traceback" not in found.stderr
    said = found.stderr.strip().splitlines()[-1]
    names = {RULE: "the rule `acme_share`", HAZARD: "the hazard `acme_gompertz`"}
    assert said.startswith(
        f"{place}{names.get(after, 'the dose-finding design `acme_up`')} (acme-trials 1.2, "
    )
    assert said.endswith(f" cannot be used: {method}: ValueError: no such dose")
    assert not (tmp_path / "out").exists()


def test_a_design_that_wants_a_cohort_of_nobody_is_named(tmp_path: Path) -> None:
    """Nothing would ever open a place, and a trial would go on for ever."""
    nobody = """
    def decide(self, counts):
        from dataclasses import replace

        return replace(design.Skeleton.decide(self, counts), patients=0 * counts.current)
"""
    module = MODULE.replace(DESIGN, f"{DESIGN}{nobody}\n")
    install(tmp_path / "site", "acme-trials", "1.2", POINTS, acme=module)
    found = trialstop(tmp_path / "site", *RUN)
    assert found.returncode == 2, found.stderr
    said = found.stderr.strip().splitlines()[-1]
    assert said.startswith(
        "the dose-finding design `acme_up` cannot be used: with DLTs in 0 of 3, 0 of 0 by dose"
    )
    assert "says dose 1, patients 0, selected -1, reason 0; allowed are a dose of the ladder" in said

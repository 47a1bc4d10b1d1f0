"""Plug-ins are asked by the methods of their base class, never whether they happen to have something."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROBED = re.compile(r"\b(?:getattr|hasattr)\((?:getattr\()?(?:\w+\.)*(?:rule|family|method|delay)\b")
LOWERED = re.compile(r"\bisinstance\([^()]*, (?:Boundary|RuleTable|HazardTable|DelayTable)\b")


def test_nobody_probes_a_plug_in_or_a_lowered_form() -> None:
    files = list((ROOT / "simulator").rglob("*.py"))
    assert files
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if PROBED.search(line) or LOWERED.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_pattern_finds_what_it_is_for() -> None:
    for line in (
        'getattr(monitor.rule, "posterior", None)',
        'getattr(getattr(part.family, "onset", None), "at", None)',
        'hasattr(rule, "posterior")',
    ):
        assert PROBED.search(line)
    assert LOWERED.search("if isinstance(boundary, Boundary):")

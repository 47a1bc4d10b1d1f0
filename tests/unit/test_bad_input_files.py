"""Files that are no scenario, and --set: one line that says what it is and what to do."""

from __future__ import annotations

from itertools import pairwise

import pytest

from simulator.errors import ScenarioError, TrialstopError
from simulator.loading import nodes
from simulator.loading.load import load
from tests.unit.test_bad_input import LENI, problems_of

RULE = "design.monitoring.thrombosis_rule"


def refused(path, sets=()):
    with pytest.raises(TrialstopError) as caught:
        load(path, sets)
    return str(caught.value)


def test_a_directory_and_a_missing_file(tmp_path):
    assert refused(tmp_path) == f"{tmp_path}: a directory; name a scenario file inside it"
    assert refused(tmp_path / "no.yaml") == f"{tmp_path / 'no.yaml'}: no such file"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("scenarios/lenni.yaml", "scenarios/leni.yaml"),
        ("scenario/leni.yaml", "scenarios/leni.yaml"),
        ("leni.yaml", "scenarios/leni.yaml"),
        ("scenarios/leni", "scenarios/leni.yaml"),
        ("scenarios/quite_another.yaml", ""),
        ("no/such/folder.yaml", ""),
    ],
)
def test_a_missing_file_that_is_nearly_there_is_asked_for(asked, meant, tmp_path, monkeypatch):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/leni.yaml").write_text("")
    monkeypatch.chdir(tmp_path)
    hint = f"\n    hint: did you mean {meant}?" if meant else ""
    assert refused(asked) == f"{asked}: no such file{hint}"
    full = f"\n    hint: did you mean {tmp_path / meant}?" if meant else ""
    assert refused(tmp_path / asked) == f"{tmp_path / asked}: no such file{full}"


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    def locked(path, mode):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(nodes, "open", locked, raising=False)
    path = tmp_path / "locked.yaml"
    assert refused(path) == f"{path}: cannot be read (Permission denied)"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "found an empty file, allowed a scenario, beginning with trialstop: 1"),
        (b"# nothing yet\n", "found an empty file, allowed a scenario, beginning with trialstop: 1"),
        (b"PK\x03\x04\x14\x00\xff", "found byte 0xff, which is not UTF-8, allowed text in UTF-8"),
        (
            b"trialstop: 1\n\x00\x00",
            "found text that is not YAML (special characters are not allowed: \\x00)",
        ),
        (b"just a word\n", 'found a single value "just a word" as the whole file'),
        (b"- a\n- list\n", "found a list as the whole file"),
        (b"trialstop: 1\ntitle: [\n", "found text that is not YAML"),
    ],
)
def test_a_file_that_is_no_scenario(data, found, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_bytes(data)
    assert found in refused(path)
    assert refused(path).endswith("1 error, 0 warnings")


def test_an_alias_bomb_is_not_expanded(tmp_path):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    names = pairwise("abcdefghi")
    lines += [f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}]" for a, b in names]
    found = problems_of("\n".join(lines) + "\n", tmp_path)
    assert (found[0].line, found[0].found) == (1, "the anchor &a")
    assert (found[1].line, found[1].found) == (2, "the anchor &b")
    assert found[2].hint == "repeat the value here"


SETS = [
    ("design.accrual.until", "found design.accrual.until, allowed PATH=VALUE",
     "such as --set design.accrual.until='30 treated'"),
    ("=3", "found =3, allowed PATH=VALUE", "such as --set"),
    ("design.accrual.until=", "design.accrual.until: found no value, allowed a value",
     "null removes what is there"),
    ("design.accrul.until=30 treated",
     "design.accrul.until: found no accrul in design, allowed what is there: accrual",
     "did you mean accrual?"),
    ("design.accrual.until=30", "design.accrual.until: found 30, allowed", "did you mean 30 treated?"),
    ("design.accrual.until=[30", "design.accrual.until: found text that is not YAML", ""),
    ("design.phases.wash out.lasts=1 day", "allowed PATH=VALUE",
     'did you mean design.phases."wash out".lasts?'),
    ("truths.planned.accrual=fast", "truths.planned.accrual: found fast, allowed `0.5 per month`", ""),
    (f"{RULE}.rule.cuont=3", f"{RULE}.rule.cuont: found the key `cuont`, allowed one of kind",
     "did you mean count?"),
    (f"{RULE}.scope.phases=[washout]", f"{RULE}.scope.phases[0]: found the phase washout, allowed one of",
     ""),
    ('variants.plus_30_days."design.monitoring.thrombosis_rule.scope".or_within.days=x',
     f"{RULE}.scope.or_within.days (variant plus_30_days): found x, allowed a whole number", ""),
]  # fmt: skip


@pytest.mark.parametrize(("assignment", "found", "hint"), SETS)
def test_a_bad_assignment_is_reported_at_the_option(assignment, found, hint):
    with pytest.raises(ScenarioError) as caught:
        load(LENI, [assignment])
    (problem,) = caught.value.problems
    assert problem.text().startswith("--set  ")
    assert found in problem.text()
    assert hint in problem.hint


def test_every_bad_assignment_is_reported():
    with pytest.raises(ScenarioError) as caught:
        load(LENI, ["foo", "design.phases.x.y=1 day", "truths.planned.accrual=5", "title=Another title"])
    assert [problem.path for problem in caught.value.problems] == [
        "",
        "design.phases.x.y",
        "truths.planned.accrual",
    ]


def test_an_assignment_may_bring_a_warning():
    (warning,) = load(LENI, [f"{RULE}.rule.count=30"]).warnings
    assert warning.text().startswith(f"--set  warning: {RULE}.rule.count: found 30 patients, above the cap")


def test_a_rule_for_few_events_can_fire_whatever_its_count():
    rule = f"{RULE}.rule={{kind: at_most, count: 30, minimum_n: 5}}"
    assert not [w for w in load(LENI, [rule]).warnings if "can never fire" in w.text()]


def test_what_an_assignment_removes_needs_no_source():
    scenario = load(LENI, ["design.phases.combination.steps=null", "truths.cll_like=null"])
    paths = [entry.path for entry in scenario.provenance]
    assert "truths.planned.accrual" in paths
    assert not any(path.startswith("truths.cll_like") for path in paths)

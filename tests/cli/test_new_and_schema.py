"""`new` writes a scenario that works as it is and spoils nothing; `schema` prints what Python gives."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

import simulator
from simulator.cli.main import cli
from simulator.cli.new import FOLDER, TEMPLATES

from .conftest import Call


def test_every_template_is_offered() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(TEMPLATES)


@pytest.mark.parametrize("like", TEMPLATES)
def test_a_new_scenario_is_checked_explained_and_played(call: Call, folder: Path, like: str) -> None:
    made = call("new", "first_try", "--like", like)
    assert made.exit_code == 0, made.stderr
    assert made.stdout.startswith(f"first_try.yaml: written, like {like}; ")
    assert "next: trialstop check first_try.yaml" in made.stdout
    text = (folder / "first_try.yaml").read_text(encoding="utf-8")
    assert 'title: "first_try: ' in text and "my_trial" not in text
    assert simulator.check("first_try.yaml") == []
    scenario = simulator.load("first_try.yaml")
    assert scenario.provenance == scenario.assumptions
    assert len(scenario.designs) > 1 and len(scenario.truths) > 1
    told = call("explain", "first_try.yaml")
    assert told.exit_code == 0 and "first_try: " in told.stdout
    played = call("run", "first_try.yaml", "--trials", "20", "--engine", "simpy", "--no-figures")
    assert played.exit_code == 0, played.stderr
    assert all(truth in played.stdout for truth in scenario.truths)


def test_commands_that_a_template_names_work(call: Call, folder: Path) -> None:
    for like in TEMPLATES:
        assert call("new", like, "--like", like).exit_code == 0
        lines = (folder / f"{like}.yaml").read_text(encoding="utf-8").splitlines()
        commands = [
            line.split("#   trialstop ")[1].split("  ")[0].split() for line in lines if "#   tr" in line
        ]
        assert len(commands) >= 3
        for name, *arguments in commands:
            if name != "run":
                found = call(name, *arguments)
                assert found.exit_code == 0, found.stderr


@pytest.mark.parametrize("name", ["small", "small.yaml"])
def test_a_file_that_is_there_is_left_as_it_is(call: Call, folder: Path, name: str) -> None:
    before = (folder / "small.yaml").read_bytes()
    found = call("new", name)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith("small.yaml: is there already, and was left as it is\n    hint: ")
    assert (folder / "small.yaml").read_bytes() == before


def test_a_link_that_leads_nowhere_is_there_too(call: Call, folder: Path) -> None:
    (folder / "link.yaml").symlink_to("elsewhere.yaml")
    assert call("new", "link").exit_code == 2
    assert not (folder / "elsewhere.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("x", "--like", "phase"),
            "trialstop new --like: found phase, allowed one of k_of_n, three_plus_three, two_endpoints, "
            "phases, two_arms, board\n    hint: did you mean phases?",
        ),
        (("x", "--like", "crm"), "trialstop new --like: found crm, allowed one of k_of_n, "),
        (("a/b",), "trialstop new NAME: found a/b, allowed a name of letters, digits, _ and -"),
        (("../x",), "trialstop new NAME: found ../x, allowed a name"),
        (("my trial",), 'trialstop new NAME: found "my trial", allowed a name'),
        (("con",), "trialstop new NAME: found con, allowed a name that a file can have"),
        (("",), 'trialstop new NAME: found "", allowed a name'),
        ((), "trialstop new: found nothing, allowed NAME"),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_is_written(
    call: Call, folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    found = call("new", *arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith(said)
    assert "hint: " in found.stderr
    assert os.listdir(folder) == ["small.yaml"]


def test_schema_goes_to_stdout_or_to_a_file(call: Call, folder: Path) -> None:
    printed = call("schema")
    assert printed.exit_code == 0, printed.stderr
    assert json.loads(printed.stdout) == simulator.schema()
    kept = call("schema", "--out", "new/scenario.json")
    assert (kept.exit_code, kept.stdout) == (0, "")
    assert json.loads((folder / "new/scenario.json").read_text(encoding="utf-8")) == simulator.schema()


@pytest.mark.parametrize("place", ["small.yaml/s.json", "."])
def test_schema_refuses_a_place_where_no_file_can_be(call: Call, place: str) -> None:
    found = call("schema", "--out", place)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith(f"--out {place}")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("sch", ["schema"]),
        ("s", ["sweep", "sensitivity", "schema"]),
        ("new x --like t", ["three_plus_three", "two_endpoints", "two_arms"]),
        ("run small.yaml --eng", ["--engine"]),
        ("nonsense ru", ["run"]),
    ],
)
def test_a_shell_completes_commands_options_and_words(words: str, offered: list[str]) -> None:
    environment = {
        "_TRIALSTOP_COMPLETE": "bash_complete",
        "COMP_WORDS": f"trialstop {words}",
        "COMP_CWORD": str(len(words.split())),
    }
    found = CliRunner().invoke(cli, [], prog_name="trialstop", env=environment)
    assert found.exit_code == 0, found.stderr
    assert found.stdout.split() == [f"plain,{word}" for word in offered]

"""What a command line gets wrong is said in one line, with what is allowed there and what to do."""

from pathlib import Path

import pytest

from .conftest import Call

WHOLE, HELP = "a whole number from", "`trialstop "


@pytest.mark.parametrize(
    ("arguments", "said", "hint"),
    [
        (
            "rn small.yaml",
            ": found the command rn, allowed one of new, check, explain",
            "did you mean run?",
        ),
        ("no-such", ": found the command no-such, allowed one of new, check", HELP),
        (
            "--versio",
            ": found the option --versio, allowed one of --version",
            "did you mean --version?",
        ),
        ("run", " run: found nothing, allowed FILE", HELP),
        (
            "run small.yaml --trails 9",
            " run: found the option --trails, allowed",
            "did you mean --trials?",
        ),
        (
            "run small.yaml --metric p_stop",  # as like --trials as its dashes are
            " run: found the option --metric, allowed",
            HELP,
        ),
        (
            "run small.yaml --trials 0",
            f" run --trials: found 0, allowed {WHOLE} 1 to 1,000,000,000",
            HELP,
        ),
        (
            "run small.yaml --trials ten",
            f" run --trials: found ten, allowed {WHOLE} 1 to",
            HELP,
        ),
        (
            "run small.yaml --trials",
            " run --trials: found nothing, allowed N",
            HELP,
        ),
        (
            "run small.yaml --records=5",
            " run --records: found a value, allowed --records alone",
            HELP,
        ),
        (
            "run small.yaml --engine compild",
            " run --engine: found compild, allowed one of",
            "did you mean compiled?",
        ),
        (
            "run small.yaml --seed -1",
            f" run --seed: found -1, allowed {WHOLE} 0 to",
            HELP,
        ),
        ("run small.yaml --jobs x", f" run --jobs: found x, allowed {WHOLE} 0", HELP),
        (
            "run small.yaml --precision 70%",
            " run --precision: found 70%, allowed above 0%",
            HELP,
        ),
        (
            "run small.yaml more.yaml",
            " run: found more.yaml besides, allowed one FILE",
            "a value with spaces",
        ),
        ("trace small.yaml", " trace: found nothing, allowed --trial K", HELP),
        (
            "verify small.yaml --replay -1",
            f" verify --replay: found -1, allowed {WHOLE} 0",
            HELP,
        ),
    ],
)
def test_a_wrong_command_line_says_found_allowed_and_a_hint(
    call: Call, arguments: str, said: str, hint: str
) -> None:
    found = call(*arguments.split())
    assert found.exit_code == 2
    assert found.stdout == ""
    first, second = found.stderr.splitlines()
    assert first.startswith(f"trialstop{said}")
    assert second.startswith(f"    hint: {hint}")
    assert hint != HELP or " --help` says what" in second


def test_joint_rates_are_refused_under_their_own_name(call: Call) -> None:
    for pair in ("10", "10%,often"):
        found = call("boundaries", "small.yaml", "--joint", pair)
        assert found.exit_code == 2
        assert found.stderr.startswith(f"--joint {pair}: allowed RESPONSE,TOXICITY")


def test_trace_and_json_make_the_folders_that_lead_to_their_file(call: Call, folder: Path) -> None:
    one = ("--variant", "wide", "--truth", "bad")
    traced = call("trace", "small.yaml", *one, "--trial", "1", "--out", "new/plots/one.png")
    assert traced.exit_code == 0, traced.stderr
    assert (folder / "new/plots/one.png").is_file()
    ran = call(
        "run",
        "small.yaml",
        *one,
        "--trials",
        "2",
        "--engine",
        "simpy",
        "--no-figures",
        "--json",
        "new/json/r.json",
    )
    assert ran.exit_code == 0, ran.stderr
    assert (folder / "new/json/r.json").is_file()


@pytest.mark.parametrize("place", ["small.yaml/r.png", "taken.png"])
def test_trace_and_json_refuse_the_same_places_before_any_work(call: Call, folder: Path, place: str) -> None:
    (folder / "taken.png").mkdir()
    one = ("--variant", "wide", "--truth", "bad")
    for command in (("trace", "--trial", "1", "--out"), ("run", "--json")):
        found = call(command[0], "small.yaml", *one, *command[1:], place)
        assert found.exit_code == 2
        assert found.stdout == ""
        assert f"{command[-1]} {place}" in found.stderr


def test_warnings_wait_until_the_options_are_right(call: Call, folder: Path) -> None:
    text = (folder / "small.yaml").read_text(encoding="utf-8")
    (folder / "small.yaml").write_text(text[: text.index("provenance:")], encoding="utf-8")
    found = call("run", "small.yaml", "--variant", "nobody")
    assert found.exit_code == 2
    assert "warning" not in found.stderr

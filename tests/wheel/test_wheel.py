"""A wheel installed in another folder plays, and a type checker sees its types.

Built and installed offline; its Python has the dependencies of this one, and not the sources.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from simulator.cli.new import TEMPLATES
from tests.helpers import LENI, ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def call(command: list[str], cwd: Path, status: int = 0) -> str:
    """What a command prints on stdout; it must end with this status."""
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MYPYPATH")}
    found = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert found.returncode == status, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that has the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    sources, wheels, fresh = folder / "sources", folder / "wheels", folder / "fresh"
    shutil.copytree(ROOT / "simulator", sources / "simulator", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    offline = ["--no-index", "--no-deps"]
    call([*PIP, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(wheels), "."], sources)
    (wheel,) = wheels.iterdir()
    call([sys.executable, "-m", "venv", "--without-pip", str(fresh)], folder)
    python = fresh / "bin" / "python"
    site = Path(
        call([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).strip()
    )
    call([*PIP, "install", *offline, "--target", str(site), str(wheel)], folder)
    paths = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (site / "dependencies.pth").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    return python


def played(installed: Path, folder: Path, more: str) -> list[str]:
    """Where the package is, its version, cells and trials of a run of LENI by path."""
    code = (
        f"import simulator; r = simulator.run({str(LENI)!r}, trials=200{more}); "
        "assert r.to_arrow().num_rows > 10 * len(r.cells); "
        "print(simulator.__file__, r.run.versions['trialstop'], len(r.cells), r.run.trials, r.run.engine)"
    )
    return call([str(installed), "-c", code], folder).split()


def test_the_wheel_plays_a_file_from_another_folder(installed: Path, tmp_path: Path) -> None:
    found = played(installed, tmp_path, ", engine='simpy', variants=['with_maintenance'], truths=['planned']")
    assert Path(found[0]).is_relative_to(installed.parents[1])
    assert found[1:] == [VERSION, "1", "200", "simpy"]


@pytest.mark.slow
def test_the_wheel_compiles_and_plays_every_cell(installed: Path, tmp_path: Path) -> None:
    assert played(installed, tmp_path, "")[1:] == [VERSION, "42", "200", "compiled"]


def test_its_command_says_its_version(installed: Path, tmp_path: Path) -> None:
    assert call([str(installed), "-m", "simulator", "--version"], tmp_path).split()[-1] == VERSION


@pytest.mark.parametrize("like", TEMPLATES)
def test_it_brings_the_scenarios_to_begin_with(installed: Path, tmp_path: Path, like: str) -> None:
    command = [str(installed), "-m", "simulator"]
    assert f"written, like {like}" in call([*command, "new", "first", "--like", like], tmp_path)
    assert "first.yaml: no errors" in call([*command, "check", "first.yaml"], tmp_path)


SCRIPT = """\
import simulator
from pathlib import Path
results = simulator.run(Path("leni.yaml"), simulator.Settings(seed=2), trials=200)
reveal_type(results)
reveal_type(simulator.check("leni.yaml"))
reveal_type(simulator.explain("leni.yaml"))
reveal_type(simulator.boundaries("leni.yaml"))
reveal_type(simulator.verify("leni.yaml").wrong)
reveal_type(simulator.schema())
"""
REVEALED = (
    "simulator.study.results.Results",
    "list[simulator.errors.Problem]",
    "str",
    "list[simulator.reporting.rule_sheets.RuleSheet | simulator.reporting.comparing.ComparingSheet"
    " | simulator.reporting.boards.BoardSheet]",
    "tuple[simulator.study.verify.Verdict, ...]",
    "dict[str, Any]",
)
WRONG = """\
import simulator
simulator.run("leni.yaml", trials="many")
simulator.run("leni.yaml", trails=200)
simulator.runn("leni.yaml")
"""


def test_a_type_checker_sees_its_types(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    checker = [sys.executable, "-m", "mypy", "--strict", "--no-pretty", "--python-executable", str(installed)]
    checker += ["--cache-dir", str(tmp_path / "cache")]
    right = [line for line in call([*checker, "right.py"], tmp_path).splitlines() if "note:" in line]
    assert len(right) == len(REVEALED)
    for line, expected in zip(right, REVEALED, strict=True):
        assert line.endswith(f'Revealed type is "{expected}"'), line
    wrong = call([*checker, "wrong.py"], tmp_path, status=1)
    assert [line.split(":")[1] for line in wrong.splitlines() if "error:" in line] == ["2", "3", "4"], wrong

"""Evidence: exact. The example of docs/extending.md does what the page says, block by block.

A block whose first line names a file is that file; what the page installs with pip is laid down by hand as an
installer would leave it. The commands and the script are then run.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.helpers import ROOT
from tests.unit.test_plugins import install

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+) ?(\S*)\n(.*?)```", PAGE, flags=re.DOTALL)
FILES = {name: text for _, name, text in BLOCKS if name}
COMMANDS = [line for kind, _, text in BLOCKS if kind == "sh" for line in text.splitlines()]
TRIED, SCRIPT = (text for kind, name, text in BLOCKS if kind == "python" and not name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's files, its package installed in `site`."""
    made = tmp_path_factory.mktemp("page")
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {spec}\n" for name, spec in named.items())
        for group, named in project["entry-points"].items()
    )
    modules = {name.removesuffix(".py"): text for name, text in FILES.items() if name.endswith(".py")}
    install(made / "site", project["name"], project["version"], points, **modules)
    return made


def python(folder: Path, *arguments: str) -> str:
    """What Python prints there; a failure is an error."""
    path = os.pathsep.join([str(folder / "site"), str(ROOT)])
    found = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_the_commands_work(folder: Path) -> None:
    assert len(COMMANDS) == 3
    told = {}
    for command in COMMANDS:
        program, name, *rest = command.split()
        assert program == "trialstop"
        told[name] = python(folder, "-m", "simulator", name, *rest)
    assert "hazard 0.02 per year at first, doubling every 60 days" in told["explain"]
    (table,) = folder.rglob("table.txt")
    assert "acme-hazards 1.0" in " ".join(table.read_text().split())
    (run,) = (folder / "runs").iterdir()
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["versions"]["acme-hazards"] == "1.0"


def test_the_script_works(folder: Path) -> None:
    version, names = python(folder, "-W", "error", "-c", SCRIPT).splitlines()
    assert version == "1.0"
    assert {"p_stop", "stopping_by_time", "patients_harmed"} <= set(names.split(", "))
    assert (folder / "p_stop.pdf").stat().st_size > 1_000


def test_the_hazard_is_its_closed_form(folder: Path) -> None:
    """The example is what conformance would take: to 1e-6 in F."""
    code = (
        "from math import exp; from acme_hazards import Doubling, Gompertz\n"
        "one = Gompertz(acme_gompertz=Doubling(initial=0.02 / 365.25, doubles_in=60.0))\n"
        "table = one.lower(clocked=True)\n"
        "days = [7.3 * k for k in range(400)]\n"
        "print(max(abs(exp(-table.at(d)) - exp(-one.cumulative(d, clocked=True))) for d in days) < 1e-6)"
    )
    assert python(folder, "-c", code).strip() == "True"


def test_the_metric_is_what_it_says(folder: Path) -> None:
    """Tried alone it gives the patients with the event over those enrolled, as the metrics there are do."""
    run = (
        "columns = simulator.run('late_harm.yaml', trials=100, seed=1, self_check=0).cells[0].columns\n"
        "print({'clot': (columns['patients_with.clot'] / columns['n_enrolled']).mean()})"
    )
    tried, right = python(folder, "-W", "error", "-c", f"{TRIED}\n{run}").splitlines()
    assert tried == right
    assert "clot" in tried

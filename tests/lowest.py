"""The lowest versions that pyproject.toml allows, tried in an environment of their own: `make lowest`.

Needs a Python for which they all exist (3.11 or 3.12) and a package index.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.helpers import ROOT

REQUIRED = re.compile(r"([A-Za-z][\w.-]*)>=([\d.]+)")
TOOLS = ("pytest", "hypothesis")  # as under constraints.txt
TESTS = (
    "tests/differential/test_kernels.py",
    "tests/differential/test_driver.py",
    "tests/differential/test_engines.py",
    "tests/cli",
    "tests/unit/test_recording.py",
)


def lowest() -> Iterator[str]:
    """NAME==VERSION of every dependency, at its lower bound."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["dependencies"]:
        found = REQUIRED.fullmatch(requirement)
        assert found, f"pyproject.toml: {requirement}: expected NAME>=VERSION"
        yield f"{found[1]}=={found[2]}"


def tools() -> Iterator[str]:
    """What runs the tests, as pinned."""
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    return (pin for pin in pins if pin.partition("==")[0] in TOOLS)


def main() -> int:
    """Install them, play the tests of kernels, engines and commands; the exit code of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / "bin" / "python")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        wanted = list(lowest())
        print("lowest:", *wanted, flush=True)
        if subprocess.run([*pip, *wanted, *tools()], check=False).returncode:
            print(f"not to be had for Python {sys.version.split()[0]}, or no index: try 3.11 or 3.12")
            return 2
        tests = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *TESTS]
        tests += ["-o", "filterwarnings="]  # old packages warn of younger ones
        # Kernels are gone afterwards with all the rest; processes that tests start find the sources.
        environment = os.environ | {"XDG_CACHE_HOME": folder, "PYTHONPATH": str(ROOT)}
        return subprocess.run(tests, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

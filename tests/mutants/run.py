"""Do the tests find what they should? `python -m tests.mutants.run` puts mistakes in, one by one.

Each mutant is made in a copy of the project in a temporary folder, where the tests named for it must fail.
Ends with 1 when one survives, when a mutant's old text is not (once) in its file, or when a named test fails
without any.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.listed import MUTANTS, Mutant

__all__ = ["main"]

ROOT = Path(__file__).parents[2]
COPIED = ("simulator", "tests", "scenarios", "pyproject.toml")
FAILED, NO_TESTS = 1, (4, 5)  # pytest's exit codes
LONGEST = 300.0  # seconds; a mutant that never ends is killed by that
ALL = 4 * LONGEST  # for every named test at once, without any mistake


@dataclass(frozen=True, slots=True)
class Verdict:
    """killed, survived, or not applicable, and why."""

    mutant: Mutant
    how: str
    why: str
    seconds: float


def verdict(mutant: Mutant, project: Path) -> Verdict:
    """Make the mutant in a copy, run its tests, and put the file back."""
    began = time.monotonic()
    path = project / mutant.file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = text.count(mutant.old)
    if found != 1:
        return Verdict(mutant, "not applicable", f"its old text is {found} times in {mutant.file}", 0.0)
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        how, why = _judge(_tests(mutant.tests, mutant.select, mutant.plain, project))
    except subprocess.TimeoutExpired:
        how, why = "killed", "the tests did not end"
    finally:
        path.write_text(text, encoding="utf-8")
    return Verdict(mutant, how, why, time.monotonic() - began)


def sound(mutants: list[Mutant], project: Path) -> bool:
    """Whether every named test passes as the project stands: else a failure would say nothing."""
    good, wanted = True, defaultdict(list)
    for mutant in mutants:
        wanted[bool(mutant.select), mutant.plain].append(mutant)
    for (_, plain), some in wanted.items():
        files = tuple(dict.fromkeys(file for mutant in some for file in mutant.tests))
        select = " or ".join(dict.fromkeys(mutant.select for mutant in some))
        ran = _tests(files, select, plain, project, ALL)
        if ran.returncode != 0:
            good = False
            print(f"without any mistake: {_judge(ran)[1]}", flush=True)
    return good


def _tests(
    files: tuple[str, ...], select: str, plain: bool, project: Path, timeout: float = LONGEST
) -> subprocess.CompletedProcess[str]:
    arguments = [*files, "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header"]
    arguments += ["-k", select] if select else []
    environment = os.environ | {"XDG_CACHE_HOME": str(project / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"NUMBA_DISABLE_JIT": "1"} if plain else {}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _judge(ran: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    last = next((line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
    if ran.returncode == FAILED and last.startswith("FAILED"):
        return "killed", last.removeprefix("FAILED ").partition(" - ")[0]
    if ran.returncode == 0:
        return "survived", "every test passed"
    why = "no such tests" if ran.returncode in NO_TESTS else "the tests could not be run"
    return "not applicable", f"{why}: {last or ran.stdout[-300:] or ran.stderr[-300:]}"


def copy_project(folder: Path) -> Path:
    """A copy that tests can be run in."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    return folder


def play(mutants: list[Mutant], jobs: int) -> list[Verdict]:
    """Every verdict, shown as it is known; none when the tests fail without a mistake."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for job in range(jobs):
            copies.put(copy_project(Path(folder) / str(job)))
        if not sound(mutants, copy_project(Path(folder) / "as-it-is")):
            return []

        def one(mutant: Mutant) -> Verdict:
            project = copies.get()
            try:
                found = verdict(mutant, project)
            finally:
                copies.put(project)
            print(f"{found.how:14} {found.seconds:5.1f} s  {mutant.name}  [{found.why}]", flush=True)
            return found

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(one, mutants))


def main(arguments: list[str] | None = None) -> int:
    """Judge the mutants whose name holds a text."""
    parser = argparse.ArgumentParser(prog="mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="a part of the name")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args(arguments)
    chosen = [mutant for mutant in MUTANTS if asked.only in mutant.name]
    found = Counter(each.how for each in play(chosen, asked.jobs))
    print(", ".join(f"{found[how]} {how}" for how in ("killed", "survived", "not applicable")))
    return 0 if found["killed"] == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Compiled code is kept by what it is made of, cleared away when old, and nothing fails without Numba."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.engines.compiled import cache, jit, philox

ROOT = Path(__file__).parents[2]
PACKAGE = Path("simulator/engines/compiled")
SOURCES = sorted(path.relative_to(ROOT) for path in (ROOT / PACKAGE).rglob("*.py"))
DAY = 86400.0
KEY = "0123456789abcdef" * 2

owned = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no owners and modes here")
compiling = pytest.mark.skipif(not jit.COMPILING, reason="Numba is not there or turned off")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the simulator's sources."""
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "simulator", tmp_path / "simulator", ignore=unwanted)
    return tmp_path


def run(code: str, **environment: str) -> str:
    """What a fresh process prints; it must succeed and warn of nothing."""
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


# ---------------------------------------------------------------- the name of the folder


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_editing_a_source_of_the_package_changes_the_folder(copy: Path, source: Path) -> None:
    before = cache.fingerprint(copy / PACKAGE)
    with (copy / source).open("a") as file:
        file.write("#\n")
    assert cache.fingerprint(copy / PACKAGE) != before


@pytest.mark.parametrize("name", ["streams.py", "formats.py", "contracts/instants.py"])
def test_editing_a_module_whose_constants_are_frozen_changes_the_folder(copy: Path, name: str) -> None:
    before = cache.fingerprint(copy / PACKAGE)
    with (copy / "simulator" / name).open("a") as file:
        file.write("#\n")
    assert cache.fingerprint(copy / PACKAGE) != before


def test_editing_anything_else_keeps_the_folder(copy: Path) -> None:
    before = cache.fingerprint(copy / PACKAGE)
    with (copy / "simulator/reporting/text.py").open("a") as file:
        file.write("#\n")
    assert cache.fingerprint(copy / PACKAGE) == before == cache.fingerprint(ROOT / PACKAGE)


def test_a_new_and_a_renamed_source_change_the_folder(copy: Path) -> None:
    names = {cache.fingerprint(copy / PACKAGE)}
    (copy / PACKAGE / "new.py").write_text('"""New."""\n')
    names.add(cache.fingerprint(copy / PACKAGE))
    (copy / PACKAGE / "new.py").rename(copy / PACKAGE / "renamed.py")
    names.add(cache.fingerprint(copy / PACKAGE))
    assert len(names) == 3


@pytest.mark.parametrize(
    ("line", "covered"),
    [
        ("from simulator.metrics import block", True),
        ("from simulator.metrics import (\n    collect as c,\n    block,\n)", True),
        ("from simulator.metrics.block import (\n    anything,\n)", True),
        ("import simulator.metrics.block", True),
        ("from simulator.metrics import collect", False),
        ("if TYPE_CHECKING:\n    from simulator.metrics import block", False),
    ],
)
def test_every_way_to_import_a_module_is_seen(copy: Path, line: str, covered: bool) -> None:
    (copy / PACKAGE / "new.py").write_text(f'"""New."""\n\n{line}\n')
    before = cache.fingerprint(copy / PACKAGE)
    (copy / "simulator/metrics/block.py").write_text("")
    assert (cache.fingerprint(copy / PACKAGE) != before) is covered


def test_versions_and_settings_change_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {cache.fingerprint(ROOT / PACKAGE, versions) for versions in [(), ("1",), ("2",), ("1", "2")]}
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    names.add(cache.fingerprint(ROOT / PACKAGE))
    assert len(names) == 5


def test_without_sources_there_is_no_name(tmp_path: Path) -> None:
    assert cache.fingerprint(tmp_path / PACKAGE) is None


# ---------------------------------------------------------------- the folder


def test_the_folder_is_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.user_folder() == tmp_path / "trialstop/kernels"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for ignored in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert cache.user_folder() == tmp_path / "home/.cache/trialstop/kernels"


def test_an_unwritable_cache_gives_a_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for parent, key in [(tmp_path / "file", KEY), (None, KEY), (tmp_path, None)]:
        folder, why_not = cache.open_folder(parent, key)
        assert why_not
        assert folder is not None
        assert folder.is_dir()
        assert tmp_path not in folder.parents
        cache.prune(parent, folder)


def test_only_folders_long_unused_are_removed(tmp_path: Path) -> None:
    old, fresh, current, other = (tmp_path / name for name in (KEY, KEY[::-1], "f" * 32, "notes"))
    for folder in (old, fresh, current, other):
        folder.mkdir()
        (folder / "inside").write_text("")
        age = 29 if folder == fresh else 31
        os.utime(folder, (time.time() - age * DAY,) * 2)
    cache.prune(tmp_path, current)
    assert {path.name for path in tmp_path.iterdir()} == {fresh.name, current.name, other.name}


def test_opening_a_folder_marks_it_as_used(tmp_path: Path) -> None:
    (tmp_path / KEY).mkdir()
    os.utime(tmp_path / KEY, (0, 0))
    assert cache.open_folder(tmp_path, KEY) == (tmp_path / KEY, "")
    cache.prune(tmp_path, None)
    assert (tmp_path / KEY).is_dir()


# Each makes the folders of a cache as they must not be.
def shared_root(root: Path, folder: Path) -> None:
    root.chmod(0o777)


def sticky_root(root: Path, folder: Path) -> None:
    root.chmod(0o1777)


def group_parent(root: Path, folder: Path) -> None:
    folder.parent.chmod(0o770)


def group_folder(root: Path, folder: Path) -> None:
    folder.chmod(0o770)


def shared_file(root: Path, folder: Path) -> None:
    folder.chmod(0o755)
    (folder / "kernel.nbi").chmod(0o666)


@owned
@pytest.mark.parametrize("spoil", [shared_root, sticky_root, group_parent, group_folder, shared_file])
def test_a_cache_that_others_could_have_written_is_not_used(
    tmp_path: Path, spoil: Callable[[Path, Path], None]
) -> None:
    parent = tmp_path / "cache/trialstop/kernels"
    assert cache.open_folder(parent, KEY) == (parent / KEY, "")
    (parent / KEY / "kernel.nbi").write_bytes(b"code")
    assert cache.open_folder(parent, KEY).why_not == ""
    spoil(tmp_path / "cache", parent / KEY)
    folder, why_not = cache.open_folder(parent, KEY)
    assert "others" in why_not
    assert str(tmp_path / "cache") in why_not
    assert folder is not None
    assert tmp_path not in folder.parents
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@owned
def test_a_cache_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Played by being another user; root may own what is above the code, but not the code."""
    parent = tmp_path / "cache/trialstop/kernels"
    assert cache.open_folder(parent, KEY).folder == parent / KEY
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    blamed = parent / KEY if user == 0 else tmp_path / "cache"
    assert cache.open_folder(parent, KEY).why_not == f"{blamed} belongs to another user"


@owned
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_not_used(tmp_path: Path) -> None:
    parent = tmp_path / "cache/trialstop/kernels"
    cache.open_folder(parent, KEY)
    (parent / KEY / "kernel.nbi").write_bytes(b"code")
    os.chown(parent / KEY / "kernel.nbi", 1000, 1000)
    assert "others" in cache.open_folder(parent, KEY).why_not


@owned
def test_folders_are_made_for_the_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        cache.open_folder(tmp_path / "cache/trialstop/kernels", KEY)
    finally:
        os.umask(before)
    made = [path for path in (tmp_path / "cache").rglob("*")]
    assert len(made) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "cache", *made)} == {0o700}


# ---------------------------------------------------------------- Numba, there or not

DRAW = """
from simulator.engines.compiled import jit, philox
before = jit.warm(philox.draw)
value = philox.draw(jit.word(1), jit.word(2), 3, 4, 5)
print(before, jit.warm(philox.draw), jit.warm(philox.draw, philox.threshold), value == VALUE)
"""


def draw_code() -> str:
    return DRAW.replace("VALUE", repr(philox.draw(jit.word(1), jit.word(2), 3, 4, 5)))


@compiling
def test_the_first_process_compiles_and_the_second_does_not(tmp_path: Path) -> None:
    user = {"XDG_CACHE_HOME": str(tmp_path / "xdg"), "NUMBA_CACHE_DIR": str(tmp_path / "other")}
    assert run(draw_code(), **user) == "False True False True"
    assert run(draw_code(), **user) == "True True False True"
    assert not (tmp_path / "other").exists()


@compiling
def test_an_unwritable_cache_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    user = {"XDG_CACHE_HOME": str(tmp_path / "file"), "TMPDIR": str(tmp_path)}
    assert run(draw_code(), **user) == "False True False True"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]  # the temporary folder is gone


@compiling
@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"not a pickle"])
def test_damaged_files_are_compiled_again(tmp_path: Path, suffix: str, content: bytes) -> None:
    user = {"XDG_CACHE_HOME": str(tmp_path)}
    run(draw_code(), **user)
    damaged = list(tmp_path.rglob(f"*.{suffix}"))
    assert damaged
    for path in damaged:
        path.write_bytes(content)
    assert run(draw_code(), **user).endswith("True")


@compiling
def test_a_folder_that_goes_under_way_only_costs_time(tmp_path: Path) -> None:
    """Nor is code then kept beside the sources, where Numba would put it."""
    gone = "import shutil\nfrom simulator.engines.compiled import jit\nshutil.rmtree(jit.FOLDER)\n"
    assert run(gone + draw_code(), XDG_CACHE_HOME=str(tmp_path)) == "False True False True"
    assert not list((ROOT / PACKAGE).rglob("*.nb[ci]"))


@compiling
def test_a_second_checkout_with_the_same_sources_has_nothing_to_compile(copy: Path, tmp_path: Path) -> None:
    """Numba tells code by the path and the date of its file; we by what is in it."""
    user = {"XDG_CACHE_HOME": str(tmp_path / "xdg")}
    assert run(draw_code(), **user) == "False True False True"
    there = f"""
import sys
sys.path.insert(0, {str(copy)!r})
from simulator.engines.compiled import philox
assert philox.__file__.startswith({str(copy)!r})
"""
    misses = "print(sum(philox.draw.stats.cache_misses.values()))"
    assert run(there + draw_code() + misses, **user).splitlines() == ["True True False True", "0"]


@compiling
def test_every_kernel_that_is_compiled_is_told(tmp_path: Path) -> None:
    told = """
from simulator.engines.compiled import jit, philox
heard = []
with jit.watched(lambda *what: heard.append(what)):
    philox.draw(jit.word(1), jit.word(2), 3, 4, 5)
print(*heard[-1], [done for _, done, _ in heard] == list(range(1, len(heard) + 1)), len(jit._kernels))
"""
    user = {"XDG_CACHE_HOME": str(tmp_path)}
    name, done, of, counted, kernels = run(told, **user).split()
    assert (name, of, counted) == ("draw", kernels, "True")
    assert 1 <= int(done) <= int(of)


@compiling
def test_kernels_of_others_stay_where_they_were() -> None:
    code = "import numba, simulator.engines.compiled.tables; print(numba.config.CACHE_DIR)"
    assert run(code, NUMBA_CACHE_DIR="/somewhere/else") == "/somewhere/else"


NO_NUMBA = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numba", "llvmlite"):
            raise ImportError(f"{name} is not there")
sys.meta_path.insert(0, Blocker())
from simulator.engines.compiled import jit
print(jit.AVAILABLE, jit.COMPILING, jit.WHY_NOT, jit.FOLDER)
"""


def test_without_numba_the_shim_says_so_and_kernels_are_plain_python() -> None:
    found = run(NO_NUMBA + draw_code())
    assert found.splitlines() == ["False False numba is not there None", "True True True True"]


def test_numba_turned_off_is_available_but_not_compiling() -> None:
    code = "from simulator.engines.compiled import jit; print(jit.AVAILABLE, jit.COMPILING, jit.FOLDER)"
    assert run(code, NUMBA_DISABLE_JIT="1") == f"{jit.AVAILABLE} False None"

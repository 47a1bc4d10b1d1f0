"""What docs/architecture.md and docs/extending.md name exists: files, modules and what is in them, layers.

The blocks of extending.md are run by test_extending.py.
"""

import re
from importlib import import_module
from importlib.util import find_spec

import pytest

from simulator.plugins import GROUPS
from tests.helpers import ROOT

DOCS = ROOT / "docs"
ROOMS = (ROOT, ROOT / "simulator", DOCS)  # where a path may begin
RUN = {"results.json", "manifest.json", "trials.parquet"}  # files that a run writes

BOXES = (
    "loading", "program", "engines.compiled", "engines.reference", "exact", "metrics", "study", "reporting",
    "reporting.plots", "rules", "truths", "dose_finding", "streams",
)  # fmt: skip


def text_of(page: str) -> str:
    """A page without its blocks."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def named(page: str) -> set[str]:
    """Paths and dotted names: in backticks, behind links, and those of docs and tests in plain words."""
    text = text_of(page)
    spans = {span for span in re.findall(r"`([^`\s]+)`", text) if "." in span or "/" in span}
    plain = re.findall(r"\b(?:docs|tests)/[\w./*]*[\w*]", text)
    return spans | set(plain) | set(re.findall(r"\]\((\S+)\)", text))


def exists(name: str) -> bool:
    """Whether it is a file, a module, a name in one, a file of a run, or a group of plug-ins."""
    if name in RUN or name in GROUPS.values() or any(list(room.glob(name)) for room in ROOMS):
        return True
    module, _, last = f"simulator.{name.removeprefix('simulator.')}".rpartition(".")
    try:
        found = import_module(module)
    except ModuleNotFoundError:
        return False
    return hasattr(found, last) or (hasattr(found, "__path__") and bool(find_spec(f"{module}.{last}")))


@pytest.mark.parametrize("page", ["architecture.md", "extending.md"])
def test_what_a_page_names_exists(page: str) -> None:
    names = named(page)
    assert len(names) > 15
    assert not [name for name in sorted(names) if not exists(name)]


@pytest.mark.parametrize(
    "name", ["simulator/contracts.py", "registry.METRICS", "rules/_skeletn.py", "tests/none*.py"]
)
def test_what_is_gone_is_found(name: str) -> None:
    assert not exists(name)


def test_the_layers_are_those_that_are_enforced() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    enforced = (ROOT / ".importlinter").read_text(encoding="utf-8")
    layers = re.search(r"^layers =\n(.*?)^exhaustive", enforced, flags=re.DOTALL | re.MULTILINE)
    drawn = re.search(r"```\n(.*?)```", page, flags=re.DOTALL)
    assert layers
    assert drawn
    assert re.findall(r"\w+", drawn[1]) == [n for n in re.findall(r"\w+", layers[1]) if n != "__main__"]


def test_the_picture_shows_packages_that_are_there() -> None:
    """Every box of code is a package or module of ours, and the way of data has them all."""
    picture = (DOCS / "architecture.svg").read_text(encoding="utf-8")
    boxes = " ".join(re.findall(r'class="t">([^<]*)</text>', picture))
    for name in BOXES:
        assert re.search(rf"\b{re.escape(name)}\b", boxes), name
        assert exists(f"simulator.{name}"), name

"""No file of the package imports itself by any way round, not for types alone and not inside functions."""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "simulator").rglob("*.py"))
}


def imported(source: str) -> Iterator[str]:
    """Modules that a source takes names from, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def circle(arrows: Mapping[str, set[str]]) -> list[str]:
    """A way round; nothing without one."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def test_no_file_comes_back_to_itself() -> None:
    arrows = {
        name: {other for other in imported(path.read_text(encoding="utf-8")) if other in FILES} - {name}
        for name, path in FILES.items()
        if name != "simulator"  # the public names, for type checkers
    }
    arrows = {name: others - {"simulator"} for name, others in arrows.items()}
    assert sum(map(len, arrows.values())) > len(FILES)
    assert not circle(arrows)


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not circle({"a": {"b"}, "b": {"c"}})
    assert list(imported("def f():\n    from simulator.study import run")) == [
        "simulator.study.run",
        "simulator.study",
    ]

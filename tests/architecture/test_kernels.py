"""Kernels speak of records by name: nobody but `described` knows that a memory is rows of numbers."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "simulator/engines/compiled"
MEMORY = {"ints", "floats", "words", "memory"}


def subscripts(source: str) -> list[int]:
    """Lines in which something called as memories are is indexed."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript):
            of = node.value
            name = of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
            if name.lstrip("_") in MEMORY:
                found.append(node.lineno)
    return found


def test_no_kernel_indexes_the_memory() -> None:
    files = [path for path in sorted(ROOM.rglob("*.py")) if path.name != "described.py"]
    lines = [f"{path.relative_to(ROOT)}:{line}" for path in files for line in subscripts(path.read_text())]
    assert len(files) > 20
    assert not lines, "\n".join(lines)


def test_an_index_into_the_memory_is_found() -> None:
    assert subscripts("def f(ints, at):\n    return ints[at + 5]\n") == [2]
    assert subscripts("self.ints[3:4] = x\n") == [1]
    assert subscripts("counts[3] = trial.entries[1]\n") == []

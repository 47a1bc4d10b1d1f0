"""Files and functions stay small, and every module says what it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE_LINES = 400
FUNCTION_LINES = 60


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines"


def test_no_file_is_long() -> None:
    sizes = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files("simulator", "tests")
    }
    long = [f"{path.relative_to(ROOT)}: {lines} lines" for path, lines in sizes.items() if lines > FILE_LINES]
    assert sizes, "no Python files found"
    assert not long, f"over {FILE_LINES} lines:\n" + "\n".join(long)


def test_no_function_is_long() -> None:
    long = [line for path in python_files("simulator", "tests") for line in long_functions(path)]
    assert not long, f"over {FUNCTION_LINES} lines:\n" + "\n".join(long)


def test_every_module_has_a_docstring() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files("simulator")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent, "modules without a docstring:\n" + "\n".join(silent)

"""A metric's text is made and read in `simulator/metrics` alone, and every key in the code is declared.

Elsewhere no text of a metric is taken apart, built or compared: reports and studies ask for keys, and for
what results know of rules, doses and events.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.metrics.registry import DECLARED
from simulator.model.metric import PARTS

PACKAGE = Path(__file__).parents[2] / "simulator"
TAKES_APART = {
    "startswith",
    "endswith",
    "removeprefix",
    "removesuffix",
    "partition",
    "rpartition",
    "split",
    "rsplit",
}
TEXT_OF = {
    "key",
    "metric",
    "text_of",
    "names_of",
    "metrics",
    "columns",
}  # what a metric or its text is called
HEADS = {metric.name for metric in DECLARED}
ENDS = {f".{metric.word}" for metric in DECLARED if metric.word}
SHAPES = {metric.shape for metric in DECLARED}


def outside() -> Iterator[Path]:
    """Every file of the package but those of metrics."""
    yield from (
        path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] != "metrics"
    )


def faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of everything that handles a metric's text."""
    words = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in TAKES_APART
        ):
            told = {text for argument in node.args for text in _texts(argument)}
            if _name(node.func.value) in TEXT_OF or any(map(_is_piece, told)):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Constant) and id(node) not in words and any(map(_is_text, _texts(node))):
            yield node.lineno, ast.unparse(node)


def _name(node: ast.expr) -> str:
    """What a value is called: of `key`, `each.key` and `text_of(key)` the last name."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Tuple):
        for element in node.elts:
            yield from _texts(element)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _is_piece(text: str) -> bool:
    """`p_`, `p_stop.`, `patients_with`, `.after_window`: where a key's text begins, or its end."""
    return text in ENDS or (len(text) > 1 and any(f"{head}.".startswith(text) for head in HEADS))


def _is_text(text: str) -> bool:
    """`p_select.none`, and `n_at.` where a name follows."""
    return any(text.startswith(f"{head}.") for head in HEADS)


def test_no_text_of_a_metric_is_handled_outside_metrics() -> None:
    found = [
        f"{path.relative_to(PACKAGE.parent)}:{line} {said}"
        for path in outside()
        for line, said in faults(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "keys, not text (docs/decisions.md, on a metric's key):\n" + "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [  # as the code was before there were keys
        "share = name.startswith('p_')",
        "keys = [k for k in mine if k.startswith('patients_with.')]",
        "rest = key.partition('.')[2]",
        "parts = [key.split('.') for key in cell.metrics]",
        "out = name.startswith(('n_read.', 'x_read.'))",
        "name = text.removesuffix('.after_window')",
        "word = text_of(key).rpartition('.')[2]",
        "value = cell.metrics[f'n_at.{dose}']",
        "value = cell.metrics['p_select.none']",
    ],
)
def test_what_handles_text_is_found(code: str) -> None:
    assert list(faults(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["'''About `p_stop.RULE`.'''", "path.name.startswith('parts/')", "Key('n_at', dose=d)"]
)
def test_other_text_is_let_be(code: str) -> None:
    assert not list(faults(ast.parse(code)))


# ---------------------------------------------------------------- keys written out


def keys_in(path: Path) -> Iterator[tuple[int, ast.Call]]:
    """Calls of `Key` with a metric written out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = isinstance(node, ast.Call) and _name(node.func) == "Key"
        if called and node.args and isinstance(node.args[0], ast.Constant):
            yield node.lineno, node


def is_declared(call: ast.Call) -> bool:
    """Whether some metric has this name and these parts, and the word if it is written out."""
    (first,) = call.args
    assert isinstance(first, ast.Constant)
    given = {str(keyword.arg): keyword.value for keyword in call.keywords}
    word = given.pop("word", ast.Constant(None))
    parts = tuple(part for part in PARTS if part in given)
    return any(
        (name, of) == (first.value, parts) and (not isinstance(word, ast.Constant) or word.value == said)
        for name, of, said in SHAPES
    )


def test_every_key_that_is_written_out_is_declared() -> None:
    calls = [(path, line, call) for path in outside() for line, call in keys_in(path)]
    assert len(calls) > 50
    wrong = [f"{path.name}:{line} {ast.unparse(call)}" for path, line, call in calls if not is_declared(call)]
    assert not wrong, "no metric is declared with these parts:\n" + "\n".join(wrong)


@pytest.mark.parametrize("code", ["Key('p_stp')", "Key('p_stop', dose=d)", "Key('p_select', word='nome')"])
def test_an_undeclared_key_is_found(code: str) -> None:
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call) and not is_declared(call)

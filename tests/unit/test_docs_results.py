"""docs/results.md says what the declarations say, and names every key and column there is."""

from simulator import compare, run
from simulator.loading.load import load
from simulator.metrics.registry import DECLARED
from simulator.study.results import Results
from tests.docs import END, PAGE, START, columns_of_arrow, page
from tests.helpers import CHECK
from tests.unit.test_results_files import stored


def test_the_tables_are_those_of_the_declarations() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(START) == text.count(END) == 1
    assert page(text) == text, "docs/results.md is behind the declarations: python -m tests.docs"


def test_a_changed_row_is_found() -> None:
    text = PAGE.read_text(encoding="utf-8")
    about = DECLARED[0].about
    assert page(text.replace(about, "something else")) == page(text) == text


def test_every_metric_is_documented_once() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for metric in DECLARED:
        assert text.count(f"| `{metric.form}` |") == 1, metric.form


def test_every_column_of_to_arrow_and_every_key_of_a_cell_is_named() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert columns_of_arrow() in text
    results = Results.from_json(stored("mec"))
    cell = results.cells[0].as_json()
    assert all(
        f'"{key}"' in text for key in (*cell, *cell["dose_finding"], *next(iter(cell["metrics"].values())))
    )
    assert all(f"`{name}`" in text for name in results.to_arrow().column_names)


def test_every_key_of_an_average_is_named() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    found = run(load(CHECK, ["weights={planned: 1}"]), truths=["planned"], trials=2, engine="simpy").as_json()
    average = found["weighted"][0]
    shape = ", ".join(f'"{key}"' for key in average["metrics"]["p_stop"])
    assert (
        f'"weights": {{truth: share}}, "weighted": [{{"variant", "metrics": {{KEY: {{{shape}}}}}}}]' in text
    )


def test_every_key_of_a_pair_and_every_column_of_its_arrow_table_is_named() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    compared = compare(CHECK, variants=["combination_only", "with_maintenance"], truths=["planned"], trials=2)
    pair = compared.pairs[0].as_json()
    assert all(f'"{key}"' in text for key in (*pair, *pair["streams"], *pair["metrics"]["p_stop"]))
    columns = compared.to_arrow().column_names
    assert len(columns) > 20
    assert all(f"`{name}`" in text for name in columns)

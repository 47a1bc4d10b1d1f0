"""Evidence: property. What `contracts` promises of a dose-finding design, for every design and the skeleton.

Each design brings `examples` written as in YAML; a new design is tested without a change to this file.
"""

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import bibliography, registry
from simulator.contracts import NO_DOSE, DoseCounts, DoseDesign
from simulator.dose_finding._one_a_dose import Accelerated
from simulator.errors import QuantityError
from tests.conformance.drawn import cases

DESIGNS = {**registry.DESIGNS, "skeleton": "simulator.dose_finding._skeleton:Skeleton"}
FOLDER = Path(registry.__file__).parent / "dose_finding"
CLASSES = {kind: registry.load(spec) for kind, spec in DESIGNS.items()}
CASES = cases(CLASSES)
CASES += [  # behind an accelerated first stage too
    pytest.param(Accelerated(then=design, event="mild", patients=2), id=f"accelerated {case.id}")
    for case in CASES
    if case.id in ("three_plus_three-0", "crm-1", "user_table-0")
    for design in case.values
]
every_design = pytest.mark.parametrize("design", CASES)
every_class = pytest.mark.parametrize(("kind", "cls"), CLASSES.items())

AMOUNTS = (0, 0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 9, 12, 40)  # patients at a dose: none, whole cohorts, any other


def ladders(design):
    """Numbers of doses that a design is made for, of 1 to 5."""
    found = []
    for doses in range(1, 6):
        try:
            design.fit_ladder(doses)
        except QuantityError:
            continue
        found.append(doses)
    return found


@st.composite
def batches(draw, sizes=(1, 2, 3, 4, 5)):
    """Counts of 1 to 4 trials on one ladder; the dose last given has patients, others may have none.

    The last cohort is some of its patients, or nobody. Now and then no dose has two patients, and some have a
    milder event.
    """
    doses, trials = draw(st.sampled_from(sizes)), draw(st.integers(1, 4))
    cell = st.tuples(st.sampled_from(AMOUNTS), st.sampled_from([0, 0, 1, 1, 2, 3, 40]))
    cells = np.array(draw(st.lists(cell, min_size=doses * trials, max_size=doses * trials)), dtype=np.int64)
    n, dlt = (cells[:, part].reshape(trials, doses) for part in (0, 1))
    current = np.array([draw(st.integers(0, doses - 1)) for _ in range(trials)], dtype=np.int64)
    here = np.arange(trials), current
    n[here] = np.where(n[here] == 0, 3, n[here])
    if draw(st.booleans()):
        n = np.minimum(n, 1)
    dlt = np.minimum(dlt, n)
    milder = np.array(draw(st.lists(st.integers(0, 1), min_size=n.size, max_size=n.size))).reshape(n.shape)
    milder *= (n > dlt) & (n.max(axis=1) <= 1)[:, None]
    last_n = np.array([draw(st.integers(0, min(int(most), 4))) for most in n[here]], dtype=np.int64)
    most, least = np.minimum(dlt[here], last_n), np.maximum(dlt[here] - n[here] + last_n, 0)
    last_dlt = [draw(st.integers(int(low), int(high))) for low, high in zip(least, most, strict=True)]
    last = {"last_n": last_n, "last_dlt": np.array(last_dlt, dtype=np.int64)}
    return DoseCounts(n=n, dlt=dlt, current=current, moderate=milder, **last)


def row(counts, i):
    """A batch of one."""
    return counts.rows(np.array([i]))


def columns(choices):
    return (choices.dose, choices.patients, choices.selected, choices.reason)


@every_design
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_choice_is_a_dose_of_the_ladder_or_the_end(design, data):
    counts = data.draw(batches(ladders(design)))
    choices, (trials, doses) = design.decide(counts), counts.n.shape
    for column in columns(choices):
        assert column.shape == (trials,)
        assert np.issubdtype(column.dtype, np.integer)
    over = choices.dose == NO_DOSE
    assert (over | ((choices.dose >= 0) & (choices.dose < doses))).all()
    assert ((choices.patients >= 1) == ~over).all()
    assert ((choices.patients == 0) == over).all()
    assert ((choices.reason >= 0) & (choices.reason < len(design.reasons))).all()


@every_design
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_only_a_dose_that_was_given_is_recommended_and_only_at_the_end(design, data):
    counts = data.draw(batches(ladders(design)))
    choices, doses = design.decide(counts), counts.n.shape[1]
    any_dose = getattr(getattr(design, "then", design), "select", None) == "any"  # the CRM as published
    for i, selected in enumerate(choices.selected.tolist()):
        assert selected == NO_DOSE or 0 <= selected < doses
        if selected != NO_DOSE:
            assert choices.dose[i] == NO_DOSE
            assert any_dose or counts.n[i, selected] > 0


@every_design
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_what_is_recommended_before_the_end_is_a_dose_of_the_ladder(design, data):
    counts = data.draw(batches(ladders(design)))
    selected = design.recommend(counts)
    assert selected.shape == counts.current.shape
    assert ((selected >= NO_DOSE) & (selected < counts.n.shape[1])).all()
    for i in range(len(selected)):
        assert selected[i] == design.recommend(row(counts, i))[0]
    if not design.recommends_unfinished:
        assert (selected == NO_DOSE).all()


@every_design
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_row_of_a_batch_equals_a_batch_of_one(design, data):
    counts = data.draw(batches(ladders(design)))
    before = (counts.n.copy(), counts.dlt.copy(), counts.current.copy())
    together, toxic = design.decide(counts), design.toxic(counts)
    for i in range(len(counts.n)):
        alone = design.decide(row(counts, i))
        for whole, single in zip(columns(together), columns(alone), strict=True):
            assert whole[i] == single[0]
        assert (toxic[i] == design.toxic(row(counts, i))[0]).all()
    for array, kept in zip((counts.n, counts.dlt, counts.current), before, strict=True):
        assert (array == kept).all(), "decide does not write to the counts"


@every_design
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_toxic_is_said_of_each_dose_by_its_own_counts(design, data):
    counts, other = (data.draw(batches(ladders(design))) for _ in range(2))
    found = design.toxic(counts)
    assert found.shape == counts.n.shape
    assert found.dtype == np.bool_
    assert not found[counts.n == 0].any()
    said = {}
    for batch in (counts, other):
        for n, dlt, toxic in zip(batch.n.flat, batch.dlt.flat, design.toxic(batch).flat, strict=True):
            assert said.setdefault((n, dlt), toxic) == toxic


@every_design
def test_a_design_is_a_frozen_value(design):
    assert isinstance(design, DoseDesign)
    again = type(design)(**{field.name: getattr(design, field.name) for field in fields(design)})
    assert (again, hash(again)) == (design, hash(design))
    with pytest.raises(FrozenInstanceError):
        setattr(design, fields(design)[0].name, 5)
    assert not hasattr(design, "__dict__"), "slots=True"
    assert design.cohort >= 1


@every_design
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_a_design_that_remembers_no_cohort_says_the_same_without_one(design, data):
    counts = data.draw(batches(ladders(design)))
    if not design.remembers_last_cohort:
        untold = replace(counts, last_n=None, last_dlt=None)
        told = zip(columns(design.decide(counts)), columns(design.decide(untold)), strict=True)
        assert all((one == other).all() for one, other in told)


@every_design
def test_it_describes_itself_without_an_empty_line(design):
    lines = design.describe()
    assert lines
    assert all(line.strip() and "\n" not in line for line in lines)
    assert any(character.isdigit() for line in lines for character in line)


@every_class
def test_reasons_are_distinct_sentences(kind, cls):
    assert len(set(cls.reasons)) == len(cls.reasons) >= 2, kind
    assert all(reason.strip() for reason in cls.reasons)


@every_class
def test_the_docstring_names_sources_that_exist(kind, cls):
    assert cls.sources, f"{kind}: a design has a source"
    text = f"{cls.__doc__} {sys.modules[cls.__module__].__doc__}"
    for key in cls.sources:
        assert key in text, f"{kind}: no docstring names {key}"
        assert bibliography.cite(key)


@every_class
def test_kind_file_and_registry_agree(kind, cls):
    assert cls.kind == kind
    assert cls.__module__.rpartition(".")[2].lstrip("_") == kind
    assert len(cls.examples) >= 1


def test_the_registry_holds_every_file_of_the_folder():
    files = {path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}
    assert files == set(registry.DESIGNS)


def test_reading_designs_imports_nothing_heavy():
    code = (
        "import sys; from simulator import registry; from pydantic import TypeAdapter\n"
        "designs = [TypeAdapter(c).validate_python(e) for c in map(registry.load, registry.DESIGNS.values())"
        " for e in c.examples]\n"
        "[design.describe() for design in designs]\n"
        "print(len(designs), sorted({'numpy', 'scipy', 'numba'} & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parents[1]
    ).stdout
    examples = sum(len(CLASSES[kind].examples) for kind in registry.DESIGNS)
    assert out.strip() == f"{examples} []"

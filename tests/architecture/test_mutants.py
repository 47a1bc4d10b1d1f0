"""Every mistake that `make mutants` puts in is in the place of text that is there; its tests are there."""

from pathlib import Path

from tests.mutants.listed import MUTANTS

ROOT = Path(__file__).parents[2]


def test_every_mutant_quotes_what_is_in_its_file_once() -> None:
    found = {m.name: (ROOT / m.file).read_text(encoding="utf-8").count(m.old) for m in MUTANTS}
    assert not {name: times for name, times in found.items() if times != 1}


def test_the_tests_of_every_mutant_are_there() -> None:
    assert not [f"{m.name}: {test}" for m in MUTANTS for test in m.tests if not (ROOT / test).exists()]

"""A file that is read once and changed says what it says when it is read anew with the same --set."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest

from simulator.errors import ScenarioError, TrialstopError
from simulator.loading.load import load
from simulator.loading.source import Source, read_source, source_of
from simulator.model.scenario import Scenario
from tests.fuzz.mutations import FILES, one_set
from tests.helpers import ROOT

COUNT = "design.monitoring.thrombosis_rule.rule.count"


@cache
def source(file: str) -> Source:
    return read_source(str(ROOT / file))


def read_anew(file: str, change: str) -> Scenario | str:
    try:
        return load(ROOT / file, [change])
    except TrialstopError as error:
        return str(error)


def changed(file: str, change: str, variants: list[str], truths: list[str]) -> Scenario | str:
    try:
        return source(file).changed([change], variants, truths)
    except TrialstopError as error:
        return str(error)


def alike(found: Scenario | str, expected: Scenario | str) -> bool:
    """Property: the same problems, or the same designs and truths as far as they were asked for."""
    if isinstance(found, str) or isinstance(expected, str):
        return found == expected
    return (
        all(found.designs[name] == expected.designs.get(name) for name in found.designs)
        and all(found.amended[name] == expected.amended[name] for name in found.designs)
        and all(found.truths[name] == expected.truths.get(name) for name in found.truths)
        and found.sets == expected.sets
    )


@pytest.mark.parametrize("seed", range(2))
def test_a_change_says_what_set_says(seed: int) -> None:
    rng, kinds = Random(seed), {"read": 0, "refused": 0}
    for _ in range(60):
        file = rng.choice(FILES)
        change = one_set(file, rng)
        expected = read_anew(file, change)
        here = source(file).scenario
        some = rng.choice([([], []), ([rng.choice([*here.designs])], [rng.choice([*here.truths])])])
        found = changed(file, change, *some)
        if isinstance(expected, str) and not isinstance(found, str):
            # what is wrong lies in a variant or truth that is not asked for
            assert some[0] and isinstance(changed(file, change, [], []), str), change
            continue
        assert alike(found, expected), change
        kinds["refused" if isinstance(expected, str) else "read"] += 1
    assert min(kinds.values()) > 5


@pytest.mark.parametrize(
    ("variants", "change"),
    [
        ("{a: {COUNT: 3}, b: {COUNT: 4}}", "COUNT=0"),  # a wrong value that no variant keeps
        ("{a: {COUNT: 3}, b: {COUNT: 4}}", "COUNT=many"),
        ("", "design=null"),
        ("", "COUNT=0"),
        ("{}", "COUNT=0"),
    ],
)
def test_what_no_variant_keeps_is_refused_as_set_refuses_it(
    variants: str, change: str, tmp_path: Path
) -> None:
    text = (ROOT / "scenarios/checks/leni.yaml").read_text()
    head, rest = text.split("variants:\n")
    head, _, tail = head.replace("benchmark: combination_only\n", ""), *rest.split("\ntruths:")
    body = f"variants: {variants}\n" if variants else ""
    text = f"{head}{body}truths:{tail}"
    text = "\n".join(line for line in text.splitlines() if not line.startswith("  variants."))
    path = tmp_path / "some.yaml"
    path.write_text(text.replace("COUNT", COUNT))
    change = change.replace("COUNT", COUNT)
    with pytest.raises(ScenarioError) as expected:
        load(path, [change])
    with pytest.raises(ScenarioError) as found:
        read_source(str(path)).changed([change])
    assert str(found.value) == str(expected.value)


def test_the_source_of_a_scenario_is_its_file() -> None:
    scenario = load(ROOT / "scenarios/leni.yaml", ["design.accrual.until=30 treated"])
    assert source_of(scenario).scenario == scenario


def test_a_scenario_changed_in_python_has_no_source() -> None:
    scenario = load(ROOT / "scenarios/checks/leni.yaml")
    with pytest.raises(TrialstopError, match="is not what its file says"):
        source_of(replace(scenario, truths={"planned": scenario.truths["planned"]}))


@pytest.mark.parametrize(
    "change",
    [
        "truths.planned.accrual=2 per month",  # every truth extends it
        "truths.interaction_10.events.thrombosis.components.on_drug.hazard=9 per 206 person-years",
        "design.accrual.until=7 treated",  # every variant has it
        'variants.plus_30_days."design.monitoring.thrombosis_rule.scope".or_within.days=45',
    ],
)
def test_what_a_change_reaches_is_read_anew(change: str) -> None:
    """Truths that extend the one changed, each variant of a design changed, and nothing else."""
    file = "scenarios/leni.yaml"
    expected, before = load(ROOT / file, [change]), source(file).scenario
    found = source(file).changed([change])
    assert alike(found, expected)
    moved = [name for name in found.truths if found.truths[name] != before.truths[name]]
    moved += [name for name in found.designs if found.designs[name] != before.designs[name]]
    assert (
        len(moved)
        == {"truths.planned": 7, "truths.interaction_10": 4, "design": 6, "variants": 1}[
            next(
                start
                for start in ("truths.planned", "truths.interaction_10", "design", "variants")
                if change.startswith(start)
            )
        ]
    )

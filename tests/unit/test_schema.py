"""The JSON Schema takes what the loader takes, and refuses what a schema can tell.

Evidence: differential, against the loader, with jsonschema as the checker (draft 2020-12).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import simulator
from simulator import registry
from simulator.errors import TrialstopError
from simulator.loading.load import load
from simulator.loading.nodes import Mapping, Node, Sequence, read_text, read_value
from simulator.loading.paths import parse_path
from simulator.loading.schema_words import told_of
from simulator.model.design import Design
from simulator.model.monitoring import Counts, Monitor
from simulator.model.phase import Step
from simulator.model.truth import Component
from simulator.rules.bryant_day import BryantDay
from simulator.rules.posterior_difference import PosteriorDifference
from simulator.rules.simon_two_stage import SimonTwoStage
from simulator.truths.weibull import Weibull
from tests.fuzz.mutations import damaged
from tests.generated.scenario import text_of, tree_of
from tests.helpers import LENI, ROOT, SHIPPED

from .test_plugins import MODULE, SCENARIO, install, python

GENERATED, DAMAGED = 40, 200  # files: of seeds and numbers from 0 on
TOLD = 0.35  # share of damaged files refused by the loader, though YAML, that the schema must refuse too

# YAML 1.2, core schema
INTEGER = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def as_json(node: Node) -> Any:
    """What a YAML 1.2 reader hands to a checker."""
    if isinstance(node, Mapping):
        return {key: as_json(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [as_json(item) for item in node.items]
    if node.quoted:
        return node.text
    if node.is_null:
        return None
    if node.text in ("true", "false"):
        return node.text == "true"
    if INTEGER.fullmatch(node.text):
        return int(node.text)
    return float(node.text) if FLOAT.fullmatch(node.text) else node.text


@cache
def checker() -> Draft202012Validator:
    return Draft202012Validator(simulator.schema())


def wrong(root: Node) -> list[tuple[Any, ...]]:
    """The places that the schema refuses, the deepest of alternatives."""

    def deepest(error: Any) -> Any:
        return max(map(deepest, error.context), key=lambda e: len(e.absolute_path), default=error)

    return [tuple(deepest(error).absolute_path) for error in checker().iter_errors(as_json(root))]


def test_it_is_a_schema_of_its_draft() -> None:
    found = simulator.schema()
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    found["$defs"].clear()
    assert simulator.schema()["$defs"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scenario_is_valid(name: str) -> None:
    path = ROOT / f"scenarios/{name}.yaml"
    assert wrong(read_text(path.read_text(encoding="utf-8"), str(path))) == []


CLOTS = "design.monitoring.thrombosis_rule"
ON_DRUG = "truths.planned.events.thrombosis.components.on_drug"


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("trialstop", "2", "trialstop"),
        ("trialstop", "null", "trialstop"),
        ("trialsop", "1", ""),
        ("title", '" "', "title"),
        ("design", "text", "design"),
        ("design.acrual", "{until: 3 treated}", "design"),
        ("design.accrual", "{}", "design.accrual"),
        ("design.accrual.until", "20 treatd", "design.accrual.until"),
        ("design.accrual.while_held", "queue", "design.accrual.while_held"),
        ("design.phases.combination.lasts", "6", "design.phases.combination.lasts"),
        ("design.phases.combination.lasts", "6 moons", "design.phases.combination.lasts"),
        ("design.events.thrombosis.repeats", "yes", "design.events.thrombosis.repeats"),
        (
            "design.events.thrombosis.when_detected",
            "[{stop: drug}]",
            "design.events.thrombosis.when_detected",
        ),
        (f"{CLOTS}.rule", "{count: 2}", f"{CLOTS}.rule"),
        (f"{CLOTS}.rule", "{kind: at_lest, count: 2}", f"{CLOTS}.rule.kind"),
        (f"{CLOTS}.rule", "{kind: at_least}", f"{CLOTS}.rule"),
        (f"{CLOTS}.rule.count", "0", f"{CLOTS}.rule.count"),
        (f"{CLOTS}.rule.count", "two", f"{CLOTS}.rule.count"),
        (f"{CLOTS}.counts", "{event: thrombosis, unit: person}", f"{CLOTS}.counts.unit"),
        (f"{CLOTS}.look", "sometimes", f"{CLOTS}.look"),
        (f"{CLOTS}.look", "{from: 5}", f"{CLOTS}.look"),
        (f"{CLOTS}.then", "stop", f"{CLOTS}.then"),
        ("variants.plus_30_days", "null", "variants.plus_30_days"),
        ("variants.plus_30_days", "{truths.planned.accrual: 1 per day}", "variants.plus_30_days"),
        ("truths", "{}", "truths"),
        ("truths.planned", "{events: {}}", "truths.planned"),
        ("truths.planned.accrual", "2", "truths.planned.accrual"),
        ("truths.planned.acceptable", "maybe", "truths.planned.acceptable"),
        (f"{ON_DRUG}", "{while_on: lenalidomide}", f"{ON_DRUG}"),
        (f"{ON_DRUG}.hazard", "-1", f"{ON_DRUG}.hazard"),
        (f"{ON_DRUG}.hazard", "1 per moon", f"{ON_DRUG}.hazard"),
        (f"{ON_DRUG}.probability", "10% in 6 months", f"{ON_DRUG}"),
        (f"{ON_DRUG}.clok", "enrolment", f"{ON_DRUG}"),
        (
            "truths.planned.events.thrombosis",
            "{hazard: 0, components: {}}",
            "truths.planned.events.thrombosis",
        ),
        ("truths.observed_like.extends", "[planned]", "truths.observed_like.extends"),
        ("weights", "{planned: -1}", "weights.planned"),
        ("provenance.design", "assumption: a guess", "provenance.design"),
        ("provenance.design", "3", "provenance.design"),
    ],
)
def test_what_is_wrong_with_a_file_is_refused_where_it_stands(path: str, value: str, place: str) -> None:
    root = read_text(LENI.read_text(encoding="utf-8"), "leni.yaml")
    above, _, last = path.rpartition(".")
    parent: Node = root
    for key in parse_path(above) if above else ():
        assert isinstance(parent, Mapping)
        parent = parent.items[str(key)]
    assert isinstance(parent, Mapping)
    parent.items[last] = read_value(value, "a test")
    expected = parse_path(place) if place else ()
    assert any(found[: len(expected)] == expected for found in wrong(root)), wrong(root)


def test_a_key_that_is_needed_is_missed() -> None:
    for key in ("trialstop", "title", "design", "truths"):
        root = read_text(LENI.read_text(encoding="utf-8"), "leni.yaml")
        del root.items[key]
        assert () in wrong(root)


def files() -> Iterator[tuple[str, bytes]]:
    """Generated scenarios, some with something wrong, and damaged ones."""
    yield from (("generated", text_of(tree_of(seed)).encode()) for seed in range(GENERATED))
    changed = (damaged(number) for number in range(DAMAGED))
    yield from (("damaged", each.data) for each in changed if not each.sets)


def test_it_takes_every_file_that_the_loader_takes_and_refuses_many_of_the_others(tmp_path: Path) -> None:
    path, seen, refused = tmp_path / "s.yaml", Counter[tuple[str, bool, bool]](), []
    for kind, data in files():
        path.write_bytes(data)
        try:
            root = read_text(data.decode("utf-8-sig"), "s.yaml")
        except (TrialstopError, UnicodeDecodeError):
            continue  # no YAML
        try:
            load(path)
        except TrialstopError:
            loads = False
        else:
            loads = True
        places = wrong(root)
        seen[kind, loads, not places] += 1
        if loads and places:
            refused.append((data, places))
    assert not refused
    assert seen["generated", True, True] > GENERATED / 2
    assert seen["damaged", True, True] > DAMAGED / 8
    assert seen["damaged", False, False] > TOLD * (
        seen["damaged", False, True] + seen["damaged", False, False]
    )


CHOICES = ("rule", "family", "delay", "design")


@pytest.mark.parametrize(
    ("what", "name"), [(what, name) for what in CHOICES for name in registry.table(what)], ids="-".join
)
def test_every_kind_is_in_it_with_its_examples(what: str, name: str) -> None:
    found = simulator.schema()
    part = {"rule": "rule", "family": "Component", "delay": "EventDelays", "design": "DoseFinding"}[what]
    part_checker = Draft202012Validator({"$defs": found["$defs"], "$ref": f"#/$defs/{part}"})
    cls: Any = registry.load(registry.table(what)[name])  # type: ignore[index]
    assert cls.examples
    for example in cls.examples:
        as_written = {"report": example} if what == "delay" else dict(example)
        if what in {"rule", "design"}:
            as_written = {"kind": name, **as_written}
        assert part_checker.is_valid(as_written), as_written
        if what != "delay":
            assert not part_checker.is_valid({**as_written, "nonsense": 1})


@pytest.mark.parametrize(
    ("part", "text", "valid"),
    [
        ("rule", "{kind: bounds, csv: bounds.csv}", True),
        ("rule", "{kind: bounds, minimum_n: 3, harm: {at_least: {4-14: 4, 15: 5}}}", True),
        ("rule", "{kind: bounds, harm: 3}", False),
        ("rule", "{kind: at_least, count: 3, csv: bounds.csv}", False),
        ("look", "{at: 5, 12, 30 completed}", True),
        ("look", "{at: 5, 10 ... 45 completed, and: at the end}", True),
        ("look", "{at: 5 completed, every: 3 completed}", False),
        ("accrual", "{pieces: [{to: 6 months, rate: 0}, {rate: 1 per month}]}", True),
        ("accrual", "{pieces: [{until: 6 months, rate: 0}]}", False),
        ("action", "{give_drug: {imatinib: 400 mg}}", True),
        ("action", "{give_drug: imatinib, go_to: rest}", False),
        ("action", "{stop_drug: imatinib, for: 4 weeks}", True),
        ("action", "{stop_drug: imatinib, for: 28}", False),
        ("action", "{give_drug: imatinib, for: 4 weeks}", False),
        ("triggers", "{all: [9 treated, 5 mg toxic]}", True),
        ("triggers", "{any: [9 treated]}", False),
        ("Phase", "{lasts: 1 week, next: rest, visits: {every: 1 day}}", True),
        ("Phase", "{lasts: 1 week, next: [{to: rest, unless: clot}, other], visits: [{every: 1 day}]}", True),
        ("Phase", "{lasts: 1 week, next: {unless: clot}}", False),
        ("Refusal", "{control: 10%, then: untreated}", True),
        ("Refusal", "{control: often, then: untreated}", False),
        ("EventDelays", "{detection: 0, report: {uniform: [1 day, 14 days]}}", True),
        ("EventDelays", "{report: {uniform: [1 day]}}", False),
        ("TruthEvent", "{hazard: 0.1 per year, marks: {arm: 30%, leg: 70%}}", True),
        ("TruthEvent", "{marks: null}", False),
        ("ExtendingTruthEvent", "{marks: null, components: {on: null}}", True),
        ("ExtendingTruthEvent", "{components: {on: {hazard: null}}}", False),
    ],
)
def test_short_and_long_forms(part: str, text: str, valid: bool) -> None:
    """As docs/language.md has them."""
    part_checker = Draft202012Validator({"$defs": simulator.schema()["$defs"], "$ref": f"#/$defs/{part}"})
    # as any YAML reader would: `5, 12, 30 completed` are three keys for it
    found = YAML(typ="safe", pure=True).load(text)
    assert part_checker.is_valid({str(k): v for k, v in found.items()}) is valid


@pytest.mark.parametrize(
    ("cls", "field", "told"),
    [
        (Counts, "unit", "patients (with a first event), every event, or courses with an event."),
        (Monitor, "among", "`treated`, everyone treated, a pending patient as without event;"),
        (Component, "unless", "a trait the patient has, or has not, or an event that has happened"),
        (Component, "arm_ratio", "factor per arm, of those not named 1."),
        (Step, "unless", ""),
        (Design, "arms", "two or more, or none"),
        (PosteriorDifference, "margin", "the excess of the first arm that is allowed"),
        (SimonTwoStage, "p1", "of a search, the unacceptable and the acceptable response rate"),
        (BryantDay, "alpha_toxicity", "the same of the toxicity"),
        (Weibull, "scale", "the time by which 63.2 % have had the event."),
    ],
)
def test_fields_are_described_as_their_docstring_does(cls: type, field: str, told: str) -> None:
    found = told_of(cls)[1].get(field, "")
    assert found.startswith(told) and bool(found) == bool(told), found


def test_every_definition_is_described_or_its_keys_are() -> None:
    for name, form in simulator.schema()["$defs"].items():
        keys = form.get("properties", {}).values()
        assert form.get("description") or (keys and all("description" in key for key in keys)), name


def test_what_plug_ins_bring_is_in_it(tmp_path: Path) -> None:
    """And files that use it are read afterwards, though others were read before."""
    points = (
        "[trialstop.rules]\nacme_share = acme:Share\n[trialstop.hazards]\nacme_gompertz = acme:Gompertz\n"
    )
    points += "[trialstop.dose_finding]\nacme_up = acme:Up\n"
    install(tmp_path / "site", "acme-trials", "1.2", points, acme=MODULE)
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    code = (
        f"import json, simulator; simulator.load({str(LENI)!r}); print(json.dumps(simulator.schema())); "
        "simulator.load('s.yaml')"
    )
    found = python(tmp_path / "site", "-c", code)
    assert found.returncode == 0, found.stderr
    valid = Draft202012Validator(json.loads(found.stdout))
    written = as_json(read_text(SCENARIO, "s.yaml"))
    assert valid.is_valid(written)
    assert not checker().is_valid(written)
    written["truths"]["truth"]["events"]["dlt"]["acme_gompertz"]["doubling"] = "14"
    assert not valid.is_valid(written)


def test_a_broken_plug_in_is_named(tmp_path: Path) -> None:
    install(tmp_path / "site", "broken", "3", "[trialstop.rules]\nbroken = nowhere:Rule\n")
    found = python(tmp_path / "site", "-m", "simulator", "schema")
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("the rule `broken` (broken 3, entry point broken = nowhere:Rule in ")

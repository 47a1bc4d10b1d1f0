"""Places have one grammar; changes merge down to named items, and say where they do not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import QuantityError, ScenarioError
from simulator.loading.merge import apply_change, apply_variant, merge, normalise_events, resolve_extends
from simulator.loading.nodes import Mapping, Scalar, Sequence, path_text, plain, read_text, read_value
from simulator.loading.paths import find, locate, parse_assignment, parse_path

SCENARIO = """\
design:
  phases:
    combination:
      lasts: 6 months
      gives: {imatinib: usual, lenalidomide: 5 mg}
      next: [{to: maintenance, unless: loss}, {to: rescue}]
  doses: {5 mg d1-10: 0.03}
  monitoring:
    r:
      scope: {phases: [combination]}
      rule: {kind: at_least, count: 2}
variants:
  as_written: {}
  wider: {design.monitoring.r.scope: {or_within: 30 days}, design.phases.combination.lasts: 9 months}
  gone: {design.phases.combination.gives: null, design.phases.combination.next.rescue.unless: loss}
"""
TRUTHS = """\
planned:
  acceptable: true
  right: [PROMISING]
  accrual: 0.5 per month
  events:
    thrombosis:
      components:
        on_drug: {while_on: lenalidomide, hazard: 3 per 206 person-years}
      marks: {pe: 0.5, dvt: 0.5}
    cytopenia: {clock: enrolment, probability: 33% in 1 month}
  delays: {thrombosis: {report: 3 days}}
worse:
  extends: planned
  accrual: 1 per month
  events:
    thrombosis:
      components:
        on_drug: {hazard: 1 per year}
        later: {probability: 25%}
      marks: {pe: 0.6}
    cytopenia: {hazard: 0.1 per year}
  delays: {thrombosis: {detection: 1 day}}
worst: {extends: worse, acceptable: false, events: {cytopenia: null}}
"""


def tree(text, file="s.yaml"):
    return read_text(text, file)


def value(text):
    return read_value(text, "--set")


def caught(function, *arguments):
    with pytest.raises(ScenarioError) as error:
        function(*arguments)
    return error.value.problems


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b-c.d_e", ("a", "b-c", "d_e")),
        ('a."5 mg".c', ("a", "5 mg", "c")),
        ('"a.b".c', ("a.b", "c")),
        ("steps[0].set", ("steps", 0, "set")),
        ("steps.0", ("steps", "0")),
        ('a."x"[1][2]', ("a", "x", 1, 2)),
    ],
)
def test_paths_are_keys_quoted_keys_and_positions(text, path):
    assert parse_path(text) == path


MALFORMED = ["", ".", "a.", ".a", "a..b", "[0]", "a[x]", "a[0]b", 'a."b', "a b", 'a""', "a[-1]"]


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_paths_are_refused(text):
    with pytest.raises(QuantityError):
        parse_path(text)


def test_a_path_with_a_space_is_shown_how_to_quote():
    with pytest.raises(QuantityError, match=r'did you mean design\."5 mg"\.x'):
        parse_path("design.5 mg.x")


KEY = st.text(st.characters(exclude_characters='"'), min_size=1)


@given(st.lists(KEY, min_size=1), st.lists(st.integers(0, 999999)))
def test_shown_paths_read_back(keys, positions):
    path = (*keys, *positions)
    shown = path_text(path)
    if shown == shown.strip():
        assert parse_path(shown) == path


def test_find_goes_by_key_position_and_name():
    root = tree(SCENARIO)
    for text in ("design.phases.combination.next[1].to", "design.phases.combination.next.1.to",
                 "design.phases.combination.next.rescue.to"):  # fmt: skip
        assert plain(find(root, parse_path(text))) == "rescue"
    assert plain(find(root, parse_path('design.doses."5 mg d1-10"'))) == "0.03"
    assert find(root, ()) is root
    for text in ("design.phase", "design.phases.combination.next[2]", "design.phases.combination.lasts.x"):
        assert find(root, parse_path(text)) is None


def test_locate_gives_the_line_of_the_deepest_thing_there():
    root = tree(SCENARIO)
    assert locate(root, ("design", "monitoring", "r", "rule", "count")) == ("s.yaml", 11)
    assert locate(root, ("design", "monitoring", "r", "missing")) == ("s.yaml", 9)
    assert locate(root, ("design", "AtLeast-tag", "monitoring", "r")) == ("s.yaml", 9)
    assert locate(root, ("nowhere",)) == ("s.yaml", 1)


# ---------------------------------------------------------------- changes by path


@pytest.mark.parametrize(
    ("path", "text", "result"),
    [
        ("design.phases.combination.lasts", "9 months", "9 months"),
        ("design.phases.combination.next[0].unless", "other", "other"),
        ("design.phases.combination.next.rescue", "{unless: x}", {"to": "rescue", "unless": "x"}),
        ("design.monitoring.r", "{look: every report}",
         {"scope": {"phases": ["combination"]}, "rule": {"kind": "at_least", "count": "2"},
          "look": "every report"}),
        ("design.monitoring.r.rule", "{kind: other}", {"kind": "other"}),  # replaced whole
        ("design.monitoring.r.rule.count", "3", "3"),
        ("design.monitoring.r.scope", "{}", {}),
        ("design.phases.combination.gives", "{imatinib: usual}", {"imatinib": "usual"}),
        ("design.monitoring.new", "{rule: {kind: x}}", {"rule": {"kind": "x"}}),
    ],
)  # fmt: skip
def test_a_change_merges_replaces_or_adds(path, text, result):
    root = tree(SCENARIO)
    assert apply_change(root, parse_path(path), value(text)) == []
    assert plain(find(root, parse_path(path))) == result


def test_null_removes_a_key_or_a_list_element():
    root = tree(SCENARIO)
    assert apply_change(root, parse_path("design.monitoring.r.scope"), value("null")) == []
    assert apply_change(root, parse_path("design.phases.combination.next.maintenance"), value("null")) == []
    assert list(find(root, ("design", "monitoring", "r")).items) == ["rule"]
    assert plain(find(root, parse_path("design.phases.combination.next"))) == [{"to": "rescue"}]


@pytest.mark.parametrize(
    ("path", "text", "found", "allowed", "hint"),
    [
        ("design.monitorin.r.look", "x", "no monitorin in design", "what is there: phases, doses, monitoring",
         "did you mean monitoring?"),
        ("design.monitoring.r.scop", "null", "no scop in design.monitoring.r", "what is there: scope, rule",
         "did you mean scope?"),
        ("design.phases.combination.next[2]", "{to: x}", "no position 2 in design.phases.combination.next",
         "what is there: maintenance, rescue, [0], [1]", ""),
        ("design.phases.combination.lasts.x", "1", 'x below the single value "6 months"',
         "design.phases.combination.lasts itself", ""),
        ("design.monitoring.r", "{look: null}", "null, with no look there to remove",
         "null for one of scope, rule", ""),
        ("variants.as_written.x", "null", "no x in variants.as_written", "nothing: it is empty", ""),
        ("design[0]", "1", "no position 0 in design", "what is there: phases, doses, monitoring", ""),
    ],
)  # fmt: skip
def test_a_change_that_does_not_fit_says_what_is_there(path, text, found, allowed, hint):
    root = tree(SCENARIO)
    before = plain(root)
    (problem,) = apply_change(root, parse_path(path), value(text))
    assert (problem.found, problem.allowed, problem.hint) == (found, allowed, hint)
    assert (problem.file, problem.line) == ("--set", None)
    assert plain(root) == before


def test_a_changed_leaf_is_located_at_its_change():
    root = tree(SCENARIO)
    path, node = parse_assignment("design.monitoring.r.rule.count=3")
    assert apply_change(root, path, node) == []
    assert locate(root, path) == ("--set", None)
    assert locate(root, path[:-1]) == ("s.yaml", 11)


def test_assignments_are_a_path_and_yaml():
    path, node = parse_assignment('design.doses."5 mg=x" = {a: [1]}')
    assert (path, plain(node)) == (("design", "doses", "5 mg=x"), {"a": ["1"]})
    assert plain(parse_assignment("a=b=c")[1]) == "b=c"


@pytest.mark.parametrize("text", ["a", "=3", "a b=3", "a=", "a={b: 1", "a=*x", "a..b=3"])
def test_bad_assignments_name_the_option(text):
    (problem,) = caught(parse_assignment, text, "--vary")
    assert (problem.file, problem.line) == ("--vary", None)


# ---------------------------------------------------------------- merging


def test_merge_keeps_lines_of_both_sides():
    merged = merge(tree("a: 1\nb:\n  c: 1\n  d: 2\n", "base"), tree("\n\n\nb:\n  d: 3\n  e: 4\n", "over"))
    assert plain(merged) == {"a": "1", "b": {"c": "1", "d": "3", "e": "4"}}
    assert [locate(merged, ("b", key)) for key in "cde"] == [("base", 3), ("over", 5), ("over", 6)]
    assert locate(merged, ("b",)) == ("base", 2)


def test_merge_changes_neither_side():
    base, over = tree("a: {b: 1, c: [1]}\n"), tree("a: {b: null, c: [2]}\n")
    before = plain(base), plain(over)
    merge(base, over).items["a"].items["c"].items.clear()
    assert (plain(base), plain(over)) == before


def test_language_words_as_free_names_still_merge():
    base = tree(
        "design: {monitoring: {look: {among: treated, rule: {kind: a}}}, events: {delays: {x: {y: 1}}}}\n"
    )
    over = tree("design: {monitoring: {look: {then: x}}, events: {delays: {x: {z: 2}}}}\n")
    assert plain(merge(base, over)) == {
        "design": {
            "monitoring": {"look": {"among": "treated", "rule": {"kind": "a"}, "then": "x"}},
            "events": {"delays": {"x": {"y": "1", "z": "2"}}},
        }
    }


KEYS = st.sampled_from(["a", "b", "rule", "components", "delays", "scope", "events", "5 mg"])
PLAIN = st.recursive(
    st.text("xy1", min_size=1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def node(content):
    if isinstance(content, dict):
        items = {key: node(inner) for key, inner in content.items()}
        return Mapping(items, dict.fromkeys(items, 1), "s.yaml", 1)
    if isinstance(content, list):
        return Sequence([node(item) for item in content], "s.yaml", 1)
    return Scalar(content, False, "s.yaml", 1)


@given(PLAIN)
def test_merging_a_tree_with_itself_changes_nothing(content):
    assert merge(node(content), node(content)) == node(content)


@given(PLAIN, PLAIN)
def test_merging_the_same_change_twice_is_merging_it_once(base, over):
    once = merge(node(base), node(over))
    assert plain(merge(once, node(over))) == plain(once)


# ---------------------------------------------------------------- truths


def test_a_short_event_becomes_one_named_component_with_its_lines():
    truth = tree(
        "events:\n  e:\n    hazard: 1 per year\n    marks: {pe: 1}\n  f:\n    components: {x: {hazard: 0}}\n"
    )
    normal = normalise_events(truth)
    assert plain(normal)["events"] == {
        "e": {"marks": {"pe": "1"}, "components": {"e": {"hazard": "1 per year"}}},
        "f": {"components": {"x": {"hazard": "0"}}},
    }
    assert locate(normal, ("events", "e", "components", "e", "hazard")) == ("s.yaml", 3)
    assert locate(normal, ("events", "e", "components", "e")) == ("s.yaml", 2)
    assert "components" not in truth.items["events"].items["e"].items


def test_an_event_with_both_forms_is_a_problem():
    truth = tree("events:\n  e:\n    components: {x: {hazard: 0}}\n    hazard: 1 per year\n")
    (problem,) = caught(normalise_events, truth, ("truths", "t"))
    assert (problem.line, problem.path, problem.found) == (4, "truths.t.events.e", "hazard beside components")


def test_extends_adds_replaces_and_removes_along_a_chain():
    truths = resolve_extends(tree(TRUTHS))
    assert list(truths) == ["planned", "worse", "worst"]
    worse = plain(truths["worse"])
    assert worse["events"] == {
        "thrombosis": {
            "components": {"on_drug": {"hazard": "1 per year"}, "later": {"probability": "25%"}},
            "marks": {"pe": "0.6", "dvt": "0.5"},
        },
        "cytopenia": {"components": {"cytopenia": {"hazard": "0.1 per year"}}},
    }
    assert worse["delays"] == {"thrombosis": {"detection": "1 day"}}
    assert (worse["accrual"], worse["right"]) == ("1 per month", ["PROMISING"])
    assert "acceptable" not in worse
    worst = plain(truths["worst"])
    assert (worst["extends"], worst["acceptable"], list(worst["events"])) == (
        "worse",
        "false",
        ["thrombosis"],
    )


def test_the_order_of_truths_in_the_file_does_not_matter():
    one = resolve_extends(tree("a: {extends: b}\nb: {extends: c, x: 1}\nc: {x: 2, y: 3}\n"))
    assert plain(one["a"]) == {"x": "1", "y": "3", "extends": "b"}
    assert list(one) == ["a", "b", "c"]


def test_long_chains_do_not_exhaust_the_stack():
    text = "t0: {x: 1}\n" + "".join(f"t{i}: {{extends: t{i - 1}}}\n" for i in range(1, 1500))
    assert plain(resolve_extends(tree(text))["t1499"])["x"] == "1"


def test_circles_unknown_parents_and_wrong_bodies_are_all_reported():
    text = (
        "planned: {x: 1}\na: {extends: b}\nb:\n  extends: a\nc: {extends: c}\nd: {extends: planed}\n"
        "e: 3\nf: {extends: [a]}\ng: {extends: planned, y: null}\nh: {extends: null}\n"
    )
    found = {
        problem.path: (problem.line, problem.found, problem.hint)
        for problem in caught(resolve_extends, tree(text))
    }
    assert found == {
        "truths.a.extends": (2, "a circle: a -> b -> a", ""),
        "truths.c.extends": (5, "a circle: c -> c", ""),
        "truths.d.extends": (6, "the unknown truth planed", "did you mean planned?"),
        "truths.e": (7, "3", ""),
        "truths.f.extends": (8, "no single name", ""),
        "truths.g.y": (9, "null, with no y there to remove", ""),
        "truths.h.extends": (10, "no single name", ""),
    }


# ---------------------------------------------------------------- variants


def test_a_variant_is_a_changed_copy_of_the_design():
    root = tree(SCENARIO)
    before = plain(root)
    assert plain(apply_variant(root, "as_written")) == before["design"]
    wider = apply_variant(root, "wider")
    assert plain(find(wider, ("monitoring", "r", "scope"))) == {"or_within": "30 days"}
    assert locate(wider, ("phases", "combination", "lasts")) == ("s.yaml", 14)
    gone = plain(apply_variant(root, "gone"))["phases"]["combination"]
    assert "gives" not in gone
    assert gone["next"][1] == {"to": "rescue", "unless": "loss"}
    assert plain(root) == before


@pytest.mark.parametrize(
    ("body", "line", "found"),
    [
        ("{truths.planned.accrual: 1 per month}", 4, "truths.planned.accrual"),
        ("{design: {a: 1}}", 4, "design"),
        ("{design..a: 1}", 4, "design..a"),
        ("{design.b.c: 1}", 4, "no b in design"),
        ("\n    design.b.c:\n      {x: 1}", 5, "no b in design"),
        ("3", 4, "3"),
    ],
)
def test_a_variant_that_does_not_fit_names_its_line(body, line, found):
    root = tree(f"design: {{a: 1}}\n\nvariants:\n  v: {body}\n")
    (problem,) = caught(apply_variant, root, "v")
    assert (problem.line, problem.found) == (line, found)


def test_an_unknown_variant_is_answered_with_those_there_are():
    (problem,) = caught(apply_variant, tree(SCENARIO), "widr")
    assert problem.allowed == "one of as_written, wider, gone"
    assert problem.hint == "did you mean wider?"
    assert (
        caught(apply_variant, tree("design: {a: 1}\n"), "v")[0].allowed == "none, for there are no variants"
    )
    assert caught(apply_variant, tree("variants: {v: {}}\n"), "v")[0].path == "design"


def test_set_replaces_the_one_unnamed_component_of_an_event_whole():
    """`--set` on a short event body, and on what is inside it, as `extends` does."""
    text = "truths: {t: {events: {e: {only_if: a, hazard: 0.1 per day, marks: {x: 1}}}}}\n"
    root = read_text(text, "s.yaml")
    path, value = parse_assignment(
        "truths.t.events.e={clock: enrolment, incidence: 5%, onset: {at: {5 days: 1}}}"
    )
    assert apply_change(root, path, value) == []
    expected = {"clock": "enrolment", "incidence": "5%", "onset": {"at": {"5 days": "1"}}}
    assert plain(find(root, path)) == {"marks": {"x": "1"}, **expected}
    path, value = parse_assignment("truths.t.events.e.onset={uniform: [1 day, 2 days]}")
    assert apply_change(root, path, value) == []
    assert plain(find(root, path)) == {"uniform": ["1 day", "2 days"]}

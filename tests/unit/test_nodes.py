"""YAML is read as it was written, with lines; what the language refuses is refused, all at once."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ScenarioError, TrialstopError
from simulator.loading import nodes
from simulator.loading.nodes import (
    Mapping,
    Scalar,
    Sequence,
    path_text,
    plain,
    read_file,
    read_text,
    read_value,
)


def problems(text):
    with pytest.raises(ScenarioError) as caught:
        read_text(text, "s.yaml")
    return [(problem.line, problem.path, problem.found) for problem in caught.value.problems]


def test_scalars_are_what_they_look_like():
    text = "a: on\nb: 1:1\nc: 010\nd: 2026-01-02\ne: 1_000\nf: null\ng: 'null'\nh: ~\ni: 3 per year\n"
    assert plain(read_text(text, "s.yaml")) == {
        "a": "on", "b": "1:1", "c": "010", "d": "2026-01-02", "e": "1_000", "f": None, "g": "null", "h": None,
        "i": "3 per year",
    }  # fmt: skip


def test_every_node_knows_file_and_line():
    root = read_text("a:\n  b: 1\n  c:\n    - x\n    - {y: 2}\n", "s.yaml")
    inner = root.items["a"]
    assert isinstance(inner, Mapping)
    assert (root.line, root.key_lines) == (1, {"a": 1})
    assert (inner.file, inner.line, inner.key_lines) == ("s.yaml", 2, {"b": 2, "c": 3})
    listed = inner.items["c"]
    assert isinstance(listed, Sequence)
    assert [item.line for item in listed.items] == [4, 5]


def test_a_copy_shares_nothing():
    root = read_text("a: {b: [1]}\n", "s.yaml")
    copy = root.copy()
    copy.items["a"].items["b"].items.append(Scalar("2", False, "s.yaml", 1))
    copy.key_lines["a"] = 7
    assert plain(root) == {"a": {"b": ["1"]}}
    assert root.key_lines == {"a": 1}


def test_empty_collections_and_quoted_empty_text_are_values():
    assert plain(read_text("a: {}\nb: []\nc: ''\n", "s.yaml")) == {"a": {}, "b": [], "c": ""}


@pytest.mark.parametrize(
    ("text", "line", "path", "found"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a", "the key a again (first on line 1)"),
        ("x: {a: 1,\n  a: 2}\n", 2, "x.a", "the key a again (first on line 1)"),
        ("a: 1\nb: &x 2\n", 2, "b", "the anchor &x"),
        ("a: *x\n", 1, "a", "the alias *x"),
        ("*x : 1\n", 1, "?", "the alias *x"),
        ("a: {<<: 1}\n", 1, "a", "the merge key <<"),
        ("a: !!str 3\n", 1, "a", "the tag !!str"),
        ("a: ! 3\n", 1, "a", "the tag !"),
        ("a:\n\nb: 1\n", 1, "a", "no value"),
        ("a: {b, c: 1}\n", 1, "a.b", "no value"),
        ("a:\n-\n- 1\n", 2, "a[0]", "no value"),
        ("? [a]\n: 1\n", 1, "", "a key that is not a word"),
        ("'': 1\n", 1, "", "an empty key"),
        ("a: 1\n---\nb: 1\n", 2, "", "a second document"),
        ("", None, "", "an empty file"),
        ("# only a comment\n", None, "", "an empty file"),
        ("---\n", None, "", "an empty file"),
        ("- a\n", 1, "", "a list as the whole file"),
        ("word\n", 1, "", "a single value word as the whole file"),
        ("a: 1\nb: x\x00y\n", 2, "", "text that is not YAML (special characters are not allowed: \\x00)"),
        ("a: 1\nb: [1\nc: 2\n", 3, "", "text that is not YAML (expected ',' or ']', but got ':')"),
        ('a: "\\Uffffffff"\n', 1, "", "text that is not YAML (unreadable text)"),
        ("a: {b: 1}\nc: " + "[" * 50 + "]" * 50, 2, "c[0][0]", "nesting deeper than 40 levels"),
    ],
)
def test_refused(text, line, path, found):
    assert problems(text) == [(line, path, found)]


def test_all_problems_of_a_file_come_at_once_even_before_a_syntax_error():
    found = problems("a: &x 1\nb:\nc: *x\nd: !t 1\nd: [1\n")
    assert [line for line, _, _ in found] == [1, 2, 3, 4, 6]


def test_tabs_get_a_hint():
    with pytest.raises(ScenarioError, match="indent with spaces"):
        read_text("a:\n\t- b\n", "s.yaml")


@pytest.mark.parametrize("width", [9, 300])
def test_an_alias_bomb_is_refused_quickly(width):
    letters = "abcdefghijklmnopq"
    bomb = f"a: &a [{','.join('x' * width)}]\n" + "".join(
        f"{key}: &{key} [{','.join([f'*{before}'] * width)}]\n" for before, key in itertools.pairwise(letters)
    )
    started = time.perf_counter()
    found = problems(bomb)
    assert time.perf_counter() - started < 20.0, "refused before it grows"
    assert found[0] == (1, "a", "the anchor &a")
    assert len(found) <= nodes.MAX_PROBLEMS + 1


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "? " * 5_000, "- " * 5_000])
def test_bottomless_nesting_is_refused_quickly(text):
    started = time.perf_counter()
    assert "nesting deeper than 40 levels" in problems(text)[0][2]
    assert time.perf_counter() - started < 20.0, "refused before anything is built"


def test_read_file_names_what_cannot_be_opened_in_one_line(tmp_path):
    for path, words in [
        (tmp_path, "a directory"),
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path / "x.yaml" / "y", "no such file"),
        ("a\0b", "cannot be read"),
    ]:
        with pytest.raises(TrialstopError, match=words) as caught:
            read_file(path)
        assert not isinstance(caught.value, ScenarioError)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "line", "found"),
    [
        (b"a: 1\nb: caf\xe9\n", 2, "byte 0xe9, which is not UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, "byte 0xff, which is not UTF-8"),
        (b"#" * 2_000_001, None, "more than 2,000,000 bytes"),
    ],
)
def test_read_file_refuses_other_encodings_and_huge_files(tmp_path, data, line, found):
    path = tmp_path / "s.yaml"
    path.write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        read_file(path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.found) == (str(path), line, found)


def test_read_file_takes_a_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    root = read_file(path)
    assert plain(root) == {"a": "1", "b": "2"}
    assert root.key_lines == {"a": 1, "b": 2}


def test_read_value_takes_any_node_and_has_no_lines():
    assert plain(read_value("3 months", "--set")) == "3 months"
    assert plain(read_value("[1, {a: 2}]", "--set")) == ["1", {"a": "2"}]
    assert read_value("{a: 2}", "--set").key_lines == {"a": None}
    assert plain(read_value("null", "--set")) is None
    for bad in ("", "# nothing", "{a: 1", "&x 1"):
        with pytest.raises(ScenarioError) as caught:
            read_value(bad, "--set")
        assert caught.value.problems[0].line is None


def test_paths_are_shown_with_quotes_where_needed():
    assert path_text(("a", "5 mg", 0, "b-c")) == 'a."5 mg"[0].b-c'


@given(st.text(alphabet="ab:- \n\t[]{}\"'&*!?#<|>,~%@\\0\x85\u2028", max_size=60))
def test_any_text_is_a_tree_or_a_scenario_error(text):
    try:
        read_text(text, "s.yaml")
    except ScenarioError as error:
        assert str(error)

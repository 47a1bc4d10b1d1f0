"""Evidence: property. Keys as text and back, whatever a scenario calls its rules, doses and events."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.errors import TrialstopError
from simulator.metrics.registry import DECLARED, metric_of
from simulator.metrics.text import Keyed, key_of, names_of, text_of
from simulator.model.metric import Key, Kind, Metric

OURS = sorted({word for metric in DECLARED for word in metric.form.split(".") if not word.isupper()})
NAMES = st.one_of(
    st.sampled_from(
        [*OURS, "2.5 mg", "a", "a.b", "RULE", '"', '""', '"a"', "a.", ".a", ".", '"."', "", " ", "\n"]
    ),
    st.text(alphabet='ab.". \n', max_size=6),
    st.text(max_size=8),
    st.lists(st.sampled_from(OURS), min_size=2, max_size=3).map(".".join),
)


@st.composite
def keys(draw: st.DrawFn) -> Key:
    """A key of any metric."""
    metric = draw(st.sampled_from(DECLARED))
    return metric(*(draw(NAMES) for _ in metric.parts))


@given(keys())
@example(Key("p_stop", rule="joint"))
@example(Key("p_stop", rule="a.b"))
@example(Key("p_stop", rule='x"."y', outcome="z"))
@example(Key("patients_with", event="a.before"))
def test_the_text_of_a_key_means_that_key(key: Key) -> None:
    assert key_of(text_of(key)) == key
    assert metric_of(key).shape == key.shape


@given(keys(), keys())
def test_two_keys_never_share_a_text(one: Key, other: Key) -> None:
    assert (text_of(one) == text_of(other)) is (one == other)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (Key("p_stop"), "p_stop"),
        (Key("p_stop", rule="tse"), "p_stop.tse"),
        (Key("p_stop", rule="tse", outcome="toxicity"), "p_stop.tse.toxicity"),
        (Key("p_stop", word="joint"), "p_stop.joint"),
        (Key("p_stop", rule="joint"), 'p_stop."joint"'),
        (Key("p_stop", rule="a.b"), 'p_stop."a.b"'),
        (Key("p_stop", rule='joint"'), 'p_stop.joint"'),
        (Key("p_fired", rule="joint"), "p_fired.joint"),
        (Key("p_select", dose="2.5 mg"), "p_select.2.5 mg"),
        (Key("p_select", dose="none"), 'p_select."none"'),
        (Key("n_at", dose="none"), "n_at.none"),
        (Key("p_select", word="above_target"), "p_select.above_target"),
        (Key("patients_with", event="before"), 'patients_with."before"'),
        (Key("patients_with", event="before", word="before"), 'patients_with."before".before'),
        (Key("patients_with", event="x.after"), 'patients_with."x.after"'),
        (Key("patients_with", event="death", word="after_window"), "patients_with.death.after_window"),
        (Key("excess", event="dlt", word="patients_with"), "excess.patients_with.dlt"),
        (Key("n_read", rule="tse", endpoint="response"), "n_read.tse.response"),
        (Key("person_days", phase='a "quoted" one'), 'person_days.a "quoted" one'),
        (Key("person_days", phase='"one"'), 'person_days."""one"""'),
    ],
)
def test_names_are_quoted_only_where_they_must_be(key: Key, text: str) -> None:
    assert text_of(key) == text
    assert key_of(text) == key
    assert f"{key.metric}.{names_of(key)}".rstrip(".") == text


@pytest.mark.parametrize("text", ["", "p_stp", "p_stop.", 'p_stop."a', "n_enrolled.a", "p_select", "events"])
def test_what_no_metric_is_called_is_an_error(text: str) -> None:
    with pytest.raises(TrialstopError, match="no metric is called"):
        key_of(text)


def test_the_error_knows_what_was_meant() -> None:
    with pytest.raises(TrialstopError, match="did you mean n_enrolled"):
        key_of("n_enroled")


def test_values_are_asked_for_by_key_or_by_text() -> None:
    values = Keyed({Key("p_stop", rule="joint"): 1.0, Key("p_stop"): 2.0})
    assert values['p_stop."joint"'] == values[Key("p_stop", rule="joint")] == 1.0
    assert "p_stop" in values and "p_stop.joint" not in values and "nonsense" not in values
    assert (values.get("p_stop"), values.get("p_stop.joint"), values.get("nonsense", 3)) == (2.0, None, 3)


@pytest.mark.parametrize("form", ["p.none.RULE.after", "p.COLOUR"])
def test_a_form_that_cannot_be_a_key_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match="one word of ours at most"):
        Metric(form, kind=Kind.MEAN, unit="", label="", about="")


def test_declarations_are_whole_and_no_two_are_of_one_shape() -> None:
    assert (
        len({metric.shape for metric in DECLARED})
        == len({metric.form for metric in DECLARED})
        == len(DECLARED)
    )
    for metric in DECLARED:
        names = {part: f"the {part}" for part in metric.parts}
        label = metric.labelled(metric(*names.values()))
        assert metric.unit and metric.about and label
        assert all(name in label for name in names.values()), f"{metric.form}: the label names every part"
        assert (metric.unit == "share") is (metric.kind is Kind.SHARE)
        assert metric.kind is not Kind.TIME or metric.unit == "days"

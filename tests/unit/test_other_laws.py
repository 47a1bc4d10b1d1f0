"""Another law in the place of one (hand-worked): what a variant or an amendment replaces whole."""

from simulator.loading.merge import apply_change
from simulator.loading.nodes import plain, read_text, read_value
from simulator.loading.paths import find, parse_path

SCREENED = "design: {screening: {takes: {lognormal: {median: 3 weeks, sigma: 0.8}}, eligible: 80%}}\n"


def test_another_law_of_a_time_replaces_the_one_that_is_there():
    """Two laws side by side would be none."""
    root = read_text(SCREENED, "s.yaml")
    other = read_value("{takes: {uniform: [1 day, 9 days]}}", "s.yaml")
    assert apply_change(root, parse_path("design.screening"), other) == []
    found = plain(find(root, ("design", "screening")))
    assert found == {"takes": {"uniform": ["1 day", "9 days"]}, "eligible": "80%"}

"""Another law in the place of one (hand-worked): what a variant, or an amendment, merges and what it replaces."""

from simulator.loading.merge import apply_change
from simulator.loading.paths import find, parse_path
from tests.unit.test_paths_merge import plain, tree, value


def test_another_law_of_a_time_replaces_the_one_that_is_there():
    """Two laws side by side would be none."""
    root = tree("design: {screening: {takes: {lognormal: {median: 3 weeks, sigma: 0.8}}, eligible: 80%}}\n")
    assert (
        apply_change(root, parse_path("design.screening"), value("{takes: {uniform: [1 day, 9 days]}}")) == []
    )
    found = plain(find(root, ("design", "screening")))
    assert found == {"takes": {"uniform": ["1 day", "9 days"]}, "eligible": "80%"}

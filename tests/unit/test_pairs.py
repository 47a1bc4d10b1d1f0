"""Evidence: by another way. Paired differences, block by block, against NumPy on all trials at once."""

import json

import numpy as np
import pytest

from simulator.metrics.paired import PairTally, pair
from simulator.metrics.text import Keyed, key_of, text_of
from simulator.stats.intervals import tango
from simulator.study.journal import Entry, Journal
from simulator.study.pairs import PairCell
from tests.helpers import SEED

TRIALS = 1_037


def columns(seed: int) -> Keyed[np.ndarray]:
    """A share, a mean far from 0, one that is often not defined, one that never is, one told by quantiles."""
    rng = np.random.default_rng([SEED, seed])
    named = {
        "p_stop": (rng.random(TRIALS) < 0.3).astype(float),
        "n_enrolled": 1e6 + rng.integers(0, 4, TRIALS),
        "n_read.rule": np.where(rng.random(TRIALS) < 0.5, rng.random(TRIALS), np.nan),
        "x_read.rule": np.full(TRIALS, np.nan),
        "days_to_stop": np.where(rng.random(TRIALS) < 0.5, np.inf, rng.random(TRIALS)),
    }
    return Keyed({key_of(text): values for text, values in named.items()})


FIRST, OTHER = columns(1), columns(2)


def in_blocks(first, other, size):
    tally = PairTally()
    for at in range(0, TRIALS, size):
        tally.add(
            pair(*({key: values[at : at + size] for key, values in of.items()} for of in (first, other)))
        )
    return tally.differences()


@pytest.mark.parametrize("size", [1, 7, 1_000, TRIALS])
def test_blocks_give_what_all_trials_at_once_give(size):
    found = in_blocks(FIRST, OTHER, size)
    for key in ("n_enrolled", "n_read.rule"):
        both = np.isfinite(FIRST[key]) & np.isfinite(OTHER[key])
        mine, theirs = FIRST[key][both], OTHER[key][both]
        e, n = found[key], both.sum()
        assert (e.n, e.fewer, e.equal, e.more) == (
            n, (mine < theirs).sum(), (mine == theirs).sum(), (mine > theirs).sum()
        )  # fmt: skip
        assert e.first_value == pytest.approx(mine.mean(), rel=1e-12)
        assert e.other_value == pytest.approx(theirs.mean(), rel=1e-12)
        assert e.value == pytest.approx((mine - theirs).mean(), rel=1e-9)
        assert e.mcse == pytest.approx((mine - theirs).std(ddof=1) / np.sqrt(n), rel=1e-6)
        assert e.unpaired == pytest.approx(np.sqrt((mine.var(ddof=1) + theirs.var(ddof=1)) / n), rel=1e-6)
        assert (e.low, e.high) == pytest.approx((e.value - 1.959964 * e.mcse, e.value + 1.959964 * e.mcse))
        assert e.factor == pytest.approx(e.unpaired / e.mcse)
        assert e.both is None and e.neither is None


@pytest.mark.parametrize("size", [1, 1_000])
def test_a_share_is_four_numbers_of_trials(size):
    e = in_blocks(FIRST, OTHER, size)["p_stop"]
    mine, theirs = FIRST["p_stop"] == 1, OTHER["p_stop"] == 1
    four = [int(cell.sum()) for cell in (mine & theirs, mine & ~theirs, ~mine & theirs, ~mine & ~theirs)]
    assert [e.both, e.more, e.fewer, e.neither] == four
    assert (e.first_value, e.other_value) == (mine.mean(), theirs.mean())
    assert e.mcse == pytest.approx((mine.astype(float) - theirs).std() / np.sqrt(TRIALS), rel=1e-12)
    p, q = mine.mean(), theirs.mean()
    assert e.unpaired == pytest.approx(np.sqrt((p * (1 - p) + q * (1 - q)) / TRIALS), rel=1e-12)
    assert (e.low, e.high) == tango(four[1], four[2], TRIALS)


def test_what_has_no_mean_is_not_compared_and_what_is_never_defined_says_nothing():
    found = in_blocks(FIRST, OTHER, 100)
    assert "days_to_stop" not in found, "it is told by quantiles"
    e = found["x_read.rule"]
    assert (e.value, e.mcse, e.low, e.n) == (None, None, None, 0)


def test_one_trial_has_no_error():
    e = in_blocks(
        *({key: v[:1] for key, v in of.items() if key == key_of("n_enrolled")} for of in (FIRST, OTHER)),
        1_037,
    )
    assert e["n_enrolled"].n == 1
    assert e["n_enrolled"].mcse is None and e["n_enrolled"].factor is None


def test_swapped_variants_change_the_sign_and_nothing_else():
    found, swapped = in_blocks(FIRST, OTHER, 100), in_blocks(OTHER, FIRST, 100)
    for key, e in found.items():
        s = swapped[key]
        assert (s.first_value, s.other_value, s.mcse, s.unpaired) == (
            e.other_value, e.first_value, e.mcse, e.unpaired
        ), text_of(key)  # fmt: skip
        assert (s.fewer, s.equal, s.more, s.both) == (e.more, e.equal, e.fewer, e.both)
        if e.value is not None:
            assert (s.value, s.low, s.high) == (-e.value, -e.high, -e.low), text_of(key)


def test_a_variant_against_itself_differs_in_no_trial():
    for key, e in in_blocks(FIRST, FIRST, 100).items():
        assert (e.fewer, e.more, e.equal) == (0, 0, e.n), text_of(key)
        if e.n:
            assert (e.value, e.mcse, e.factor) == (0.0, 0.0, None)


def test_a_journal_gives_back_every_number(tmp_path):
    block = pair(FIRST, OTHER)
    with Journal(tmp_path / "journal.bin", "a run") as journal:
        journal.append(Entry({}, 3, 0.5, (), {("a", "b"): block, ("a", "c"): block}))
    (entry,) = Journal(tmp_path / "journal.bin", "a run").entries()
    assert list(entry.pairs) == [("a", "b"), ("a", "c")]
    for found in entry.pairs.values():
        assert (found.trials, found.keys) == (block.trials, block.keys)
        assert np.array_equal(found.rows, block.rows)


def test_numbers_survive_json():
    cell = PairCell(
        first="a", other="b", truth="t", metrics=in_blocks(FIRST, OTHER, 100), only_first=("trait:x",)
    )
    assert PairCell.from_json(json.loads(json.dumps(cell.as_json(), allow_nan=False))) == cell

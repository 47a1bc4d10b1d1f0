"""Evidence: trace. Amendments of arms: how they are filled, what they give, arms that close or are added.

One candidate every 10 days, the first on day 0, in blocks; everyone has `a` on their day 5. Both engines
play each trial.
"""

import pytest

from simulator.metrics.collect import collect
from simulator.model.metric import Key
from tests.engine.amending import amended, build, came
from tests.engine.conduct import number, play
from tests.helpers import course, looks, rule

ARMS = {"len": {"gives": {"len": "25 mg"}}, "none": {}}
SHARE, SIZES = "design.arms.{}.share", "design.randomisation.sizes"


def in_arms(change, *, when="3 treated", sizes=(4,), patients=12, rules=None, **more):
    """Two arms, filled in blocks, and an amendment of them."""
    blocks = {"method": "permuted_blocks", **({"sizes": list(sizes)} if sizes else {})}
    return build(
        amended(when, change, **more),
        patients=patients,
        phases={"one": {"lasts": "60 days"}},
        monitoring=rules or {},
        arms=ARMS,
        randomisation=blocks,
    )


def drawn(records):
    """The arm of each patient, in order of entry."""
    return records.patients["arm"].tolist()


def test_blocks_begin_anew_with_the_shares_of_the_amendment():
    """After 3 of a block of 4 come whole blocks of 3 of which two are in the first arm."""
    given = in_arms({SHARE.format("len"): 2, SIZES: [3]})
    arms = drawn(play(given))
    assert sorted(arms[:2]) in ([0, 0], [0, 1], [1, 1])
    assert [sorted(arms[i : i + 3]) for i in (3, 6, 9)] == [[0, 0, 1]] * 3


def test_an_amendment_of_something_else_leaves_the_block_as_it_is():
    """Three blocks of 4; sizes that are those of before leave it so, too."""
    for change in ({"design.phases.one.lasts": "50 days"}, {SIZES: [4]}):
        arms = drawn(play(in_arms(change)))
        assert [sorted(arms[i : i + 4]) for i in (0, 4, 8)] == [[0, 0, 1, 1]] * 3


@pytest.mark.parametrize("sizes", [(), (4,)])
def test_an_arm_that_is_closed_takes_nobody_any_more(sizes):
    given = in_arms({SHARE.format("len"): 0}, sizes=sizes)
    arms = drawn(play(given))
    assert arms[3:] == [1] * 9
    assert len(arms[:3]) == 3


def test_who_is_in_a_closed_arm_goes_on_as_before():
    given = in_arms({SHARE.format("len"): 0}, when="4 treated", applies_to="on_study")
    records = play(given)
    first = drawn(records).index(0)
    assert course(given, records, first) == [(10 * first, "one", ("25 mg", "20 mg"))]


def test_what_an_arm_gives_is_that_of_the_patients_version():
    change = {"design.arms.len.gives": {"len": "10 mg"}}
    for whom in ("new", "on_study"):
        given = in_arms(change, when="4 treated", applies_to=whom)
        records = play(given)
        arms = drawn(records)
        for patient, arm in enumerate(arms):
            doses = [levels[0] for _, _, levels in course(given, records, patient)]
            before = {"25 mg", "10 mg"} if whom == "on_study" else {"25 mg"}
            assert {*doses} == ({"-"} if arm else before if patient < 4 else {"10 mg"})


def test_an_arm_that_is_added():
    """It stands before the last, to which others are compared; patients of before are in the old ones."""
    change = {"design.arms.low": {"gives": {"len": "10 mg"}}, SIZES: [3]}
    given = in_arms(change, when="4 treated", patients=10)
    assert given.arms.names == ("len", "low", "none")
    assert [given.allocation(version).shares for version in (0, 1)] == [(1, 0, 1), (1, 1, 1)]
    records = play(given)
    arms = drawn(records)
    assert sorted(arms[:4]) == [0, 0, 2, 2]
    assert [sorted(arms[i : i + 3]) for i in (4, 7)] == [[0, 1, 2]] * 2
    doses = {arm: course(given, records, arms.index(arm))[0][2][0] for arm in range(3)}
    assert doses == {0: "25 mg", 1: "10 mg", 2: "-"}
    numbers = collect(given, records)
    assert [numbers[Key("n_randomised", arm=arm)].tolist() for arm in given.arms.names] == [[4], [2], [4]]
    assert numbers[Key("risk_difference", event="a", arm="low")].tolist() == [0.0]


def test_imbalance_is_from_the_shares_under_which_each_entered():
    """Four at 1 : 1 and eight at 3 : 1 are 2 + 6 and 2 + 2, as blocks have it: no imbalance at the end."""
    given = in_arms({SHARE.format("len"): 3, SIZES: [4]}, when="4 treated")
    numbers = collect(given, play(given))
    assert numbers["imbalance"].tolist() == [0.0]
    assert 0.0 < numbers["imbalance.largest"][0] <= 1.5


def test_each_arm_is_each_that_takes_patients():
    """Two in each of two arms are there with the block of 4; then two in each of the arms that are open."""
    reads = {"reads": rule("a", 9, look={"at": ["2 treated in each arm"]}, then=[])}
    change = {"design.arms.low": {"gives": {"len": "10 mg"}}, SHARE.format("len"): 0, SIZES: [2]}
    given = in_arms(change, when="4 treated", rules=reads)
    records = play(given)
    (low, none) = ([4 + i for i, arm in enumerate(drawn(records)[4:]) if arm == k][1] for k in (1, 2))
    assert [day for day, *_ in looks(given, records, "reads")] == [30]
    assert [day for day, *_ in looks(given, records, "reads_slower")] == [10 * max(low, none)]


def test_a_rule_keeps_the_patients_of_an_arm_that_is_closed():
    """It reads all of them, and as many as may have entered are planned for in whichever arm."""
    reads = {"reads": rule("a", 9, arms="len", look="every 1 treated", then=[])}
    given = in_arms({SHARE.format("len"): 0}, when="4 treated", rules=reads, counts="keep")
    records = play(given)
    assert came(records) == [(30, 1)]
    assert [given.monitors[number(given, name)].plan.max_n for name in ("reads", "reads_slower")] == [6, 12]
    (monitor, *_) = given.monitors
    assert monitor.before == 1
    assert [n for _, n, _ in looks(given, records, "reads")] == [1, 2]
    assert looks(given, records, "reads_slower") == []  # nobody enters the arm any more


def test_shares_that_change_make_a_rule_that_goes_by_them_another():
    """What compares two arms knows their part of the allocation."""
    compares = rule("a", 9, compare=["len", "none"], look="every 1 treated", then=[])
    compares["rule"] = {"kind": "event_split", "level": "at most 2.5%"}
    given = in_arms({SHARE.format("len"): 2, SIZES: [3]}, rules={"reads": compares})
    assert [monitor.plan.share for monitor in given.monitors] == [1 / 2, 2 / 3]

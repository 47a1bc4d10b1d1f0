"""Evidence: peer. Designs of other programs, their boundaries taken as given: all that is calculated of them.

data/*.csv were made by stoppingrule, clinfun and gsDesign and by programs of first principles (their header
lines say which). Compared to 1e-9, or to the last digit where fewer are given.
"""

import pytest

from simulator.stats.binomial import monitor_each
from simulator.stats.pending import Uniformly, expected_day, expected_enrolled
from tests.peer.tables import rows, whole


def of(name, design):
    return [row for row in rows(name) if row["design_id"] == design]


def ids(name):
    return sorted({row["design_id"] for row in rows(name)})


def given_to(text):
    """Half of the last digit given, at least 1e-9."""
    mantissa, _, power = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return max(1e-9, 0.51 * 10.0 ** (int(power or 0) - decimals))


def same(value, text):
    assert value == pytest.approx(float(text), abs=given_to(text))


BINARY = "stoppingrule_binary_boundaries.csv", "stoppingrule_binary_oc.csv"


@pytest.mark.parametrize("design", ids(BINARY[1]))
def test_stoppingrule_designs(design):
    """Both packages' characteristics; with patients pending too where the package has them."""
    own = of(BINARY[0], design)
    looks, upper = [int(row["look_n"]) for row in own], [whole(row["reject_at"]) for row in own]
    oc = of(BINARY[1], design)
    found = monitor_each(looks, [float(row["p"]) for row in oc], upper=upper)
    days = Uniformly(within_days=730)
    enrolled, ended = expected_enrolled(found, days, 30), expected_day(found, days, 30)
    for one, row, patients, day in zip(found, oc, enrolled, ended, strict=True):
        same(one.p_stop, row["reject_prob"])
        same(one.expected_events, row["exp_events"])
        same(one.p_stop, row["clinfun_pcross"])
        same(one.p_stop_before_last, row["clinfun_pstop_before_last"])
        same(one.expected_n, row["clinfun_ess"])
        if row["tau_status"] == "ok":
            same(patients, row["exp_enrolled_tau30_A730"])
            same(float(row["p"]) * patients, row["exp_events_tau30_A730"])
            same(day, row["exp_calendar_tau30_A730"])


def test_pending_patients_are_compared():
    """The package fails on every schedule of group looks."""
    assert sum(row["tau_status"] == "ok" for row in rows(BINARY[1])) == 406


TOXBDRY = "clinfun_toxbdry_boundaries.csv", "clinfun_toxbdry_oc.csv"


@pytest.mark.parametrize("side", ["lo", "hi"])
@pytest.mark.parametrize("design", ids(TOXBDRY[1]))
def test_clinfun_toxicity_boundaries(design, side):
    """A trial stops above the most toxicities that are acceptable."""
    own = of(TOXBDRY[0], design)
    looks = [int(row["look_n"]) for row in own]
    oc = of(TOXBDRY[1], design)
    upper = [int(row[f"{side}_bdry_max_ok"]) + 1 for row in own]
    for one, row in zip(
        monitor_each(looks, [float(row["ptox"]) for row in oc], upper=upper), oc, strict=True
    ):
        same(one.p_stop, row[f"pcross.{side}"])
        same(one.p_stop_before_last, row[f"pstop.{side}"])
        same(one.expected_n, row[f"ess.{side}"])


@pytest.mark.parametrize("side", ["lo", "hi"])
@pytest.mark.parametrize("design", ids("clinfun_futilbdry.csv"))
def test_clinfun_futility_boundaries(design, side):
    own = of("clinfun_futilbdry.csv", design)
    names = own[0]["oc_cols"].split(";")
    digits = own[0]["oc"].split(";")
    table = [dict(zip(names, digits[i : i + 7], strict=True)) for i in range(0, len(digits), 7)]
    looks, lower = [int(row["look_n"]) for row in own], [int(row[f"{side}_bdry_stop_le"]) for row in own]
    rates = [float(row["presp"]) for row in table]
    never = [None] * len(looks)
    for one, row in zip(monitor_each(looks, rates, upper=never, lower=lower), table, strict=True):
        same(1.0 - one.p_lower, row[f"peffective.{side}"])
        same(one.p_stop_before_last, row[f"pstop.{side}"])
        same(one.expected_n, row[f"ess.{side}"])


@pytest.mark.parametrize("row", rows("clinfun_simon_twostage.csv"), ids=lambda row: row["design_id"])
def test_simon_two_stage_designs(row):
    """Ended at r1 of n1 or fewer, and not worth pursuing at r of n or fewer."""
    looks, lower = [int(row["n1"]), int(row["n"])], [int(row["r1"]), int(row["r"])]
    rates = [float(row["pu"]), float(row["pa"])]
    null, other = monitor_each(looks, rates, upper=[None, None], lower=lower)
    same(null.expected_n, row["EN_p0"])
    same(null.p_stop_before_last, row["PET_p0"])
    same(1.0 - null.p_lower, row["type1"])
    same(1.0 - other.p_lower, row["power"])


@pytest.mark.parametrize("design", ids("gsdesign_truncated_sprt.csv"))
def test_gsdesign_truncated_sprt(design):
    own = of("gsdesign_truncated_sprt.csv", design)
    looks = [int(row["look_n"]) for row in own]
    upper, lower = ([whole(row[side]) for row in own] for side in ("upper_ge", "lower_le"))
    rates = [float(part) for part in design.split("_")[1:3]]
    for one, name in zip(monitor_each(looks, rates, upper=upper, lower=lower), ("p0", "p1"), strict=True):
        same(one.p_upper, own[0][f"P_upper_{name}"])
        same(one.p_lower, own[0][f"P_lower_{name}"])
        same(one.expected_n, own[0][f"EN_{name}"])


@pytest.mark.parametrize("design", ids("bop2_oc.csv"))
def test_bop2_designs(design):
    own, oc = of("bop2_boundaries.csv", design), of("bop2_oc.csv", design)
    looks = [int(row["look_n"]) for row in own]
    upper, lower = ([whole(row[side]) for row in own] for side in ("stop_ge", "stop_le"))
    found = monitor_each(looks, [float(row["p"]) for row in oc], upper=upper, lower=lower)
    for one, row in zip(found, oc, strict=True):
        same(one.p_stop, row["P_stop"])
        same(one.p_stop_before_last, row["P_stop_before_last"])
        same(one.expected_n, row["EN"])


@pytest.mark.parametrize("design", ids("predprob_oc.csv"))
def test_predictive_probability_designs(design):
    own, oc = of("predprob_boundaries.csv", design), of("predprob_oc.csv", design)
    looks = [int(row["look_n"]) for row in own]
    upper, lower = ([whole(row[side]) for row in own] for side in ("stop_ge", "stop_le"))
    found = monitor_each(looks, [float(row["p"]) for row in oc], upper=upper, lower=lower)
    for one, row in zip(found, oc, strict=True):
        same(one.p_lower, row["P_low_stop"])
        same(one.p_upper, row["P_high_stop"])
        same(one.p_stop_before_last, row["P_stop_before_last"])
        same(one.expected_n, row["EN"])

"""Evidence: exact. A+B in the decision graph against the closed forms of Lin and Shih (2001), and 3+3."""

import json
from math import comb, prod
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.dose_finding.a_plus_b import APlusB
from simulator.dose_finding.three_plus_three import ThreePlusThree
from simulator.exact.dose_graph import dose_graph
from tests.conformance.test_every_design import batches, columns
from tests.helpers import dose_version

CASES = json.loads((Path(__file__).parent / "data/three_plus_three_exact.json").read_text())["cases"]
DE_ESCALATION = {"A": False, "B": True}


def graph(design, doses):
    return dose_graph([dose_version(design, range(1, doses + 1))])


def traditional(de_escalation):
    """3+3 as a case of A+B."""
    return APlusB(a=3, b=3, c=1, d=1, e=1, de_escalation=de_escalation)


@pytest.mark.parametrize("case", [case for case in CASES if case["variant"] in DE_ESCALATION])
def test_three_plus_three_is_one_case(case):
    """Enumerations of 3+3 made elsewhere (see test_three_plus_three)."""
    design, truth = traditional(DE_ESCALATION[case["variant"]]), case["truth"]
    found = graph(design, len(truth)).evaluate(truth)
    assert list(found.p_select.values()) == pytest.approx(case["select"], rel=0, abs=1e-9)
    assert found.p_none == pytest.approx(case["none"], rel=0, abs=1e-9)
    assert list(found.n.values()) == pytest.approx(case["n_per_dose"], rel=0, abs=1e-9)
    assert found.n_sd == pytest.approx(case["n_sd"], rel=0, abs=1e-9)


@settings(deadline=None)
@given(st.sampled_from("AB"), batches())
def test_it_decides_as_three_plus_three(variant, counts):
    design = traditional(DE_ESCALATION[variant])
    ours, theirs = (one.decide(counts) for one in (design, ThreePlusThree(variant=variant)))
    for one, other in zip(columns(ours), columns(theirs), strict=True):
        assert (one == other).all()


def binomial(n, k, p):
    return comb(n, k) * p**k * (1 - p) ** (n - k) if k <= n else 0.0


def closed_form(design, truth):
    """P(select) per dose. At a dose, by A and then B patients:

    up: fewer than C, or C to D and then at most E. Where it passed with A only and a higher dose is toxic,
    B more come: it then has at most E (`fits`) or more (`fails`).
    """
    a, b, c, d, e = design.a, design.b, design.c, design.d, design.e
    few, filled, fits, fails = [], [], [], []
    for p in truth:
        at_most = [sum(binomial(b, k, p) for k in range(e - x + 1)) for x in range(a + 1)]
        few.append(sum(binomial(a, x, p) for x in range(c)))
        filled.append(sum(binomial(a, x, p) * at_most[x] for x in range(c, d + 1)))
        fits.append(sum(binomial(a, x, p) * at_most[x] for x in range(c)))
        fails.append(few[-1] - fits[-1])
    passes = [x + y for x, y in zip(few, filled, strict=True)]
    doses, out = len(truth), []
    for i in range(doses):
        total = prod(passes) if i == doses - 1 else 0.0  # the top dose is accepted as it stands
        for k in range(i, doses - 1):  # k + 1 is the first toxic dose, those between were left again
            reached = prod(passes[:i]) * (1 - passes[k + 1])
            if design.de_escalation:
                total += reached * (filled[i] + fits[i]) * prod(fails[i + 1 : k + 1])
            elif k == i:
                total += reached * passes[i]
        out.append(total)
    return out


@st.composite
def designs(draw):
    a, b = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    c = draw(st.integers(1, a))
    d = draw(st.integers(c, a))
    e = draw(st.integers(d, a + b - 1))
    return APlusB(a=a, b=b, c=c, d=d, e=e, de_escalation=draw(st.booleans()))


@settings(deadline=None)
@given(designs(), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_any_design_has_the_closed_form(design, truth):
    found = graph(design, len(truth)).evaluate(truth)
    expected = closed_form(design, truth)
    assert list(found.p_select.values()) == pytest.approx(expected, rel=0, abs=1e-12)
    assert found.p_none == pytest.approx(1 - sum(expected), rel=0, abs=1e-12)
    for level, p in enumerate(truth, start=1):
        assert found.dlt[level] == pytest.approx(p * found.n[level], rel=0, abs=1e-11)

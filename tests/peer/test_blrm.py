"""Evidence: exact. Posterior probabilities of the BLRM against a finer quadrature; its choices.

data/blrm_posterior.json: nested Gauss-Legendre, two resolutions of which agree to 4e-15. No package was
asked: those that fit it sample.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.contracts import NO_DOSE, DoseCounts
from simulator.dose_finding import _two_parameter
from simulator.dose_finding._two_parameter import Prior, above
from simulator.dose_finding.blrm import Blrm

CASES = json.loads((Path(__file__).parent / "data/blrm_posterior.json").read_text())["cases"]
by_id = {"ids": lambda case: case["id"]}


def prior_of(case):
    return Prior(tuple(case["prior_mean"]), tuple(case["prior_sd"]), float(case["prior_corr"]))


def tails(case, n=None, dlt=None):
    amounts = tuple(dose / case["ref_dose"] for dose in case["doses"])
    n, dlt = (np.array([case[key]]) if given is None else given for key, given in (("n", n), ("y", dlt)))
    return above(prior_of(case), amounts, (0.16, 0.33), n, dlt)


@pytest.mark.parametrize("case", CASES, **by_id)
def test_probabilities_equal_a_finer_quadrature(case):
    found, expected = tails(case)[0], case["quadrature"]["doses"]
    assert 1 - found[:, 0] == pytest.approx([dose["p_under"] for dose in expected], rel=0, abs=1e-9)
    assert found[:, 0] - found[:, 1] == pytest.approx(
        [dose["p_target"] for dose in expected], rel=0, abs=1e-9
    )
    assert found[:, 1] == pytest.approx([dose["p_over"] for dose in expected], rel=0, abs=1e-9)


@pytest.mark.parametrize("choose", ["target", "highest"])
@pytest.mark.parametrize("case", CASES, **by_id)
def test_the_next_dose(case, choose):
    """Of all doses, however far up: nothing else restricts it."""
    design = Blrm(
        n_max=90,
        amounts=tuple(case["doses"]),
        reference=case["ref_dose"],
        prior_mean=tuple(case["prior_mean"]),
        prior_sd=tuple(case["prior_sd"]),
        prior_correlation=case["prior_corr"],
        choose=choose,
        no_skip=False,
    )
    last = len(case["doses"]) - 1
    n, dlt = np.array([case["n"]]), np.array([case["y"]])
    judged = int(np.flatnonzero(n[0])[-1]) if n.any() else last
    found = int(design.decide(DoseCounts(n=n, dlt=dlt, current=np.array([judged]))).dose[0])
    key = {"target": "ewoc_next_maxtarget", "highest": "ewoc_highest_admissible"}[choose]
    assert (None if found == NO_DOSE else case["doses"][found]) == case[key]


def test_sixty_patients_are_integrated_as_well(monkeypatch):
    """A posterior four times as narrow as the prior, on 121 points a side and on 301."""
    case = next(case for case in CASES if case["id"] == "five_mid")
    n, dlt = np.array([[6, 12, 24, 12, 6]]), np.array([[0, 1, 5, 6, 5]])
    coarse = tails(case, n, dlt)
    monkeypatch.setattr(_two_parameter, "POINTS", 301)
    _two_parameter._grid.cache_clear()
    fine = tails(case, n, dlt)
    _two_parameter._grid.cache_clear()
    assert coarse == pytest.approx(fine, rel=0, abs=1e-9)

"""What the tests of engine, lowering and exact calculation share: one seed, small scenarios, plain stories.

Scenarios are written as Python dicts with the keys of a scenario file, and read by the loader, so that a
test speaks the language users write. Monte Carlo comparisons state their false-alarm rate: `ALPHA` each.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import exp, inf, log, sqrt
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from scipy.stats import binomtest, kstest

from simulator.contracts import DoseDesign
from simulator.engines.reference.trial import play, play_one
from simulator.exact.recognise import exact_values
from simulator.loading.load import load
from simulator.metrics.collect import collect
from simulator.metrics.text import Keyed, metric_of
from simulator.model.latents import BlockLatents, ScriptedLatents
from simulator.model.metric import Kind
from simulator.model.records import Records
from simulator.model.scenario import Scenario
from simulator.program.build import build
from simulator.program.dosing import DoseVersion
from simulator.program.tables import Program
from simulator.program.words import Decide

ROOT = Path(__file__).parents[1]
LENI, CHECK = ROOT / "scenarios/leni.yaml", ROOT / "scenarios/checks/leni.yaml"
SHIPPED = tuple(  # checks/chanan_khan, ..., mec: below scenarios/, without .yaml
    path.relative_to(ROOT / "scenarios").with_suffix("").as_posix()
    for path in sorted((ROOT / "scenarios").rglob("*.yaml"))
)

SEED = 20_240_607  # of the whole suite: no test draws with another
ALPHA = 1e-6  # false-alarm rate of one Monte Carlo comparison; about 1,000 are made: 1e-3 for all together
MONTH, YEAR = 30.4375, 365.25  # days
HALF_YEAR = 182.625

Key = tuple[str, int]


# ---------------------------------------------------------------- scenarios


def scenario(design: Mapping[str, Any], truths: Mapping[str, Any], **more: Any) -> Scenario:
    """A scenario from dicts with the keys of a file, through the loader."""
    tree = {"trialstop": 1, "title": "test", "question": "test", "design": design, "truths": truths, **more}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.yaml"
        path.write_text(json.dumps(tree), encoding="utf-8")  # YAML 1.2 holds JSON
        return load(path)


def program(design: Mapping[str, Any], truth: Mapping[str, Any]) -> Program:
    """The Program of one design under one truth. Events the truth does not name have no hazard."""
    silent = {name: {"components": {"c": {"hazard": "0"}}} for name in design.get("events", {})}
    whole = {"accrual": "every 10 days", **truth, "events": {**silent, **truth.get("events", {})}}
    found = scenario(design, {"truth": whole})
    variant, design = next(iter(found.designs.items()))
    return build(design, found.truths["truth"], amended=found.amended[variant])


@lru_cache(maxsize=64)
def loaded(path: Path, sets: tuple[str, ...] = ()) -> Scenario:
    """A scenario file, read once however many tests ask."""
    return load(path, sets)


def of_file(path: Path, variant: str, truth: str, *sets: str) -> Program:
    """The Program of a cell of a scenario file, changed as `--set` would."""
    found = loaded(path, sets)
    amended = found.amended[variant]
    return build(
        found.designs[variant], found.truths[truth], amended=amended, variant=variant, truth_name=truth
    )


def until(patients: int) -> dict[str, str]:
    """`accrual` of a design."""
    return {"until": f"{patients} treated"}


def rule(event: str, count: int, **more: Any) -> dict[str, Any]:
    """A monitoring entry: stop at `count` patients (or `unit=`), closing accrual unless `then=` is given."""
    unit, minimum = more.pop("unit", "patients"), more.pop("minimum_n", None)
    kind: dict[str, Any] = {"kind": "at_least", "count": count} | ({"minimum_n": minimum} if minimum else {})
    return {"counts": {"event": event, "unit": unit}, "rule": kind, "then": ["close_accrual"], **more}


def dose_version(method: DoseDesign, ladder: Iterable[int], *, start: int = 0, since: int = 0) -> DoseVersion:
    """A version of the dose finding that decides when outcomes are known, and replaces who is not judged."""
    return DoseVersion(
        method=method,
        ladder=tuple(ladder),
        start=start,
        decide=Decide.WHEN_KNOWN,
        replaces=True,
        since=since,
    )


# ---------------------------------------------------------------- playing


def draws(given: Program, trials: int, first: int = 0, seed: int = SEED) -> Records:
    """SimPy's trials first ... first + trials - 1, with the suite's seed unless another is given."""
    arrivals = min(3 * given.max_treated, 64)  # more than are treated: some are lost, or not eligible
    return play(given, BlockLatents(seed, first, trials, arrivals))


def script(
    given: Program,
    days: Mapping[Key, Sequence[float]] | None = None,
    levels: Mapping[Key, Sequence[float]] | None = None,
    uniforms: Mapping[Key, Sequence[float]] | None = None,
) -> Records:
    """One trial from hand-given latents.

    days: (EVENT or EVENT/COMPONENT, candidate) -> days from entry on which it happens. levels: the same ->
    its thresholds, as cumulative hazard. uniforms: (stream, candidate) -> draws.
    """
    fixed = {(_stream(given, name), who): tuple(on) for (name, who), on in (days or {}).items()}
    values = {key: tuple(u) for key, u in (uniforms or {}).items()}
    values |= {
        (_stream(given, name), who): tuple(exp(-x) for x in at) for (name, who), at in (levels or {}).items()
    }
    return play_one(given, ScriptedLatents(days=fixed, draws=values))


def _stream(given: Program, name: str) -> str:
    event, _, component = name.partition("/")
    index = given.event_index(event)
    found = [c for c in given.components if c.event == index and component in ("", c.name)]
    assert found, f"no component {name}"
    return found[0].stream


def exactly(given: Program) -> tuple[Keyed[float], str]:
    """Exact values, to be asked by the text of their keys too, and the reason why there are none."""
    values, reason = exact_values(given)
    return Keyed(values), reason


# ---------------------------------------------------------------- stories


def happened(given: Program, records: Records, event: str = "") -> list[tuple[int, str, float, float, float]]:
    """(candidate, event, occurred, detected, reported) by day, then patient; of one event or of all."""
    rows = [
        (
            int(r["candidate"]),
            given.events[r["event"]].name,
            float(r["occurred"]),
            float(r["detected"]),
            float(r["reported"]),
        )
        for r in records.events
    ]
    return sorted((row for row in rows if event in ("", row[1])), key=lambda row: (row[2], row[0]))


def occurred(given: Program, records: Records, event: str, candidate: int = 0) -> list[float]:
    """Days on which a patient's events of one kind happened."""
    return [row[2] for row in happened(given, records, event) if row[0] == candidate]


def course(given: Program, records: Records, candidate: int = 0) -> list[tuple[float, str, tuple[str, ...]]]:
    """(day, phase, dose per drug, `-` for none) of a patient's every change."""
    states = given.states

    def doses(state: int) -> tuple[str, ...]:
        levels = zip(given.levels, states[state].levels, strict=True)
        return tuple(listed[k - 1] if k else "-" for listed, k in levels)

    rows = records.states[records.states["candidate"] == candidate]
    return [(float(r["time"]), given.phases[states[r["state"]].phase].name, doses(r["state"])) for r in rows]


def by_patient(records: Records) -> Iterator[tuple[np.void, np.ndarray]]:
    """(row of the patient, rows of the patient's events) for every patient of every trial."""
    events, patients = records.events, records.patients
    address = events["trial"] * 2**20 + events["candidate"]
    order = np.argsort(address, kind="stable")
    address = address[order]
    for patient in patients:
        here = int(patient["trial"]) * 2**20 + int(patient["candidate"])
        low, high = np.searchsorted(address, [here, here + 1])
        yield patient, events[order[low:high]]


def exits(records: Records) -> list[float]:
    """Day on which each patient's course ended, in order of candidate."""
    return [float(x) for x in records.patients["exit"]]


def looks(given: Program, records: Records, name: str = "rule") -> list[tuple[float, int, int]]:
    """(day, n, x) of a rule's looks."""
    index = [m.name for m in given.monitors].index(name)
    mine = records.looks[records.looks["monitor"] == index]
    return [(float(r["time"]), int(r["n"][0]), int(r["x"][0])) for r in mine]


def dates(given: Program, records: Records, name: str = "rule") -> tuple[float, float, float, float] | None:
    """(reported, cut, decided, effective) of a rule's firing, None if it did not fire."""
    index = [m.name for m in given.monitors].index(name)
    mine = records.firings[records.firings["monitor"] == index]
    assert len(mine) <= 1, "a rule fires once"
    fired = [tuple(float(r[key]) for key in ("reported", "cut", "decided", "effective")) for r in mine]
    return fired[0] if fired else None  # type: ignore[return-value]


def stop_days(records: Records, trials: int, first: int = 0) -> np.ndarray:
    """Day of the (first) stop's effect per trial, inf without one."""
    days = np.full(trials, inf)
    np.minimum.at(days, records.firings["trial"] - first, records.firings["effective"])
    return days


def fastest(work: Callable[[], object], times: int = 7) -> float:
    """The least processor time of several goes, in seconds: what a comparison of two in one process needs."""
    spent = []
    for _ in range(times):
        begun = process_time()
        work()
        spent.append(process_time() - begun)
    return min(spent)


def same(a: Records, b: Records, *tables: str) -> bool:
    """Whether two records agree in every field of the named tables (all by default)."""
    names = tables or ("trials", "patients", "states", "events", "looks", "firings", "risks")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)


# ---------------------------------------------------------------- Monte Carlo against exact


def assert_share(hits: int, n: int, p: float, what: str = "") -> None:
    """Exact binomial test of `hits` of `n` against p: false alarm at most ALPHA."""
    if p <= 1e-12 or p >= 1 - 1e-12:
        assert hits == (n if p > 0.5 else 0), f"{what}: {hits} of {n}, certain: {p}"
        return
    found = binomtest(int(hits), int(n), float(p)).pvalue
    assert found > ALPHA, f"{what}: {hits} of {n} = {hits / n:.5f}, exact {p:.5f} (p = {found:.1e})"


def assert_mean(values: np.ndarray, mean: float, sd: float, span: float, what: str = "") -> None:
    """Mean of independent values within a range `span`, with known mean and sd, by Bernstein's inequality.

    P(|average - mean| >= t) <= 2 exp(-n t^2 / (2 (sd^2 + span t / 3))) for any distribution; t is where
    that is ALPHA. Right for skewed and nearly certain values too, where standard errors are not.
    """
    n, tail = len(values), log(2.0 / ALPHA)
    b = span * tail / 3.0
    allowed = (b + sqrt(b * b + 2.0 * n * tail * sd * sd)) / n
    off = float(np.mean(values)) - mean
    assert abs(off) <= allowed + 1e-9, f"{what}: {np.mean(values):.5f}, exact {mean:.5f} +- {allowed:.5f}"


def assert_near(
    values: np.ndarray, expected: float, rounding: float, what: str = "", error: float = 0.0
) -> None:
    """Mean against a printed number: 5 standard errors (6e-7), the number's own error and its rounding."""
    values = np.asarray(values, dtype=float)
    se = sqrt(float(values.var(ddof=1)) / len(values) + error**2)
    off = float(values.mean()) - expected
    assert abs(off) <= 5.0 * se + rounding, f"{what}: {values.mean():.4f} (SE {se:.4f}), printed {expected}"


def assert_calculated(given: Program, records: Records, trials: int) -> Keyed[float]:
    """Every exact value, which is returned, against trials: as `assert_share`, means as `assert_near`."""
    (exact, reason), simulated = exactly(given), collect(given, records)
    assert not reason
    for key, value in exact.items():
        if metric_of(key).kind is Kind.SHARE:
            assert_share(int(simulated[key].sum()), trials, value, str(key))
        else:
            assert_near(simulated[key], value, 1e-9, str(key))
    return exact


def assert_times(times: np.ndarray, n: int, cdf: Callable[[Any], Any], last: float, what: str = "") -> None:
    """First-event times of n subjects followed for `last` days against their distribution function.

    How many had one: exact binomial. When: Kolmogorov-Smirnov on F(T) / F(last), uniform if right.
    """
    times = np.asarray(times, dtype=float)
    assert_share(len(times), n, float(cdf(last)), f"{what}, how many")
    if len(times):
        u = np.array([cdf(t) for t in times]) / cdf(last)
        assert u.min() >= 0.0
        assert u.max() <= 1.0 + 1e-9
        found = kstest(u, "uniform").pvalue
        assert found > ALPHA, f"{what}, when: KS p = {found:.1e} over {len(times)} times"

"""Evidence: property. What `_shown.Plot` says of a figure, for every figure of the registry and the skeleton.

Each is drawn from small real subjects: runs of three scenarios (one finds doses, one has arms), also read
back from their files, every rule of five scenarios, a trial of each; and from crowded ones: names of 64
letters, many truths, many arms, doses that take a line each.
"""

from dataclasses import replace
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from simulator import calibrate, compare, figures, registry, sensitivity, solve, sweep, tornado
from simulator.loading.load import load
from simulator.metrics.text import text_of
from simulator.program.textbook import read_by
from simulator.reporting import figures as drawing
from simulator.reporting.decision_maps import decision_maps
from simulator.reporting.doses import dose_truths
from simulator.reporting.figures import draw_all, plots
from simulator.reporting.narrative import trace
from simulator.reporting.next_dose import next_dose
from simulator.reporting.pages import HIGH, WIDE
from simulator.reporting.plots._shown import OfRule, OfRun, OfSweep, Subject
from simulator.reporting.style import style
from simulator.reporting.tables import counted_events
from simulator.study.results import Results
from simulator.study.run import programs, run
from tests.helpers import ROOT
from tests.pictures import LONG, crowded, crowded_arms, crowded_doses, outside, overlapping

PLOTS = {**registry.PLOTS, "skeleton": "simulator.reporting.plots._skeleton"}
FOLDER = Path(registry.__file__).parent / "reporting" / "plots"
every_plot = pytest.mark.parametrize("name", PLOTS)

LENI = ("leni", ["combination_only", "with_maintenance"], ["planned", "observed_like"], "thrombosis")
MEC = ("mec", ["as_amended", "variant_a"], ["observed_like"], "dlt")
KHOURI = ("khouri", ["as_run", "as_treated", "nobody_refuses"], ["reported", "no_effect"], "gvhd")
RULES = {  # by patients of several denominators, by courses, weighted; of one endpoint and of two
    "leni": ["with_maintenance"],
    "mec": ["as_amended"],
    "ferrajoli": ["as_designed", "toxicity_per_course", "pending_known", "pending_weighted"],
    "khouri": ["as_run"],  # of two arms, and of one
    "checks/khouri": ["as_written"],
}
TRIALS, RATES = 40, (0.1, 0.2, 0.3, 0.5)
COARSE = 50  # dots per inch: enough to see that something is there


def scenario(name):
    return load(ROOT / f"scenarios/{name}.yaml")


@pytest.fixture(scope="session")
def subjects(tmp_path_factory):
    """Subject -> what to draw, by name."""
    found = {what: {} for what in get_args(Subject)}
    for name, variants, truths, event in (LENI, MEC, KHOURI):
        read = scenario(name)
        results = run(read, variants=variants, truths=truths, trials=TRIALS, self_check=0)
        whole = OfRun(results=results, doses=dose_truths(results))
        found["run"][name] = whole
        found["run"][f"{name}, read back"] = replace(whole, results=Results.from_json(results.as_json()))
        found["event"] |= {key: replace(of, event=event) for key, of in found["run"].items() if name in key}
        found["trial"][name] = trace(read, variant=variants[0], truth=truths[0], trial=1)
    found["pathways"] = dict(trees())
    found["decisions"] = {name: decision_maps(scenario(name)) for name in ("mec_alternatives", "mec", "leni")}
    name, variants, truths, _ = LENI
    pairs = compare(scenario(name), variants=variants, truths=truths, trials=TRIALS, self_check=0)
    found["run"]["two variants compared"] = OfRun(results=pairs.results)
    found["calibration"] = dict(calibrations())
    found["tornado"] = {
        name: tornado(scenario(name), trials=TRIALS, self_check=0, truths=[truth]).findings
        for name, truth in (("leni", "interaction_25"), ("checks/leni", "planned"))
    }
    found["sensitivity"] = {
        name: sensitivity(scenario(name), "n_enrolled", trials=TRIALS, self_check=0, truths=truths).findings
        for name, truths in (("leni", ["interaction_25"]), ("checks/ferrajoli", []), ("mec", []))
    }
    found["sweep"], found["solve"] = dict(sweeps()), dict(searches())
    found["metric"] = {
        f"{name} {text_of(key)}": replace(of, key=key)
        for name, of in found["sweep"].items()
        for key in of.findings.metrics
    }
    for name, variants in RULES.items():
        found["rule"] |= {f"{name} {key}": rule for key, rule in rules(scenario(name), variants)}
    crowds = {
        "crowd": crowded(truths=16),
        "crowd of doses": crowded_doses(tmp_path_factory.mktemp("doses")),
        "crowd of arms": crowded_arms(),
    }
    for name, read in crowds.items():
        results = run(read, trials=TRIALS, self_check=0)
        whole = OfRun(results=results, doses=dose_truths(results))
        event = counted_events(results)[0]
        found["run"][name], found["event"][name] = whole, replace(whole, event=event)
        variant, truth = next(iter(read.designs)), next(iter(read.truths))
        found["trial"][name] = trace(read, variant=variant, truth=truth, trial=1)
        if read.designs[variant].dose_finding is not None:
            found["decisions"][name] = decision_maps(read)
            found["pathways"][name] = next_dose(read, "2NN?", variant=variant, pathways_ahead=4)
        found["rule"] |= {f"{name} {key}": rule for key, rule in rules(read, [variant])}
    return found


def trees():
    """Into an amendment, from the start, of one cohort, of a dose finding that is over, of too many ways."""
    mec = scenario("mec")
    for outcomes, ahead in (("2NTN", 3), ("", 4), ("2NTN 2NT?", 1), ("2TTN 1TTN", 2), ("", 6)):
        yield f"{outcomes} {ahead}", next_dose(mec, outcomes, variant="as_amended", pathways_ahead=ahead)


def calibrations():
    """Exact, played and bisected, of few settings and of many; words; a name of 64 letters, a mean."""
    count, small = "design.monitoring.thrombosis_rule.rule.count=", {"trials": TRIALS, "self_check": 0}
    wide, leni, check = {"variants": ["with_maintenance"]}, scenario("leni"), scenario("checks/leni")
    for name, read, rule, vary, target, asked in (
        ("exact", check, "thrombosis_rule", count + "1,2,3", "p_stop<=5%", wide),
        ("played", leni, "thrombosis_rule", count + "1:9:9", "p_stop<=5%", wide),
        ("a mean", leni, "thrombosis_rule", count + "2,3", "n_enrolled<=20 under cll_like", wide),
        (
            "many",
            scenario("checks/ferrajoli"),
            "tse",
            'variants.toxicity_only."design.monitoring.tse.rule".toxicity.certainty='
            "more than 80%:more than 99%:60",
            "p_stop<=5%",
            {"variants": ["toxicity_only"]},
        ),
        (
            "words",
            check,
            "thrombosis_rule",
            'variants.bayes_any_phase."design.monitoring.thrombosis_rule.rule".prior='
            "{events: 0.2, others: 1.8},{events: 6, others: 34},{events: 0.5, others: 0.5}",
            "p_stop<=50%",
            {"variants": ["bayes_any_phase"]},
        ),
        (
            "crowd",
            crowded(truths=4),
            LONG + "e",
            f"design.monitoring.{LONG}e.rule.count=1,2,3,4",
            f"p_stop<=90% under {LONG[:-2]}02",
            {"variants": [LONG + "v"]},
        ),
    ):
        yield name, calibrate(read, rule, vary, target, **small, **asked).findings


COUNT = "design.monitoring.thrombosis_rule.rule.count"
AFTER = "truths.interaction_25.events.thrombosis.components.after_imatinib.probability"
ONE = {"variants": ["with_maintenance"]}


def sweeps():
    """Numbers, words, equal ratios; two values; exact and played; names of 64 letters; many settings."""
    small = {"trials": TRIALS, "self_check": 0}
    two = {"truths": ["planned", "interaction_25"], **ONE}
    one = {"truths": ["interaction_25"], **ONE}
    crowd = f"design.monitoring.{LONG}e.rule.count"
    several = ["p_stop", "n_enrolled", "duration_days"]
    for name, read, vary, metrics, asked in (
        ("played", scenario("leni"), [f"{COUNT}=1,2,3"], several, two | {"against": True}),
        ("ratios", scenario("checks/leni"), [f"{AFTER}=0.1% in 6 months:60% in 6 months:5:log"], [], two),
        ("words", scenario("leni"), ["design.accrual.while_held=lost,queued"], [], two),
        (
            "two values",
            scenario("checks/leni"),
            [f"{COUNT}=1,2", "design.accrual.until=5,20 treated"],
            [],
            two,
        ),
        (
            "many",
            scenario("checks/leni"),
            [f"{COUNT}=1:9:9", "design.accrual.until=10:40 treated:16"],
            [],
            one,
        ),
        ("crowd", crowded(truths=3), [f"{crowd}=1,2,3"], [], {}),
        ("crowd of two", crowded(truths=2), [f"{crowd}=1,2", "design.accrual.until=5,6,7 treated"], [], {}),
    ):
        findings = sweep(read, vary, metrics, **small, **asked).findings
        yield name, OfSweep(findings=findings, key=findings.metrics[0])


def searches():
    """Exact and played; whole numbers; one without a solution; names of 64 letters."""
    small = {"trials": TRIALS, "self_check": 0}
    within = f"{AFTER}=0.1% in 6 months:60% in 6 months:2"
    for name, read, vary, target, asked in (
        ("exact", scenario("checks/leni"), within, "p_stop=50%", {"truths": ["interaction_25"]}),
        ("played", scenario("leni"), within, "p_stop=50%", {"truths": ["interaction_25"], **ONE}),
        ("whole", scenario("checks/leni"), COUNT, "p_stop=5%", {"truths": ["planned"], **ONE}),
        ("crowd", crowded(truths=3), f"design.monitoring.{LONG}e.rule.count=1:4:2", "n_enrolled=5", {}),
    ):
        yield name, solve(read, vary, target, **small, **asked).findings


def rules(read, variants):
    """Every rule of these variants, by variant and name."""
    for (variant, _), program in programs(read, variants, [next(iter(read.truths))]).items():
        for table in program.monitors:
            yield (
                f"{variant} {table.name}",
                OfRule(
                    table=table,
                    max_n=read_by(program, table),
                    name=table.name,
                    users=list(read.designs) if len(read.designs) > 8 else [variant],
                    events=[program.events[counter.event].name for counter in table.counters],
                    formula=read.designs[variant].monitoring[table.name].rule.formula(),
                    rates=RATES,
                ),
            )


def plot(name):
    return import_module(PLOTS[name])


def pictures(name, subject):
    """The pages and their PNGs; every warning is an error."""
    with style():
        figures, files = plot(name).draw(subject), []
        for figure in figures:
            files.append(BytesIO())
            figure.savefig(files[-1], dpi=COARSE)
    return figures, [file.getvalue() for file in files]


@every_plot
def test_it_is_drawn_or_says_what_is_missing(name, subjects):
    """With a headline, a line on how to read it, and a name on every axis."""
    drawn = 0
    for of, subject in subjects[plot(name).OF].items():
        if missing := plot(name).needs(subject):
            assert missing == missing.strip()
            assert "\n" not in missing
            continue
        for figure, png in zip(*pictures(name, subject), strict=True):
            drawn += 1
            assert isinstance(figure, Figure), of
            assert figure.get_suptitle().strip()
            assert any(text.get_gid() == "about" and text.get_text().strip() for text in figure.texts)
            assert figure.axes
            assert all(axis.get_xlabel() for axis in figure.axes), f"{of}: an axis without what it counts"
            pixels = imread(BytesIO(png))
            assert (pixels[:, :, :3] < 0.5).all(axis=2).mean() > 0.001, f"{of}: an empty picture"
    assert drawn, "the small subjects must be enough for it"


@every_plot
def test_nothing_is_clipped_nor_lies_on_anything_else_and_pages_are_pages(name, subjects):
    for of, subject in subjects[plot(name).OF].items():
        if plot(name).needs(subject):
            continue
        with style():
            figures = plot(name).draw(subject)
            for figure in figures:
                assert outside(figure) == [], of
                assert overlapping(figure) == [], of
                assert figure.get_figwidth() == WIDE
                assert figure.get_figheight() <= HIGH
        if len(figures) > 1:
            titles = [figure.get_suptitle() for figure in figures]
            assert [f"(page {i} of {len(figures)})" in t for i, t in enumerate(titles, 1)] == [True] * len(
                titles
            )


@every_plot
def test_the_same_subject_gives_the_same_pixels_and_is_left_alone(name, subjects):
    for subject in subjects[plot(name).OF].values():
        if not plot(name).needs(subject):
            before = subject.results.as_json() if isinstance(subject, OfRun) else None
            assert pictures(name, subject)[1] == pictures(name, subject)[1]
            assert before is None or before == subject.results.as_json()
            return


def test_the_registry_holds_every_file_of_the_folder():
    files = {f"simulator.reporting.plots.{p.stem}" for p in FOLDER.glob("[!_]*.py")}
    assert files == set(registry.PLOTS.values())
    assert len(set(registry.PLOTS.values())) == len(registry.PLOTS)


@every_plot
def test_it_says_what_it_is_of(name):
    assert plot(name).OF in get_args(Subject)
    assert plot(name).needs.__doc__
    assert plot(name).draw.__doc__


def test_nobody_lists_figures_by_hand(subjects, tmp_path):
    """`figures` gives all of the registry that the results suffice for; `draw_all` writes it."""
    for subject in subjects["run"].values():
        found = figures(subject.results)
        of_event = replace(subject, event=counted_events(subject.results)[0])
        able = {key for key, one in plots("run").items() if not one.needs(subject)}
        able |= {key for key, one in plots("event").items() if not one.needs(of_event)}
        assert {next(key for key in able if shown.startswith(key)) for shown in found} == able
        assert all(isinstance(figure, Figure) for figure in found.values())
    paths = draw_all(subject.results, tmp_path)
    assert [path.stem for path in paths] == list(found)
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_figure_of_an_event_is_asked_about_that_event(subjects, monkeypatch):
    """What it needs may be there for one event and not for another."""
    needs = lambda given: "" if given.event == "cytopenia" else "another event"  # noqa: E731
    one = SimpleNamespace(OF="event", needs=needs, draw=lambda given: [given.event, "its second page"])
    monkeypatch.setattr(drawing, "plots", lambda *of: {"one": one})
    results = subjects["run"]["leni"].results
    assert figures(results) == {"one_cytopenia": "cytopenia", "one_cytopenia.2": "its second page"}
    assert figures(results, events=["thrombosis"]) == {}


def test_figures_of_single_events_are_named_by_them(subjects):
    results = subjects["run"]["leni"].results
    assert "patients_harmed" in figures(results, events=["thrombosis"])
    two = figures(results, events=["thrombosis", "cytopenia"])
    assert {"patients_harmed_thrombosis", "patients_harmed_cytopenia"} < set(two)


def test_results_read_back_have_no_figures_of_single_times(subjects):
    of = subjects["run"]["mec, read back"]
    assert plots("run")["duration"].needs(of) == "the trials, which a file has not"
    assert "duration" not in figures(of.results)
    assert "selection" in figures(of.results)


@pytest.mark.parametrize(
    ("rule", "able"),
    [
        ("ferrajoli as_designed tse", {"boundary", "rates"}),
        ("ferrajoli pending_known tse", {"boundary"}),
        ("ferrajoli pending_weighted tse", set()),
        ("khouri as_run gvhd_alone", {"boundary", "rates"}),
        ("khouri as_run difference", {"two_arms"}),
        ("ferrajoli toxicity_per_course tse", set()),
    ],
)
def test_boundaries_are_drawn_of_whole_patients_and_rates_of_one_after_another(subjects, rule, able):
    assert {name for name, one in plots("rule").items() if not one.needs(subjects["rule"][rule])} == able

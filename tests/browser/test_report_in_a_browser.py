"""The report in headless Chromium: it asks for nothing, sliders answer as trials do, everyone can use it.

Skipped in one line where the extra `browser` or a `chromium` on the PATH is missing, which with
TRIALSTOP_BROWSER=required is a failure.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.loading.load import load
from simulator.model.metric import Key
from simulator.reporting.document.html import as_html
from simulator.reporting.document.pieces import Document, Section, Table
from simulator.reporting.document.report import report
from simulator.study.run import run
from tests.helpers import LENI, SEED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = [
    *(["a chromium on the PATH"] if CHROMIUM is None else []),
    *(
        ["the extra `browser`"]
        if not (find_spec("playwright") and find_spec("axe_playwright_python"))
        else []
    ),
]
REQUIRED = os.environ.get("TRIALSTOP_BROWSER") == "required"
if MISSING and not REQUIRED:
    pytest.skip(f"no browser to open the report in: {' and '.join(MISSING)}", allow_module_level=True)

pytestmark = pytest.mark.browser

TRIALS, VARIANTS, TRUTHS = 3_000, ["combination_only", "with_maintenance"], ["planned", "interaction_25"]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
ERRORS = 4.0  # joint standard errors: a false alarm in 16,000 comparisons, and six are made


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert not MISSING, f"TRIALSTOP_BROWSER=required, and there is not {' and '.join(MISSING)}"
    path = tmp_path_factory.mktemp("report") / "report.html"
    made = report(LENI, variants=VARIANTS, truths=TRUTHS, trials=TRIALS, seed=SEED, self_check=0)
    path.write_text(made.html(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, page_file: Path) -> Iterator[Page]:
    """The report, open; at the end nothing was asked for and nothing went wrong."""
    requests, wrong = list[str](), list[str]()
    found = browser.new_page(viewport={"width": 1280, "height": 900})
    found.on("request", lambda request: requests.append(request.url))
    found.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.goto(page_file.as_uri())
    found.wait_for_selector("#answers tr")
    yield found
    found.close()
    assert requests == [page_file.as_uri()]
    assert wrong == []


def numbers(page: Page) -> list[tuple[float, float]]:
    """P(stop) of each design and its error, in %."""
    cells = page.locator("#answers tr td:nth-of-type(1)").all_inner_texts()
    return [tuple(map(float, cell.split(" ± "))) for cell in cells]  # type: ignore[misc]


def test_it_opens_with_all_its_parts(page: Page) -> None:
    titles = page.locator("main > section > h2").all_inner_texts()
    assert [title.partition(".")[0] for title in titles[2:]] == [str(number) for number in range(1, 12)]
    assert page.locator("figure svg").count() >= 10
    fonts = page.evaluate("document.fonts.ready.then(() => [...document.fonts].map((f) => f.status))")
    assert "loaded" in fonts


def test_nothing_serious_is_wrong_for_who_cannot_see_it(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    serious = [
        (v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize(("truth", "hazard", "steps"), [(0, 0, 60), (1, 1, -40)])
def test_sliders_answer_as_trials_do(page: Page, truth: int, hazard: int, steps: int) -> None:
    """Weighed numbers against `trialstop run` of the very setting that the page prints (differential)."""
    page.select_option("#truth", index=truth)
    before = numbers(page)
    slider = page.locator(f"#hazard{hazard}")
    slider.fill(str(steps))
    shown = numbers(page)
    assert shown != before
    command = page.locator("#plays").inner_text()
    (change,) = re.findall(r"--set (\S+)", command)
    played = run(load(LENI, [change]), variants=VARIANTS, truths=[TRUTHS[truth]], trials=8_000, seed=SEED + 1)
    for variant, (value, error) in zip(VARIANTS, shown, strict=True):
        exact = played.cell(variant, TRUTHS[truth]).metrics[Key("p_stop")]
        assert exact.value is not None and exact.mcse is not None
        joint = sqrt(error**2 + (100 * exact.mcse) ** 2)
        assert abs(value - 100 * exact.value) <= ERRORS * joint, (variant, value, error, exact)


def test_what_is_too_far_is_grey_and_says_so(page: Page) -> None:
    page.select_option("#truth", index=1)
    for at in range(page.locator("#hazards input").count()):
        page.locator(f"#hazard{at}").fill("100")
    assert page.locator("#answers tr.unknown").count() >= 1
    assert "play it with the command" in page.locator("#worth").inner_text()
    page.click("#reset")
    assert page.locator("#answers tr.unknown").count() == 0


def test_the_keyboard_is_enough(page: Page) -> None:
    page.locator("#truth").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "hazard0"
    before = numbers(page)
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert numbers(page) != before
    assert "times what is written" in (page.locator("#hazard0").get_attribute("aria-valuetext") or "")
    assert page.locator("#hazards output").first.inner_text() == "× 1.15"


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_no_page_is_wider_than_its_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_prints_on_pages_without_what_cannot_be_moved(page: Page, tmp_path: Path) -> None:
    page.emulate_media(media="print")
    assert not page.locator("#sliders").is_visible() and not page.locator("nav").is_visible()
    assert page.locator("details.story table").first.is_visible()
    made = page.pdf(format="A4", print_background=True, prefer_css_page_size=True)
    assert made.startswith(b"%PDF") and 5 <= made.count(b"/Type /Page\n") + made.count(b"/Type/Page\n") <= 60


def test_tables_fit_paper_in_parts_and_no_word_of_a_head_is_broken(browser: Browser, tmp_path: Path) -> None:
    """Of a table that is wider Chromium prints every page smaller; on a screen it is one, and scrolls."""
    heads = [f"fired: rule_{number:02d}_THROMBOSIS" for number in range(12)]
    long = [f"as_reported_nonhaem_{number}" for number in range(4)]
    tables = [
        Table(name=name, caption="T.", head=("", *head), rows=((name, *["100.0 (>99.0)"] * len(head)),))
        for name, head in (("wide", heads), ("crowded", long))
    ]
    document = Document(
        title="T", question="", sections=(Section(ident="answer", title="A", pieces=tuple(tables)),)
    )
    path = tmp_path / "page.html"
    path.write_text(as_html(document), encoding="utf-8")
    page = browser.new_page(viewport={"width": 680, "height": 1000})  # an A4 page within its margins
    page.goto(path.as_uri())
    assert page.locator("table:visible").count() == len(tables)
    page.emulate_media(media="print")
    assert page.locator(".part:visible").count() == page.locator("table:visible").count() - 1 > 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    lines = page.evaluate(
        """() => [...document.querySelectorAll("thead th")].filter((th) => th.offsetWidth).map((th) => {
            const text = th.firstChild, start = text.data.lastIndexOf(" ") + 1;
            const range = document.createRange();
            range.setStart(text, start);
            range.setEnd(text, text.length);
            return [text.data.slice(start), range.getClientRects().length];
        })"""
    )
    assert lines == [[head.split()[-1], 1] for head in [*heads, *long]]
    page.close()


def test_without_a_script_all_else_stands(browser: Browser, page_file: Path) -> None:
    context: Any = browser.new_context(java_script_enabled=False)
    still = context.new_page()
    still.goto(page_file.as_uri())
    assert not still.locator("#play").is_visible()
    assert still.locator("figure svg").first.is_visible()
    context.close()

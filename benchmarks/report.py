"""How long the report of LENI takes beside its run, and a move of a slider in Chromium.

python benchmarks/report.py [TRIALS]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from simulator.loading.load import load
from simulator.reporting.document.report import report
from simulator.study.run import run

LENI = Path(__file__).parents[1] / "scenarios/leni.yaml"
MOVES = 40


def main() -> None:
    """Twice, the second time with everything imported and compiled."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    scenario = load(LENI)
    results = run(scenario, trials=trials)
    for _ in range(2):
        start = time.perf_counter()
        made = report(scenario, results)
        told = time.perf_counter()
        html = made.html()
        print(f"gathered and written down {told - start:.2f} s, set {time.perf_counter() - told:.2f} s, "
              f"{len(html.encode()):,} bytes")  # fmt: skip
    chromium = shutil.which("chromium")
    if chromium is None:
        print("no chromium on the PATH: sliders are not moved")
        return
    print(f"a move of a slider: {slider(html, chromium):.1f} ms (median of {MOVES})")


def slider(html: str, chromium: str) -> float:
    """Median milliseconds from a move to new numbers."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        path.write_text(html, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(path.as_uri())
        page.wait_for_selector("#answers tr")
        times = page.evaluate(
            """(moves) => {
                const slider = document.getElementById("hazard0"), times = [];
                for (let i = 0; i < moves; i++) {
                    slider.value = i - moves / 2;
                    const start = performance.now();
                    slider.dispatchEvent(new Event("input"));
                    times.push(performance.now() - start);
                }
                return times.sort((a, b) => a - b);
            }""",
            MOVES,
        )
        browser.close()
    return float(times[len(times) // 2])


if __name__ == "__main__":
    main()

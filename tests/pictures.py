"""What tests of figures share: crowded subjects, and where text lies once a figure is drawn."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from simulator.loading.load import load
from simulator.model.scenario import Scenario
from tests.helpers import ROOT, scenario

SLACK = 1.0  # pixels of a hundredth of an inch that rounding may take
LONG = "a_name_of_sixty_four_letters_which_is_the_most_one_would_write_"  # a letter follows
TITLE = (
    "Étude ≥ 3, 毒性 🧪 $x_1^2$ and a title that goes on and on so that it does not fit a line, 100 % & more"
)


def crowded(truths: int = 30) -> Scenario:
    """Names of 64 letters, two variants, and many truths."""
    rules = {
        LONG + kind: {
            "counts": {"event": LONG + kind},
            "rule": {"kind": "at_least", "count": 2},
            "then": "close_accrual",
        }
        for kind in "ef"
    }
    design = {
        "accrual": {"until": "6 treated"},
        "events": {name: {"window": "28 days"} for name in rules},
        "monitoring": rules,
    }
    risks = {
        f"{LONG[:-2]}{i:02d}": {
            "acceptable": i % 2 == 0,
            "accrual": "every 14 days",
            "events": {name: {"probability": 3 * i / 100} for name in rules},
        }
        for i in range(truths)
    }
    variants = {LONG + "v": {}, LONG + "w": {"design.accrual.until": "8 treated"}}
    return scenario(design, risks, title=TITLE, variants=variants)


def crowded_arms() -> Scenario:
    """Seven arms with names of 64 letters, some refused, and a rule that compares two of them."""
    arms = {LONG + letter: {"share": 1 + i % 2} for i, letter in enumerate("abcdefg")}
    first, second, *_, last = arms
    rule = {
        "counts": {"event": "x"},
        "compare": [first, second],
        "rule": {"kind": "fisher_exact", "level": "at most 5%"},
        "look": "every 3 treated in each arm",
        "then": "close_accrual",
    }
    design = {
        "accrual": {"until": "40 randomised"},
        "screening": {"takes": {"uniform": ["10 days", "50 days"]}, "eligible": "50%"},
        "arms": arms,
        "refusal": {first: "20%", second: "10%", "then": last},
        "events": {"x": {"window": "28 days"}},
        "monitoring": {LONG + "r": rule},
    }
    truth = {"accrual": "2 per week", "events": {"x": {"probability": "30% in 28 days"}}}
    truths = {LONG + str(i): {**truth, "acceptable": i % 2 == 0} for i in range(3)}
    return scenario(design, truths, title=TITLE, variants={LONG + "v": {}, LONG + "w": {}})


def crowded_doses(folder: Path) -> Scenario:
    """The check of MEC with variants of 64 letters, and doses that tell all that is given."""
    text = (ROOT / "scenarios/checks/mec.yaml").read_text(encoding="utf-8")
    for old, new in (("variant_a", LONG + "a"), ("variant_c", LONG + "c")):
        text = text.replace(old, new)
    text = re.sub(r"\b(5|10|25|50) mg\b", r"\1 mg per day on days 1 to 14 and 29 to 42 with breakfast", text)
    path = folder / "crowded.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def drawn(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that shows, with its box in pixels."""
    renderer: Any = FigureCanvasAgg(figure)
    renderer.draw()
    hidden = set(map(id, _beyond(figure)))
    texts = [
        t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and id(t) not in hidden
    ]
    return [(t.get_text(), t.get_window_extent(renderer.get_renderer())) for t in texts]


def _beyond(figure: Figure) -> Iterator[Text]:
    """Labels of ticks outside their axis, which matplotlib holds and does not draw."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick, at in zip(axis.get_major_ticks(), axis.get_majorticklocs(), strict=False):
                if not low - 1e-9 <= at <= high + 1e-9:
                    yield from (tick.label1, tick.label2)


def outside(figure: Figure) -> list[str]:
    """Texts that do not lie within the figure."""
    whole = figure.bbox.padded(SLACK)
    return [
        text
        for text, box in drawn(figure)
        if not (whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1)
    ]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that lie on one another."""
    return [(one, other) for (one, a), (other, b) in combinations(drawn(figure), 2) if _meet(a, b)]


def _meet(a: Bbox, b: Bbox) -> bool:
    return bool(min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK)


def words(figures: Sequence[Figure]) -> str:
    """All text of some pages."""
    return "\n".join(text for figure in figures for text, _ in drawn(figure))

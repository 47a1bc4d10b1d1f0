"""Quantities as people read them, and how long the units of time are: the day is the one unit inside."""

from __future__ import annotations

import math

__all__ = [
    "DAYS_PER_MONTH",
    "DAYS_PER_WEEK",
    "DAYS_PER_YEAR",
    "TICK",
    "format_days",
    "format_hazard",
    "format_probability",
    "format_share",
]

DAYS_PER_WEEK = 7.0
DAYS_PER_MONTH = 30.4375  # 365.25 / 12: protocols speak months, the engines speak days
DAYS_PER_YEAR = 365.25
TICK = 2.0**-20  # days, about 0.08 s: sums of ticks are exact, so equal times are equal in every engine


def format_days(days: float) -> str:
    """Days as people say them: `6 months`, `2 years`, `28 days`, `14.5 days`, `5.45 months`; inf: `never`.

    Whole months win (years from 24 months), then days to one decimal, then months to two; within a TICK.
    """
    if math.isinf(days):
        return "never"
    months = days / DAYS_PER_MONTH
    whole = round(months)
    if whole and abs(days - whole * DAYS_PER_MONTH) <= TICK:
        return _counted(whole // 12, "year") if whole >= 24 and whole % 12 == 0 else _counted(whole, "month")
    if abs(days) > 0.1 and abs(round(days, 1) - days) > TICK >= abs(round(months, 2) * DAYS_PER_MONTH - days):
        return _counted(round(months, 2), "month")
    return _counted(days, "day")


def format_probability(probability: float) -> str:
    """`33%`, `44.74%`, `0.012%`: four digits, more where four would claim 100% of something rarer."""
    percent = 100 * probability
    text = f"{percent:.4g}"
    if text == "100" and probability != 1:
        text = next((t for t in (f"{percent:.12g}", f"{percent:.16g}") if t != "100"), text)
    return f"{text}%"


def format_share(share: float, decimals: int, whole: float = 100.0) -> str:
    """A share in % with these decimals, `62.2`; what is not 0 or 1 never reads so: `<0.1`, `>99.9`.

    whole: what a share of 1 is written as, 1.0 for fractions. The sign % is left to the reader's heading.
    """
    text = f"{whole * share:.{decimals}f}"
    step = 10.0**-decimals
    if share > 0 and float(text) == 0:
        return f"<{step:.{decimals}f}"
    if share < 1 and float(text) == whole:
        return f">{whole - step:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def format_hazard(per_day: float) -> str:
    """A hazard or rate per day as `0.0146 per year`, three digits."""
    return f"{per_day * DAYS_PER_YEAR:.3g} per year"


def _counted(number: float, noun: str) -> str:
    text = f"{number:.6g}"
    return f"{text} {noun}" if text == "1" else f"{text} {noun}s"

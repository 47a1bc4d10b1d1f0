"""What a refused value probably meant: one function per grammar, the nearest allowed word otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable

from simulator.errors import QuantityError
from simulator.limits import MOST_PATIENTS
from simulator.loading.written import as_written
from simulator.model.action import (
    BARE,
    FOR,
    HOLD_VERBS,
    HOLD_WORDS,
    TIMED,
    VERBS,
    WITH_DOSE,
    WITH_NAME,
    parse_action,
)  # fmt: skip
from simulator.model.look import parse_look
from simulator.model.milestone import parse_milestone
from simulator.model.truth import parse_clock
from simulator.repairs import close_match, read_or_meant
from simulator.rules._calibrated import parse_certainty
from simulator.scalars import did_you_mean, meant
from simulator.units import (
    parse_comparison,
    parse_count,
    parse_cutoff,
    parse_duration,
    parse_hazard,
    parse_positive_count,
    parse_probability,
    parse_risk,
)

__all__ = ["hazard_hint", "hint", "meant_by"]

Parser = Callable[[object], object]
_SYNONYMS = {
    "enrolled": "treated", "entered": "treated", "all": "treated", "all patients": "treated",
    "evaluable": "completed", "finished": "completed", "tite": "weight", "weighted": "weight",
    "subjects": "patients", "people": "patients", "cycles": "courses",
}  # fmt: skip
_HOLDS = ("hold", "pause", "suspend", "halt")  # how a verb begins that means one
_RELEASES = {"resume", "resume_accrual", "reopen", "reopen_accrual", "open_accrual", "lift", "unhold"}
EACH, ONCE = ("every", "each"), ("at", "after")
_PEOPLE = r"(?:patients?|people|subjects?|enrolled|included|accrued|pts)"


def hint(parse: Parser, value: object, allowed: str, given: str = "") -> str:
    """What to write instead of `value`, which `parse` refused, hinting `given`; "" if there is no telling."""
    try:
        guess = _GUESSES.get(parse, _nothing)(value)
    except (QuantityError, ValueError):
        guess = ""
    said = f"did you mean {str(value).strip()}?"  # what was refused is no advice
    return next((text for text in (guess, given, _nearest_word(value, allowed)) if text and text != said), "")


def meant_by(parse: Parser, value: object) -> str:
    """A value as it stands where `parse` reads it, as it was meant otherwise; "" if there is no telling."""
    try:
        parse(value)
    except QuantityError as error:
        return meant(hint(parse, value, error.allowed, error.hint))
    return str(value)


def hazard_hint(value: object) -> str:
    """A hazard without its key: `3 per 206 person-years`, `33% in 1 month`, or what nearly is one."""
    parsers = (("hazard", parse_hazard), ("probability", parse_risk))
    for read in (_as_it_is, read_or_meant):
        for key, parse in parsers:
            if text := read(parse, value):
                return did_you_mean(f"{{{key}: {text}}}")
    return ""


def _as_it_is(parse: Parser, value: object) -> str:
    """The value where `parse` reads it."""
    text = read_or_meant(parse, value)
    return text if text == str(value) else ""


def _nothing(value: object) -> str:
    del value
    return ""


def _nearest_word(value: object, allowed: str) -> str:
    """The nearest of the words between backquotes in `allowed`."""
    if not isinstance(value, str):
        return ""
    known = [word for word in re.findall(r"`([^`]+)`", allowed) if not re.search("[0-9A-Z]", word)]
    meant = _SYNONYMS.get(value.strip().lower(), "")
    return f"did you mean {meant}?" if meant in known else close_match(value, known)


def _milestone(value: object) -> str:
    text = str(value).strip()
    if len(several := _milestones(text)) > 1:
        return f"did you mean [{', '.join(several)}]?"
    guess = _milestone_text(text)
    if guess and not _is_milestone(guess):
        return ""
    if guess and guess[0].isdigit() and float(guess.split()[0]) > MOST_PATIENTS:
        return f"a whole number in digits, at most {MOST_PATIENTS}"
    return f"did you mean {guess}?" if guess else ""


def _milestones(text: str) -> list[str]:
    """`15 patients or 24 months`, each as it should be written; none if one cannot be told."""
    parts = [part.strip() for part in re.split(r", (?:or |and )?| or | and ", text) if part.strip()]
    found = [part if _is_milestone(part) else _milestone_text(part) for part in parts]
    return found if all(part and _is_milestone(part) for part in found) else []


def _milestone_text(text: str) -> str:
    """The milestone meant; "" when there is no telling."""
    number = r"(\d+(?:[.,_]\d+)*(?:[eE]\d{1,2})?)"
    if match := re.fullmatch(number, text):
        return f"{_whole(match[1])} treated"
    if match := re.fullmatch(rf"{number} {_PEOPLE}(?: treated)?", text):
        return f"{_whole(match[1])} treated"
    if match := re.fullmatch(rf"{number} (treated|completed|known)", text):
        return f"{_whole(match[1])} {match[2]}"
    if match := re.fullmatch(rf"{number} (\w+) event", text):
        return f"{_whole(match[1])} {match[2]} events"
    if match := re.fullmatch(rf"{number} ?(d|w|m|mo|mos|y|yrs?|wks?)\.?", text):
        units = {"d": "days", "w": "weeks", "m": "months", "y": "years"}
        return f"{match[1]} {units[match[2][0]]}"
    if match := re.fullmatch(r"(day|week|month|year)s? (\d+)", text):
        return f"{match[2]} {match[1]}s"
    return ""


def _whole(text: str) -> str:
    plain = text.replace("_", "").replace(",", "")
    return f"{float(plain):.0f}"


def _look(value: object) -> str:
    if isinstance(value, list):
        return _look({"at": value})
    if isinstance(value, dict):
        milestones = value["at"] if set(value) == {"at"} and isinstance(value["at"], list) else []
        if len(milestones) > 1 and (together := _at(", ".join(map(str, milestones)))):
            return together
        items = [meant_by(parse_milestone, item).strip("[]") for item in milestones]
        return did_you_mean(f"{{at: [{', '.join(items)}]}}") if items and all(items) else ""
    text = str(value).strip().lower().replace("\N{HORIZONTAL ELLIPSIS}", "...")
    if text in {"at every report", "each report", "every event", "at each report", "continuously", "always"}:
        return "did you mean every report?"
    if called := re.fullmatch(r"when ([^\W\d][\w-]*)(?: (?:has )?(?:fired|fires))?", str(value).strip()):
        return did_you_mean(f"{{when: {called[1]}}}")
    if text in {"end", "at end", "final", "once"}:
        return "did you mean at the end?"
    if "..." in text:
        return _at(text.removeprefix("at "))
    return _and_at_the_end(text) or _every_or_at(text)


def _and_at_the_end(text: str) -> str:
    every, there, _ = text.partition(" and at the end")
    every = every.removeprefix("every ").rstrip(",")
    return did_you_mean(f"{{every: {every}, and: at the end}}") if there and _is_milestone(every) else ""


def _every_or_at(text: str) -> str:
    kind, _, rest = text.partition(" ")
    several = _milestones(rest if kind in EACH or kind in ONCE else text)
    if len(several) > 1:
        words = f"every {', or every '.join(several)}"
        return f"one of them: {words}" if kind in EACH else did_you_mean(f"{{at: [{', '.join(several)}]}}")
    if kind in {*EACH, *ONCE} and rest:
        guess = next((text for text in (_milestone_text(rest), rest) if _is_milestone(text)), "")
        return (
            f"did you mean {'every' if kind == 'each' else 'at' if kind == 'after' else kind} {guess}?"
            if guess
            else ""
        )
    return f"did you mean every {text}, or at {text}?" if _is_milestone(text) else ""


def _at(listed: str) -> str:
    """The hint to write several milestones as one list, if they can be read as one."""
    try:
        parse_look({"at": listed})
    except QuantityError:
        return ""
    return did_you_mean(f"{{at: {listed}}}")


def _is_milestone(text: str) -> bool:
    try:
        parse_milestone(text)
    except QuantityError:
        return False
    return True


def _clock(value: object) -> str:
    text = str(value).strip()
    for pattern, words in (
        (r"(?:end|stopping|last dose|discontinuation) of (\S+)", "stop of"),
        (r"(?:begin|beginning|first dose|starting) of (\S+)", "start of"),
        (r"(?:start|begin|beginning|entry) (?:of|into) (?:phase )?(\S+)", "entry to"),
        (r"stop (\S+)", "stop of"),
        (r"start (\S+)", "start of"),
    ):
        if match := re.fullmatch(pattern, text):
            return f"did you mean {words} {match[1]}?"
    return (
        close_match(text, ["enrolment"])
        if text not in {"entry", "baseline", "day 0"}
        else "did you mean enrolment?"
    )


def _action(value: object) -> str:
    verb = value if isinstance(value, str) else next(iter(value), "") if isinstance(value, dict) else ""
    if verb in {"stop", "stop_trial", "terminate", "close"}:
        return "did you mean close_accrual, or end_trial?"
    if isinstance(value, dict) and len(value) > 1:
        return _several(value)
    if str(verb).startswith(_HOLDS) and verb not in HOLD_VERBS:
        return did_you_mean(f"{HOLD_WORDS[0]}, or {HOLD_WORDS[1]}")
    if verb in _RELEASES:
        of = next(iter(value.values())) if isinstance(value, dict) else None
        return did_you_mean(f"{{release: {of if isinstance(of, str) else 'RULE'}}}")
    if verb in HOLD_VERBS:
        written = " or ".join(text for text in HOLD_WORDS if text.startswith(f"{{{verb}:"))
        return "" if isinstance(value, dict) else f"write {written}"
    if verb in WITH_NAME or verb in WITH_DOSE:
        of = "PHASE" if verb == "go_to" else "WORD" if verb == "conclude" else "DRUG"
        named = value[verb] if isinstance(value, dict) and isinstance(value[verb], str) else "DRUG"
        return f"write {{{verb}: {of if verb in WITH_NAME else f'{{{named}: DOSE}}'}}}"
    if verb in BARE:
        return f"write {verb} alone"
    return close_match(str(verb), [*BARE, *WITH_NAME, *WITH_DOSE, "review", "release"])


def _several(value: dict[str, object]) -> str:
    """Of a mapping with several keys: the one that should be `for`, else each action as an item."""
    verbs = [key for key in value if key in VERBS]
    others = [key for key in value if key not in VERBS]
    if verbs == [TIMED] and len(others) == 1:
        named = isinstance(value[TIMED], str)
        days = read_or_meant(parse_duration, value[others[0]]) if named else ""
        timed = {TIMED: value[TIMED], FOR: days} if days else {TIMED: "DRUG", FOR: "28 days"}
        return did_you_mean(as_written(timed)) if days else f"write {as_written(timed)}"
    if len(value) - (FOR in value) < 2:
        return ""
    items = [
        as_written({key: value[key], FOR: value[FOR]})
        if key == TIMED and FOR in value
        else _item(key, value[key])
        for key in value
        if key != FOR
    ]
    return f"one action per item: [{', '.join(items)}]"


def _item(verb: object, argument: object) -> str:
    return str(verb) if verb in BARE else as_written({verb: argument})


def _cutoff(value: object) -> str:
    share = read_or_meant(parse_probability, value)
    return did_you_mean(f"more than {share}, or at least {share}") if share else ""


def _count(value: object) -> str:
    text = str(value).strip()
    if of := re.fullmatch(r"(\d+) ?(?:of|out of|in|/) ?(\d+)(?: patients)?", text):
        return f"a number alone; did you mean {of[1]}? among how many is said by `look: at {of[2]} treated`"
    match = re.fullmatch(r"(\d+) (days?|patients?|treated|events?|times?)", text)
    return f"a number alone; did you mean {match[1]}?" if match else ""


_GUESSES: dict[Parser, Callable[[object], str]] = {
    parse_milestone: _milestone,
    parse_look: _look,
    parse_clock: _clock,
    parse_action: _action,
    parse_cutoff: _cutoff,
    parse_certainty: _cutoff,
    parse_comparison: _cutoff,
    parse_count: _count,
    parse_positive_count: _count,
}

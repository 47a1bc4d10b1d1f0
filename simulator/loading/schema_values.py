"""How single values of a scenario are written, in the words of JSON Schema: types, patterns, limits.

A pattern holds for text alone; a number may stand in quotes, for the loader reads what is written. What is
refused here the loader refuses too; the reverse cannot be: a pattern knows no limits and no names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator import units
from simulator.limits import MOST_COUNT
from simulator.loading.header import parse_version, parse_weight
from simulator.model.accrual import ONE_AFTER_ANOTHER, parse_accrual
from simulator.model.action import BARE, FOR, TIMED, UNTIL_RELEASED, WITH_DOSE, WITH_NAME, parse_action
from simulator.model.amendment import parse_triggers
from simulator.model.look import AT_THE_END, parse_look
from simulator.model.milestone import parse_milestone
from simulator.scalars import NUMBER, Parsed

__all__ = ["Json", "form_of", "mapping_of"]

Json = dict[str, Any]
Reader = Callable[[object], object]

_UNIT = "(?:day|week|month|year)"
_SPAN = f"{NUMBER} {_UNIT}s?"
_SHARE = f"(?:[0-9]{{1,15}} ?(?:of|/) ?[0-9]{{1,15}}|{NUMBER} ?%|{NUMBER})"
_RATE = f"{NUMBER} per {_UNIT}"
_HAZARD = f"{_RATE}|{NUMBER} per (?:{NUMBER} )?person-{_UNIT}s?|{NUMBER}"
_BOUND = f"(?:{'|'.join(units.COMPARISON_WORDS)}) {_SHARE}"
_PATIENTS = "[0-9]+ (?:registered|(?:treated|completed|known|randomised)(?: in .+)?)"


def mapping_of(properties: Mapping[str, Json], required: Sequence[str] = (), **more: object) -> Json:
    """A mapping with these keys and no others."""
    needed: Json = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(properties), **needed, "additionalProperties": False, **more}


def form_of(parsed: Parsed) -> Json:
    """What a value that is read by this reader may look like in a file."""
    if parsed.parse in _FORMS:
        return _FORMS[parsed.parse]
    types = parsed.json_types.split()
    if "string" not in types and (pattern := _QUOTED.get(types[0])):
        return {"type": [*types, "string"], "pattern": pattern}
    return {"type": types[0] if len(types) == 1 else types}


def _whole(pattern: str) -> str:
    """A pattern for the whole of a text, however wide its spaces are."""
    wide = pattern.replace(" ?", r"\s*").replace(" ", r"\s+")
    return rf"^\s*(?:{wide})\s*$"


_QUOTED = {
    "integer": _whole("[-+]?[0-9]{1,15}"),
    "number": _whole(NUMBER),
    "boolean": _whole("true|false"),
}


def _text(pattern: str) -> Json:
    return {"type": "string", "pattern": _whole(pattern)}


def _number(word: str, **limits: float) -> Json:
    return {"type": [word, "string"], "pattern": _QUOTED[word], **limits}


def _share(**limits: float) -> Json:
    return {"type": ["string", "number"], "pattern": _whole(_SHARE), **limits}


def _any_of(*forms: Json) -> Json:
    return {"anyOf": list(forms)}


_POSITIVE = _number("number", exclusiveMinimum=0)
_VISIBLE: Json = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
_SOME: Json = {"type": ["string", "number"]}
_LIST: Json = {"type": "array", "minItems": 1}
_ONE_DOSE: Json = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": _VISIBLE}

_NAME: Json = _text("[A-Za-z_][A-Za-z0-9_-]*")
_DELAY: Json = {
    "type": ["string", "number"],
    "pattern": _whole(f"{_SPAN}|{NUMBER}"),
    "minimum": 0,
    "maximum": 0,
}

_LOOK = _any_of(
    _text(f"every report|{AT_THE_END}|(?:every|at) .+"),
    mapping_of(
        {
            "at": _any_of(_SOME, {**_LIST, "items": _SOME}),
            "every": _SOME,
            "from": _SOME,
            "and": {"const": AT_THE_END},
            "when": _NAME,
        },
        # `{at: 5, 12, 30 completed}` has for YAML two keys more, without values
        patternProperties={r"^\s*(?:[0-9]|[.]{3})": {"type": "null"}},
        oneOf=[{"required": ["at"]}, {"required": ["every"]}, {"required": ["when"], "maxProperties": 1}],
    ),
)
_PIECE = mapping_of({"to": _text(_SPAN), "rate": _any_of(_text(_RATE), _SOME)}, ("rate",))
_ACCRUAL = _any_of(
    _text(f"{ONE_AFTER_ANOTHER}|every {_SPAN}|[0-9]+ uniform over {_SPAN}|{_RATE}"),
    mapping_of({"pieces": {**_LIST, "items": _PIECE}}, ("pieces",)),
)
_TAKES = _any_of(
    _DELAY,
    mapping_of({"uniform": {"type": "array", "minItems": 2, "maxItems": 2, "items": _DELAY}}, ("uniform",)),
)
_REVIEW = mapping_of({"takes": _TAKES, "resumes": _share(minimum=0, maximum=1)}, ("takes", "resumes"))
_ACTION = _any_of(
    {"enum": list(BARE)},
    mapping_of(
        {
            **{verb: {"type": "string"} for verb in WITH_NAME},
            **{verb: _ONE_DOSE for verb in WITH_DOSE},
            **{verb: _any_of({"type": "string"}, _ONE_DOSE) for verb in WITH_NAME if verb in WITH_DOSE},
            "hold_accrual": _text(f"{UNTIL_RELEASED}|{_SPAN}"),
            "review": _REVIEW,
            "release": _NAME,
        },
        minProperties=1,
        maxProperties=1,
    ),
    mapping_of({TIMED: {"type": "string"}, FOR: _text(_SPAN)}, (TIMED, FOR)),
)
_TRIGGERS = _any_of(_SOME, {**_LIST, "items": _SOME})

_FORMS: dict[Reader, Json] = {
    units.parse_number: _number("number"),
    units.parse_positive_number: _POSITIVE,
    units.parse_sigma: _POSITIVE,
    units.parse_shape: _POSITIVE,
    units.parse_count: _number("integer", minimum=0, maximum=MOST_COUNT),
    units.parse_positive_count: _number("integer", minimum=1, maximum=MOST_COUNT),
    units.parse_flag: {"enum": [True, False, "true", "false"]},
    units.parse_acceptable: {"enum": [True, False, "borderline", "true", "false"]},
    units.parse_name: _NAME,
    units.parse_text: _VISIBLE,
    units.parse_prose: _VISIBLE,
    units.parse_duration: _text(_SPAN),
    units.parse_delay: _DELAY,
    units.parse_interval: _text(f"every {_SPAN}"),
    units.parse_rate: _text(_RATE),
    units.parse_hazard: {
        "type": ["string", "number"],
        "pattern": _whole(_HAZARD),
        "minimum": 0,
        "maximum": 0,
    },
    units.parse_probability: _share(minimum=0, maximum=1),
    units.parse_open_probability: _share(exclusiveMinimum=0, exclusiveMaximum=1),
    units.parse_risk: {
        "type": ["string", "number"],
        "pattern": _whole(f"{_SHARE}(?: in {_SPAN})?(?: crude)?"),
        "minimum": 0,
        "maximum": 1,
    },
    units.parse_comparison: _text(_BOUND),
    units.parse_cutoff: _text(_BOUND),
    parse_version: {"enum": [1, "1"]},
    parse_weight: _number("number", minimum=0),
    parse_milestone: _text(f"{_PATIENTS}|[0-9]+ [A-Za-z0-9_-]+ events|{_SPAN}"),
    parse_look: _LOOK,
    parse_accrual: _ACCRUAL,
    parse_action: _ACTION,
    parse_triggers: _any_of(*_TRIGGERS["anyOf"], mapping_of({"all": _TRIGGERS}, ("all",))),
}

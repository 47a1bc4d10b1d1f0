"""`trialstop schema`: the scenario language for editors and checkers."""

from __future__ import annotations

import json
from pathlib import Path

import click

from simulator.cli.options import once
from simulator.cli.places import make_way, refuse_unless_writable
from simulator.cli.say import say

__all__ = ["command"]


@click.command("schema", short_help="Print the scenario language as a JSON Schema.")
@click.option("--out", metavar="FILE", multiple=True, callback=once, help="Where it goes (default: stdout).")
def command(out: str | None) -> None:
    """Print the JSON Schema (draft 2020-12) of a scenario file, installed plug-ins included.

    Editors complete and explain keys by it. What it cannot tell, such as names that are not there,
    `trialstop check` does.
    """
    if out is not None:
        refuse_unless_writable("--out", Path(out))
    from simulator.loading.schema import schema

    text = json.dumps(schema(), indent=1, ensure_ascii=False)
    if out is None:
        say(text)
    else:
        make_way(Path(out)).write_text(text + "\n", encoding="utf-8")

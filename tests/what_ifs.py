"""The answers in docs/what-ifs.md, printed by the commands that stand above them.

python -m tests.what_ifs        # after a number or a table changed
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner

from simulator.cli.main import cli
from tests.helpers import ROOT

__all__ = ["PAGE", "QUESTION", "page"]

PAGE = ROOT / "docs" / "what-ifs.md"
QUESTION = re.compile(
    r"^```sh\ntrialstop (?P<command>.*?)\n```\n\n```\n(?P<answer>.*?)```$", re.DOTALL | re.MULTILINE
)
WIDTH = "80"


def page(text: str) -> str:
    """The page with every answer as it is printed now."""
    return QUESTION.sub(_answered, text)


def _answered(found: re.Match[str]) -> str:
    whole, answer = found[0], found["answer"]
    return whole.removesuffix(f"{answer}```") + f"{printed(found['command'])}```"


def printed(command: str) -> str:
    """The tables that a command prints, without what stands above them: how they were made."""
    words = shlex.split(command.replace("\\\n", " "))
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, {"COLUMNS": WIDTH}):
        files = [str(ROOT / word) if word.endswith(".yaml") else word for word in words]
        out = CliRunner().invoke(cli, [*files, "--out", str(Path(folder) / "run")], prog_name="trialstop")
    assert out.exit_code == 0, out.output
    blocks = out.stdout.split("\n\n")
    return "\n\n".join(blocks[2:])


def main(path: Path = PAGE) -> None:
    """Write the page anew."""
    path.write_text(page(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

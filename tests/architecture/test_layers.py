"""The import contracts of `.importlinter` hold."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def test_import_contracts_are_kept() -> None:
    arguments = ["--config", str(ROOT / ".importlinter"), "--no-cache", "--no-logo"]
    found = subprocess.run(
        [sys.executable, "-c", LINT, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, f"\n{found.stdout}{found.stderr}"

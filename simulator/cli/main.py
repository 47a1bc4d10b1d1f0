"""The group `trialstop`: commands imported when named, and every error said in one place.

Exit codes: 0 done; 2 something the user can mend (one line or a list of problems, no traceback);
130 interrupted. Messages go to stderr, results to stdout.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from threading import Timer
from typing import Any

import click

from simulator.cli.say import say, spell_out
from simulator.cli.usage import misused, unknown_command
from simulator.errors import TrialstopError

__all__ = ["COMMANDS", "LazyGroup", "cli", "hear_signals", "main"]

COMMANDS = (
    "new",
    "check",
    "explain",
    "boundaries",
    "run",
    "report",
    "compare",
    "sweep",
    "tornado",
    "sensitivity",
    "bound",
    "calibrate",
    "trace",
    "next-dose",
    "verify",
    "schema",
)
"""Each is `simulator.cli.NAME:command`, `_` for `-`, in the order of a piece of work."""

MENDABLE = 2
INTERRUPTED = 130
AGAIN = 0.01  # seconds until a signal that was dropped is sent again


class LazyGroup(click.Group):
    """A group that knows its commands by name and says what goes wrong, whoever calls it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the file of one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"simulator.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named first."""
        if not args[0].startswith("-") and args[0] not in COMMANDS and not ctx.resilient_parsing:
            raise TrialstopError(unknown_command(args[0], COMMANDS))
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and turn what was raised into a message and an exit code."""
        kwargs["standalone_mode"] = False
        given = list(args[0] if args else kwargs.get("args") or sys.argv[1:])
        try:
            status = super().main(*args, **kwargs)
        except TrialstopError as error:
            say(str(error), err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            say("interrupted: nothing was written", err=True)
            sys.exit(INTERRUPTED)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            name = next((word for word in given if word in COMMANDS), "")
            say(misused(error, self.get_command(click.Context(self), name) or self, name), err=True)
            sys.exit(error.exit_code)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            say(f"{where}{error.strerror or error}", err=True)
            sys.exit(MENDABLE)
        sys.exit(status if isinstance(status, int) else 0)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: trialstop explain scenarios/leni.yaml",
)
@click.version_option(package_name="trialstop", prog_name="trialstop")
def cli() -> None:
    """How often would this trial design stop early, when, through which rule, and at what cost in
    patients and events, if nature behaves like this?"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the command."""
    hear_signals()
    spell_out()
    cli.main(args=arguments, prog_name="trialstop")


def hear_signals() -> None:
    """Being terminated ends the process as Ctrl-C does, so that workers and unfinished work go."""
    signal.signal(signal.SIGTERM, _terminated)
    sys.unraisablehook = _heard_again


def _terminated(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _heard_again(dropped: sys.UnraisableHookArgs) -> None:
    """A signal that came while something was deleted, where what it raises is dropped, is sent again."""
    number = {SystemExit: signal.SIGTERM, KeyboardInterrupt: signal.SIGINT}.get(dropped.exc_type)
    if number is None:
        sys.__unraisablehook__(dropped)
        return
    again = Timer(AGAIN, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()

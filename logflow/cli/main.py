"""The group of all commands, and what becomes of an error."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from logflow.cli.console import Console, heard
from logflow.cli.exits import Exit
from logflow.cli.flags import Group
from logflow.errors import Cancelled, LimitError, LogflowError, PluginConflictError, UsageError
from logflow.version import __version__

__all__ = ["Program", "cli", "run"]

COMMANDS = ("convert", "detect", "head", "schema", "plugins", "formats", "doctor")
"""The program's own commands: each is the object of that name in the module of that name."""


class Closed(click.ClickException):
    """Nobody reads standard output any more."""

    def __init__(self) -> None:
        super().__init__("standard output was closed before all was written")


class Program(Group):
    """Commands of the program, and those that plugins offer, imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The program's own commands in the order of use, then those of plugins."""
        offered = ctx.ensure_object(Console).plugins.records("commands")
        return [*COMMANDS, *(r.name for r in offered if r.name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, ``None`` if there is none; its module is imported now.

        Raises :exc:`~logflow.errors.PluginConflictError` for a name that is offered twice.
        """
        plugins = ctx.ensure_object(Console).plugins
        record = next((r for r in plugins.records("commands") if r.name == cmd_name), None)
        if cmd_name in COMMANDS:
            if record is not None:
                owner = plugins.owner(record)
                raise PluginConflictError(
                    f"command {cmd_name!r} is logflow's own and also offered by {owner.label}: "
                    f"LOGFLOW_DISABLE_PLUGINS={owner.name} disables that"
                )
            module = import_module(f"logflow.cli.{cmd_name}")
            own: click.Command = getattr(module, cmd_name)
            return own
        if record is None:
            return None
        offered: click.Command = plugins.load(record.factory, record)
        return offered

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that *args* name; an error tells what may have been meant."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None:
            ctx.fail(_unknown_command(name, self.list_commands(ctx)))
        return name, command, args[1:]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except OSError as err:
            if err.errno == errno.EPIPE:
                raise Closed from err
            raise


def _unknown_command(name: str, commands: Sequence[str]) -> str:
    if near := get_close_matches(name, commands, n=1):
        return f"no command {name!r}: did you mean {near[0]}?"
    if Path(name).exists():
        return f"no command {name!r}: did you mean logflow convert {name} …?"
    return f"no command {name!r}: there are {', '.join(commands)}"


@click.group(
    cls=Program,
    context_settings={
        "auto_envvar_prefix": "LOGFLOW",
        "help_option_names": ["-h", "--help"],
    },
    epilog="Every flag can be set in the environment: convert's --threads is "
    "LOGFLOW_CONVERT_THREADS, or LOGFLOW_THREADS for all commands. Flags win. "
    "Exit status: 0 all well, 1 failed, 2 wrong usage, 3 some records were rejected, 4 a limit "
    "was reached, 130 interrupted.",
)
@click.version_option(__version__, message="logflow %(version)s", help="Show the version.")
def cli() -> None:
    """Files of every format, often damaged, into tables that you can trust."""


def run(arguments: Sequence[str], *, light: bool = False) -> int:
    """Run the program with *arguments*; gives its exit status.

    *light* tells that the process does nothing else, so that imports may be kept small.
    Errors become a line or two on standard error.  ``LOGFLOW_DEBUG=1`` shows where they came
    from.
    """
    _let_any_text_through()
    console = Console(light=light)
    try:
        with heard(console):
            result = cli.main(
                list(arguments), prog_name="logflow", standalone_mode=False, obj=console
            )
        sys.stdout.flush()
    except SystemExit:
        raise
    except BaseException as err:  # noqa: BLE001 - the outermost place there is
        return _report(err)
    return result if isinstance(result, int) else Exit.CLEAN


def _report(err: BaseException) -> Exit:
    """Say what happened, and what the exit status is."""
    lines, status = _described(err)
    if status is None or os.environ.get("LOGFLOW_DEBUG", "") not in ("", "0"):
        traceback.print_exception(err)
    if isinstance(err, Closed | BrokenPipeError):
        _forget_stdout()
    for line in lines:
        click.echo(line, err=True)
    return Exit.FAILED if status is None else status


def _described(err: BaseException) -> tuple[list[str], Exit | None]:
    """What to say of an exception, and the exit status; ``None`` for what nobody expected."""
    if isinstance(err, Cancelled):
        return ["logflow: interrupted: nothing was published"], Exit.INTERRUPTED
    if isinstance(err, click.Abort | KeyboardInterrupt):
        return ["logflow: interrupted"], Exit.INTERRUPTED
    if isinstance(err, click.UsageError):
        path = err.ctx.command_path if err.ctx else "logflow"
        return [f"logflow: {err.format_message()}", f"Try '{path} --help'."], Exit.USAGE
    if isinstance(err, click.ClickException):
        return [f"logflow: {err.format_message()}"], Exit.FAILED
    if isinstance(err, LogflowError):
        return [f"logflow: {err}"], _status(err)
    if isinstance(err, BrokenPipeError):
        return [f"logflow: {Closed().message}"], Exit.FAILED
    if isinstance(err, OSError):
        where = f"{err.filename}: " if err.filename else ""
        return [f"logflow: {where}{err.strerror or err}"], Exit.FAILED
    if isinstance(err, MemoryError):
        return ["logflow: out of memory: a lower --memory-limit may help"], Exit.FAILED
    name = type(err).__name__
    return [f"logflow: this is a bug, please report it with the lines above: {name}: {err}"], None


def _status(err: LogflowError) -> Exit:
    if isinstance(err, UsageError):
        return Exit.USAGE
    return Exit.LIMIT if isinstance(err, LimitError) else Exit.FAILED


def _let_any_text_through() -> None:
    """Names and values that the terminal's encoding lacks are escaped, not errors."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _forget_stdout() -> None:
    """Let Python's own flush at exit go nowhere."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)

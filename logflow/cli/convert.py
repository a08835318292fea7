"""``logflow convert``: files into another format."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from logflow.cli.account import accounts, json_of, json_of_each, plan
from logflow.cli.console import Console, pass_console
from logflow.cli.exits import Exit
from logflow.cli.flags import Flag, flags_of
from logflow.cli.format_flags import FormatCommand, explained
from logflow.cli.inputs import READING, named_or_stdin, opened, reading_flags, reading_options
from logflow.cli.interrupts import cancelling
from logflow.cli.progress import Meter
from logflow.errors import LogflowError, OptionError, PartialError
from logflow.options import RunOptions, names

if TYPE_CHECKING:
    from logflow.engine import ConvertResult

__all__ = ["convert"]

WRITING = ("to", "force", "dry_run")
RUNNING = tuple(name for name in names(RunOptions) if name not in (*READING, *WRITING))


@click.command(
    cls=FormatCommand,
    params=[
        *reading_flags("convert"),
        Flag(["output", "-o", "--output"], section="Writing", metavar="DST", help="Where to."),
        Flag(
            ["each", "--each"],
            section="Writing",
            is_flag=True,
            help="An output for each input, called like it, in the directory DST; needs --to.",
        ),
        *flags_of("convert", RunOptions, "Writing", WRITING),
        Flag(
            ["sink", "--sink"],
            section="Writing",
            multiple=True,
            metavar="NAME=VALUE",
            help="An option of the output's format; logflow formats NAME shows them.",
        ),
        *flags_of("convert", RunOptions, "Running", RUNNING),
        Flag(
            ["allow_rejects", "--allow-rejects"],
            section="Running",
            is_flag=True,
            help="Exit with 0 although records were rejected.",
        ),
        Flag(
            ["json", "--json"],
            section="Running",
            is_flag=True,
            help="The receipt as JSON, on standard output if that is free.",
        ),
    ],
    epilog="logflow formats NAME shows the flags that only one format has, such as --delimiter.",
)
@click.argument("paths", nargs=-1, metavar="SRC... DST")
@click.pass_context
@pass_console
def convert(
    console: Console,
    ctx: click.Context,
    paths: tuple[str, ...],
    output: str | None,
    sink: tuple[str, ...],
    each: bool,
    allow_rejects: bool,
    json: bool,
) -> int:
    """Convert files into another format.

    SRC is a file, a glob, a directory or - for standard input; DST a file, a directory or - for
    standard output.  Several inputs become one table, or with --each an output each.  Format,
    compression, encoding, dialect and types of SRC are found out.  Records that cannot be read
    are kept in DST.rejects.parquet.
    """
    sources, destination = _ends(ctx, paths, output)
    options = reading_options(ctx)
    made = _converted(console, ctx, sources, destination, each, _pairs(sink), options)
    to_stdout = destination == "-" and not options.get("dry_run")
    if json:
        shown = json_of_each(made.results, made.failures) if each else json_of(made.results[0])
        console.show_json(shown, err=to_stdout)
    elif options.get("dry_run"):
        console.show("\n\n".join(map(plan, made.results)))
    else:
        for line in accounts(made.results, destination):
            console.say(line)
    for error in made.failures.values():
        console.complain(str(error))
    if made.failures:
        return Exit.FAILED
    rejected = any(result.receipt.rejected for result in made.results)
    return Exit.REJECTS if rejected and not allow_rejects else Exit.CLEAN


def _ends(
    ctx: click.Context, paths: tuple[str, ...], output: str | None
) -> tuple[tuple[str, ...], str]:
    """Sources and destination; a single path is never guessed to be one or the other."""
    if output is None:
        if len(paths) < 2:
            alone = f"{paths[0]} alone is not enough: " if paths else ""
            raise click.UsageError(
                f"{alone}name what to read and what to write, as in "
                "logflow convert data.csv data.parquet",
                ctx,
            )
        *sources, output = paths
    else:
        sources = list(named_or_stdin(ctx, paths))
    if sources.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once", ctx)
    return tuple(sources), output


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """``--sink`` as a mapping."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise OptionError(f"--sink {text}: expected NAME=VALUE", name=text)
        pairs[name.replace("-", "_")] = value
    return pairs


@dataclass(frozen=True, slots=True)
class _Made:
    """What came of the inputs; of one output for all, there is one result."""

    results: Sequence[ConvertResult]
    failures: Mapping[str, LogflowError] = field(default_factory=dict)


def _converted(
    console: Console,
    ctx: click.Context,
    sources: Sequence[str],
    destination: str,
    each: bool,
    sink_options: Mapping[str, str],
    options: Mapping[str, Any],
) -> _Made:
    if each and destination == "-":
        raise click.UsageError("--each writes files: name a directory, not standard output", ctx)
    target: str | BinaryIO = sys.stdout.buffer if destination == "-" else destination
    with (
        cancelling() as token,
        Meter(console, sources) as progress,
        console.engine() as engine,
    ):
        src = opened(sources, token)
        how: dict[str, Any] = {"sink_options": sink_options, "token": token, "progress": progress}
        try:
            if each:
                return _Made(engine.convert_each(src, destination, **how, **options))
            return _Made([engine.convert(src, target, **how, **options)])
        except OptionError as err:
            raise explained(err, ctx) from err
        except PartialError as err:
            return _Made(err.results, err.failures)

"""``logflow detect``: what a file is."""

from __future__ import annotations

import click

from logflow.cli.console import Console, pass_console
from logflow.cli.exits import Exit
from logflow.cli.flags import Flag
from logflow.cli.format_flags import FormatCommand, explained
from logflow.cli.inputs import named_or_stdin, opened, reading_flags, reading_options
from logflow.cli.interrupts import quitting
from logflow.cli.report import described, detection_json
from logflow.errors import OptionError

__all__ = ["detect"]


@click.command(
    cls=FormatCommand,
    params=[
        Flag(
            ["explain", "--explain"],
            section="Showing",
            is_flag=True,
            help="Ask every plugin; show how sure each finding is, and what else was considered.",
        ),
        Flag(["json", "--json"], section="Showing", is_flag=True, help="A line of JSON each."),
        *reading_flags("detect"),
    ],
)
@click.argument("sources", nargs=-1, metavar="SRC...")
@click.pass_context
@pass_console
def detect(
    console: Console,
    ctx: click.Context,
    sources: tuple[str, ...],
    explain: bool,
    json: bool,
) -> int:
    """Tell what a file is, and why.

    Compression, format, encoding and dialect are found out from its first bytes.  Of a glob or a
    directory, the first file is looked at.  The exit status is 1 if no installed plugin reads it.
    """

    status = Exit.CLEAN
    with quitting(), console.engine() as engine:
        for source in opened(named_or_stdin(ctx, sources)):
            try:
                found = engine.detect(source, explain=explain, **reading_options(ctx))
            except OptionError as err:
                raise explained(err, ctx) from err
            if json:
                console.show_json(detection_json(found))
            else:
                console.show(described(found, explain=explain))
            if found.problem:
                console.complain(found.problem)
                status = Exit.FAILED
    return status

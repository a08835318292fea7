"""``logflow head``: the first rows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from logflow.cli.console import Console, pass_console
from logflow.cli.flags import Flag
from logflow.cli.format_flags import FormatCommand, explained
from logflow.cli.inputs import named_or_stdin, opened, reading_flags, reading_options
from logflow.cli.interrupts import quitting
from logflow.cli.tables import as_json, as_text, tsv
from logflow.errors import OptionError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["head"]


@click.command(
    cls=FormatCommand,
    params=[
        Flag(
            ["rows", "-n", "--rows"],
            section="Showing",
            type=click.IntRange(min=1),
            default=10,
            help="How many rows.  [default: 10]",
        ),
        Flag(
            ["json", "--json"],
            section="Showing",
            is_flag=True,
            help="A line of JSON for each row.",
        ),
        *reading_flags("head"),
    ],
)
@click.argument("sources", nargs=-1, metavar="SRC...")
@click.pass_context
@pass_console
def head(
    console: Console,
    ctx: click.Context,
    sources: tuple[str, ...],
    rows: int,
    json: bool,
) -> None:
    """Show the first rows.

    They are a table on a terminal and tab-separated text elsewhere.  Types are those of the rows
    shown, which is all that is read.
    """

    with quitting(), console.engine() as engine:
        try:
            table = engine.head(opened(named_or_stdin(ctx, sources)), rows, **reading_options(ctx))
        except OptionError as err:
            raise explained(err, ctx) from err
    if json:
        _show_json(console, table)
    elif sys.stdout.isatty():
        _show_table(console, table)
    else:
        _show_text(console, table)
    console.say("types are of the rows shown; logflow schema reads them all")


def _show_json(console: Console, table: pa.Table) -> None:
    for values in zip(*map(as_json, table.columns), strict=True):
        row = dict(zip(table.column_names, values, strict=True))
        console.show_json(row)


def _show_text(console: Console, table: pa.Table) -> None:
    console.show(tsv(table.column_names))
    for row in zip(*map(as_text, table.columns), strict=True):
        console.show(tsv(row))


def _show_table(console: Console, table: pa.Table) -> None:
    from rich.console import Console as Terminal
    from rich.table import Table
    from rich.text import Text

    grid = Table()
    for field in table.schema:
        is_text = str(field.type) in ("string", "binary", "bool")
        grid.add_column(Text(f"{field.name}\n{field.type}"), justify="left" if is_text else "right")
    for row in zip(*map(as_text, table.columns), strict=True):
        grid.add_row(*(Text("" if value is None else value) for value in row))
    Terminal(no_color=not console.color).print(grid)

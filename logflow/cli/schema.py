"""``logflow schema``: the columns and their types, by all values."""

from __future__ import annotations

import click

from logflow.cli.console import Console, pass_console
from logflow.cli.flags import Flag
from logflow.cli.format_flags import FormatCommand, explained
from logflow.cli.inputs import named_or_stdin, opened, reading_flags, reading_options
from logflow.cli.interrupts import quitting
from logflow.cli.tables import aligned
from logflow.errors import OptionError

__all__ = ["schema"]

RUNNING = ("max_rejects", "max_reject_ratio", "executor", "threads", "attempts", "memory_limit")


@click.command(
    cls=FormatCommand,
    params=[
        Flag(["json", "--json"], section="Showing", is_flag=True, help="A line of JSON in all."),
        *reading_flags("schema", *RUNNING),
    ],
)
@click.argument("sources", nargs=-1, metavar="SRC...")
@click.pass_context
@pass_console
def schema(console: Console, ctx: click.Context, sources: tuple[str, ...], json: bool) -> None:
    """Show each column with its type and the reason for it.  Everything is read."""

    with quitting(), console.engine() as engine:
        try:
            columns = engine.schema(opened(named_or_stdin(ctx, sources)), **reading_options(ctx))
        except OptionError as err:
            raise explained(err, ctx) from err
    rows = [(name, str(column.type), column.reason) for name, column in columns.items()]
    if json:
        console.show_json([dict(zip(("name", "type", "reason"), r, strict=True)) for r in rows])
    elif rows:
        console.show(aligned(rows))

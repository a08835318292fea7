"""What the commands that read have in common: which input, and how it is read."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, cast

import click

from logflow.cli.flags import Flag, flags_of, given
from logflow.cli.format_flags import given_for_format
from logflow.cli.interrupts import Stdin
from logflow.interfaces.cancel import CancelToken
from logflow.options import DecodeOptions, RunOptions

__all__ = ["READING", "named_or_stdin", "opened", "reading_flags", "reading_options"]

READING = ("format", "table", "member")
"""The options of a run that say what is read."""


def reading_flags(command: str, *more: str) -> list[Flag]:
    """The flags of a command that reads, with *more* options of a run."""
    return [
        *flags_of(command, RunOptions, "Reading", READING),
        *flags_of(command, DecodeOptions, "Reading"),
        *flags_of(command, RunOptions, "Running", more),
    ]


def reading_options(ctx: click.Context) -> dict[str, Any]:
    """The options for the engine, those of single formats included."""
    return given(ctx) | given_for_format(ctx)


def named_or_stdin(ctx: click.Context, sources: Sequence[str]) -> Sequence[str]:
    """*sources*, or standard input if there are none and something is piped in."""
    if sources:
        return sources
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("nothing to read: name a file, or - for standard input", ctx)
    return ("-",)


def opened(sources: Iterable[str], token: CancelToken | None = None) -> list[str | BinaryIO]:
    """*sources* for the engine: paths as they are, standard input so that Ctrl-C works."""
    return [cast(BinaryIO, Stdin(token)) if source == "-" else source for source in sources]

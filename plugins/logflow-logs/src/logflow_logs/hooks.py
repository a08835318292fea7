"""The hook by which other plugins define formats of logs."""

from __future__ import annotations

from collections.abc import Iterable

from logflow.hookspecs import hookspec
from logflow.records import Record

__all__ = ["logflow_log_formats"]


@hookspec
def logflow_log_formats() -> Iterable[Record]:  # type: ignore[empty-body]
    """Offer definitions of log formats.

    The factory of a record takes nothing and gives a text in TOML, as ``definitions.toml`` of this
    plugin has it.  Formats of other plugins are tried before its own.
    """

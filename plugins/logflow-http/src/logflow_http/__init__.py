"""HTTP for logflow.  Imports no urllib3."""

from __future__ import annotations

from logflow.hookspecs import hookimpl
from logflow.records import SourceRecord

__all__ = ["logflow_sources"]


@hookimpl
def logflow_sources() -> tuple[SourceRecord, ...]:
    """Web addresses."""
    return (
        SourceRecord(
            name="http",
            description="Web addresses",
            schemes=("http", "https"),
            factory="logflow_http.source:HttpProvider",
        ),
    )

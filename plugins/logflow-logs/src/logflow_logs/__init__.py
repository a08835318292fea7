"""Text logs for logflow.  Imports no pyarrow."""

from __future__ import annotations

from types import ModuleType

from logflow import DecoderRecord, Magic, hookimpl
from logflow_logs import hooks

__all__ = ["logflow_decoders", "logflow_hookspecs"]


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """Text logs of many formats."""
    return (
        DecoderRecord(
            name="logs",
            description="Text logs, by definitions of their lines",
            extensions=(".log",),
            factory="logflow_logs.decoder:LogsDecoder",
            sniff="logflow_logs.sniff:sniff_logs",
            options="logflow_logs.options:LogsOptions",
        ),
        DecoderRecord(
            name="journal",
            description="Export format of systemd's journal",
            magic=(Magic(b"__CURSOR="),),
            factory="logflow_logs.journal:JournalDecoder",
            text=False,
        ),
    )


@hookimpl
def logflow_hookspecs() -> tuple[ModuleType, ...]:
    """The hook that adds definitions."""
    return (hooks,)

"""Text logs for logflow.  Imports no pyarrow."""

from __future__ import annotations

from logflow import DecoderRecord, hookimpl

__all__ = ["logflow_decoders"]


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
    )

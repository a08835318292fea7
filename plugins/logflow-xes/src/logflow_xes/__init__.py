"""XES event logs for logflow.  Imports no pyarrow."""

from __future__ import annotations

from logflow import DecoderRecord, hookimpl

__all__ = ["logflow_decoders"]


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """Event logs."""
    return (
        DecoderRecord(
            name="xes",
            description="XES event log (IEEE 1849)",
            extensions=(".xes",),
            factory="logflow_xes.decoder:XesDecoder",
            sniff="logflow_xes.sniff:sniff_xes",
        ),
    )

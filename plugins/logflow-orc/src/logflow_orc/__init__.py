"""Apache ORC for logflow.  Imports no pyarrow."""

from __future__ import annotations

from logflow import DecoderRecord, Magic, SinkRecord, hookimpl

__all__ = ["logflow_decoders", "logflow_sinks"]

EXTENSIONS = (".orc",)


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """The reading side."""
    return (
        DecoderRecord(
            name="orc",
            description="Apache ORC",
            extensions=EXTENSIONS,
            magic=(Magic(b"ORC"),),
            factory="logflow_orc.decoder:OrcDecoder",
            text=False,
        ),
    )


@hookimpl
def logflow_sinks() -> tuple[SinkRecord, ...]:
    """The writing side."""
    return (
        SinkRecord(
            name="orc",
            description="Apache ORC",
            extensions=EXTENSIONS,
            factory="logflow_orc.sink:OrcSink",
        ),
    )

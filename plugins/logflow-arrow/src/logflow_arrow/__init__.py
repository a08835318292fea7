"""Arrow IPC for logflow, files and streams.  Imports no pyarrow."""

from __future__ import annotations

from logflow.hookspecs import hookimpl
from logflow.records import DecoderRecord, Magic, SinkRecord

__all__ = ["logflow_decoders", "logflow_sinks"]

FILE_EXTENSIONS = (".arrow", ".feather", ".ipc")
STREAM_EXTENSIONS = (".arrows",)
FILE = "Arrow IPC file, also called Feather"
STREAM = "Arrow IPC stream"


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """Offer the reading side of both formats."""
    return (
        DecoderRecord(
            name="arrow",
            description=FILE,
            extensions=FILE_EXTENSIONS,
            magic=(Magic(b"ARROW1"),),
            factory="logflow_arrow.decoder:ArrowFileDecoder",
            text=False,
        ),
        DecoderRecord(
            name="arrows",
            description=STREAM,
            extensions=STREAM_EXTENSIONS,
            sniff="logflow_arrow.sniff:sniff_stream",
            factory="logflow_arrow.decoder:ArrowStreamDecoder",
            text=False,
        ),
    )


@hookimpl
def logflow_sinks() -> tuple[SinkRecord, ...]:
    """Offer the writing side of both formats."""
    return (
        SinkRecord(
            name="arrow",
            description=FILE,
            extensions=FILE_EXTENSIONS,
            factory="logflow_arrow.sink:ArrowFileSink",
        ),
        SinkRecord(
            name="arrows",
            description=STREAM,
            extensions=STREAM_EXTENSIONS,
            factory="logflow_arrow.sink:ArrowStreamSink",
        ),
    )

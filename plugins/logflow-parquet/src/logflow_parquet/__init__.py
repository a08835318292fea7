"""Parquet for logflow.  Imports no pyarrow."""

from __future__ import annotations

from logflow.hookspecs import hookimpl
from logflow.records import DecoderRecord, Magic, SinkRecord

__all__ = ["logflow_decoders", "logflow_sinks"]

EXTENSIONS = (".parquet", ".pq")


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """Offer the reading side."""
    return (
        DecoderRecord(
            name="parquet",
            description="Apache Parquet, a row group at a time",
            extensions=EXTENSIONS,
            magic=(Magic(b"PAR1"),),
            factory="logflow_parquet.decoder:ParquetDecoder",
            text=False,
        ),
    )


@hookimpl
def logflow_sinks() -> tuple[SinkRecord, ...]:
    """Offer the writing side."""
    return (
        SinkRecord(
            name="parquet",
            description="Apache Parquet with page index and page checksums",
            extensions=EXTENSIONS,
            factory="logflow_parquet.sink:ParquetSink",
            options="logflow_parquet.options:ParquetOptions",
        ),
    )

"""Avro for logflow.  Imports neither pyarrow nor fastavro."""

from __future__ import annotations

from logflow import DecoderRecord, Magic, hookimpl

__all__ = ["logflow_decoders"]


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """Object container files."""
    return (
        DecoderRecord(
            name="avro",
            description="Avro object container file",
            extensions=(".avro",),
            magic=(Magic(b"Obj\x01"),),
            factory="logflow_avro.decoder:AvroDecoder",
            options="logflow_avro.options:AvroOptions",
            text=False,
        ),
    )

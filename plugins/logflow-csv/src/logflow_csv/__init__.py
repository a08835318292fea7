"""CSV and TSV for logflow.  Imports no pyarrow."""

from __future__ import annotations

from logflow import DecoderRecord, SinkRecord, hookimpl

__all__ = ["logflow_decoders", "logflow_sinks"]


CSV = (".csv",)
TSV = (".tsv", ".tab")


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """One decoder under two names: only the default of the delimiter differs."""
    return (
        DecoderRecord(
            name="csv",
            description="Comma-separated values, and their relatives with other delimiters",
            extensions=CSV,
            factory="logflow_csv.decoder:CsvDecoder",
            sniff="logflow_csv.sniff:sniff_csv",
            options="logflow_csv.options:CsvOptions",
        ),
        DecoderRecord(
            name="tsv",
            description="Tab-separated values, with quotes as in CSV",
            extensions=TSV,
            factory="logflow_csv.decoder:TsvDecoder",
            sniff="logflow_csv.sniff:sniff_tsv",
            options="logflow_csv.options:CsvOptions",
        ),
    )


@hookimpl
def logflow_sinks() -> tuple[SinkRecord, ...]:
    """The way back."""
    return (
        SinkRecord(
            name="csv",
            description="Comma-separated values (RFC 4180)",
            extensions=CSV,
            factory="logflow_csv.sink:CsvSink",
            options="logflow_csv.sink:CsvSinkOptions",
        ),
        SinkRecord(
            name="tsv",
            description="Tab-separated values, with quotes as in CSV",
            extensions=TSV,
            factory="logflow_csv.sink:TsvSink",
            options="logflow_csv.sink:TsvSinkOptions",
        ),
    )

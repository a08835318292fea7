"""CSV and TSV for logflow.  Imports no pyarrow."""

from __future__ import annotations

from logflow import DecoderRecord, hookimpl

__all__ = ["logflow_decoders"]


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """One decoder under two names: only the default of the delimiter differs."""
    return (
        DecoderRecord(
            name="csv",
            description="Comma-separated values, and their relatives with other delimiters",
            extensions=(".csv",),
            factory="logflow_csv.decoder:CsvDecoder",
            sniff="logflow_csv.sniff:sniff_csv",
            options="logflow_csv.options:CsvOptions",
        ),
        DecoderRecord(
            name="tsv",
            description="Tab-separated values, with quotes as in CSV",
            extensions=(".tsv", ".tab"),
            factory="logflow_csv.decoder:TsvDecoder",
            sniff="logflow_csv.sniff:sniff_tsv",
            options="logflow_csv.options:CsvOptions",
        ),
    )

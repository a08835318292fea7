"""JSON and JSON Lines for logflow.  Imports no pyarrow."""

from __future__ import annotations

from logflow import DecoderRecord, SinkRecord, hookimpl

__all__ = ["logflow_decoders", "logflow_sinks"]


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """One document, or many."""
    return (
        DecoderRecord(
            name="json",
            description="A JSON document: the elements of an array, or one value",
            extensions=(".json",),
            factory="logflow_json.decoder:JsonDecoder",
            sniff="logflow_json.sniff:sniff_json",
            options="logflow_json.options:JsonOptions",
        ),
        DecoderRecord(
            name="jsonl",
            description="JSON Lines, JSON text sequences, JSON values one after the other",
            extensions=(".jsonl", ".ndjson"),
            factory="logflow_json.decoder:JsonLinesDecoder",
            sniff="logflow_json.sniff:sniff_jsonl",
            options="logflow_json.options:JsonLinesOptions",
        ),
    )


@hookimpl
def logflow_sinks() -> tuple[SinkRecord, ...]:
    """The way back."""
    return (
        SinkRecord(
            name="jsonl",
            description="JSON Lines",
            extensions=(".jsonl", ".ndjson"),
            factory="logflow_json.sink:JsonLinesSink",
        ),
    )

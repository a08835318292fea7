"""XML for logflow.  Imports no pyarrow."""

from __future__ import annotations

from logflow import DecoderRecord, hookimpl

__all__ = ["logflow_decoders"]


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """Documents of any kind."""
    return (
        DecoderRecord(
            name="xml",
            description="XML whose repeated elements are records",
            extensions=(".xml",),
            factory="logflow_xml.decoder:XmlDecoder",
            sniff="logflow_xml.sniff:sniff_xml",
            options="logflow_xml.options:XmlOptions",
        ),
    )

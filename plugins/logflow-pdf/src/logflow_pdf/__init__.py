"""Tables of PDF for logflow.  Imports neither pyarrow nor pdfplumber."""

from __future__ import annotations

from logflow import DecoderRecord, Magic, hookimpl

__all__ = ["logflow_decoders"]


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """Documents whose text is text."""
    return (
        DecoderRecord(
            name="pdf",
            description="tables of PDF",
            extensions=(".pdf",),
            magic=(Magic(b"%PDF-"),),
            factory="logflow_pdf.decoder:PdfDecoder",
            options="logflow_pdf.options:PdfOptions",
            text=False,
        ),
    )

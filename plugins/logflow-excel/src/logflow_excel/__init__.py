"""Workbooks for logflow.  Imports no pyarrow."""

from __future__ import annotations

from logflow import DecoderRecord, Magic, hookimpl

__all__ = ["logflow_decoders"]

OPTIONS = "logflow_excel.options:ExcelOptions"


@hookimpl
def logflow_decoders() -> tuple[DecoderRecord, ...]:
    """The formats of today, which are zip files, and those of before."""
    return (
        DecoderRecord(
            name="xlsx",
            description="Excel workbook (Office Open XML)",
            extensions=(".xlsx", ".xlsm", ".xltx", ".xltm", ".xlam"),
            factory="logflow_excel.xlsx:XlsxDecoder",
            sniff="logflow_excel.sniff:sniff_xlsx",
            options=OPTIONS,
            text=False,
            archive="zip",
        ),
        DecoderRecord(
            name="xlsb",
            description="Excel binary workbook",
            extensions=(".xlsb",),
            factory="logflow_excel.calamine:XlsbDecoder",
            sniff="logflow_excel.sniff:sniff_xlsb",
            options=OPTIONS,
            text=False,
            archive="zip",
        ),
        DecoderRecord(
            name="ods",
            description="OpenDocument spreadsheet",
            extensions=(".ods",),
            factory="logflow_excel.calamine:OdsDecoder",
            sniff="logflow_excel.sniff:sniff_ods",
            options=OPTIONS,
            text=False,
            archive="zip",
        ),
        DecoderRecord(
            name="xls",
            description="Excel workbook of 1997 to 2003",
            extensions=(".xls", ".xla", ".xlt"),
            magic=(Magic(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),),
            factory="logflow_excel.calamine:XlsDecoder",
            options=OPTIONS,
            text=False,
        ),
    )

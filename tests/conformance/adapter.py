"""How the scorers of the public suites call logflow: one thin call a function, no special cases.

A scorer uses this file where ``LOGFLOW_ADAPTER`` names it.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

import logflow


def table(path: str, **options: Any) -> pa.Table:
    """The whole of *path*, as ``logflow.convert`` reads it by itself."""
    with TemporaryDirectory() as folder:
        output = Path(folder, "out.arrow")
        logflow.convert(path, output, **options)
        data = output.read_bytes()
    try:
        return pa.ipc.open_file(data).read_all()
    except pa.ArrowInvalid:
        return pa.ipc.open_stream(data).read_all()


def text_table(path: str) -> tuple[list[str] | None, list[list[str]]]:
    """Header, if there is one, and rows of a delimited file: names and cells as text, as spelled,
    missing ones as ``""``."""
    found: Any = logflow.detect(path).dialect
    rows = logflow.read(path, all_text=True, errors="permissive").read_all()
    columns = [column.fill_null("").to_pylist() for column in rows.columns]
    header = list(found.written) if found.header else None
    return header, [list(row) for row in zip(*columns, strict=True)]


def encoding(data: bytes) -> str | None:
    """The name of the encoding, ``None`` for binary data."""
    found = logflow.detect(data).encoding
    return found.name if found else None


def dialect(path: str) -> dict[str, Any]:
    """How a delimited file is written; *skip* are the lines before the table."""
    found: Any = logflow.detect(path).dialect
    return {
        "delimiter": found.delimiter,
        "quotechar": found.quote or "",
        "escapechar": found.escape or "",
        "header": found.header,
        "skip": found.skip_lines,
    }


def json_strict(path: str) -> list[dict[str, Any]]:
    """One JSON document, strictly: rows; raises where it is not valid JSON."""
    return table(path, format="json", errors="strict").to_pylist()


def sheets(path: str) -> dict[str, dict[tuple[int, int], Any]]:
    """The cells with values, by row and column, of each sheet of a workbook, no header assumed."""
    return {
        name: {
            (i, j): value
            for j, column in enumerate(logflow.read(path, sheet=name, header=False).read_all())
            for i, value in enumerate(column.to_pylist())
            if value is not None
        }
        for name in logflow.detect(path).members
    }

"""Finds the tables of pages by pdfplumber in a process of its own, and writes them as Arrow.

A document may ask for any amount of memory or time: this process has limits.  What is wrong with
a page is said in its place; with the document, on standard error, with exit code 1.
"""

from __future__ import annotations

import io
import logging
import os
import resource
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any, BinaryIO

import pdfplumber
import pyarrow as pa
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from logflow_pdf.pages import pages_of

__all__ = ["SCHEMA", "main"]

SCHEMA = pa.schema(
    [
        ("page", pa.int32()),
        ("table", pa.int32()),
        ("cells", pa.list_(pa.string())),
        ("error", pa.string()),
        ("letters", pa.int64()),
    ]
)
"""A row of a table: its page from 1, its table on that from 0, and its cells.

A page begins with a row without a table: how many letters it has, or what is wrong with it.
"""
MOST_MEMORY = 4 << 30
"""Bytes of address space."""
MOST_SECONDS = 120.0
"""For a page."""


def _rows(page: Any, edges: str) -> Iterator[dict[str, Any]]:
    """What a page has, from top to bottom."""
    number = page.page_number
    found = page.find_tables({"vertical_strategy": edges, "horizontal_strategy": edges})
    yield {"page": number, "letters": len(page.chars)}
    for index, table in enumerate(sorted(found, key=lambda each: each.bbox[1::-1])):
        for cells in table.extract():
            yield {"page": number, "table": index, "cells": cells}


def _out_of_time(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"it takes more than {MOST_SECONDS:g} seconds")


def _batch(page: Any, edges: str) -> pa.RecordBatch:
    # Once may fall where Python ignores errors, such as in the collection of garbage.
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS, MOST_SECONDS / 10)
    try:
        rows = list(_rows(page, edges))
    except Exception as err:  # noqa: BLE001 - the library has no errors of its own for most damage
        rows = [{"page": page.page_number, "error": str(err) or type(err).__name__}]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def _write(stream: io.FileIO, out: BinaryIO, edges: str, pages: str) -> None:
    wanted = pages_of(pages)
    with (
        pdfplumber.open(io.BufferedReader(stream)) as document,
        pa.ipc.new_stream(out, SCHEMA) as writer,
    ):
        for page in document.pages:
            if not wanted or any(page.page_number in each for each in wanted):
                writer.write_batch(_batch(page, edges))
                page.close()


def main(descriptor: str, edges: str, pages: str) -> int:
    """Write the tables of the document that is open as *descriptor*; gives the exit code."""
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.signal(signal.SIGALRM, _out_of_time)
    with io.FileIO(int(descriptor)) as stream, os.fdopen(1, "wb", closefd=False) as out:
        try:
            _write(stream, out, edges, pages)
        except Exception as err:  # noqa: BLE001 - so here
            sys.stderr.write(_said(err))
            return 1
    return 0


def _said(err: Exception) -> str:
    """What is wrong with a document."""
    cause = err.args[0] if isinstance(err, PdfminerException) and err.args else err
    if isinstance(cause, PDFPasswordIncorrect):
        return "it is locked: save it without a password"
    reason = str(cause).partition("\n")[0] or type(cause).__name__
    return f"it is no document that can be read: {reason}"

"""Reads a workbook by calamine in a process of its own, and writes its sheets as an Arrow stream.

A damaged workbook may ask for any amount of memory: this process has a limit, and may die of it.
What is wrong is said on standard error, with exit code 1.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import python_calamine

from logflow_excel.xlsb_errors import is_xlsb, xlsb_errors
from logflow_ext.sheet_cells import KINDS

__all__ = ["SCHEMA", "main", "rows_of", "write_sheets", "written"]

SCHEMA = pa.schema(
    [
        ("row", pa.uint32()),
        ("columns", pa.list_(pa.uint32())),
        ("kinds", pa.list_(pa.uint8())),
        ("texts", pa.list_(pa.string())),
    ]
)
"""A row of a sheet: its number from 1, and for its cells the column from 0, the kind, the text."""
BATCH_ROWS = 4096
MOST_MEMORY = 4 << 30
"""Bytes of address space: the library keeps a sheet as a whole."""
_KIND = {name: number for number, name in enumerate(KINDS)}


def written(value: Any) -> tuple[int, str]:
    """The kind and the text of a cell's value.

    >>> written(2.0), written(True), KINDS[written(dt.time(9, 5))[0]]
    ((1, '2'), (2, 'true'), 'time')
    """
    if isinstance(value, bool):
        return _KIND["boolean"], str(value).lower()
    if isinstance(value, float | int):
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
        return _KIND["number"], str(int(value)) if whole else repr(value)
    if isinstance(value, dt.datetime):
        return _KIND["datetime"], value.replace(tzinfo=None).isoformat()
    if isinstance(value, dt.date):
        return _KIND["date"], value.isoformat()
    if isinstance(value, dt.time):
        return _KIND["time"], value.isoformat()
    if isinstance(value, dt.timedelta):
        return _KIND["duration"], str(value // dt.timedelta(microseconds=1))
    return _KIND["text"], str(value)


def rows_of(sheet: Any, errors: Mapping[tuple[int, int], str]) -> Iterator[dict[str, Any]]:
    """The rows of a sheet that are not blank, with its *errors* by row and column from 0."""
    found: dict[int, dict[int, tuple[int, str]]] = {}
    for (row, column), name in errors.items():
        found.setdefault(row, {})[column] = (_KIND["error"], name)
    left = sorted(found)
    first_row, first_column = sheet.start or (0, 0)
    for number, row in enumerate(sheet.iter_rows(), start=first_row):
        while left and left[0] < number:
            yield _row(left[0], found[left.pop(0)])
        cells = {at: written(v) for at, v in enumerate(row, first_column) if v != ""}
        if left and left[0] == number:
            cells |= found[left.pop(0)]
        if cells:
            yield _row(number, cells)
    for number in left:
        yield _row(number, found[number])


def _row(number: int, cells: Mapping[int, tuple[int, str]]) -> dict[str, Any]:
    columns = sorted(cells)
    kinds, texts = zip(*(cells[column] for column in columns), strict=True)
    return {"row": number + 1, "columns": columns, "kinds": kinds, "texts": texts}


def write_sheets(stream: BinaryIO, wanted: Sequence[str], out: BinaryIO) -> None:
    """The names of all sheets as the metadata of a stream, and the rows of some in batches.

    A sheet ends with a batch without rows.
    """
    book = python_calamine.CalamineWorkbook.from_filelike(stream)
    sheets = [
        [each.name, each.visible == python_calamine.SheetVisibleEnum.Visible]
        for each in book.sheets_metadata
        if each.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    errors = xlsb_errors(stream) if wanted and is_xlsb(stream) else {}
    schema = SCHEMA.with_metadata({"sheets": json.dumps(sheets)})
    with pa.ipc.new_stream(out, schema) as writer:
        for name in wanted:
            batch: list[dict[str, Any]] = []
            for row in rows_of(book.get_sheet_by_name(name), errors.get(name, {})):
                batch.append(row)
                if len(batch) == BATCH_ROWS:
                    writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))
                    batch = []
            if batch:
                writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))
            writer.write_batch(pa.RecordBatch.from_pylist([], schema=schema))


def main(descriptor: str, *wanted: str) -> int:
    """Write sheets of the workbook that is open as *descriptor*; gives the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with os.fdopen(int(descriptor), "rb") as stream, os.fdopen(1, "wb", closefd=False) as out:
        try:
            write_sheets(stream, wanted, out)
        except BaseException as err:  # noqa: BLE001 - the library panics, which is no Exception
            sys.stderr.write(str(err).partition("\n")[0] or type(err).__name__)
            return 1
    return 0

"""The error cells of binary workbooks, which calamine gives as empty ones ([MS-XLSB] 2.1.4)."""

from __future__ import annotations

import posixpath
import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree

__all__ = ["ERROR_NAMES", "is_xlsb", "xlsb_errors"]

ERROR_NAMES = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
ROW, CELL_ERROR, FORMULA_ERROR, SHEET = 0, 3, 11, 156
MOST_PART = 1 << 30
"""Bytes of a part that is looked at."""


def is_xlsb(stream: BinaryIO) -> bool:
    """Whether it is a zip file with a binary workbook."""
    if not zipfile.is_zipfile(stream):
        return False
    with zipfile.ZipFile(stream) as file:
        return any(name.lower().endswith("workbook.bin") for name in file.namelist())


def xlsb_errors(stream: BinaryIO) -> dict[str, dict[tuple[int, int], str]]:
    """The errors of all sheets, by name, row and column from 0."""
    with zipfile.ZipFile(stream) as file:
        parts = {name.replace("\\", "/").lower(): name for name in file.namelist()}

        def part(name: str) -> bytes:
            with file.open(parts[name.lower()]) as data:
                return data.read(MOST_PART)

        book = next(name for name in parts if posixpath.basename(name) == "workbook.bin")
        folder = posixpath.dirname(book)
        relations = ElementTree.fromstring(part(f"{folder}/_rels/workbook.bin.rels"))
        targets = {
            each.get("Id"): posixpath.normpath(posixpath.join("/" + folder, each.get("Target", "")))
            for each in relations
            if each.get("Type", "").endswith("/worksheet")
        }
        found = {}
        for kind, data in _records(part(book)):
            if kind == SHEET:
                identity, at = _text(data, 8)
                name, _ = _text(data, at)
                if identity in targets:
                    found[name] = dict(_errors(part(targets[identity].lstrip("/"))))
        return found


def _errors(data: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    row = 0
    for kind, record in _records(data):
        if kind == ROW:
            row = int.from_bytes(record[:4], "little")
        elif kind in (CELL_ERROR, FORMULA_ERROR) and len(record) > 8:
            column = int.from_bytes(record[:4], "little")
            yield (row, column), ERROR_NAMES.get(record[8], "#UNKNOWN!")


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The kinds and contents of records, as far as they are whole."""
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind & 0x80 and at < len(data):
            kind = kind & 0x7F | data[at] << 7
            at += 1
        size = 0
        for shift in range(0, 28, 7):
            if at >= len(data):
                return
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        if at + size > len(data):
            return
        yield kind, data[at : at + size]
        at += size


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text with its length before it, and where it ends."""
    (count,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * count
    return data[at + 4 : end].decode("utf-16-le", "replace"), end

"""The parts of a workbook in Office Open XML (ECMA-376): sheets, styles and shared strings."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO
from xml.etree import ElementTree

from logflow.defaults.archives import ZipArchive
from logflow.errors import DecodeError, LimitError
from logflow.interfaces.source import Source
from logflow_excel.number_formats import BUILT_IN, format_of
from logflow_ext import kernel
from logflow_ext.sheet_cells import Strings

__all__ = ["Sheet", "Workbook"]

MOST_PART = 64 << 20
"""Bytes of a part that is read as a whole."""
MOST_STRINGS = 500 << 20
"""Bytes of the part with the shared strings."""
NO_STRINGS = Strings(b"", b"")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: its name, whether it is shown, and where its cells are."""

    name: str
    visible: bool
    part: str


class Workbook:
    """A workbook whose parts are read when they are asked for.

    Raises :exc:`~logflow.errors.DecodeError` where one is missing or damaged, and
    :exc:`~logflow.errors.LimitError` where one is larger than can be kept.
    """

    def __init__(self, source: Source) -> None:
        self.location = source.location
        self._members: Mapping[str, Source] = {
            _normal(name): member for name, member in ZipArchive().members(source)
        }
        if not self._members:
            raise DecodeError("the workbook is empty: it has no parts", file=self.location)
        self.part = self._main_part()
        self._root = self._tree(self.part)

    @cached_property
    def from_1904(self) -> bool:
        """Whether days are counted from 1904 on."""
        given = self._root.find("{*}workbookPr")
        return given is not None and given.get("date1904") in ("1", "true", "on")

    @cached_property
    def sheets(self) -> list[Sheet]:
        """The worksheets, in the order of the workbook."""
        targets = self._relations(self.part, "/worksheet")
        found = []
        for each in self._root.iterfind("{*}sheets/{*}sheet"):
            identity = next((v for k, v in each.attrib.items() if k.endswith("}id")), "")
            if identity in targets:
                visible = each.get("state", "visible") == "visible"
                found.append(Sheet(each.get("name", ""), visible, targets[identity]))
        return found

    @cached_property
    def formats(self) -> bytes:
        """What numbers are shown as, by their style; see ``logflow_ext.sheet_cells.FORMATS``."""
        parts = [*self._relations(self.part, "/styles").values()]
        if not parts or parts[0] not in self._members:
            return b""
        root = self._tree(parts[0])
        codes = dict(BUILT_IN)
        for each in root.iterfind("{*}numFmts/{*}numFmt"):
            codes[_number(each.get("numFmtId"))] = each.get("formatCode", "")
        return bytes(
            format_of(codes.get(_number(each.get("numFmtId")), ""))
            for each in root.iterfind("{*}cellXfs/{*}xf")
        )

    @cached_property
    def strings(self) -> Strings:
        """The texts that cells share."""
        parts = [*self._relations(self.part, "/sharedStrings").values()]
        if not parts or parts[0] not in self._members:
            return NO_STRINGS
        with self.open(parts[0]) as stream:
            data = _whole(stream, MOST_STRINGS, parts[0])
        found: Strings = kernel("sheet").strings(data)
        if found.error != "none":
            raise DecodeError(
                f"the shared strings are damaged ({found.error.replace('_', ' ')})",
                file=self.location,
                member=parts[0],
                byte_offset=found.offset,
            )
        return found

    def open(self, part: str) -> BinaryIO:
        """The bytes of a part."""
        if part not in self._members:
            raise DecodeError(f"the workbook has no part {part!r}", file=self.location)
        return self._members[part].open()

    def _main_part(self) -> str:
        if "_rels/.rels" in self._members:
            found = [*self._relations("", "/officeDocument").values()]
            if found and found[0] in self._members:
                return found[0]
        for name in self._members:
            if posixpath.basename(name) == "workbook.xml":
                return name
        raise DecodeError("it is no workbook: there is no part workbook.xml", file=self.location)

    def _relations(self, part: str, kind: str) -> dict[str, str]:
        """The parts that a part refers to, by identity, of a kind."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", name + ".rels").lower()
        if path not in self._members:
            return {}
        return {
            each.get("Id", ""): _normal(posixpath.join("/" + folder, each.get("Target", "")))
            for each in self._tree(path)
            if each.get("Type", "").endswith(kind)
        }

    def _tree(self, part: str) -> ElementTree.Element:
        with self.open(part) as stream:
            data = _whole(stream, MOST_PART, part)
        if b"<!DOCTYPE" in data or b"<\0!\0D\0O" in data:
            raise DecodeError(
                "a part has a document type (DTD), which is not read",
                file=self.location,
                member=part,
            )
        try:
            return ElementTree.fromstring(data)
        except ElementTree.ParseError as err:
            raise DecodeError(f"a part is damaged: {err}", file=self.location, member=part) from err


def _whole(stream: BinaryIO, limit: int, part: str) -> bytearray:
    data = bytearray()
    for piece in _pieces(stream, limit + 1):
        data += piece
    if len(data) > limit:
        raise LimitError(f"{part} has more than {limit:,} bytes, which are too many to be kept")
    return data


def _pieces(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := stream.read(min(size, 1 << 20))):
        size -= len(piece)
        yield piece


def _normal(path: str) -> str:
    """A part's name, of which upper and lower case and the slash do not matter."""
    return posixpath.normpath("/" + path.replace("\\", "/")).lstrip("/").lower()


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0

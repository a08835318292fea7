"""Records of Avro (specification 1.12, "Binary Encoding"), decoded into Arrow's buffers.

A record with a value that its type does not have is broken, and reading goes on behind it.  Where
it is not known any more where the next record starts, all of the block is broken, and adds nothing.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

from logflow_ext.avro_columns import (
    FATAL,
    MOST_DEPTH,
    MOST_EMPTY,
    Broken,
    Decoded,
    Program,
    Type,
)
from logflow_ext.cells import flat
from logflow_ext.reference.utf8 import first_invalid

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["decode"]

MOST_EXACT = 1 << 53


def decode(
    blocks: Sequence[tuple[Buffer, int]],
    fields: Sequence[Program],
    types: Sequence[Type] = (),
) -> Decoded:
    """The records of blocks; see the stub."""
    rows: list[list[Any]] = []
    broken: list[Broken] = []
    for number, (data, records) in enumerate(blocks):
        reader = _Reader(bytes(flat(data)), types)
        good, bad = reader.block(number, fields, records)
        rows += good
        broken += bad
    columns = [_column(field, [row[i] for row in rows]) for i, field in enumerate(fields)]
    return Decoded(columns, len(rows), broken)


class _Fatal(Exception):
    pass


class _Reader:
    """Reads one block."""

    def __init__(self, data: bytes, types: Sequence[Type]) -> None:
        self.data = data
        self.types = types
        self.at = 0
        self.error = "none"
        self.offset = 0
        self.empty = 0

    def block(
        self, number: int, fields: Sequence[Program], records: int
    ) -> tuple[list[list[Any]], list[Broken]]:
        """The rows and the broken records, or nothing but the one that breaks the block."""
        rows, broken = [], []
        for record in range(records):
            start, field, row = self.at, 0, []
            self.error = "none"
            try:
                for program in fields:
                    row.append(self.value(program))
                    field += self.error == "none"
            except _Fatal:
                end = len(self.data)
                return [], [Broken(number, record, field, self.error, self.offset, start, end)]
            if self.error == "none":
                rows.append(row)
            else:
                found = Broken(number, record, field, self.error, self.offset, start, self.at)
                broken.append(found)
        if self.at < len(self.data):
            end = len(self.data)
            return [], [Broken(number, records, 0, "left_over", self.at, self.at, end)]
        return rows, broken

    def fail(self, error: str, at: int | None = None) -> None:
        """Keep the first error, but let a fatal one win."""
        if self.error == "none" or (error in FATAL and self.error not in FATAL):
            self.error, self.offset = error, self.at if at is None else at
        if error in FATAL:
            raise _Fatal

    def varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            if self.at == len(self.data):
                self.fail("cut_off")
            byte = self.data[self.at]
            self.at += 1
            if shift == 63 and byte > 1:
                break
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
        self.fail("bad_varint")
        raise AssertionError

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            self.fail("cut_off")
        self.at += size
        return self.data[self.at - size : self.at]

    def text(self) -> bytes:
        """Bytes behind their length."""
        where = self.at
        size = self.varint()
        if size < 0 or size > len(self.data) - self.at:
            self.fail("bad_length" if size < 0 else "cut_off", where)
        return self.take(size)

    def utf8(self) -> bytes:
        text = self.text()
        if first_invalid(text) >= 0:
            self.fail("ill_formed_utf8", self.at - len(text))
        return text

    def items(self, least: int) -> int:
        """The number of items of the next block of an array or map."""
        where = self.at
        count = self.varint()
        if count < 0:
            if count == -(2**63) or self.varint() < 0:
                self.fail("bad_length", where)
            count = -count
        if not least:
            self.empty += min(count, MOST_EMPTY + 1)
        if count > (len(self.data) - self.at) // least if least else self.empty > MOST_EMPTY:
            self.fail("bad_length", where)
        return count

    def all_items(self, program: Program, least: int, keys: bool) -> list[Any]:
        found: list[Any] = []
        while count := self.items(least):
            for _ in range(count):
                name = self.utf8() if keys else None
                item = self.value(program)
                found.append((name, item) if keys else item)
        return found

    def branch(self, count: int) -> int:
        where = self.at
        number = self.varint()
        if not 0 <= number < count:
            self.fail("bad_branch", where)
        return number

    def value(self, program: Program) -> Any:
        kind, *rest = program
        where = self.at
        match kind:
            case "null":
                return None
            case "boolean":
                byte = self.take(1)[0]
                if byte > 1:
                    self.fail("bad_bool", where)
                return byte == 1
            case "int" | "long":
                number = self.varint()
                if not rest[0] <= number <= rest[1]:
                    self.fail("out_of_range", where)
                return number
            case "enum":
                number = self.varint()
                if not 0 <= number < len(rest[0]):
                    self.fail("bad_symbol", where)
                return number
            case "float" | "double":
                return self.take(4 if kind == "float" else 8)
            case "bytes":
                return self.text()
            case "string":
                return self.utf8()
            case "fixed":
                return self.take(rest[0])
            case "decimal":
                _, precision, width = rest
                text = self.text() if width < 0 else self.take(width)
                number = int.from_bytes(text, "big", signed=True)
                if abs(number) >= 10**precision:
                    self.fail("out_of_range", where)
                    return 0
                return number
            case "array":
                return self.all_items(rest[0], rest[1], False)
            case "map":
                return self.all_items(rest[0], rest[1] + 1, True)
            case "record":
                return [self.value(each) for each in rest[0]]
            case "nullable":
                other, null, branches = rest
                return None if self.branch(branches) == null else self.value(other)
            case "numbers":
                return self.number(rest[0], rest[1])
            case "records":
                fields, branches = rest
                order = branches[self.branch(len(branches))]
                if order is None:
                    return None
                row: list[Any] = [None] * len(fields)
                for number in order:
                    row[number] = self.value(fields[number])
                return row
            case "json":
                written = self.json(rest[0], 0)
                return None if written is None else written.encode("utf-8", "surrogateescape")
        raise ValueError(f"no program {program!r}")

    def number(self, wide: str, branches: Sequence[str]) -> Any:
        kind = branches[self.branch(len(branches))]
        where = self.at
        if kind == "null":
            return None
        if kind in ("float", "double"):
            real = "<f" if kind == "float" else "<d"
            return struct.pack("<d", *struct.unpack(real, self.take(struct.calcsize(real))))
        number = self.varint()
        if wide == "long":
            return number
        if abs(number) > MOST_EXACT:
            self.fail("inexact", where)
        return struct.pack("<d", float(number))

    def json(self, number: int, depth: int) -> str | None:
        """A value as text of JSON; nothing for null."""
        kind, width, names, children = self.types[number]
        if depth > MOST_DEPTH:
            self.fail("too_deep")
        where = self.at
        match kind:
            case "null":
                return None
            case "boolean":
                byte = self.take(1)[0]
                if byte > 1:
                    self.fail("bad_bool", where)
                return "true" if byte else "false"
            case "integer":
                return str(self.varint())
            case "float32" | "float64":
                return self.real(kind)
            case "bytes":
                return _escaped(self.text().decode("latin-1"), ascii_only=True)
            case "fixed":
                return _escaped(self.take(width).decode("latin-1"), ascii_only=True)
            case "string":
                return _escaped(self.utf8().decode("utf-8", "surrogateescape"))
            case "symbols":
                index = self.varint()
                if 0 <= index < len(names):
                    return names[index]
                self.fail("bad_symbol", where)
                return ""
            case "array" | "map":
                return self.json_items(kind == "map", children[0], depth)
            case "record":
                inside = [
                    f"{name}: {self.json(child, depth + 1) or 'null'}"
                    for name, child in zip(names, children, strict=True)
                ]
                return "{" + ", ".join(inside) + "}"
            case _:
                branch = self.branch(len(children))
                return self.json(children[branch], depth + 1)

    def real(self, kind: str) -> str:
        single = kind == "float32"
        [value] = struct.unpack("<f" if single else "<d", self.take(4 if single else 8))
        if math.isnan(value):
            return '"NaN"'
        if math.isinf(value):
            return '"Infinity"' if value > 0 else '"-Infinity"'
        return _shortest(value, single)

    def json_items(self, keys: bool, child: int, depth: int) -> str:
        found: list[str] = []
        while count := self.items(int(keys)):
            for _ in range(count):
                key = ""
                if keys:
                    key = _escaped(self.utf8().decode("utf-8", "surrogateescape")) + ": "
                found.append(key + (self.json(child, depth + 1) or "null"))
        return ("{%s}" if keys else "[%s]") % ", ".join(found)


def _escaped(text: str, *, ascii_only: bool = False) -> str:
    def one(char: str) -> str:
        if char in '"\\':
            return "\\" + char
        if char < " " or (ascii_only and char > "\x7f"):
            return f"\\u{ord(char):04x}"
        return char

    return '"' + "".join(map(one, text)) + '"'


def _shortest(value: float, single: bool) -> str:
    """The fewest digits that read back as the value, as ``std::to_chars`` writes them."""
    sign, digits, exponent = _digits(value, single).as_tuple()
    assert isinstance(exponent, int)
    text, point = "".join(map(str, digits)), len(digits) + exponent
    if exponent >= 0:
        plain = str(abs(int(value)))
    else:
        padded = text.rjust(1 - exponent, "0")
        plain = f"{padded[:exponent]}.{padded[exponent:]}"
    fraction = f".{text[1:]}" if len(text) > 1 else ""
    written = f"{text[0]}{fraction}e{point - 1:+03d}"
    shorter = plain if len(plain) <= len(written) else written
    return "-" * sign + (shorter if "." in shorter or "e" in shorter else shorter + ".0")


def _digits(value: float, single: bool) -> Decimal:
    """The decimal of the fewest digits that reads back as the value, without zeros behind."""
    exact = Decimal(value)
    for precision in range(1, 18):
        for rounding in (ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING):
            short = Context(prec=precision, rounding=rounding).plus(exact)
            back = float(short)
            if (_single(back) if single else back) == value:
                return short.normalize() if value else Decimal(0).copy_sign(exact)
    raise AssertionError(value)


def _single(value: float) -> float:
    try:
        [found] = struct.unpack("<f", struct.pack("<f", value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(found)


class _Column:
    """A column; see :class:`logflow_ext.avro_columns.Column`."""

    def __init__(
        self,
        values: Sequence[Any],
        buffers: Iterable[bytes] = (),
        children: Sequence[_Column] = (),
    ) -> None:
        self.size = len(values)
        self.valid = [value is not None for value in values]
        self.nulls = self.size - sum(self.valid)
        self.made = [memoryview(buffer) for buffer in buffers]
        self.inner = children

    def validity(self) -> memoryview | None:
        return memoryview(_bits(self.valid)) if self.nulls else None

    def buffers(self) -> list[memoryview]:
        return self.made

    def children(self) -> Sequence[_Column]:
        return self.inner


def _bits(bits: Sequence[bool]) -> bytes:
    made = bytearray((len(bits) + 7) // 8)
    for index, bit in enumerate(bits):
        made[index // 8] |= bit << index % 8
    return bytes(made)


def _column(program: Program, values: Sequence[Any]) -> _Column:
    kind, *rest = program
    if kind in ("nullable", "records"):
        inner = rest[0] if kind == "nullable" else ("record", rest[0])
        return _Column([()] * len(values), children=[_column(inner, values)])
    if kind == "null":
        return _Column([()] * len(values))
    if kind == "boolean":
        return _Column(values, [_bits([bool(value) for value in values])])
    if kind in ("string", "bytes", "json"):
        texts = [value or b"" for value in values]
        return _Column(values, [_ends(texts), b"".join(texts)])
    if kind == "record":
        rows = [[None] * len(rest[0]) if value is None else value for value in values]
        children = [_column(each, [row[i] for row in rows]) for i, each in enumerate(rest[0])]
        return _Column(values, children=children)
    if kind in ("array", "map"):
        return _list(kind, rest[0], values)
    return _Column(values, [b"".join(map(_packer(kind, rest), values))])


def _packer(kind: str, rest: Sequence[Any]) -> Callable[[Any], bytes]:
    """How a value of a fixed width is written; zeros stand for null."""
    if kind in ("float", "double", "fixed"):
        empty = bytes({"float": 4, "double": 8}.get(kind) or rest[0])
        return lambda value: empty if value is None else bytes(value)
    if kind == "decimal":
        return lambda value: (value or 0).to_bytes(rest[0] // 8, "little", signed=True)
    if kind == "numbers" and rest[0] == "double":
        return lambda value: bytes(8) if value is None else bytes(value)
    width = 4 if kind in ("int", "enum") else 8
    return lambda value: (value or 0).to_bytes(width, "little", signed=True)


def _list(kind: str, items: Program, values: Sequence[Any]) -> _Column:
    lists = [value or [] for value in values]
    flattened = [item for each in lists for item in each]
    if kind == "array":
        children = [_column(items, flattened)]
    else:
        keys = _column(("string",), [key for key, _ in flattened])
        children = [keys, _column(items, [value for _, value in flattened])]
    return _Column(values, [_ends(lists)], children)


def _ends(parts: Sequence[Any]) -> bytes:
    ends, end = [0], 0
    for part in parts:
        end += len(part)
        ends.append(end)
    return struct.pack(f"={len(ends)}i", *ends)

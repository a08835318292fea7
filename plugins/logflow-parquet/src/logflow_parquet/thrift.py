"""Thrift's compact protocol, as far as Parquet's footer uses it: read, change, write.

Structs are read without a schema, so that fields which this code has never heard of survive.  A
struct is a dictionary from field id to ``(type, value)``, a list is ``(element type, values)``,
binary is ``bytes``, and the other types are Python's own.  Where a struct is written, its bytes
will do as well.

The encoding: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from typing import Any

__all__ = ["Struct", "encoded", "read_struct", "write_value"]

Struct = dict[int, tuple[int, Any]]
"""Fields by id, each with its type."""

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET = range(1, 11)
STRUCT = 12
STOP = 0

MAX_DEPTH = 64
MAX_VARINT = 10
"""Bytes of the longest 64-bit varint."""


def read_struct(data: bytes, position: int = 0) -> tuple[Struct, int]:
    """The struct that starts at *position*, and the position after it.

    Raises ``ValueError`` for bytes that are no struct.

    >>> read_struct(bytes([0x15, 0x04, 0x18, 0x02]) + b"hi" + bytes([0]))
    ({1: (5, 2), 2: (8, b'hi')}, 7)
    """
    try:
        return _read_struct(data, position, MAX_DEPTH)
    except IndexError:
        raise ValueError(f"Thrift ends early, after {len(data)} bytes") from None


def encoded(struct: Struct) -> bytes:
    """The bytes of *struct*.

    >>> encoded({1: (5, 2), 2: (8, b"hi")}).hex()
    '15041802686900'
    """
    out = bytearray()
    write_value(out, STRUCT, struct)
    return bytes(out)


def write_value(out: bytearray, kind: int, value: Any) -> None:
    """Append *value* of type *kind* to *out*."""
    if kind in (I16, I32, I64):
        _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == STRUCT and isinstance(value, bytes):
        out += value
    elif kind == STRUCT:
        _write_struct(out, value)
    elif kind in (LIST, SET):
        _write_list(out, *value)
    elif kind == BYTE:
        out.append(value)
    elif kind == DOUBLE:
        out += value
    else:
        raise ValueError(f"Thrift type {kind} does not occur in Parquet")


def _read_struct(data: bytes, position: int, depth: int) -> tuple[Struct, int]:
    if depth == 0:
        raise ValueError(f"Thrift structs are nested more than {MAX_DEPTH} deep")
    fields: Struct = {}
    last = 0
    while (head := data[position]) != STOP:
        position += 1
        kind = head & 15
        if delta := head >> 4:
            last += delta
        else:
            last, position = _read_integer(data, position)
        if kind in (TRUE, FALSE):
            fields[last] = TRUE, kind == TRUE
        else:
            value, position = _read_value(data, position, kind, depth)
            fields[last] = kind, value
    return fields, position + 1


def _read_value(data: bytes, position: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (I16, I32, I64):
        return _read_integer(data, position)
    if kind == BINARY:
        length, position = _read_varint(data, position)
        return _take(data, position, length)
    if kind == STRUCT:
        return _read_struct(data, position, depth - 1)
    if kind in (LIST, SET):
        return _read_list(data, position, depth)
    if kind == BYTE:
        return data[position], position + 1
    if kind == DOUBLE:
        return _take(data, position, 8)
    raise ValueError(f"Thrift type {kind} at byte {position} does not occur in Parquet")


def _read_list(data: bytes, position: int, depth: int) -> tuple[tuple[int, list[Any]], int]:
    if depth == 0:
        raise ValueError(f"Thrift lists are nested more than {MAX_DEPTH} deep")
    head = data[position]
    position += 1
    kind, length = head & 15, head >> 4
    if length == 15:
        length, position = _read_varint(data, position)
    if length > len(data) - position:
        raise ValueError(f"a Thrift list of {length} elements ends after {len(data)} bytes")
    values = []
    for _ in range(length):
        if kind in (TRUE, FALSE):
            value, position = data[position] == TRUE, position + 1
        else:
            value, position = _read_value(data, position, kind, depth - 1)
        values.append(value)
    return (kind, values), position


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    if (byte := data[position]) < 128:
        return byte, position + 1
    result = 0
    for shift in range(0, 7 * MAX_VARINT, 7):
        byte = data[position]
        position += 1
        result |= (byte & 127) << shift
        if byte < 128:
            return result, position
    raise ValueError(f"a Thrift number at byte {position} is longer than 64 bits")


def _read_integer(data: bytes, position: int) -> tuple[int, int]:
    zigzag, position = _read_varint(data, position)
    return (zigzag >> 1) ^ -(zigzag & 1), position


def _take(data: bytes, position: int, length: int) -> tuple[bytes, int]:
    end = position + length
    if end > len(data):
        raise ValueError(f"{length} bytes of Thrift at byte {position} end after {len(data)} bytes")
    return data[position:end], end


def _write_struct(out: bytearray, fields: Struct) -> None:
    last = 0
    for number, (kind, value) in fields.items():
        code = (TRUE if value else FALSE) if kind == TRUE else kind
        if 0 < number - last < 16:
            out.append((number - last) << 4 | code)
        else:
            out.append(code)
            write_value(out, I16, number)
        last = number
        if kind != TRUE:
            write_value(out, kind, value)
    out.append(STOP)


def _write_list(out: bytearray, kind: int, values: list[Any]) -> None:
    if len(values) < 15:
        out.append(len(values) << 4 | kind)
    else:
        out.append(15 << 4 | kind)
        _write_varint(out, len(values))
    if kind in (TRUE, FALSE):
        out += bytes(TRUE if value else FALSE for value in values)
        return
    for value in values:
        write_value(out, kind, value)


def _write_varint(out: bytearray, number: int) -> None:
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)

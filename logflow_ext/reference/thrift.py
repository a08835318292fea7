"""What the kernel for Thrift's compact protocol does, in plain Python."""

from __future__ import annotations

from typing import Any

from logflow_ext.compact import (
    BINARY,
    BYTE,
    DOUBLE,
    FALSE,
    I16,
    I32,
    I64,
    LIST,
    MAX_DEPTH,
    MAX_FIELD,
    MAX_VARINT,
    SET,
    STRUCT,
    TRUE,
    Struct,
)

__all__ = ["encoded", "read_struct"]

STOP = 0


def encoded(struct: Struct) -> bytes:
    """The bytes of *struct*; see the stub.

    >>> encoded({1: (5, 2), 2: (8, b"hi")}).hex()
    '15041802686900'
    """
    out = bytearray()
    _write_struct(out, struct, MAX_DEPTH)
    return bytes(out)


def read_struct(data: bytes, position: int = 0) -> tuple[Struct, int]:
    """The struct that starts at *position*, and the position after it; see the stub.

    >>> read_struct(bytes([0x15, 0x04, 0x18, 0x02]) + b"hi" + bytes([0]))
    ({1: (5, 2), 2: (8, b'hi')}, 7)
    """
    if position < 0:
        raise ValueError(f"no bytes have a position {position}")
    try:
        return _read_struct(data, position, MAX_DEPTH)
    except IndexError:
        raise ValueError(f"Thrift ends early, after {len(data)} bytes") from None


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
        if abs(last) > MAX_FIELD:
            raise ValueError(f"a Thrift field has the number {last}")
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
    result = 0
    for place in range(MAX_VARINT):
        byte = data[position]
        position += 1
        result |= (byte & 127) << 7 * place
        if byte < 128:
            if result < 1 << 64:
                return result, position
            break
    raise ValueError(f"a Thrift number at byte {position} is longer than 64 bits")


def _read_integer(data: bytes, position: int) -> tuple[int, int]:
    zigzag, position = _read_varint(data, position)
    return (zigzag >> 1) ^ -(zigzag & 1), position


def _take(data: bytes, position: int, length: int) -> tuple[bytes, int]:
    end = position + length
    if end > len(data):
        raise ValueError(f"{length} bytes of Thrift at byte {position} end after {len(data)} bytes")
    return data[position:end], end


def _write_struct(out: bytearray, fields: Struct, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"Thrift structs are nested more than {MAX_DEPTH} deep")
    last = 0
    for number, (kind, value) in fields.items():
        code = (TRUE if value else FALSE) if kind == TRUE else kind
        if 0 < number - last < 16:
            out.append((number - last) << 4 | code)
        else:
            out.append(code)
            _write_integer(out, number)
        last = number
        if kind != TRUE:
            _write_value(out, kind, value, depth)
    out.append(STOP)


def _write_value(out: bytearray, kind: int, value: Any, depth: int) -> None:
    if kind in (I16, I32, I64):
        _write_integer(out, value)
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == STRUCT and isinstance(value, bytes):
        out += value
    elif kind == STRUCT:
        _write_struct(out, value, depth - 1)
    elif kind in (LIST, SET):
        _write_list(out, value[0], value[1], depth)
    elif kind == BYTE:
        out.append(value)
    elif kind == DOUBLE:
        out += value
    else:
        raise ValueError(f"Thrift type {kind} does not occur in Parquet")


def _write_list(out: bytearray, kind: int, values: list[Any], depth: int) -> None:
    if depth == 0:
        raise ValueError(f"Thrift lists are nested more than {MAX_DEPTH} deep")
    if len(values) < 15:
        out.append(len(values) << 4 | kind)
    else:
        out.append(15 << 4 | kind)
        _write_varint(out, len(values))
    for value in values:
        if kind in (TRUE, FALSE):
            out.append(TRUE if value else FALSE)
        else:
            _write_value(out, kind, value, depth - 1)


def _write_integer(out: bytearray, value: int) -> None:
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"{value} has more than 64 bits")
    _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)


def _write_varint(out: bytearray, number: int) -> None:
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)

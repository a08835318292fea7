"""What the kernel for Thrift's compact protocol, its twin and their callers share."""

from __future__ import annotations

from typing import Any

__all__ = [
    "BINARY",
    "BYTE",
    "DOUBLE",
    "FALSE",
    "I16",
    "I32",
    "I64",
    "LIST",
    "MAX_DEPTH",
    "MAX_FIELD",
    "MAX_VARINT",
    "SET",
    "STRUCT",
    "TRUE",
    "Struct",
]

Struct = dict[int, tuple[int, Any]]
"""Fields by number, each with its type; see :mod:`logflow_ext.thrift`."""

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET = range(1, 11)
STRUCT = 12

MAX_DEPTH = 64
"""How deep structs and lists may be nested."""

MAX_FIELD = (1 << 15) - 1
"""The largest number of a field."""

MAX_VARINT = 10
"""Bytes of the longest 64-bit varint."""

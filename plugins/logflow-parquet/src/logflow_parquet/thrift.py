"""Thrift structs, of which all of Parquet's metadata are made."""

from __future__ import annotations

from collections.abc import Callable

from logflow_ext import kernel
from logflow_ext.compact import BINARY, I32, I64, LIST, STRUCT, TRUE, Struct

__all__ = ["BINARY", "I32", "I64", "LIST", "STRUCT", "TRUE", "Struct", "encoded", "read_struct"]

_thrift = kernel("thrift")

encoded: Callable[[Struct], bytes] = _thrift.encoded
read_struct: Callable[..., tuple[Struct, int]] = _thrift.read_struct

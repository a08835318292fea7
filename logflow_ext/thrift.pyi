"""Thrift's compact protocol, as far as Parquet's metadata uses it: read, change, write.

Structs are read without a schema, so that fields which their reader has never heard of survive.  A
struct is a dictionary from field number to ``(type, value)``, a list is ``(element type, values)``,
binary is ``bytes``, and the other types are Python's own.  Where a struct is written, its bytes
will do as well.  The numbers of types are in :mod:`logflow_ext.compact`.

The encoding: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from logflow_ext.compact import Struct

__all__ = ["encoded", "read_struct"]

def encoded(struct: Struct) -> bytes:
    """The bytes of *struct*; ``ValueError`` for types and numbers that have no place in them."""

def read_struct(data: bytes, position: int = 0) -> tuple[Struct, int]:
    """The struct that starts at *position*, and the position after it.

    Raises ``ValueError`` for bytes that are no struct.
    """

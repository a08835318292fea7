"""Hashes of 64 bits: of bytes, and of each value of an Arrow column."""

from typing import Literal

from typing_extensions import Buffer

__all__ = ["fnv1a_64", "hash_fixed_width", "hash_variable_width", "xxh3_64", "xxh64"]

def xxh64(data: Buffer, seed: int = 0) -> int:
    """XXH64 of the bytes of *data*, as the xxHash specification defines it.

    :exc:`OverflowError` if *seed* does not fit into 64 bits.
    """

def xxh3_64(data: Buffer, seed: int = 0) -> int:
    """XXH3-64 of the bytes of *data*, as the xxHash specification defines it.

    The fastest of the three.  :exc:`OverflowError` if *seed* does not fit into 64 bits.
    """

def fnv1a_64(data: Buffer, start: int = 0xCBF29CE484222325) -> int:
    """FNV-1a of the bytes of *data*, going on from *start*, the hash of what stands before.

    Byte by byte, so slower than the others by far: for checks against files that have it.
    :exc:`OverflowError` if *start* does not fit into 64 bits.
    """

def hash_fixed_width(
    values: Buffer,
    bit_width: int,
    offset: int,
    length: int,
    validity: Buffer | None = None,
    *,
    algorithm: Literal["xxh64", "xxh3_64", "fnv1a_64"] = "xxh3_64",
    seed: int = 0,
) -> memoryview:
    """The hashes, as ``uint64``, of *length* values of an Arrow column from *offset* on.

    *values* and *validity* are the buffers of Arrow's fixed-size layout, *offset* and *length*
    count values.  Every value is hashed as the bytes that it is made of: 0.0 and -0.0 differ,
    and so may two NaNs.  A value of one bit is hashed as a byte 0 or 1.  The hash of every null
    is :data:`logflow_ext.hashes.NULL_HASH`, whatever its bytes and the seed are.

    :exc:`ValueError` if a buffer is too small, *bit_width* is neither 1 nor a multiple of 8, or
    *algorithm* or *seed* cannot be (FNV-1a has no seed).
    """

def hash_variable_width(
    values: Buffer,
    offsets: Buffer,
    offset_bits: Literal[32, 64],
    offset: int,
    length: int,
    validity: Buffer | None = None,
    *,
    algorithm: Literal["xxh64", "xxh3_64", "fnv1a_64"] = "xxh3_64",
    seed: int = 0,
) -> memoryview:
    """The hashes, as ``uint64``, of *length* texts of an Arrow column from *offset* on.

    *values*, *offsets* and *validity* are the buffers of Arrow's variable-size binary layout;
    offsets have 32 or (large types) 64 bits.  Nulls, *algorithm* and *seed* are as in
    :func:`hash_fixed_width`.

    :exc:`ValueError` as there, and if the offsets of a value, also those of a null, are not
    ascending or not inside of *values*.
    """

"""Hashes of 64 bits: of bytes, and of each value of an Arrow column."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

import xxhash

from logflow_ext.cells import flat
from logflow_ext.hashes import NULL_HASH, check_fixed_width, check_hash, check_variable_width

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["fnv1a_64", "hash_fixed_width", "hash_variable_width", "xxh3_64", "xxh64"]

FNV_BASIS = 0xCBF29CE484222325
FNV_PRIME = 0x00000100000001B3
MOST = 2**64 - 1


def xxh64(data: Buffer, seed: int = 0) -> int:
    """XXH64 of the bytes of *data*, as the xxHash specification defines it.

    >>> f"{xxh64(b'logflow'):016x}"
    'dd03b7d9f74af588'
    """
    return xxhash.xxh64_intdigest(flat(data), _checked(seed))


def xxh3_64(data: Buffer, seed: int = 0) -> int:
    """XXH3-64 of the bytes of *data*, as the xxHash specification defines it.

    >>> f"{xxh3_64(b'logflow'):016x}"
    'b4e6e22ef77c7ea6'
    """
    return xxhash.xxh3_64_intdigest(flat(data), _checked(seed))


def fnv1a_64(data: Buffer, start: int = FNV_BASIS) -> int:
    """FNV-1a of the bytes of *data*, going on from *start*, the hash of what stands before.

    >>> f"{fnv1a_64(b'logflow'):016x}"
    'e550965fb870e011'
    >>> fnv1a_64(b"flow", fnv1a_64(b"log")) == fnv1a_64(b"logflow")
    True
    """
    _checked(start)
    for byte in flat(data):
        start = (start ^ byte) * FNV_PRIME & MOST
    return start


def hash_fixed_width(
    values: Buffer,
    bit_width: int,
    offset: int,
    length: int,
    validity: Buffer | None = None,
    *,
    algorithm: str = "xxh3_64",
    seed: int = 0,
) -> memoryview:
    """The hashes, as ``uint64``, of *length* values of an Arrow column from *offset* on.

    >>> hashes = hash_fixed_width(array("i", [7, 8, 9]), 32, 1, 2)
    >>> hashes[0] == xxh3_64(array("i", [8]))
    True
    """
    check_hash(algorithm, seed)
    check_fixed_width(values, bit_width, offset, length, validity)
    held = flat(values)
    places = range(offset, offset + length)
    if bit_width == 1:
        cells = (bytes([_bit(held, i)]) for i in places)
    else:
        width = bit_width // 8
        cells = (held[i * width : (i + 1) * width].tobytes() for i in places)
    return _hashed(cells, places, validity, algorithm, seed)


def hash_variable_width(
    values: Buffer,
    offsets: Buffer,
    offset_bits: int,
    offset: int,
    length: int,
    validity: Buffer | None = None,
    *,
    algorithm: str = "xxh3_64",
    seed: int = 0,
) -> memoryview:
    """The hashes, as ``uint64``, of *length* texts of an Arrow column from *offset* on.

    >>> hashes = hash_variable_width(b"onetwo", array("i", [0, 3, 6]), 32, 0, 2, b"\\1")
    >>> hashes[0] == xxh3_64(b"one"), hashes[1] == NULL_HASH
    (True, True)
    """
    check_hash(algorithm, seed)
    check_variable_width(offsets, offset_bits, offset, length, validity)
    held = flat(values)
    width = offset_bits // 8
    used = flat(offsets)[offset * width : (offset + length + 1) * width] if length else b""
    ends = memoryview(bytes(used)).cast("i" if offset_bits == 32 else "q")
    cells = []
    for i in range(length):
        if not 0 <= ends[i] <= ends[i + 1] <= held.nbytes:
            raise ValueError(f"the offsets of value {i} are not inside the values")
        cells.append(held[ends[i] : ends[i + 1]].tobytes())
    return _hashed(cells, range(offset, offset + length), validity, algorithm, seed)


def _hashed(
    cells: Iterable[bytes], places: range, validity: Buffer | None, algorithm: str, seed: int
) -> memoryview:
    one = _function(algorithm, seed)
    hashes = array("Q", map(one, cells))
    if validity is not None:
        bits = flat(validity)
        for i, place in enumerate(places):
            if not _bit(bits, place):
                hashes[i] = NULL_HASH
    return memoryview(bytearray(hashes.tobytes())).cast("Q")


def _function(algorithm: str, seed: int) -> Callable[[bytes], int]:
    if algorithm == "fnv1a_64":
        return fnv1a_64
    return partial(xxh64 if algorithm == "xxh64" else xxh3_64, seed=seed)


def _checked(word: int) -> int:
    if not 0 <= word <= MOST:
        raise OverflowError(f"{word} does not fit into 64 bits")
    return word


def _bit(bits: memoryview, i: int) -> int:
    return bits[i // 8] >> (i % 8) & 1

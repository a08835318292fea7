"""What the kernel that lays out Parquet pages and its twin share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["DICTIONARIES", "KINDS", "Chunk", "Page", "check_bloom_filter", "check_precision"]

KINDS = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "decimal128",
    "bytes",
    "large_bytes",
)
"""Arrow layouts: bits, numbers of a size, bytes with offsets of 32 or 64 bits."""

MAX_PRECISION = 38
"""The digits that 128 bits hold."""

DICTIONARIES = ("auto", "always", "never")
"""Whether values may be written as indices into the distinct ones."""


class Page(NamedTuple):
    """A data page (version 1) before compression: ``body[start : start + size]``."""

    start: int
    size: int
    rows: int
    nulls: int
    least: bytes | None
    """The least value in Parquet's plain encoding, texts without their length; ``None`` if there
    is none, or nothing but NaN."""
    most: bytes | None
    """The largest value likewise."""


class Chunk(NamedTuple):
    """The pages of a column chunk."""

    encoding: int
    """Parquet's number of the encoding of all data pages."""
    dictionary: Buffer | None
    """The body of the dictionary page."""
    entries: int
    """Values in the dictionary."""
    body: Buffer
    """The bodies of all data pages."""
    pages: list[Page]
    least: bytes | None
    """As of a page, of the whole chunk."""
    most: bytes | None
    ascending: bool
    """Whether no value but nulls is less than the one before; never of booleans and floats."""
    bloom_filter: bytes | None
    """The blocks of the split block Bloom filter, if one was asked for."""


def check_precision(kind: str, precision: int) -> None:
    """Raise ``ValueError`` unless values of *kind* can have so many digits."""
    if kind == "decimal128" and not 1 <= precision <= MAX_PRECISION:
        raise ValueError(f"decimals have 1 to {MAX_PRECISION} digits, not {precision}")


def check_bloom_filter(kind: str, wanted: bool) -> None:
    """Raise ``ValueError`` if values of *kind* can have no Bloom filter."""
    if wanted and kind in ("bool", "float32", "float64"):
        raise ValueError(f"no Bloom filter finds values of {kind}")

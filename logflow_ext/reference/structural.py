"""Where the bytes are that give a text its structure: delimiters, quotes, line ends."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["positions"]

MOST_SPECIALS = 8
TOO_LONG = 1 << 32


def positions(data: Buffer, specials: bytes) -> memoryview:
    """The offsets of all bytes of *data* that are in *specials*, ascending.

    *specials* are one to eight different bytes.  The result is a writable view of native
    unsigned 32-bit integers; :exc:`ValueError` if *data* has 4 GiB or more.

    >>> positions(b"a,b\\n", b",\\n").tolist()
    [1, 3]
    """
    if not 1 <= len(specials) <= MOST_SPECIALS or len(set(specials)) != len(specials):
        raise ValueError(f"specials must be 1 to 8 different bytes, not {specials!r}")
    view = memoryview(data)
    if view.nbytes >= TOO_LONG:
        raise ValueError(f"data has {view.nbytes} bytes, the limit is 4294967295")
    return memoryview(array("I", (i for i, byte in enumerate(view.tobytes()) if byte in specials)))

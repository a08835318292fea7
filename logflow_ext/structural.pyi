"""Where the bytes are that give a text its structure: delimiters, quotes, line ends."""

from typing_extensions import Buffer

__all__ = ["positions"]

def positions(data: Buffer, specials: bytes) -> memoryview:
    """The offsets of all bytes of *data* that are in *specials*, ascending.

    *specials* are one to eight different bytes.  The result is a writable view of native
    unsigned 32-bit integers; :exc:`ValueError` if *data* has 4 GiB or more.
    """

"""Shannon entropy, in bits: of bytes, and of counts of values."""

from typing_extensions import Buffer

__all__ = ["byte_counts", "byte_entropy", "entropy"]

def byte_counts(data: Buffer) -> memoryview:
    """How often each of the 256 byte values occurs in *data*, as ``uint64``.

    The counts of parts add up to those of the whole.
    """

def byte_entropy(data: Buffer) -> float:
    """The entropy of the bytes of *data* in bits for each byte, from 0 to 8.

    0 if all are equal or there are none.  Near 8: compressed, encrypted or random.
    """

def entropy(counts: Buffer) -> float:
    """The entropy, in bits for each value, of values that occur so often, native ``uint64``.

    From 0 (one value alone, or none) to the binary logarithm of how many there are (all as
    often).  Counts of 0 change nothing.  :exc:`ValueError` unless there are whole counts,
    :exc:`OverflowError` if their sum does not fit into 64 bits.
    """

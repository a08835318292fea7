"""HyperLogLog: how many different values there are, in a few kilobytes."""

from typing import Self, final

from typing_extensions import Buffer

__all__ = ["HyperLogLog"]

@final
class HyperLogLog:
    """Estimates how many different values there are, without keeping them.

    A sketch has ``2**precision`` registers of a byte (4 to 18; 14: 16 KiB), and the relative
    standard error of the estimate is ``1.04 / sqrt(2**precision)`` (14: 0.81 %).  Until it has
    seen about ``2**precision / 4`` different values it is smaller and nearly exact.  What it
    says and what it is as bytes depend only on the set of values, not on their order or on what
    was merged.  Threads may share one.  :exc:`ValueError` for another precision.
    """

    def __new__(cls, precision: int = 14) -> Self: ...
    @property
    def precision(self) -> int:
        """The binary logarithm of the number of registers."""

    def add(self, data: Buffer) -> None:
        """Add one value, the bytes of *data*: its XXH3-64 is what counts."""

    def add_hashes(self, hashes: Buffer) -> None:
        """Add values by their hashes, native ``uint64``.

        The hashes of :mod:`logflow_ext.hashing`, or others that are as good: all 64 bits count.
        Those equal to :data:`logflow_ext.hashes.NULL_HASH` are left out: null is not a value.
        :exc:`ValueError` unless there are whole hashes.
        """

    def merge(self, other: HyperLogLog) -> None:
        """Add all values that were added to *other*.

        :exc:`ValueError` if its precision differs.
        """

    def estimate(self) -> float:
        """About how many different values were added."""

    def to_bytes(self) -> bytes:
        """The sketch as bytes, on every machine the same.

        ``HLL``, then in a byte each the version 1, the precision, 0 if sparse or 1 if dense, and
        two zeros.  A sparse sketch goes on with the registers that are not 0 of one of precision
        26, ascending, each a little-endian ``uint32`` of the index and, in the lowest six bits,
        the rank; a dense one with all registers, a byte each.
        """

    @classmethod
    def from_bytes(cls, data: Buffer) -> HyperLogLog:
        """The sketch that :meth:`to_bytes` wrote.

        :exc:`ValueError` if *data* is not what a sketch can be.
        """

"""HyperLogLog: how many different values there are, in a few kilobytes."""

from __future__ import annotations

import struct
from collections import Counter
from typing import TYPE_CHECKING, Self, final

from logflow_ext.cardinality import LEAST_PRECISION, MOST_PRECISION, check_precision, estimate
from logflow_ext.cells import flat
from logflow_ext.hashes import NULL_HASH
from logflow_ext.reference.hashing import xxh3_64

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["HyperLogLog"]

HEAD = struct.Struct("<3s5B")
MAGIC = b"HLL"
VERSION = 1
SPARSE_PRECISION = 26
RANK_BITS = 6


@final
class HyperLogLog:
    """Estimates how many different values there are, without keeping them.

    >>> sketch = HyperLogLog()
    >>> for word in (b"one", b"two", b"one"):
    ...     sketch.add(word)
    >>> round(sketch.estimate())
    2
    >>> other = HyperLogLog.from_bytes(sketch.to_bytes())
    >>> other.add(b"three")
    >>> sketch.merge(other)
    >>> round(sketch.estimate())
    3
    """

    def __new__(cls, precision: int = 14) -> Self:
        check_precision(precision)
        self = super().__new__(cls)
        self._precision = precision
        self._ranks = {}
        self._sparse = True
        return self

    _precision: int
    _ranks: dict[int, int]
    """The registers that are not 0, of precision 26 if the sketch is sparse."""
    _sparse: bool

    @property
    def precision(self) -> int:
        """The binary logarithm of the number of registers."""
        return self._precision

    def add(self, data: Buffer) -> None:
        """Add one value, the bytes of *data*: its XXH3-64 is what counts."""
        self._add(xxh3_64(data))

    def add_hashes(self, hashes: Buffer) -> None:
        """Add values by their hashes, native ``uint64``."""
        view = flat(hashes)
        if view.nbytes % 8:
            raise ValueError(f"hashes have 8 bytes each, but there are {view.nbytes} bytes")
        for value in memoryview(view.tobytes()).cast("Q"):
            if value != NULL_HASH:
                self._add(value)

    def merge(self, other: HyperLogLog) -> None:
        """Add all values that were added to *other*."""
        if self.precision != other.precision:
            raise ValueError(
                f"sketches of precision {self.precision} and {other.precision} do not merge"
            )
        if self._sparse and not other._sparse:
            self._make_dense()
        for index, rank in list(other._ranks.items()):
            if other._sparse:
                self._add_token(index, rank)
            else:
                self._raise(index, rank)

    def estimate(self) -> float:
        """About how many different values were added."""
        precision = SPARSE_PRECISION if self._sparse else self._precision
        counts = Counter(self._ranks.values())
        counts[0] = 2**precision - len(self._ranks)
        return estimate([counts[rank] for rank in range(64 - precision + 2)])

    def to_bytes(self) -> bytes:
        """The sketch as bytes, on every machine the same."""
        head = HEAD.pack(MAGIC, VERSION, self._precision, not self._sparse, 0, 0)
        if self._sparse:
            tokens = [index << RANK_BITS | rank for index, rank in sorted(self._ranks.items())]
            return head + struct.pack(f"<{len(tokens)}I", *tokens)
        return head + bytes(self._ranks.get(i, 0) for i in range(2**self._precision))

    @classmethod
    def from_bytes(cls, data: Buffer) -> HyperLogLog:
        """The sketch that :meth:`to_bytes` wrote."""
        view = flat(data).tobytes()
        if not view.startswith(MAGIC) or len(view) < HEAD.size:
            raise ValueError("these bytes are not a HyperLogLog sketch")
        _, version, precision, dense, *rest = HEAD.unpack_from(view)
        if version != VERSION:
            raise ValueError(f"version {version} of HyperLogLog sketches is not known, only 1 is")
        if not LEAST_PRECISION <= precision <= MOST_PRECISION or dense > 1 or any(rest):
            raise ValueError("the head of the HyperLogLog sketch is damaged")
        made = cls(precision)
        made._sparse = not dense
        (made._read_registers if dense else made._read_tokens)(view[HEAD.size :])
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).from_bytes, (self.to_bytes(),)

    def _add(self, value: int) -> None:
        precision = SPARSE_PRECISION if self._sparse else self._precision
        bits = 64 - precision
        index = value >> bits
        rank = bits - (value - (index << bits)).bit_length() + 1
        if self._sparse:
            self._add_token(index, rank)
        else:
            self._raise(index, rank)

    def _add_token(self, index: int, rank: int) -> None:
        """Raise a register of precision 26."""
        if self._sparse:
            self._raise(index, rank)
            if len(self._ranks) > 2**self._precision // 4:
                self._make_dense()
            return
        bits = SPARSE_PRECISION - self._precision
        low = index % 2**bits
        self._raise(index >> bits, bits - low.bit_length() + 1 if low else bits + rank)

    def _raise(self, index: int, rank: int) -> None:
        self._ranks[index] = max(rank, self._ranks.get(index, 0))

    def _make_dense(self) -> None:
        tokens, self._ranks, self._sparse = self._ranks, {}, False
        for index, rank in tokens.items():
            self._add_token(index, rank)

    def _read_tokens(self, data: bytes) -> None:
        if len(data) % 4 or len(data) > 2**self._precision:
            raise ValueError(
                f"the sparse HyperLogLog sketch has {len(data)} bytes of registers, "
                f"not up to {2**self._precision} in fours"
            )
        last = -1
        for i, (token,) in enumerate(struct.iter_unpack("<I", data)):
            index, rank = divmod(token, 2**RANK_BITS)
            if index <= last or not 0 < rank <= 65 - SPARSE_PRECISION:
                raise ValueError(f"register {i} of the HyperLogLog sketch is damaged")
            self._ranks[index] = rank
            last = index

    def _read_registers(self, data: bytes) -> None:
        if len(data) != 2**self._precision:
            raise ValueError(
                f"the dense HyperLogLog sketch has {len(data)} bytes of registers, "
                f"not {2**self._precision}"
            )
        for i, rank in enumerate(data):
            if rank > 65 - self._precision:
                raise ValueError(f"register {i} of the HyperLogLog sketch is damaged")
            if rank:
                self._ranks[i] = rank

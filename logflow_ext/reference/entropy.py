"""Shannon entropy, in bits: of bytes, and of counts of values."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from typing import TYPE_CHECKING

from logflow_ext.cells import flat

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["byte_counts", "byte_entropy", "entropy"]


def byte_counts(data: Buffer) -> memoryview:
    """How often each of the 256 byte values occurs in *data*, as ``uint64``.

    >>> byte_counts(b"abba")[ord("b")]
    2
    """
    found = Counter(flat(data))
    return memoryview(array("Q", [found[value] for value in range(256)]))


def byte_entropy(data: Buffer) -> float:
    """The entropy of the bytes of *data* in bits for each byte, from 0 to 8.

    >>> byte_entropy(b"abab"), byte_entropy(b"aaaa"), byte_entropy(bytes(range(256)))
    (1.0, 0.0, 8.0)
    """
    return entropy(byte_counts(data))


def entropy(counts: Buffer) -> float:
    """The entropy, in bits for each value, of values that occur so often, native ``uint64``.

    >>> entropy(array("Q", [2, 1, 1]))
    1.5
    """
    view = flat(counts)
    if view.nbytes % 8:
        raise ValueError(f"counts have 8 bytes each, but there are {view.nbytes} bytes")
    numbers = memoryview(view.tobytes()).cast("Q")
    total = sum(numbers)
    if total >= 2**64:
        raise OverflowError("the sum of the counts does not fit into 64 bits")
    found = 0.0
    for count in filter(None, numbers):
        share = float(count) / float(total)
        found -= share * math.log2(share)
    return found

"""Numbers of kernels as the numbers of positions."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["counted"]


def counted(numbers: memoryview, first: int) -> pa.Array:
    """Numbers of ``uint32``, counted from *first*, as ``int64``.

    >>> counted(memoryview(bytes([2, 0, 0, 0])).cast("I"), 10).to_pylist()
    [12]
    """
    import pyarrow.compute as pc  # which imports numpy, and is rarely needed

    array = pa.Array.from_buffers(pa.uint32(), len(numbers), [None, pa.py_buffer(numbers)])
    return pc.add(array.cast(pa.int64()), first)

"""Fuzzes hashes of columns: whatever the buffers and offsets say, kernel and twin agree."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from typing import Any

from _harness import run

import logflow_ext.hashing
import logflow_ext.reference.hashing
from logflow_ext.hashes import ALGORITHMS

HEAD = struct.Struct("<4B")
WIDTHS = [1, 8, 16, 24, 32, 64, 128, 256, 2000, 7]
# Head: options, offset, length, bytes of the first buffer; what follows is the two buffers.
SEEDS = [
    HEAD.pack(0, 1, 3, 20) + array("i", [0, 3, 3, 5, 9]).tobytes() + b"one three and more",
    HEAD.pack(97, 0, 2, 24) + array("q", [1, 3, 8]).tobytes() + b"one or two texts of more",
    HEAD.pack(60, 2, 9, 2) + b"\xff\x5a" + bytes(range(256)) * 8,
    HEAD.pack(254, 0, 5, 1) + b"\x15" + b"five values of any width that there is" * 9,
]


def attempt(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What *function* gives, as a list, or the message of the error it raises."""
    try:
        return list(function(*arguments, **options))
    except ValueError as err:
        return str(err)


def target(data: bytes) -> None:
    """Compare the hashes of the bytes and of the columns that *data* describes."""
    choice, offset, length, size = HEAD.unpack(data[:4].ljust(4, b"\x00"))
    first, second = data[4 : 4 + size], data[4 + size :]
    algorithm = ALGORITHMS[choice % 3]
    seed = 0 if algorithm == "fnv1a_64" else choice * 0x0123456789ABCDEF % 2**64
    options: dict[str, Any] = {"algorithm": algorithm, "seed": seed}
    width = WIDTHS[choice // 3 % len(WIDTHS)]
    bits = 64 if choice & 64 else 32
    validity = second[:9] if choice & 128 else None
    modules = (logflow_ext.hashing, logflow_ext.reference.hashing)
    found, expected = (
        (
            [getattr(module, name)(second) for name in ALGORITHMS],
            attempt(module.hash_fixed_width, second, width, offset, length, validity, **options),
            attempt(module.hash_fixed_width, second, width, offset, length, first, **options),
            attempt(
                module.hash_variable_width, second, first, bits, offset, length, validity, **options
            ),
        )
        for module in modules
    )
    assert found == expected, f"{found}\nis not\n{expected}"


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

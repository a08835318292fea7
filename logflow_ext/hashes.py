"""What the hashing kernel and its twin share: the checks of a column's buffers and of options.

A column is given by its buffers and, as a slice is in Arrow, by an *offset* and a *length* in
values.  Nothing that a buffer says is believed before it is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logflow_ext.cells import check_choice, flat

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["ALGORITHMS", "NULL_HASH", "check_fixed_width", "check_hash", "check_variable_width"]

ALGORITHMS = ("xxh64", "xxh3_64", "fnv1a_64")
"""The algorithms of hashes."""
NULL_HASH = 0x9E3779B97F4A7C15
"""The hash of every null (2**64 divided by the golden ratio)."""


def check_fixed_width(
    values: Buffer, bit_width: int, offset: int, length: int, validity: Buffer | None
) -> None:
    """Raise ``ValueError`` unless the buffers hold all of these values.

    >>> check_fixed_width(bytes(10), 32, 1, 2, None)
    Traceback (most recent call last):
    ValueError: 3 values of 32 bits need 12 bytes, and the buffer of values has 10
    """
    if bit_width != 1 and (bit_width < 8 or bit_width % 8):
        raise ValueError(f"bit_width is 1 or a multiple of 8, not {bit_width}")
    _check_slice(offset, length, validity)
    _check_size("values", flat(values), offset + length, bit_width)


def check_variable_width(
    offsets: Buffer, offset_bits: int, offset: int, length: int, validity: Buffer | None
) -> None:
    """Raise ``ValueError`` unless the buffers hold all of these offsets.

    What the offsets say is not looked at.  A column without values may lack them altogether.
    """
    if offset_bits not in (32, 64):
        raise ValueError(f"offset_bits is 32 or 64, not {offset_bits}")
    _check_slice(offset, length, validity)
    if length:
        _check_size("offsets", flat(offsets), offset + length + 1, offset_bits)


def _check_slice(offset: int, length: int, validity: Buffer | None) -> None:
    if offset < 0 or length < 0:
        raise ValueError(f"no column has offset {offset} and length {length}: 0 is the least")
    if validity is not None:
        _check_size("validity", flat(validity), offset + length, 1)


def _check_size(name: str, buffer: memoryview, number: int, bits: int) -> None:
    needed = (number * bits + 7) // 8
    if buffer.nbytes < needed:
        raise ValueError(
            f"{number} {'values' if name == 'validity' else name} of {bits} bits need "
            f"{needed} bytes, and the buffer of {name} has {buffer.nbytes}"
        )


def check_hash(algorithm: str, seed: int) -> None:
    """Raise ``ValueError`` unless there is such an algorithm and it takes this seed."""
    check_choice("algorithm", algorithm, ALGORITHMS)
    most = 0 if algorithm == "fnv1a_64" else 2**64 - 1
    if not 0 <= seed <= most:
        raise ValueError(f"the seed of {algorithm} is in 0..{most}, not {seed}")

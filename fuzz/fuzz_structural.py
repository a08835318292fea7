"""Fuzzes the search for bytes: the kernel must find what its twin finds, wherever data starts."""

from __future__ import annotations

from types import ModuleType

from _harness import run

import logflow_ext.reference.structural
import logflow_ext.structural

# The first byte of an input says how many of the next are looked for; the rest is the data.
SEEDS = [
    b"\x03" + b',"\n' + b'id,name,text\r\n1,"a ""b"" c","d,\r\ne"\r\n2,,""\r\n' * 4,
    b"\x08" + b"01234567" + b"9876543210" * 20,
    b"\x01" + b"\x00" + bytes(range(256)),
]


def target(data: bytes) -> None:
    """Compare kernel and twin from two starts, and what they say to specials that cannot be."""
    size = data[0] % 10 if data else 0
    specials, text = data[1 : 1 + size], data[1 + size :]
    for start in (0, 1):
        found, expected = (
            attempt(module, memoryview(text)[start:], specials)
            for module in (logflow_ext.structural, logflow_ext.reference.structural)
        )
        assert found == expected, f"from {start} on: {found}, not {expected}"


def attempt(module: ModuleType, text: memoryview, specials: bytes) -> list[int] | str:
    """The positions, or the message of the error."""
    try:
        return list(module.positions(text, specials))
    except ValueError as err:
        return str(err)


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

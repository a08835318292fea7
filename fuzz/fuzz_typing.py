"""Facts and conversions of columns: the kernels against their twins, and against each other."""

from __future__ import annotations

from typing import Any

from _harness import run

import logflow_ext.columns
import logflow_ext.facts
import logflow_ext.reference.columns
import logflow_ext.reference.facts
from logflow_ext.cells import KINDS, LENGTH, ORDERS, UNITS

ROWS = 4
HEAD = 2 + 8 * ROWS
"""Two bytes choose options, then come the pairs, then the data."""
BEFORE, BEHIND = 16, 32
"""Bytes around cells that are read at full speed."""
ESCAPES = (ord('"'), ord("\\"), -1)
NULLS = (b"NA", b"-", b"\\N")

TEXTS = b"""
1,-0,007,18446744073709551615
0.1,9007199254740993,1.50,1e-320
5.684341886080802e-14,0.8911486722333669,0.30000000000000004,4503599627370495.5
1e308,nan,-inf,0.1234567890123456789
true,True,FALSE,NA
2024-02-29,31/12/2024,1.2.2024,0001-01-01
2024-02-29T12:00:00.5+05:30,1677-09-21 00:12:43.145224192,1/2/2024 10:00,9999-12-31T23:59Z
 12 ,\\N,"",a ""b"" \\c
""".strip()


def seed(text: bytes, choice: int, flags: int) -> bytes:
    """A column of the cells in one line of text."""
    cells = text.split(b",")
    pairs = bytearray()
    data = bytearray()
    for cell in cells:
        pairs += len(data).to_bytes(4, "little")
        pairs += (len(cell) | flags << 29).to_bytes(4, "little")
        data += cell + b","
    return bytes([choice, choice * 37 % 256]) + bytes(pairs) + bytes(data)


def attempt(function: Any, *arguments: Any, **options: Any) -> Any:
    """What *function* gives, buffers as bytes; or the message of the error it raises."""
    try:
        result = function(*arguments, **options)
    except ValueError as err:
        return str(err)
    plain = (int, list, tuple, type(None))
    return tuple(one if isinstance(one, plain) else bytes(one) for one in result)


def wrapped(pairs: bytes, size: int, before: int) -> bytes:
    """The pairs with their starts and lengths brought near the size of the data, which has so many
    bytes before it."""
    words = memoryview(pairs).cast("I").tolist()
    for i in range(0, len(words), 2):
        words[i] = before + words[i] % (size + 2)
        words[i + 1] = words[i + 1] & ~LENGTH | (words[i + 1] & LENGTH) % (size + 2)
    return b"".join(word.to_bytes(4, "little") for word in words)


def check(data: bytes) -> None:
    """Twin and kernel give the same, whatever the spans, the options and the cells are."""
    if len(data) < HEAD:
        return
    first, second, text = data[0], data[1], data[HEAD:]
    before = first // 8 % 2 * BEFORE
    pairs = data[2:HEAD] if first & 1 else wrapped(data[2:HEAD], len(text), before)
    if before:
        text = bytes(before) + text + bytes(BEHIND)
    column = (text, pairs, 0, 1, ROWS, ord('"'), ESCAPES[first // 2 % 3], NULLS)
    found = attempt(logflow_ext.facts.observe, *column)
    assert found == attempt(logflow_ext.reference.facts.observe, *column), found
    options = {
        "order": ORDERS[second % 3],
        "unit": list(UNITS)[second // 3 % 4],
        "zone": bool(second & 16),
        "scale": second >> 4,
        "nulls": bool(second & 32),
        "quoted_nulls": bool(second & 64),
        "exact": bool(second & 128),
    }
    for kind in KINDS:
        made = attempt(logflow_ext.columns.convert, *column, kind, **options)
        assert made == attempt(logflow_ext.reference.columns.convert, *column, kind, **options), (
            kind,
            options,
        )


if __name__ == "__main__":
    lines = TEXTS.splitlines()
    seeds = [seed(line, i, flags) for i, line in enumerate(lines) for flags in range(8)]
    run(check, seeds, __doc__)

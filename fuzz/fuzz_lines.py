"""Fuzzes lines of logs: the kernel must find what its twin finds."""

from __future__ import annotations

import re
from typing import Any

from _harness import run

import logflow_ext.lines
import logflow_ext.reference.lines
from logflow_ext.cells import LENGTH, MISSING
from logflow_ext.line_programs import UNMATCHED, Clock, Form

FORMS = [
    Form(
        re.compile(r"(\d\d-\d\d \d\d:\d\d:\d\d) (\S*) (?:\[([^\]]*)\] )?(.*)", re.ASCII),
        (0, 1, 2, 3),
        ((0, "%m-%d %H:%M:%S"),),
    ),
    Form(
        re.compile(r'<(\S+)> "((?:[^"\\]|\\.)*)"(?: (.*?)(-*))?', re.ASCII),
        (0, 2, 3, 1),
        ((0, "iso|epoch|time|utc:%d/%b/%Y"),),
        (2,),
    ),
    Form(re.compile(r"((?:a|ab|\d{2})+?)=(?i:x|yz|\s+)([^\W_]{1,2}?)(.?)", re.ASCII), (1, 3, 2)),
]
# The first byte of an input chooses among options; the rest is the text.
SEEDS = [
    b"\x00" + b"03-01 09:00:00 a [b] c\n\tat x\n\n" * 9 + b"12-31 23:59:59 - z\n01-01 0:0:0 x y\n",
    b'\x01<2024-02-29T12:00:00Z> "a""\\"b" c--\r\n<1709208000> "" -\n<12:00:00,5> "\xc3\xa9"\n',
    b'\x06aab=YZ\xc3\xa9\nabab=x\n# d\nnone\n<29/Feb/2024> "x"\n\xff\n',
]


def target(data: bytes) -> None:
    """Compare what the kernel cuts and reads with what its twin does."""
    choice, text = (data[:1] or b"\0")[0], data[1:]
    clock = Clock(2026, 3, 15)
    cuts: dict[str, Any] = {
        "max_records": choice // 8 % 8 + 1,
        "max_bytes": 1 << choice // 16,
        "final": bool(choice & 4),
    }
    found, expected = (
        (reader.cut(text, **cuts), said(reader.read(text, clock)), reader.advance(text, clock))
        for reader in (
            module.Reader(
                FORMS, 4, 3, unmatched=UNMATCHED[choice % 3], directives=bool(choice & 64)
            )
            for module in (logflow_ext.lines, logflow_ext.reference.lines)
        )
    )
    assert found == expected, f"{cuts}:\n{found}\nis not\n{expected}"


def said(lines: Any) -> Any:
    """All that reading says, as something that can be compared and shown."""
    words = lines.spans.cast("I").tolist()
    cells = [
        None if word & MISSING else (at, word & LENGTH, word > LENGTH)
        for at, word in zip(words[::2], words[1::2], strict=True)
    ]
    times = lines.time_spans.cast("I").tolist()
    return (
        cells, times, bytes(lines.time_text), lines.starts.tolist(), lines.numbers.tolist(),
        lines.firsts, lines[7:],
    )  # fmt: skip


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

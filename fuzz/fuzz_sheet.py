"""Fuzzes sheets of workbooks: the kernel must find what its twin finds."""

from __future__ import annotations

from array import array
from typing import Any

from _harness import cells, run

import logflow_ext.reference.sheet
import logflow_ext.sheet
from logflow_ext.sheet_cells import Grid, Reading, Strings

ROW = (
    b'<row r="%d"><c r="A%d" t="s"><v>1</v></c><c s="%d"><v>44197.5</v></c>'
    b'<c t="inlineStr"><is><r><t>x &amp;</t></r></is></c></row>\n'
)
# The first byte of an input chooses among options; the rest is the text.
SEEDS = [
    b"\x00" + b"".join(ROW % (n, n, n % 6) for n in range(1, 9)) + b"</sheetData>",
    b"\x05<!-- <row> --><x:row><x:c t='str'><x:v>_x0041_\r\n</x:v></x:c></x:row></x:sheetData>",
    b'\x03<row r="5" hidden="1"><c t="e"><v>#N/A</v></c><c t="d"><v>2021-01-01</v></c></row>',
    b"\x02<sst><si><t>a</t></si><si><r><t>b</t></r><rPh><t>c</t></rPh></si><si/></sst>",
]
STRINGS = Strings(b"onetwo", array("I", [3, 3, 6]).tobytes())


def target(data: bytes) -> None:
    """Compare what the kernel cuts and shreds with what its twin does."""
    choice, text = (data[:1] or b"\0")[0], data[1:]
    reading = Reading(
        strings=STRINGS,
        formats=bytes([0, 1, 2, 3, 4, 21]),
        exact=bytes([choice & 1, choice & 2]),
        from_1904=bool(choice & 4),
        keep_blank=bool(choice & 8),
    )
    cuts: dict[str, Any] = {
        "row": 0,
        "max_rows": choice % 8 + 1,
        "max_bytes": 1 << choice // 16,
        "max_cells": choice,
        "final": bool(choice & 1),
    }
    found, expected = (
        (
            module.cut(text, **cuts),
            module.strings(text),
            said(module.shred(text, row=0, body=choice % 3, reading=reading, last=True)),
        )
        for module in (logflow_ext.sheet, logflow_ext.reference.sheet)
    )
    assert found == expected, f"{cuts}:\n{found}\nis not\n{expected}"


def said(grid: Grid) -> Any:
    """All that shredding says, as something that can be compared and shown."""
    text = bytes(grid.text)
    columns = [(column.kinds, cells(column.values, text)) for column in grid.columns]
    return columns, grid.starts.tolist(), grid.numbers.tolist(), grid[4:]


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

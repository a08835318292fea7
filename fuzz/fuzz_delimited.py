"""Fuzzes records and fields of delimited text: the kernel must find what its twin finds."""

from __future__ import annotations

import sys
from array import array
from typing import Any

from _harness import run

import logflow_ext.delimited
import logflow_ext.reference.delimited

# The first bytes of an input choose among these; the rest is the text.
QUOTING = [(34, 34), (34, 92), (34, None), (None, None)]
DELIMITERS = [b",", b",", b",,", b", "]
COMMENTS = [b"", b"#", b'"', b"a,"]
LENGTHS = [1 << 20, 1000, 20, 3]
SEEDS = [
    b"\x00\x00\x03" + b'id,name,text\r\n1,"a ""b"" c","d,\r\ne"\r\n2,,""\r\n' * 40,
    b"\x01\x00\x01" + b'id,name\n1,"a\\"b\\\\"\n2,x\\y\n' * 60,
    b"\x10\x04\x02" + b'# comment "\n1, "a" ,  2\n\n3,"b" x,4\n',
    b"\x10\x60\x02" + b'1,, "2,a",,3,4\n,,5,,6,,\n' * 9,
    b"\x03\x08\x01" + b'1,"5""\n2,6"\n3,7\r4,8\r\n' * 9,
]


def target(data: bytes) -> None:
    """Compare the kernel's split, index and samples with the twin's."""
    choice, limits, columns = data[:3].ljust(3, b"\x00")
    quote, escape = QUOTING[choice % 4]
    dialect: dict[str, Any] = {
        "delimiter": DELIMITERS[limits // 16 % 4],
        "merge": bool(limits & 64),
        "quote": quote,
        "escape": escape,
        "comment": COMMENTS[limits // 4 % 4],
        "skip_spaces": bool(choice & 16) and limits // 16 % 4 != 3,
        "max_record_bytes": LENGTHS[limits % 4],
    }
    text, final = data[3:], bool(choice & 32)
    ragged = {"pad": bool(choice & 64), "extend": bool(choice & 128)}
    more = {"max_records": limits + 1, "max_bytes": sys.maxsize, "final": final}
    found, expected = (
        (
            module.split(text, **dialect, **more),
            plain(module.index(text, **dialect, columns=columns % 8 + 1, **ragged)),
            module.rows(text, **dialect, limit=limits, final=final),
            module.lines_before(text, array("I", range(0, len(text), columns + 1))).tolist(),
        )
        for module in (logflow_ext.delimited, logflow_ext.reference.delimited)
    )
    assert found == expected, f"with {dialect} {more}:\n{found}\nis not\n{expected}"
    assert found[1][7] == len(text), "some bytes belong to no record"


def plain(index: Any) -> tuple[Any, ...]:
    """An index as something that can be compared and shown."""
    return tuple(part.tolist() if isinstance(part, memoryview) else part for part in index)


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

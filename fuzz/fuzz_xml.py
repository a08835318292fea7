"""Fuzzes documents of XML: the kernel must find what its twin finds."""

from __future__ import annotations

from typing import Any

from _harness import cells, run

import logflow_ext.reference.xml
import logflow_ext.xml

ITEM = b"<i k='1' xmlns:n='u'><a>x &amp; &#233;</a><b><c d=\"2\">y</c></b></i>\n"
# The first byte of an input chooses among options; the rest is the text.
SEEDS = [
    b"\x00<r v='1'><name>n</name>" + ITEM * 4 + b"</r>",
    b"\x05<!-- <i> --><n:i k='>'><n:a>\r\n</n:a></n:i><i><a>1</a><a>2</a></i>" + ITEM,
    b"\x03<i><a><![CDATA[<i>]]></a></i><i>t<a/></i><i><i/></i><i><a>]]></a></i>" * 9,
    b"\x02" + ITEM * 9 + b"<i><a>&nbsp;</a></i><i><a></b></i><i><a.b/><a><b>1</b></a><i>",
]


def target(data: bytes) -> None:
    """Compare what the kernel cuts and shreds with what its twin does."""
    choice, text = (data[:1] or b"\0")[0], data[1:]
    cuts: dict[str, Any] = {
        "name": "i",
        "max_records": choice // 4 % 8 + 1,
        "max_bytes": 1 << choice // 16,
        "max_record_bytes": 4 << choice // 32,
        "final": bool(choice & 1),
    }
    shreds: dict[str, Any] = {
        "name": "i",
        "max_record_bytes": 4 << choice // 32,
        "max_columns": 2 if choice & 2 else 100,
    }
    found, expected = (
        (module.cut(text, **cuts), said(module.shred(text, **shreds)))
        for module in (logflow_ext.xml, logflow_ext.reference.xml)
    )
    assert found == expected, f"{cuts} {shreds}:\n{found}\nis not\n{expected}"


def said(records: Any) -> Any:
    """All that shredding says, as something that can be compared and shown."""
    text = bytes(records.text)
    columns = [(c.name, c.first, cells(c.values, text)) for c in records.columns]
    places = [each.tolist() for each in (records.starts, records.ends, records.numbers)]
    return "wide" if records.wide else (columns, places, records[5:])


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

"""Fuzzes event logs of XES: the kernel must find what its twin finds."""

from __future__ import annotations

from typing import Any

from _harness import cells, run

import logflow_ext.reference.xes
import logflow_ext.xes

EVENT = b'<event><string key="a" value="x &amp; &#233;"/><int key="i" value="1"/></event>\n'
# The first byte of an input chooses among options; the rest is the text.
SEEDS = [
    b"\x00<log><trace><string key='t' value='T'/>" + EVENT * 4 + b"</trace></log>",
    b"\x05<!-- <event> --><x:trace>" + EVENT * 2 + b"<x:event/></x:trace><trace/>" + EVENT,
    b"\x03<trace><event><list key='l'><values><id key='k' value='\r\n'/></values></list></event>"
    * 9,
    b"\x02" + EVENT * 9 + b"<trace>" + EVENT + b"<trace><event></trace></log>",
]


def target(data: bytes) -> None:
    """Compare what the kernel cuts and shreds with what its twin does."""
    choice, text = (data[:1] or b"\0")[0], data[1:]
    traces, final = bool(choice & 1), bool(choice & 2)
    cuts: dict[str, Any] = {
        "traces": traces,
        "max_records": choice // 4 % 8 + 1,
        "max_bytes": 1 << choice // 16,
        "final": final,
    }
    found, expected = (
        (module.cut(text, **cuts), said(module.shred(text, traces=traces, last=final)))
        for module in (logflow_ext.xes, logflow_ext.reference.xes)
    )
    assert found == expected, f"{cuts}:\n{found}\nis not\n{expected}"


def said(log: Any) -> Any:
    """All that shredding says, as something that can be compared and shown."""
    text = bytes(log.text)
    columns = [
        (c.name, c.kinds, cells(c.values, text), c.inner and cells(c.inner, text))
        for c in log.columns
    ]
    return columns, log.starts.tolist(), log.numbers.tolist(), log[5:]


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

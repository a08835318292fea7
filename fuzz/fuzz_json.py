"""Fuzzes records of JSON: the kernel must find what its twin finds."""

from __future__ import annotations

from typing import Any

from _harness import run

import logflow_ext.json
import logflow_ext.reference.json
from logflow_ext.cells import MISSING
from logflow_ext.json_tree import FORMS, KINDS, MODES, Node

# The first bytes of an input choose among these; the rest is the text.
DEPTHS = [128, 3, 2, 1]
KEYS = [1000, 3, 2, 1]
KEEP: list[Any] = [
    [],
    [(("a",), "texts"), (("b",), "written")],
    [((), "written"), (("b", None), "texts")],
    [(("b", None, "c"), "written")],
]
SEEDS = [
    b"\x00\x00" + b'{"a": 1.5e3, "b": [1, {"c": "\\u00e9\\ud83d\\ude00"}], "a": null}\r\n\n' * 20,
    b"\x01\x04" + b'{"a": "x\\n"}{"b": [[], [2]]} 7 "8"\n\x1e{"a": {"c": false}}\n' * 20,
    b"\x02\x13" + b'{\n  "a": "1",\n  "b": [true]\n},\n{\n  "a": "2\n},' * 9,
    b"\x03\x21" + b'"a": {"b": [1, 2]}, "c": [{"a": 1}, {"d": "]"}], ' * 9,
]


def target(data: bytes) -> None:
    """Compare what the kernel cuts and shreds with what its twin does."""
    choice, limits = data[:2].ljust(2, b"\x00")
    text, form = data[2:], FORMS[choice % 4]
    cuts: dict[str, Any] = {
        "max_records": limits % 16 + 1,
        "max_bytes": 1 << limits // 16,
        "final": bool(choice & 4),
    }
    options: dict[str, Any] = {
        "last": bool(choice & 8),
        "follows": bool(choice & 16),
        "max_depth": DEPTHS[limits % 4],
        "max_keys": KEYS[limits // 4 % 4],
        "max_columns": KEYS[limits // 16 % 4],
        "keep": KEEP[choice // 32 % 4],
        "inner": MODES[limits // 64 % 3],
    }
    found, expected = (
        (module.cut(text, form, **cuts), said(module.shred(text, form, **options)))
        for module in (logflow_ext.json, logflow_ext.reference.json)
    )
    assert found == expected, f"{form} with {cuts} {options}:\n{found}\nis not\n{expected}"


def said(tree: Any) -> Any:
    """All that shredding says, as something that can be compared and shown."""
    return (
        column(tree.root, bytes(tree.text)),
        tree.starts.tolist(),
        tree.numbers.tolist(),
        tree[5:],
    )


def column(node: Node, text: bytes) -> Any:
    """All that a column says."""
    words = iter(node.cells(KINDS).cast("I").tolist())
    pairs = [
        (start, word, text[start : start + node.span(slot)[1]])
        for slot, (start, word) in enumerate(zip(words, words, strict=True))
        if not word & MISSING
    ]
    items = node.items()
    return (
        node.counts,
        (node.ambiguous, node.wide, pairs),
        [node.validity(kind).tolist() for kind in KINDS],
        [(key, column(child, text)) for key, child in node.children()],
        items and (node.offsets().tolist(), column(items, text)),
    )


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

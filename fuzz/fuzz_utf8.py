"""Fuzzes the validation of UTF-8: the kernel must find what its twin finds."""

from __future__ import annotations

from _harness import run

import logflow_ext.reference.utf8
import logflow_ext.utf8

SEEDS = [
    b"plain ASCII, long enough for more than one block of sixty-four bytes, and a bit of tail",
    "Größe, naïve, Straße; 中文字符测试数据; ελληνικά; 😀😁🧮 ".encode() * 4,
    "\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff".encode() * 7,
    b"\xc0\x80\xc1\xbf\xe0\x9f\xbf\xed\xa0\x80\xf0\x8f\xbf\xbf\xf4\x90\x80\x80\xf5\xff\xfe",
]


def target(data: bytes) -> None:
    """Compare kernel and twin from the start, and from right behind the first byte."""
    for start in range(min(2, len(data) + 1)):
        found = logflow_ext.utf8.first_invalid(data, start)
        expected = logflow_ext.reference.utf8.first_invalid(data, start)
        assert found == expected, f"from {start} on: {found}, not {expected}"


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

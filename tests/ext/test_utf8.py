"""first_invalid against the decoder of Python, which implements the same table."""

from __future__ import annotations

import itertools
import mmap
from array import array
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.reference.utf8
import logflow_ext.utf8

MODULES = [
    pytest.param(logflow_ext.utf8, id="compiled"),
    pytest.param(logflow_ext.reference.utf8, id="twin"),
]
# The first and last byte of every range in table 3-7 of the Unicode standard, and their neighbours.
EDGES = bytes.fromhex("00 41 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 ff")


def oracle(data: bytes) -> int:
    try:
        data.decode()
    except UnicodeDecodeError as err:
        return err.start
    return -1


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", -1),
        (b"plain", -1),
        ("\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff".encode(), -1),
        (b"\x80", 0),  # continuation without lead
        (b"a\xc3", 1),  # cut off at the end
        (b"a\xe2\x82", 1),
        (b"a\xf0\x9f\x98", 1),
        (b"\xc3a", 0),  # cut off by ASCII
        (b"\xe2\x82a", 0),
        (b"\xf0\x9f\x98a", 0),
        (b"\xc3\xc3\xa9", 0),  # cut off by a lead
        (b"\xc3\xa9\xa9", 2),  # one continuation too many
        (b"\xc0\x80", 0),  # overlong
        (b"\xc1\xbf", 0),
        (b"\xe0\x9f\xbf", 0),
        (b"\xf0\x8f\xbf\xbf", 0),
        (b"\xed\xa0\x80", 0),  # surrogates
        (b"\xed\xbf\xbf", 0),
        (b"\xf4\x90\x80\x80", 0),  # above U+10FFFF
        (b"\xf5\x80\x80\x80", 0),
        (b"\xff\xfe", 0),
    ],
)
@pytest.mark.parametrize("before", [0, 1, 31, 62, 63, 64, 127])
@pytest.mark.parametrize("fill", ["a", "é", "€", "😀"])
def test_edges(module: ModuleType, data: bytes, expected: int, before: int, fill: str) -> None:
    ahead = (fill * 200).encode()[: before * len(fill.encode())]
    at = expected if expected < 0 else len(ahead) + expected
    assert module.first_invalid(ahead + data) == at
    if not ahead.isascii():
        assert module.first_invalid(ahead[:-1] + b"a" + data) == len(ahead) - len(fill.encode())


@pytest.mark.parametrize("length", [1, 2, 3])
def test_all_sequences_of_edge_bytes(length: int) -> None:
    for number, sequence in enumerate(itertools.product(EDGES, repeat=length)):
        # The place in the block moves along.
        data = b"a" * (number % 67) + bytes(sequence) + b"a" * (number % 131)
        assert logflow_ext.utf8.first_invalid(data) == oracle(data), data


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=200), st.lists(st.tuples(st.integers(0, 999), st.sampled_from(EDGES))))
def test_mutated_text(text: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(text.encode())
    for at, byte in changes:
        if at < len(data):
            data[at] = byte
    expected = oracle(bytes(data))
    assert logflow_ext.utf8.first_invalid(data) == expected
    assert logflow_ext.reference.utf8.first_invalid(data) == expected


@pytest.mark.parametrize("module", MODULES)
@settings(deadline=None)
@given(text=st.text(), tail=st.binary(max_size=5), data=st.data())
def test_start_is_where_looking_begins(
    module: ModuleType, text: str, tail: bytes, data: st.DataObject
) -> None:
    start = len(text[: data.draw(st.integers(0, len(text)))].encode())
    found = oracle((text.encode() + tail)[start:])
    expected = found if found < 0 else start + found
    assert module.first_invalid(text.encode() + tail, start) == expected


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("start", [-1, 4])
def test_start_outside_is_an_error(module: ModuleType, start: int) -> None:
    with pytest.raises(ValueError, match=rf"start must be in 0\.\.3, not {start}"):
        module.first_invalid(b"abc", start)


@pytest.mark.parametrize("module", MODULES)
def test_any_buffer_will_do(module: ModuleType) -> None:
    with mmap.mmap(-1, 100) as pages:
        pages[70] = 0xC3
        assert module.first_invalid(pages) == 70
    assert module.first_invalid(memoryview(b"ab\xff")[1:]) == 1
    assert module.first_invalid(array("H", [0x4141, 0xFFFF])) == 2

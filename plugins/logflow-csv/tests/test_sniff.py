"""What is claimed, and what is left to others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logflow_csv.sniff import sniff_csv, sniff_tsv

from logflow import Level, Peek, Verdict


def peek(text: bytes | None, name: str = "sample") -> Peek:
    complete = text is None or len(text) < 1 << 16
    return Peek(name=name, size=None, head=text or b"\0", text=text, complete=complete)


def level(verdict: Verdict | None) -> Level | None:
    return verdict and verdict.level


@pytest.mark.parametrize("delimiter", [b",", b";", b"|", b"\t"])
def test_tables_are_claimed_by_one_of_the_two(delimiter: bytes) -> None:
    text = b"a,b\n1,2\n3,4\n".replace(b",", delimiter)
    mine, other = (sniff_tsv, sniff_csv) if delimiter == b"\t" else (sniff_csv, sniff_tsv)
    assert level(mine(peek(text))) is Level.STRUCTURE
    assert other(peek(text)) is None


def test_records_of_many_lines_are_claimed() -> None:
    text = b"".join(b'%d,"%s"\n' % (i, b"a line, and\n" * 500) for i in range(20))
    assert level(sniff_csv(peek(text[: 1 << 16]))) is Level.STRUCTURE


@pytest.mark.parametrize(
    "text",
    [
        b"t 1.5 2\nu 2.5 3\nv 3.5 4\n" * 3,
        b"day        high   low\n2020-01-01  1.5   -2\n2020-01-02 12.5   10\n" * 3,
        b'"x","x","x"\n' + b'"a","1","0","1"\n' * 9,
    ],
)
def test_aligned_and_ragged_tables_are_claimed(text: bytes) -> None:
    assert level(sniff_csv(peek(text))) is Level.STRUCTURE


@pytest.mark.parametrize("sniff", [sniff_csv, sniff_tsv])
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"text",
        b"a,b,c\n",
        b"a line\nand another one\n",
        b"Dear all, here is\na letter, with commas, and\nwithout\nyours, me\n",
        b'{"a":1,"b":2}\n{"a":3,"b":4}\n',
        b"[[1,2],[3,4],\n[5,6]]\n",
        b"<a>1,2</a>\n<b>3,4</b>\n",
        b"host:a\tsize:1\nhost:b\tsize:2\n",
        b"2015-07-29 17:41:44,747 - INFO [a] b\n2015-07-29 17:41:45,747 - INFO [a] c\n",
        b"Jul  1 09:00:55 host kernel: x\nJul  1 09:00:56 host kernel: y\n",
        b"Ada Lovelace\nAlan Turing\nGrace Hopper\n" * 9,
        b"import a\nimport b\nfrom c import d\n\n\ndef f(x):\n    return x + 1\n",
        b"2020-01-01 10:00:00 INFO a started\n2020-01-01 10:00:01 WARN b failed\n" * 9,
        b'127.0.0.1 - - [01/Jan/2020:00:00:00 +0000] "GET / HTTP/1.1" 200 1\n' * 3,
    ],
)
def test_other_formats_are_left_alone(sniff: object, text: bytes) -> None:
    assert callable(sniff)
    assert sniff(peek(text)) is None


@pytest.mark.parametrize(
    ("name", "csv", "tsv"),
    [
        ("x.csv", Level.HINT, None),
        ("X.CSV", Level.HINT, None),
        ("x.tsv", None, Level.HINT),
        ("x.tab", None, Level.HINT),
        ("x.txt", None, None),
    ],
)
@pytest.mark.parametrize("text", [b"", b"a\n1\n"])
def test_one_column_is_claimed_by_its_name(
    text: bytes, name: str, csv: Level | None, tsv: Level | None
) -> None:
    assert level(sniff_csv(peek(text, name))) is csv
    assert level(sniff_tsv(peek(text, name))) is tsv


def test_binary_is_never_claimed() -> None:
    assert sniff_csv(peek(None, "x.csv")) is None
    assert sniff_tsv(peek(None, "x.tsv")) is None


@given(st.binary(max_size=300))
def test_any_bytes_get_a_verdict_or_none(text: bytes) -> None:
    for sniff in (sniff_csv, sniff_tsv):
        assert isinstance(sniff(peek(text, "x.csv")), Verdict | None)

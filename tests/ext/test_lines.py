"""Lines of logs: the matcher by example and against ``re``, times by example, laws for the rest."""

from __future__ import annotations

import re
import time
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import logflow_ext.lines
import logflow_ext.reference.lines
from logflow_ext.cells import ESCAPED, LENGTH, MISSING
from logflow_ext.line_programs import MOST_LINE, MOST_LINES, Clock, Form, Lines, compiled

COMPILED = logflow_ext.lines
TWIN = logflow_ext.reference.lines
MODULES = [pytest.param(COMPILED, id="compiled"), pytest.param(TWIN, id="twin")]
NOW = Clock(2026, 3, 15)


def form(pattern: str, *, times: dict[str, str] | None = None, flags: int = 0) -> Form:
    """A form whose groups are columns in their order."""
    found = re.compile(pattern, re.ASCII | flags)
    names = list(found.groupindex)
    written = tuple((names.index(name), each) for name, each in (times or {}).items())
    return Form(found, tuple(range(found.groups)), written)


def table(lines: Lines, data: bytes, columns: int) -> list[list[bytes | None]]:
    """The cells of rows."""
    words = lines.spans.cast("I").tolist()
    cells = [
        None if word & MISSING else data[at : at + (word & LENGTH)]
        for at, word in zip(words[::2], words[1::2], strict=True)
    ]
    return [cells[at : at + columns] for at in range(0, len(cells), columns)]


def times_of(lines: Lines) -> list[bytes | None]:
    words = lines.time_spans.cast("I").tolist()
    text = bytes(lines.time_text)
    return [
        None if word & MISSING else text[at : at + word]
        for at, word in zip(words[::2], words[1::2], strict=True)
    ]


def said(lines: Lines) -> dict[str, Any]:
    """All that reading says, as something that can be compared."""
    found = lines._asdict()
    for name in ("spans", "time_spans", "starts", "numbers"):
        found[name] = found[name].cast("B").cast("I").tolist()
    found["time_text"] = bytes(lines.time_text)
    return found


def groups_of(module: ModuleType, pattern: re.Pattern[str], line: bytes) -> Any:
    """The groups of a line, nothing if it does not match."""
    reader = module.Reader([Form(pattern, tuple(range(pattern.groups)))], pattern.groups + 1,
                           pattern.groups, unmatched="reject")  # fmt: skip
    found = reader.read(line, NOW)
    return table(found, line, pattern.groups + 1)[0][:-1] if found.rows else None


PATTERNS = [
    (r"(a*)(a*)", ["", "aaa", "b"]),
    (r"(a*?)(a*)", ["aaa"]),
    (r"(a|ab)(c|bcd)(d*)", ["abcd", "acd"]),
    (r"(?:(a)|b)*", ["ab", "ba", "aab"]),
    (r"(\S+) (\d{2,3})(?:\.(\d+))?", ["x 12", "x 1", "x 1234", "x 123.5", "é 12.", "ü 99.0"]),
    (r"(.{2})(.*)", ["äöü", "a", "ab", "日本語"]),
    (r"(.{1,2}?)(.?)x", ["äöx", "äx", "x"]),
    (r"([^\W\d]+)([^a-c]*)", ["abc_zé", "é"]),
    (r"(?i:(warn|error|e)) (.*)", ["WARN x", "Error ", "E e", "eRROR é"]),
    (r'"((?:[^"\\]|\\.)*)" (.*)', ['"a\\"b" c', '"a" b" c', '"\\', '"é\\é" x']),
    (r"(?P<x>(?:ab|a)*)(b?)", ["abab", "aab", "ab"]),
    (r"((?:a{2}){1,2})(a*)", ["a", "aa", "aaaaa"]),
    (r"(?:(\d+)-){2}(\d+)", ["1-2-3", "1-2"]),
    (r"^(a)$", ["a", "b"]),
    (r"(a)?(?:b|$)", ["a", "ab", "b", ""]),
    (r"(.*):(.*):", ["a:b:c:", "a:b"]),
    (r"é+(.)", ["ééx", "x"]),
    (r"(?s:.)(\s*)x", ["ax", "a \tx"]),
    (r"(?i)[a-c]+([^d]*)", ["ABCe", "abD"]),
    (r"((?:x+x+)+)y", ["xxxxy", "xxxx"]),
    (r"(a+?|b){2,3}(.*)", ["aab", "ab", "b"]),
    (r"(?:(a)|.)+b", ["bcabb", "abaccb"]),
    (r"(?:a|.)*?([ab]+)(?:.b)*?", ["bbbcbb"]),
    (r"(?:[ab]([ab])|.)+", ["acaaa"]),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(("pattern", "lines"), PATTERNS)
def test_lines_match_as_by_re(module: ModuleType, pattern: str, lines: list[str]) -> None:
    found = re.compile(pattern, re.ASCII)
    for line in filter(None, lines):
        expected = found.fullmatch(line)
        groups = expected and [None if g is None else g.encode() for g in expected.groups()]
        assert groups_of(module, found, line.encode()) == groups, line


ATOMS = st.sampled_from(
    ["a", "b", "é", ".", r"\d", r"\S", "[ab]", "[^a]", r"[^\d]", "(?i:B)", "ab", "-"]
)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeats = st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", ""])
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: f"({'|'.join(each)})"),
        st.tuples(inner, repeats).map(lambda each: f"(?:{each[0]}){each[1]}"),
    )


@given(
    pattern=st.recursive(ATOMS, grown, max_leaves=8),
    line=st.text("abé1-B", min_size=1, max_size=12),
)
@settings(max_examples=1500)
@example(pattern="(?:(?:a|b)*)*", line="ab")
def test_any_pattern_matches_as_by_re(pattern: str, line: str) -> None:
    found = re.compile(pattern, re.ASCII)
    try:
        compiled(found)
    except ValueError:
        return
    assert groups_of(COMPILED, found, line.encode()) == groups_of(TWIN, found, line.encode())


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(?=a)b", "look-ahead"),
        (r"(a)\1", "a reference to a group"),
        (r"(?>a)b", "an atomic group"),
        (r"a*+b", "a possessive repeat"),
        (r"\ba", "a word boundary"),
        (r"[aé]", "beyond ASCII"),
        (r"(?:a*)*", "may be empty"),
        (r"(?:(a*?)|b){1,3}", "may be empty"),
        (r"(?:(a)b|c)+?c", "lazily"),
        (r"(?:(?:a|bc){99}){99}", "more than"),
    ],
)
def test_what_programs_cannot_have(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        compiled(re.compile(pattern, re.ASCII))


def test_bombs_take_time_in_proportion() -> None:
    start = time.monotonic()
    for pattern in (r"(a+)+b", r"(a|a)*b", r"(?:a+a+)+b", r"(?:.*){9}b", r"((?:a|aa)+)+b"):
        found = re.compile(pattern.replace("(?:.*){9}", ".*" * 9), re.ASCII)
        assert groups_of(COMPILED, found, b"a" * 20_000) is None
    assert time.monotonic() - start < 60


@pytest.mark.parametrize("module", MODULES)
def test_long_lines_match_nothing(module: ModuleType) -> None:
    found = re.compile("(a*)", re.ASCII)
    assert groups_of(module, found, b"a" * MOST_LINE) == [b"a" * MOST_LINE]
    assert groups_of(module, found, b"a" * (MOST_LINE + 1)) is None


TIMES = [
    ("iso", "2024-02-29T12:00:01.5Z", "2024-02-29T12:00:01.5Z"),
    ("iso", " 2024/02/29 9:00:01,123456789 +0100 ", "2024-02-29T09:00:01.123456789+01:00"),
    ("iso", "2024-02-29  12:00:01 UTC", "2024-02-29T12:00:01Z"),
    ("iso", "2023-02-29T12:00:01", None),
    ("iso", "2024-02-29T12:00:01.", None),
    ("iso", "2024-02-29T12:00:01.1234567890", None),
    ("utc:%Y-%m-%d\t%H:%M:%S", "2024-02-29\t12:00:01", "2024-02-29T12:00:01Z"),
    ("utc:iso", "2024-02-29 12:00:01-05:30", "2024-02-29T12:00:01-05:30"),
    ("epoch", "1709208000", "2024-02-29T12:00:00Z"),
    ("epoch", "999999999.25", "2001-09-09T01:46:39.25Z"),
    ("epoch", "9999999999", "2286-11-20T17:46:39Z"),
    ("epoch", "12345678", None),
    ("time", "12:00:01,5", "12:00:01.5"),
    ("time", "12:00", None),
    ("epoch|time", "12:00:01", "12:00:01"),
    ("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700", "2000-10-10T13:55:36-07:00"),
    ("%d/%b/%Y:%H:%M:%S %z", "10/Xyz/2000:13:55:36 -0700", None),
    ("%b %d %H:%M:%S", "Mar  1 2:03:04.5", "2026-03-01T02:03:04.5"),
    ("%b %d %H:%M:%S", "dec 31 02:03:04", "2025-12-31T02:03:04"),
    ("%b %d %H:%M:%S", "Feb 29 02:03:04", None),
    ("%m%d %H:%M:%S.%f", "0316 02:03:04", "2025-03-16T02:03:04"),
    ("%m%d %H:%M:%S.%f", "0315 02:03:04.25", "2026-03-15T02:03:04.25"),
    ("%y%m%d %H%M%S", "691231 235959", "2069-12-31T23:59:59"),
    ("%y%m%d %H%M%S", "700101 000000", "1970-01-01T00:00:00"),
    ("%a %b %d %H:%M:%S.%f %Y", "Sun Dec  4 04:47:44 2005", "2005-12-04T04:47:44"),
    ("%Y%m%d-%H:%M:%S:%f", "20171223-22:15:29:606", "2017-12-23T22:15:29.606"),
    ("%Y%m%d-%H:%M:%S:%f", "20171223-22:15:29:", None),
    ("%H:%M", "12:00", None),
    ("epoch-ms", "1709208000123", "2024-02-29T12:00:00.123Z"),
    ("epoch-ms", "170920800012", None),
    ("%b %d, %Y %H:%M:%S %p", "Mar 13, 2023 1:00:00 pm", "2023-03-13T13:00:00"),
    ("%b %d, %Y %H:%M:%S %p", "Mar 13, 2023 12:00:00 AM", "2023-03-13T00:00:00"),
    ("%b %d, %Y %H:%M:%S %p", "Mar 13, 2023 13:00:00 PM", None),
    ("%a %b %d %H:%M:%S %Z %Y", "Mon Mar 13 10:00:00 GMT 2023", "2023-03-13T10:00:00Z"),
    ("%a %b %d %H:%M:%S %Z %Y", "Mon Mar 13 10:00:00 CET 2023", None),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(("written", "text", "expected"), TIMES)
def test_times(module: ModuleType, written: str, text: str, expected: str | None) -> None:
    reader = module.Reader([form("(?P<t>.*)", times={"t": written})], 2, 1)
    found = reader.read(text.encode(), NOW)
    assert times_of(found) == [text.encode() if expected is None else expected.encode()]


@pytest.mark.parametrize("module", MODULES)
def test_years_follow_each_other(module: ModuleType) -> None:
    reader = module.Reader([form("(?P<t>.*)", times={"t": "%m-%d %H:%M:%S"})], 2, 1)
    data = b"\n".join(b"%d-1 1:00:00" % month for month in (11, 12, 1, 12, 1, 6, 12, 1))
    found = reader.read(data, NOW)
    years = [each[:4] for each in times_of(found) if each]
    assert years == [b"2025", b"2025", b"2026", b"2025", b"2026", b"2026", b"2026", b"2027"]
    assert found.clock == reader.advance(data, NOW) == (2026, 3, 15, 2027, 1)


FORMS = [
    form(r"(?P<t>\d\d:\d\d:\d\d) (?P<n>\S+) (?P<m>.*)", times={"t": "time"}),
    Form(re.compile(r"<(\d)> (?:\[([^\]]*)\] )?(.*)", re.ASCII), (3, 1, 2), doubled=(1,)),
    Form(re.compile(r"!(.*?)(-?)", re.ASCII), (2, 1)),
]
TEXT = (
    b'lost\r\n12:00:01 - first\n  more\n\n\tlast\r\n<7> plain\n<8> [a""b] -\r\n\xff\xfe\nafter\n'
    b"# x\n!y-\nalone\n12:00:02 z end"
)


@pytest.mark.parametrize("module", MODULES)
def test_lines_become_rows(module: ModuleType) -> None:
    reader = module.Reader(FORMS, 4, 2, directives=True)
    found = reader.read(TEXT, NOW)
    assert table(found, TEXT, 4) == [
        [None, None, b"lost", None],
        [b"12:00:01", None, b"first\n  more\n\n\tlast", None],
        [None, None, b"plain", b"7"],
        [None, b'a""b', b"-", b"8"],
        [None, None, b"after", None],
        [None, None, b"y", None],
        [None, None, b"alone", None],
        [b"12:00:02", b"z", b"end", None],
    ]
    assert found.spans.cast("I")[2 * (3 * 4 + 1) + 1] == 4 | ESCAPED
    assert times_of(found)[1] == b"12:00:01"
    assert found.numbers.tolist() == [0, 1, 5, 6, 8, 10, 11, 12]
    assert [TEXT[at : at + 2] for at in found.starts] == [
        b"lo", b"12", b"<7", b"<8", b"af", b"!y", b"al", b"12"
    ]  # fmt: skip
    assert (found.lines, found.blank, found.joined, found.directives) == (13, 1, 2, 1)
    assert [(each.line, TEXT[each.start : each.end], each.error) for each in found.broken] == [
        (7, b"\xff\xfe", "bad_utf8")
    ]
    assert found.firsts == [1, 3, 0, 2]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("unmatched", "rows", "broken"), [("join", 2, 0), ("message", 3, 0), ("reject", 2, 1)]
)
def test_policies(module: ModuleType, unmatched: str, rows: int, broken: int) -> None:
    found = module.Reader(FORMS, 4, 2, unmatched=unmatched).read(b"!a\n<1> b\nmore\n", NOW)
    assert (found.rows, len(found.broken)) == (rows, broken)


def pieces(module: ModuleType, reader: Any, data: bytes, **limits: Any) -> list[bytes]:
    """The chunks of a text."""
    found = []
    while data:
        size = 1
        while True:
            view = data[:size]
            taken, lines = reader.cut(view, final=size >= len(data), **limits)
            if taken:
                break
            assert size < len(data), "nothing is left to look at"
            size *= 2
        assert lines == data[:taken].count(b"\n") + (not data[:taken].endswith(b"\n"))
        found.append(data[:taken])
        data = data[taken:]
    return found


LINES = st.sampled_from(
    [*TEXT.split(b"\n"), b"", b"\r", b"# d", b"x" * 30, b"!-", b"12:00:03 a b", b"more", b"more"]
)


@given(
    lines=st.lists(LINES, max_size=30),
    ended=st.booleans(),
    records=st.integers(1, 9),
    size=st.integers(1, 99),
    unmatched=st.sampled_from(["join", "message", "reject"]),
)
def test_chunks_do_not_matter(
    lines: list[bytes], ended: bool, records: int, size: int, unmatched: str
) -> None:
    data = b"\n".join(lines) + b"\n" * ended
    limits = {"max_records": records, "max_bytes": size}
    readers = [
        m.Reader(FORMS, 4, 2, unmatched=unmatched, directives=True) for m in (COMPILED, TWIN)
    ]
    chunks, same = (
        pieces(m, r, data, **limits) for m, r in zip((COMPILED, TWIN), readers, strict=True)
    )
    assert chunks == same
    whole, twin = (reader.read(data, NOW) for reader in readers)
    assert said(whole) == said(twin)
    assert whole.clock == readers[0].advance(data, NOW)
    parts = [(readers[0].read(chunk, NOW), chunk) for chunk in chunks]
    assert [row for part, chunk in parts for row in table(part, chunk, 4)] == table(whole, data, 4)
    assert sum(part.lines for part, _ in parts) == whole.lines


@pytest.mark.parametrize("module", MODULES)
def test_records_of_many_lines_end_somewhere(module: ModuleType) -> None:
    data = b"!head\n<1> m\n" + b"more\n" * (2 * MOST_LINES + 5)
    reader = module.Reader(FORMS, 4, 2)
    found = reader.read(data, NOW)
    assert found.rows == 4
    sizes = [cell[2].count(b"\n") + 1 for cell in table(found, data, 4)[1:] if cell[2]]
    assert sizes == [MOST_LINES + 1, MOST_LINES + 1, 4]
    assert reader.cut(data, max_records=10**6, max_bytes=60_000, final=False)[0] in found.starts
    assert reader.cut(data[:40], max_records=10**6, max_bytes=20, final=False) == (6, 1)
    assert reader.cut(data[6:40], max_records=10**6, max_bytes=20, final=False) == (0, 0)


@pytest.mark.parametrize("module", MODULES)
def test_arguments_are_checked(module: ModuleType) -> None:
    for arguments in (
        ([], 1, 1),
        ([], 0, 0),
        (FORMS, 3, 2),
        ([Form(re.compile("(a)", re.A), ())], 1, 0),
    ):
        with pytest.raises(ValueError, match="column"):
            module.Reader(*arguments)
    with pytest.raises(ValueError, match=r"skip|not in tuple"):
        module.Reader([], 1, 0, unmatched="skip")
    with pytest.raises(ValueError, match="a code that is not known"):
        module.Reader([form("(?P<t>.)", times={"t": "%Q"})], 1, 0)

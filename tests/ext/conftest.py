"""Columns of text for the tests of the typing kernels: builders, and strategies that draw them."""

from __future__ import annotations

import random
from array import array
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st

import logflow_ext.columns
import logflow_ext.facts
import logflow_ext.reference.columns
import logflow_ext.reference.facts
from logflow_ext.cells import ESCAPED, MISSING, QUOTED

KERNELS = (
    SimpleNamespace(facts=logflow_ext.facts, columns=logflow_ext.columns),
    SimpleNamespace(facts=logflow_ext.reference.facts, columns=logflow_ext.reference.columns),
)
NULLS = (b"NA", b"-", b"\\N", b"a null token of more than sixty-three bytes, so that it is long")

AWKWARD = [
    *b"""
0 -0 1 -1 00 007 -01 01.5 +1 .5 5. 1_000 1e5 1E+05 1e-5 1e 1e+ --1 - 1.5.2 0x10 1,5
0.1 -0.0 0.0 0.00 1.50 12.5 100 1.0 1.00 250.00 0e0 0e99999 0e100000 -0e5 0.0e-5
9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809
18446744073709551615 18446744073709551616 19999999999999999999 20000000000000000000
99999999999999999999 9007199254740992 9007199254740993 10000000000000000000000
0.8911486722333669 0.1234567890123456789 123456789012345.6 1234567890123456.7
5e-324 4e-324 4.9e-324 2e-324 4.9406564584124654e-324 2.2250738585072011e-308
2.2250738585072014e-308 2.225073858507201e-308 1e-400 1e400 1e308 1.7976931348623157e308
1.7976931348623159e308 1e99999 1e100000 1e-99999 1e-100000 1e99999999999999999999
5.684341886080802e-14 5.684341886080801e-14 7.120236347223045e-307 9999999999999999.5
0.99999999999999995 1.0000000000000002 9007199254740993.0 1e16 1e22 1e23 8.5e15
0.500000000000000166533453693773481063544750213623046875 9.5367431640625e-7
9007199254740992.5 4503599627370496.5 1.00000000000000011102230246251565404236316680908203125
nan NaN NAN Nan -nan inf -inf Inf INF -INF infinity -Infinity INFINITY +inf
true false True False TRUE FALSE tRUE t yes
2024-02-29 2023-02-29 2000-02-29 1900-02-29 2024/02/29 2024-02/29 2024.02.29 2024-2-9
0001-01-01 9999-12-31 0000-01-01 2024-00-01 2024-13-01 2024-01-32 2024-01-00 12024-01-01
31/12/2024 12/31/2024 31.12.2024 12.31.2024 1/2/2024 01-02-2024 29.2.2023 1/2/24 1.2/2024
123/1/2024 1/2/20245 13/13/2024
2024-02-29T23:59:59 2024-02-29T24:00 2024-02-29T23:60 2024-02-29T23:59:60 2024-02-29T1:00
2024-02-29T12:00 2024-02-29T12:00:00.5 2024-02-29T12:00:00,25 2024-02-29T12:00:00.123456789
2024-02-29T12:00:00.1234567890 2024-02-29T12:00:00. 2024-02-29T12:00.5 2024-02-29T
2024-02-29T12:00Z 2024-02-29T12:00z 2024-02-29t12:00 2024-02-29T12:00+05:30 2024-02-29T12:00-0530
2024-02-29T12:00:00.120-05 2024-02-29T12:00+18:00 2024-02-29T12:00-18:01 2024-02-29T12:00+19
2024-02-29T12:00+05:60 2024-02-29T12:00+5 2024-02-29T12:00+05: 2024-02-29T12:00+053
1/2/2024T00:00 13/2/2024T00:00 2/13/2024T00:00Z 31.12.2024T10:00:00.5
1677-09-21T00:12:43.145224192 1677-09-21T00:12:43.145224191 1677-09-21T00:12:42.9
2262-04-11T23:47:16.854775807 2262-04-11T23:47:16.854775808 2262-04-11T23:47:17 12/4/2262T00:00
0001-01-01T00:00+18:00 9999-12-31T23:59:59.999999999-18:00
""".split(),
    *"""00:00 23:59 23:59:59 23:59:59.5 23:59:59,000000001 23:59:59.1234567890 24:00 12:60 12:30:60
1:00 12:3 12:30: 12:30:00. 12:30Z 12:30.5
1,213 1.213 1.299,99 1,299.99 1,234,567 1.234.567,5 1'234.50 1\u00a0234,5 1\u202f234,5
1,2,3 1,23.5 1.234,567,8 0,123 0.123 -0,0 -1.234 123456,7 1'234'567 1\u00a0234\u202f567 1,5e3
""".encode().split(),
    b"31-Dec-2012",
    b"1 May 2012",
    b"Dec 31, 2012",
    b"DECEMBER 1 2012 10:00",
    b"Dec 31,2012",
    b"Feb 30, 2012",
    b"1 234,5",
    b"1 234",
    b"2024-02-29 12:00",
    b"2024-02-29  12:00",
    b"2024-02-29 12:00 Z",
    b"2024-02-29 12:00  Z",
    b"2024-02-29 12:00:00.5 +01:00",
    b"2024-02-29 12:00 ",
    b"0." + b"0" * 340 + b"1",
    b"1" + b"0" * 308,
    b"1" + b"0" * 309,
    b"0." + b"3" * 799,
    b"0." + b"0" * 30 + b"1" * 76,
    b"9" * 38,
    b"-" + b"9" * 76,
    b"9" * 77,
    b"0." + b"0" * 799 + b"1e800",
    b"0." + b"0" * 99999 + b"1e100000",
    b"0." + b"0" * 99998 + b"1e99999",
    # The exact value of a double, with 767 digits, the most there are.
    f"{2.2250738585072011e-308:.766e}".encode(),
    f"{2.2250738585072011e-308:.800e}".encode(),
]


def column(
    *cells: bytes | tuple[bytes, int] | None,
    quote: int = ord('"'),
    escape: int = ord('"'),
    nulls: tuple[bytes, ...] = NULLS,
) -> tuple[Any, ...]:
    """A column's arguments; a cell is bytes, or bytes and flags, or ``None`` if missing."""
    data = bytearray()
    spans = array("I")
    for cell in cells:
        written, flags = cell if isinstance(cell, tuple) else (cell or b"", 0)
        spans.extend((len(data), len(written) | (MISSING if cell is None else flags)))
        data += written
    return bytes(data), spans, 0, 1, len(cells), quote, escape, nulls


def _near_valid() -> dict[str, st.SearchStrategy[bytes]]:
    """Strategies of values of one family each."""
    integers = st.integers() | st.integers(-(2**64) - 9, 2**64 + 9) | st.integers(-99, 99)
    digits = st.text("0123456789", min_size=1, max_size=25)
    doubles = st.floats(allow_nan=False, allow_infinity=False)
    spelled = {
        "integers": integers.map(str),
        "prices": st.integers(0, 10**6).map(lambda cents: f"{cents / 100:.2f}"),
        "doubles": doubles.map(repr),
        "rounded": st.builds(lambda x, n: f"{x:.{n}e}", doubles, st.integers(0, 30)),
        "decimals": st.builds("{}.{}".format, integers, digits),
        "grouped": st.builds(
            lambda number, places, marks: f"{number:,.{places}f}".translate(
                dict(zip(map(ord, ",."), marks, strict=True))
            ),
            st.integers(-(10**9), 10**9).map(lambda n: n / 100),
            st.integers(0, 3),
            st.sampled_from([",.", ".,", " ,", "\u00a0,", "\u202f,", "'.", "'", "  "]).map(
                lambda marks: (marks[0], marks[-1])
            ),
        ),
        "ungrouped": st.builds("{},{}".format, st.integers(-9999, 9999), digits),
        "named dates": st.builds(
            "{}{}{}{}{}".format,
            st.integers(1, 32),
            st.sampled_from("- /"),
            st.sampled_from(["Jan", "feb", "MAR", "May", "September", "Dez"]),
            st.sampled_from("- /"),
            st.integers(1900, 2100),
        ),
        "months first": st.builds(
            "{} {}{} {}".format,
            st.sampled_from(["Jan", "feb", "MAR", "May", "September", "Dez"]),
            st.integers(1, 32),
            st.sampled_from([",", ""]),
            st.integers(1900, 2100),
        ),
        "times": st.builds(str, st.times()),
        "exponents": st.builds("{}.{}e{}".format, integers, digits, st.integers(-400, 400)),
        "bools": st.sampled_from(["true", "false", "True", "False", "TRUE", "FALSE"]),
        "dates": st.builds(str, st.dates()),
        "short dates": st.builds(
            "{2}{3}{1}{3}{0}".format,
            st.integers(999, 2500),
            st.integers(0, 13),
            st.integers(0, 32),
            st.sampled_from("/-."),
        ),
        "moments": st.builds(
            "{}{}{}".format,
            st.datetimes(),
            st.sampled_from(["", "0", ",5"]),
            st.sampled_from(["", "", "Z", " Z", "+05:30", "-0800", "+18", "+18:01"]),
        ),
        "halves": st.builds(
            "{}{}:{}{}{}".format,
            st.sampled_from(["", "1/2/2024 ", "2024-01-02T"]),
            st.integers(0, 13),
            st.sampled_from(["00", "59", "60", "01:02", "01:02.5"]),
            st.sampled_from(["", " AM", "pm", " Pm", " XM"]),
            st.sampled_from(["", "Z", " +01:00"]),
        ),
    }
    return {name: strategy.map(str.encode) for name, strategy in spelled.items()}


FAMILIES = _near_valid()


def _damaged(value: bytes, seed: int) -> bytes:
    """The value, often with one byte changed, added or taken away, or blanks around it."""
    rng = random.Random(seed)
    at = rng.randrange(len(value) + 1)
    byte = rng.choice(b"0123456789.-+eE:/TZ ,'\"\\\tNx")
    cut = rng.choice((0, 0, 1))
    match rng.randrange(10):
        case 0:
            return value[:at] + bytes([byte]) + value[at + cut :]
        case 1:
            return value[:at] + value[at + 1 :]
        case 2:
            return b" " * rng.randrange(3) + value + b"\t" * rng.randrange(3)
        case _:
            return value


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[Any, ...]:
    """Columns mostly of one or two families, of near-valid values, in any place of a buffer."""
    names = draw(st.lists(st.sampled_from(sorted(FAMILIES)), min_size=1, max_size=2))
    values = st.one_of(*(FAMILIES[name] for name in names))
    values = draw(
        st.sampled_from(
            [
                values,
                st.builds(_damaged, values, st.integers(0, 2**32)),
                st.sampled_from(AWKWARD),
                st.binary(max_size=40),
            ]
        )
    )
    empties = draw(st.sampled_from([st.nothing(), st.sampled_from([*NULLS, b"", b" ", b" NA\t"])]))
    flags = draw(
        st.sampled_from(
            [st.just(0), st.just(QUOTED), st.sampled_from([0, QUOTED, ESCAPED, QUOTED | ESCAPED])]
        )
    )
    cells = draw(st.lists(st.tuples(values | empties, flags) | st.none(), max_size=12))
    escape = draw(st.sampled_from([ord('"'), ord("\\"), -1]))
    data, spans, _, _, rows, *rest = column(*cells, escape=escape)
    return (b"ahead" + data + draw(st.binary(max_size=40)), *strided(draw, spans), rows, *rest)


def strided(draw: st.DrawFn, spans: array[int]) -> tuple[bytes, int, int]:
    """The pairs moved five bytes on, with others around and between them."""
    offset = draw(st.integers(0, 3))
    stride = draw(st.integers(1, 3))
    wide = array("I", [2**32 - 1] * 2 * offset)
    for start, word in zip(spans[::2], spans[1::2], strict=True):
        wide.extend((start + 5, word))
        wide.extend([2**32 - 1] * 2 * (stride - 1))
    return wide.tobytes(), offset, stride


@pytest.fixture(params=KERNELS, ids=["compiled", "twin"])
def kernels(request: pytest.FixtureRequest) -> SimpleNamespace:
    """The modules ``facts`` and ``columns``, compiled and in plain Python."""
    return request.param


class Kit:
    """The builders and strategies of this file, for tests and what Hypothesis prints of them."""

    column = staticmethod(column)
    mixtures = mixtures()
    awkward = AWKWARD
    families = FAMILIES
    twins = KERNELS


@pytest.fixture(scope="session")
def cells() -> type[Kit]:
    return Kit

"""Facts: which bits each value keeps, what is counted, and that twin and kernel agree."""

from __future__ import annotations

from array import array
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logflow_ext.cells import (
    ESCAPED,
    MISSING,
    NO_FRACTION,
    QUOTED,
    STYLE_BITS,
    Bit,
    Digits,
    Observed,
    merge,
)

ALL = Bit((1 << len(Bit)) - 1)
STYLES = Bit(sum(STYLE_BITS.values()))
POINT = Bit(sum(bit for (decimal, _), bit in STYLE_BITS.items() if decimal == "."))
COMMA = STYLES & ~POINT
NUMBER = Bit.FLOAT64 | Bit.DECIMAL | Bit.SHORTEST
INTEGER = NUMBER | Bit.INT64
NATURAL = INTEGER | Bit.UINT64
FIXED = Bit.FLOAT64 | Bit.DECIMAL
EXPONENT = Bit.FLOAT64 | Bit.SHORTEST
EXACT = Bit.DECIMAL | Bit.SHORTEST
NONE = Bit(0)
BOTH_DATES = Bit.DATE_DMY | Bit.DATE_MDY
NAIVE = Bit.TS_YMD | Bit.NAIVE | Bit.TS_NS_RANGE
OFFSET = Bit.TS_YMD | Bit.OFFSET | Bit.TS_NS_RANGE
TOO_EARLY = Bit.TS_YMD | Bit.NAIVE

RULES = [
    # truth values, in one letter case
    ("true", Bit.BOOL_LOWER),
    ("false", Bit.BOOL_LOWER),
    ("True", Bit.BOOL_TITLE),
    ("False", Bit.BOOL_TITLE),
    ("TRUE", Bit.BOOL_UPPER),
    ("FALSE", Bit.BOOL_UPPER),
    ("tRUE", NONE),
    ("t", NONE),
    ("yes", NONE),
    # integers
    ("0", NATURAL),
    ("1", NATURAL),
    ("42", NATURAL),
    ("-1", INTEGER),
    ("-0", Bit.FLOAT64 | Bit.SHORTEST),
    ("9007199254740992", NATURAL),
    ("9007199254740993", NATURAL & ~Bit.FLOAT64),
    ("9223372036854775807", NATURAL & ~Bit.FLOAT64),
    ("9223372036854775808", NATURAL & ~Bit.INT64),
    ("-9223372036854775808", INTEGER),
    ("-9223372036854775809", EXACT),
    ("18446744073709551615", EXACT | Bit.UINT64),
    ("18446744073709551616", NUMBER),
    ("19999999999999999999", EXACT),
    ("20000000000000000000", NUMBER),
    ("30000000000000000000", NUMBER),
    ("10000000000000000000000", NUMBER),
    ("100000000000000000000001", EXACT),
    # what looks like a number and is none
    ("007", NONE),
    ("00", NONE),
    ("01.5", NONE),
    ("-01", NONE),
    ("+1", NONE),
    (".5", NONE),
    ("5.", NONE),
    ("1_000", NONE),
    ("1,5", NONE),
    ("0x10", NONE),
    ("-", NONE),
    ("--1", NONE),
    ("1e", NONE),
    ("1e+", NONE),
    ("1.e5", NONE),
    ("1e5.", NONE),
    ("1 2", NONE),
    ("\u0661", NONE),
    # fractions, and their style
    ("0.1", NUMBER),
    ("-0.1", NUMBER),
    ("1.0", NUMBER),
    ("100.0", NUMBER),
    ("1.50", FIXED),
    ("1.00", FIXED),
    ("0.00", FIXED),
    ("-0.0", EXPONENT),
    ("-0.00", Bit.FLOAT64),
    ("0.8911486722333669", NUMBER),
    ("0.1234567890123456789", EXACT),
    ("123456789012345.6", NUMBER),
    ("1234567890123456.7", EXACT),
    ("0.30000000000000004", NUMBER),
    ("0.300000000000000040", FIXED & ~Bit.FLOAT64),
    ("0.3000000000000000444", NUMBER),
    ("0.3000000000000000443", EXACT),
    ("0.1000000000000000055511151231257827", NUMBER),
    ("0.1000000000000000055511151231257828", EXACT),
    ("9007199254740992.5", EXACT),
    ("0.99999999999999995", EXACT),
    ("9999999999999999.5", EXACT),
    # the nearest double is half-way between two numbers of so many digits: the even one
    ("562949953421312.125", NUMBER),
    ("562949953421312.12", NUMBER),
    ("562949953421312.13", EXACT),
    ("0.500000000000000166533453693773481063544750213623046875", EXACT),
    ("1.0000000000000002220446049250313080847263336181640625", NUMBER),
    ("0." + "3" * 799, EXACT),
    (f"{0.1:.55f}", NUMBER),
    (f"{0.1:.60f}", FIXED),
    # the nearest double is below a power of ten, and is printed with a place more
    ("0.000001000000000000000", FIXED),
    ("0.0000010000000000000000", Bit.DECIMAL),
    # exponents
    ("1e5", EXPONENT),
    ("1E+05", EXPONENT),
    ("-1.5e-7", EXPONENT),
    ("1.50e3", Bit.FLOAT64),
    ("1.0e3", EXPONENT),
    ("0e0", EXPONENT),
    ("0e99999", EXPONENT),
    ("0e-100000000000000000000", EXPONENT),
    ("0.0e100000", EXPONENT),
    ("1e308", EXPONENT),
    ("1.7976931348623157e308", EXPONENT),
    ("1.7976931348623158e308", Bit.SHORTEST),
    ("1.7976931348623159e308", Bit.SHORTEST),
    ("1e400", Bit.SHORTEST),
    ("1e-400", Bit.SHORTEST),
    ("1e99999999999999999999", Bit.SHORTEST),
    ("1.50e400", NONE),
    ("5e-324", EXPONENT),
    ("4.9e-324", EXPONENT),
    ("4.9406564584124654e-324", EXPONENT),
    ("4e-324", Bit.SHORTEST),
    ("2e-324", Bit.SHORTEST),
    ("2.2250738585072014e-308", EXPONENT),
    ("2.2250738585072011e-308", Bit.SHORTEST),
    ("2.2250738585072009e-308", EXPONENT),
    ("2.225073858507201e-308", EXPONENT),
    ("1e22", EXPONENT),
    ("1e23", EXPONENT),
    ("1.0e-99999", Bit.SHORTEST),
    # 800 significant digits are enough for every double, and too many are too many
    (f"{5e-324:.799e}", Bit.FLOAT64),
    (f"{5e-324:.800e}", NONE),
    # an exponent of more than 99999 is out of range, whatever the digits
    ("0." + "0" * 99998 + "1e99999", EXPONENT),
    ("0." + "0" * 99999 + "1e100000", Bit.SHORTEST),
    # the shortest spelling of 2**-44 is not what printing 16 digits gives
    ("5.684341886080802e-14", EXPONENT),
    ("5.684341886080801e-14", EXPONENT),
    ("5.6843418860808023e-14", Bit.SHORTEST),
    # not finite
    *(
        (name, EXPONENT)
        for name in ("nan", "NaN", "NAN", "inf", "Inf", "INF", "infinity", "Infinity")
    ),
    *((name, EXPONENT) for name in ("-inf", "-Inf", "-INF", "-infinity", "-Infinity")),
    *((name, NONE) for name in ("-nan", "Nan", "INFINITY", "+inf", "iNF", "nano")),
    # dates
    ("2024-02-29", Bit.DATE_YMD),
    ("2024/02/29", Bit.DATE_YMD),
    ("2000-02-29", Bit.DATE_YMD),
    ("1900-02-29", NONE),
    ("2023-02-29", NONE),
    ("0001-01-01", Bit.DATE_YMD),
    ("9999-12-31", Bit.DATE_YMD),
    ("0000-01-01", NONE),
    ("2024-00-10", NONE),
    ("2024-13-10", NONE),
    ("2024-04-31", NONE),
    ("2024-04-00", NONE),
    ("2024-02/29", NONE),
    ("2024.02.29", NONE),
    ("2024-2-9", NONE),
    ("24-02-29", NONE),
    ("12024-02-29", NONE),
    ("20240229", NATURAL),
    ("1/2/2024", BOTH_DATES),
    ("01-02-2024", BOTH_DATES),
    ("1.2.2024", Bit.DATE_DMY),
    ("31/12/2024", Bit.DATE_DMY),
    ("12/31/2024", Bit.DATE_MDY),
    ("12.31.2024", NONE),
    ("29.2.2024", Bit.DATE_DMY),
    ("29.2.2023", NONE),
    ("13/13/2024", NONE),
    ("1/2-2024", NONE),
    ("1/2/24", NONE),
    ("1/2/20245", NONE),
    ("001/2/2024", NONE),
    ("/2/2024", NONE),
    # dates with the name of a month
    ("31-Dec-2012", Bit.DATE_DMY),
    ("1 May 2012", Bit.DATE_DMY),
    ("01/JAN/2012", Bit.DATE_DMY),
    ("29 february 2012", Bit.DATE_DMY),
    ("29 February 2011", NONE),
    ("Dec 31, 2012", Bit.DATE_MDY),
    ("DECEMBER 1 2012", Bit.DATE_MDY),
    ("may 01, 2012", Bit.DATE_MDY),
    ("Dec 32, 2012", NONE),
    ("Dec 31,2012", NONE),
    ("Dec. 31, 2012", NONE),
    ("Dec  1, 2012", NONE),
    ("Dec-31-2012", NONE),
    ("Dec 31, 12", NONE),
    ("31-Dec-12", NONE),
    ("31-Dec 2012", NONE),
    ("31.Dec.2012", NONE),
    ("31-Dez-2012", NONE),
    ("31-Dece-2012", NONE),
    ("31-D\xe9c-2012", NONE),
    ("2012-Dec-31", NONE),
    ("31 12 2012", NONE),
    ("31-Dec-2012 23:59", Bit.TS_DMY | Bit.NAIVE | Bit.TS_NS_RANGE),
    ("Dec 31, 2012 23:59:59Z", Bit.TS_MDY | Bit.OFFSET | Bit.TS_NS_RANGE),
    # timestamps
    ("2024-02-29T23:59:59", NAIVE),
    ("2024-02-29 23:59", NAIVE),
    ("2024/02/29 23:59", NAIVE),
    ("2023-02-29T00:00", NONE),
    ("2024-02-29T24:00", NONE),
    ("2024-02-29T23:60", NONE),
    ("2024-02-29T23:59:60", NONE),
    ("2024-02-29T1:00", NONE),
    ("2024-02-29T12", NONE),
    ("2024-02-29T", NONE),
    ("2024-02-29  12:00", NONE),
    ("2024-02-29t12:00", NONE),
    ("2024-02-29T12:00:00.5", NAIVE),
    ("2024-02-29T12:00:00,123456789", NAIVE),
    ("2024-02-29T12:00:00.1234567890", NONE),
    ("2024-02-29T12:00:00.", NONE),
    ("2024-02-29T12:00.5", NONE),
    ("2024-02-29T12:00Z", OFFSET),
    ("2024-02-29 12:00:00 Z", OFFSET),
    ("2024-02-29 12:00:00  Z", NONE),
    ("2024-02-29T12:00z", NONE),
    ("2024-02-29T12:00+05:30", OFFSET),
    ("2024-02-29T12:00:00.5 -0530", OFFSET),
    ("2024-02-29T12:00-05", OFFSET),
    ("2024-02-29T12:00+18:00", OFFSET),
    ("2024-02-29T12:00-18:01", NONE),
    ("2024-02-29T12:00+19", NONE),
    ("2024-02-29T12:00+05:60", NONE),
    ("2024-02-29T12:00+5", NONE),
    ("2024-02-29T12:00+05:", NONE),
    ("2024-02-29T12:00+053", NONE),
    ("2024-02-29T12:00+05:30:00", NONE),
    ("1/2/2024 10:00", Bit.TS_DMY | Bit.TS_MDY | Bit.NAIVE | Bit.TS_NS_RANGE),
    ("13.2.2024T10:00Z", Bit.TS_DMY | Bit.OFFSET | Bit.TS_NS_RANGE),
    ("2/13/2024 10:00", Bit.TS_MDY | Bit.NAIVE | Bit.TS_NS_RANGE),
    ("13/13/2024 10:00", NONE),
    # nanoseconds in 64 bits
    ("1677-09-21T00:12:43.145224192", NAIVE),
    ("1677-09-21T00:12:43.145224191", TOO_EARLY),
    ("1677-09-21T00:12:42", TOO_EARLY),
    ("2262-04-11T23:47:16.854775807", NAIVE),
    ("2262-04-11T23:47:16.854775808", TOO_EARLY),
    ("2262-04-11T23:47:17", TOO_EARLY),
    ("2262-04-12T00:47:16+01:00", OFFSET),
    ("10/4/2262 00:00", Bit.TS_DMY | Bit.TS_MDY | Bit.NAIVE),
    ("0001-01-01T00:00+18:00", Bit.TS_YMD | Bit.OFFSET),
    # times
    ("00:00", Bit.TIME_MINUTES),
    ("23:59", Bit.TIME_MINUTES),
    ("23:59:59", Bit.TIME_SECONDS),
    ("23:59:59.5", Bit.TIME_SECONDS),
    ("23:59:59,123456789", Bit.TIME_SECONDS),
    ("23:59:59.1234567890", NONE),
    ("24:00", NONE),
    ("41:10", NONE),
    ("23:60", NONE),
    ("23:59:60", NONE),
    ("23:59.5", NONE),
    ("23:59:59.", NONE),
    ("1:00", NONE),
    ("001:00", NONE),
    ("-1:00", NONE),
    ("12:30 PM", Bit.TIME_MINUTES),
    ("1:30am", Bit.TIME_MINUTES),
    ("12:59:59.5 Pm", Bit.TIME_SECONDS),
    ("13:30 PM", NONE),
    ("0:30 AM", NONE),
    ("00:30 AM", NONE),
    ("12:30 P", NONE),
    ("12:30  PM", NONE),
    ("12:30 PMs", NONE),
    ("12:30 XM", NONE),
    ("2024-02-29 1:30 PM +02:00", Bit.TS_YMD | Bit.OFFSET | Bit.TS_NS_RANGE),
    ("2024-02-29 1:30", Bit.TS_YMD | Bit.NAIVE | Bit.TS_NS_RANGE),
    ("12/31/2024 11:59:59 PM", Bit.TS_MDY | Bit.NAIVE | Bit.TS_NS_RANGE),
    ("12:30Z", NONE),
    ("12:30:", NONE),
    ("12:3", NONE),
    # anything else
    ("abc", NONE),
    ("caf\u00e9", NONE),
    ("\x00", NONE),
    ("'1'", NONE),
]


@pytest.mark.parametrize(("value", "kept"), RULES, ids=[value[:40] for value, _ in RULES])
def test_a_value_keeps_exactly_these_bits(kernels, cells, value, kept):
    facts = kernels.facts.observe(*cells.column(value.encode(), nulls=()))
    assert Bit(facts.possible & ~STYLES) == kept
    assert facts.cleared == tuple(-1 if bit & facts.possible else 0 for bit in Bit)


GROUPED_BY_COMMA = Bit.POINT_COMMA
GROUPED_BY_POINT = Bit.COMMA_POINT
IN_STYLE = [
    # up to three digits are written so in every style
    ("0", STYLES),
    ("7", STYLES),
    ("-999", STYLES),
    ("1234", Bit.COMMA_UNGROUPED),
    ("1234,5", Bit.COMMA_UNGROUPED),
    ("123456,789", Bit.COMMA_UNGROUPED),
    ("1234.5", NONE),
    # one mark: before a fraction, or before a group of three digits
    ("12.5", POINT),
    ("0.125", POINT),
    ("12,5", COMMA),
    ("0,125", COMMA),
    ("1,213", COMMA | GROUPED_BY_COMMA),
    ("1.213", POINT | GROUPED_BY_POINT),
    ("-1,213", COMMA | GROUPED_BY_COMMA),
    ("1 213", Bit.POINT_SPACE | Bit.COMMA_SPACE),
    ("1'213", Bit.POINT_APOSTROPHE | Bit.COMMA_APOSTROPHE),
    ("1\u00a0213", Bit.POINT_NO_BREAK_SPACE | Bit.COMMA_NO_BREAK_SPACE),
    ("1\u202f213", Bit.POINT_NARROW_NO_BREAK_SPACE | Bit.COMMA_NARROW_NO_BREAK_SPACE),
    # two marks
    ("1.299,99", GROUPED_BY_POINT),
    ("1,299.99", GROUPED_BY_COMMA),
    ("1,234,567", GROUPED_BY_COMMA),
    ("1.234.567", GROUPED_BY_POINT),
    ("12.345.678,123", GROUPED_BY_POINT),
    ("1 234,5", Bit.COMMA_SPACE),
    ("1 234.5", Bit.POINT_SPACE),
    ("1'234.50", Bit.POINT_APOSTROPHE),
    ("1\u00a0234,5", Bit.COMMA_NO_BREAK_SPACE),
    ("1\u202f234,5", Bit.COMMA_NARROW_NO_BREAK_SPACE),
    # no number
    ("1,2,3", NONE),
    ("1,234,56", NONE),
    ("1234,567.8", NONE),
    ("1,23.5", NONE),
    ("1,234.567.8", NONE),
    ("1.234,567,8", NONE),
    ("1 234 5", NONE),
    ("1 234\u00a0567", NONE),
    ("0,123,456", NONE),
    ("01,5", NONE),
    ("012.345,6", NONE),
    (",5", NONE),
    ("5,", NONE),
    ("1,,234", NONE),
    ("1,234,", NONE),
    ("-", NONE),
    ("+1,5", NONE),
    ("-0,0", NONE),
    ("-0", NONE),
    ("1,5e3", NONE),
    ("1\u2009234", NONE),
    ("1\xa0", NONE),
    ("12 ,5", NONE),
    ("1,5 %", NONE),
    ("2024-01-01", NONE),
]


@pytest.mark.parametrize(("value", "styles"), IN_STYLE, ids=[repr(value) for value, _ in IN_STYLE])
@pytest.mark.parametrize("first", [b"5", b"1,5", b"1.5"])
def test_numbers_as_people_write_them(kernels, cells, value, styles, first):
    facts = kernels.facts.observe(*cells.column(first, value.encode(), nulls=()))
    marks = {b"5": STYLES, b"1,5": COMMA, b"1.5": POINT}
    assert Bit(facts.possible) & STYLES == styles & marks[first]


DIGITS = [
    (["1.299,99", "12"], Digits(), Digits(4, 2, 0, 6)),
    (["1,234", "2"], Digits(4, 0, 0, 4), Digits(1, 3, 0, 4)),
    (["1.5", "12.50"], Digits(2, 2, 1, 4, True), Digits()),
    (["1.234", "5.670"], Digits(1, 3, 3, 4, True), Digits(4, 0, 0, 4)),
    (["0,10", "0,00"], Digits(), Digits(0, 2, 2, 2, True)),
    (["1,5", "1.5"], Digits(), Digits()),
    (["x"], Digits(), Digits()),
    ([], Digits(), Digits()),
]


@pytest.mark.parametrize(("values", "point", "comma"), DIGITS)
def test_digits_are_counted_with_each_mark(kernels, cells, values, point, comma):
    facts = kernels.facts.observe(*cells.column(*(value.encode() for value in values)))
    assert (facts.point, facts.comma) == (point, comma)


@pytest.mark.parametrize(("value", "kept"), [("5", NATURAL), ("2024-01-01 10:00", NAIVE)])
def test_blanks_are_trimmed_only_outside_of_quotes(kernels, cells, value, kept):
    padded = b" \t" + value.encode() + b"\t "
    assert Bit(kernels.facts.observe(*cells.column(padded)).possible & ~STYLES) == kept
    assert kernels.facts.observe(*cells.column((padded, QUOTED))).possible == 0


@pytest.mark.parametrize(
    ("written", "escape", "kept"),
    [
        (rb"\ 12\ ", "\\", NATURAL),
        (rb"\1\2", "\\", NONE),
        (rb"\12", '"', NONE),
        (b'""1', '"', NONE),
        (b'1"', '"', NONE),
        (b"12\\", "\\", NONE),
        (b"12", None, NATURAL),
        (b"\\12", None, NONE),
    ],
)
def test_escapes_are_undone_first(kernels, cells, written, escape, kept):
    byte = -1 if escape is None else ord(escape)
    arguments = cells.column((written, ESCAPED), escape=byte)
    assert Bit(kernels.facts.observe(*arguments).possible & ~STYLES) == kept


COUNTS = {
    b"": {"unquoted": 1, "empty_unquoted": 1},
    b" \t": {"unquoted": 1, "empty_unquoted": 1},
    (b"", QUOTED): {"quoted": 1, "empty_quoted": 1},
    (b" ", QUOTED): {"quoted": 1, "values": 1},
    None: {"missing": 1},
    (b"12", QUOTED | MISSING): {"missing": 1},
    b"NA": {"unquoted": 1, "null_unquoted": 1},
    b" NA ": {"unquoted": 1, "null_unquoted": 1},
    (b"NA", QUOTED): {"quoted": 1, "null_quoted": 1},
    (b" NA", QUOTED): {"quoted": 1, "values": 1},
    (rb"\N", ESCAPED): {"unquoted": 1, "null_unquoted": 1},
    (rb"\NA", ESCAPED): {"unquoted": 1, "values": 1},
    (rb"N\A", ESCAPED): {"unquoted": 1, "values": 1},
    b"N": {"unquoted": 1, "values": 1},
    b"5": {"unquoted": 1, "values": 1},
    b" 5": {"unquoted": 1, "values": 1, "trimmed": 1},
    (b" 5", QUOTED): {"quoted": 1, "values": 1},
    b"a null token of more than sixty-three bytes, so that it is long": {
        "unquoted": 1,
        "null_unquoted": 1,
    },
    b"a null token of more than sixty-three bytes, so that it is lost": {
        "unquoted": 1,
        "values": 1,
    },
}
COUNTED = Observed._fields[1 : Observed._fields.index("possible")]


@pytest.mark.parametrize(("cell", "counted"), COUNTS.items(), ids=map(repr, COUNTS))
@pytest.mark.parametrize("after", [(), (b"text",)], ids=["first", "after text"])
def test_cells_are_counted(kernels, cells, cell, counted, after):
    facts = kernels.facts.observe(*cells.column(*after, cell, escape=ord("\\")))
    for name in COUNTED:
        expected = counted.get(name, 0) + len(after) * (name in ("unquoted", "values"))
        assert getattr(facts, name) == expected, name


def test_null_tokens_and_empty_cells_clear_nothing(kernels, cells):
    facts = kernels.facts.observe(*cells.column(b"", (b"", QUOTED), b"NA", None, b" - "))
    assert facts.possible == ALL
    assert facts.cleared == (-1,) * len(Bit)


def test_bits_name_the_first_row_that_cleared_them(kernels, cells):
    facts = kernels.facts.observe(*cells.column(b"1", b"NA", b"-2", b"1.5", b"x", b"y"))
    rows = dict(zip(Bit, facts.cleared, strict=True))
    assert rows[Bit.BOOL_LOWER] == rows[Bit.TS_NS_RANGE] == 0
    assert rows[Bit.UINT64] == 2
    assert rows[Bit.INT64] == 3
    assert rows[Bit.FLOAT64] == rows[Bit.SHORTEST] == 4


MEASURES = [
    (
        ["1", "-5", "300"],
        {"integers": 3, "int_min": -5, "int_max": 300, "numbers": 3, "max_int_digits": 3},
    ),
    (
        ["18446744073709551615", "9223372036854775808"],
        {"integers": 2, "int_min": 2**63, "int_max": 2**64 - 1, "max_significant": 20},
    ),
    (["-7", "-9"], {"integers": 2, "int_min": -9, "int_max": -7}),
    (
        [str(-(2**63)), str(2**64 - 1), str(2**64)],
        {"integers": 2, "int_min": -(2**63), "int_max": 2**64 - 1, "numbers": 3},
    ),
    (
        ["0.050", "12.5"],
        {
            "integers": 0,
            "int_min": 0,
            "int_max": 0,
            "numbers": 2,
            "max_int_digits": 2,
            "max_frac_digits": 3,
            "min_frac_digits": 1,
            "max_significant": 3,
        },
    ),
    (["0"], {"max_int_digits": 0, "max_frac_digits": 0, "max_significant": 0, "integers": 1}),
    (["100", "0.5"], {"max_significant": 3, "min_frac_digits": 0}),
    (
        ["1.5e3", "nan", "-inf", "2"],
        {"exponents": 1, "non_finite": 2, "numbers": 2, "max_frac_digits": 1},
    ),
    (["2024-01-01", "1970-01-01"], {"dates": 2, "timestamps": 0, "numbers": 0}),
    (
        ["1970-01-01 00:01:00.500", "1969-12-31T23:59:59"],
        {
            "timestamps": 2,
            "dates": 0,
            "max_subsecond_digits": 1,
            "min_seconds": -1,
            "max_seconds": 60,
        },
    ),
    (["10:00:00.50", "10:00:00"], {"timestamps": 0, "dates": 0, "max_subsecond_digits": 1}),
    (["10:00", "10:30"], {"max_subsecond_digits": 0, "min_seconds": 0, "max_seconds": 0}),
    (
        ["1970-01-01T01:00:00.000001000+01:00"],
        {"min_seconds": 0, "max_seconds": 0, "max_subsecond_digits": 6},
    ),
    # either order of day and month
    (["3/1/1970 00:00"], {"min_seconds": 2 * 86400, "max_seconds": 59 * 86400, "timestamps": 1}),
    (["1", "x"], {"integers": 0, "numbers": 0, "max_int_digits": -1, "max_significant": -1}),
    (
        [],
        {
            "max_frac_digits": -1,
            "min_frac_digits": NO_FRACTION,
            "max_subsecond_digits": -1,
            "min_seconds": 0,
        },
    ),
]


@pytest.mark.parametrize(("values", "measured"), MEASURES)
def test_values_are_measured(kernels, cells, values, measured):
    facts = kernels.facts.observe(*cells.column(*(value.encode() for value in values)))
    assert {name: getattr(facts, name) for name in measured} == measured


PAIRS = array("I", [0, 1, 1, 1])
BROKEN = {
    "behind the data": (b"12", array("I", [0, 1, 1, 2]), 0, 1, 2),
    "start behind the data": (b"12", array("I", [0, 1, 3, 0]), 0, 1, 2),
    "the end overflows": (b"12", array("I", [0, 1, 2**32 - 1, 2**29 - 1]), 0, 1, 2),
    "no data": (b"", array("I", [0, 1]), 0, 1, 1),
    "too many rows": (b"12", PAIRS, 0, 1, 3),
    "offset too large": (b"12", PAIRS, 2, 1, 1),
    "stride too large": (b"12", PAIRS, 0, 2, 2),
    "rows times stride overflows": (b"12", PAIRS, 0, 2**62, 9),
    "negative rows": (b"12", PAIRS, 0, 1, -1),
    "negative offset": (b"12", PAIRS, -1, 1, 1),
    "no stride": (b"12", PAIRS, 0, 0, 2),
    "half a pair": (b"12", PAIRS[:3], 0, 1, 1),
}


@pytest.mark.parametrize("place", BROKEN.values(), ids=BROKEN)
def test_spans_are_checked(kernels, place):
    message = "is not inside the data|needs? more than|pairs of 4 bytes|no column has"
    with pytest.raises(ValueError, match=message):
        kernels.facts.observe(*place, 34, 34, ())
    with pytest.raises(ValueError, match=message):
        kernels.columns.convert(*place, 34, 34, (), "text")


def test_a_span_may_end_where_the_data_ends_and_a_missing_cell_lie_anywhere(kernels):
    spans = array("I", [2, 0, 2**32 - 1, MISSING | 5, 0, 2])
    facts = kernels.facts.observe(b"12", memoryview(spans), 0, 1, 3, 34, 34, ())
    assert (facts.empty_unquoted, facts.missing, facts.int_max) == (1, 1, 12)


@given(draw=st.data())
def test_twin_and_kernel_agree(cells, draw):
    column = draw.draw(cells.mixtures)
    compiled, twin = (kernel.facts.observe(*column) for kernel in cells.twins)
    assert compiled == twin
    assert [type(fact) for fact in compiled] == [type(fact) for fact in twin]


@given(draw=st.data(), cut=st.floats(0, 1))
def test_facts_of_the_pieces_merge_into_those_of_the_whole(cells, draw, cut):
    data, spans, offset, stride, rows, *rest = draw.draw(cells.mixtures)
    observe = cells.twins[0].facts.observe
    upper = int(cut * rows)
    first = observe(data, spans, offset, stride, upper, *rest)
    second = observe(data, spans, offset + upper * stride, stride, rows - upper, *rest)
    moved = second._replace(
        cleared=tuple(row + upper if row >= 0 else -1 for row in second.cleared)
    )
    whole = observe(data, spans, offset, stride, rows, *rest)
    assert merge(first, moved) == merge(moved, first) == whole


@given(draw=st.data())
def test_facts_of_no_cells_are_neutral(cells, draw):
    observe = cells.twins[0].facts.observe
    facts = observe(*draw.draw(cells.mixtures))
    nothing = observe(*cells.column())
    assert reduce(merge, [nothing, facts, nothing]) == facts


@given(value=st.floats(allow_nan=False))
def test_what_is_printed_as_a_double_is_one(cells, value):
    facts = cells.twins[0].facts.observe(*cells.column(repr(value).encode()))
    assert facts.possible & Bit.FLOAT64


@given(exponent=st.integers(-1074, 1023), ulps=st.integers(-2, 2), digits=st.integers(0, 25))
def test_numbers_beside_powers_of_two(cells, exponent, ulps, digits):
    value = 2.0**exponent * (1 + ulps * 2.0**-53)
    for spelled in (repr(value), f"{value:.{digits}e}", f"{value:.{digits}f}"):
        compiled, twin = (k.facts.observe(*cells.column(spelled.encode())) for k in cells.twins)
        assert compiled == twin

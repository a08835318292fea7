"""Conversions: values in Arrow's layout, what does not fit, and that twin and kernel agree."""

from __future__ import annotations

import gc
import math
import struct
from array import array
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logflow_ext.cells import (
    ESCAPED,
    KINDS,
    ORDERS,
    QUOTED,
    STYLE_BITS,
    STYLES,
    UNITS,
    Bit,
    Converted,
    Request,
)


def arrow_type(kind: str, **options: Any) -> pa.DataType:
    match kind:
        case "decimal128":
            return pa.decimal128(options.get("precision", 38), options.get("scale", 0))
        case "decimal256":
            return pa.decimal256(options.get("precision", 38), options.get("scale", 0))
        case "timestamp":
            return pa.timestamp(options.get("unit", "us"), "UTC" if options.get("zone") else None)
        case "time32" | "time64":
            return pa.type_for_alias(f"{kind}[{options['unit']}]")
        case "text":
            return pa.string()
        case "bool":
            return pa.bool_()
        case _:
            return pa.type_for_alias(kind)


def to_arrow(converted: Converted, rows: int, kind: str, **options: Any) -> pa.Array:
    """The array, after all checks that Arrow has."""
    there = [converted.validity, converted.values]
    if kind == "text":
        there.insert(1, converted.offsets)
    buffers = [None if buffer is None else pa.py_buffer(buffer) for buffer in there]
    made = pa.Array.from_buffers(arrow_type(kind, **options), rows, buffers, converted.null_count)
    made.validate(full=True)
    return made


def convert(kernels: SimpleNamespace, column: tuple[Any, ...], kind: str, **options: Any) -> Any:
    """The values as Python objects, and the bad rows."""
    converted = kernels.columns.convert(*column, kind, **options)
    return to_arrow(converted, column[4], kind, **options).to_pylist(), converted.bad


def raw(converted: Converted) -> tuple[Any, ...]:
    """All that a conversion gives, for comparison."""
    buffers = (converted.values, converted.offsets, converted.validity)
    return (
        *(None if buffer is None else bytes(buffer) for buffer in buffers),
        converted.null_count,
        converted.bad,
    )


FITS: list[tuple[str, dict[str, Any], str, Any]] = [
    ("bool", {}, "true", True),
    ("bool", {}, "False", False),
    ("bool", {}, "TRUE", True),
    ("int64", {}, "0", 0),
    ("int64", {}, " -42\t", -42),
    ("int64", {}, "9223372036854775807", 2**63 - 1),
    ("int64", {}, "-9223372036854775808", -(2**63)),
    ("uint64", {}, "18446744073709551615", 2**64 - 1),
    ("uint64", {}, "10000000000000000000", 10**19),
    ("float64", {}, "0.1", 0.1),
    ("float64", {}, "7", 7.0),
    ("float64", {}, "1e308", 1e308),
    ("float64", {}, "-1.7976931348623157e308", -1.7976931348623157e308),
    ("float64", {}, "5e-324", 5e-324),
    ("float64", {}, "4.9e-324", 5e-324),
    ("float64", {}, "2.2250738585072014e-308", 2.2250738585072014e-308),
    ("float64", {}, "0.8911486722333669", 0.8911486722333669),
    ("float64", {}, "123456789012345e-37", 123456789012345e-37),
    ("float64", {}, "0e100000", 0.0),
    ("float64", {}, "inf", math.inf),
    ("float64", {}, "-Infinity", -math.inf),
    ("float64", {"exact": False}, "0.1234567890123456789", 0.1234567890123456789),
    ("float64", {"exact": False}, "9007199254740993", 2.0**53),
    ("float64", {"exact": False}, "2.2250738585072011e-308", 2.2250738585072011e-308),
    # half-way between two doubles: to the even one; a little above: up
    ("float64", {"exact": False}, "9007199254740993.0", 9007199254740992.0),
    ("float64", {"exact": False}, "9007199254740995", 9007199254740996.0),
    ("float64", {"exact": False}, f"9007199254740993.{'0' * 800}1", 9007199254740994.0),
    ("float64", {"exact": False}, "1.00000000000000011102230246251565404", 1.0),
    ("float64", {"exact": False}, "1.00000000000000011102230246251565405", 1.0000000000000002),
    ("float64", {"exact": False}, f"{1e-310:.767e}", 1e-310),
    ("float64", {"exact": False}, "1e-400", 0.0),
    ("float64", {"exact": False}, "1e-100000", 0.0),
    ("float64", {"exact": False}, "4e-324", 5e-324),
    ("decimal128", {"precision": 5, "scale": 2}, "123.45", Decimal("123.45")),
    ("decimal128", {"precision": 5, "scale": 2}, "-0.5", Decimal("-0.50")),
    ("decimal128", {"precision": 3, "scale": 3}, "0.125", Decimal("0.125")),
    ("decimal128", {"precision": 38, "scale": 0}, "9" * 38, 10**38 - 1),
    ("decimal128", {"precision": 38, "scale": 38}, "-0." + "9" * 38, Decimal("-0." + "9" * 38)),
    ("decimal128", {"precision": 38, "scale": 37}, "1", Decimal(1)),
    ("decimal128", {"precision": 20}, "-18446744073709551616", -(2**64)),
    ("decimal256", {"precision": 76, "scale": 0}, "1" + "0" * 75, 10**75),
    ("decimal256", {"precision": 76, "scale": 0}, "-" + "9" * 76, -(10**76) + 1),
    ("decimal256", {"precision": 40, "scale": 39}, "-1", Decimal(-1)),
    ("date32", {}, "1970-01-01", date(1970, 1, 1)),
    ("date32", {}, "2024-02-29", date(2024, 2, 29)),
    ("date32", {}, "2000/02/29", date(2000, 2, 29)),
    ("date32", {}, "0001-01-01", date(1, 1, 1)),
    ("date32", {}, "9999-12-31", date(9999, 12, 31)),
    ("date32", {"order": "dmy"}, "1.2.2024", date(2024, 2, 1)),
    ("date32", {"order": "dmy"}, "31-12-1969", date(1969, 12, 31)),
    ("date32", {"order": "mdy"}, "1/2/2024", date(2024, 1, 2)),
    ("date32", {"order": "dmy"}, "31-Dec-2012", date(2012, 12, 31)),
    ("date32", {"order": "dmy"}, "1 March 2012", date(2012, 3, 1)),
    ("date32", {"order": "mdy"}, "Dec 31, 2012", date(2012, 12, 31)),
    ("timestamp", {"order": "mdy"}, "Dec 31, 2012 10:00", datetime(2012, 12, 31, 10)),
    ("timestamp", {"unit": "s"}, "1970-01-01 00:00", datetime(1970, 1, 1)),
    ("timestamp", {"unit": "s"}, "2024-02-29T23:59:59", datetime(2024, 2, 29, 23, 59, 59)),
    ("timestamp", {"order": "mdy"}, "2/29/2024 12:01 AM", datetime(2024, 2, 29, 0, 1)),
    ("timestamp", {"order": "mdy"}, "2/29/2024 12:01PM", datetime(2024, 2, 29, 12, 1)),
    ("time32", {"unit": "s"}, "1:05:09 pm", time(13, 5, 9)),
    ("timestamp", {"unit": "s"}, "1969-12-31 23:59:59,000", datetime(1969, 12, 31, 23, 59, 59)),
    (
        "timestamp",
        {"unit": "ms"},
        "1969-12-31T23:59:59.250",
        datetime(1969, 12, 31, 23, 59, 59, 250000),
    ),
    ("timestamp", {"unit": "us"}, "0001-01-01T00:00:00.000001000", datetime(1, 1, 1, 0, 0, 0, 1)),
    ("timestamp", {"unit": "us"}, "9999-12-31 23:59:59.999999", datetime.max),
    ("timestamp", {"order": "dmy"}, "1/2/2024 10:00", datetime(2024, 2, 1, 10)),
    ("timestamp", {"order": "mdy"}, "1/2/2024 10:00", datetime(2024, 1, 2, 10)),
    ("timestamp", {"zone": True}, "2024-01-01T00:00Z", datetime(2024, 1, 1, tzinfo=UTC)),
    (
        "timestamp",
        {"zone": True},
        "2024-01-01T00:00+05:30",
        datetime(2023, 12, 31, 18, 30, tzinfo=UTC),
    ),
    (
        "timestamp",
        {"zone": True},
        "2024-01-01 00:00 -0330",
        datetime(2024, 1, 1, 3, 30, tzinfo=UTC),
    ),
    ("time32", {"unit": "s"}, "23:59", time(23, 59)),
    ("time32", {"unit": "s"}, " 00:00:01.000 ", time(0, 0, 1)),
    ("time32", {"unit": "ms"}, "12:30:01,25", time(12, 30, 1, 250000)),
    ("time64", {"unit": "us"}, "12:30:01.000001", time(12, 30, 1, 1)),
    ("time64", {"unit": "ns"}, "23:59:59.999999000", time.max),
    ("float64", {"decimal": ",", "thousands": "."}, "1.299,99", 1299.99),
    ("float64", {"decimal": ",", "thousands": "."}, "-1299,99", -1299.99),
    ("float64", {"decimal": ",", "thousands": "."}, "1.299", 1299.0),
    ("float64", {"decimal": ",", "thousands": ""}, "12,5", 12.5),
    ("float64", {"decimal": ".", "thousands": ","}, "1,213", 1213.0),
    ("float64", {"decimal": ".", "thousands": ","}, "1213.5", 1213.5),
    ("float64", {"decimal": ".", "thousands": "'"}, "1'234.50", 1234.5),
    ("float64", {"decimal": ",", "thousands": "\u202f"}, "1\u202f234,5", 1234.5),
    ("int64", {"decimal": ".", "thousands": ","}, "9,223,372,036,854,775,807", 2**63 - 1),
    ("uint64", {"decimal": ",", "thousands": "\u00a0"}, "1\u00a0234", 1234),
    (
        "decimal128",
        {"precision": 6, "scale": 2, "decimal": ",", "thousands": "."},
        "1.299,99",
        Decimal("1299.99"),
    ),
    ("text", {}, "caf\u00e9", "caf\u00e9"),
    ("text", {}, " NA ", " NA "),
    ("text", {}, "  ", "  "),
]


@pytest.mark.parametrize(("kind", "options", "cell", "value"), FITS)
def test_a_cell_becomes_this_value(kernels, cells, kind, options, cell, value):
    values, bad = convert(kernels, cells.column(cell.encode()), kind, **options)
    assert (values, bad) == ([value], [])


@pytest.mark.parametrize(
    ("cell", "bits"),
    [
        ("-0", 1 << 63),
        ("-0.0", 1 << 63),
        ("-0e99999999999", 1 << 63),
        ("0.0", 0),
        ("nan", 0x7FF8 << 48),
        ("0.1", 0x3FB999999999999A),
    ],
)
def test_doubles_to_the_bit(kernels, cells, cell, bits):
    converted = kernels.columns.convert(*cells.column(cell.encode()), "float64")
    assert bytes(converted.values) == struct.pack("<Q", bits)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("unit", [-1, 1])
def test_underflow_keeps_its_sign_and_is_not_exact(kernels, cells, exact, unit):
    converted = kernels.columns.convert(
        *cells.column(f"{unit}e-400".encode()), "float64", exact=exact
    )
    assert converted.bad == ([0] if exact else [])
    sign = -1 if unit < 0 and not exact else 1
    assert math.copysign(1, array("d", bytes(converted.values))[0]) == sign


def test_instants_to_the_nanosecond(kernels, cells):
    first, last = b"1677-09-21T00:12:43.145224192", b"2262-04-11T23:47:16.854775807"
    converted = kernels.columns.convert(*cells.column(first, last), "timestamp", unit="ns")
    assert array("q", bytes(converted.values)).tolist() == [-(2**63), 2**63 - 1]


DOES_NOT_FIT = [
    ("bool", {}, "1 yes tRUE"),
    ("int64", {}, "-0 007 1.0 1e5 9223372036854775808 -9223372036854775809 x 1-"),
    ("uint64", {}, "-1 18446744073709551616 30000000000000000000 111111111111111111111"),
    ("float64", {}, "1,5 .5 1e400 1e-400 9007199254740993 4e-324 0x1p3 -nan 1e100000"),
    ("float64", {"exact": False}, "1,5 .5 1e400 -1e400 1e100000 -nan"),
    ("decimal128", {"precision": 5, "scale": 2}, "1234 0.125 0.500 1e2 -0 -0.0 nan"),
    ("decimal128", {"precision": 3, "scale": 3}, "1 -1.5"),
    ("decimal128", {"precision": 38}, "1" + "0" * 38),
    ("decimal256", {"precision": 76}, "1" + "0" * 76),
    ("date32", {}, "2023-02-29 1/2/2024 2024-01-01T00:00 0000-01-01 20240101"),
    ("date32", {"order": "dmy"}, "12/31/2024 2024-01-01 31-Dez-2012"),
    ("date32", {"order": "mdy"}, "31/12/2024 1.2.2024 2024-01-01 31-Dec-2012"),
    ("timestamp", {"unit": "s"}, "2024-01-01T00:00:00.5 2024-01-01 2024-01-01T00:00Z"),
    ("timestamp", {"unit": "us"}, "2024-01-01T00:00:00.0000001 2023-02-29T00:00"),
    ("timestamp", {"unit": "ns"}, "1677-09-21T00:12:43.145224191 2262-04-11T23:47:17"),
    ("timestamp", {"zone": True}, "2024-01-01T00:00 2024-01-01T00:00+18:01"),
    ("time32", {"unit": "s"}, "24:00 1:00 12:30:00.5 12:30:60 2024-01-01T00:00 12 12:30Z"),
    ("time64", {"unit": "us"}, "12:30:00.0000001 12:30:00. -12:30"),
    (
        "float64",
        {"decimal": ",", "thousands": "."},
        "1.5 1,2,3 1.29,5 inf 1,5e3 -0,0 0,1234567890123456789",
    ),
    ("float64", {"decimal": ",", "thousands": ""}, "1.299 1.299,5 -0"),
    ("float64", {"decimal": ".", "thousands": ","}, "12,34 -0.0 nan 1e5"),
    ("int64", {"decimal": ",", "thousands": "."}, "1.234,0 1,5"),
]


@pytest.mark.parametrize(("kind", "options", "values"), DOES_NOT_FIT)
def test_what_does_not_fit_is_null_and_named(kernels, cells, kind, options, values):
    written = [value.encode() for value in values.split()]
    converted = kernels.columns.convert(*cells.column(*written, b"", nulls=()), kind, **options)
    assert converted.bad == list(range(len(written)))
    assert converted.null_count == len(written) + 1
    assert not any(bytes(converted.values))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])
@pytest.mark.parametrize(
    ("cell", "options", "fits"),
    [
        (b"", {}, True),
        (b" \t", {}, True),
        (None, {}, True),
        (b"NA", {}, True),
        (b" NA", {}, True),
        (b"NA", {"nulls": False}, False),
        ((b"", QUOTED), {}, False),
        ((b"NA", QUOTED), {}, False),
        ((b"", QUOTED), {"quoted_nulls": True}, True),
        ((b"NA", QUOTED), {"quoted_nulls": True, "nulls": False}, True),
        ((b" NA", QUOTED), {"quoted_nulls": True}, False),
        ((b" ", QUOTED), {"quoted_nulls": True}, False),
    ],
)
def test_nulls_of_typed_columns(kernels, cells, kind, cell, options, fits):
    options = {"unit": "s" if kind == "time32" else "us", **options}
    values, bad = convert(kernels, cells.column(cell), kind, **options)
    assert values == [None]
    assert bad == ([] if fits else [0])


def test_a_null_token_that_is_a_value(kernels, cells):
    column = cells.column(b"-1", nulls=(b"-1",))
    assert convert(kernels, column, "int64") == ([None], [])
    assert convert(kernels, column, "int64", nulls=False) == ([-1], [])


def test_nulls_of_text(kernels, cells):
    column = cells.column(b"", None, (b"", QUOTED), b"NA", (b"NA", QUOTED), b" ")
    assert convert(kernels, column, "text") == ([None, None, "", "NA", "NA", " "], [])


@pytest.mark.parametrize(
    ("written", "escape", "text"),
    [
        (b'a ""b""', '"', 'a "b"'),
        (b'"""', '"', '""'),
        (b'a"b', '"', 'a"b'),
        (rb"a\"\\b\n", "\\", 'a"\\bn'),
        (b"end\\", "\\", "end\\"),
        (b"\\\n", "\\", "\n"),
        (rb"\N", "\\", r"\N"),
        (rb"\Na", "\\", "Na"),
        (b'a""\\b', None, 'a""\\b'),
    ],
)
def test_escapes_are_undone(kernels, cells, written, escape, text):
    byte = -1 if escape is None else ord(escape)
    column = cells.column((written, QUOTED | ESCAPED), b"next", escape=byte)
    assert convert(kernels, column, "text") == ([text, "next"], [])


@given(values=st.lists(st.text(max_size=70)))
@example(["x" * n for n in range(40)])
def test_text_is_kept(cells, values):
    column = cells.column(*((value.encode(), QUOTED) for value in values))
    for kernels in cells.twins:
        assert convert(kernels, column, "text") == (values, [])


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 64, 65])
def test_bits_beyond_the_last_row_are_zero(kernels, cells, rows):
    converted = kernels.columns.convert(*cells.column(*[b"true"] * rows), "bool")
    assert bytes(converted.values) == ((1 << rows) - 1).to_bytes((rows + 7) // 8, "little")
    assert converted.validity is None
    holed = kernels.columns.convert(*cells.column(*[b"true"] * rows, b""), "bool")
    assert bytes(holed.validity) == ((1 << rows) - 1).to_bytes((rows + 8) // 8, "little")


def test_texts_of_two_gibibytes_are_too_long(kernels):
    size = 1 << 20
    spans = array("I", [0, size] * 2048)
    with pytest.raises(OverflowError, match="2147483648 bytes"):
        kernels.columns.convert(bytes(size), spans, 0, 1, 2048, 34, 34, (), "text")


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("int32", {}, "kind is 'int32'; valid are bool, int64"),
        ("date32", {"order": "ydm"}, "order is 'ydm'; valid are ymd, dmy, mdy"),
        ("timestamp", {"unit": "min"}, "unit is 'min'; valid are s, ms, us, ns"),
        ("time32", {"unit": "us"}, "unit of time32 is 'us'; valid are s, ms"),
        ("time64", {"unit": "s"}, "unit of time64 is 's'; valid are us, ns"),
        ("float64", {"decimal": ".", "thousands": "."}, "decimal mark '.' and '.' between"),
        ("float64", {"thousands": ","}, "decimal mark '' and ','"),
        ("decimal128", {"precision": 39}, "decimal128 has a precision from 1 to 38"),
        ("decimal128", {"precision": 0}, "not 0 and 0"),
        ("decimal128", {"precision": 5, "scale": 6}, "not 5 and 6"),
        ("decimal128", {"precision": 5, "scale": -1}, "not 5 and -1"),
        ("decimal256", {"precision": 77}, "decimal256 has a precision from 1 to 76"),
    ],
)
def test_arguments_are_checked(kernels, cells, kind, options, message):
    with pytest.raises(ValueError, match=message):
        kernels.columns.convert(*cells.column(b"1"), kind, **options)


def test_memory_is_aligned_readonly_and_owned_by_who_uses_it(cells):
    converted = cells.twins[0].columns.convert(*cells.column(b"some text", b""), "text")
    buffers = [
        pa.py_buffer(buffer) for buffer in (converted.values, converted.offsets, converted.validity)
    ]
    assert [buffer.address % 64 for buffer in buffers] == [0, 0, 0]
    assert not any(buffer.is_mutable for buffer in buffers)
    del converted
    gc.collect()
    assert buffers[0].to_pybytes() == b"some text"
    with pytest.raises(TypeError, match="only a conversion"):
        type(cells.twins[0].columns.convert(*cells.column(), "text").values)()


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "order": st.sampled_from(ORDERS),
        "unit": st.sampled_from(sorted(UNITS)),
        "zone": st.booleans(),
        "precision": st.integers(20, 38),
        "scale": st.integers(0, 20),
        "nulls": st.booleans(),
        "quoted_nulls": st.booleans(),
        "exact": st.booleans(),
        "style": st.sampled_from(STYLES),
    },
)


def arguments(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    """*options* as the kernel takes them, with a unit that *kind* can have."""
    given = dict(options)
    given["decimal"], given["thousands"] = given.pop("style", ("", ""))
    units = {"time32": ("s", "ms"), "time64": ("us", "ns")}.get(kind, tuple(UNITS))
    if given.get("unit", "us") not in units:
        given["unit"] = units[-1]
    return given


@given(draw=st.data(), kind=st.sampled_from(KINDS), options=OPTIONS)
def test_twin_and_kernel_agree(cells, draw, kind, options):
    column = draw.draw(cells.mixtures)
    given = arguments(kind, options)
    compiled, twin = (k.columns.convert(*column, kind, **given) for k in cells.twins)
    assert raw(compiled) == raw(twin)


@given(draw=st.data(), kinds=st.lists(st.sampled_from(KINDS), max_size=3), options=OPTIONS)
def test_twin_and_kernel_agree_on_many_columns_and_their_facts(cells, draw, kinds, options):
    columns, nulls = [], ()
    for kind in kinds:
        *place, nulls = draw.draw(cells.mixtures)
        given = arguments(kind, options)
        columns.append(Request(*place, kind, **given, observe=draw.draw(st.booleans())))
    compiled, twin = (k.columns.read(columns, nulls) for k in cells.twins)
    assert [observed for observed, _ in compiled] == [observed for observed, _ in twin]
    assert [raw(converted) for _, converted in compiled] == [
        raw(converted) for _, converted in twin
    ]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bool", "true false true"),
        ("int64", "1 0 42 1234567 12345678 123456789 123456789012345 -5 -1"),
        ("int64", "1 -1 1234567890123456 12345678901234567 9223372036854775807"),
        ("int64", "9007199254740993 1 -0"),
        ("uint64", "1 18446744073709551615 3 0"),
        ("float64", "1.5 0.1 0.25 3 -0.5 1.0 1234567.875 -17 123456789012.345 0.5"),
        ("float64", "0.10 0.50 1.25 0.00 -0.0 100.75"),
        ("float64", "0.1 1e5 12345678901234.56 1234567890123456.7 .5 5. 1..5 00.5"),
        ("date32", "2024-02-29 2024-02-29 2023-02-29 2024-03-01 2024/03/01"),
        ("date32", "2024-02-29 \0\0\0\0\0\0\0\0\0\0 2024-03-01"),
        ("date32", "2024-02-30 \0\0\0\0\0\0\0\0\0\0"),
        ("timestamp", "2024-02-29T23:59:59 2024-02-29T00:00:00.5 1600-01-01T00:00:00.001"),
        ("timestamp", "2024-02-29T23:59:59Z 2024-02-29T23:59:59.123456Z 2024-02-29T12:00:00+01:00"),
        ("timestamp", "2024-02-29T23:59:60 2024-02-29T24:00:00 2024-02-29T23:59:59."),
        ("float64", "1 12 123 1234 1.5 12.345 1234.5 0.125 .125"),
        ("float64", "1.125 12.250 123.500"),
        ("int64", "1 22 333 1,234 5"),
        ("time32", "12:30 23:59:59 23:59:59.999 24:00"),
        ("time64", "23:59:59.999999999 00:00:01"),
        ("text", "some text that is longer than the thirty-two bytes of_a_plain_move_all_in_all"),
    ],
)
@pytest.mark.parametrize(("repeats", "last"), [(1, 40), (40, 1 << 21)])
def test_what_is_read_at_full_speed_is_read_right(cells, kind, values, repeats, last):
    """So long a last cell means that few rows are read at a time."""
    written = [value.encode() for value in values.split()]
    flags = (0, QUOTED)
    for cell in ([(value, flag) for value in written for flag in flags], written):
        column = cells.column(*(cell * repeats), b"x" * last)
        for observe in (True, False):
            unit = "ms" if kind == "time32" else "ns"
            request = Request(*column[:7], kind, unit=unit, zone="Z" in values, observe=observe)
            compiled, twin = (k.columns.read([request], column[7])[0] for k in cells.twins)
            assert compiled[0] == twin[0]
            assert raw(compiled[1]) == raw(twin[1])


NUMBERS = st.from_regex(r"-?[0-9]{0,17}\.?[0-9]{0,17}|-?0?[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True)


@given(
    first=st.sampled_from(["100000000000.25", "100000000000000"]),
    numbers=st.lists(NUMBERS),
    kind=st.sampled_from(["float64", "int64", "uint64"]),
    last=st.sampled_from(["", ".", "1.2.3", "12a", "1-2", "+1", "1 "]),
)
def test_numbers_read_at_full_speed_are_read_right(cells, first, numbers, kind, last):
    """Only cells with some text on both sides are."""
    written = [text.encode() for text in (first, *numbers, last)]
    column = cells.column(*written, b"x" * 40)
    request = Request(*column[:7], kind, observe=True)
    compiled, twin = (k.columns.read([request], column[7])[0] for k in cells.twins)
    assert compiled[0] == twin[0]
    assert raw(compiled[1]) == raw(twin[1])


def test_twin_and_kernel_agree_on_awkward_values(cells):
    column = cells.column(*cells.awkward)
    for kind in KINDS:
        for exact in (True, False):
            for order in ORDERS:
                options = {"exact": exact, "order": order, "unit": "ns", "zone": exact}
                options = arguments(kind, options)
                compiled, twin = (k.columns.convert(*column, kind, **options) for k in cells.twins)
                assert raw(compiled) == raw(twin)
    for style in STYLES:
        options = arguments("float64", {"style": style, "exact": False})
        compiled, twin = (k.columns.convert(*column, "float64", **options) for k in cells.twins)
        assert raw(compiled) == raw(twin)


def conversions(facts: Any) -> list[tuple[Bit, str, dict[str, Any]]]:
    """For each bit, the conversion that a column which keeps it must pass."""
    scale = max(facts.max_frac_digits, 0)
    precision = max(scale + facts.max_int_digits, 1)
    digits = facts.max_subsecond_digits
    unit = next((unit for unit, held in UNITS.items() if held >= digits), "ns")
    found: list[tuple[Bit, str, dict[str, Any]]] = [
        (Bit.BOOL_LOWER, "bool", {}),
        (Bit.BOOL_TITLE, "bool", {}),
        (Bit.BOOL_UPPER, "bool", {}),
        (Bit.INT64, "int64", {}),
        (Bit.UINT64, "uint64", {}),
        (Bit.FLOAT64, "float64", {}),
    ]
    for kind, most in (("decimal128", 38), ("decimal256", 76)):
        if precision <= most:
            found.append((Bit.DECIMAL, kind, {"precision": precision, "scale": scale}))
    for order in ORDERS:
        found.append((Bit[f"DATE_{order.upper()}"], "date32", {"order": order}))
        for zone, offset in ((False, Bit.NAIVE), (True, Bit.OFFSET)):
            needed = Bit[f"TS_{order.upper()}"] | offset
            if unit == "ns":
                needed |= Bit.TS_NS_RANGE
            options = {"order": order, "unit": unit, "zone": zone}
            found.append((needed, "timestamp", options))
    kind = "time32" if unit in ("s", "ms") else "time64"
    found += [(bit, kind, {"unit": unit}) for bit in (Bit.TIME_MINUTES, Bit.TIME_SECONDS)]
    return found


def styled(facts: Any) -> list[tuple[Bit, str, dict[str, Any]]]:
    """For each style, the conversion that a column which keeps it must pass."""
    found = []
    for style, bit in STYLE_BITS.items():
        digits = facts.point if style[0] == "." else facts.comma
        scale = max(digits.max_frac, 0)
        precision = max(scale + digits.max_int, 1)
        size = {"precision": precision, "scale": scale}
        if precision <= 76:
            found.append((bit, "decimal256", arguments("decimal256", {"style": style, **size})))
        if digits.max_significant <= 15:
            found.append((bit, "float64", arguments("float64", {"style": style})))
    return found


@given(draw=st.data())
def test_what_the_facts_keep_converts(cells, draw):
    column = draw.draw(cells.mixtures)
    facts = cells.twins[0].facts.observe(*column)
    for bits, kind, options in conversions(facts) + styled(facts):
        if facts.possible & bits == bits:
            converted = cells.twins[0].columns.convert(*column, kind, quoted_nulls=True, **options)
            assert converted.bad == [], (kind, options)


@given(draw=st.data())
def test_what_the_facts_of_one_value_clear_does_not_convert(cells, draw):
    family = draw.draw(st.sampled_from([*cells.families.values(), st.sampled_from(cells.awkward)]))
    column = cells.column(draw.draw(family), nulls=())
    facts = cells.twins[0].facts.observe(*column)
    held: dict[Any, bool] = {}
    for bits, kind, options in conversions(facts):
        key = (kind, *options.items())
        held[key] = held.get(key, False) or facts.possible & bits == bits
    for (kind, *options), holds in held.items():
        converted = cells.twins[0].columns.convert(*column, kind, **dict(options))
        assert (converted.bad == []) == holds, (kind, options)


@given(values=st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_are_themselves(cells, values):
    column = cells.column(*(str(value).encode() for value in values))
    assert convert(cells.twins[0], column, "int64") == (values, [])


@given(values=st.lists(st.floats(allow_nan=False)))
def test_doubles_are_themselves(cells, values):
    column = cells.column(*(repr(value).encode() for value in values))
    converted = cells.twins[0].columns.convert(*column, "float64")
    assert bytes(converted.values) == array("d", values).tobytes()
    assert converted.bad == []


@given(digits=st.integers(-(10**15) + 1, 10**15 - 1), places=st.integers(0, 20))
def test_up_to_fifteen_digits_are_rendered_again(cells, digits, places):
    written = f"{Decimal(digits).scaleb(-places):f}"
    column = cells.column(written.encode())
    [value], bad = convert(cells.twins[0], column, "float64")
    assert bad == []
    assert f"{value:.{places}f}" == written


@given(
    integer=st.integers(-(10**40), 10**40),
    fraction=st.text("0123456789", min_size=1, max_size=30),
)
def test_decimals_are_rendered_again(cells, integer, fraction):
    written = f"{integer}.{fraction}"
    options = {"precision": 76, "scale": len(fraction)}
    [value], bad = convert(cells.twins[0], cells.column(written.encode()), "decimal256", **options)
    assert (f"{value:f}", bad) == (written, [])


@given(value=st.dates(), style=st.sampled_from([("ymd", "%Y-%m-%d"), ("dmy", "%d.%m.%Y")]))
def test_dates_are_themselves(cells, value, style):
    order, template = style
    written = value.strftime(template.replace("%Y", f"{value.year:04}"))
    column = cells.column(written.encode())
    assert convert(cells.twins[0], column, "date32", order=order) == ([value], [])


@given(
    value=st.datetimes(
        min_value=datetime(1, 1, 3),
        max_value=datetime(9999, 12, 29),
        timezones=st.none()
        | st.integers(-18 * 60, 18 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    ),
    separator=st.sampled_from("T "),
)
def test_timestamps_are_themselves(cells, value, separator):
    zone = value.tzinfo is not None
    column = cells.column(value.isoformat(separator).encode())
    assert convert(cells.twins[0], column, "timestamp", zone=zone) == ([value], [])

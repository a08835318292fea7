"""The rules of typing, a row each: the cells of one column, and the type that all of them give."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import logflow
from logflow.ingest.schema.facts import TextFacts, TypedFacts, column_types, merge, schema_of
from logflow.ingest.schema.text import TextColumn, decode_columns, observe_columns
from logflow.ingest.schema.types import parse_type
from logflow.options import DecodeOptions
from logflow_ext.cells import STYLES

RULES = {
    "integers": ("1 -2 30", "int64"),
    "int64 to its ends": ("9223372036854775807 -9223372036854775808", "int64"),
    "beyond int64": ("1 9223372036854775808", "uint64"),
    "uint64 and negative": ("-1 9223372036854775808", "decimal128(19, 0)"),
    "beyond uint64": ("1 18446744073709551616", "decimal128(20, 0)"),
    "39 digits": ("1" * 39, "decimal256(39, 0)"),
    "77 digits": ("1" * 77, "string"),
    "zero-padded": ("1 007", "string"),
    "zero-padded fraction": ("7.1 007.1", "string"),
    "plus sign": ("1 +49", "string"),
    "underscore": ("1 1_000", "string"),
    "negative zero": ("-0 1", "double"),
    "fixed fractions": ("12.50 3.00 250.00", "double"),
    "shortest fractions": ("12.5 3 401.9 7.0", "double"),
    "a mixture of both": ("250.00 401.9", "string"),
    "17 digits that are a double": ("0.8911486722333669 0.25", "double"),
    "19 digits that are not": ("0.1234567890123456789", "decimal128(19, 19)"),
    "2^53+1 beside a fraction": ("9007199254740993 1.5", "decimal128(17, 1)"),
    "exponents": ("1e5 2.5e-3", "double"),
    "too large an exponent": ("1e400", "string"),
    "not a number in floats": ("1.5 nan inf", "double"),
    "nothing but nan": ("nan nan", "string"),
    "lower-case booleans": ("true false", "bool"),
    "title-case booleans": ("True False", "bool"),
    "booleans of mixed case": ("true False", "string"),
    "one letter booleans": ("Y N", "string"),
    "zeros and ones": ("0 1", "int64"),
    "dates": ("2026-02-28 2024-02-29", "date32[day]"),
    "no such date": ("2026-02-28 2026-02-29", "string"),
    "day first, decided": ("02/01/2014 31/12/2012", "date32[day]"),
    "month first, decided": ("02/01/2014 12/31/2012", "date32[day]"),
    "ambiguous dates": ("02/01/2014 03/04/2012", "string"),
    "orders that contradict": ("31/12/2014 12/31/2014", "string"),
    "dates and timestamps": ("2026-02-28 2026-02-28T10:00:00", "string"),
    "seconds": ("2026-02-28T10:00:00", "timestamp[s]"),
    "milliseconds": ("2026-02-28T10:00:00.5", "timestamp[ms]"),
    "microseconds": ("2026-02-28T10:00:00.0001", "timestamp[us]"),
    "nanoseconds": ("2026-02-28T10:00:00.000000001", "timestamp[ns]"),
    "nanoseconds out of range": ("9999-02-28T10:00:00.000000001", "string"),
    "offsets": ("2026-02-28T10:00:00Z 2026-02-28T10:00:00+02:00", "timestamp[s, tz=UTC]"),
    "naive beside offset": ("2026-02-28T10:00:00Z 2026-02-28T10:00:00", "string"),
    "times in minutes": ("12:30 00:00 23:59", "time32[s]"),
    "times in seconds": ("12:30:01 23:59:59", "time32[s]"),
    "times with milliseconds": ("12:30:01.5 12:30:01.25", "time32[ms]"),
    "times with microseconds": ("12:30:01 12:30:01.0001", "time64[us]"),
    "times with nanoseconds": ("12:30:01.000000001", "time64[ns]"),
    "times of both lengths": ("12:30 12:30:01", "string"),
    "durations": ("12:30 41:10", "string"),
    "hours of one digit": ("1:30 12:30", "string"),
    "times and timestamps": ("12:30 2026-02-28T12:30", "string"),
    "day first timestamps": ("31/12/2012T23:59 01/02/2013T00:00", "timestamp[s]"),
    "names of months": ("31-Dec-2012 1-May-2013", "date32[day]"),
    "names of months beside numbers": ("31-Dec-2012 01/02/2013", "date32[day]"),
    "ambiguous timestamps": ("03/12/2012T23:59 01/02/2013T00:00", "string"),
    "nothing": ("", "string"),
    "null tokens only": ("NA -", "string"),
    "null tokens among numbers": ("1 NA - null 2", "int64"),
    "null tokens among text": ("a NA", "string"),
}


def facts(cells: list[str | None]) -> TextFacts:
    found = observe_columns({"x": TextColumn.from_values(cells)}, DecodeOptions())["x"]
    assert isinstance(found, TextFacts)
    return found


@pytest.mark.parametrize(("cells", "expected"), RULES.values(), ids=RULES)
def test_rule(cells: str, expected: str) -> None:
    assert str(facts(cells.split()).resolve(DecodeOptions()).type) == expected


@pytest.mark.parametrize(("cells", "expected"), RULES.values(), ids=RULES)
def test_values_of_the_type_have_no_drift(cells: str, expected: str) -> None:
    columns = {"x": TextColumn.from_values(cells.split())}
    schema = schema_of({"x": facts(cells.split()).resolve(DecodeOptions())})
    table = decode_columns(columns, schema, DecodeOptions(), rows=len(cells.split()))
    assert not table.drift
    assert table.batch.schema.equals(schema)


WRITTEN = {
    "times with AM and PM": ("1:30 PM|12:00 AM|11:59 am", {}, "time32[s]"),
    "hours of both kinds": ("1:30 PM|13:30", {}, "time32[s]"),
    "an hour that AM and PM do not have": ("1:30 PM|13:30 PM", {}, "string"),
    "month first with AM and PM": ("1/31/2024 9:05:00 AM|2/1/2024 12:00:00 PM", {}, "timestamp[s]"),
    "an hour of one digit behind a date": ("1/31/2024 9:05|2/1/2024 12:00", {}, "timestamp[s]"),
    # two marks, or one that can be nothing else
    "decimal comma, points": ("1.299,99|12,50", {}, "double"),
    "decimal comma, spaces": ("1 234,5|12", {}, "double"),
    "decimal comma, no-break spaces": ("1\u00a0234,5|12", {}, "double"),
    "decimal comma, narrow no-break spaces": ("1\u202f234,5|12", {}, "double"),
    "decimal comma, apostrophes": ("1'234,5|12", {}, "double"),
    "decimal point, commas": ("1,299.99|12.50", {}, "double"),
    "decimal point, spaces": ("1 234.5|12", {}, "double"),
    "decimal point, apostrophes": ("1'234.50|2.00", {}, "double"),
    "large integers, commas": ("1,234,567|12", {}, "int64"),
    "integers, apostrophes": ("1'234|12", {}, "int64"),
    "integers, no-break spaces": ("1\u00a0234|12", {}, "int64"),
    "more digits than a double has": ("1.234.567.890,1234567", {}, "decimal128(17, 7)"),
    "more digits than int64 has": ("1,234,567,890,123,456,789", {}, "decimal128(19, 0)"),
    "77 digits": (",".join(["777"] * 26), {}, "string"),
    "exact decimals": ("1.299,99|12,50", {"decimals": "exact"}, "decimal128(6, 2)"),
    # several meanings
    "a group or a fraction": ("1,213|5", {}, "string"),
    "a lone decimal comma, or a list": ("12,5|3", {}, "string"),
    "grouped by points, or telephone numbers": ("612.345.678", {}, "string"),
    "grouped by spaces, or codes": ("110 001|612 345 678", {}, "string"),
    "a mixture of fractions": ("1.250,00|401,9", {}, "string"),
    "two styles": ("1.299,99|1,299.99", {}, "string"),
    "some groups are missing": ("1.299,99|1299,99", {}, "string"),
    "lists": ("1,2|1,2,3", {}, "string"),
    # options decide
    "commas between thousands": ("1,213|5", {"thousands": ","}, "int64"),
    "a decimal comma": ("1,213|5", {"decimal": ","}, "double"),
    "a decimal point": ("1,213|5", {"decimal": "."}, "int64"),
    "a lone decimal comma that is meant": ("12,5|3", {"decimal": ","}, "double"),
    "points between thousands": ("612.345.678|1", {"thousands": "."}, "int64"),
    "spaces between thousands": ("1 234|12", {"thousands": " "}, "int64"),
    "spaces of any kind": ("1\u202f234|12", {"thousands": " "}, "int64"),
    "points between thousands, not decimals": ("1.234|5", {"thousands": "."}, "int64"),
    "points where the decimal mark is a comma": ("1.234|5", {"decimal": ","}, "string"),
    "no groups": ("1.234,5", {"thousands": "none"}, "string"),
    "no groups, decimal comma": ("1234,5", {"thousands": "none"}, "double"),
    "plain numbers": ("1234.5", {"thousands": ","}, "double"),
    "plain integers": ("1234", {"thousands": ".", "decimal": ","}, "int64"),
    "a refuted option": ("1.299,99", {"decimal": "."}, "string"),
}


@pytest.mark.parametrize(("cells", "options", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_numbers_as_people_write_them(cells: str, options: dict[str, Any], expected: str) -> None:
    chosen = DecodeOptions(**options)
    columns = {"x": TextColumn.from_values(cells.split("|"))}
    found = observe_columns(columns, chosen)["x"].resolve(chosen)
    assert str(found.type) == expected
    table = decode_columns(columns, schema_of({"x": found}), chosen, rows=len(cells.split("|")))
    assert not table.drift
    assert table.batch["x"].null_count == 0


SEMICOLONS = {
    "a lone decimal comma": ("12,5|3", "double"),
    "a group or a fraction": ("1,213|5", "string"),
    "decided by another value": ("1,213|12,5", "double"),
    "plain numbers": ("12.5|3", "double"),
}


@pytest.mark.parametrize(("cells", "expected"), SEMICOLONS.values(), ids=SEMICOLONS)
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_suggest_a_decimal_comma(cells: str, expected: str, delimiter: str) -> None:
    lines = "".join(f"{cell}{delimiter}z\n" for cell in cells.split("|"))
    options = {"format": "csv", "header": True, "delimiter": delimiter}
    table = logflow.read(f"x{delimiter}y\n{lines}".encode(), **options).read_all()
    lone = delimiter == "\t" and "12,5" in cells
    assert str(table.schema.field("x").type) == ("string" if lone else expected)


@pytest.mark.parametrize("marks", STYLES, ids=map(repr, STYLES))
@given(numbers=st.lists(st.decimals(-(10**10), 10**10, places=2), min_size=1))
def test_numbers_in_a_style_keep_their_values(
    marks: tuple[str, str], numbers: list[Decimal]
) -> None:
    decimal, thousands = marks
    table = str.maketrans({",": thousands, ".": decimal})
    cells = [
        f"{abs(number) if number == 0 else number:,.2f}".translate(table) for number in numbers
    ]
    options = DecodeOptions(decimals="exact", decimal=decimal)
    columns = {"x": TextColumn.from_values(cells)}
    found = observe_columns(columns, options)["x"].resolve(options)
    batch = decode_columns(columns, schema_of({"x": found}), options, rows=len(cells)).batch
    assert [Decimal(value) for value in batch["x"].to_pylist()] == numbers


OPTIONS = {
    "order given": ("02/01/2014", {"date_order": "mdy"}, "date32[day]"),
    "order that a value refutes": ("31/12/2014", {"date_order": "mdy"}, "date32[day]"),
    "exact decimals": ("12.50 3.00", {"decimals": "exact"}, "decimal128(4, 2)"),
    "timestamp order given": ("02/01/2014T10:00", {"date_order": "mdy"}, "timestamp[s]"),
    "all text": ("1 2", {"all_text": True}, "string"),
    "other nulls": ("1 none", {"null_values": ("none",)}, "int64"),
    "nulls that are not": ("1 NA", {"null_values": ("none",)}, "string"),
}


@pytest.mark.parametrize(("cells", "options", "expected"), OPTIONS.values(), ids=OPTIONS)
def test_option(cells: str, options: dict[str, Any], expected: str) -> None:
    chosen = DecodeOptions(**options)
    found = observe_columns({"x": TextColumn.from_values(cells.split())}, chosen)["x"]
    assert str(found.resolve(chosen).type) == expected


QUOTES = {
    "all quoted, as if unquoted": ('"1"\n""\n"NA"\n"2"', [1, None, None, 2]),
    "quotes tell text from null": ('"a"\nNA\n""\n', ["a", "NA", ""]),
    "a quoted null among unquoted numbers": ('1\n"NA"\n2', ["1", "NA", "2"]),
    "a quoted empty among unquoted numbers": ('1\n""\n2', ["1", "", "2"]),
    "numbers, some quoted": ('1\n"2"\n3', [1, 2, 3]),
    "spaces around unquoted numbers": (" 1\n2 \n3", [1, 2, 3]),
    "spaces around quoted numbers": ('" 1"\n"2"', [" 1", "2"]),
    "spaces in text stay": (" a \nb", [" a ", "b"]),
    "zip codes": ("01234\n90210", ["01234", "90210"]),
    "Namibia": ("NA\nDE", ["NA", "DE"]),
}


@pytest.mark.parametrize(("cells", "values"), QUOTES.values(), ids=QUOTES)
def test_quotes_and_spaces(cells: str, values: list[Any]) -> None:
    lines = "".join(f"{line},z\n" for line in cells.rstrip("\n").split("\n"))
    table = logflow.read(b"x,y\n" + lines.encode(), format="csv", header=True).read_all()
    assert table["x"].to_pylist() == values


REASONS = {
    "1 2": "integers from 1 to 2",
    "1 " * 80 + "007 x": "text: int64 would fit up to record 81, which has '007'",
    "1.5 " * 1000 + "n.a.": "text: float64 would fit up to record 1,001, which has 'n.a.'",
    "1.299,99 x": "text: numbers such as 1.234,5 would fit up to record 2, which has 'x'",
    "12:30 41:10": "text: time would fit up to record 2, which has '41:10'",
    "abc 1": "text: values such as 'abc'",
    "250.00 401.9": "text: numbers with fractions of 1 to 2 digits, some padded with zeros, as "
    "codes have: declare a type if they are numbers",
    "02/01/2014 03/04/2012": "text: dates, and no value tells day from month: date_order decides",
    "02/01/2014T10:00": "text: timestamps, and no value tells day from month: date_order decides",
    "2026-02-28T10:00Z 2026-02-28T10:00": "text: timestamps, some with an offset from UTC and "
    "some without",
    "2026-02-28T10:00 2026-02-28": "text: timestamp would fit up to record 2, which has "
    "'2026-02-28'",
    "9999-02-28T10:00:00.000000001": "text: timestamps to the nanosecond that 64 bits cannot count",
    "nan inf": "text: nothing but nan and inf",
    "1,213 5": "text: numbers, or codes or lists with such marks: decimal and thousands decide",
    "1.299,99 5": "numbers, decimal mark ',', '.' between thousands",
    "12:30 13:45": "times of the day, HH:MM",
}


@pytest.mark.parametrize(("cells", "reason"), REASONS.items())
def test_reasons_say_what_decided(cells: str, reason: str) -> None:
    assert facts(cells.split()).resolve(DecodeOptions()).reason == reason


@given(st.lists(st.sampled_from([c for cells, _ in RULES.values() for c in cells.split()])))
def test_facts_do_not_depend_on_how_cells_are_divided(cells: list[str]) -> None:
    whole = facts(cells).resolve(DecodeOptions()).type
    for cut in range(len(cells)):
        halves = [{"x": facts(part)} for part in (cells[:cut], cells[cut:])]
        for one, other in (halves, halves[::-1]):
            assert merge(one, other)["x"].resolve(DecodeOptions()).type == whole


DECLARED = {
    "int8": ("1 127 128 x", [1, 127, None, None]),
    "uint16": ("0 65535 -1", [0, 65535, None]),
    "float32": ("0.5 1e39", [0.5, None]),
    "float64": ("0.5 x", [0.5, None]),
    "large_string": ("a 1", ["a", "1"]),
    "bool": ("true no", [True, None]),
    "binary": ("a 1", [b"a", b"1"]),
    "large_binary": ("a 1", [b"a", b"1"]),
    "dictionary": ("a b a", ["a", "b", "a"]),
    "float16": ("0.5 1e9", [0.5, None]),
    "uint64": ("18446744073709551615 -1", [2**64 - 1, None]),
    "date32": ("2024-02-29 2023-02-29", [date(2024, 2, 29), None]),
    "date64": ("2024-02-29 2023-02-29", [date(2024, 2, 29), None]),
    "time32[s]": ("12:30 12:30:01 24:00 1:30", [time(12, 30), time(12, 30, 1), None, None]),
    "time32[ms]": ("12:30:01.5 12:30:00.0001", [time(12, 30, 1, 500_000), None]),
    "time64[us]": ("12:30:01.000001 x", [time(12, 30, 1, 1), None]),
    "timestamp[s]": ("2024-02-29T10:00 2024-02-29", [datetime(2024, 2, 29, 10), None]),
    "timestamp[us, UTC]": (
        "2024-02-29T10:00+01:00 2024-02-29T10:00",
        [datetime(2024, 2, 29, 9, tzinfo=UTC), None],
    ),
    "decimal256(4, 1)": ("1.5 1.55", [Decimal("1.5"), None]),
    "decimal128(4, 1)": (
        "1.5 1.55 1000.5",
        [Decimal("1.5"), None, None],
    ),
}


@pytest.mark.parametrize("kind", DECLARED)
def test_declared_types_reject_what_does_not_fit(kind: str) -> None:
    cells, values = DECLARED[kind]
    options = DecodeOptions(columns={"x": kind})
    columns = {"x": TextColumn.from_values(cells.split())}
    schema = pa.schema([("x", parse_type(kind))])
    table = decode_columns(columns, schema, options, rows=len(values))
    assert table.batch["x"].to_pylist() == values
    assert list(table.bad) == [row for row, value in enumerate(values) if value is None]
    assert not table.drift


@pytest.mark.parametrize(
    ("kind", "options", "cell", "value"),
    [
        ("float64", {"decimal": ","}, "1,5", 1.5),
        ("float64", {"thousands": "."}, "1.299,5", 1299.5),
        ("int32", {"thousands": ","}, "1,213", 1213),
        ("float64", {"decimal": "."}, "1.5", 1.5),
        ("decimal128(6, 2)", {"decimal": ",", "thousands": "."}, "1.299,5", Decimal("1299.50")),
        ("date32", {"date_order": "dmy"}, "1/2/2024", date(2024, 2, 1)),
        ("timestamp[s]", {"date_order": "mdy"}, "1/2/2024 10:00", datetime(2024, 1, 2, 10)),
    ],
)
def test_declared_types_are_read_as_the_options_say(
    kind: str, options: dict[str, Any], cell: str, value: Any
) -> None:
    chosen = DecodeOptions(columns={"x": kind}, **options)
    columns = {"x": TextColumn.from_values([cell])}
    schema = schema_of(column_types(observe_columns(columns, chosen), chosen))
    table = decode_columns(columns, schema, chosen, rows=1)
    assert (table.batch["x"].to_pylist(), dict(table.bad)) == ([value], {})


@pytest.mark.parametrize("kind", ["duration[s]", "null"])
def test_types_that_text_does_not_become(kind: str) -> None:
    columns = {"x": TextColumn.from_values(["1"])}
    with pytest.raises(logflow.LogflowError, match="declare string, and cast"):
        decode_columns(columns, pa.schema([("x", parse_type(kind))]), DecodeOptions(), rows=1)


def test_marks_have_to_differ() -> None:
    with pytest.raises(logflow.LogflowError, match="decimal and thousands are both ','"):
        DecodeOptions(decimal=",", thousands=",")


def test_an_unknown_type_names_what_would_do() -> None:
    with pytest.raises(logflow.LogflowError, match="int64"):
        parse_type("nubmer")


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [("int32", "int64", "int64"), ("float32", "float64", "double"), ("null", "string", "string")],
)
def test_declared_facts_promote(one: str, other: str, both: str) -> None:
    found = [TypedFacts(parse_type(name)) for name in (one, other)]
    assert str(found[0].merge(found[1]).type) == both
    assert str(found[1].merge(found[0]).type) == both

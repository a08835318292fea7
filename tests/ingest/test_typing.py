"""The rules of typing, a row each: the cells of one column, and the type that all of them give."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import logflow
from logflow.ingest.schema.facts import TextFacts, TypedFacts, merge, schema_of
from logflow.ingest.schema.text import TextColumn, decode_columns, observe_columns
from logflow.ingest.schema.types import parse_type
from logflow.options import DecodeOptions

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


OPTIONS = {
    "order given": ("02/01/2014", {"date_order": "mdy"}, "date32[day]"),
    "order that a value refutes": ("31/12/2014", {"date_order": "mdy"}, "date32[day]"),
    "exact decimals": ("12.50 3.00", {"decimals": "exact"}, "decimal128(4, 2)"),
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


def test_reasons_name_the_value_that_decided() -> None:
    reason = facts(["1"] * 80 + ["007"] + ["x"]).resolve(DecodeOptions()).reason
    assert reason == "text: integer up to record 81: '007'"


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
    "decimal128(4, 1)": (
        "1.5 1.55 1000.5",
        [pa.scalar("1.5").cast(pa.decimal128(4, 1)).as_py(), None, None],
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

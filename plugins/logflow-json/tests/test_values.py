"""What becomes of values: every rule by example, wherever in the input it shows."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import logflow
from logflow.errors import DecodeError, LimitError, LogflowError, OptionError, SchemaError

D = Decimal
UTC = dt.UTC

# name: the values under a key of several records as JSON, the type, the values of the column
COLUMNS: dict[str, tuple[str, str, list[Any]]] = {
    "integers": ("1 -2 null", "int64", [1, -2, None]),
    "unsigned": ("1 18446744073709551615", "uint64", [1, 2**64 - 1]),
    "big integers": ("1 18446744073709551616", "decimal128(20, 0)", [D(1), D(2**64)]),
    "fractions": ("1 2.5 1e3", "double", [1.0, 2.5, 1000.0]),
    "zeros behind": ("1.50 2.25", "double", [1.5, 2.25]),
    "too exact": (
        "0.1 9007199254740993.5",
        "decimal128(17, 1)",
        [D("0.1"), D("9007199254740993.5")],
    ),
    "too big": ("1 1e400", "string", ["1", "1e400"]),
    "truth": ("true false null", "bool", [True, False, None]),
    "nothing": ("null null", "string", [None, None]),
    "strings": ('"a" "" null', "string", ["a", "", None]),
    "strings of digits": ('"1" "007"', "string", ["1", "007"]),
    "null in words": ('"null" "NA"', "string", ["null", "NA"]),
    "dates": ('"2024-02-29" null', "date32[day]", [dt.date(2024, 2, 29), None]),
    "day first": ('"29.02.2024"', "string", ["29.02.2024"]),
    "timestamps": (
        '"2024-02-29T12:00:00Z" "2024-02-29T12:00:00.5+01:00"',
        "timestamp[ms, tz=UTC]",
        [
            dt.datetime(2024, 2, 29, 12, tzinfo=UTC),
            dt.datetime(2024, 2, 29, 11, 0, 0, 500_000, tzinfo=UTC),
        ],
    ),
    "a date and a word": ('"2024-02-29" "x"', "string", ["2024-02-29", "x"]),
    "a date and nothing": ('"2024-02-29" ""', "string", ["2024-02-29", ""]),
    "numbers and words": ('1 "x" true', "string", ["1", "x", "true"]),
    "a number and its text": ('1 "1"', "json", ["1", '"1"']),
    "null and its text": ('null "null"', "string", [None, "null"]),
    "numbers and truth": ("1.50 true", "string", ["1.50", "true"]),
    "a scalar and an object": ('1 {"a": 2} "x\\n"', "json", ["1", '{"a": 2}', '"x\\n"']),
    "an array and an object": ('[1] {"a" : 2} null', "json", ["[1]", '{"a" : 2}', None]),
    "objects": (
        '{"a": 1} {"b": "x", "a": 2.5} null',
        "struct<a: double, b: string>",
        [{"a": 1.0, "b": None}, {"a": 2.5, "b": "x"}, None],
    ),
    "no keys": ("{} {}", "json", ["{}", "{}"]),
    "arrays": ("[1, null] [] null", "list<item: int64>", [[1, None], [], None]),
    "arrays of nothing": ("[] [null]", "list<item: string>", [[], [None]]),
    "mixed arrays": ('[1, "1"] ["x"]', "list<item: json>", [["1", '"1"'], ['"x"']]),
    "arrays of arrays": ("[[1], []] [null]", "list<item: list<item: int64>>", [[[1], []], [None]]),
    "arrays of objects": (
        '[{"a": [1]}, {}] [{"b": "2024-02-29"}]',
        "list<item: struct<a: list<item: int64>, b: date32[day]>>",
        [[{"a": [1], "b": None}, {"a": None, "b": None}], [{"a": None, "b": dt.date(2024, 2, 29)}]],
    ),
    "escapes": (r'"\ud83d\ude00\"" "\u0000"', "string", ['\U0001f600"', "\0"]),
}


def records(name: str) -> list[str]:
    """Records with the values under a key; apart from that they are alike."""
    decoder = json.JSONDecoder()
    text, found = COLUMNS[name][0], []
    while text:
        end = decoder.raw_decode(text)[1]
        found.append(f'{{"v": {text[:end]}}}')
        text = text[end:].lstrip()
    return found


def spelled(field: pa.Field) -> str:
    """The type of a field, where text of JSON has a name of its own."""
    if b"logflow:json" in (field.metadata or {}):
        return "json"
    if pa.types.is_list(field.type):
        return f"list<item: {spelled(field.type.value_field)}>"
    if pa.types.is_struct(field.type):
        inner = ", ".join(f"{each.name}: {spelled(each)}" for each in field.type.fields)
        return f"struct<{inner}>"
    return str(field.type)


@pytest.mark.parametrize("form", ["lines", "array"])
@pytest.mark.parametrize("chunk_rows", [1, 1000])
@pytest.mark.parametrize("name", COLUMNS)
def test_columns(name: str, chunk_rows: int, form: str) -> None:
    _, kind, values = COLUMNS[name]
    text = "\n".join(records(name)) if form == "lines" else f"[{', '.join(records(name))}]"
    table = logflow.read(text.encode(), chunk_rows=chunk_rows).read_all()
    assert spelled(table.schema.field("v")) == kind
    assert table["v"].to_pylist() == values


@pytest.mark.parametrize("at", [0, 99, 20_480, 29_999])
@pytest.mark.parametrize("name", ["big integers", "fractions", "numbers and words", "too big"])
def test_a_late_value(name: str, at: int) -> None:
    _, kind, values = COLUMNS[name]
    lines = [records(name)[0]] * 30_000
    lines[at] = records(name)[1]
    table = logflow.read("\n".join(lines).encode()).read_all()
    expected = [values[0]] * 30_000
    expected[at] = values[1]
    assert (spelled(table.schema.field("v")), table["v"].to_pylist()) == (kind, expected)


def test_a_late_key() -> None:
    lines = ['{"a": {"x": 1}}'] * 30_000 + ['{"a": {"y": [true]}, "b": 2}']
    table = logflow.read("\n".join(lines).encode()).read_all()
    assert table.slice(29_999).to_pylist() == [
        {"a": {"x": 1, "y": None}, "b": None},
        {"a": {"x": None, "y": [True]}, "b": 2},
    ]


# name: text, options, rows
TEXTS: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
    "scalars": ("[1, 2]", {}, [{"json": 1}, {"json": 2}]),
    "a scalar": ("true", {"format": "json"}, [{"json": True}]),
    "records that are no objects": (
        '{"a": 1}\n[2]\n{"a": 3}\n',
        {},
        [{"a": 1, "json": None}, {"a": None, "json": [2]}, {"a": 3, "json": None}],
    ),
    "no records": ("[]", {}, []),
    "path": ('{"n": 1, "d": {"i": [{"a": 1}]}}', {"records_path": "$.d.i"}, [{"a": 1}]),
    "path of one": ('{"n": 1, "d": {"a": 1}}', {"records_path": "d"}, [{"a": 1}]),
    "path, quoted": ('{"x y": [{"a": 1}], "z": 2}', {"records_path": "$['x y'][*]"}, [{"a": 1}]),
    "path, escaped": (r'{"d\u0061": [{"a": 1}]}', {"records_path": "da"}, [{"a": 1}]),
    "path behind damage": ('{"x": nul, "d": [{"a": 1}]}', {"records_path": "d"}, [{"a": 1}]),
    "flattened": (
        '{"a": {"b": 1, "c": {"d": 2}}}\n{"a": {"b": 3}}',
        {"flatten": "."},
        [{"a.b": 1, "a.c.d": 2}, {"a.b": 3, "a.c.d": None}],
    ),
    "flattened mixture": (
        '{"a": {"b": 1}, "c": null}\n{"a": 2, "c": {"d": 3}}',
        {"flatten": "_"},
        [
            {"a_b": 1, "c": None, "a": None, "c_d": None},
            {"a_b": None, "c": None, "a": 2, "c_d": 3},
        ],
    ),
    "declared": ('{"a": "1"}\n{"a": 2}', {"columns": {"a": "int64"}}, [{"a": 1}, {"a": 2}]),
    "text": (
        '{"a": [1, "x\\n"], "b": 1.50}\n{"a": "x\\n"}',
        {"all_text": True},
        [{"a": '[1, "x\\n"]', "b": "1.50"}, {"a": "x\n", "b": None}],
    ),
    "no dates": ('{"a": "2024-02-29"}', {"dates": False, "format": "jsonl"}, [{"a": "2024-02-29"}]),
    "wide": ('{"a": {"b": 1, "c": 2}}', {"max_keys": 1}, [{"a": '{"b": 1, "c": 2}'}]),
    "duplicates": ('{"a": 1, "a": "x"}', {"format": "jsonl"}, [{"a": "x"}]),
    "empty key": ('{"": 1}', {}, [{"": 1}]),
    "UTF-16": ("\ufeff[1]", {}, [{"json": 1}]),
}


@pytest.mark.parametrize("chunk", [{}, {"chunk_rows": 1}, {"chunk_bytes": 1}])
@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str, chunk: dict[str, int]) -> None:
    text, options, rows = TEXTS[name]
    data = text.encode("utf-16-le" if name == "UTF-16" else "utf-8")
    assert logflow.read(data, **options, **chunk).read_all().to_pylist() == rows


# name: text, options, (line, offset, type, message, bytes) of the rejects, rows
REJECTS: dict[str, tuple[str, dict[str, Any], list[tuple[Any, ...]], int]] = {
    "a line": (
        '{"a": 1}\n\n{"a": }\n{"a": 3}',
        {},
        [(3, 10, "no_value", "expected a value, found '}' at byte 6 of the record", '{"a": }')],
        2,
    ),
    "an element": (
        '[\n{"a": 1},\n{"a" 2},\n{"a": 3}\n]',
        {},
        [(3, 12, "no_colon", "expected a colon after the key, found '2}'", '{"a" 2}')],
        2,
    ),
    "after the end": (
        '[{"a": 1}]\n]',
        {"format": "json"},
        [(2, 11, "trailing", "nothing was expected", "]")],
        1,
    ),
    "unclosed": ('[{"a": 1}', {}, [(1, 9, "trailing", "ends inside the array", "")], 1),
    "declared": (
        '{"a": 1}\n{"a": "x"}',
        {"columns": {"a": "int64"}},
        [(2, 9, "bad_value", "expected int64, found 'x'", '{"a": "x"}')],
        1,
    ),
    "depth": (
        '{"a": [1]}\n{"a": [[2]]}',
        {"max_depth": 2},
        [(2, 11, "too_deep", "expected fewer containers", '{"a": [[2]]}')],
        1,
    ),
}


@pytest.mark.parametrize("chunk", [{}, {"chunk_rows": 1}, {"chunk_bytes": 1}])
@pytest.mark.parametrize("name", REJECTS)
def test_rejects(name: str, chunk: dict[str, int], tmp_path: Any) -> None:
    import pyarrow.parquet as pq

    text, options, expected, rows = REJECTS[name]
    result = logflow.convert(
        text.encode(), tmp_path / "out.parquet", errors="quarantine", **options, **chunk
    )
    assert result.receipt.written == rows
    found = pq.read_table(result.rejects_path).to_pylist()
    assert len(found) == len(expected)
    for reject, (line, offset, kind, message, raw) in zip(found, expected, strict=True):
        assert (reject["line"], reject["byte_offset"], reject["error_type"]) == (line, offset, kind)
        assert message in reject["message"]
        assert reject["raw"].decode().strip() == raw


ERRORS: dict[str, tuple[str, dict[str, Any], type[LogflowError], str]] = {
    "no value": (" ", {"format": "json"}, DecodeError, "expected a value of JSON, found nothing"),
    "no path": ('{"a": 1}', {"records_path": "$.b"}, DecodeError, r"nothing at records_path \$.b"),
    "no object": ("[1]", {"records_path": "a"}, DecodeError, "expected an object with key 'a'"),
    "bad path": ("[1]", {"records_path": "$..a"}, OptionError, "expected keys such as"),
    "columns": ('{"a": 1, "b": 2}', {"max_columns": 1}, LimitError, "raise max_columns"),
    "collision": (
        '{"a.b": 1, "a": {"b": 2}}',
        {"flatten": ".", "format": "jsonl"},
        SchemaError,
        "choose another separator",
    ),
    "taken": ('{"json": 1}\n[2]\n', {}, SchemaError, "others have a key 'json'"),
    "depth": ("[1]", {"max_depth": 1001}, OptionError, "at most 1000"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    text, options, error, message = ERRORS[name]
    with pytest.raises(error, match=message):
        logflow.read(text.encode(), **options).read_all()


def test_coordinates() -> None:
    text = b'[\n{"a": 1},\n\n{"a": 2}]'
    wanted = ("_record", "_line", "_byte_offset")
    for chunk_rows in (1, 10):
        table = logflow.read(text, coordinates=wanted, chunk_rows=chunk_rows).read_all()
        assert [tuple(row[name] for name in wanted) for row in table.to_pylist()] == [
            (1, 2, 2),
            (2, 4, 13),
        ]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["2024-02-29", "1", "x", "true", ""])
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c.d", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=6)
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(rows=OBJECTS, form=st.sampled_from(["jsonl", "json"]), size=st.integers(1, 60))
@RELAXED
def test_chunks_change_nothing(rows: list[dict[str, Any]], form: str, size: int) -> None:
    texts = [json.dumps(row) for row in rows]
    data = ("\n".join(texts) if form == "jsonl" else f"[{','.join(texts)}]").encode()
    whole = logflow.read(data, format=form).read_all()
    parts = logflow.read(data, format=form, chunk_bytes=size).read_all()
    assert parts.schema.equals(whole.schema, check_metadata=True)
    assert parts.to_pylist() == whole.to_pylist()
    assert whole.num_rows == len(rows)


@given(data=st.binary(max_size=80) | VALUES.map(json.dumps).map(str.encode))
@RELAXED
def test_any_bytes_are_rows_rejects_or_an_error(data: bytes) -> None:
    for form in ("jsonl", "json"):
        with suppress(DecodeError, SchemaError):
            found = logflow.read(data, format=form, encoding="utf-8", errors="permissive")
            assert found.read_all().num_rows <= len(data)

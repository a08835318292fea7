"""Source coordinates: columns that say where each row comes from."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import logflow
from logflow.errors import LogflowError, OptionError
from logflow.testing import SampleSource

ALL = ("_file", "_member", "_record", "_line", "_byte_offset")
PLACE = ALL[2:]
RECORD = st.lists(
    st.sampled_from(["1", "", "é", '"a,b"', '"two\nlines"', '"open', "x"]), min_size=1, max_size=3
).map(",".join)
TEXT = st.lists(st.tuples(RECORD, st.sampled_from(["\n", "\r\n", "\r"])), max_size=20).map(
    lambda records: "a,b\n1,é\n" + "".join(map("".join, records))
)


def read(data: bytes, coordinates: tuple[str, ...] = PLACE, **options: Any) -> pa.Table:
    options = {"format": "csv", "errors": "permissive", **options}
    with logflow.read(SampleSource(data, "x.csv"), coordinates=coordinates, **options) as reader:
        return reader.read_all()


def places(table: pa.Table) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.select(PLACE).to_pylist()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n3,4\n", [(2, 2, 4), (3, 3, 8)]),
        ("a,b\r\n1,2\r\n3,4\r\n", [(2, 2, 5), (3, 3, 10)]),
        ('a,b\n1,"x\ny"\n3,4\n', [(2, 2, 4), (3, 4, 12)]),
        ("a,b\n1,2\n3\n5,6\n", [(2, 2, 4), (4, 4, 10)]),
        ("a,b\n1,2\n\n5,6\n", [(2, 2, 4), (4, 4, 9)]),
        ("a,b\né,2\n3,4\n", [(2, 2, 4), (3, 3, 9)]),
        ("a,b\n", []),
    ],
)
def test_the_place_of_each_row(text: str, expected: list[tuple[int, int, int]]) -> None:
    assert places(read(text.encode())) == expected


@pytest.mark.parametrize(
    ("encoding", "offsets"),
    [("utf-8-sig", [7, 12, 17]), ("utf-16-le", [8, 16, 26]), ("utf-16", [10, 18, 28]),
     ("cp1252", [4, 8, 13]), ("shift_jis", [4, 8, 13])],
)  # fmt: skip
def test_bytes_are_those_that_are_stored(encoding: str, offsets: list[int]) -> None:
    text = "a,b\n1,é\n22,x\n3,y\n" if encoding != "shift_jis" else "a,b\n1,\uff71\n22,x\n3,y\n"
    data = text.encode(encoding)
    table = read(data, encoding=encoding.removesuffix("-sig"))
    assert [place[2] for place in places(table)] == offsets


def test_every_row_has_its_file(tmp_path: Path) -> None:
    for name, value in (("one", 1), ("two", 2)):
        (tmp_path / f"{name}.csv").write_text(f"n\n{value}\n")
    logflow.convert(str(tmp_path / "*.csv"), tmp_path / "all.parquet", coordinates=ALL)
    rows = pq.read_table(tmp_path / "all.parquet").to_pylist()
    assert [(row["n"], Path(row["_file"]).name, row["_record"]) for row in rows] == [
        (1, "one.csv", 2),
        (2, "two.csv", 2),
    ]
    assert {row["_member"] for row in rows} == {None}


def test_binary_formats_have_records_only() -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"n": [1, 2, 3]}), out, row_group_size=2)
    table = read(out.getvalue(), ALL, format="parquet")
    assert [tuple(row.values())[2:] for row in table.to_pylist()] == [
        (None, 1, None, None),
        (None, 2, None, None),
        (None, 3, None, None),
    ]


def test_a_column_of_the_data_keeps_its_name() -> None:
    table = read(b"_line,b\n7,8\n", ("_line",))
    assert table.to_pylist() == [{"_line": 7, "b": 8, "_line_2": 2}]
    assert table.schema.field("_line_2").metadata[b"logflow:name"] == b"_line"


@pytest.mark.parametrize(
    ("names", "message"),
    [(("_row",), "_record, _line, _byte_offset"), (("_line", "_line"), "name one twice")],
)
def test_other_names_are_refused(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        read(b"a\n1\n", names)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=TEXT,
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252", "shift_jis_2004"]),
    way=st.sampled_from([{"chunk_bytes": 1}, {"chunk_rows": 2, "threads": 4}]),
)
def test_division_does_not_matter(text: str, encoding: str, way: dict[str, Any]) -> None:
    data = text.encode(encoding)
    try:
        expected = read(data, encoding=encoding)
    except LogflowError:
        return
    assert read(data, encoding=encoding, **way) == expected
    ends = [0, *(end.end() for end in re.finditer("\r\n|\r|\n", text))]
    for record, line, offset in places(expected):
        assert offset == len(text[: ends[line - 1]].encode(encoding))
        assert 1 <= record <= line

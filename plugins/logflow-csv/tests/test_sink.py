"""CSV written: every rule by example, and what is read back."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logflow_csv.sink import CsvEncoder, CsvSinkOptions

import logflow
from logflow.errors import DataError, OptionError, SchemaError
from logflow.testing import SinkConformance


class TestCsv(SinkConformance):
    name = "csv"


class TestTsv(SinkConformance):
    name = "tsv"


TABLE = pa.table(
    {
        "id": [1, None],
        "text": ['a "b", c', ""],
        "none": pa.nulls(2),
        "list": [[1, None], None],
        "row": [{"a": "x,"}, None],
    }
)
HEAD = '"id","text","none","list","row"\n'
# name: options, text
WRITTEN: dict[str, tuple[dict[str, Any], str]] = {
    "as it is": (
        {},
        HEAD + '1,"a ""b"", c",,"[1,null]","{""a"":""x,""}"\n,"",,,\n',
    ),
    "semicolons": (
        {"delimiter": ";", "header": False},
        '1;"a ""b"", c";;"[1,null]";"{""a"":""x,""}"\n;"";;;\n',
    ),
    "all in quotes": (
        {"quoting": "all", "header": False},
        '"1","a ""b"", c",,"[1,null]","{""a"":""x,""}"\n,"",,,\n',
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_written(name: str, tmp_path: Path) -> None:
    options, text = WRITTEN[name]
    logflow.convert(_ipc(TABLE), tmp_path / "out.csv", sink_options=options)
    assert (tmp_path / "out.csv").read_text() == text


def _ipc(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


# name: table, options, error, message
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], type[Exception], str]] = {
    "bytes": ({"a": [b"x"], "b": [1]}, {}, SchemaError, "column a: CSV has no place for binary"),
    "a null alone": ({"a": ["x", None]}, {}, DataError, "would be a blank line"),
    "no quotes": (
        {"a": ["x,y"], "b": [1]},
        {"quoting": "none"},
        DataError,
        "structural characters.*quoting is none",
    ),
    "delimiter": ({"a": [1]}, {"delimiter": "||"}, OptionError, "a character of ASCII"),
    "partitions": ({"a": [1]}, {"partition_by": "a"}, OptionError, "divides files"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    columns, options, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        logflow.convert(_ipc(pa.table(columns)), tmp_path / "out.csv", sink_options=options)
    assert not list(tmp_path.iterdir())


@given(
    rows=st.lists(
        st.tuples(
            st.none()
            | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
            | st.text('",\r\n \t', max_size=9),
            st.none() | st.integers(-9, 9),
        ),
        max_size=9,
    ),
    size=st.integers(1, 9),
)
@settings(deadline=None)
def test_records_are_read_back(rows: list[tuple[str | None, int | None]], size: int) -> None:
    schema = pa.schema([("a", pa.string()), ("b", pa.int64())])
    options = CsvSinkOptions(row_group_rows=size)
    table = pa.Table.from_arrays(
        [pa.array([r[i] for r in rows], f.type) for i, f in enumerate(schema)], schema=schema
    )
    encoder = CsvEncoder(schema=schema, options=options)
    data = b"".join(part.data for part in encoder.encode(table.to_batches(), 0))
    found = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert found == [["" if v is None else str(v) for v in row] for row in rows]
    back = logflow.read(
        data,
        format="csv",
        header=False,
        names=["a", "b"],
        columns={"a": "string", "b": "int64"},
        encoding="utf-8",
        delimiter=",",
        quote='"',
        escape='"',
    ).read_all()
    assert back.to_pylist() == [{"a": a, "b": b} for a, b in rows]

"""Many inputs of one table: the union of their columns, and what each has otherwise."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow
from logflow.errors import SchemaError
from logflow.testing import SampleSource

USUAL = b"id,city\n1,Rome\n2,Oslo\n"


def converted(inputs: Sequence[bytes], **options: Any) -> tuple[logflow.ConvertResult, pa.Table]:
    out = io.BytesIO()
    sources = [SampleSource(data, f"{number}.csv") for number, data in enumerate(inputs)]
    result = logflow.convert(sources, out, to="parquet", **options)
    return result, pq.read_table(io.BytesIO(out.getvalue()))


def drifts(inputs: Sequence[bytes], **options: Any) -> list[str]:
    files = converted(inputs, **options)[0].receipt.files
    return ["" if file.drift is None else str(file.drift) for file in files]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        pytest.param([USUAL], [""], id="one"),
        pytest.param([USUAL, USUAL], ["", ""], id="two alike"),
        pytest.param([USUAL, b"city;id\nRome;1\nOslo;2\n"], ["", ""], id="order and delimiter"),
        pytest.param([USUAL, b"id\n1\n2\n"], ["", "without city"], id="missing"),
        pytest.param([b"id\n1\n2\n", USUAL], ["", "with city"], id="extra, of halves"),
        pytest.param([b"id\n1\n2\n", USUAL, USUAL], ["without city", "", ""], id="the first"),
        pytest.param(
            [USUAL, b"ID,city\n1,Rome\n2,Oslo\n"], ["", "without id, with ID"], id="letter case"
        ),
        pytest.param(
            [USUAL, b"id,city\n007,Rome\n2,Oslo\n"], ["", "id is string"], id="another type"
        ),
        pytest.param(
            [b"d,n\n31/12/2012,1\n", b"d,n\n12/31/2012,1\n", b"d,n\n30/12/2012,1\n"],
            ["", "d is date32[day] mdy", ""],
            id="another order of dates",
        ),
        pytest.param([b"", USUAL, b"\n\n"], ["", "", ""], id="empty inputs"),
        pytest.param([USUAL, b"id,city\n"], ["", ""], id="a header alone"),
        pytest.param([USUAL, b"id,city\n,Rome\n,Oslo\n"], ["", ""], id="no values"),
        pytest.param(
            [USUAL, "\ufeffid,city\n1,Orléans\n2,Besançon\n".encode("utf-16-le")],
            ["", "utf-16-le"],
            id="encoding",
        ),
    ],
)
def test_drift(inputs: list[bytes], expected: list[str]) -> None:
    assert drifts(inputs) == expected


def test_a_declared_type_does_not_drift() -> None:
    inputs = [USUAL, b"id,city\n007,Rome\n2,Oslo\n"]
    assert drifts(inputs, columns={"id": "string"}) == ["", ""]
    assert drifts(inputs, all_text=True) == ["", ""]


def test_readers_of_text_know_columns_that_come_late() -> None:
    data = b'{"a": 1}\n{"b": 2}\n'
    rows = logflow.read(data, format="jsonl", all_text=True, chunk_rows=1).read_all()
    assert rows.to_pylist() == [{"a": "1", "b": None}, {"a": None, "b": "2"}]


@pytest.mark.parametrize("empty", [b"", b"\n", b"\r\n\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_empty_inputs_are_neutral(empty: bytes, place: int) -> None:
    inputs = [USUAL, b"id,n\n3,2.5\n4,1.5\n"]
    with_empty = [*inputs[:place], empty, *inputs[place:]]
    assert converted(with_empty)[1].equals(converted(inputs)[1], check_metadata=False)
    assert converted(with_empty)[0].schema.equals(converted(inputs)[0].schema)


def test_columns_in_order_of_first_appearance() -> None:
    table = converted([b"b,a\n1,2\n", b"c,a,B\n3,4,5\n"])[1]
    assert table.to_pylist() == [
        {"b": 1, "a": 2, "c": None, "B": None},
        {"b": None, "a": 4, "c": 3, "B": 5},
    ]


@pytest.mark.parametrize(
    ("options", "groups"),
    [({}, 1), ({"chunk_bytes": 60}, 20), ({"chunk_rows": 9}, 14), ({"chunk_rows": 1}, 80)],
    ids=str,
)
def test_small_inputs_share_row_groups(options: dict[str, Any], groups: int) -> None:
    """As many as a chunk may hold: 40 inputs of 23 bytes, 3 records and 2 rows."""
    out = io.BytesIO()
    sources = [SampleSource(USUAL, f"{number}.csv") for number in range(40)]
    result = logflow.convert(sources, out, to="parquet", **options)
    assert [file.written for file in result.receipt.files] == [2] * 40
    assert pq.read_metadata(out).num_row_groups == groups


def test_inputs_that_do_not_go_together_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(USUAL)
    pq.write_table(pa.table({"id": [1]}), tmp_path / "b.parquet")
    with pytest.raises(SchemaError, match=r"b\.parquet: column 'id': it is text in one input"):
        logflow.convert(tmp_path, tmp_path / "o.parquet")


def test_formats_are_compared(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"n\n1\n2\n")
    pq.write_table(pa.table({"id": [1]}), tmp_path / "b.parquet")
    files = logflow.convert(tmp_path, tmp_path / "o.parquet").receipt.drifted
    assert [str(file.drift) for file in files] == ["without n, with id, parquet"]


NAME = st.sampled_from(["id", "Id", "n", "x y", "é"])
CELL = st.sampled_from(["1", "2.5", "007", "", "true", "text", "2026-02-28", "31/12/2012"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    header = draw(st.lists(NAME, min_size=2, max_size=4, unique=True))
    row = st.tuples(*[CELL] * len(header))
    rows = draw(st.lists(row, max_size=6))
    return "".join(",".join(cells) + "\n" for cells in [tuple(header), *rows]).encode()


@settings(deadline=None, max_examples=60)
@given(
    inputs=st.lists(st.one_of(files(), st.just(b"")), min_size=1, max_size=4),
    way=st.sampled_from(
        [{"chunk_bytes": 1}, {"chunk_rows": 2, "threads": 4}, {"chunk_bytes": 9, "threads": 1}]
    ),
)
def test_division_does_not_matter(inputs: list[bytes], way: dict[str, Any]) -> None:
    options = {"delimiter": ",", "header": True, "errors": "permissive"}
    whole, table = converted(inputs, **options)
    divided, same = converted(inputs, **options, **way)
    assert same.equals(table, check_metadata=True)
    assert divided.receipt.files == whole.receipt.files
    assert divided.receipt.columns == whole.receipt.columns
    names = [
        name for data in inputs for name in data.decode().partition("\n")[0].split(",") if name
    ]
    assert table.column_names == list(dict.fromkeys(names))
    assert table.num_rows == whole.receipt.written == sum(f.written for f in whole.receipt.files)


@settings(deadline=None, max_examples=40)
@given(inputs=st.lists(files(), min_size=1, max_size=4))
def test_drift_explains_nulls_and_nothing_else(inputs: list[bytes]) -> None:
    """An input has exactly the usual columns, without those missing and with the extra ones."""
    receipt = converted(inputs, delimiter=",", header=True, errors="permissive")[0].receipt
    missing = [set(file.drift.missing if file.drift else ()) for file in receipt.files]
    extra = [set(file.drift.extra if file.drift else ()) for file in receipt.files]
    own = [set(data.decode().partition("\n")[0].split(",")) for data in inputs]
    usual = [columns - more | less for columns, more, less in zip(own, extra, missing, strict=True)]
    assert all(each == usual[0] for each in usual)

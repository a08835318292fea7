"""Source coordinates: each row tells where it comes from, however the work is divided."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import logflow
from logflow.errors import OptionError
from logflow.ingest.adapters import as_chunk_decoder
from logflow.ingest.coordinates import decode
from logflow.ingest.stored import StoredText, stored_offsets
from logflow.interfaces.decoder import Chunk, DecodedBatch, Malformed, Origin, Position
from logflow.options import DecodeOptions
from logflow.testing import SampleSource

ALL = ("_file", "_member", "_record", "_line", "_byte_offset")
WAYS: list[dict[str, Any]] = [
    {},
    {"chunk_bytes": 1},
    {"chunk_rows": 2, "threads": 4},
    {"chunk_bytes": 40, "threads": 1},
]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "cp037", "shift_jis")
LINE_END = re.compile(rb"\r\n|\r|\n")

REST = st.sampled_from(["x", "", '"two\nlines"', '"a\r\nb"', "#", 'x"y', '"a,b"', '"open', "¥"])
END = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])
RECORDS = st.lists(st.tuples(REST, END), max_size=12)
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def located(source: Any, coordinates: Any = ALL, **options: Any) -> list[dict[str, Any]]:
    options = {"errors": "permissive", **options}
    rows: list[dict[str, Any]] = (
        logflow.read(source, coordinates=coordinates, **options).read_all().to_pylist()
    )
    return rows


@SLOW
@given(records=RECORDS, encoding=st.sampled_from(ENCODINGS), way=st.sampled_from(WAYS))
def test_rows_are_found_where_they_say(
    records: list[tuple[str, str]], encoding: str, way: dict[str, Any]
) -> None:
    """Each row's id is at its byte, behind as many line ends as its line says."""
    text = "id,text\n" + "".join(f"id{i},{rest}{end}" for i, (rest, end) in enumerate(records))
    data = text.encode(encoding, "replace")
    options = {"format": "csv", "delimiter": ",", "header": True, "encoding": encoding}
    rows = located(SampleSource(data, "x.csv"), quote='"', all_text=True, **options, **way)
    plain = encoding.replace("-sig", "").replace("16", "16-le").replace("le-be", "be")
    plain = plain.replace("32", "32-le")
    for row in rows:
        before, at = data[: row["_byte_offset"]], data[row["_byte_offset"] :]
        assert at.startswith(f"{row['id']},".encode(plain))
        before_it = before.decode(encoding, "replace").encode()
        assert row["_line"] == 1 + len(LINE_END.findall(before_it))
        assert (row["_file"], row["_member"]) == ("x.csv", None)
    numbers = [row["_record"] for row in rows]
    assert numbers == sorted(set(numbers))


@SLOW
@given(records=RECORDS, way=st.sampled_from(WAYS[1:]), step=st.sampled_from([None, 1, 5]))
def test_division_does_not_matter(
    records: list[tuple[str, str]], way: dict[str, Any], step: int | None
) -> None:
    data = "".join(f"{i},{rest}{end}" for i, (rest, end) in enumerate(records)).encode()
    whole = located(SampleSource(data, "x.csv"), format="csv")
    assert located(SampleSource(data, "x.csv", step), format="csv", **way) == whole


def test_processes_do_not_matter() -> None:
    data = b"a,b\n1,x\n2\n\n3,z\n"
    source = SampleSource(data, "x.csv")
    whole = located(source)
    assert [(row["_record"], row["_line"], row["_byte_offset"]) for row in whole] == [
        (2, 2, 4),
        (5, 5, 11),
    ]
    assert located(source, executor="processes", threads=2, chunk_rows=1) == whole


def test_rows_and_rejects_have_the_same_numbers(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"a,b\n1,x\n2\n# c\n3,9,z\n4,y\n")
    out = tmp_path / "x.parquet"
    result = logflow.convert(tmp_path / "x.csv", out, coordinates=ALL, columns={"a": "int8"})
    rejects = pq.read_table(result.rejects_path).to_pylist()
    rows = pq.read_table(out).to_pylist()
    places = [(r["record"], r["line"], r["byte_offset"], r["file"], r["member"]) for r in rejects]
    places += [
        (r["_record"], r["_line"], r["_byte_offset"], r["_file"], r["_member"]) for r in rows
    ]
    starts = {2: 4, 3: 8, 5: 14, 6: 20}  # the first is the header, the fourth a comment
    assert sorted(places) == [
        (i, i, at, result.receipt.files[0].file, None) for i, at in starts.items()
    ]
    assert [column.name for column in result.receipt.columns] == ["a", "b", *ALL]


def test_values_that_are_rejected_late_take_their_coordinates_along() -> None:
    data = b"n,t\n1,a\nx,b\n3,c\n"
    rows = located(SampleSource(data, "x.csv"), ("_line", "_record"), columns={"n": "int64"})
    assert [tuple(row.values()) for row in rows] == [(1, "a", 2, 2), (3, "c", 4, 4)]


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"a\n1\n", ["a", "_file", "_record"]),
        (b"_file,b\n1,2\n", ["_file", "b", "_file_2", "_record"]),
        (b"_record,_record\n1,2\n", ["_record", "_record_2", "_file", "_record_3"]),
    ],
)
def test_a_name_of_the_data_stays_what_it_is(data: bytes, names: list[str]) -> None:
    reader = logflow.read(
        SampleSource(data, "x.csv"), format="csv", header=True, coordinates=("_file", "_record")
    )
    assert reader.schema.names == names
    file = reader.schema.field(names[-2])
    assert (file.metadata or {}).get(b"logflow:name", file.name.encode()) == b"_file"
    assert reader.read_all()[file.name].to_pylist() == ["x.csv"]


def test_a_name_that_comes_late_stays_what_it_is() -> None:
    data = [SampleSource(b"a,b\n1,2\n", "x.csv"), SampleSource(b"a,_file\n1,2\n", "y.csv")]
    table = logflow.read(data, coordinates="_file").read_all()
    assert table.to_pydict() == {
        "a": [1, 1],
        "b": [2, None],
        "_file": [None, 2],
        "_file_2": ["x.csv", "y.csv"],
    }


@given(
    stored=st.binary(max_size=40),
    encoding=st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "cp1252", "cp037", "gb18030"]),
)
def test_ill_formed_bytes_take_their_place(stored: bytes, encoding: str) -> None:
    """Where each character is stored, as the scalar way back says."""
    origin = Origin(start=7, encoding=encoding, stored=stored)
    text = codecs.getincrementaldecoder(encoding)("logflow.keep").decode(stored, final=True)
    sizes = [len(char.encode("utf-8", "surrogatepass")) for char in text]
    offsets = [3 + sum(sizes[:i]) for i in range(len(text) + 1)]
    chunk = Chunk(
        decoder="", source=SampleSource(b""), index=0, start=3, length=0, records=0,
        first_record=1, first_line=1, origin=origin,
    )  # fmt: skip
    scalar = StoredText(origin)
    assert stored_offsets(pa.array(offsets, pa.int64()), chunk).to_pylist() == [
        7 + scalar.offset(offset - 3) for offset in offsets
    ]


def test_compressed_bytes_are_counted_as_what_they_hold() -> None:
    data = b"a,b\n1,x\n2,y\n"
    rows = located(SampleSource(gzip.compress(data), "x.csv.gz"), ("_byte_offset",))
    assert [row["_byte_offset"] for row in rows] == [4, 8]


def test_members_of_archives() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.csv", "a,b\n1,2\n")
        archive.writestr("two.csv", "a,b\n3,4\n5,6\n")
    rows = located(SampleSource(packed.getvalue(), "x.zip"), ("_member", "_record"))
    assert [(row["_member"], row["_record"]) for row in rows] == [
        ("one.csv", 2),
        ("two.csv", 2),
        ("two.csv", 3),
    ]


@pytest.mark.parametrize("chunk", [{}, {"chunk_rows": 1}])
def test_binary_formats_have_records_but_no_lines(chunk: dict[str, int]) -> None:
    packed = io.BytesIO()
    pq.write_table(pa.table({"n": [1, 300, 3]}), packed, row_group_size=2)
    source = SampleSource(packed.getvalue(), "x.parquet")
    rows = located(source, columns={"n": "int8"}, **chunk)
    assert [tuple(row.values()) for row in rows] == [
        (1, "x.parquet", None, 1, None, None),
        (3, "x.parquet", None, 3, None, None),
    ]


def test_head_and_schema_have_them_too() -> None:
    source = SampleSource(b"a,b\n1,x\n2,y\n", "x.csv")
    head = logflow.head(source, 1, coordinates="_file,_line")
    assert head.to_pylist() == [{"a": 1, "b": "x", "_file": "x.csv", "_line": 2}]
    assert list(logflow.schema(source, coordinates="_line")) == ["a", "b", "_line"]


@pytest.mark.parametrize(
    ("coordinates", "message"),
    [("_file,_row", "one of _file, _member"), (("_file", "_file"), "name one twice")],
)
def test_what_is_no_coordinate_is_an_error(coordinates: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        logflow.read(b"a,b\n1,2\n", coordinates=coordinates)


class Lines:
    """A small decoder: positions come with the records."""

    def records(self, stream: Any) -> Iterator[Any]:
        at = 0
        for number, line in enumerate(stream, start=1):
            record = Malformed("bad") if line == b"!\n" else {"text": line.decode().strip()}
            if line != b"\n":
                yield Position(number, number, at), record
            at += len(line)


class Quiet:
    """A full-size decoder that says nothing of positions: every line is a row or skipped."""

    def __init__(self, skipped: int) -> None:
        self._skipped = skipped

    def decode(self, chunk: Chunk, schema: pa.Schema, options: Any) -> Iterator[DecodedBatch]:
        rows = chunk.records - self._skipped
        for part in (rows // 2, rows - rows // 2):
            batch = pa.RecordBatch.from_arrays([pa.nulls(part, pa.int64())], schema=schema)
            yield DecodedBatch(batch=batch, facts={})


SCHEMA = pa.schema(
    [("text", pa.string()), ("_file", pa.string()), ("_record", pa.int64()),
     ("_line", pa.int64()), ("_byte_offset", pa.int64())]
)  # fmt: skip


def test_small_decoders_get_them_without_a_word() -> None:
    decoder = as_chunk_decoder(Lines(), "lines")
    options = DecodeOptions(coordinates=("_file", "_record", "_line", "_byte_offset"))
    source = SampleSource(b"a\n\n!\nb\nc\n", "x.txt")
    rows = [
        tuple(row.values())
        for chunk in decoder.split(source, None, options)
        for batch in decode(decoder, chunk, SCHEMA, options)
        for row in batch.batch.to_pylist()
    ]
    assert rows == [("a", "x.txt", 1, 1, 0), ("b", "x.txt", 4, 4, 5), ("c", "x.txt", 5, 5, 7)]


@pytest.mark.parametrize(("skipped", "records"), [(0, [7, 8, 9]), (1, [None, None])])
def test_decoders_that_say_nothing(skipped: int, records: list[int | None]) -> None:
    """Records are numbered where none is passed over, else they are null; files are known."""
    chunk = Chunk(
        decoder="quiet",
        source=SampleSource(b"", "x.bin"),
        index=0,
        start=0,
        length=0,
        records=3,
        first_record=7,
        first_line=None,
    )
    schema = pa.schema(
        [("n", pa.int64()), ("_record", pa.int64()), ("_file", pa.string()), ("_line", pa.int64())]
    )
    options = DecodeOptions(coordinates=("_record", "_file", "_line"))
    decoder: Any = Quiet(skipped)
    rows = [
        row for batch in decode(decoder, chunk, schema, options) for row in batch.batch.to_pylist()
    ]
    assert rows == [
        {"n": None, "_record": record, "_file": "x.bin", "_line": None} for record in records
    ]

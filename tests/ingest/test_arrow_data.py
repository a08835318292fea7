"""What plugins share for Arrow data: staged files, pieces, plain types, validity, errors."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from logflow.errors import DecodeError, OptionError, StorageError
from logflow.ingest.arrow_errors import decode_errors
from logflow.ingest.pieces import cut
from logflow.ingest.plain import plain, plain_type, rebuilt
from logflow.ingest.random_access import seekable
from logflow.ingest.schema.names import distinct
from logflow.ingest.staged import StagedWriter, path_segment
from logflow.ingest.validity import check_batch

TEXTS = pa.dictionary(pa.int8(), pa.string())


@given(st.lists(st.binary(max_size=50)))
def test_a_staged_writer_knows_what_was_written(pieces: list[bytes]) -> None:
    stream = io.BytesIO()
    writer = StagedWriter(stream, "a")
    for piece in pieces:
        assert writer.write(piece) == len(piece)
    data = b"".join(pieces)
    assert (stream.getvalue(), writer.size) == (data, len(data))
    assert writer.checksum == f"xxh3_128:{xxhash.xxh3_128(data).hexdigest()}"


class FullDisk(io.BytesIO):
    def write(self, data: object) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", [lambda writer: writer.write(b"x"), StagedWriter.flush])
def test_a_full_disk_is_named(call: Any) -> None:
    with pytest.raises(StorageError, match=r"cannot write a\.bin: No space left on device"):
        call(StagedWriter(FullDisk(), "a.bin"))


@given(st.text(), st.text())
def test_path_segments_are_distinct_and_harmless(one: str, other: str) -> None:
    segment = path_segment(one)
    assert "/" not in segment
    assert "\0" not in segment
    assert not segment.startswith((".", "_"))
    assert (segment == path_segment(other)) == (one == other)


@given(st.lists(st.sampled_from(["a", "b", "a_2", "a_2_2", ""]), max_size=12))
def test_names_become_distinct(names: list[str]) -> None:
    found = distinct(names)
    assert len(set(found)) == len(names)
    first = {name: names.index(name) for name in names}
    assert all(found[at] == name for name, at in first.items())


@given(st.lists(st.text(max_size=20)), st.integers(1, 9), st.integers(1, 60))
def test_pieces_are_the_table_in_order(texts: list[str], rows: int, size: int) -> None:
    table = pa.table({"a": pa.array(texts, pa.string())})
    pieces = list(cut(table, rows=rows, size=size))
    assert pa.concat_tables(pieces or [table]).equals(table)
    for piece in pieces:
        assert 1 <= piece.num_rows <= rows
        assert piece.num_rows == 1 or piece.nbytes <= size + 1


def test_a_shared_dictionary_does_not_cut_a_table_to_single_rows() -> None:
    long = pa.array(["x" * 10_000, "y"] * 50).dictionary_encode()
    pieces = list(cut(pa.table({"a": long}), rows=100, size=1000))
    assert [piece.num_rows for piece in pieces] == [100]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (pa.int8(), pa.int8()),
        (TEXTS, pa.string()),
        (pa.list_(TEXTS), pa.list_(pa.string())),
        (pa.large_list(TEXTS), pa.large_list(pa.string())),
        (pa.list_view(TEXTS), pa.list_view(pa.string())),
        (pa.list_(TEXTS, 2), pa.list_(pa.string(), 2)),
        (pa.map_(TEXTS, TEXTS), pa.map_(pa.string(), pa.string())),
        (pa.struct([pa.field("x", TEXTS, nullable=False)]),
         pa.struct([pa.field("x", pa.string(), nullable=False)])),
        (pa.dictionary(pa.int8(), TEXTS), pa.string()),
    ],
)  # fmt: skip
def test_plain_types(kind: pa.DataType, expected: pa.DataType) -> None:
    assert plain_type(kind) == expected


def test_types_inside_of_dictionaries_are_rebuilt() -> None:
    found = rebuilt(TEXTS, {pa.string(): pa.large_string()}.get)
    assert found == pa.dictionary(pa.int8(), pa.large_string())


def test_dictionaries_that_are_kept() -> None:
    table = pa.table({"a": pa.array(["x"], TEXTS), "b": pa.array([1]).dictionary_encode()})
    assert plain(table, keep=[pa.string()]).schema.types == [TEXTS, pa.int64()]


def with_offsets(*offsets: int) -> pa.Array:
    buffers = [None, pa.array(offsets, pa.int32()).buffers()[1], pa.py_buffer(b"ab")]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


@pytest.mark.parametrize(
    "column",
    [
        with_offsets(0, 100, 2),
        with_offsets(0, 2, 1),
        pa.array([b"\xff"]).view(pa.string()),
        pa.DictionaryArray.from_arrays(pa.array([7]), ["x"], safe=False),
        pa.StructArray.from_arrays([with_offsets(0, 100, 2)], ["x"]),
    ],
)
def test_harmful_buffers(column: pa.Array) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowIndexError), match="column 'a'"):
        check_batch(pa.RecordBatch.from_arrays([column], ["a"]))


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (12_810, pa.date64()),
        (1 << 40, pa.time64("us")),
        (1 << 30, pa.time32("s")),
        (10**18, pa.decimal64(3, 2)),
    ],
)
def test_harmless_numbers(number: int, kind: pa.DataType) -> None:
    width = pa.int32() if kind.bit_width == 32 else pa.int64()
    check_batch(pa.record_batch({"a": pa.array([number], width).view(kind)}))


class NoSeek(io.RawIOBase):
    """Gives a byte a read."""

    def __init__(self, data: bytes) -> None:
        self.stream = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self.stream.read(1)

    def seekable(self) -> bool:
        return False


def test_streams_without_seek_are_kept() -> None:
    assert seekable(NoSeek(b"spam")).read() == b"spam"
    stream = io.BytesIO()
    assert seekable(stream) is stream


@pytest.mark.parametrize(
    ("raised", "expected", "message"),
    [
        (pa.ArrowInvalid("bad\nin detail"), DecodeError, "^a, record 7: bad$"),
        (ValueError(), DecodeError, "^a, record 7: ValueError$"),
        (OSError("Corrupt snappy compressed data."), DecodeError, "Corrupt"),
        (OSError(5, "Input/output error"), StorageError, "^cannot read a: Input/output error$"),
        (OptionError("mine"), OptionError, "^mine$"),
        (KeyError("a mistake"), KeyError, "a mistake"),
    ],
)
def test_errors_of_pyarrow(raised: Exception, expected: type[Exception], message: str) -> None:
    with pytest.raises(expected, match=message), decode_errors("a", record=7):
        raise raised

"""What is read ahead is what the stream gives, and nothing of it stays behind."""

from __future__ import annotations

import gc
import gzip
import io
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logflow.engine import Engine
from logflow.errors import DecodeError
from logflow.ingest import read_ahead
from logflow.ingest.read_ahead import BLOCK, BLOCKS, ReadAhead


class Breaking(io.BytesIO):
    """Gives its bytes, then an error."""

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if count := super().readinto(buffer):
            return count
        raise DecodeError("it ends in the middle", byte_offset=7)


def readers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "logflow-read"]


@given(data=st.binary(max_size=500), sizes=st.lists(st.integers(1, 90), min_size=1, max_size=4))
def test_the_bytes_are_the_same(data: bytes, sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_ahead, "BLOCK", 40)
        stream = ReadAhead(io.BytesIO(data))
    found = b""
    while piece := stream.read(sizes[0]):
        assert len(piece) <= sizes[0]
        found += piece
        sizes = sizes[1:] + sizes[:1]
    assert found == data
    assert stream.read(1) == b"" == stream.read()
    stream.close()


@pytest.mark.parametrize("size", [0, 10, BLOCK, 3 * BLOCK + 1])
def test_an_error_comes_behind_the_bytes_and_stays(size: int) -> None:
    with ReadAhead(Breaking(bytes(size))) as stream:
        found = 0
        for _ in range(size // BLOCK + (size % BLOCK > 0)):
            found += len(stream.read(BLOCK))
        assert found == size
        for _ in range(3):
            with pytest.raises(DecodeError, match=r"^byte 7: it ends in the middle"):
                stream.read(BLOCK)


@pytest.mark.parametrize("blocks", [0, 1, 9])
def test_closing_ends_the_thread_and_closes_the_stream(blocks: int) -> None:
    below = io.BytesIO(bytes(20 * BLOCK))
    stream = ReadAhead(below)
    for _ in range(blocks):
        stream.read(BLOCK)
    stream.close()
    stream.close()
    assert below.closed
    assert readers() == []
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)


def test_no_more_is_read_than_may_wait() -> None:
    below = io.BytesIO(bytes(20 * BLOCK))
    with ReadAhead(below) as stream:
        stream.read(1)
        while len(readers()) and stream._filled.qsize() < BLOCKS - 1:
            pass
        assert below.tell() == BLOCKS * BLOCK


def test_one_that_is_forgotten_ends_too() -> None:
    below = io.BytesIO(bytes(20 * BLOCK))
    stream = ReadAhead(below)
    stream.read(1)
    del stream
    gc.collect()
    assert below.closed
    assert readers() == []


@pytest.mark.parametrize("cut", [0, 30])
@pytest.mark.parametrize("rows", [1, 40_000])
def test_a_conversion_leaves_no_thread(tmp_path: Path, rows: int, cut: int) -> None:
    data = gzip.compress(b"id,name\n" + (b"1," + b"some name " * 12 + b"\n") * rows, mtime=0)
    source = tmp_path / "a.csv.gz"
    source.write_bytes(data[: len(data) - cut])
    with Engine() as engine:
        if cut:
            with pytest.raises(DecodeError, match=r"a\.csv\.gz, byte \d+: gzip data: it ends in"):
                engine.convert(str(source), str(tmp_path / "a.parquet"))
        else:
            done = engine.convert(str(source), str(tmp_path / "a.parquet"))
            assert done.receipt.files[0].stored_bytes == len(data)
            assert done.receipt.rows_in_output == rows
    assert readers() == []

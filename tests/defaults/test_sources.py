from __future__ import annotations

import gc
import io
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from logflow.defaults.sources import (
    FileProvider,
    FileSource,
    MemorySource,
    SpoolingSource,
    StreamSource,
    spool,
)
from logflow.defaults.streams import stream_of
from logflow.errors import LogflowError, SourceNotFoundError, StorageError, UsageError
from logflow.interfaces.source import Source, SourceIdentity, SourceProvider, SupportsRanges
from logflow.testing.source import SourceConformance


class TestFileSource(SourceConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self, data: bytes) -> Source:
        path = self.folder / "data.bin"
        path.write_bytes(data)
        return FileSource(str(path))

    def missing(self) -> Source:
        return FileSource(str(self.folder / "missing.bin"))


class TestMemorySource(SourceConformance):
    def make(self, data: bytes) -> Source:
        return MemorySource(data)


class TestStreamSource(SourceConformance):
    picklable = False

    def make(self, data: bytes) -> Source:
        return StreamSource(io.BytesIO(data))


@pytest.mark.parametrize("max_memory", [1, 1000, 64_000_000], ids="{} in memory".format)
class TestSpool(SourceConformance):
    picklable = False

    @pytest.fixture(autouse=True)
    def _memory(self, max_memory: int) -> None:
        self.max_memory = max_memory

    def make(self, data: bytes) -> Source:
        return spool(io.BytesIO(data), max_memory=self.max_memory)


@pytest.mark.parametrize(
    "source",
    [FileSource("x"), MemorySource(b"x"), StreamSource(io.BytesIO()), spool(io.BytesIO())],
)
def test_protocols(source: Source) -> None:
    assert isinstance(source, Source)
    assert isinstance(source, SupportsRanges) == isinstance(source, FileSource | MemorySource)
    assert isinstance(FileProvider(), SourceProvider)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda d: d / "missing", SourceNotFoundError, "missing: no such file"),
        (lambda d: d / "file" / "below", SourceNotFoundError, "below: no such file"),
        (lambda d: d, StorageError, "is a directory"),
        (lambda d: f"{d}/a\0b", SourceNotFoundError, r"a\\x00b': not a path"),
        (lambda d: d / ("x" * 300), StorageError, "too long"),
        (lambda d: d / "loop", StorageError, "symbolic links"),
        (lambda d: d / "line\nbreak", SourceNotFoundError, r"line\\nbreak': no such file"),
        (lambda d: "/proc/self/mem", StorageError, "/proc/self/mem: Input/output error"),
    ],
)
def test_file_errors(
    tmp_path: Path, make: Callable[[Path], object], error: type[LogflowError], message: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    source = FileSource(str(make(tmp_path)))
    for size in (-1, 5):
        with pytest.raises(error, match=message) as caught, source.open() as stream:
            stream.read(size)
        assert "\n" not in str(caught.value)


def test_file_permission(ordinary_user: Path) -> None:
    path = ordinary_user / "secret"
    path.touch(0o000)
    with pytest.raises(StorageError, match="secret: permission denied"):
        FileSource(str(path)).open()


def test_file_identity_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    source = FileSource(str(path))
    before = source.identity()
    assert before == SourceIdentity(size=3, mtime_ns=path.stat().st_mtime_ns)
    path.write_bytes(b"longer")
    assert source.identity() != before
    path.unlink()
    with pytest.raises(SourceNotFoundError):
        source.identity()


def open_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def test_streams_close_what_is_below(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"data")
    source = FileSource(str(tmp_path / "a"))
    before = open_files()
    for stream in (source.open(), source.open_range(1), source.open_range(9)):
        stream.close()
    assert open_files() == before


@pytest.mark.parametrize(
    "data", [bytearray(b"data"), memoryview(b"data"), memoryview(b"-d-a-t-a")[1::2]]
)
def test_memory_copies_what_may_change(data: bytearray | memoryview) -> None:
    source = MemorySource(data)
    if isinstance(data, bytearray):
        data[:] = b"1234"
    assert source.open().read() == b"data"
    assert pickle.loads(pickle.dumps(source)) == source
    assert repr(source) == "MemorySource(location='<memory>')"


@pytest.mark.parametrize("data", ["text", 5, None])
def test_memory_is_bytes(data: object) -> None:
    with pytest.raises(TypeError):
        MemorySource(data)  # type: ignore[arg-type]


def test_stream_stays_open() -> None:
    stream = io.BytesIO(b"skipped,rest")
    stream.read(8)
    with StreamSource(stream, "upload").open() as opened:
        assert opened.read() == b"rest"
    assert not stream.closed


@pytest.mark.parametrize(
    ("stream", "error", "message"),
    [
        (io.StringIO("text"), UsageError, "binary stream"),
        (stream_of(iter(())), StorageError, "closed"),
    ],
)
def test_stream_errors(stream: BinaryIO, error: type[LogflowError], message: str) -> None:
    stream.close() if message == "closed" else None
    with pytest.raises(error, match=message):
        StreamSource(stream).open().read()


class Broken(io.BytesIO):
    """Gives half of its bytes, then an error, then the rest."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() == 6:
            self.seek(7)
            raise OSError("unplugged")
        return super().read(6)


def test_spool_remembers_an_error() -> None:
    source = spool(Broken(b"before after"))
    for _ in range(2):
        stream = source.open()
        assert stream.read(100) == b"before"
        for _ in range(2):
            with pytest.raises(StorageError, match="unplugged"):
                stream.read()


@pytest.mark.parametrize("max_memory", [10, 1 << 20])
def test_spool_goes_on_where_it_stopped(max_memory: int) -> None:
    data = bytes(range(256)) * 4000
    source = spool(io.BytesIO(data), max_memory=max_memory)
    first = source.open()
    assert first.read(10) == data[:10]
    second = source.open()
    second.seek(-5, io.SEEK_END)
    assert second.read() == data[-5:]
    second.seek(300_000)
    assert second.read(300) == data[300_000:300_300]
    second.seek(-300, io.SEEK_CUR)
    assert (second.read(1), second.tell()) == (data[300_000:300_001], 300_001)
    second.seek(len(data) + 9)
    assert second.read() == b""
    assert first.read() == data[10:]
    with pytest.raises(ValueError, match="from byte -1"):
        second.seek(-1)


def test_spool_serves_threads() -> None:
    data = os.urandom(8_000_000)
    source = spool(io.BytesIO(data), max_memory=500_000)
    found: list[bool] = []
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [
            threading.Thread(target=lambda: found.append(source.open().read() == data))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert found == [True] * 4


def test_spool_is_dropped() -> None:
    source = spool(io.BytesIO(b"data" * 100), max_memory=1)
    stream = source.open()
    assert stream.read(4) == b"data"
    source.close()
    source.close()
    with pytest.raises(StorageError, match="was closed"):
        source.open().read()
    spool(io.BytesIO()).close()
    forgotten = spool(io.BytesIO(b"data" * 100), max_memory=1)
    forgotten.open().read()
    before = open_files()
    del forgotten
    assert open_files() == before - 1


def test_pipe_is_spooled(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    (source,) = FileProvider().expand(str(path))
    assert isinstance(source, SpoolingSource)
    assert (source.location, source.replayable) == (str(path), True)
    writer = threading.Thread(target=path.write_bytes, args=(b"through the pipe",))
    writer.start()
    assert [source.open().read(), source.open().read()] == [b"through the pipe"] * 2
    writer.join()
    assert not FileSource(str(path)).replayable
    assert FileSource(str(path)).identity() == SourceIdentity()


def test_pipe_has_no_ranges() -> None:
    ends = os.pipe()
    try:
        with pytest.raises(StorageError, match="only readable from its start"):
            FileSource(f"/proc/self/fd/{ends[0]}").open_range(1)
    finally:
        for end in ends:
            os.close(end)


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"typed")))
    (source,) = FileProvider().expand("-")
    assert source.location == "<stdin>"
    assert [source.open().read(), source.open().read()] == [b"typed"] * 2
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceNotFoundError):
        FileProvider().expand("-")


def test_stream_keeps_bytes_before_an_error() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        yield b""
        yield b"two"
        raise StorageError("the end of it")

    reads: list[Callable[[BinaryIO], bytes]] = [
        lambda stream: stream.read(100),
        lambda stream: read_into(stream, bytearray(100)),
    ]
    for read in reads:
        stream = stream_of(pieces())
        assert read(stream) == b"onetwo"
        for _ in range(2):
            with pytest.raises(StorageError, match="the end of it"):
                read(stream)
    with pytest.raises(StorageError, match="the end of it"):
        stream_of(pieces()).read()


def read_into(stream: BinaryIO, buffer: bytearray) -> bytes:
    count = stream.readinto(buffer)  # type: ignore[attr-defined]
    return bytes(buffer[:count])


@pytest.mark.parametrize("size", [1, 5, 6, 100])
def test_stream_fills_buffers(size: int) -> None:
    stream = stream_of(iter([b"one", b"two"]))
    assert read_into(stream, bytearray(size)) == b"onetwo"[:size]
    assert read_into(stream, bytearray(size)) == b"onetwo"[size : 2 * size]


def test_stream_is_closed_once() -> None:
    closed: list[bool] = []
    stream = stream_of(iter([b"x"]), lambda: closed.append(True))
    stream.close()
    stream.close()
    del stream
    assert closed == [True]


def test_stream_reads_lines() -> None:
    stream = stream_of(iter([b"a\nb", b"", b"c\n", b"d"]))
    assert list(stream) == [b"a\n", b"bc\n", b"d"]


def test_adopts_objects(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"data")
    memory = MemorySource(b"data")
    with (tmp_path / "a.csv").open("rb") as file:
        adopted = [
            (FileProvider().adopt(thing), location)
            for thing, location in [
                (b"data", "<memory>"),
                (bytearray(b"data"), "<memory>"),
                (memory, "<memory>"),
                (StreamSource(io.BytesIO(b"data"), "socket"), "socket"),
                (io.BytesIO(b"data"), "<BytesIO>"),
                (file, str(tmp_path / "a.csv")),
            ]
        ]
        for source, location in adopted:
            assert source is not None
            assert (source.location, source.replayable) == (location, True)
            assert [source.open().read(), source.open().read()] == [b"data"] * 2
    assert FileProvider().adopt(memory) is memory
    nothing: list[object] = [None, 5, ["a.csv"], {}]
    for thing in nothing:
        assert FileProvider().adopt(thing) is None

from __future__ import annotations

import gzip
import io
import os
import pickle
import random
import stat
import struct
import subprocess
import tarfile
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from logflow.defaults.archives import TarArchive, ZipArchive
from logflow.defaults.codecs import GzipCodec
from logflow.defaults.sources import FileSource, MemorySource, spool
from logflow.defaults.streams import pieces_of
from logflow.errors import DecodeError
from logflow.ingest.reading import CodecSource
from logflow.interfaces.codec import Archive
from logflow.interfaces.source import Source, SourceIdentity

Members = list[tuple[str, bytes]]

LARGE = b"".join(b"%d,line %x\n" % (number, number**3) for number in range(40_000))
CONTENT: Members = [
    ("b.csv", b"id\n1\n"),
    ("a/empty", b""),
    ("a/large", LARGE),
    ("../../etc/passwd", b"no path"),
    ("b.csv", b"the same name\n"),
    ("日本.txt", "日本".encode()),
    ("x" * 150, b"long name"),
]


def zip_of(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # names that occur twice are wanted
        for number, (name, data) in enumerate(members):
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=number % 2 == 0) as member:
                member.write(data)
    return file.getvalue()


def tar_of(members: Members, format: int = tarfile.PAX_FORMAT) -> bytes:  # noqa: A002
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def read(archive: Archive, source: Source) -> Members:
    return [(name, read_member(member)) for name, member in list(archive.members(source))]


def read_member(member: Source) -> bytes:
    with member.open() as stream:
        return stream.read()


class Unseekable(io.RawIOBase):
    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.data += data
        return len(data)


def streamed_zip() -> bytes:
    """A zip file whose sizes are behind the data, as ``zip -`` writes it."""
    file = Unseekable()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, data in CONTENT:
            archive.writestr(name, data)
    return bytes(file.data)


ARCHIVES: dict[str, tuple[Archive, bytes]] = {
    "zip, deflated": (ZipArchive(), zip_of(CONTENT)),
    "zip, stored": (ZipArchive(), zip_of(CONTENT, zipfile.ZIP_STORED)),
    "zip, bzip2": (ZipArchive(), zip_of(CONTENT, zipfile.ZIP_BZIP2)),
    "zip, streamed": (ZipArchive(), streamed_zip()),
    "zip behind a program": (ZipArchive(), b"#!/bin/sh\n" * 1000 + zip_of(CONTENT)),
    "zip, commented": (ZipArchive(), zip_of(CONTENT)[:-2] + b"\x09\0a comment"),
    "tar, pax": (TarArchive(), tar_of(CONTENT)),
    "tar, gnu": (TarArchive(), tar_of(CONTENT, tarfile.GNU_FORMAT)),
    "tars joined": (TarArchive(), tar_of(CONTENT[:3]) + tar_of(CONTENT[3:])),
}


@pytest.fixture(params=ARCHIVES)
def packed(request: pytest.FixtureRequest) -> tuple[Archive, bytes]:
    return ARCHIVES[request.param]


def test_protocols(packed: tuple[Archive, bytes]) -> None:
    archive, data = packed
    assert isinstance(archive, Archive)
    assert all(isinstance(member, Source) for _, member in archive.members(MemorySource(data)))


@pytest.mark.parametrize(
    "source_of",
    [
        MemorySource,
        lambda data: spool(io.BytesIO(data)),
        lambda data: CodecSource(MemorySource(gzip.compress(data)), GzipCodec().open),
        lambda data: OnlyForward(data),
    ],
    ids=["memory", "spooled", "compressed", "read once"],
)
def test_members(packed: tuple[Archive, bytes], source_of: Callable[[bytes], Source]) -> None:
    archive, data = packed
    members = list(archive.members(source_of(data)))
    found = [(name, read_member(member)) for name, member in members]
    assert found == CONTENT
    backwards = [read_member(member) for _, member in reversed(members)]
    assert backwards == [content for _, content in reversed(CONTENT)]
    assert all(member.replayable for _, member in members)


class OnlyForward:
    """A source that is read once and cannot seek."""

    location = "<pipe>"
    replayable = False

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.opened = 0

    def identity(self) -> SourceIdentity:
        return SourceIdentity()

    def open(self) -> BinaryIO:
        self.opened += 1
        assert self.opened == 1
        return GzipCodec().open(io.BytesIO(gzip.compress(self._data)))


def test_members_are_read_side_by_side(packed: tuple[Archive, bytes]) -> None:
    archive, data = packed
    source = CodecSource(MemorySource(gzip.compress(data)), GzipCodec().open)
    streams = [member.open() for _, member in archive.members(source)]
    heads = [stream.read(3) for stream in streams]
    assert [head + s.read() for head, s in zip(heads, streams, strict=True)] == [
        content for _, content in CONTENT
    ]
    for stream in streams:
        stream.close()


def test_members_travel(packed: tuple[Archive, bytes], tmp_path: Path) -> None:
    archive, data = packed
    path = tmp_path / "packed"
    path.write_bytes(data)
    source = FileSource(str(path))
    for (_, member), (_, content) in zip(archive.members(source), CONTENT, strict=True):
        copy = pickle.loads(pickle.dumps(member))
        assert read_member(copy) == content
        assert copy.location == member.location == str(path)
        assert copy.identity() == member.identity()
        assert member.identity().mtime_ns == path.stat().st_mtime_ns
        assert member.identity().size in (None, len(content))
    assert list(tmp_path.iterdir()) == [path]


def test_only_files_are_members() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for number, kind in enumerate(
            [
                tarfile.DIRTYPE,
                tarfile.SYMTYPE,
                tarfile.LNKTYPE,
                tarfile.FIFOTYPE,
                tarfile.CHRTYPE,
                tarfile.REGTYPE,
            ]
        ):
            info = tarfile.TarInfo(str(number))
            info.type = kind
            info.linkname = "/etc/passwd"
            tar.addfile(info)
    assert read(TarArchive(), MemorySource(file.getvalue())) == [("5", b"")]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, mode in [
            ("folder/", 0),
            ("link", stat.S_IFLNK),
            ("pipe", stat.S_IFIFO),
            ("folder", stat.S_IFDIR),
            ("plain", stat.S_IFREG),
            ("dos", 0),
        ]:
            info_ = zipfile.ZipInfo(name)
            info_.external_attr = mode << 16
            archive.writestr(info_, b"")
    assert [name for name, _ in read(ZipArchive(), MemorySource(file.getvalue()))] == [
        "plain",
        "dos",
    ]


@pytest.mark.parametrize(
    "flags",
    [
        ["-H", "oldgnu"],
        ["-H", "gnu"],
        *(["-H", "posix", f"--sparse-version={version}"] for version in ("0.0", "0.1", "1.0")),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "segments",
    [[(0, 5)], [(500_000, 5), (700_000, 9)], [], [(100_000 * n, 1000) for n in range(40)]],
    ids=["head", "two", "none", "many"],
)
def test_sparse(tmp_path: Path, flags: list[str], segments: list[tuple[int, int]]) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        for offset, length in segments:
            file.seek(offset)
            file.write(os.urandom(length))
        file.truncate(5_000_000)
    (tmp_path / "behind").write_bytes(b"behind")
    subprocess.run(
        ["tar", "-S", *flags, "-cf", "a.tar", "sparse", "behind"], cwd=tmp_path, check=True
    )
    assert (tmp_path / "a.tar").stat().st_size < 1_000_000
    expected = [("sparse", (tmp_path / "sparse").read_bytes()), ("behind", b"behind")]
    assert read(TarArchive(), FileSource(str(tmp_path / "a.tar"))) == expected


SMALL: Members = [("a.csv", b"id,name\n" * 20), ("b", b""), ("c.csv", b"0123456789" * 9)]
SMALL_ARCHIVES: dict[str, tuple[Archive, bytes]] = {
    "zip": (ZipArchive(), zip_of(SMALL)),
    "zip, stored": (ZipArchive(), zip_of(SMALL, zipfile.ZIP_STORED)),
    "tar": (TarArchive(), tar_of(SMALL)[: 6 * 512 + 512]),
    "tar, pax": (TarArchive(), tar_of([("é" * 90, b"data" * 9), *SMALL])[: 14 * 512]),
    "tar, gnu": (
        TarArchive(),
        tar_of([("é" * 90, b"data" * 9), *SMALL], tarfile.GNU_FORMAT)[: 14 * 512],
    ),
}


@pytest.mark.parametrize("title", SMALL_ARCHIVES)
@pytest.mark.parametrize("packing", ["plain", "forward"])
def test_cut_off_anywhere(title: str, packing: str) -> None:
    archive, data = SMALL_ARCHIVES[title]
    complete = read(archive, MemorySource(data))
    ends = [n for n in range(len(data)) if any(data[n:])]  # what is left out is not only zeros
    for length in ends:
        assert outcome(archive, data[:length], packing) != complete
    assert outcome(archive, data, packing) == complete


@pytest.mark.parametrize("title", SMALL_ARCHIVES)
@pytest.mark.parametrize("packing", ["plain", "forward"])
def test_damaged_anywhere(title: str, packing: str) -> None:
    """Names and tar contents have no sums: only the kind of failure is checked, and the sums."""
    archive, data = SMALL_ARCHIVES[title]
    contents = {content for _, content in read(archive, MemorySource(data))}
    noise = random.Random(5)
    for position in range(0, len(data), 1 if packing == "plain" else 11):
        damaged = bytearray(data)
        damaged[position] ^= noise.choice([0x01, 0x80, 0xFF])
        found = outcome(archive, bytes(damaged), packing)
        if isinstance(found, list) and "zip" in title:
            assert {content for _, content in found} <= contents


def outcome(archive: Archive, data: bytes, packing: str) -> Members | str:
    """What is read of an archive, or the error, which has to be the right one."""
    source: Source = MemorySource(data)
    if packing == "forward":
        source = CodecSource(MemorySource(gzip.compress(data, 1)), GzipCodec().open)
    try:
        return read(archive, source)
    except DecodeError as err:
        return str(err)


def test_noise_behind_a_valid_start() -> None:
    noise = random.Random(3)
    for archive, data in SMALL_ARCHIVES.values():
        found = []
        for _ in range(300):
            damaged = bytearray(data)
            start = noise.randrange(len(data))
            damaged[start : start + 40] = noise.randbytes(noise.randrange(60))
            found.append(outcome(archive, bytes(damaged), "plain"))
        errors = [one for one in found if isinstance(one, str)]
        assert errors
        assert all(error.startswith("<memory>") for error in errors)


ZIP = zip_of([("a.csv", LARGE)])
STORED = zip_of([("a.csv", b"0123456789")], zipfile.ZIP_STORED)
CENTRAL = ZIP.rindex(b"PK\1\2")
TAR = tar_of(SMALL)


def patched(data: bytes, offset: int, change: bytes) -> bytes:
    return data[:offset] + change + data[offset + len(change) :]


@pytest.mark.parametrize(
    ("archive", "data", "message"),
    [
        (ZipArchive, b"", "<memory>: the zip directory cannot be read: File is not a zip file"),
        (ZipArchive, patched(ZIP, CENTRAL + 8, b"\1"), "member a.csv: it is encrypted"),
        (ZipArchive, patched(ZIP, CENTRAL + 10, b"\x0e"), "a.csv: its compression, method 14, is"),
        (ZipArchive, patched(ZIP, CENTRAL + 16, b"abcd"), "a.csv: it is damaged: its checksum"),
        (ZipArchive, patched(ZIP, 0, b"PK??"), "a.csv: it is not where the zip directory says"),
        (ZipArchive, patched(ZIP, 1000, b"\0" * 500), "<memory>, member a.csv: it is damaged"),
        (ZipArchive, STORED.replace(b"01234", b"01243"), "a.csv: it is damaged: its checksum"),
        (TarArchive, b"", "<memory>: the tar archive is damaged: empty file"),
        (TarArchive, b"plain text" * 100, "the tar archive is damaged"),
        (TarArchive, TAR[: 5 * 512], "is damaged: it has no end mark: it was cut off"),
        (TarArchive, TAR[: 2 * 512], "is damaged: it has no end mark: it was cut off"),
        (TarArchive, TAR[:600], "is damaged: unexpected end of data"),
        (TarArchive, TAR[: 2 * 512 + 100], "is damaged: truncated header"),
        (TarArchive, patched(TAR, 2 * 512, b"!" * 512), "is damaged: (bad|invalid)"),
        (TarArchive, patched(TAR, 2 * 512, bytes(512)), None),
        (TarArchive, patched(TAR, 3 * 512, bytes(512)), "is damaged"),
        (TarArchive, TAR + b"behind", "is damaged: truncated header"),
        (TarArchive, TAR + b"behind" * 200, "is damaged: (bad|invalid)"),
    ],
)
def test_messages(archive: type[Archive], data: bytes, message: str | None) -> None:
    if message is None:
        assert len(read(archive(), MemorySource(data))) == 2  # a zeroed header of an empty member
        return
    with pytest.raises(DecodeError, match=message) as caught:
        read(archive(), MemorySource(data))
    assert len(str(caught.value).splitlines()) == 1


def test_the_rest_of_a_damaged_archive_is_there() -> None:
    data = tar_of(CONTENT)
    found = []
    with pytest.raises(DecodeError, match="a/large: it ends"):  # noqa: PT012 - it is the third
        for name, member in TarArchive().members(MemorySource(data[:200_000])):
            found.append((name, read_member(member)))
    assert found == CONTENT[:2]


def test_declared_sizes_are_not_believed() -> None:
    for offset, size in ((20, 7), (24, 7), (24, 1 << 31), (20, 1 << 31)):
        data = patched(ZIP, CENTRAL + offset, struct.pack("<L", size))
        assert outcome(ZipArchive(), data, "plain") in ([("a.csv", LARGE)],)


def header(name: str, kind: bytes, size: bytes) -> bytes:
    """A tar header with a right sum, whatever is in it."""
    block = bytearray(tarfile.TarInfo(name).tobuf())
    block[124:136] = size.ljust(12, b"\0")
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        (b"0", b"\xff" * 12),  # -1
        (b"0", b"\xff" * 8 + b"\xff\xff\xfe\x00"),  # -512, which would read the header again
        (b"0", b"\x80" + b"\xff" * 11),
        (b"0", b"77777777777"),
        (b"L", b"77777777777"),
        (b"x", b"77777777777"),
        (b"L", b"\xff" * 12),
        (b"x", b"\xff" * 8 + b"\xff\xff\xfe\x00"),
        (b"S", b"\xff" * 8 + b"\xff\xff\xfe\x00"),
        (b"L", b"1"),
    ],
)
@pytest.mark.parametrize("packing", ["plain", "forward"])
def test_hostile_tar_sizes(kind: bytes, size: bytes, packing: str) -> None:
    data = header("a", kind, size) + bytes(2048)
    assert isinstance(outcome(TarArchive(), data, packing), str)


def test_nested_long_names() -> None:
    data = (header("a", b"L", b"1") + b"x".ljust(512, b"\0")) * 5000
    assert isinstance(outcome(TarArchive(), data, "plain"), str)


@pytest.mark.parametrize("sparse", ["5,5,0,5", "-5,5", "0,-5", "0,9999999999999999999,1,1", "x"])
def test_hostile_sparse_maps(sparse: str) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a")
        info.pax_headers = {"GNU.sparse.map": sparse, "GNU.sparse.size": "20"}
        archive.addfile(info)
    assert isinstance(outcome(TarArchive(), file.getvalue(), "plain"), str)


def test_sparse_map_longer_than_its_member() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a")
        version = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
        info.pax_headers = version | {"GNU.sparse.name": "a", "GNU.sparse.realsize": "9"}
        archive.addfile(info)
    data = file.getvalue()[: 3 * 512] + b"0\n".ljust(512, b"\0") + bytes(1024)
    for packing in ("plain", "forward"):
        assert "before the last one ends" in outcome(TarArchive(), data, packing)


def test_memory_is_bounded() -> None:
    zeros = [("zeros", bytes(48 << 20))]
    tar = CodecSource(MemorySource(gzip.compress(tar_of(zeros), 1)), GzipCodec().open)
    sources: list[tuple[Archive, Source]] = [
        (ZipArchive(), MemorySource(zip_of(zeros))),
        (TarArchive(), tar),
    ]
    for archive, source in sources:
        tracemalloc.start()
        try:
            for _, member in archive.members(source):
                with member.open() as stream:
                    size = sum(len(piece) for piece in pieces_of(stream))
                assert size == 48 << 20
            assert tracemalloc.get_traced_memory()[1] < 8 << 20
        finally:
            tracemalloc.stop()


def test_a_compressed_tar_is_read_once_in_order() -> None:
    opened = []

    def open_codec(stream: BinaryIO) -> BinaryIO:
        opened.append(stream)
        return GzipCodec().open(stream)

    members = [(str(n), b"%d" % n) for n in range(200)]
    source = CodecSource(MemorySource(gzip.compress(tar_of(members))), open_codec)
    assert read(TarArchive(), source) == members
    assert len(opened) == 2  # to find the members, and to read them
    assert all(stream.closed for stream in opened)


def test_long_headers_are_bounded() -> None:
    zeros = bytes(512)
    chain = b"".join(header("a", b"L", b"%o" % (1 << 22)) + bytes(1 << 22) for _ in range(5))
    for data in (chain, header("a", b"x", b"%o" % (17 << 20)) + bytes(17 << 20)):
        assert "headers of more than" in outcome(TarArchive(), data + zeros, "forward")
    padding = bytes(40 << 20)
    assert outcome(TarArchive(), tar_of(SMALL) + padding, "plain") == SMALL


def test_many_members_in_a_zip() -> None:
    members = [(f"{n}.csv", b"%d" % n) for n in range(3000)]
    assert read(ZipArchive(), MemorySource(zip_of(members))) == members

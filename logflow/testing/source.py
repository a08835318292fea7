"""The conformance kit for sources: rules SO1 to SO9 of the plugin contract."""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from typing import ClassVar

import pytest

from logflow.errors import LogflowError, SourceNotFoundError, StorageError
from logflow.interfaces.source import Source, SourceIdentity, SupportsRanges

__all__ = ["SourceConformance"]

DATA = bytes(range(256)) * 2000
RANGES = [
    (0, None),
    (0, 0),
    (0, 1),
    (1, 255),
    (300_000, 100_000),
    (len(DATA) - 1, None),
    (len(DATA) - 1, 10),
    (len(DATA), None),
    (len(DATA) + 10, 5),
]


class SourceConformance(ABC):
    """Subclass it in a plugin's tests, and pytest checks every rule of the contract.

    * *picklable*: whether the source can be sent to another process.
    """

    picklable: ClassVar[bool] = True

    @abstractmethod
    def make(self, data: bytes) -> Source:
        """A new source of *data*."""

    def missing(self) -> Source | None:
        """A source at a location where nothing is; ``None`` if there cannot be one."""
        return None

    @pytest.mark.parametrize("data", [b"", b"x", DATA], ids=["empty", "one byte", "large"])
    def test_so1_stream_has_all_bytes(self, data: bytes) -> None:
        """SO1: ``open`` gives a binary stream at the first byte that has all bytes."""
        source = self.make(data)
        with source.open() as stream:
            assert stream.read() == data
            assert stream.read(1) == b""

    @pytest.mark.parametrize("size", [1000, 4096, 1 << 20])
    def test_so2_read_sizes_do_not_matter(self, size: int) -> None:
        """SO2: reading in pieces gives the same bytes; only the end gives none."""
        with self.make(DATA).open() as stream:
            pieces = list(iter(lambda: stream.read(size), b""))
            assert b"".join(pieces) == DATA
            assert stream.read(0) == b""

    def test_so3_replayable_or_not(self) -> None:
        """SO3: a replayable source gives the same bytes again, and to several readers at once;
        one that is not raises StorageError when it is opened again."""
        source = self.make(DATA)
        assert isinstance(source.replayable, bool)
        with source.open() as first:
            start = first.read(1000)
            if source.replayable:
                with source.open() as second:
                    assert second.read() == DATA
            assert start + first.read() == DATA
        if source.replayable:
            with source.open() as again:
                assert again.read() == DATA
        else:
            with pytest.raises(StorageError):
                source.open()

    def test_so4_location_is_text(self) -> None:
        """SO4: the location is text, and does not change when the source is read."""
        source = self.make(DATA)
        before = source.location
        with source.open() as stream:
            stream.read()
        assert isinstance(before, str)
        assert before == source.location != ""

    def test_so5_identity_is_steady(self) -> None:
        """SO5: the identity of unchanged bytes is the same before, while and after they are
        read; a size that it gives is the number of bytes."""
        source = self.make(DATA)
        before = source.identity()
        with source.open() as stream:
            stream.read(10)
            assert source.identity() == before
        assert source.identity() == before
        assert isinstance(before, SourceIdentity)
        assert before.size in (None, len(DATA))

    @pytest.mark.parametrize(("start", "length"), RANGES)
    def test_so6_ranges(self, start: int, length: int | None) -> None:
        """SO6: a range has the bytes that there are in it, none beyond the end."""
        source = self.make(DATA)
        if not isinstance(source, SupportsRanges):
            pytest.skip("the source has no ranges")
        with source.open_range(start, length) as stream:
            assert stream.read() == DATA[start : None if length is None else start + length]

    @pytest.mark.parametrize(("start", "length"), [(-1, None), (0, -1), (-5, 3)])
    def test_so7_impossible_ranges(self, start: int, length: int | None) -> None:
        """SO7: a range that starts before the first byte, or has a length below 0, is an error of
        logflow's."""
        source = self.make(DATA)
        if not isinstance(source, SupportsRanges):
            pytest.skip("the source has no ranges")
        with pytest.raises(LogflowError):
            source.open_range(start, length)

    def test_so8_picklable(self) -> None:
        """SO8: a picklable source can be opened where it is unpickled, and is the same there."""
        if not self.picklable:
            pytest.skip("the source stays in its process")
        source = self.make(DATA)
        copy = pickle.loads(pickle.dumps(source))
        assert (copy.location, copy.identity()) == (source.location, source.identity())
        with copy.open() as stream:
            assert stream.read() == DATA

    def test_so9_missing(self) -> None:
        """SO9: opening what is not there raises SourceNotFoundError, on one line that names the
        location."""
        source = self.missing()
        if source is None:
            pytest.skip("the source cannot be missing")
        with pytest.raises(SourceNotFoundError) as caught:
            source.open()
        assert source.location in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1

"""The conformance kit for storage: rules ST1 to ST12 of the plugin contract."""

from __future__ import annotations

import io
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from logflow.errors import LogflowError, StorageError
from logflow.interfaces.storage import Storage

__all__ = ["StorageConformance"]

KEYS = ["a", "a-b", "a.b", "a/b", "a/b.c", "a0", "b/1/2/3", "b/10", "b/9", "z", "é/ü", "日本"]
"""In the order of listings: by code point, so that ``a.b`` is before ``a/b`` and that before
``a0``.  The key ``a`` is left out where it would be a directory too."""

LISTED = sorted(key for key in KEYS if key != "a")


class StorageConformance(ABC):
    """Subclass it in a plugin's tests, and pytest checks every rule of the contract."""

    @abstractmethod
    def make(self) -> Storage:
        """A new, empty storage."""

    @pytest.fixture
    def storage(self) -> Storage:
        return self.make()

    @pytest.fixture
    def full(self, storage: Storage) -> Storage:
        for key in reversed(LISTED):
            storage.put(key, key.encode())
        return storage

    @pytest.mark.parametrize("key", [*KEYS, "a b%20c+d?e#f=g&h", "x" * 200, "NUL.txt", "~", "..a"])
    def test_st1_put_and_get(self, storage: Storage, key: str) -> None:
        """ST1: what was put under a key can be got, whatever characters the key is made of."""
        storage.put(key, b"\0data\xff")
        assert storage.get(key) == b"\0data\xff"
        assert storage.exists(key)
        assert [info.key for info in storage.list()] == [key]

    @pytest.mark.parametrize("data", [b"", b"x", bytes(5_000_000)], ids=["empty", "one", "large"])
    @pytest.mark.parametrize("as_stream", [False, True], ids=["bytes", "stream"])
    def test_st2_bytes_and_streams(self, storage: Storage, data: bytes, as_stream: bool) -> None:
        """ST2: ``put`` takes bytes and streams, of any size, and says what it stored."""
        info = storage.put("key", io.BytesIO(data) if as_stream else data)
        assert (info.key, info.size) == ("key", len(data))
        assert info == storage.head("key")
        assert storage.get("key") == data

    def test_st3_overwrite(self, storage: Storage) -> None:
        """ST3: ``put`` replaces an object, unless ``overwrite=False`` makes that an error that
        names the key and leaves the object alone."""
        storage.put("key", b"old, and longer")
        storage.put("key", b"new")
        with pytest.raises(StorageError, match="key"):
            storage.put("key", b"newer", overwrite=False)
        assert storage.get("key") == b"new"
        storage.put("other", b"first", overwrite=False)
        assert storage.get("other") == b"first"

    def test_st4_one_writer_wins(self, storage: Storage) -> None:
        """ST4: of several ``put`` with ``overwrite=False`` at once exactly one succeeds."""
        for attempt in range(20):
            key = f"race/{attempt}"
            winners: list[bytes] = []
            barrier = threading.Barrier(4)
            threads = [
                threading.Thread(
                    target=_race, args=(storage, key, bytes([n]) * 1000, barrier, winners)
                )
                for n in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [storage.get(key)] == winners

    def test_st5_whole_or_not_at_all(self, storage: Storage) -> None:
        """ST5: a ``put`` that fails half-way leaves no trace: not of a new object, and an old one
        as it was.  Until it is done, readers see the old one."""
        storage.put("old", b"old")
        for key in ("old", "new"):
            with pytest.raises(LogflowError, match="the stream broke"):
                storage.put(key, _Breaking(storage))
        assert [(info.key, info.size) for info in storage.list()] == [("old", 3)]
        assert storage.get("old") == b"old"

    @pytest.mark.parametrize(
        ("start", "length"),
        [(0, None), (0, 0), (0, 4), (3, None), (3, 2), (9, 1), (9, 5), (10, None), (20, 3)],
    )
    def test_st6_ranges(self, storage: Storage, start: int, length: int | None) -> None:
        """ST6: a range gives the bytes that there are in it, none from the end on."""
        storage.put("key", b"0123456789")
        expected = b"0123456789"[start : None if length is None else start + length]
        assert storage.get("key", start, length) == expected

    @pytest.mark.parametrize(("start", "length"), [(-1, None), (0, -1), (-3, 2)])
    def test_st7_impossible_ranges(self, storage: Storage, start: int, length: int | None) -> None:
        """ST7: a range that starts before the first byte, or has a length below 0, is an error of
        logflow's."""
        storage.put("key", b"0123456789")
        with pytest.raises(LogflowError):
            storage.get("key", start, length)

    @pytest.mark.parametrize("key", ["missing", "folder", "folder/missing", "folder/file/below"])
    def test_st8_missing(self, storage: Storage, key: str) -> None:
        """ST8: where there is no object, ``get``, ``head`` and ``copy`` raise StorageError that
        names the key, ``exists`` is false and ``delete`` does nothing.  A key is not an object
        because others start with it."""
        storage.put("folder/file", b"")
        calls: list[Callable[[], object]] = [
            lambda: storage.get(key),
            lambda: storage.head(key),
            lambda: storage.copy(key, "target"),
        ]
        for call in calls:
            with pytest.raises(StorageError, match=key):
                call()
        assert not storage.exists(key)
        storage.delete(key)
        assert storage.delete_many([key]) == 0
        assert [info.key for info in storage.list()] == ["folder/file"]

    @pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", "b/1", "b/1/2/", "é", "nothing", "."])
    def test_st9_list(self, full: Storage, prefix: str) -> None:
        """ST9: a listing has all objects whose keys start with the prefix, which need not end at
        a ``/``, sorted by key as text, with what ``head`` says."""
        found = list(full.list(prefix))
        assert [info.key for info in found] == [key for key in LISTED if key.startswith(prefix)]
        assert found == [full.head(info.key) for info in found]

    @pytest.mark.parametrize("limit", [1, 2, 5, len(LISTED), 1000])
    @pytest.mark.parametrize("prefix", ["", "a", "b/"])
    def test_st10_pages(self, full: Storage, prefix: str, limit: int) -> None:
        """ST10: the pages of a listing are the listing; every page but the last is full, the last
        is not empty, unless the listing is, and alone has no token.  A page of no objects is an
        error of logflow's."""
        pages = list(_pages(full, prefix, limit))
        assert [info for page in pages for info in page] == list(full.list(prefix))
        assert all(len(page) == limit for page in pages[:-1])
        assert pages[-1] or len(pages) == 1
        with pytest.raises(LogflowError):
            full.list_page(prefix, limit=0)

    def test_st11_delete_and_copy(self, full: Storage) -> None:
        """ST11: ``delete_many`` says how many objects were there; ``copy`` replaces its target and
        leaves its source."""
        assert full.delete_many(["a/b", "nothing", "z", "z"]) == 2
        full.delete("a0")
        assert [info.key for info in full.list()] == [
            key for key in LISTED if key not in ("a/b", "z", "a0")
        ]
        info = full.copy("b/9", "b/10")
        assert (info.key, info.size) == ("b/10", 3)
        assert full.get("b/10") == full.get("b/9") == b"b/9"
        full.copy("b/9", "b/9")
        assert full.get("b/9") == b"b/9"

    @pytest.mark.parametrize(
        "key",
        ["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\\b", "a\0b", "C:/a"],
    )
    def test_st12_bad_keys(self, storage: Storage, key: str) -> None:
        """ST12: a key that is empty, absolute, has an empty component, ``.``, ``..``, a backslash,
        a NUL or a drive letter is refused with StorageError by every method."""
        storage.put("a", b"data")
        calls: list[Callable[[], object]] = [
            lambda: storage.put(key, b""),
            lambda: storage.get(key),
            lambda: storage.head(key),
            lambda: storage.exists(key),
            lambda: storage.delete(key),
            lambda: storage.delete_many([key]),
            lambda: storage.copy(key, "b"),
            lambda: storage.copy("a", key),
        ]
        for call in calls:
            with pytest.raises(StorageError):
                call()
        assert [info.key for info in storage.list()] == ["a"]


def _race(
    storage: Storage, key: str, data: bytes, barrier: threading.Barrier, winners: list[bytes]
) -> None:
    barrier.wait()
    with suppress(StorageError):
        storage.put(key, data, overwrite=False)
        winners.append(data)


class _Breaking(io.BytesIO):
    """Fails after some bytes, having looked at what others see."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(b"new" * 1_000_000)
        self._seen = storage.list

    def read(self, size: int | None = -1, /) -> bytes:
        assert [info.size for info in self._seen("old")] == [3]
        if self.tell() > 1_000_000 or size in (-1, None):
            raise StorageError("the stream broke")
        return super().read(size)


def _pages(storage: Storage, prefix: str, limit: int) -> Iterator[list[object]]:
    token = None
    while True:
        page = storage.list_page(prefix, limit=limit, token=token)
        yield list(page.objects)
        token = page.next_token
        if token is None:
            return

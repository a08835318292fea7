from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logflow.defaults.storage import LocalStorage, MemoryStorage, check_key
from logflow.errors import StorageError
from logflow.interfaces.storage import ObjectInfo, Storage
from logflow.testing.storage import StorageConformance


class TestLocalStorage(StorageConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self) -> Storage:
        return LocalStorage(str(self.folder / "not" / "yet"))


class TestMemoryStorage(StorageConformance):
    def make(self) -> Storage:
        return MemoryStorage("memory://anything")


def test_protocols(tmp_path: Path) -> None:
    assert isinstance(LocalStorage(str(tmp_path)), Storage)
    assert isinstance(MemoryStorage(), Storage)


@pytest.fixture
def local(tmp_path: Path) -> LocalStorage:
    return LocalStorage(str(tmp_path))


def keys(storage: Storage, prefix: str = "") -> list[str]:
    return [info.key for info in storage.list(prefix)]


def test_local_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a b").mkdir()
    monkeypatch.chdir(tmp_path)
    relative, url = LocalStorage("a b"), LocalStorage(f"file://{tmp_path}/a%20b")
    assert relative == url
    monkeypatch.chdir("/")
    relative.put("key", b"data")
    assert (tmp_path / "a b" / "key").read_bytes() == b"data"


def test_local_root_may_be_missing(tmp_path: Path) -> None:
    storage = LocalStorage(str(tmp_path / "missing"))
    assert keys(storage) == []
    assert storage.list_page().objects == []
    storage.delete("key")
    assert not storage.exists("key")
    assert not (tmp_path / "missing").exists()


def test_local_file_is_like_any_other(local: LocalStorage) -> None:
    before = os.umask(0o027)
    try:
        info = local.put("folder/file", b"data")
    finally:
        os.umask(before)
    path = Path(local.root, "folder/file")
    status = path.stat()
    assert status.st_mode & 0o777 == 0o640
    assert status.st_nlink == 1
    assert info == ObjectInfo(key="folder/file", size=4, mtime_ns=status.st_mtime_ns)
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_local_exclusive_file_has_one_name(local: LocalStorage) -> None:
    local.put("file", b"data", overwrite=False)
    assert Path(local.root, "file").stat().st_nlink == 1


def test_local_links(local: LocalStorage, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"outside")
    local.put("a/file", b"inside")
    Path(local.root, "to-file").symlink_to(outside / "file")
    Path(local.root, "to-folder").symlink_to(outside)
    Path(local.root, "a/up").symlink_to("..")
    Path(local.root, "nowhere").symlink_to("gone")
    assert keys(local) == ["a/file", "to-file", "to-folder/file"]
    assert local.get("to-folder/file") == local.get("to-file") == b"outside"
    assert not local.exists("nowhere")
    local.put("to-file", b"replaced")  # the link is, not what it leads to
    local.delete("to-folder/file")
    assert (keys(local), list(outside.iterdir())) == (["a/file", "to-file"], [])


def test_local_sees_only_regular_files(local: LocalStorage) -> None:
    local.put("folder/file", b"data")
    os.mkfifo(Path(local.root, "pipe"))
    assert keys(local) == ["folder/file"]
    for key in ("pipe", "folder"):
        assert not local.exists(key)
        with pytest.raises(StorageError, match="no such object"):
            local.get(key)
    for overwrite in (True, False):
        with pytest.raises(StorageError, match=r"folder: (is a directory|exists already)"):
            local.put("folder", b"", overwrite=overwrite)
        with pytest.raises(StorageError, match="folder/file/below"):
            local.put("folder/file/below", b"", overwrite=overwrite)
    assert keys(local) == ["folder/file"]


def test_local_hides_what_is_being_written(local: LocalStorage) -> None:
    staged = Path(local.root, ".0123.logflow-put")
    staged.touch()
    assert keys(local) == []
    with pytest.raises(StorageError, match="kept for files that are being written"):
        local.put(staged.name, b"")


def test_local_permission(ordinary_user: Path) -> None:
    closed = ordinary_user / "closed"
    closed.mkdir(0o500)
    storage = LocalStorage(str(ordinary_user))
    storage.put("secret", b"")
    (ordinary_user / "secret").chmod(0)
    with pytest.raises(StorageError, match="closed/a: permission denied"):
        storage.put("closed/a", b"")
    with pytest.raises(StorageError, match="secret: permission denied"):
        storage.get("secret")
    closed.chmod(0)
    with pytest.raises(StorageError, match="closed: permission denied"):
        keys(storage)
    with pytest.raises(StorageError, match="closed/a: permission denied"):
        storage.exists("closed/a")
    closed.chmod(0o700)


def test_local_name_too_long(local: LocalStorage) -> None:
    local.put("x" * 255, b"data")
    with pytest.raises(StorageError, match="too long"):
        local.put("x" * 256, b"data")
    assert keys(local) == ["x" * 255]


def test_local_readers_see_whole_objects(local: LocalStorage) -> None:
    contents = [bytes([n]) * 300_000 for n in range(4)]
    local.put("key", contents[0])
    writing = threading.Event()

    def write() -> None:
        for _ in range(10):
            for content in contents:
                local.put("key", content)
        writing.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not writing.is_set():
        assert local.get("key") in contents
    writer.join()


def test_memory_copies_and_tags() -> None:
    storage = MemoryStorage()
    data = bytearray(b"")
    info = storage.put("key", bytes(data))
    assert info.etag == "xxh3_128:99aa06d3014798d86001c324468d497f"
    assert storage.put("same", b"").etag == info.etag != storage.put("other", b"x").etag
    storage.put("mutable", memoryview(data_of_three := bytearray(b"abc")))  # type: ignore[arg-type]
    data_of_three[0] = 0
    assert storage.get("mutable") == b"abc"


COMPONENTS = st.text("ab.-/0é", min_size=1, max_size=4)


@given(
    names=st.sets(COMPONENTS, max_size=8), prefix=COMPONENTS | st.just(""), limit=st.integers(1, 4)
)
def test_local_and_memory_agree(
    tmp_path_factory: pytest.TempPathFactory, names: set[str], prefix: str, limit: int
) -> None:
    storages = LocalStorage(str(tmp_path_factory.mktemp("twin"))), MemoryStorage()
    for name in sorted(names):
        try:
            storages[0].put(name, name.encode())
        except StorageError:  # not a key, or a file in the way of a directory
            continue
        storages[1].put(name, name.encode())
    local, memory = ([(o.key, o.size) for o in storage.list(prefix)] for storage in storages)
    assert local == memory == sorted(local)
    token = None
    paged = []
    while True:
        pages = [storage.list_page(prefix, limit=limit, token=token) for storage in storages]
        assert len({page.next_token for page in pages}) == 1
        paged += [(o.key, o.size) for o in pages[0].objects]
        token = pages[0].next_token
        if token is None:
            break
    assert paged == local


@given(key=st.text())
def test_keys_stay_below_the_root(key: str) -> None:
    try:
        check_key(key)
    except StorageError as err:
        message = str(err)
        assert len(message.splitlines()) == 1
    else:
        root = Path("/root")
        assert root in Path(os.path.normpath(root / key)).parents

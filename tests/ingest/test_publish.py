"""Staging: all or nothing at the destination, no litter, no other run's files touched."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from logflow.errors import DestinationExistsError, StorageError
from logflow.ingest.publish import StreamStaging, rejects_path, staging_for


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def stage(destination: Path | str, run_id: str = "run", *, force: bool = False):
    staging = staging_for(str(destination), run_id, force=force)
    staging.create("part" if staging.is_directory else "").write(b"new")
    return staging


def test_a_file_appears_when_it_is_published(tmp_path: Path) -> None:
    staging = stage(tmp_path / "out")
    assert names(tmp_path) == [".out.logflow-run"]
    staging.publish()
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out").read_bytes() == b"new"


@pytest.mark.parametrize("old", [None, b"old"])
def test_discarding_leaves_what_was_there(tmp_path: Path, old: bytes | None) -> None:
    if old is not None:
        (tmp_path / "out").write_bytes(old)
    stage(tmp_path / "out", force=True).discard()
    assert names(tmp_path) == (["out"] if old else [])


def test_an_existing_file_needs_force(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(DestinationExistsError, match="--force"):
        stage(tmp_path / "out")
    stage(tmp_path / "out", force=True).publish()
    assert (tmp_path / "out").read_bytes() == b"new"


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    staging = stage(tmp_path / "out")
    (tmp_path / "out").write_bytes(b"theirs")
    with pytest.raises(DestinationExistsError):
        staging.publish()
    staging.discard()
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out").read_bytes() == b"theirs"


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "out")
    stage(tmp_path / "link").publish()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "out").read_bytes() == b"new"


def test_leftovers_of_the_dead_go_and_of_the_living_stay(tmp_path: Path) -> None:
    living = stage(tmp_path / "out", "living")
    code = (
        "import os, sys; from logflow.ingest.publish import staging_for;"
        "staging_for(sys.argv[1], 'dead', force=False).create().write(b'x'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], check=False)
    assert names(tmp_path) == [".out.logflow-dead", ".out.logflow-living"]
    stage(tmp_path / "out", "next").publish()
    assert names(tmp_path) == [".out.logflow-living", "out"]
    living.discard()


def test_files_of_other_destinations_stay(tmp_path: Path) -> None:
    (tmp_path / ".out2.logflow-dead").write_bytes(b"x")
    (tmp_path / ".[o]ut.logflow-dead").write_bytes(b"x")
    stage(tmp_path / "out").discard()
    assert names(tmp_path) == [".[o]ut.logflow-dead", ".out2.logflow-dead"]


def test_a_directory_appears_as_a_whole(tmp_path: Path) -> None:
    staging = staging_for(str(tmp_path / "out") + "/", "run", force=False)
    staging.create("a/1").write(b"1")
    staging.create("b/2").write(b"2")
    assert names(tmp_path) == [".out.logflow-run"]
    staging.publish()
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out/b/2").read_bytes() == b"2"


def test_only_a_directory_of_ours_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    stage(str(out) + "/").publish()
    stage(str(out) + "/", force=True).publish()
    assert names(out) == ["_logflow.json", "part"]
    (out / "_logflow.json").unlink()
    with pytest.raises(DestinationExistsError, match="did not write there, such as part"):
        stage(str(out) + "/", force=True)
    assert names(out) == ["part"]


def test_a_directory_with_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, second = (staging_for(f"{out}/", run_id, force=False) for run_id in "12")
    for staging in (first, second):
        staging.create("part").write(b"new")
    first.publish()
    with pytest.raises(DestinationExistsError, match="--force"):
        second.publish()
    second.discard()
    (out / "mine").write_bytes(b"mine")
    with pytest.raises(DestinationExistsError, match="such as mine"):
        stage(f"{out}/", force=True)
    assert names(tmp_path) == ["out"]
    assert names(out) == ["_logflow.json", "mine", "part"]


def test_a_stream_that_takes_little_at_a_time_gets_all() -> None:
    class Slow(io.RawIOBase):
        taken = b""

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.taken += bytes(data[:100])
            return len(data[:100])

    stream = Slow()
    staging = StreamStaging(stream, "<slow>")
    staging.create().write(b"x" * 1001)
    staging.publish()
    assert stream.taken == b"x" * 1001


def test_a_full_device_is_named() -> None:
    staging = staging_for("/dev/full", "run", force=False)
    staging.create().write(b"new")
    with pytest.raises(StorageError, match="/dev/full"):
        staging.publish()
    staging.discard()


def test_a_directory_moved_aside_by_the_dead_is_put_back(tmp_path: Path) -> None:
    old = tmp_path / ".out.logflow-dead.old"
    old.mkdir()
    (old / "part").write_bytes(b"old")
    staging = staging_for(str(tmp_path / "out") + "/", "run", force=False)
    staging.discard()
    assert (tmp_path / "out" / "part").read_bytes() == b"old"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["", "../x", "/x", "a/../../x"])
def test_names_stay_below_the_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError):
        staging_for(str(tmp_path / "out") + "/", "run", force=False).create(name)


def test_errors_name_the_destination(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"no directory .*missing"):
        stage(tmp_path / "missing" / "out")
    with pytest.raises(StorageError, match="one file"):
        staging_for(str(tmp_path / "out"), "run", force=False).create("part")


def test_a_stream_gets_all_at_once() -> None:
    stream = io.BytesIO()
    staging = StreamStaging(stream, "<stream>")
    staging.create().write(b"new")
    assert stream.getvalue() == b""
    staging.publish()
    assert stream.getvalue() == b"new"


def test_special_files_are_streams() -> None:
    staging = staging_for(os.devnull, "run", force=False)
    assert isinstance(staging, StreamStaging)
    staging.create().write(b"new")
    staging.publish()


def test_rejects_stand_beside(tmp_path: Path) -> None:
    assert rejects_path("a/b.parquet") == "a/b.parquet.rejects.parquet"

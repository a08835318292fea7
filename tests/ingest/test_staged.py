"""Staged files are written whole, whatever they are written to."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
import xxhash

from logflow.ingest import staged
from logflow.ingest.staged import StagedWriter

PIECES = [b"spam", b"", bytes(5000), b"eggs" * 1000]
WHOLE = b"".join(PIECES)


@pytest.mark.parametrize("step", [1, 4000, 1 << 20])
@pytest.mark.parametrize("kind", ["file", "memory", "pipe"])
def test_starting_to_write_back_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, step: int
) -> None:
    monkeypatch.setattr(staged, "WRITE_BACK_BYTES", step)
    read, write = os.pipe()
    streams = {
        "file": (tmp_path / "a").open("x+b"),
        "memory": io.BytesIO(),
        "pipe": os.fdopen(write, "wb", buffering=0),
    }
    stream = streams[kind]
    writer = StagedWriter(stream, "a")
    for piece in PIECES:
        writer.write(piece)
    writer.flush()
    if kind == "pipe":
        assert os.read(read, 1 << 16) == WHOLE
    else:
        stream.seek(0)
        assert stream.read() == WHOLE
    assert writer.checksum == "xxh3_128:" + xxhash.xxh3_128(WHOLE).hexdigest()
    os.close(read)
    for each in streams.values():
        each.close()

"""Codecs are told by magic bytes, and by the name where there are none."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pytest

from logflow.engine import Engine

CSV = b"id,name\n1,a\n2,b\n"


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.csv", CSV, None),
        ("a.csv.gz", gzip.compress(CSV), "gzip"),
        ("a.csv", gzip.compress(CSV), "gzip"),
        ("a.csv.gz", CSV, None),
        ("a.csv.br", bz2.compress(CSV), "bzip2"),
        ("a.csv.snappy", b"\xff\x06\0\0sNaPpY", "snappy"),
        ("a.csv.BR", b"\x8b\x07\x80id,name\n1,a\n2,b\n\x03", "brotli"),
    ],
)
def test_what_tells_a_codec(tmp_path: Path, name: str, data: bytes, expected: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with Engine() as engine:
        found = engine.detect(str(path))
    assert (found.compression and found.compression.name) == expected
    assert found.format is not None or name == "a.csv.snappy"

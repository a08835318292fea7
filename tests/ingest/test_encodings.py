"""An encoding guessed from the head stands or falls with the rest of the input."""

from __future__ import annotations

import codecs
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import logflow
from logflow.errors import DecodeError, EncodingDrift
from logflow.ingest.encodings import PIECE, _lines_outside_ascii

ASCII = ["id,name"] + [f"{i},Paul" for i in range(10_000)]
"""More lines than the head has room for."""

NAMES = ["Jürgen Müller", "José Muñoz", "Zoë Brontë", "Hélène Lefèvre", "Åse Sørensen"]
BAD = b"4,\xff\xfe\n"
NOISE = b"".join(b"4,%s\n" % bytes(128 + i * i * k % 127 for i in range(20)) for k in range(1, 10))


def lines(*names: str, encoding: str = "utf-8") -> bytes:
    return "".join(f"{i},{name}\n" for i, name in enumerate(names)).encode(encoding)


def convert(tmp_path: Path, *parts: bytes, **options: object) -> logflow.ConvertResult:
    sources = []
    for number, tail in enumerate(parts):
        sources.append(tmp_path / f"{number}.csv")
        sources[-1].write_bytes("\n".join([*ASCII, ""]).encode() + tail)
    return logflow.convert(sources, tmp_path / "out.parquet", **options)


@pytest.mark.parametrize("errors", ["quarantine", "strict", "permissive"])
def test_many_bad_bytes_that_make_sense_change_the_encoding(tmp_path: Path, errors: str) -> None:
    result = convert(tmp_path, lines(*NAMES * 9, encoding="cp1252"), errors=errors)
    names = pq.read_table(tmp_path / "out.parquet")["name"].to_pylist()
    assert names[-5:] == NAMES
    assert result.rejects_path is None
    assert result.receipt.files[0].encoding == "cp1252"
    assert result.receipt.passes == 2
    [detection] = result.detections
    assert detection.encoding is not None
    assert detection.encoding.name == "cp1252"
    assert "99 bytes are not UTF-8" in detection.encoding.reason


@pytest.mark.parametrize(
    ("tail", "rejects"),
    [
        (BAD, 1),
        (lines("Jürgen", encoding="cp1252"), 1),
        (lines(*NAMES * 40) + BAD * 9, 9),
        (NOISE, 9),
    ],
    ids=["one", "one that makes sense", "few among good ones", "many that make no sense"],
)
def test_other_bad_bytes_are_rejects(tmp_path: Path, tail: bytes, rejects: int) -> None:
    result = convert(tmp_path, tail)
    assert result.receipt.quarantined == rejects
    assert result.receipt.files[0].encoding == "utf-8"


def test_inputs_are_judged_one_by_one_and_read_once_more_together(tmp_path: Path) -> None:
    result = convert(
        tmp_path,
        lines(*NAMES * 9),
        lines(*NAMES * 9, encoding="cp1252"),
        lines(*["Иван Петров", "Ольга Сидорова"] * 9, encoding="cp1251"),
    )
    assert [file.encoding for file in result.receipt.files] == ["utf-8", "cp1252", "cp1251"]
    assert result.receipt.passes == 2
    assert result.receipt.quarantined == 0


def test_what_was_said_or_marked_is_not_doubted(tmp_path: Path) -> None:
    tail = lines(*NAMES * 9, encoding="cp1252")
    assert convert(tmp_path, tail, encoding="utf-8").receipt.quarantined == 45
    marked = tmp_path / "marked.csv"
    marked.write_bytes(codecs.BOM_UTF8 + "\n".join([*ASCII, ""]).encode() + tail)
    assert logflow.convert(marked, tmp_path / "b.parquet").receipt.quarantined == 45


def test_readers_know_before_the_first_batch_or_say_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join([*ASCII, ""]).encode() + lines(*NAMES * 9, encoding="cp1252"))
    assert logflow.read(path).read_all()["name"].to_pylist()[-5:] == NAMES
    assert list(logflow.schema(path)) == ["id", "name"]
    with pytest.raises(EncodingDrift, match="encoding='cp1252'"):
        logflow.read(path, typing="head").read_all()
    assert logflow.read(path, all_text=True).read_all()["name"].to_pylist()[-5:] == NAMES
    with pytest.raises(DecodeError, match="record 10002"):
        logflow.read(path, encoding="utf-8").read_all()


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp932", "山田ソ"), ("gb18030", "张伟𠀀"), ("iso2022_jp", "山田")]
)
@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_rejects_have_the_place_and_the_bytes_that_are_stored(
    tmp_path: Path, encoding: str, name: str, executor: str
) -> None:
    rows = [f"{i},{name}\n".encode(encoding) for i in range(30_000)]
    for number in (5, 12_345, 29_999):
        rows[number] = b"%d,\x81\xff\n" % number
    source = tmp_path / "a.csv"
    source.write_bytes(b"id,name\n" + b"".join(rows))
    result = logflow.convert(
        source, tmp_path / "out.parquet", encoding=encoding, executor=executor, chunk_bytes=1 << 16
    )
    assert result.rejects_path is not None
    stored = source.read_bytes()
    for reject in pq.read_table(result.rejects_path).to_pylist():
        at = stored.index(b"%d,\x81" % (reject["record"] - 2))
        assert reject["byte_offset"] == at
        assert reject["raw"] == stored[at : stored.index(b"\n", at)]
        bad = stored[at:].index(b"\x81") + at
        found = int(reject["message"].split()[-1])
        assert found in (bad, bad + 1)
        assert reject["message"].startswith(f"expected {encoding}, found byte 0x")
    assert result.receipt.quarantined == 3


@given(
    st.lists(st.sampled_from([b"", b"a", b"\xe9", b"\xff", b"a" * PIECE, b"a" * PIECE + b"\xe9"]))
)
def test_lines_outside_ascii_are_found_by_halves(lines: list[bytes]) -> None:
    expected = [line + b"\n" for line in lines if not line.isascii()]
    assert list(_lines_outside_ascii(b"".join(line + b"\n" for line in lines))) == expected

"""The facade: what it takes, where rejects go, what it refuses, and who is told."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

import logflow
from logflow.errors import (
    Cancelled,
    DecodeError,
    DestinationExistsError,
    LimitError,
    LogflowError,
    OptionError,
    SchemaError,
    SourceNotFoundError,
    TypeDrift,
    UnknownFormatError,
)
from logflow.ingest.publish import staging_for
from logflow.options import build
from logflow.plugins import registry
from logflow.testing import SampleSource

GOOD = b"id,name\n1,Ada\n2,Bob\n"
BAD = SampleSource(b"id,name\n1,Ada\nbroken\n2,Bob\n", "bad.csv")
ROWS = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_bytes(GOOD)
    (tmp_path / "b.csv").write_bytes(b"id,city\nx,Rome\n")
    (tmp_path / "empty.csv").write_bytes(b"")
    return tmp_path


def opened(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "src",
    ["a.csv", Path("a.csv"), "a.c*", ["a.csv"], GOOD, bytearray(GOOD), opened(GOOD)],
    ids=repr,
)
def test_every_kind_of_source(folder: Path, src: Any) -> None:
    assert logflow.read(src).read_all().to_pylist() == ROWS


def test_files_are_united_by_name(folder: Path) -> None:
    table = logflow.read("*.csv").read_all()
    assert table.to_pydict() == {
        "id": ["1", "2", "x"],
        "name": ["Ada", "Bob", None],
        "city": [None, None, "Rome"],
    }


def test_every_kind_of_destination(folder: Path) -> None:
    logflow.convert(GOOD, "out.parquet")
    stream = io.BytesIO()
    logflow.convert(GOOD, stream, to="parquet")
    record = registry().find("sinks", "parquet")
    options = build(registry().load(record.options, record), {})
    sink = registry().load(record.factory, record)(
        staging_for("sink.parquet", "run", force=False), options
    )
    logflow.convert(GOOD, sink)
    logflow.convert(GOOD, "directory/", to="parquet")
    tables = [
        pq.read_table(each)
        for each in ("out.parquet", io.BytesIO(stream.getvalue()), "sink.parquet", "directory")
    ]
    assert [table.to_pylist() for table in tables] == [ROWS] * 4


def test_others_read_the_reader_without_copies() -> None:
    assert pl.DataFrame(logflow.read(GOOD)).to_dicts() == ROWS
    connection = duckdb.connect()
    connection.register("good", logflow.read(GOOD))
    assert connection.sql("select sum(id) from good").fetchall() == [(3,)]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.bz2", "a.csv.xz", "a.zip", "a.tar.gz"])
def test_wrapped_inputs(folder: Path, name: str) -> None:
    import bz2
    import gzip
    import lzma
    import tarfile
    import zipfile

    if name.endswith("zip"):
        with zipfile.ZipFile(name, "w") as archive:
            archive.write("a.csv")
    elif "tar" in name:
        with tarfile.open(name, "w:gz") as tar:
            tar.add("a.csv")
    else:
        compress = {"gz": gzip, "bz2": bz2, "xz": lzma}[name[6:]].compress
        Path(name).write_bytes(compress(GOOD))
    assert logflow.read(name).read_all().to_pylist() == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings_are_found(encoding: str) -> None:
    text = "id;name\n1;Müller\n2;Weiß\n3;Zoë\n"
    table = logflow.read(text.encode(encoding)).read_all()
    assert table["name"].to_pylist() == ["Müller", "Weiß", "Zoë"]


def test_damage_of_a_wrapper_names_the_file(folder: Path) -> None:
    import gzip
    import os

    Path("a.csv.gz").write_bytes(gzip.compress(b"a,b\n" + os.urandom(99_999).hex().encode())[:-20])
    with pytest.raises(DecodeError, match=r"a\.csv\.gz.*gzip"):
        logflow.read("a.csv.gz").read_all()


def test_rejects_stand_beside_the_output(folder: Path) -> None:
    result = logflow.convert(BAD, "out.parquet")
    assert result.rejects_path == "out.parquet.rejects.parquet"
    (reject,) = pq.read_table(result.rejects_path).to_pylist()
    assert (reject["record"], reject["line"], reject["byte_offset"]) == (3, 3, 14)
    assert reject["raw"] == b"broken"
    assert result.receipt.quarantined == 1
    logflow.convert(GOOD, "out.parquet", force=True)
    assert not Path(result.rejects_path).exists(), "a clean run leaves no rejects of another"


POLICIES = [
    ({"errors": "strict"}, DecodeError, r"record 3, line 3, byte 14"),
    ({"max_rejects": 0}, LimitError, "max_rejects"),
    ({"max_reject_ratio": 0.1}, LimitError, r"1 of 4 records"),
]


@pytest.mark.parametrize(("options", "error", "message"), POLICIES)
def test_policies_publish_nothing(
    folder: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(error, match=message):
        logflow.convert(BAD, "out.parquet", **options)
    assert sorted(folder.iterdir()) == before


def test_permissive_counts_what_it_drops(folder: Path) -> None:
    result = logflow.convert(BAD, "out.parquet", errors="permissive")
    assert (result.receipt.written, result.receipt.dropped) == (2, 1)
    assert result.rejects_path is None


def test_rejects_of_another_run_are_not_lost(folder: Path) -> None:
    side = logflow.convert(BAD, "out.parquet").rejects_path
    assert side is not None
    kept = Path(side).read_bytes()
    Path("out.parquet").unlink()
    with pytest.raises(DestinationExistsError, match="rejects of an earlier run"):
        logflow.convert(GOOD, "out.parquet")
    with pytest.raises(OptionError, match="is read"):
        logflow.convert(side, "out.parquet", force=True)
    logflow.convert(side, "out.parquet", force=True, errors="permissive")
    assert Path(side).read_bytes() == kept
    logflow.convert(GOOD, "out.parquet", force=True, errors="permissive")
    assert not Path(side).exists()


def test_a_commit_that_fails_publishes_no_rejects(folder: Path) -> None:
    def appear(*_: int) -> None:
        Path("out.parquet").write_bytes(b"mine")

    with pytest.raises(DestinationExistsError):
        logflow.convert(BAD, "out.parquet", progress=appear)
    assert Path("out.parquet").read_bytes() == b"mine"
    assert not Path("out.parquet.rejects.parquet").exists()


@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("name", ["utf-16", "utf-32"])
def test_the_byte_order_mark_decides(name: str, order: str) -> None:
    data = "\ufeffid,name\n1,Ada\n2,Bob\n".encode(f"{name}-{order}")
    assert logflow.read(data, encoding=name, format="csv").read_all().to_pylist() == ROWS


def test_half_a_character_is_a_reject(folder: Path) -> None:
    data = "a,b\n1,é\nx\n2,q\n".encode("utf-16")
    result = logflow.convert(SampleSource(data + b"a", "x.csv"), "out.parquet")
    rejects = pq.read_table(str(result.rejects_path)).to_pylist()
    assert [r["error_type"] for r in rejects] == ["too_few_fields", "too_few_fields"]
    assert rejects[1]["raw"] == b"a"
    assert rejects[1]["byte_offset"] == len(data)


@pytest.mark.parametrize("encoding", ["rot13", "base64", "idna", "undefined", "nothing"])
def test_what_is_no_encoding(encoding: str) -> None:
    with pytest.raises(OptionError, match="cp1252"):
        logflow.read(GOOD, encoding=encoding)


REFUSED: list[tuple[Any, str, dict[str, Any], type[Exception], str]] = [
    ("missing.csv", "out.parquet", {}, SourceNotFoundError, "missing.csv"),
    ("a.csv", "out", {}, UnknownFormatError, "--to"),
    ("a.csv", "out.parquet", {"delimter": ";"}, OptionError, "'delimiter'"),
    ("a.csv", "out.parquet", {"compression": "zstd"}, OptionError, "sink_options"),
    ("a.csv", "out.parquet", {"sink_options": {"x": 1}}, OptionError, "parquet sink"),
    ("a.csv", "out.parquet", {"executor": "cluster"}, OptionError, "processes, threads"),
    ("a.csv", "out.parquet", {"format": "cvs"}, UnknownFormatError, "csv"),
    ("a.csv", "out.parquet", {"table": "x"}, SchemaError, "no table"),
    ("a.csv", "out.parquet", {"member": "x"}, OptionError, "no archive"),
    ("a.csv", "out.parquet", {"null_values": 5}, OptionError, "a list of texts"),
    ("a.csv", "out.parquet", {"columns": {"x": "int64"}}, SchemaError, "id, name"),
    ("a.csv", "b.csv", {"to": "parquet"}, DestinationExistsError, "--force"),
    ("a.csv", io.BytesIO(), {"to": "parquet", "errors": "quarantine"}, OptionError, "path"),
    (b"\x00\x01\x02\x03" * 20, "out.parquet", {}, UnknownFormatError, "no format"),
    (b"%GONE", "out.parquet", {}, UnknownFormatError, "logflow-gone"),
    (5, "out.parquet", {}, OptionError, "int"),
    ("s3://x/y.csv", "out.parquet", {}, UnknownFormatError, "s3"),
]


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize(("src", "dst", "options", "error", "message"), REFUSED)
def test_refusals_say_what_to_do(
    folder: Path, src: Any, dst: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(error, match=message):
        logflow.convert(src, dst, **options)
    assert sorted(folder.iterdir()) == before


def test_a_type_may_change_after_the_head(folder: Path) -> None:
    data = b"x,y\n" + b"1,2026-01-01\n" * 200_000 + b"A,\n"
    result = logflow.convert(data, "out.parquet")
    assert result.receipt.passes == 2
    table = pq.read_table("out.parquet")
    assert table["x"].to_pylist()[-1] == "A"
    assert [str(kind) for kind in table.schema.types] == ["string", "date32[day]"]


def test_head_types_drift_loudly() -> None:
    data = b"x\n" + b"1\n" * 800_000 + b"A\n"
    with pytest.raises(TypeDrift, match=r"'x' looked like int64 .* but is string"):
        logflow.read(SampleSource(data, "x.csv"), typing="head").read_all()


def test_head_types_publish_nothing_that_drifts(folder: Path) -> None:
    source = SampleSource(b"x\n" + b"1\n" * 800_000 + b"A\n", "x.csv")
    with pytest.raises(TypeDrift, match="typing='all'"):
        logflow.convert(source, "out.parquet", typing="head")
    assert not Path("out.parquet").exists()


def test_too_many_columns_are_an_error() -> None:
    with pytest.raises(LimitError, match="max_columns"):
        logflow.read(GOOD, max_columns=1).read_all()


def test_measurements_go_where_they_are_asked_to(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "logflow.metrics")
    logflow.convert("a.csv", "out.parquet", metrics="log")
    assert "logflow.records.written" in caplog.text


def test_declared_types_reject(folder: Path) -> None:
    result = logflow.convert(b"id,n\n1,5\n2,x\n3,7\n", "out.parquet", columns={"n": "int8"})
    assert pq.read_table("out.parquet")["n"].to_pylist() == [5, 7]
    (reject,) = pq.read_table(str(result.rejects_path)).to_pylist()
    assert (reject["column"], reject["record"]) == ("n", 3)


def test_cancelling_leaves_nothing(folder: Path) -> None:
    token = logflow.CancelToken()
    data = b"x,y\n" + b"1,2\n" * 1_000_000
    before = sorted(folder.iterdir())
    threading.Timer(0.05, token.cancel).start()
    with pytest.raises(Cancelled):
        logflow.convert(data, "out.parquet", token=token, chunk_rows=1000)
    assert sorted(folder.iterdir()) == before


def test_a_source_that_changes_is_noticed(folder: Path) -> None:
    source = Path("a.csv")

    class Growing:
        location = "growing.csv"
        replayable = True

        def identity(self) -> Any:
            from logflow.interfaces.source import SourceIdentity

            return SourceIdentity(size=source.stat().st_size)

        def open(self) -> Any:
            with source.open("ab") as more:
                more.write(b"3,Cid\n")
            return source.open("rb")

    with pytest.raises(LogflowError, match="changed while it was read"):
        logflow.convert(Growing(), "out.parquet")
    assert not Path("out.parquet").exists()


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    before = sorted(folder.iterdir())
    result = logflow.convert(BAD, "out.parquet", dry_run=True)
    assert result.receipt.written == 2
    assert sorted(folder.iterdir()) == before

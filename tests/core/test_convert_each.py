"""One output for each input: names, what is in the way, and inputs that cannot be converted."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import logflow
from logflow.errors import (
    Cancelled,
    DestinationExistsError,
    LogflowError,
    OptionError,
    PartialError,
    SourceNotFoundError,
    StorageError,
    UnknownFormatError,
)

GOOD = b"id,name\n1,Ada\n2,Bob\n"
DAMAGED = b"id,name\n1,Ada\n2\n3,Eve\n"
CUT = gzip.compress(GOOD)[:-9]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    return tmp_path


def written(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def found(folder: Path | str = "out") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.mark.parametrize(
    ("name", "data", "output"),
    [
        ("a.csv", GOOD, "a.parquet"),
        ("A.CSV", GOOD, "A.parquet"),
        ("a.2026.csv", GOOD, "a.2026.parquet"),
        ("a.csv.gz", gzip.compress(GOOD), "a.parquet"),
        ("a.gz", gzip.compress(GOOD), "a.parquet"),
        ("deep/er/a.csv", GOOD, "a.parquet"),
        ("a.csv", GOOD.replace(b",", b"\t"), "a.parquet"),
        ("a.2026", GOOD, "a.2026.parquet"),
        ("a", GOOD, "a.parquet"),
        ("empty.csv", b"", "empty.parquet"),
    ],
)
def test_names(folder: Path, name: str, data: bytes, output: str) -> None:
    written({f"in/{name}": data})
    (result,) = logflow.convert_each("in", "out", to="parquet")
    assert result.destination == f"out/{output}"
    assert found() == [output]
    assert pq.read_table(f"out/{output}").num_rows == result.receipt.written


def test_each_has_types_and_a_receipt_of_its_own(folder: Path) -> None:
    written({"in/a.csv": b"id\n1\n", "in/b.csv": b"id\n007\n", "out/other": b"stays"})
    results = logflow.convert_each("in/*", "out", to="parquet")
    assert [str(result.schema.field("id").type) for result in results] == ["int64", "string"]
    assert [[file.file for file in result.receipt.files] for result in results] == [
        ["in/a.csv"],
        ["in/b.csv"],
    ]
    assert not any(result.receipt.drifted for result in results)
    assert found() == ["a.parquet", "b.parquet", "other"]


def test_members_of_an_archive(folder: Path) -> None:
    with zipfile.ZipFile("in/z.zip", "w") as archive:
        archive.writestr("x/a.csv", GOOD)
        archive.writestr("b.csv", GOOD)
    logflow.convert_each("in", "out/", to="parquet")
    assert found() == ["a.parquet", "b.parquet"]


def test_rejects_have_a_file_each(folder: Path) -> None:
    written({"in/a.csv": DAMAGED, "in/b.csv": GOOD})
    results = logflow.convert_each("in", "out", to="parquet")
    assert [result.rejects_path for result in results] == ["out/a.parquet.rejects.parquet", None]
    assert found() == ["a.parquet", "a.parquet.rejects.parquet", "b.parquet"]
    written({"in/a.csv": GOOD})
    logflow.convert_each("in", "out", to="parquet", force=True)
    assert found() == ["a.parquet", "b.parquet"]


@pytest.mark.parametrize(
    ("files", "options", "error", "says"),
    [
        pytest.param(
            {"in/a.csv": GOOD, "in/x/a.csv.gz": gzip.compress(GOOD)},
            {},
            OptionError,
            "in/a.csv and in/x/a.csv.gz would both be written to out/a.parquet",
            id="one name for two",
        ),
        pytest.param(
            {"in/a.csv": GOOD, "in/a.parquet.rejects.csv": GOOD},
            {},
            OptionError,
            "would both be written to out/a.parquet.rejects.parquet",
            id="the name of rejects",
        ),
        pytest.param(
            {"in/a.csv": GOOD, "in/b.csv": GOOD, "out/b.parquet": b"old"},
            {},
            DestinationExistsError,
            "out/b.parquet exists already",
            id="an output is there",
        ),
        pytest.param(
            {"in/a.csv": GOOD, "in/b.csv": GOOD, "out/b.parquet.rejects.parquet": b"old"},
            {},
            DestinationExistsError,
            "out/b.parquet.rejects.parquet exists already",
            id="rejects are there",
        ),
        pytest.param(
            {"in/a.csv": GOOD, "in/b.bin": b"\x00\x01\x02"},
            {},
            UnknownFormatError,
            "in/b.bin",
            id="no format",
        ),
        pytest.param(
            {"in/a.csv": GOOD}, {"to": None}, OptionError, "--to", id="no format to write"
        ),
        pytest.param({"in/a.csv": GOOD}, {"delimeter": ";"}, OptionError, "delimiter", id="typo"),
        pytest.param(
            {"in/a.csv": GOOD, "out": b"a file"}, {}, StorageError, "directory out", id="a file"
        ),
    ],
)
def test_what_is_in_the_way_is_said_before_anything_is_written(
    folder: Path, files: dict[str, bytes], options: dict[str, Any], error: Any, says: str
) -> None:
    written(files)
    before = sorted(folder.rglob("*"))
    with pytest.raises(error, match=says):
        logflow.convert_each("in", "out", **{"to": "parquet", **options})
    assert sorted(folder.rglob("*")) == before


def test_an_input_is_not_replaced(folder: Path) -> None:
    written({"in/a.csv": GOOD, "in/a.parquet": GOOD})
    with pytest.raises(OptionError, match="would both"):
        logflow.convert_each("in", "in", to="parquet", force=True)
    with pytest.raises(OptionError, match=r"in/a\.parquet is read"):
        logflow.convert_each("in/a.parquet", "in", to="parquet", force=True)
    assert Path("in/a.parquet").read_bytes() == GOOD


@pytest.mark.parametrize("src", [[], "nothing*", GOOD], ids=repr)
def test_inputs_need_names(folder: Path, src: Any) -> None:
    with pytest.raises((SourceNotFoundError, OptionError)):
        logflow.convert_each(src, "out", to="parquet")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("bad", "options"),
    [(CUT, {}), (b"\x1f\x8b\x08\x00", {}), (gzip.compress(DAMAGED), {"errors": "strict"})],
    ids=["cut off", "nothing but a header", "strict"],
)
def test_one_that_fails_does_not_keep_the_others(
    folder: Path, bad: bytes, options: dict[str, Any]
) -> None:
    written({"in/a.csv": GOOD, "in/b.csv.gz": bad, "in/c.csv": GOOD})
    with pytest.raises(
        PartialError, match=r"1 of 3 inputs could not be converted.*in/b\.csv\.gz"
    ) as raised:
        logflow.convert_each("in", "out", to="parquet", **options)
    assert [result.destination for result in raised.value.results] == [
        "out/a.parquet",
        "out/c.parquet",
    ]
    assert list(raised.value.failures) == ["in/b.csv.gz"]
    assert all(isinstance(error, LogflowError) for error in raised.value.failures.values())
    assert found() == ["a.parquet", "c.parquet"]


def test_cancelling_stops_it_all(folder: Path) -> None:
    written({"in/a.csv": GOOD, "in/b.csv": GOOD})
    token = logflow.CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        logflow.convert_each("in", "out", to="parquet", token=token)
    assert not Path("out").exists()


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    written({"in/a.csv": GOOD, "in/b.csv": DAMAGED})
    results = logflow.convert_each("in", "out", to="parquet", dry_run=True)
    assert [result.receipt.written for result in results] == [2, 2]
    assert found(folder) == ["in"]


def test_progress_goes_on_from_input_to_input(folder: Path) -> None:
    written({"in/a.csv": GOOD, "in/b.csv": DAMAGED, "in/c.csv": GOOD})
    told: list[tuple[int, int, int]] = []
    logflow.convert_each("in", "out", to="parquet", progress=lambda *each: told.append(each))
    assert told == sorted(told)
    assert told[-1] == (2 * len(GOOD) + len(DAMAGED), 6, 1)

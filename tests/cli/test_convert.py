"""``logflow convert``: where data and messages go."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from logflow.cli.exits import Exit

Program = Callable[..., Any]

ROWS = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Grace"}]


def rows(source: Any) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = pq.read_table(source).to_pylist()
    return table


def test_the_receipt_is_a_message(folder: Path, logflow: Program) -> None:
    ran = logflow("convert", "clean.csv", "o.parquet")
    assert ran.out == ""
    assert ran.lines == [
        "o.parquet: 3 records read = 2 written + 0 quarantined + 0 dropped + 1 skipped"
    ]
    assert rows("o.parquet") == ROWS


def test_rejects_are_told_by_type(folder: Path, logflow: Program) -> None:
    ran = logflow("convert", "damaged.csv", "o.parquet")
    assert ran.out == ""
    assert ran.lines == [
        "o.parquet: 5 records read = 2 written + 2 quarantined + 0 dropped + 1 skipped",
        "2 records were rejected: o.parquet.rejects.parquet (too_few_fields 1, too_many_fields 1)",
    ]
    kept = pq.read_table("o.parquet.rejects.parquet")
    assert kept.column("raw").to_pylist() == [b"2", b"3,Grace,x,y"]


@pytest.mark.parametrize(
    ("comments", "said"),
    [
        ("# x\n" * 3, "skipped: 1 preamble (line 1), 3 comment (lines 3-5)"),
        ("# x\n1,2\n" * 6, "skipped: 1 preamble (line 1), 6 comment (lines 3, 5, 7, 9, 11, …)"),
        ("# x\n" * 101, "skipped: 1 preamble (line 1), 101 comment (lines 3-101, …)"),
    ],
)
def test_what_is_no_data_is_told(comments: str, said: str, folder: Path, logflow: Program) -> None:
    (folder / "one.csv").write_text(f"Title\na,b\n{comments}3,4\n", encoding="utf-8")
    flags = ("--comment", "#", "--skip-lines", "1")
    assert logflow("convert", "one.csv", "o.parquet", *flags).lines[1:] == [said]
    ran = logflow("convert", "one.csv", "one.csv", "p.parquet", *flags)
    assert ran.lines[1:] == [re.sub(r" \(.*?\)|\d+", lambda m: doubled(m[0]), said)]


def doubled(text: str) -> str:
    return str(2 * int(text)) if text.isdigit() else ""


def test_dropped_records_are_counted(folder: Path, logflow: Program) -> None:
    (folder / "one.csv").write_bytes(b"id,name\n1,Ada\n2,Grace\n3\n")
    ran = logflow("convert", "one.csv", "o.parquet", "--errors", "permissive")
    assert ran.lines[1:] == ["1 record was rejected and dropped, as asked for"]
    assert not (folder / "o.parquet.rejects.parquet").exists()


@pytest.mark.parametrize("before", [["-q", "convert"], ["convert", "-q"]], ids=" ".join)
def test_quiet_is_quiet(before: list[str], folder: Path, logflow: Program) -> None:
    ran = logflow(*before, "damaged.csv", "o.parquet")
    assert (ran.status, ran.out, ran.err) == (Exit.REJECTS, "", "")
    assert logflow(*before, "clean.csv", "o.parquet").err.startswith("logflow: o.parquet exists")


def test_json_is_the_receipt(folder: Path, logflow: Program) -> None:
    ran = logflow("convert", "damaged.csv", "o.parquet", "--json")
    found = json.loads(ran.out)
    assert ran.err == ""
    assert found["receipt"]["totals"]["quarantined"] == 2
    assert found["receipt"]["totals"]["read"] == 5
    assert [file["rows"] for file in found["output"]] == [2]
    assert found["rejects"] == "o.parquet.rejects.parquet"
    assert found["detections"][0]["format"]["name"] == "csv"


def test_a_dry_run_says_what_would_happen(folder: Path, logflow: Program) -> None:
    before = sorted(folder.iterdir())
    ran = logflow("convert", "--dry-run", "damaged.csv", "o.parquet")
    assert sorted(folder.iterdir()) == before
    assert (ran.status, ran.err) == (Exit.REJECTS, "")
    for words in (
        "damaged.csv (37 bytes)",
        "format       csv",
        "delimiter    ','",
        "o.parquet would have",
        "  id    int64",
        "5 records read = 2 written + 2 quarantined + 0 dropped + 1 skipped",
        "nothing was written",
    ):
        assert words in ran.out


def test_a_dry_run_as_json(folder: Path, logflow: Program) -> None:
    ran = logflow("convert", "--dry-run", "--json", "clean.csv", "-", "--to", "parquet")
    found = json.loads(ran.out)
    assert found["detections"][0]["dialect"]["delimiter"] == ","
    assert found["receipt"]["totals"]["written"] == 2


def test_several_sources(folder: Path, logflow: Program) -> None:
    (folder / "more.csv").write_bytes(b"id,name\n3,Edsger\n")
    logflow("convert", "clean.csv", "more.csv", "o.parquet")
    assert rows("o.parquet") == [*ROWS, {"id": 3, "name": "Edsger"}]
    logflow("convert", "*c*.csv", "more.csv", "-o", "p.parquet")
    assert rows("p.parquet") == rows("o.parquet")


def test_what_is_little_more_than_a_guess_is_told(folder: Path, logflow: Program) -> None:
    close = "".join(f"a{n}: 7{n}\n" for n in range(9))
    said = "colon between 2 columns, with confidence 0.53; --delimiter overrules"
    (folder / "close.csv").write_text(close, encoding="utf-8")
    ran = logflow("convert", "close.csv", "o.parquet")
    assert ran.out == ""
    assert ran.lines[1:] == [f"guessed: close.csv: {said}; logflow detect --explain says why"]
    ran = logflow("convert", "close.csv", "o.parquet", "--force", "--json")
    assert json.loads(ran.out)["receipt"]["files"][0]["doubt"] == said
    assert "guessed" in logflow("convert", "close.csv", "p.parquet", "--dry-run").out
    given = logflow("convert", "close.csv", "o.parquet", "--force", "--delimiter", ":")
    assert given.lines[1:] == []
    many = ["close.csv"] * 5
    assert "; and 2 more, which --json lists" in logflow("convert", *many, "q.parquet").lines[1]


def test_inputs_that_differ_are_told(folder: Path, logflow: Program) -> None:
    (folder / "more.csv").write_bytes(b"id,city\n007,Oslo\n")
    ran = logflow("convert", "clean.csv", "more.csv", "o.parquet")
    assert ran.lines[1:] == [
        "1 of 2 inputs differs from most: more.csv (without name, with city, id is string)"
    ]
    for number in range(5):
        (folder / f"{number}.csv").write_bytes(b"id\n1\n")
    ran = logflow("convert", "?.csv", *["clean.csv"] * 6, "p.parquet")
    assert ran.lines[1:] == [
        "5 of 11 inputs differ from most: 0.csv (without name); 1.csv (without name); "
        "2.csv (without name); and 2 more, which --json lists"
    ]
    files = json.loads(logflow("convert", "?.csv", "clean.csv", "q.parquet", "--json").out)
    drift = files["receipt"]["files"][-1]["drift"]
    assert (drift["missing"], drift["extra"], drift["types"]) == ([], ["name"], {})


def test_an_output_for_each(folder: Path, logflow: Program) -> None:
    ran = logflow("convert", "--each", "*.csv", "out/", "--to", "parquet")
    assert (ran.status, ran.out) == (Exit.REJECTS, "")
    assert ran.lines == [
        "out/clean.parquet: 3 records read = 2 written + 0 quarantined + 0 dropped + 1 skipped",
        "out/damaged.parquet: 5 records read = 2 written + 2 quarantined + 0 dropped + 1 skipped",
        "2 records were rejected: out/damaged.parquet.rejects.parquet "
        "(too_few_fields 1, too_many_fields 1)",
        "out/, 2 outputs: 8 records read = 4 written + 2 quarantined + 0 dropped + 2 skipped",
    ]
    assert rows("out/clean.parquet") == ROWS
    again = ("convert", "--each", "*.csv", "out", "--to", "parquet")
    assert logflow(*again).status == Exit.USAGE
    assert logflow(*again, "--force", "--allow-rejects").status == Exit.CLEAN


def test_each_that_fails_is_told(folder: Path, logflow: Program) -> None:
    ran = logflow("convert", "--each", "*.csv", "out", "--to", "parquet", "--errors", "strict")
    assert ran.status == Exit.FAILED
    assert ran.lines == [
        "out/clean.parquet: 3 records read = 2 written + 0 quarantined + 0 dropped + 1 skipped",
        "logflow: damaged.csv, record 3, line 3, byte 14: expected 2 fields, found 1",
    ]


def test_each_as_json(folder: Path, logflow: Program) -> None:
    (folder / "cut.csv.gz").write_bytes(b"\x1f\x8b\x08\x00")
    ran = logflow("convert", "--each", "--json", ".", "out", "--to", "parquet")
    found = json.loads(ran.out)
    assert ran.status == Exit.FAILED
    assert found["totals"]["written"] == 4
    assert [each["destination"] for each in found["results"]] == [
        "out/clean.parquet",
        "out/damaged.parquet",
    ]
    assert [each["input"] for each in found["failures"]] == ["cut.csv.gz"]


def test_a_dry_run_of_each(folder: Path, logflow: Program) -> None:
    ran = logflow("convert", "--each", "--dry-run", "*.csv", "out", "--to", "parquet")
    assert not (folder / "out").exists()
    assert "out/clean.parquet would have" in ran.out
    assert "out/damaged.parquet would have" in ran.out


def test_data_goes_to_standard_output(folder: Path, process: Program) -> None:
    ran = process("convert", "clean.csv", "-", "--to", "parquet")
    assert rows(io.BytesIO(ran.data)) == ROWS
    assert ran.err.startswith("standard output: 3 records read")


def test_the_receipt_makes_way_for_data(folder: Path, process: Program) -> None:
    ran = process("convert", "clean.csv", "-", "--to", "parquet", "--json")
    assert rows(io.BytesIO(ran.data)) == ROWS
    assert json.loads(ran.err)["receipt"]["totals"]["written"] == 2


def test_rejects_stop_what_goes_to_a_stream(folder: Path, process: Program) -> None:
    ran = process("convert", "damaged.csv", "-", "--to", "parquet")
    assert (ran.status, ran.data) == (Exit.FAILED, b"")
    assert (
        ran.err == "logflow: damaged.csv, record 3, line 3, byte 14: expected 2 fields, found 1\n"
    )


@pytest.mark.parametrize("arguments", [["-", "o.parquet"], ["-o", "o.parquet"]], ids=" ".join)
def test_standard_input(arguments: list[str], folder: Path, process: Program) -> None:
    ran = process("convert", *arguments, stdin=(folder / "clean.csv").read_bytes())
    assert (ran.status, ran.out) == (Exit.CLEAN, "")
    assert rows("o.parquet") == ROWS


def test_types_that_drift_late_are_found_from_standard_input(
    folder: Path, process: Program
) -> None:
    ran = process(
        "convert",
        "-",
        "o.parquet",
        "--chunk-rows",
        "2",
        "--format",
        "csv",
        stdin=b"n\n1\n2\n3\n4\nfive\n",
    )
    assert ran.status == Exit.CLEAN
    assert rows("o.parquet") == [{"n": n} for n in ("1", "2", "3", "4", "five")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-d;"], [{"a,b": "1,2"}]),
        (["--all-text"], [{"a": "1", "b": "2"}]),
        (["--types", "a:float64,b:decimal128(5, 2)"], [{"a": 1.0, "b": "2.00"}]),
        (["--no-header", "--names", "x,y"], [{"x": "a", "y": "b"}, {"x": "1", "y": "2"}]),
        (["--sink", "compression=gzip", "-j1"], [{"a": 1, "b": 2}]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value[0], str) else "",
)
def test_flags_reach_the_engine(
    arguments: list[str], expected: list[dict[str, Any]], folder: Path, logflow: Program
) -> None:
    (folder / "a.csv").write_bytes(b"a,b\n1,2\n")
    ran = logflow("convert", "a.csv", "o.parquet", *arguments)
    assert ran.status == Exit.CLEAN, ran.err
    shown = [
        {k: str(v) if type(v).__name__ == "Decimal" else v for k, v in row.items()}
        for row in rows("o.parquet")
    ]
    assert shown == expected


def test_the_sink_gets_its_options(folder: Path, logflow: Program) -> None:
    (folder / "long.csv").write_text("name\n" + "".join(f"name {i}\n" for i in range(1000)))
    logflow("convert", "long.csv", "o.parquet", "--sink", "compression=gzip")
    assert pq.ParquetFile("o.parquet").metadata.row_group(0).column(0).compression == "GZIP"


def test_a_variable_of_the_environment_is_named(
    folder: Path, logflow: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    logflow("convert", "clean.csv", "data.parquet")
    monkeypatch.setenv("LOGFLOW_DELIMITER", ";")
    ran = logflow("convert", "data.parquet", "o.parquet")
    assert (ran.status, ran.err) == (
        Exit.USAGE,
        "logflow: LOGFLOW_DELIMITER is for reading csv, tsv, which this input is not\n",
    )
    monkeypatch.setenv("LOGFLOW_DELIMITER", "ab")
    assert logflow("head", "clean.csv").err.startswith("logflow: LOGFLOW_DELIMITER: option")


@pytest.mark.parametrize("name", ["LOGFLOW_QUIET", "LOGFLOW_CONVERT_QUIET"])
def test_switches_are_set_by_the_environment(
    name: str, folder: Path, logflow: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    monkeypatch.setenv("LOGFLOW_CONVERT_JSON", "1")
    ran = logflow("convert", "damaged.csv", "o.parquet")
    assert json.loads(ran.out)["rejects"] == "o.parquet.rejects.parquet"
    assert ran.err == ""


@pytest.mark.parametrize(
    ("flags", "said", "noted"),
    [
        (["--null-padding"], ["1 record was padded"], {"padded": 1}),
        (
            ["--ragged", "extra"],
            ["1 record was padded", "2 records were extended"],
            {"padded": 1, "extended": 2},
        ),
    ],
)
def test_rows_that_were_repaired_are_counted(
    flags: list[str], said: list[str], noted: dict[str, int], folder: Path, logflow: Program
) -> None:
    (folder / "ragged.csv").write_bytes(b"a,b\n" + b"1,2\n" * 9 + b"1\n1,2,3\n1,2,3\n")
    ran = logflow("convert", "ragged.csv", "o.parquet", *flags)
    assert ran.lines[1 : 1 + len(said)] == said
    told = logflow("convert", "ragged.csv", "p.parquet", "--json", *flags)
    assert json.loads(told.out)["receipt"]["files"][0]["noted"] == noted

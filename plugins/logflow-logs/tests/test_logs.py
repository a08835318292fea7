"""The rules of the plugin contract, every definition by its samples, and what hangs together."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

import pytest
from logflow_logs.definition import formats
from logflow_logs.sniff import best

import logflow
from logflow.errors import DecodeError, OptionError
from logflow.testing import DecoderConformance

DATA = os.environ.get("LOGFLOW_CONFORMANCE_DATA")
LOGS = sorted(Path(DATA or "", "logpai+loghub").glob("*/*_2k.log"))
needs_data = pytest.mark.skipif(
    DATA is None, reason="LOGFLOW_CONFORMANCE_DATA does not say where the public suites are"
)

ACCESS = (
    '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326\n'
    '::1 - - [10/Oct/2000:13:55:37 -0700] "POST /b HTTP/1.1" 500 -\n'
)
ROWS: list[dict[str, Any]] = [
    {
        "client": "127.0.0.1",
        "user": "frank",
        "timestamp": dt.datetime(2000, 10, 10, 20, 55, 36, tzinfo=dt.UTC),
        "method": "GET",
        "path": "/a.gif",
        "protocol": "HTTP/1.0",
        "status": 200,
        "bytes": 2326,
    },
    {
        "client": "::1",
        "user": None,
        "timestamp": dt.datetime(2000, 10, 10, 20, 55, 37, tzinfo=dt.UTC),
        "method": "POST",
        "path": "/b",
        "protocol": "HTTP/1.1",
        "status": 500,
        "bytes": None,
    },
]
JAVA = (
    "2015-10-18 18:01:47,978 INFO [main] org.example.App: started\n"
    "2015-10-18 18:01:48,000 ERROR [main] org.example.App: failed\n"
    "java.lang.IllegalStateException: no\n"
    "\tat org.example.App.main(App.java:7)\n"
    "2015-10-18 18:01:49,000 INFO [main] org.example.App: stopped\n"
)


class TestLogs(DecoderConformance):
    name = "logs"
    valid: ClassVar = {"access": (ACCESS.encode(), ROWS)}
    not_mine = (
        b"PK\x03\x04",
        b'{"time": "2024-02-29T12:00:00Z", "level": "info"}\n',
        b"time,level,message\n2024-02-29 12:00:00,INFO,a\n2024-02-29 12:00:01,INFO,b\n",
        b"2024-02-29 12:00:00,1,2\n2024-02-29 12:00:01,3,4\n",
        b"<log><trace/></log>",
        b"a=1\nb=2\n",
    )

    def test_d9_the_policy_of_rejects(self) -> None:
        """D9: lines that no definition matches are rejects where that is asked for."""
        data = ("x\n" + ACCESS).encode()
        with pytest.raises(DecodeError, match=r"record 1, line 1.*expected a line"):
            self.rows(data, errors="strict", unmatched="reject")


SAMPLES = [(form, sample) for form in formats() for sample in form.samples]


@pytest.mark.parametrize(("form", "sample"), SAMPLES, ids=[f.name for f, _ in SAMPLES])
def test_samples(form: Any, sample: str) -> None:
    """A sample has its format, no one before it, and times that are read."""
    matching = [each.name for each in formats() if each.matches(sample)]
    assert matching[0] == form.name
    options: Any = {"format": "logs", "log_format": form.name, "year": 2024}
    table = logflow.read(sample.encode(), **options).read_all()
    for name, _ in getattr(form, "times", ()):
        if name in table.column_names:
            assert str(table.schema.field(name).type).startswith("time"), table.schema


def test_names_are_different() -> None:
    names = [form.name for form in formats()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("chunk", [{}, {"chunk_rows": 1}])
def test_a_new_year(chunk: dict[str, int]) -> None:
    lines = "".join(f"{day} 12:00:00 host app[1]: x\n" for day in ("Dec 30", "Dec 31", "Jan  1"))
    table = logflow.read(lines.encode(), format="logs", year=2020, **chunk).read_all()
    years = [moment.year for moment in table["timestamp"].to_pylist()]
    assert years == [2020, 2020, 2021]


@pytest.mark.parametrize("chunk", [{}, {"chunk_rows": 1}])
def test_stack_traces_belong_to_their_record(chunk: dict[str, int]) -> None:
    table = logflow.read(JAVA.encode(), **chunk).read_all()
    assert table["message"].to_pylist() == [
        "started",
        "failed\njava.lang.IllegalStateException: no\n\tat org.example.App.main(App.java:7)",
        "stopped",
    ]
    assert table["level"].to_pylist() == ["INFO", "ERROR", "INFO"]
    lines = logflow.read(JAVA.encode(), unmatched="message", **chunk).read_all()
    assert lines.num_rows == 5


def test_lines_of_no_format_are_messages() -> None:
    rows = logflow.read(b"one\ntwo\n\nthree\n", format="logs").read_all().to_pylist()
    assert rows == [{"message": "one"}, {"message": "two"}, {"message": "three"}]


def test_two_formats_in_one_file() -> None:
    mixed = ACCESS * 3 + "2024-02-29 12:00:00,123 INFO [main] org.example.App: started\n"
    rows = logflow.read(mixed.encode()).read_all().to_pylist()
    assert (rows[0]["status"], rows[6]["level"], rows[6]["message"]) == (200, "INFO", "started")


def test_w3c() -> None:
    text = (
        "#Software: IIS\n#Fields: date time cs-method cs(User-Agent) sc-status\n"
        "2024-02-29 12:00:00 GET Mozilla/5.0+(X11) 200\n"
        "#Fields: date time sc-status\n2024-02-29 12:00:01 404\n"
    )
    rows = logflow.read(text.encode()).read_all().to_pylist()
    moment = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
    assert rows == [
        {"timestamp": moment, "cs-method": "GET", "cs(User-Agent)": "Mozilla/5.0+(X11)",
         "sc-status": 200},
        {"timestamp": moment.replace(second=1), "cs-method": None, "cs(User-Agent)": None,
         "sc-status": 404},
    ]  # fmt: skip


def test_logfmt() -> None:
    text = (
        'ts=2024-02-29T12:00:00Z level=info msg="a \\"b\\"" n=1\n'
        "ts=2024-02-29T12:00:01Z level=warn msg=x\n"
    )
    rows = logflow.read(text.encode()).read_all().to_pylist()
    assert [(row["level"], row["msg"], row["n"]) for row in rows] == [
        ("info", 'a "b"', 1),
        ("warn", "x", None),
    ]


def test_a_format_by_name() -> None:
    data = b"x\n" + ACCESS.encode()
    options: Any = {"format": "logs", "log_format": "access"}
    assert logflow.read(data, errors="permissive", **options).read_all().num_rows == 2
    assert logflow.read(data, unmatched="message", **options).read_all().num_rows == 3
    with pytest.raises(OptionError, match="expected one of minecraft, dmesg"):
        logflow.read(data, format="logs", log_format="nonsense").read_all()


def test_no_pattern_takes_long(tmp_path: Path) -> None:
    """Lines made to be hard for regular expressions cost each definition little."""
    hard = [
        "[" * 2000,
        '"' + "\\" * 2000,
        "a " * 1000,
        "1" * 2000,
        "[2024-02-29 12:00:00] " + "[x] " * 500,
        "Feb 29 12:00:00 host " + "a" * 2000,
        '1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "' + "GET " * 500,
    ]
    start = time.monotonic()
    best(tuple(hard))
    for form in formats():
        for line in hard:
            form.matches(line)
    assert time.monotonic() - start < 60


DEFINED = """
[macros]
n = '\\d+'
[[format]]
name = "mine"
title = "Mine"
pattern = '(?P<timestamp>\\S+)/(?P<number>{n})/(?P<message>.*)'
times = { timestamp = "%Y.%m.%d-%H:%M:%S" }
"""


@pytest.mark.parametrize(
    ("defined", "expected"),
    [
        (DEFINED, "lines of Mine"),
        (DEFINED.replace("{n}", "(?=x)"), "plugin mine (acme-mine 1.0), log formats 'mine'"),
        ("nonsense", "plugin mine (acme-mine 1.0), log formats 'mine'"),
    ],
)
def test_other_plugins_define_formats(tmp_path: Path, defined: str, expected: str) -> None:
    (tmp_path / "acme_mine.py").write_text(
        "from logflow.hookspecs import hookimpl\nfrom logflow.records import Record\n"
        "@hookimpl\ndef logflow_log_formats():\n"
        "    return [Record(name='mine', factory='acme_mine:text')]\n"
        f"def text():\n    return {defined!r}\n"
    )
    about = tmp_path / "acme_mine-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-mine\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[logflow]\nmine = acme_mine\n")
    (tmp_path / "x.log").write_text("2026.02.28-12:00:00/7/a\n2026.02.28-12:00:01/8/b\n")
    ran = subprocess.run(
        [sys.executable, "-m", "logflow", "detect", "x.log"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert expected in ran.stdout + ran.stderr


@needs_data
@pytest.mark.parametrize("path", LOGS, ids=[path.stem for path in LOGS])
def test_logs_of_others(path: Path) -> None:
    """Every line is a record, and has a time."""
    table = logflow.read(path).read_all()
    lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    assert table.num_rows == len(lines)
    assert str(table.schema.field("timestamp").type).startswith("timestamp")
    assert table["timestamp"].null_count == 0


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_stack_traces_hide_no_format(end: str) -> None:
    trace = ["java.lang.IllegalStateException: x", *["\tat a.B.c(B.java:1)"] * 80, "Caused by: y"]
    line = "2024-03-01 12:00:00,123 INFO  [main] com.example.App: started"
    other = "Mar  1 12:00:07 host sshd[1]: ok"
    text = end.join([*trace, *[line] * 5, other, *trace, line, ""])
    assert getattr(logflow.detect(text.encode()).format, "name", None) == "logs"
    found = logflow.read(text.encode()).read_all().to_pylist()
    components = [None, *["com.example.App"] * 5, "sshd", "com.example.App"]
    assert [row["component"] for row in found] == components
    assert found[6]["message"].endswith("Caused by: y")


def test_w3c_of_too_many_fields_is_a_clear_error() -> None:
    text = f"#Fields: {' '.join(f'f{number}' for number in range(300))}\n1\n"
    with pytest.raises(DecodeError, match="names 300 fields"):
        logflow.read(text.encode(), format="logs").read_all()

"""The export format of systemd's journal."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import ClassVar

from logflow_logs.journal import MOST_VALUE

import logflow
from logflow.testing import DecoderConformance

DATA = (
    b"__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1709208000123456\nPRIORITY=6\nMESSAGE=a=b\nTAG=x\nTAG=y\n\n"
    b"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1709208001000000\nMESSAGE\n"
    + (9).to_bytes(8, "little")
    + b"one\n\ntwo\xc3\n\n\n"
    b"__CURSOR=s=1;i=3\n__REALTIME_TIMESTAMP=1709208002000000\nMESSAGE\n"
    + (8).to_bytes(8, "little")
    + b"one\n\ntwo\n\n"
)


def test_journal(tmp_path: Path) -> None:
    found = logflow.convert(DATA, tmp_path / "o.arrow")
    assert (found.receipt.read, found.receipt.written, found.receipt.rejected) == (3, 2, 1)
    rows = logflow.read(tmp_path / "o.arrow").read_all().to_pylist()
    assert rows[0] == {
        "__CURSOR": "s=1;i=1",
        "__REALTIME_TIMESTAMP": dt.datetime(2024, 2, 29, 12, 0, 0, 123456, dt.UTC),
        "PRIORITY": 6,
        "MESSAGE": "a=b",
        "TAG": '["x", "y"]',
    }
    assert rows[1]["MESSAGE"] == "one\n\ntwo"
    (reject,) = logflow.read(found.rejects_path).read_all().to_pylist()
    assert (reject["record"], reject["line"], reject["error_type"], reject["column"]) == (
        2, 8, "bad_utf8", "MESSAGE"
    )  # fmt: skip


def test_sizes_are_checked() -> None:
    huge = b"__CURSOR=a\nMESSAGE\n" + (MOST_VALUE + 1).to_bytes(8, "little") + b"x\n\n__CURSOR=b\n"
    assert logflow.read(huge, errors="permissive").read_all().to_pylist() == [{"__CURSOR": "b"}]
    short = b"__CURSOR=a\n\n__CURSOR=b\nMESSAGE\n" + (7).to_bytes(8, "little") + b"x\n"
    assert logflow.read(short, errors="permissive").read_all().to_pylist() == [{"__CURSOR": "a"}]


class TestJournal(DecoderConformance):
    name = "journal"
    valid: ClassVar = {
        "two": (
            b"__CURSOR=a\nN=1\n\n__CURSOR=b\nN=2\n",
            [{"__CURSOR": "a", "N": 1}, {"__CURSOR": "b", "N": 2}],
        )
    }
    damaged: ClassVar = {
        "bad_utf8": (b"__CURSOR=a\nN=1\n\n__CURSOR=\xff\nN=2\n\n__CURSOR=c\nN=3\n", [2]),
    }
    not_mine = (b"CURSOR=a\n", b"a=1\nb=2\n")

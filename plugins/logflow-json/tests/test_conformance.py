"""The rules of the plugin contract, and what others have written down about JSON."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any, ClassVar

import pytest

import logflow
from logflow.errors import DecodeError
from logflow.testing import DecoderConformance

DATA = os.environ.get("LOGFLOW_CONFORMANCE_DATA")
SUITE = Path(DATA or "", "nst+JSONTestSuite", "test_parsing")
TEXTS = sorted(SUITE.glob("*.json"))
needs_data = pytest.mark.skipif(
    DATA is None, reason="LOGFLOW_CONFORMANCE_DATA does not say where the public suites are"
)

ROWS: list[dict[str, Any]] = [
    {"id": 1, "day": dt.date(2024, 2, 29), "tags": ["a", None], "at": {"x": 0.5, "y": None}},
    {"id": 2, "day": None, "tags": [], "at": {"x": -1.0, "y": "\u00e9\n"}},
    {"id": None, "day": dt.date(2024, 3, 1), "tags": None, "at": None},
]
RECORDS = [
    '{"id": 1, "day": "2024-02-29", "tags": ["a", null], "at": {"x": 0.5}}',
    r'{"id": 2, "day": null, "tags": [], "at": {"y": "\u00e9\n", "x": -1e0}}',
    '{"day": "2024-03-01"}',
]
NOT_MINE = (
    b"PK\x03\x04",
    b"a,b\n1,2\n",
    b"<a>{}</a>\n",
    b"[2024-02-29 12:00] {started} a line\n[2024-02-29 12:01] {stopped} another\n",
    b"[section]\nkey = 1\n",
)
BROKEN = ['{"a": 1}', '{"a": }', '{"a": 3}']


class TestJsonLines(DecoderConformance):
    name = "jsonl"
    valid: ClassVar = {
        "lines": ("\n".join(RECORDS).encode(), ROWS),
        "lines, blank ones too": ("\r\n\r\n".join([*RECORDS, ""]).encode(), ROWS),
        "one after the other": (" ".join(RECORDS).encode(), ROWS),
        "a sequence": ("".join(f"\x1e{each}\n" for each in RECORDS).encode(), ROWS),
        "pretty": (
            "\n".join(json.dumps(json.loads(each), indent=2) for each in RECORDS).encode(),
            ROWS,
        ),
    }
    broken: ClassVar = {
        "a line": "\n".join(BROKEN).encode(),
        "a value": b"\x1e".join(each.encode() for each in BROKEN),
    }
    not_mine = (*NOT_MINE, b'[\n{"a": 1},\n{"a": 2}\n]\n', b'{"a": 1,\n"b": 2}')


class TestJson(DecoderConformance):
    name = "json"
    empty_is_valid = False
    valid: ClassVar = {
        "array": (f"[{','.join(RECORDS)}]".encode(), ROWS),
        "array of lines": ("[\n  " + ",\n  ".join(RECORDS) + "\n]\n", ROWS),
        "an object": (RECORDS[1].encode(), [{**ROWS[1], "day": None, "tags": []}]),
    }
    valid["array of lines"] = (valid["array of lines"][0].encode(), ROWS)
    broken: ClassVar = {
        "an element": f"[{','.join(BROKEN)}]".encode(),
        "what follows": b'[{"a": 1}] {"a": 2}',
    }
    not_mine = (*NOT_MINE, b'{"a": 1}\n{"a": 2}\n')


@needs_data
@pytest.mark.parametrize("path", TEXTS, ids=[path.stem for path in TEXTS])
def test_json_test_suite(path: Path, tmp_path: Path) -> None:
    """A valid text has its value, and an invalid one is an error of the data."""
    kind, out = path.name[0], tmp_path / "out.arrow"
    try:
        logflow.convert(path, out, format="json", errors="strict")
    except DecodeError:
        assert kind in "in"
        return
    assert kind in "iy"
    if kind == "y":
        import pyarrow as pa

        rows = pa.ipc.open_file(out.read_bytes()).read_all().to_pylist()
        value = json.loads(path.read_bytes())
        expected = value if isinstance(value, list) else [value]
        for row, each in zip(rows, expected, strict=True):
            assert _same(row if isinstance(each, dict) else row["json"], each)


def _same(found: Any, expected: Any) -> bool:
    """Whether a value is what it was made of, in a column of one type."""
    if isinstance(expected, dict):
        if isinstance(found, str):
            return bool(json.loads(found) == expected)
        return all(_same(found[key], value) for key, value in expected.items())
    if isinstance(expected, list) and not isinstance(found, str):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if isinstance(found, str) and not isinstance(expected, str):
        return bool(json.loads(found) == expected)
    if isinstance(found, str) and found != expected:
        return bool(json.loads(found) == expected)
    return bool(found == expected)

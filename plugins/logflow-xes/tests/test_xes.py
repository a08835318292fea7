"""The rules of the plugin contract, what becomes of attributes, and attacks."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
from pathlib import Path
from typing import Any, ClassVar

import pyarrow.parquet as pq
import pytest
from logflow_xes.header import metadata_of

import logflow
from logflow.errors import DecodeError, SchemaError
from logflow.testing import DecoderConformance

U = dt.UTC
DATA = os.environ.get("LOGFLOW_CONFORMANCE_DATA")
FILES = sorted(Path(DATA or "", "pm4py+pm4py-core").rglob("*.xes*"))
needs_data = pytest.mark.skipif(
    DATA is None, reason="LOGFLOW_CONFORMANCE_DATA does not say where the public suites are"
)


def attribute(kind: str, key: str, value: object, inner: str = "") -> str:
    return f'<{kind} key="{key}" value="{value}">{inner}</{kind}>'


def event(*attributes: str) -> str:
    return f"<event>\n{''.join(attributes)}\n</event>\n"


def trace(name: str, *events: str) -> str:
    return f"<trace>\n{attribute('string', 'concept:name', name)}{''.join(events)}</trace>\n"


HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- a log -->
<log xes.version="1849.2016" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<global scope="event"><string key="concept:name" value="?"/></global>
<classifier name="Activity" keys="concept:name"/>
<string key="author" value="A &amp; B"/>
"""


def log(*parts: str) -> bytes:
    return f"{HEAD}{''.join(parts)}</log>\n".encode()


AT = "2024-02-29T12:00:00.000+01:00"
MOMENT = dt.datetime(2024, 2, 29, 11, tzinfo=U)
NAME = "concept:name"
LOG = log(
    trace(
        "c1",
        event(attribute("string", NAME, "a"), attribute("date", "time:timestamp", AT)),
        event(attribute("string", NAME, "b"), attribute("int", "cost", 5)),
    ),
    trace("c2", event(attribute("string", NAME, "a"))),
)
ROWS: list[dict[str, Any]] = [
    {"case:concept:name": "c1", NAME: "a", "time:timestamp": MOMENT, "cost": None},
    {"case:concept:name": "c1", NAME: "b", "time:timestamp": None, "cost": 5},
    {"case:concept:name": "c2", NAME: "a", "time:timestamp": None, "cost": None},
]


class TestXes(DecoderConformance):
    name = "xes"
    valid: ClassVar = {
        "a log": (LOG, ROWS),
        "no events": (log(), []),
    }
    broken: ClassVar = {
        "an event": LOG.replace(b'value="b"', b"value=b"),
        "a trace": LOG.replace(b'value="c1"', b"value=c1"),
    }
    not_mine = (b"<a>1</a>", b"<log><a>1,2</a></log>", b"PK\x03\x04", b"a,b\n1,2\n", b"<logs/>")
    empty_is_valid = False

    def test_d7_empty_input(self) -> None:
        """D7: a log without an end is cut off."""
        with pytest.raises(DecodeError, match="ends too early"):
            self.rows(b"", errors="strict")


# name: kinds and values of an attribute, the type, the values
COLUMNS: dict[str, tuple[list[tuple[str, object]], str, list[Any]]] = {
    "string": ([("string", "1"), ("string", "")], "string", ["1", ""]),
    "id": ([("id", "a-b")], "string", ["a-b"]),
    "int": ([("int", 1), ("int", -2)], "int64", [1, -2]),
    "big int": ([("int", 2**64 - 1)], "uint64", [2**64 - 1]),
    "no int": ([("int", 1), ("int", "x")], "string", ["1", "x"]),
    "float": ([("float", "1.50"), ("int", 2)], "double", [1.5, 2.0]),
    "boolean": ([("boolean", "true"), ("boolean", "false")], "bool", [True, False]),
    "no boolean": ([("boolean", "true"), ("boolean", "1")], "string", ["true", "1"]),
    "date": ([("date", AT)], "timestamp[s, tz=UTC]", [MOMENT]),
    "date without a zone": (
        [("date", "2024-02-29T12:00:00")],
        "timestamp[s]",
        [dt.datetime(2024, 2, 29, 12)],
    ),
    "no date": ([("date", AT), ("date", "?")], "string", [AT, "?"]),
    "kinds": ([("string", "a"), ("int", 1)], "string", ["a", "1"]),
    "references": ([("string", "&lt;&#233;&#x1F600;")], "string", ["<\u00e9\U0001f600"]),
}


@pytest.mark.parametrize("chunk", [{}, {"chunk_bytes": 1}])
@pytest.mark.parametrize("name", COLUMNS)
def test_columns(name: str, chunk: dict[str, int]) -> None:
    given, kind, values = COLUMNS[name]
    traces = [trace("c", event(attribute(k, "v", value))) for k, value in given]
    table = logflow.read(log(*traces), **chunk).read_all()
    assert str(table.schema.field("v").type) == kind
    assert table["v"].to_pylist() == values


def test_attributes_inside_of_others() -> None:
    inner = attribute("int", "x", 5) + attribute("string", "y", "&lt;")
    listed = f'<list key="l"><values>{inner}</values></list>'
    table = logflow.read(log(event(attribute("string", "a", "v", inner), listed))).read_all()
    expected = [
        {"key": "x", "type": "int", "value": 5},
        {"key": "y", "type": "string", "value": "<"},
    ]
    row = table.to_pylist()[0]
    assert row["a"] == "v"
    assert [json.loads(row[name]) for name in ("a:nested", "l:nested")] == [expected, expected]
    assert table.schema.field("l:nested").metadata == {b"logflow:json": b"text"}


def test_tables(tmp_path: Path) -> None:
    traces = logflow.read(LOG, table="traces").read_all()
    assert traces.to_pylist() == [{NAME: "c1"}, {NAME: "c2"}]
    events = logflow.read(LOG, table="events").read_all()
    assert events.column_names == list(ROWS[0])
    with pytest.raises(SchemaError, match="has no table 'x'; its tables: events, traces"):
        logflow.read(LOG, table="x").read_all()


def test_what_the_log_says_of_itself(tmp_path: Path) -> None:
    logflow.convert(gzip.compress(LOG), tmp_path / "out.parquet")
    found = json.loads(pq.read_metadata(tmp_path / "out.parquet").metadata[b"xes:log"])
    assert found["xes.version"] == "1849.2016"
    assert found["extensions"][0]["prefix"] == "concept"
    assert found["classifiers"] == [{"name": "Activity", "keys": "concept:name"}]
    assert found["globals"] == {"event": [{"key": NAME, "type": "string", "value": "?"}]}
    assert found["attributes"] == [{"key": "author", "type": "string", "value": "A & B"}]


@pytest.mark.parametrize("chunk", [{}, {"chunk_bytes": 1}])
def test_rejects(chunk: dict[str, int], tmp_path: Path) -> None:
    data = LOG.replace(b'key="cost" value="5"', b'key="cost" value="&five;"')
    result = logflow.convert(data, tmp_path / "out.parquet", errors="quarantine", **chunk)
    [reject] = pq.read_table(result.rejects_path).to_pylist()
    assert (reject["record"], reject["line"], reject["error_type"]) == (2, 12, "bad_entity")
    assert reject["byte_offset"] == data.index(b"<event>", data.index(b"</event>"))
    assert reject["raw"].startswith(b"<event>")
    assert reject["raw"].endswith(b"</event>")
    assert "found '&five;" in reject["message"]
    assert result.receipt.written == 2


def test_a_declared_type(tmp_path: Path) -> None:
    data = log(event(attribute("string", "v", "1")), event(attribute("string", "v", "x")))
    result = logflow.convert(
        data, tmp_path / "out.parquet", errors="quarantine", columns={"v": "int64"}
    )
    [reject] = pq.read_table(result.rejects_path).to_pylist()
    assert (reject["record"], reject["column"]) == (2, "v")
    assert reject["raw"].decode() == event(attribute("string", "v", "x")).strip()


def test_coordinates() -> None:
    names = ("_record", "_line", "_byte_offset")
    for chunk_bytes in (1, 1000):
        table = logflow.read(LOG, coordinates=names, chunk_bytes=chunk_bytes).read_all()
        assert table["_record"].to_pylist() == [1, 2, 3]
        assert table["_line"].to_pylist() == [9, 12, 17]
        starts = table["_byte_offset"].to_pylist()
        assert all(LOG.startswith(b"<event>", at) for at in starts)


BOMB = '<!DOCTYPE log [<!ENTITY a "{}">{}]>'.format(
    "x" * 100, "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
)
ATTACKS = {
    "external entity": '<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "billion laughs": BOMB,
    "quadratic": f'<!DOCTYPE log [<!ENTITY x "{"x" * 10_000}">]>',
}


@pytest.mark.parametrize("name", ATTACKS)
def test_document_types_are_refused(name: str) -> None:
    text = LOG.decode().replace("<!-- a log -->", ATTACKS[name])
    with pytest.raises(DecodeError, match="document type"):
        logflow.read(text.encode(), format="xes").read_all()


def test_depth_is_bounded(tmp_path: Path) -> None:
    deep = '<list key="l">' * 100_000 + "</list>" * 100_000
    result = logflow.convert(log(event(deep), event()), tmp_path / "o.arrow", errors="permissive")
    assert (result.receipt.written, result.receipt.dropped) == (1, 1)


@needs_data
@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_logs_of_others(path: Path) -> None:
    """Every log is read; as many events as it has tags of them are rows or rejects."""
    from logflow.errors import LogflowError

    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        rows = logflow.read(path, errors="permissive").read_all().num_rows
    except LogflowError:
        assert "xes_importer_tests" in str(path)
        return
    if "xes_importer_tests" not in str(path):
        assert rows == data.count(b"<event>") + data.count(b"<event/>")


@pytest.mark.parametrize("encoding", ["ATF-8", "ISO-8859-1"])
def test_the_declared_encoding_does_not_matter_to_the_header(encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?><log><string key="a" value="é"/>'
    found = json.loads(metadata_of(head.encode())["xes:log"])
    assert "é" in json.dumps(found["attributes"], ensure_ascii=False)

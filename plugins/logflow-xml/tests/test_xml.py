"""Documents of XML: what are the records, what becomes of them, and of damage."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logflow_xml.decoder import XmlDecoder, _elements, _Text
from logflow_xml.structure import record_element

import logflow
from logflow.errors import DecodeError, LogflowError


def rows(text: str | bytes, **options: Any) -> list[dict[str, Any]]:
    data = text.encode() if isinstance(text, str) else text
    return logflow.read(data, format="xml", **options).read_all().to_pylist()


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("<a><b>1</b><b>2</b></a>", "b"),
        ("<a><i><x>1</x><t>1</t><t>2</t></i><i><x>2</x><t>3</t><t>4</t></i></a>", "i"),
        ("<a><h><k>1</k><k>2</k></h><i u='1' v='2'/><i u='3' v='4'/></a>", "i"),
        ("<a x='1'/>", "a"),
        ("<n:a xmlns:n='y'><n:b>1</n:b><n:b>2</n:b></n:a>", "b"),
        ("<a><b><c>1</c><c>2</c></b><b><c>3", "b"),
    ],
)
def test_the_repeated_element_with_most_values_is_the_record(text: str, element: str) -> None:
    assert record_element(text.encode()) == element


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("<i><a>1</a><b>x</b></i>", {"a": 1, "b": "x"}),
        ("<i k='7'>t</i>", {"@k": 7, "#text": "t"}),
        ("<i><a><b>2.5</b><c d='e'/></a></i>", {"a.b": 2.5, "a.c.@d": "e"}),
        ("<i><t>1</t><t k='2'>x</t><t/></i>", {"t": '["1", {"@k": "2", "#text": "x"}, null]'}),
        ("<i>a <b>c</b> d</i>", {"#text": "a d", "b": "c"}),
        ("<i><a>&lt;&#233;<![CDATA[<i>]]></a><!-- </i> --></i>", {"a": "<é<i>"}),
        ("<i><i><a>1</a></i></i>", {"i.a": 1}),
        ("<n:i><n:a z:k='1'>2</n:a></n:i>", {"a.@k": 1, "a": 2}),
    ],
)
def test_records(record: str, expected: dict[str, Any]) -> None:
    text = f"<?xml version='1.0'?>\n<r xmlns:n='n' xmlns:z='z'>\n{record}\n</r>"
    assert rows(text, records_path="/r/i") == [expected]


def test_damaged_records_are_rejects(tmp_path: Path) -> None:
    text = (
        "<r>\n<i><a>1</a></i>\n<i><a>2</b></i>\n<i><a>&nbsp;</a></i>\n"
        "<i><a>3</a></i>\n<i><a k=5>4</a></i>\n<i><a>5"
    )
    found = logflow.convert(text.encode(), tmp_path / "out.arrow", format="xml")
    assert found.rejects_path is not None
    rejects = logflow.read(found.rejects_path).read_all().to_pylist()
    assert [(each["line"], each["byte_offset"], each["error_type"]) for each in rejects] == [
        (3, 20, "mismatched_tag"),
        (4, 36, "undefined_entity"),
        (6, 73, "not_well_formed_invalid_token"),
        (7, 93, "cut_off"),
    ]
    assert rejects[0]["raw"].strip() == b"<i><a>2</b></i>"
    assert logflow.read(tmp_path / "out.arrow").read_all().to_pydict() == {"a": [1, 3]}


def test_values_outside_of_records_are_counted(tmp_path: Path) -> None:
    text = b"<r v='1'><name>x</name><i><a>1</a></i><note>y</note><i><a>2</a></i></r>"
    receipt = logflow.convert(text, tmp_path / "out.arrow", format="xml").receipt
    assert (receipt.read, receipt.written) == (5, 2)


@pytest.mark.parametrize(
    "declared", ["a 'aa'><!ENTITY b '&a;&a;'", "b SYSTEM 'file:///etc/passwd'"]
)
def test_entities_are_refused(declared: str) -> None:
    with pytest.raises(DecodeError, match="document type"):
        rows(f"<!DOCTYPE r [<!ENTITY {declared}>]><r><i>&b;</i><i>1</i></r>")


def test_what_is_deep_is_a_reject() -> None:
    deep = "<a>" * 5000 + "</a>" * 5000
    text = f"<r><i><b>1</b></i><i>{deep}</i><i><b>2</b></i></r>"
    assert rows(text, records_path="i", errors="permissive") == [{"b": 1}, {"b": 2}]


def test_pages_and_event_logs_are_not_claimed() -> None:
    found = logflow.detect(b"<?xml version='1.0'?><!-- x --><r><i>1</i><i>2</i></r>").format
    assert found is not None
    assert found.name == "xml"
    assert logflow.detect(b"<!DOCTYPE html><html><p>a</p></html>").format != found
    log = b"<log xes.version='1.0'><trace><event/></trace></log>"
    assert logflow.detect(log).format.name == "xes"  # type: ignore[union-attr]


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"<r>" + b"<!-- <i> --><i k='>'><a>1</a><![CDATA[</i>]]></i>\n<i/>" * 50 + b"</r>"
    whole = rows(text, records_path="i")
    assert len(whole) == 100
    for block in (1, 2, 7):
        monkeypatch.setattr("logflow_xml.decoder.BLOCK", block)
        monkeypatch.setattr("logflow_xml.decoder.HEAD", 1)
        assert rows(text, records_path="i") == whole


PARTS = [
    *(
        b"<i>",
        b"</i>",
        b"<i/>",
        b"<i k='",
        b"'",
        b">",
        b"<",
        b"<!--",
        b"-->",
        b"<a>",
        b"</a>",
        b"x",
    ),
    *(b"<![CDATA[", b"]]>", b"\n", b'"', b"/", b"<?", b"?>", b"&amp;", b"\xff"),
]


@given(data=st.lists(st.sampled_from(PARTS), max_size=40).map(b"".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(data: bytes) -> None:
    with suppress(LogflowError):
        rows(data, records_path="i", errors="permissive")


@given(data=st.lists(st.sampled_from(PARTS), max_size=30).map(b"".join), block=st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_elements_are_the_same_whatever_is_read_at_a_time(data: bytes, block: int) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(block, size) if size and size > 0 else block)

    class Few(_Text):
        def more(self, size: int = 0) -> None:
            piece = self._stream.read(block)
            self.ended = not piece
            self.data += piece

    found, whole = (
        [(each.data, each.start, each.line, each.whole) for each in _elements(text, b"i")]
        for text in (Few(Slow(data)), _Text(io.BytesIO(data)))
    )
    assert found == whole


def test_it_is_a_record_decoder() -> None:
    assert isinstance(XmlDecoder(), logflow.interfaces.decoder.RecordDecoder)

"""Documents of XML: what are the records, what becomes of them, and of damage."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logflow_xml.decoder import XmlDecoder
from logflow_xml.structure import structure_of
from logflow_xml.values import values_of

import logflow
from logflow.errors import DecodeError, LimitError, LogflowError
from logflow_ext import kernel


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
    assert structure_of(text.encode()).element == element


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
        ("<i n:k='1' z:k='2' k='3'/>", {"@k": 1, "@k_2": 2, "@k_3": 3}),
        ("<i><a.b>1</a.b><a><b>2</b></a></i>", {"a.b": 1, "a.b_2": 2}),
        ("<i><t/><t n:k='1' k='2'/></i>", {"t": '[null, {"@k": "1", "@k_2": "2"}]'}),
        ("<i xmlns='u' xmlns:k='v'><a xmlns:b='w'>1</a></i>", {"a": 1}),
        ("<i><u:a>1</u:a></i>", {"a": 1}),
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


def test_columns_and_rows_are_the_same_whatever_the_chunks(tmp_path: Path) -> None:
    records = [
        "<i><a>1</a></i>",
        "<i><z>1</z><z>2</z></i>",
        "<i><late>x</late></i>",
        "<i><z>3</z><y/></i>",
        "<i><b></a></i>",
        "<i><y>&#x41;&lt;</y><a>2</a></i>",
    ]
    text = ("<r v='1'>" + "<n>o</n>\n".join(records * 20) + "</r>").encode()
    found = set()
    for chunk_bytes, chunk_rows in ((1 << 20, 1000), (64, 1000), (1 << 20, 1), (200, 7)):
        out = tmp_path / "out.arrow"
        done = logflow.convert(
            text,
            out,
            format="xml",
            chunk_bytes=chunk_bytes,
            chunk_rows=chunk_rows,
            force=True,
            coordinates=("_record", "_line", "_byte_offset"),
            records_path="i",
        )
        assert done.rejects_path is not None
        table = logflow.read(out).read_all()
        rejects = logflow.read(done.rejects_path).read_all().drop_columns("scan_id")
        counts = done.receipt.read, done.receipt.written, done.receipt.skipped
        found.add(str((table.schema, table.to_pylist(), rejects.to_pylist(), counts)))
    assert len(found) == 1
    assert table.schema.names[:4] == ["a", "z", "late", "y"]
    assert counts == (120 + 120, 100, 120)


def test_what_is_far_before_and_behind_records_is_passed_over(tmp_path: Path) -> None:
    many = b"<n>x</n>" * 1000
    text = b"<r>" + many + b"<i><a>1</a></i>" + many + b"</r>"
    done = logflow.convert(
        text, tmp_path / "out.arrow", format="xml", chunk_bytes=64, max_record_bytes=64,
        records_path="i",
    )  # fmt: skip
    assert (done.receipt.read, done.receipt.written, done.receipt.skipped) == (2001, 1, 2000)


def test_a_document_without_its_end_is_known(tmp_path: Path) -> None:
    whole = "<r><i><a>1</a></i><i><a>2</a></i></r>\n<!-- end -->"
    assert rows(whole) == [{"a": 1}, {"a": 2}]
    for size in range(len("<r><i><a>1</a></i><i><a>2"), len(whole) - len(">\n<!-- end -->")):
        cut = whole[:size].encode()
        done = logflow.convert(cut, tmp_path / "out.arrow", format="xml", force=True)
        assert done.rejects_path is not None
        rejects = logflow.read(done.rejects_path).read_all().to_pylist()
        assert rejects[-1]["error_type"] == "cut_off"


def test_an_element_that_loses_its_end_takes_no_other_along(tmp_path: Path) -> None:
    records = "".join(f"<i><a>{n}</a></i>\n" for n in range(9))
    for damaged in ("<i><a>x</a>", "<i k='<'/>", "<i / >", "<i><a>x", "<i"):
        text = f"<r>\n{records}{damaged}\n{records}</r>".encode()
        for limit in (1 << 20, 64):
            done = logflow.convert(
                text, tmp_path / "out.arrow", format="xml", force=True,
                max_record_bytes=limit, chunk_bytes=limit,
            )  # fmt: skip
            assert done.rejects_path is not None
            [reject] = logflow.read(done.rejects_path).read_all().to_pylist()
            assert (reject["line"], reject["error_type"]) == (11, "no_end_tag")
            assert reject["raw"].strip() == damaged.encode()
            assert done.receipt.written == 18


def test_an_element_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(DecodeError, match=r"no <bok>.* has r, book, a"):
        rows("<r><book><a>1</a></book></r>", records_path="/r/bok")


def test_an_element_that_is_too_long_is_a_reject(tmp_path: Path) -> None:
    text = b"<r><i><a>1</a></i><i><a>" + b"x" * 1000 + b"</a></i><i><a>2</a></i></r>"
    done = logflow.convert(text, tmp_path / "out.arrow", format="xml", max_record_bytes=100)
    assert done.rejects_path is not None
    [reject] = logflow.read(done.rejects_path).read_all().to_pylist()
    assert reject["message"].startswith("expected </i> within 100 bytes")
    assert logflow.read(tmp_path / "out.arrow").read_all().to_pylist() == [{"a": 1}, {"a": 2}]


def test_long_comments_and_many_columns_are_clear_errors() -> None:
    with pytest.raises(LimitError, match="no end within"):
        rows("<r><i/><!-- " + "x" * 1000, max_record_bytes=16, chunk_bytes=16, records_path="i")
    for record in ("<i>{}</i>", "<i>{}<z/><z/></i>"):
        many = record.format("".join(f"<a{n}>1</a{n}>" for n in range(20)))
        with pytest.raises(LimitError, match="10 different paths"):
            rows(f"<r>{many}</r>", max_columns=10, records_path="i")


@pytest.mark.parametrize(
    "part",
    ["<!--", "<![CDATA[", "<?", "<i><![CDATA[", "<i><!--", "<i", "<i a='", "<i>", "<i>x</i><i>"],
)
def test_damage_of_many_kinds_takes_linear_time(part: str) -> None:
    """Also where elements that lost their ends are more than fit in what is read at a time."""
    count = 60_000 // len(part)
    text = f"<r><i>1</i>{part * count}<i>2</i></r>".encode()
    start = time.monotonic()
    limits = {"max_record_bytes": 1000, "chunk_bytes": 1000}
    with suppress(LimitError):  # of comments that are too long
        found = rows(text, records_path="i", errors="permissive", all_text=True, **limits)
        assert found[0] == {"#text": "1"}
        assert len(found) == 2 + text.count(b"x")
    assert time.monotonic() - start < 60


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
        b"<b/>",
        b"x",
    ),
    *(b"<![CDATA[", b"]]>", b"\n", b'"', b"/", b"<?", b"?>", b"&amp;", b"\xff"),
]


@given(data=st.lists(st.sampled_from(PARTS), max_size=40).map(b"".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(data: bytes) -> None:
    with suppress(LogflowError):
        found = logflow.read(data, format="xml", records_path="i", errors="permissive")
        assert found.read_all().num_rows <= data.count(b"<i")


@given(
    data=st.lists(st.sampled_from(PARTS), max_size=30).map(b"".join),
    chunk_bytes=st.integers(1, 20),
    chunk_rows=st.integers(1, 3),
)
@settings(max_examples=200, deadline=None)
def test_rows_are_the_same_whatever_the_chunks(
    data: bytes, chunk_bytes: int, chunk_rows: int
) -> None:
    def found(**limits: int) -> Any:
        return rows(data, records_path="i", errors="permissive", all_text=True, **limits)

    try:
        whole = found()
    except LogflowError as err:
        with pytest.raises(type(err)):
            found(chunk_bytes=chunk_bytes, chunk_rows=chunk_rows)
        return
    assert found(chunk_bytes=chunk_bytes, chunk_rows=chunk_rows) == whole


NAMES = st.sampled_from(["a", "b", "n:a", "é"])
TEXTS = st.sampled_from(["", "x", " ", "&lt;\r\n", "é&#9;", '"\\', "<![CDATA[<a>]]>", "]>"])
ATTRIBUTES = st.sampled_from(["", " k='1'", " k='&amp;' n:l='\n'", " xmlns:n='u' k=''"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    children = st.lists(inner, max_size=3).map("\n".join)
    return st.builds("<{0}{1}>{2}</{0}>".format, NAMES, ATTRIBUTES, children | TEXTS)


@given(element=st.recursive(st.builds("<{}{}/>".format, NAMES, ATTRIBUTES), grown, max_leaves=12))
@settings(max_examples=500, deadline=None)
def test_what_the_kernel_reads_is_what_expat_reads(element: str) -> None:
    text = f"<i>{element}</i>".encode()
    records = kernel("xml").shred(text, name="i", max_record_bytes=1 << 20, max_columns=100)
    assert not records.left
    found = {}
    for column in records.columns:
        start, size = column.values.cast("I").tolist()
        found[column.name] = bytes(records.text[start : start + size]).decode()
    assert list(found.items()) == list(values_of(text).items())  # type: ignore[union-attr]


def test_it_is_a_chunk_decoder() -> None:
    assert isinstance(XmlDecoder(), logflow.interfaces.decoder.ChunkDecoder)

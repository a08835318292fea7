"""Documents of PDF: which of their tables are one, what is in them, and what is refused."""

from __future__ import annotations

import io
import subprocess
import sys
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logflow_pdf.pages import pages_of
from reportlab.lib.colors import black
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

import logflow
from logflow.errors import DecodeError, LogflowError, OptionError

BODY = getSampleStyleSheet()["BodyText"]
GRID = [("GRID", (0, 0), (-1, -1), 0.5, black)]


def document(*parts: Any, **options: Any) -> bytes:
    """A document of tables (lists of rows), texts, and ends of pages (``None``)."""
    out = io.BytesIO()
    flow: list[Any] = []
    for part in parts:
        if part is None:
            flow.append(PageBreak())
        elif isinstance(part, str):
            flow.append(Paragraph(part, BODY))
        else:
            flow += [Table(part, style=GRID, repeatRows=options.get("repeat", 1)), Spacer(1, 20)]
    rest = {name: value for name, value in options.items() if name != "repeat"}
    SimpleDocTemplate(out, **rest).build(flow)
    return out.getvalue()


def rows(data: bytes, **options: Any) -> list[dict[str, Any]]:
    return logflow.read(data, format="pdf", **options).read_all().to_pylist()


def with_places(page: int, table: int, *found: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"_page": page, "_table": table, **each} for each in found]


PEOPLE = [["Name", "Born", "Paid"], ["Zoë", "2024-02-29", "1.50"], ["Bo", "2024-03-01", "2.25"]]
LONG = [["n", "text"], *([str(n), f"row {n}"] for n in range(1, 101))]


def test_a_table_is_typed() -> None:
    found = logflow.read(document("Report", PEOPLE), format="pdf").read_all()
    assert [str(each.type) for each in found.schema][2:] == ["string", "date32[day]", "double"]
    assert found.column("Name").to_pylist() == ["Zoë", "Bo"]
    assert found.column("_page").to_pylist() == found.column("_table").to_pylist() == [1, 1]


@pytest.mark.parametrize("repeat", [0, 1])
def test_a_table_goes_on_over_pages(repeat: int) -> None:
    found = rows(document(LONG, repeat=repeat))
    assert [each["n"] for each in found] == list(range(1, 101))
    assert {each["_table"] for each in found} == {1}
    assert [each["_page"] for each in found] == sorted(each["_page"] for each in found)
    assert found[-1]["_page"] > 2


def test_another_table_is_another() -> None:
    other = [["code", "Name", "left"], ["7", "x", "1"], ["8", "y", "2"]]
    found = rows(document(PEOPLE, other, None, PEOPLE))
    assert [(each["_page"], each["_table"]) for each in found] == [(1, 1)] * 2 + [(1, 2)] * 2 + [
        (2, 3)
    ] * 2
    assert [each["Name"] for each in found] == ["Zoë", "Bo", "x", "y", "Zoë", "Bo"]
    assert [each["code"] for each in found] == [None, None, 7, 8, None, None]


@pytest.mark.parametrize(
    ("table", "options", "expected"),
    [
        ([["1", "2"], ["3", "4"]], {},
         [{"column_1": 1, "column_2": 2}, {"column_1": 3, "column_2": 4}]),
        ([["a", "b"], ["c", "d"]], {"header": False},
         [{"column_1": "a", "column_2": "b"}, {"column_1": "c", "column_2": "d"}]),
        ([["1", "2"], ["3", "4"]], {"header": True}, [{"1": 3, "2": 4}]),
        ([["a", "a"], ["1", ""], ["", ""], ["2", "x\ny"]], {},
         [{"a": 1, "a_2": None}, {"a": 2, "a_2": "x\ny"}]),
        ([["unit\nprice", "_page"], ["1", "z"]], {}, [{"unit price": 1, "_page_2": "z"}]),
    ],
)  # fmt: skip
def test_cells(table: Sequence[Any], options: dict[str, Any], expected: list[Any]) -> None:
    assert rows(document(table), **options) == with_places(1, 1, *expected)


def test_text_that_is_aligned_needs_no_lines() -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number, cells in enumerate([("id", "name"), ("1", "Ada"), ("2", "Grace")]):
        for column, cell in enumerate(cells):
            canvas.drawString(100 + 100 * column, 700 - 14 * number, cell)
    canvas.save()
    data = out.getvalue()
    with pytest.raises(DecodeError, match="--edges text"):
        rows(data)
    assert [(each["id"], each["name"]) for each in rows(data, edges="text")] == [
        (1, "Ada"),
        (2, "Grace"),
    ]


def test_pages_can_be_chosen() -> None:
    data = document(PEOPLE, None, "text only", None, [["x"], ["1"]])
    assert {each["_page"] for each in rows(data, pages="2-3")} == {3}
    with pytest.raises(DecodeError, match="no table on its 1 page"):
        rows(data, pages="2")
    with pytest.raises(DecodeError, match="none of the pages"):
        rows(data, pages="9")
    with pytest.raises(OptionError, match="'x' is no number of a page"):
        rows(data, pages="1,x")
    assert [list(each) for each in pages_of(" 2 , 4-5")] == [[2], [4, 5]]


def test_coordinates_and_chunks_of_rows() -> None:
    found = rows(document(LONG), chunk_rows=7, coordinates=["_record"])
    assert [each["n"] for each in found] == list(range(1, 101))
    records = [each["_record"] for each in found]
    assert records[:2] == [2, 3]
    assert records == sorted(set(records))
    assert records[-1] > 101, "repeated headers count"


def test_headers_are_listed_and_bad_values_rejected(tmp_path: Path) -> None:
    table = [["n", "t"], ["1", "a"], ["", ""], ["x", "b"]]
    columns = {"n": "int64"}
    found = logflow.convert(document(table), tmp_path / "o.arrow", format="pdf", columns=columns)
    assert (found.receipt.read, found.receipt.written, found.receipt.rejected) == (4, 1, 1)
    rejects = logflow.read(found.rejects_path).read_all().to_pylist()
    assert [(each["record"], each["column"], each["raw"]) for each in rejects] == [
        (4, "n", b"x | b")
    ]
    assert rejects[0]["message"].startswith("page 1: ")


def raw_document(content: bytes, font: bytes = b"") -> bytes:
    """A page with a stream of *content*, and a font called F."""
    packed = zlib.compress(content)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
        font or b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


BOX = b"10 10 100 20 re S 10 30 100 20 re S "


def test_letters_that_the_document_does_not_tell_are_rejects(tmp_path: Path) -> None:
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Type/Font"
        b"/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        b"/Supplement 0>>>>]>>"
    )
    content = BOX + b"BT /F 8 Tf 12 14 Td <00410042> Tj ET"
    found = logflow.convert(
        raw_document(content, font), tmp_path / "o.arrow", format="pdf", header=False
    )
    assert (found.receipt.read, found.receipt.written) == (2, 0)
    rejects = logflow.read(found.rejects_path).read_all().to_pylist()
    assert [each["error_type"] for each in rejects] == ["unmapped_text"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7", "no document that can be read"),
        (
            b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n",
            "no document that can be read|no table",
        ),
        (raw_document(b"0 0 m"), "nor text: what is on pictures"),
        (raw_document(b"BT /F 8 Tf 9 9 Td (text) Tj ET"), "--edges text"),
        (document(PEOPLE, encrypt="secret"), "locked: save it without a password"),
    ],
)
def test_the_rest_is_a_clear_error(data: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=message):
        logflow.convert(data, tmp_path / "o.parquet", format="pdf")
    assert not list(tmp_path.iterdir())


def test_a_page_that_takes_too_long_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(raw_document(b"0 0 m 1 1 l S " * 100_000))
    code = "from logflow_pdf import child; child.MOST_SECONDS = 0.05; child.main('0', 'lines', '')"
    with path.open("rb") as file:
        ran = subprocess.run(
            [sys.executable, "-c", code], stdin=file, capture_output=True, check=True
        )
    page = pa.ipc.open_stream(ran.stdout).read_all().to_pylist()
    assert [each["error"] for each in page] == ["it takes more than 0.05 seconds"]


DOCUMENT = document(PEOPLE)


@given(
    at=st.integers(0, len(DOCUMENT) - 1),
    size=st.integers(0, 40),
    put=st.binary(max_size=20),
)
@settings(max_examples=5, deadline=None)
def test_damage_is_read_or_refused(at: int, size: int, put: bytes) -> None:
    with suppress(LogflowError):
        found = rows(DOCUMENT[:at] + put + DOCUMENT[at + size :], errors="permissive")
        assert len(found) <= len(PEOPLE)

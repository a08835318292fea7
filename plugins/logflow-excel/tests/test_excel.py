"""Workbooks: what becomes of sheets, cells and damage, beside openpyxl."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from logflow_excel.child import rows_of, write_sheets
from logflow_excel.layout import letters
from logflow_excel.number_formats import format_of
from logflow_excel.xlsb_errors import is_xlsb, xlsb_errors

import logflow
from logflow.errors import DecodeError, SchemaError
from logflow_ext.sheet_cells import FORMATS

DAY = dt.datetime(2026, 3, 1)
Rows = Sequence[Sequence[Any]]


def book(tmp_path: Path, *sheets: tuple[str, Rows], formats: dict[str, str] | None = None) -> Path:
    """A workbook by openpyxl; *formats* are those of cells of the first sheet."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for place, code in (formats or {}).items():
        made.worksheets[0][place].number_format = code
    path = tmp_path / "book.xlsx"
    made.save(path)
    return path


def read(path: Path | bytes, **options: Any) -> pa.Table:
    return logflow.read(path, **options).read_all()


def markup(rows: str, *, strings: str = "", sheet: str | None = None) -> bytes:
    """A workbook of one sheet, by its markup."""
    parts = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="a"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="a" Type="x/worksheet" '
        'Target="worksheets/sheet1.xml"/><Relationship Id="b" Type="x/sharedStrings" '
        'Target="/xl/sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet
        if sheet is not None
        else f"<worksheet><sheetData>{rows}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst>{strings}</sst>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return out.getvalue()


def test_types_are_those_of_the_cells(tmp_path: Path) -> None:
    rows: Rows = [
        ["id", "price", "day", "at", "clock", "took", "ok", "code", "mixed", "none"],
        [1, 9.5, DAY, DAY + dt.timedelta(hours=9), 0.5, 1.5, True, 7, "x", None],
        [2, 0.1, DAY, DAY, 0.25, 0.25, False, 42, 3, None],
    ]
    formats = {
        **{f"C{n}": "yyyy-mm-dd" for n in (2, 3)},
        **{f"D{n}": "dd.mm.yyyy hh:mm" for n in (2, 3)},
        **{f"E{n}": "h:mm AM/PM" for n in (2, 3)},
        **{f"F{n}": "[h]:mm:ss" for n in (2, 3)},
        **{f"H{n}": "00000" for n in (2, 3)},
    }
    table = read(book(tmp_path, ("S", rows), formats=formats))
    assert [str(kind) for kind in table.schema.types] == [
        "int64", "double", "date32[day]", "timestamp[us]", "time64[us]", "duration[us]", "bool",
        "string", "string", "string",
    ]  # fmt: skip
    assert table.to_pylist()[0] == {
        "id": 1,
        "price": 9.5,
        "day": DAY.date(),
        "at": DAY + dt.timedelta(hours=9),
        "clock": dt.time(12),
        "took": dt.timedelta(days=1.5),
        "ok": True,
        "code": "00007",
        "mixed": "x",
        "none": None,
    }
    assert table.column("mixed")[1].as_py() == "3"


def test_the_table_is_found_below_titles_and_blank_rows(tmp_path: Path) -> None:
    rows: Rows = [
        ["Sales of March"],
        [],
        [None, "region", "sum", "", "region"],
        [None, "north", 1.5, "a", "b"],
        [],
        [None, "south", 2.5, "c", "d"],
    ]
    result = logflow.convert(book(tmp_path, ("S", rows)), tmp_path / "out.parquet")
    assert result.schema.names == ["region", "sum", "D", "region_2"]
    receipt = result.receipt.files[0]
    assert dict(receipt.skipped) == {"preamble": 1, "header": 1, "blank": 2}
    assert (result.receipt.read, result.receipt.written) == (6, 2)


def test_a_sheet_may_be_read_as_it_is(tmp_path: Path) -> None:
    path = book(tmp_path, ("S", [[None, "a", 1], [], [None, "b", 2]]))
    assert read(path, header=False).to_pydict() == {"B": ["a", None, "b"], "C": [1, None, 2]}


SHEETS = (("Jan", [["n", "x"], [1, "a"]]), ("Feb", [["n", "y"], [2.5, "b"]]))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"n": [1], "x": ["a"]}),
        ({"sheet": "Feb"}, {"n": [2.5], "y": ["b"]}),
        ({"sheet": "2"}, {"n": [2.5], "y": ["b"]}),
        ({"table": "Feb"}, {"n": [2.5], "y": ["b"]}),
        (
            {"sheet": "*"},
            {"n": [1, 2.5], "x": ["a", None], "_sheet": ["Jan", "Feb"], "y": [None, "b"]},
        ),
    ],
)
def test_sheets_are_chosen(
    tmp_path: Path, options: dict[str, str], expected: dict[str, Any]
) -> None:
    path = book(tmp_path, *SHEETS)
    assert read(path, **options).to_pydict() == expected
    assert list(logflow.detect(path).members) == ["Jan", "Feb"]


def test_a_sheet_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"no sheet 'Mar'; its sheets: Jan, Feb"):
        read(book(tmp_path, *SHEETS), sheet="Mar")


def test_error_cells_are_rejects_with_their_address(tmp_path: Path) -> None:
    path = book(tmp_path, ("S", [["n", "t"], [1, "a"], ["#DIV/0!", "b"], [3, "#N/A"]]))
    result = logflow.convert(path, tmp_path / "out.arrow")
    assert result.rejects_path is not None
    rejects = read(Path(result.rejects_path)).to_pylist()
    assert [(each["error_type"], each["column"]) for each in rejects] == [("error_cell", "n")]
    assert rejects[0]["message"] == "S!A3 is the error #DIV/0!: expected a value"
    assert read(tmp_path / "out.arrow").to_pydict() == {"n": [1, 3], "t": ["a", "#N/A"]}


def test_what_is_no_value_of_a_declared_type_is_a_reject(tmp_path: Path) -> None:
    path = book(tmp_path, ("S", [["n"], [1], ["x"], [3]]))
    found = logflow.convert(path, tmp_path / "out.arrow", columns={"n": "int64"})
    assert found.rejects_path is not None
    [reject] = read(Path(found.rejects_path)).to_pylist()
    assert (reject["record"], reject["message"]) == (3, "S!A3: expected int64, found 'x'")


def test_types_that_come_late_count(tmp_path: Path) -> None:
    rows: Rows = [["a", "b"], *([n, DAY] for n in range(50)), ["x", DAY + dt.timedelta(hours=1)]]
    formats = {f"B{n}": "yyyy-mm-dd" for n in range(2, 52)} | {"B52": "yyyy-mm-dd hh:mm"}
    path = book(tmp_path, ("S", rows), formats=formats)
    whole = read(path)
    assert [str(kind) for kind in whole.schema.types] == ["string", "timestamp[us]"]
    assert read(path, chunk_rows=7) == whole
    assert read(path, chunk_bytes=200) == whole


@pytest.mark.parametrize("chunk_rows", [1, 2, 100])
@pytest.mark.parametrize("header", [None, False])
def test_chunks_do_not_matter(tmp_path: Path, chunk_rows: int, header: bool | None) -> None:
    rows: Rows = [["title"], [], ["a", "b"], [1, 2], [], [3, None], ["#N/A", 4]]
    path = book(tmp_path, ("S", rows))
    options = {"errors": "permissive", "header": header, "coordinates": ("_record",)}
    assert read(path, chunk_rows=chunk_rows, **options) == read(path, **options)


GOOD = '<row r="1"><c t="inlineStr"><is><t>n</t></is></c></row><row r="2"><c><v>1</v></c></row>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (markup("", sheet="<worksheet/>"), "no rows where they should be"),
        (markup(GOOD, strings="<si><t>a"), "shared strings are damaged"),
        (markup(GOOD)[:-40], "zip directory"),
        (markup("", sheet="<!DOCTYPE a><worksheet/>"), "no rows where they should be"),
    ],
)
def test_damaged_workbooks_are_errors(data: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        read(data, format="xlsx")


def test_a_damaged_row_is_a_reject(tmp_path: Path) -> None:
    data = markup(GOOD + '<row r="3"><c><v>2</c></row><row r="4"><c><v>3</v></c></row>')
    found = logflow.convert(data, tmp_path / "out.arrow")
    assert found.rejects_path is not None
    [reject] = read(Path(found.rejects_path)).to_pylist()
    assert reject["raw"] == b'<row r="3"><c><v>2</c></row>'
    assert reject["message"].startswith("S, row 3: expected the end tag of the element")
    assert read(tmp_path / "out.arrow").to_pydict() == {"n": [1, 3]}


def test_a_sheet_that_is_cut_off_says_so(tmp_path: Path) -> None:
    data = markup("", sheet=f"<worksheet><sheetData>{GOOD}")
    with pytest.raises(DecodeError, match="ends too early"):
        read(data)


def test_entities_are_not_read() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bb">]>'
    data = markup("", sheet=f"{bomb}<worksheet><sheetData><row><c t='str'><v>&b;</v></c></row>")
    with pytest.raises(DecodeError, match="expected a reference to a character"):
        read(data)


def test_few_cells_far_apart_take_little_memory() -> None:
    data = markup(GOOD + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    table = read(data, max_columns=20_000, sheet="S")
    assert (table.num_rows, table.num_columns) == (2, 16_384)


def test_xlsx_is_no_archive_but_other_zip_files_are(tmp_path: Path) -> None:
    path = book(tmp_path, ("S", [["a"], [1]]))
    assert logflow.detect(path).format.name == "xlsx"  # type: ignore[union-attr]
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as file:
        file.write(path, "book.xlsx")
    found = logflow.detect(outer)
    assert (found.archive.name, found.format.name) == ("zip", "xlsx")  # type: ignore[union-attr]
    assert read(outer).to_pydict() == {"a": [1]}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", "number"), ("0.00%", "number"), ("#,##0", "number"), ("@", "number"),
        ("yyyy", "date"), ("mmm-yy", "date"), ("[$-409]d/m/yyyy", "date"), ("h:mm", "time"),
        ("mm:ss.0", "time"), ("m/d/yy h:mm", "datetime"), ("[mm]:ss", "duration"),
        ('"hours" 0', "number"), ("[Red]0.0", "number"), (r"0\d", "number"), ("0.00E+00", "number"),
        ('yyyy"."mm', "date"), ("", "number"),
    ],
)  # fmt: skip
def test_number_formats(code: str, kind: str) -> None:
    assert FORMATS[format_of(code)] == kind


def test_columns_are_called_by_letters() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702, 16383)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
        "XFD",
    ]


ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="T"><table:table-row>{}</table:table-row><table:table-row>{}'
    "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
)


def ods(*cells: tuple[str, str, str]) -> bytes:
    """A spreadsheet with a header and a row: names, types, values."""
    head = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        for name, _, _ in cells
    )
    row = "".join(
        f'<table:table-cell office:value-type="{kind}" office:{value}/>' for _, kind, value in cells
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            "</m:manifest>",
        )
        file.writestr("content.xml", ODS.format(head, row))
    return out.getvalue()


def test_spreadsheets_of_opendocument() -> None:
    data = ods(
        ("n", "float", 'value="7"'),
        ("d", "date", 'date-value="2021-05-06"'),
        ("b", "boolean", 'boolean-value="true"'),
        ("t", "time", 'time-value="PT10H11M12S"'),
    )
    assert logflow.detect(data).format.name == "ods"  # type: ignore[union-attr]
    table = read(data)
    row = table.to_pylist()[0]
    assert (row["n"], row["d"], row["b"]) == (7, dt.date(2021, 5, 6), True)
    assert str(row["t"]).startswith("10:11:12")
    assert list(read(data, header=False).to_pydict()) == ["A", "B", "C", "D"]


@pytest.mark.parametrize("name", ["xls", "xlsb", "ods"])
def test_what_the_library_cannot_read_is_an_error(name: str) -> None:
    with pytest.raises(DecodeError):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), format=name)


def record(kind: int, data: bytes) -> bytes:
    """A record of a binary workbook."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(data)]) + data


def wide(text: str) -> bytes:
    return len(text).to_bytes(4, "little") + text.encode("utf-16-le")


def test_errors_of_binary_workbooks_are_found() -> None:
    cell = bytes(8)
    parts = {
        "xl/workbook.bin": record(156, bytes(8) + wide("rId1") + wide("S")),
        "xl/_rels/workbook.bin.rels": b'<R><Relationship Id="rId1" Type="x/worksheet" '
        b'Target="worksheets/sheet1.bin"/></R>',
        "xl/worksheets/sheet1.bin": record(0, (4).to_bytes(4, "little") + bytes(13))
        + record(5, cell + bytes(8))
        + record(3, (2).to_bytes(4, "little") + bytes(4) + b"\x2a")
        + record(11, (7).to_bytes(4, "little") + bytes(4) + b"\x07" + bytes(4)),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    assert is_xlsb(out)
    assert xlsb_errors(out) == {"S": {(4, 2): "#N/A", (4, 7): "#DIV/0!"}}


class Sheet:
    """A sheet as calamine has it."""

    start = (1, 1)

    def iter_rows(self) -> Rows:
        return [[1.0, ""], ["", ""], [dt.time(9), dt.timedelta(hours=30)]]


def test_the_child_gives_rows_with_errors() -> None:
    errors = {(0, 0): "#N/A", (2, 2): "#REF!", (9, 1): "#NUM!"}
    rows = [(row["row"], row["columns"], row["texts"]) for row in rows_of(Sheet(), errors)]
    assert rows == [
        (1, [0], ("#N/A",)),
        (2, [1], ("1",)),
        (3, [2], ("#REF!",)),
        (4, [1, 2], ("09:00:00", "108000000000")),
        (10, [1], ("#NUM!",)),
    ]


def test_the_child_writes_sheets(tmp_path: Path) -> None:
    out = io.BytesIO()
    with book(tmp_path, *SHEETS).open("rb") as stream:
        write_sheets(stream, ["Jan", "Feb"], out)
    with pa.ipc.open_stream(out.getvalue()) as reader:
        assert [batch.num_rows for batch in reader] == [2, 0, 2, 0]

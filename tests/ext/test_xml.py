"""Documents of XML: every rule by example, and laws for everything else."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.reference.xml
import logflow_ext.xml
from logflow_ext.cells import LENGTH, MISSING
from logflow_ext.xml_records import Records

COMPILED = logflow_ext.xml
TWIN = logflow_ext.reference.xml
MODULES = [pytest.param(COMPILED, id="compiled"), pytest.param(TWIN, id="twin")]


def cells(spans: memoryview, text: bytes) -> list[str | None]:
    words = spans.cast("I").tolist()
    return [
        None if word & MISSING else text[at : at + (word & LENGTH)].decode()
        for at, word in zip(words[::2], words[1::2], strict=True)
    ]


def columns(records: Records) -> dict[str, list[str | None]]:
    text = bytes(records.text)
    return {each.name: cells(each.values, text) for each in records.columns}


def said(records: Records) -> Any:
    """All that shredding says, as something that can be compared."""
    places = [each.tolist() for each in (records.starts, records.ends, records.numbers)]
    firsts = [each.first for each in records.columns]
    return "wide" if records.wide else (columns(records), firsts, places, records[5:])


PLAIN: dict[str, dict[str, str]] = {
    "<i/>": {},
    "<i></i>": {},
    "<i>t</i>": {"#text": "t"},
    "<i>\n</i>": {"#text": "\n"},
    "<i k='1' l = \"2\">\n <a/></i>": {"@k": "1", "@l": "2"},
    "<i><a>1</a><b><c d='2'>3</c></b></i >": {"a": "1", "b.c.@d": "2", "b.c": "3"},
    "<n:i><n:a n:k='1'>2</n:a></n:i>": {"a.@k": "1", "a": "2"},
    "<i xmlns='u' xmlns:n='v' n:k='1'/>": {"@k": "1"},
    "<i><a>&lt;&#233;\r\nx\ry]]</a></i>": {"a": "<\u00e9\nx\ny]]"},
    "<i k='&amp;\r\n\t&#10;]]>'/>": {"@k": "&  \n]]>"},
    "<i><a><![CDATA[<b>&amp;]]></a></i>": {"a": "<b>&amp;"},
    "<i><a><![CDATA[]]></a></i>": {},
    "<i><a>\uff01\uffff</a></i>".replace("\uffff", ""): {"a": "\uff01"},
    "<i><stra\u00dfe>1</stra\u00dfe></i>": {"stra\u00dfe": "1"},
    "<i><a>b > c</a></i>": {"a": "b > c"},
    "<i><a>1</a><b>2</b><a/></i>": {"a": '["1", null]', "b": "2"},
    "<i><a/><n:a/></i>": {"a": "[null, null]"},
    "<i><i><a>1</a></i><i/></i>": {"i": '[{"a": "1"}, null]'},
    "<i><a k='&lt;'>\"\\\n\t</a><a k=''><b>1</b><c/><b xmlns='u'>&#13;</b></a></i>": {
        "a": '[{"@k": "<", "#text": "\\"\\\\\\n\\t"}, {"@k": "", "b": ["1", "\\r"], "c": null}]'
    },
}

LEFT = [
    "<i>t<a/></i>",
    "<i><a/>t</i>",
    "<i><a/>&#32;</i>",
    "<i><!-- c --></i>",
    "<i><?p?></i>",
    "<i><a>t<![CDATA[u]]></a></i>",
    "<i><![CDATA[t]]><a/></i>",
    "<i><a><![CDATA[\r]]></a></i>",
    "<i><a><![CDATA[\x01]]></a></i>",
    "<i><a.b>1</a.b><a><b>2</b></a></i>",
    "<i k='1' k='2'/>",
    "<i n:k='1' k='2'/>",
    "<i xmlns:n='1' xmlns:n='2'/>",
    "<i k=1/>",
    "<i k='1'l='2'/>",
    "<i k/>",
    "<i / ></i>",
    "<i k='<'></i>",
    "<i><1/></i>",
    "<i><a$/></i>",
    "<i><n:/></i>",
    "<i><\u0434/></i>",
    "<i><a\u00d7/></i>",
    "<i><a></b></i>",
    "<i><a></i>",
    "<i></a></i>",
    "<i>&nbsp;</i>",
    "<i>&#0;</i>",
    "<i>]]></i>",
    "<i>\x01</i>",
    "<i k='\x01'/>",
    "<i>\uffff</i>",
    "<i k='\ufffe'/>",
    "<i>\udcff</i>",
    "<i>" + "<a>" * 100 + "</a>" * 100 + "</i>",
]


def shred(module: ModuleType, text: str, max_columns: int = 100) -> Records:
    data = text.encode("utf-8", "surrogateescape")
    limits = {"max_record_bytes": 1000, "max_columns": max_columns}
    records: Records = module.shred(data, name="i", **limits)
    return records


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("record", PLAIN)
def test_what_is_plain(module: ModuleType, record: str) -> None:
    records = shred(module, f"<r>{record}</r>")
    assert {name: values[0] for name, values in columns(records).items()} == PLAIN[record]
    assert (len(records.starts), records.left, records.records) == (1, [], 1)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("record", LEFT)
def test_what_is_left(module: ModuleType, record: str) -> None:
    plain = "<i><z>1</z></i>"
    records = shred(module, f"<r>{plain}{record}{plain}</r>")
    assert [(each.row, each.whole) for each in records.left] == [(1, True)]
    assert columns(records) == {"z": ["1", None, "1"]}
    start = 3 + len(plain)
    data = record.encode("utf-8", "surrogateescape")
    assert (records.starts[1], records.ends[1]) == (start, start + len(data))


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("text", "limit", "elements"),
    [
        ("<i>1</i>-<i><a>", 99, ["<i>1</i>", "<i><a> !"]),
        ("<i>1<i>2</i>-<i>3</i>", 99, ["<i>1 !", "<i>2</i>", "<i>3</i>"]),
        ("<i>1<i>2<i>3", 99, ["<i>1 !", "<i>2 !", "<i>3 !"]),
        ("<i><i>1</i><i>2</i></i>", 99, ["<i><i>1</i><i>2</i></i>"]),
        ("<i><i>1</i><i>2</i></i>", 22, ["<i> !", "<i>1</i>", "<i>2</i>"]),
        ("<i k='<'/><i/>", 99, ["<i k='<'/> !", "<i/>"]),
        ("<i><a><b>1</b></a></i>-<i/>", 9, ["<i> !", "<i/>"]),
        ("<i><!-- </i> --><i>", 99, ["<i><!-- </i> --> !", "<i> !"]),
        ("<i>1", 3, ["<i> !"]),
    ],
)
def test_elements_without_end(
    module: ModuleType, text: str, limit: int, elements: list[str]
) -> None:
    data = text.encode()
    records = module.shred(data, name="i", max_record_bytes=limit, max_columns=9)
    broken = {each.row for each in records.left if not each.whole}
    found = [
        text[start:end] + " !" * (row in broken)
        for row, (start, end) in enumerate(zip(records.starts, records.ends, strict=True))
    ]
    assert found == elements
    limits = {"max_records": 9, "max_bytes": 999, "max_record_bytes": limit}
    cut = module.cut(data, name="i", **limits, final=True)
    is_inside = text.endswith(elements[-1].removesuffix(" !")) and elements[-1].endswith("!")
    assert cut == (len(data), records.records, is_inside, False)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("outside", "count"),
    [
        ("", 0),
        (" \n", 0),
        ("text", 1),
        ("<a>b</a>", 1),
        ("<a k='1'>b</a>", 2),
        ("<a xmlns='u' xmlns:k='v'/>", 0),
        ("<a xmlns='u' k='v'/>", 1),
        ("<!-- c --><?p q='1'?><!DOCTYPE a>", 0),
        ("<![CDATA[ ]]>", 1),
        ("<a", 0),
        ("</a b='1'>", 0),
    ],
)
def test_values_outside_of_records(module: ModuleType, outside: str, count: int) -> None:
    records = shred(module, f"{outside}<i/>{outside}")
    assert (records.outside, records.records, records.numbers[0]) == (
        2 * count,
        2 * count + 1,
        count,
    )


@pytest.mark.parametrize("module", MODULES)
def test_too_many_columns(module: ModuleType) -> None:
    assert not shred(module, "<i><a>1</a><b>2</b></i>", 2).wide
    assert shred(module, "<i><a>1</a><b>2</b><c>3</c></i>", 2).wide
    text = "<i><a>&lt;</a><a/><b>2</b></i>"
    records = shred(module, text, 1)
    assert records.wide
    assert len(bytes(records.text)) >= len(text)


@pytest.mark.parametrize("module", MODULES)
def test_cuts(module: ModuleType) -> None:
    text = b"<r>\n<v>x</v><i>1</i>\n<i><i/></i><!-- <i/> --><i/></r>"

    def cut(size: int, max_records: int, max_bytes: int, *, final: bool) -> tuple[int, int]:
        found = module.cut(
            text[:size],
            name="i",
            max_records=max_records,
            max_bytes=max_bytes,
            max_record_bytes=99,
            final=final,
        )
        return found.size, found.records

    size = len(text)
    assert cut(size, 9, 99, final=True) == (size, 4)
    assert cut(size, 2, 99, final=True) == (20, 2)
    assert cut(size, 9, 22, final=False) == (20, 2)
    assert cut(size, 9, 1, final=False) == (20, 2)
    assert cut(16, 9, 99, final=False) == (12, 1)
    assert cut(13, 9, 99, final=False) == (12, 1)


@pytest.mark.parametrize("module", MODULES)
def test_cuts_say_where_they_wait_for_an_end(module: ModuleType) -> None:
    limits = {"max_records": 9, "max_bytes": 99, "max_record_bytes": 99, "final": False}
    assert module.cut(b"<r><i/><i/>", name="i", **limits) == (11, 2, False, False)
    assert module.cut(b"<r><i/><i>", name="i", **limits) == (7, 1, False, True)


PARTS = [
    *("<i>", "</i>", "<i/>", "<i k='", "'", '"', ">", "<", "/", "<a>", "</a>", "<a/>", "<b c='d'>"),
    *("<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "&lt;", "&", "\r\n", "x", "\u00e9", "\udcff"),
    *("n:", "xmlns:n='u'", " k='1' "),
]  # fmt: skip


@given(parts=st.lists(st.sampled_from(PARTS), max_size=40), limit=st.integers(0, 5))
@settings(max_examples=500, deadline=None)
def test_the_kernel_and_its_twin_find_the_same(parts: list[str], limit: int) -> None:
    data = "".join(parts).encode("utf-8", "surrogateescape")
    longest: dict[str, Any] = {"name": "i", "max_record_bytes": 4 << limit}
    limits: dict[str, Any] = {"max_records": limit + 1, "max_bytes": 4 << limit}
    for final in (False, True):
        found, expected = (
            module.cut(data, **longest, **limits, final=final) for module in (COMPILED, TWIN)
        )
        assert found == expected
    found, expected = (
        said(module.shred(data, **longest, max_columns=limit + 1)) for module in (COMPILED, TWIN)
    )
    assert found == expected


@pytest.mark.parametrize("module", MODULES)
def test_nothing(module: ModuleType) -> None:
    limits = {"max_records": 1, "max_bytes": 1, "max_record_bytes": 1}
    assert module.cut(b"", name="i", **limits, final=True) == (0, 0, False, False)
    assert said(shred(module, "")) == ({}, [], [[], [], []], ([], 0, 0, False))

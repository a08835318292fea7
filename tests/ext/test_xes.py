"""Event logs of XES: every rule by example, and laws for everything else."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.reference.xes
import logflow_ext.xes
from logflow_ext.cells import LENGTH, MISSING
from logflow_ext.xes_events import Log

COMPILED = logflow_ext.xes
TWIN = logflow_ext.reference.xes
MODULES = [pytest.param(COMPILED, id="compiled"), pytest.param(TWIN, id="twin")]


def cells(spans: memoryview, text: bytes) -> list[bytes | None]:
    words = spans.cast("I").tolist()
    return [
        None if word & MISSING else text[at : at + (word & LENGTH)]
        for at, word in zip(words[::2], words[1::2], strict=True)
    ]


def said(log: Log) -> dict[str, Any]:
    """All that shredding says, as something that can be compared."""
    text = bytes(log.text)
    columns = {
        column.name: (
            column.kinds,
            cells(column.values, text),
            None
            if column.inner is None
            else (cells(column.inner, text) + [None] * log.rows)[: log.rows],
        )
        for column in log.columns
    }
    return {
        "columns": columns,
        "numbers": (log.starts.tolist(), log.numbers.tolist()),
        "rest": log[5:],
    }


def event(*attributes: str) -> str:
    return f"<event>{''.join(attributes)}</event>"


def string(key: str, value: str) -> str:
    return f'<string key="{key}" value="{value}"/>'


A, B = string("a", "1"), string("b", "2")
T = string("t", "T")

# name: text of the log, the values of columns, (record, error) of what is broken, empty traces
EXAMPLES: dict[str, tuple[str, dict[str, list[Any]], list[tuple[int, str]], int]] = {
    "nothing": ("", {}, [], 0),
    "a trace": (
        f"<trace>{T}{event(A)}\n{event(B)}</trace>",
        {"case:t": [b"T", b"T"], "a": [b"1", None], "b": [None, b"2"]},
        [],
        0,
    ),
    "late attribute of a trace": (
        f"<trace>{event(A)}{T}</trace>",
        {"a": [b"1"], "case:t": [b"T"]},
        [],
        0,
    ),
    "no trace": (event(A) + event(B), {"a": [b"1", None], "b": [None, b"2"]}, [], 0),
    "no events": (f"<trace>{T}</trace><trace/>", {"case:t": []}, [], 2),
    "no attributes": ("<event/><trace><event></event></trace>", {}, [], 0),
    "twice": (event(A, string("a", "3")), {"a": [b"3"]}, [], 0),
    "of event and trace": (
        f"<trace>{T}{event(string('case:t', 'E'))}</trace>",
        {"case:t": [b"E"]},
        [],
        0,
    ),
    "references": (
        event(
            string("&lt;&#x61;", "&amp;&quot;&apos;&gt;&#233;&#x1F600;"),
            string("n", "a\r\nb\t&#10;"),
        ),
        {"<a": ['&"\'>\u00e9\U0001f600'.encode()], "n": [b"a b \n"]},
        [],
        0,
    ),
    "spelling": (
        "<x:event a='1' >\n<x:string  value = 'v>' key='k' /><int key=\"i\"></int></x:event>",
        {"k": [b"v>"], "i": [None]},
        [],
        0,
    ),
    "comments": (
        f"<!-- <event> --><event><![CDATA[<event>]]><?x <event> ?>{A}<!----></event>",
        {"a": [b"1"]},
        [],
        0,
    ),
    "no key": (event('<string value="1"/>', "<other/>"), {}, [], 0),
    "broken event": (
        f"<trace>{T}{event(A)}<event><string key=a/></event>{event(B)}</trace>",
        {"case:t": [b"T", b"T"], "a": [b"1", None], "b": [None, b"2"]},
        [(1, "bad_attribute")],
        0,
    ),
    "no end of an event": (
        f"<trace><event>{A}{event(B)}</trace>",
        {"a": [None], "b": [b"2"]},
        [(0, "no_end_tag")],
        0,
    ),
    "no end of a trace": (
        f"<trace>{T}{event(A)}<trace>{event(B)}</trace>",
        {"case:t": [None], "a": [None], "b": [b"2"]},
        [(0, "no_end_tag")],
        0,
    ),
    "broken trace": (
        f"<trace><string key='t' value='&no;'/>{event(A)}{event(A)}</trace>{event(B)}",
        {"a": [None], "b": [b"2"]},
        [(0, "bad_entity"), (1, "bad_entity")],
        0,
    ),
}  # fmt: skip

BROKEN = {
    "<string key='a' value='<'/>": "bad_attribute",
    "<string key='a'value='1'/>": "bad_attribute",
    "<string key='a' value='1'/": "bad_tag",
    "<string key='a' value='1'></int>": "mismatched_tag",
    "<string key='a' value='1'>": "no_end_tag",
    "</string>": "mismatched_tag",
    "<>": "bad_tag",
    "<!DOCTYPE x>": "bad_tag",
    "<string key='a' value='&nbsp;'/>": "bad_entity",
    "<string key='a' value='&#xD800;'/>": "bad_entity",
    "<string key='a' value='&#0;'/>": "bad_entity",
    "<string key='a' value='&'/>": "bad_entity",
    "<list key='a'>" * 101 + "</list>" * 101: "too_deep",
    "<string key='a' value='\udcff'/>": "ill_formed_utf8",
}


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(module: ModuleType, name: str) -> None:
    text, expected, broken, empty = EXAMPLES[name]
    log = module.shred(f"<log>{text}</log>".encode(), traces=False, last=True)
    found = {column.name: cells(column.values, bytes(log.text)) for column in log.columns}
    assert found == expected
    assert [(each.record, each.error) for each in log.broken] == broken
    assert log.empty == empty


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("inside", BROKEN)
def test_what_is_broken(module: ModuleType, inside: str) -> None:
    text = f"<log>{event(A)}<event>{inside}</event>{event(B)}</log>"
    data = text.encode("utf-8", "surrogateescape")
    log = module.shred(data, traces=False, last=True)
    assert [(each.record, each.error) for each in log.broken] == [(1, BROKEN[inside])]
    assert log.numbers.tolist() == [0, 2]


@pytest.mark.parametrize("module", MODULES)
def test_what_is_inside_of_attributes(module: ModuleType) -> None:
    inner = '<int key="x" value="1"/>'
    text = event(f'<string key="a" value="v">{inner}</string>', '<list key="l"> </list>')
    log = module.shred(f"<log>{text}</log>".encode(), traces=False, last=True)
    by_name = {column.name: column for column in log.columns}
    assert cells(by_name["a"].inner, bytes(log.text)) == [inner.encode()]
    assert by_name["l"].inner is None
    assert (by_name["a"].kinds, by_name["l"].kinds) == (1, 64)


@pytest.mark.parametrize("module", MODULES)
def test_traces(module: ModuleType) -> None:
    text = f"<log><trace>{T}{event(A)}</trace><trace><trace>{T}</trace>{event(B)}</log>"
    log = module.shred(text.encode(), traces=True, last=True)
    assert {c.name: cells(c.values, bytes(log.text)) for c in log.columns} == {"t": [b"T", b"T"]}
    assert [(each.record, each.error) for each in log.broken] == [(1, "no_end_tag")]


@pytest.mark.parametrize("module", MODULES)
def test_a_log_that_ends_too_early(module: ModuleType) -> None:
    whole = f"<log><trace>{T}{event(A)}</trace></log>"
    for size in range(len(whole)):
        log = module.shred(whole[:size].encode(), traces=False, last=True)
        assert log.broken[-1].error == "cut_off"
        assert (
            log.records
            == module.cut(
                whole[:size].encode(), traces=False, max_records=99, max_bytes=99, final=True
            ).records
        )


CUTS: dict[str, tuple[str, dict[str, Any], tuple[int, int]]] = {
    "traces": ("<trace><event/></trace><trace>", {}, (23, 1)),
    "most records": ("<trace><event/></trace>" * 2, {"max_records": 1}, (23, 1)),
    "most bytes": ("<trace><event/></trace>" * 2, {"max_bytes": 30}, (23, 1)),
    "at least one": ("<trace><event/></trace>", {"max_bytes": 1}, (23, 1)),
    "events": ("<event></event><event/><event>", {}, (23, 2)),
    "a tag may go on": ("<event></event", {}, (0, 0)),
    "final": ("<trace/><event/></log> ", {"final": True}, (23, 2)),
    "cut off": ("<trace><event/><event", {"final": True}, (21, 2)),
    "by traces": ("<trace><event/><event/></trace><event/>", {"traces": True}, (39, 1)),
}


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("name", CUTS)
def test_cut(module: ModuleType, name: str) -> None:
    text, options, expected = CUTS[name]
    given_ = {
        "traces": False,
        "max_records": sys.maxsize,
        "max_bytes": sys.maxsize,
        "final": False,
        **options,
    }
    assert module.cut(text.encode(), **given_) == expected


PARTS = st.sampled_from(
    [
        "<trace>", "</trace>", "<trace/>", "<event>", "</event>", "<event/>", "</log>", "<!--",
        "-->", A, B, T, string("a", "&amp;x"), string("&#97;", "\r\n"),
        "<string key='l' value='1'>",
        "</string>", "<list key='l'>", "</list>", "<values>", "</values>",
        "<int key='a' value='x' />",
        "<", ">", "/", "&", "'", '"', " ", "\n", "<?x?>", "<![CDATA[", "]]>", "<tra", "e", "\udcff",
    ]
)  # fmt: skip
LOGS = st.lists(PARTS, max_size=24).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogateescape")
)


@given(data=LOGS, traces=st.booleans(), last=st.booleans())
@settings(max_examples=800)
def test_twins_shred_alike(data: bytes, traces: bool, last: bool) -> None:
    found, expected = (
        said(module.shred(data, traces=traces, last=last)) for module in (COMPILED, TWIN)
    )
    assert found == expected


@given(
    data=LOGS,
    traces=st.booleans(),
    max_records=st.sampled_from([1, 2, 99]),
    max_bytes=st.integers(1, 99),
    final=st.booleans(),
)
@settings(max_examples=800)
def test_twins_cut_alike(data: bytes, **options: Any) -> None:
    found, expected = (module.cut(data, **options) for module in (COMPILED, TWIN))
    assert found == expected
    if options["final"] and options["max_records"] == 99 and options["max_bytes"] == 99:
        log = COMPILED.shred(data[: found.size], traces=options["traces"], last=True)
        assert log.records == found.records

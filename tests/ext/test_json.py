"""Records of JSON: every rule by example, and laws for everything else."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.json
import logflow_ext.reference.json
from logflow_ext.cells import MISSING
from logflow_ext.json_tree import FORMS, KINDS, MODES, Node, Tree

COMPILED = logflow_ext.json
TWIN = logflow_ext.reference.json
MODULES = [pytest.param(COMPILED, id="compiled"), pytest.param(TWIN, id="twin")]


def cells(node: Node, text: bytes) -> list[bytes | None]:
    """The values of a column as they are kept, nothing for null."""
    found = []
    for slot, pair in enumerate(pairs(node, KINDS)):
        start, length = node.span(slot)
        found.append(text[start : start + length] if pair else None)
    return found


def pairs(node: Node, kinds: Sequence[str]) -> list[tuple[int, int] | None]:
    """The cells of some kinds, whatever stands where there is none."""
    words = node.cells(kinds).cast("I").tolist()
    both = zip(words[::2], words[1::2], strict=True)
    return [None if word & MISSING else (start, word) for start, word in both]


def plain(node: Node, data: bytes, text: bytes) -> dict[str, Any]:
    """All that a column says, as something that can be compared."""
    items = node.items()
    return {
        "counts": node.counts,
        "flags": (node.ambiguous, node.wide),
        "cells": [pairs(node, [kind]) for kind in KINDS],
        "values": (cells(node, text), cells(node, data)),
        "validity": [node.validity(kind).tolist() for kind in KINDS],
        "children": [(key, plain(child, data, text)) for key, child in node.children()],
        "items": items and (node.offsets().cast("i").tolist(), plain(items, data, text)),
    }


def said(tree: Tree, data: bytes) -> dict[str, Any]:
    """All that shredding says."""
    return {
        "root": plain(tree.root, data, bytes(tree.text)),
        "starts": tree.starts.tolist(),
        "numbers": tree.numbers.tolist(),
        "rest": tree._replace(root=None, text=None, starts=None, numbers=None),
    }


def columns(tree: Tree) -> dict[str, list[bytes | None]]:
    """The values of the columns of leaves by their path."""
    found: dict[str, list[bytes | None]] = {}

    def walk(path: str, node: Node) -> None:
        children, items = node.children(), node.items()
        if not children and (items is None or not node.counts.arrays):
            found[path] = cells(node, bytes(tree.text))
        for key, child in children:
            walk(f"{path}.{key}", child)
        if items is not None and node.counts.arrays:
            walk(f"{path}[]", items)

    walk("$", tree.root)
    return found


# name: data, form, the columns of leaves, (record, bytes, error, offset)
EXAMPLES: dict[str, tuple[bytes, str, dict[str, Any], list[tuple[Any, ...]]]] = {
    "nothing": (b"", "lines", {"$": []}, []),
    "one": (b'{"a":1}', "lines", {"$.a": [b"1"]}, []),
    "kinds": (b'{"a":1.5e3}\n{"a":true}\r\n{"a":null}\n{"a":"x"}\n', "lines",
        {"$.a": [b"1.5e3", b"true", None, b"x"]}, []),
    "new keys": (b'{"a":1}\n{"b":2}\n{}\n', "lines",
        {"$.a": [b"1", None, None], "$.b": [None, b"2", None]}, []),
    "nested": (b'{"a":{"b":[1,[],null]}}\n{"a":{"c":2,"b":[3]}}\n', "lines",
        {"$.a.b[][]": [], "$.a.c": [None, b"2"]}, []),
    "escapes": (rb'{"a\u0062":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00."}', "lines",
        {"$.ab": ['"\\/\b\f\n\r\té\U0001f600.'.encode()]}, []),
    "scalars": (b'1\n"two"\nfalse\n', "lines", {"$": [b"1", b"two", b"false"]}, []),
    "duplicate": (b'{"a":{"x":1},"a":2,"b":3}\n{"a":4}', "lines",
        {"$.a": [b"2", b"4"], "$.b": [b"3", None]}, []),
    "blank lines": (b'\n{"a":1}\n  \r\n', "lines", {"$.a": [b"1"]}, []),
    "broken": (b'{"a":1}\n{"b":2,\n{"a":3}\n', "lines", {"$.a": [b"1", b"3"]},
        [(1, b'{"b":2,', "cut_off", 15)]),
    "broken inside": (b'{"a":[1,2]}\n{"a":[3,4,}\n{"a":[5]}\n', "lines",
        {"$.a[]": [b"1", b"2", b"5"]}, [(1, b'{"a":[3,4,}', "no_value", 22)]),
    "two a line": (b'{"a":1}{"a":2}\n', "lines", {"$": []},
        [(0, b'{"a":1}{"a":2}', "more_than_one", 7)]),
    "concatenated": (b'{"a":1}{"a":2} {"a"\n:3}4"5"', "values",
        {"$.a": [b"1", b"2", b"3", None, None]}, []),
    "sequence": (b'\x1e{"a":1}\n\x1e{"a":2\n\x1e{"a":3}\n', "values", {"$.a": [b"1", b"3"]},
        [(1, b'{"a":2\n', "no_comma_in_object", 17)]),
    "pretty": (b'{\n  "a": 1\n}\n{\n  "a": \n}\n{\n  "a": 3\n}\n', "values",
        {"$.a": [b"1", b"3"]}, [(1, b'{\n  "a": \n}', "no_value", 23)]),
    "pretty, cut": (b'{\n  "a": "1\n}\n{\n  "a": "2"\n}\n', "values", {"$.a": [b"2"]},
        [(0, b'{\n  "a": "1\n}\n', "control_character", 11)]),
    "elements": (b'1, {"a":2} ,[3]', "elements", {"$.a": [None, b"2", None], "$[]": [b"3"]}, []),
    "elements, broken": (b'{"a":1},{"a":x},{"a":3}', "elements", {"$.a": [b"1", b"3"]},
        [(1, b'{"a":x}', "no_value", 13)]),
    "no element": (b"1,,2", "elements", {"$": [b"1", b"2"]}, [(1, b"", "no_value", 2)]),
    "comma at the end": (b"1,", "elements", {"$": [b"1"]}, [(1, b"", "cut_off", 2)]),
    "nul": (b'{"a":"\\u0000","\\u0000":1}', "lines", {"$.a": [b"\0"], "$.\0": [b"1"]}, []),
}  # fmt: skip

BROKEN = {
    b"{": "cut_off",
    b"[1,": "cut_off",
    b"[1,]": "no_value",
    b"[1 2]": "no_comma_in_array",
    b'{"a":1 "b":2}': "no_comma_in_object",
    b'{"a":1,}': "no_key",
    b"{a:1}": "no_key",
    b'{"a" 1}': "no_colon",
    b"01": "more_than_one",
    b"-": "bad_number",
    b"1.": "bad_number",
    b"1.e3": "bad_number",
    b"1e+": "bad_number",
    b"+1": "no_value",
    b".5": "no_value",
    b"NaN": "no_value",
    b"nul": "bad_literal",
    b"True": "no_value",
    b'"\x01"': "control_character",
    b'"\t"': "control_character",
    b'"': "cut_off",
    b'"\\': "cut_off",
    b'"\\x"': "bad_escape",
    b'"\\u12"': "bad_escape",
    b'"\\u12g4"': "bad_escape",
    b'"\\ud800"': "lone_surrogate",
    b'"\\udc00"': "lone_surrogate",
    b'"\\ud800\\ud800"': "lone_surrogate",
    b'"\xff"': "ill_formed_utf8",
    b'{"\xc3":1}': "ill_formed_utf8",
    b'"\xed\xa0\x80"': "ill_formed_utf8",
    b"[[[[1]]]]": "too_deep",
    b"1 1": "more_than_one",
}


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(module: ModuleType, name: str) -> None:
    data, form, expected, broken = EXAMPLES[name]
    tree = module.shred(data, form)
    found = [(b.record, data[b.start : b.end], b.error, b.offset) for b in tree.broken]
    assert (columns(tree), found) == (expected, broken)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("data", BROKEN)
def test_what_is_broken_leaves_nothing_behind(module: ModuleType, data: bytes) -> None:
    around = b'{"a":[0]}\n' + data + b'\n{"a":[1]}'
    tree = module.shred(around, "lines", max_depth=3)
    assert [(b.record, b.error) for b in tree.broken] == [(1, BROKEN[data])]
    assert columns(tree) == {"$.a[]": [b"0", b"1"]}


@pytest.mark.parametrize("module", MODULES)
def test_how_columns_are_kept(module: ModuleType) -> None:
    data = rb'{"a":{"b":"\n"},"c":["\n"]}'
    for keep, path, expected in [
        ((("a",), "texts"), "$.a", rb'{"b":"\n"}'),
        ((("a", "b"), "written"), "$.a.b", rb'"\n"'),
        ((("c", None), "written"), "$.c[]", rb'"\n"'),
        ((("c", None), "texts"), "$.c[]", b"\n"),
    ]:
        tree = module.shred(data, "lines", keep=[keep])
        [found] = columns(tree)[path]
        assert found == expected or keep[1] == "written"
        if keep[1] == "written":
            node = tree.root
            for key in keep[0]:
                items = node.items()
                node = dict(node.children())[key] if key is not None else items
            assert cells(node, data) == [expected]
    texts = module.shred(data, "lines", inner="texts")
    assert columns(texts) == {"$.a": [rb'{"b":"\n"}'], "$.c": [rb'["\n"]']}


@pytest.mark.parametrize("module", MODULES)
def test_more_keys_than_allowed(module: ModuleType) -> None:
    lines = [b'{"a":{"x":1,"y":2}}', b'{"a":{"z":3,"x":4},!}', b'{"a":{"z":3,"x":4}}']
    for count, wide in [(1, False), (2, False), (3, True)]:
        tree = module.shred(b"\n".join(lines[:count]), "lines", max_keys=2)
        [(_, child)] = tree.root.children()
        assert child.wide is wide
    assert module.shred(b'{"a":1,"b":2}', "lines", max_columns=1).root.wide


CUTS: dict[str, tuple[bytes, str, dict[str, Any], tuple[Any, ...]]] = {
    "lines": (b"1\n2\n3", "lines", {}, (4, 2, False, 0)),
    "the last line": (b"1\n2\n3", "lines", {"final": True}, (5, 3, False, 0)),
    "most records": (b"1\n2\n3", "lines", {"max_records": 1}, (2, 1, False, 0)),
    "most bytes": (b"1\n2\n3", "lines", {"max_bytes": 3}, (2, 1, False, 0)),
    "at least one": (b"123456\n2\n3", "lines", {"max_bytes": 1}, (7, 1, False, 0)),
    "no line": (b"123", "lines", {}, (0, 0, False, 0)),
    "values": (b'{"a":1}{"b":2} [', "values", {}, (14, 2, False, 0)),
    "values to the end": (b'{"a":1}{"b":2} [ ', "values", {"final": True}, (17, 3, False, 0)),
    "blanks at the end": (b"{} \n", "values", {"final": True}, (4, 1, False, 0)),
    "a scalar may go on": (b"12", "values", {}, (0, 0, False, 0)),
    "elements": (b'1,"a,]",[2,3],{', "elements", {}, (14, 3, False, 0)),
    "the last element": (b"1, 2 ] ,", "elements", {}, (2, 1, True, 5)),
    "no bracket": (b"1,2", "elements", {"final": True}, (2, 1, True, 3)),
    "members": (b'"a":1,"b":[2],"c":3}', "members", {}, (14, 2, True, 19)),
    "a stray bracket": (b"1},2,3", "elements", {}, (5, 2, False, 0)),
    "damage": (b'{"a":"1},\n{"a":2},\n{"a":3},', "elements", {}, (27, 3, False, 0)),
}


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("name", CUTS)
def test_cut(module: ModuleType, name: str) -> None:
    data, form, options, expected = CUTS[name]
    given_ = {"max_records": sys.maxsize, "max_bytes": sys.maxsize, "final": False, **options}
    assert module.cut(data, form, **given_) == expected


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from("abc") | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Values of JSON with something between them, often damaged somewhere."""
    between = draw(st.sampled_from(["\n", ",", "", " \n", "\n\x1e", ", ", "\r\n"]))
    indent = draw(st.sampled_from([None, None, 1]))
    values = draw(st.lists(VALUES, max_size=5))
    ascii_only = draw(st.booleans())
    text = between.join(json.dumps(v, indent=indent, ensure_ascii=ascii_only) for v in values)
    data = text.encode("utf-8", "surrogatepass")
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        at = draw(st.integers(0, len(data)))
        more = draw(st.binary(max_size=2) | st.sampled_from([b'"', b"\\", b"{", b"]", b",", b"\n"]))
        data = data[:at] + more + data[at + draw(st.integers(0, 2)) :]
    return data


PATHS = st.lists(st.sampled_from(["a", "b", None]), max_size=2).map(tuple)


@given(
    data=texts(),
    form=st.sampled_from(FORMS),
    options=st.fixed_dictionaries(
        {
            "last": st.booleans(),
            "follows": st.booleans(),
            "max_depth": st.sampled_from([1, 2, 128]),
            "max_keys": st.sampled_from([1, 2, 1000]),
            "max_columns": st.sampled_from([1, 2, 1000]),
            "keep": st.lists(st.tuples(PATHS, st.sampled_from(MODES)), max_size=2),
            "inner": st.sampled_from(MODES),
        }
    ),
)
@settings(max_examples=400)
def test_twins_shred_alike(data: bytes, form: str, options: dict[str, Any]) -> None:
    found, expected = (
        said(module.shred(data, form, **options), data) for module in (COMPILED, TWIN)
    )
    assert found == expected


@given(
    data=texts(),
    form=st.sampled_from(FORMS),
    max_records=st.sampled_from([1, 2, 1000]),
    max_bytes=st.integers(1, 40),
    final=st.booleans(),
)
@settings(max_examples=400)
def test_twins_cut_alike(data: bytes, form: str, **options: Any) -> None:
    found, expected = (module.cut(data, form, **options) for module in (COMPILED, TWIN))
    assert found == expected


@given(values=st.lists(VALUES, max_size=5), size=st.integers(1, 30))
def test_values_come_in_the_chunks_that_they_are_cut_to(values: list[Any], size: int) -> None:
    data = "".join(json.dumps(value) + "\n" for value in values).encode()
    found = []
    while data:
        cut = COMPILED.cut(data, "values", max_records=3, max_bytes=size, final=True)
        assert cut.records or not data[: cut.size].strip()
        tree = COMPILED.shred(data[: cut.size], "values")
        assert not tree.broken
        found += [json.loads(data[start : cut.size].split(b"\n")[0]) for start in tree.starts]
        data = data[cut.size :]
    assert found == values


def test_nodes_are_not_made_by_hand() -> None:
    with pytest.raises(TypeError, match="only shredding"):
        COMPILED.Node()
    root = COMPILED.shred(b"1", "lines").root
    with pytest.raises(IndexError):
        root.span(1)

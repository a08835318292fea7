"""The values of one record, by expat: of those that the kernel leaves, damaged ones among them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from logflow.interfaces.decoder import Malformed
from logflow_xml.structure import local

__all__ = ["values_of"]

MOST_DEPTH = 100
SHOWN = 24
"""Bytes that a message shows of what is wrong."""
TEXT = "#text"
"""The name of a record's own text."""


def values_of(data: bytes) -> Mapping[str, str] | Malformed:
    """The values of an element by their paths: attributes, texts, and JSON of what is repeated.

    >>> values_of(b"<i k='1'><a><b>x</b></a><t>1</t><t>2</t></i>")
    {'@k': '1', 'a.b': 'x', 't': '["1", "2"]'}
    >>> values_of(b"<i><a></i>").error_type
    'mismatched_tag'
    """
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as err:
        reason = expat.ErrorString(err.code)
        name = re.sub(r"\W+", "_", reason).strip("_").lower()
        at = max(parser.ErrorByteIndex, 0)
        found = data[at : at + SHOWN].decode("utf-8", "backslashreplace")
        return Malformed(f"expected well-formed XML: {reason}, at {found!r}", name)
    except _TooDeep:
        return Malformed(f"expected at most {MOST_DEPTH} elements inside each other", "too_deep")
    [element] = builder.top.children
    values: dict[str, str] = {}
    for path, value in _values(element, ""):
        _put(values, path, value)
    return values


def _put(values: dict[str, str], path: str, value: str) -> None:
    """Add a value; what is called as another is, such as a:k and b:k, gets a number."""
    name, number = path, 1
    while name in values:
        number += 1
        name = f"{path}_{number}"
    values[name] = value


class _TooDeep(Exception):
    pass


@dataclass(slots=True)
class _Element:
    """An element, with the texts before, between and behind its children."""

    name: str
    attributes: Mapping[str, str]
    texts: list[str] = field(default_factory=lambda: [""])
    children: list[_Element] = field(default_factory=list)

    @property
    def own_text(self) -> str:
        """The text; of an element with others inside, what is not just space between them."""
        if not self.children:
            return self.texts[0]
        return " ".join(stripped for text in self.texts if (stripped := text.strip()))

    def groups(self) -> Iterator[tuple[str, list[_Element]]]:
        """The children by name, in the order of the first of each."""
        groups: dict[str, list[_Element]] = {}
        for child in self.children:
            groups.setdefault(child.name, []).append(child)
        yield from groups.items()


class _Builder:
    """Makes elements of what the parser finds."""

    def __init__(self) -> None:
        self.top = _Element("", {})
        self._open = [self.top]

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) > MOST_DEPTH:
            raise _TooDeep
        kept = {k: v for k, v in attributes.items() if k.partition(":")[0] != "xmlns"}
        element = _Element(local(name), kept)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()
        self._open[-1].texts.append("")

    def text(self, text: str) -> None:
        self._open[-1].texts[-1] += text


def _values(element: _Element, path: str) -> Iterator[tuple[str, str]]:
    """The values of an element, and of those in it."""
    for key, value in element.attributes.items():
        yield f"{path}@{local(key)}", value
    if own := element.own_text:
        yield path.removesuffix(".") or TEXT, own
    for name, group in element.groups():
        if len(group) > 1:
            yield path + name, json.dumps([_tree(each) for each in group], ensure_ascii=False)
        else:
            yield from _values(group[0], f"{path}{name}.")


def _tree(element: _Element) -> Any:
    """An element as JSON has it: its text, or an object."""
    own = element.own_text
    if not element.attributes and not element.children:
        return own or None
    tree: dict[str, Any] = {}
    for key, value in element.attributes.items():
        _put(tree, f"@{local(key)}", value)
    for name, group in element.groups():
        trees = [_tree(each) for each in group]
        tree[name] = trees if len(trees) > 1 else trees[0]
    return tree | ({TEXT: own} if own else {})

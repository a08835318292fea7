"""Which element of a document is the record: the repeated one that has most of the values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast
from xml.etree import ElementTree

from logflow.errors import DecodeError

__all__ = ["Structure", "local", "structure_of"]

_Events = Iterator[tuple[str, ElementTree.Element]]
MOST_DEPTH = 100


def local(name: str) -> str:
    """A name without its prefix.

    >>> local("n:item"), local("item")
    ('item', 'item')
    """
    return name.partition(":")[2] or name


@dataclass(frozen=True, slots=True)
class Structure:
    """The names of a document's *root*, of the *element* that is the record, and of all *seen*."""

    root: str
    element: str
    seen: Sequence[str]

    def is_closed(self, text: Any) -> bool:
        """Whether the root ends in *text*, the end of the document."""
        return self.root == self.element or _has_tag(text, b"</", self.root)

    def has_record(self, text: Any) -> bool:
        """Whether a record starts in *text*."""
        return _has_tag(text, b"<", self.element)


def _has_tag(text: Any, start: bytes, name: str) -> bool:
    tag = start + rb"(?:[^\s<>/:]+:)?" + re.escape(name.encode()) + rb"[\s/>]"
    return re.search(tag, memoryview(text).cast("B")) is not None


def structure_of(head: bytes) -> Structure:
    """Which elements are the root and the record, by the start of a document.

    Of elements that are repeated beneath one parent, the one with most values (attributes, and
    elements with nothing but text) wins, of several the outermost; without any, the root.  Raises
    :exc:`~logflow.errors.DecodeError` where there is no element.
    """
    values: Counter[tuple[str, ...]] = Counter()
    repeated: dict[tuple[str, ...], None] = {}
    path: list[str] = []
    children: list[Counter[str]] = [Counter()]
    root = ""
    for event, element in _events(head):
        if event == "start":
            name = _unqualified(element.tag)
            root = root or name
            path.append(name)
            children[-1][name] += 1
            children.append(Counter())
            if len(path) > MOST_DEPTH:
                break
            continue
        own = len(element.attrib) + (not len(element) and bool((element.text or "").strip()))
        for size in range(1, len(path) + 1):
            values[tuple(path[:size])] += own
        beneath = children.pop()
        for name, count in beneath.items():
            if count > 1:
                repeated[*path, name] = None
        path.pop()
        element.clear()
    for size, beneath in enumerate(children):
        for name, count in beneath.items():
            if count > 1 and size:
                repeated[*path[:size], name] = None
    if not root:
        raise DecodeError("there is no element of XML at the start")
    seen = tuple(dict.fromkeys([root, *(each[-1] for each in values)]))
    if not repeated:
        return Structure(root, root, seen)
    return Structure(root, max(repeated, key=lambda each: (values[each], -len(each)))[-1], seen)


def _unqualified(name: str) -> str:
    return name.rpartition("}")[2]


def _events(head: bytes) -> _Events:
    """The starts and ends of elements, as far as the document is well-formed."""
    parser: Any = ElementTree.XMLPullParser(["start", "end"])
    with suppress(ElementTree.ParseError):
        parser.feed(head.decode("utf-8", "replace"))
    with suppress(ElementTree.ParseError):
        yield from cast(_Events, parser.read_events())

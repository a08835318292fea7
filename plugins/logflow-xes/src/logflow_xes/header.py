"""What stands before the traces of a log: extensions, classifiers, globals and attributes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast
from xml.etree import ElementTree

from logflow.errors import DecodeError

__all__ = ["inner_json", "metadata_of"]

_Events = Iterator[tuple[str, ElementTree.Element]]

MOST_METADATA = 1 << 20
"""Characters of metadata; a log with more keeps all but its attributes."""
ATTRIBUTES = ("string", "date", "int", "float", "boolean", "id", "list", "container")


def metadata_of(head: bytes) -> dict[str, str]:
    """The metadata of a log, as JSON under ``xes:log``; *head* ends before its first trace.

    Raises :exc:`~logflow.errors.DecodeError` for a document type, which could hold entities.
    """
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise DecodeError("the log has a document type (DTD), which is not read: take it out")
    parser: Any = ElementTree.XMLPullParser(["start", "end"])
    found: dict[str, Any] = {"extensions": [], "classifiers": [], "globals": {}, "attributes": []}
    depth = 0
    try:
        parser.feed(head.decode())  # in UTF-8, whatever encoding it once declared
        for event, element in cast(_Events, parser.read_events()):
            if event == "start":
                if depth == 0:
                    found |= {_local(key): value for key, value in element.attrib.items()}
                depth += 1
                continue
            depth -= 1
            if depth == 1:
                _add(found, element)
    except (ElementTree.ParseError, UnicodeDecodeError):
        pass  # what is damaged is told where the records are read
    text = json.dumps(found, ensure_ascii=False)
    if len(text) > MOST_METADATA:
        found["attributes"] = f"left out: {len(text):,} characters"
        text = json.dumps(found, ensure_ascii=False)
    return {"xes:log": text} if len(text) <= MOST_METADATA else {}


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _add(found: dict[str, Any], element: ElementTree.Element) -> None:
    kind = _local(element.tag)
    if kind in ("extension", "classifier"):
        found[kind + "s"].append(dict(element.attrib))
    elif kind == "global":
        found["globals"][element.get("scope", "event")] = [_attribute(each) for each in element]
    elif kind in ATTRIBUTES:
        found["attributes"].append(_attribute(element))


def _attribute(element: ElementTree.Element) -> dict[str, Any]:
    kind = _local(element.tag)
    found: dict[str, Any] = {"key": element.get("key"), "type": kind}
    value = element.get("value")
    if value is not None:
        found["value"] = _typed(kind, value)
    children = [_attribute(each) for each in _children(element)]
    if children:
        found["attributes"] = children
    return found


def _children(element: ElementTree.Element) -> list[ElementTree.Element]:
    """The attributes inside of one, those of lists behind their wrapper."""
    found = []
    for each in element:
        found += list(each) if _local(each.tag) == "values" else [each]
    return found


def _typed(kind: str, value: str) -> Any:
    """A value as JSON has it, where that is the same."""
    if kind == "int" and value.strip().removeprefix("-").isdecimal():
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def inner_json(markup: bytes) -> str:
    """The attributes inside of one, as JSON.

    >>> inner_json(b'<int key="a" value="5"/>')
    '[{"key": "a", "type": "int", "value": 5}]'
    """
    try:
        element = ElementTree.fromstring(b"<x>" + markup + b"</x>")
    except ElementTree.ParseError as err:
        raise ValueError(str(err)) from err
    return json.dumps([_attribute(each) for each in _children(element)], ensure_ascii=False)

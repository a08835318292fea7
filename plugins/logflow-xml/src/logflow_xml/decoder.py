"""The decoder: elements of one name as records, each parsed alone, so that damage stays in one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from xml.etree import ElementTree

from logflow.errors import DecodeError
from logflow.interfaces.decoder import Malformed, Position
from logflow_xml.options import XmlOptions
from logflow_xml.structure import local, record_element

__all__ = ["XmlDecoder"]

HEAD = 1 << 20
"""Bytes at the start that tell what the records are."""
BLOCK = 1 << 18
MOST_DEPTH = 100
TEXT = "#text"
"""The name of a record's own text."""

_NAMESPACE = re.compile(rb"xmlns(?::[\w.-]+)?\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')")
_VALUES = re.compile(
    rb"<(?![/!?])[\w:.-]+\s[^<>]*?(?<![\w:.-])(?!xmlns)[\w:.-]+\s*=|[\w\"'\s]>\s*[^<\s]"
)
"""Elements outside of records that have attributes, or text."""


class XmlDecoder:
    """Reads documents.  A ``RecordDecoder``."""

    def __init__(self, options: XmlOptions | None = None) -> None:
        self._options = options or XmlOptions()

    def records(self, stream: BinaryIO) -> Iterator[tuple[Position, Mapping[str, str] | Malformed]]:
        """The records, in order; those that are not well-formed are malformed.

        Raises :exc:`~logflow.errors.DecodeError` for a document type that declares something.
        """
        text = _Text(stream)
        text.more(HEAD)
        head = bytes(text.data)
        if not head.strip():
            return
        if re.search(rb"<!DOCTYPE[^>\[]*\[", head) or b"<!ENTITY" in head:
            raise DecodeError(
                "the document has a document type (DTD) with declarations, which are not read: "
                "take it out"
            )
        name = self._options.element or record_element(head)
        number = 0
        namespaces: dict[bytes, None] = {}
        for found in _elements(text, name.encode()):
            namespaces.update(dict.fromkeys(_NAMESPACE.findall(found.before)))
            number += 1 + len(_VALUES.findall(found.before))
            position = Position(number, found.line, found.start)
            if not found.whole:
                yield position, Malformed(f"expected </{name}>: the document is cut off", "cut_off")
                return
            yield position, _record(found.data, b" ".join(namespaces))


@dataclass(frozen=True, slots=True)
class _Element:
    """An element's text, what stands before it, where it is, and whether its end tag is there."""

    data: bytes
    before: bytes
    start: int
    line: int
    whole: bool


class _Text:
    """What is read of a stream and not done with; *start* and *line* are of its first byte."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.data = bytearray()
        self.start = 0
        self.line = 1
        self.ended = False

    def more(self, size: int = 0) -> None:
        """Read on: as much as there is already, so that what is long is not searched too often."""
        wanted = max(size, len(self.data), BLOCK)
        while wanted > 0 and not self.ended:
            piece = self._stream.read(min(wanted, BLOCK))
            self.ended = not piece
            self.data += piece
            wanted -= len(piece)

    def drop(self, size: int) -> None:
        """Be done with the first bytes."""
        self.line += self.data.count(b"\n", 0, size)
        self.start += size
        del self.data[:size]


def _tags(name: bytes) -> re.Pattern[bytes]:
    """Finds the tags of an element outside of comments, and where there may be one cut off."""
    tag = rb"(?:[\w.-]++:)?" + re.escape(name) + rb"(?=[\s/>])"
    rest = rb"(?:[^>\"'<]++|\"[^\"<]*+\"|'[^'<]*+')*+"
    return re.compile(
        rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
        rb"|<(?P<end>/?)" + tag + rest + rb"(?P<close>>)"
        rb"|(?P<open><!--|<!\[CDATA\[|<\?|<[^<>]*\Z)"
        rb"|<(?P<broken>/?)" + tag,
        re.DOTALL,
    )


def _elements(text: _Text, name: bytes) -> Iterator[_Element]:
    """The outermost elements of a name, one after the other."""
    tags = _tags(name)
    depth = at = start = 0
    while True:
        found = tags.search(text.data, at)
        if (found is None or found["open"] is not None) and not text.ended:
            at = found.start() if found else max(at, len(text.data) - 1)
            if depth == 0 and found is None:
                at = len(text.data)
            text.more()
            continue
        if found is None:
            break
        if found["open"] is not None:  # nothing follows that could close it
            at = found.end()
            continue
        at = found.end()
        if found["close"] is None and found["broken"] is None:
            continue
        closing = bool(found["end"] or found["broken"])
        empty = not closing and found["close"] is not None and text.data[at - 2 : at - 1] == b"/"
        if depth == 0 and closing:
            continue
        if depth == 0:
            start = found.start()
        depth += 0 if empty else -1 if closing else 1
        if depth == 0:
            yield _taken(text, start, at, whole=True)
            at = 0
    if depth:
        yield _taken(text, start, len(text.data), whole=False)


def _taken(text: _Text, start: int, end: int, *, whole: bool) -> _Element:
    before = bytes(text.data[:start])
    data = bytes(text.data[start:end])
    line = text.line + before.count(b"\n")
    element = _Element(data, before, text.start + start, line, whole)
    text.drop(end)
    return element


def _record(data: bytes, namespaces: bytes) -> Mapping[str, str] | Malformed:
    """The values of an element: attributes, elements with text, and what is in others."""
    try:
        [element] = ElementTree.fromstring(b"<x " + namespaces + b">" + data + b"</x>")
        values: dict[str, str] = {}
        _fill(element, "", values, 0)
    except ElementTree.ParseError as err:
        reason = str(err).partition(":")[0]
        name = re.sub(r"\W+", "_", reason).strip("_").lower()
        return Malformed(f"expected well-formed XML: {reason}", name)
    except (_TooDeep, RecursionError):
        return Malformed(f"expected at most {MOST_DEPTH} elements inside each other", "too_deep")
    return values


class _TooDeep(Exception):
    pass


def _fill(element: ElementTree.Element, path: str, values: dict[str, str], depth: int) -> None:
    """Add what an element has to *values*, whose names are paths from the record on."""
    if depth == MOST_DEPTH:
        raise _TooDeep
    for key, value in element.attrib.items():
        values[f"{path}@{local(key)}"] = value
    own = _own_text(element)
    if own:
        values[path.removesuffix(".") or TEXT] = own
    groups: dict[str, list[ElementTree.Element]] = {}
    for child in element:
        groups.setdefault(local(child.tag), []).append(child)
    for name, group in groups.items():
        if len(group) > 1:
            values[path + name] = json.dumps(
                [_tree(child, depth + 1) for child in group], ensure_ascii=False
            )
        else:
            _fill(group[0], f"{path}{name}.", values, depth + 1)


def _own_text(element: ElementTree.Element) -> str:
    """An element's text; of one with elements inside, what is not just space between them."""
    if not len(element):
        return element.text or ""
    parts = [element.text, *(child.tail for child in element)]
    return " ".join(part.strip() for part in parts if part and part.strip())


def _tree(element: ElementTree.Element, depth: int) -> Any:
    """An element as JSON has it: its text, or an object."""
    if depth == MOST_DEPTH:
        raise _TooDeep
    own = _own_text(element)
    if not element.attrib and not len(element):
        return own or None
    tree: dict[str, Any] = {f"@{local(key)}": value for key, value in element.attrib.items()}
    groups: dict[str, list[Any]] = {}
    for child in element:
        groups.setdefault(local(child.tag), []).append(_tree(child, depth + 1))
    tree |= {name: group if len(group) > 1 else group[0] for name, group in groups.items()}
    return tree | ({TEXT: own} if own else {})

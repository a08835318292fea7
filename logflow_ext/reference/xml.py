"""Documents of XML: where the elements that are records end, and what is in them as columns.

Where elements end is told by tags alone, outside of comments, CDATA sections and instructions.
Records that are plain are read here: every element has text or other elements inside.  All others
are left to a parser, which knows what is wrong with them, too.
"""

from __future__ import annotations

import json
import re
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from logflow_ext.cells import LENGTH, MISSING, flat
from logflow_ext.reference.markup import reference
from logflow_ext.reference.utf8 import first_invalid
from logflow_ext.xml_records import Column, Cut, Left, Records

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["cut", "shred"]

MOST_DEPTH = 100
MOST_NODES = 1 << 16
MOST_CELLS = 1 << 27
NO_CELL = (0, MISSING)

_SKIPPED = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))
_TAG_NAME = re.compile(rb"[^ \t\r\n>/<]*")
_TAG_END = re.compile(rb"(?:[^<>\"']|\"[^<\"]*(?:\"|(?=<|\Z))|'[^<']*(?:'|(?=<|\Z)))*+")
_SPACES = b" \t\r\n"

_LETTER = rb"(?:[A-Za-z_:]|\xc3[\x80-\x96\x98-\xb6\xb8-\xbf])"
_NAME = re.compile(_LETTER + rb"(?:" + _LETTER + rb"|[0-9.-])*+(?=[ \t\r\n>/=])")
_SPACE = re.compile(rb"[ \t\r\n]*+")
_ATTRIBUTE = re.compile(rb"[ \t\r\n]*+=[ \t\r\n]*+(?:\"([^<\"]*)\"|'([^<']*)')")
_BAD = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


def _local(name: bytes) -> bytes:
    return name[name.find(b":") + 1 :]


def _skip(text: bytes, at: int) -> int | None:
    """Behind a comment, a CDATA section or an instruction; 0 if it is none, None if it is open."""
    for head, tail in _SKIPPED:
        start = text[at : at + len(head)]
        if head.startswith(start):
            if len(start) < len(head):
                return None if len(start) > 1 else 0
            found = text.find(tail, at + len(head))
            return None if found < 0 else found + len(tail)
    return 0


def _tag_end(text: bytes, at: int) -> int:
    """The first ``>`` outside of quotes, or ``<`` anywhere; the size if there is neither."""
    found = _TAG_END.match(text, at)
    assert found is not None
    return found.end()


class _Tag(NamedTuple):
    start: int
    end: int
    closing: bool
    empty: bool


class _Tags:
    """The tags of elements of one name; *last* is where the last one of any name starts."""

    def __init__(self, text: bytes, name: bytes, *, final: bool) -> None:
        self.text = text
        self.name = name
        self.final = final
        self.at = self.last = 0

    def next(self) -> _Tag | None:
        while (start := self.text.find(b"<", self.at)) >= 0:
            behind = _skip(self.text, start)
            self.at = behind or start + 1
            if behind:
                continue
            self.last = start
            if behind is None:
                if not self.final:
                    return None
                continue
            closing = self.text[start + 1 : start + 2] == b"/"
            name = _TAG_NAME.match(self.text, start + 1 + closing)
            assert name is not None
            if name.end() == len(self.text) and not self.final:
                return None
            self.at = name.end()
            if _local(name[0]) != self.name:
                continue
            end = _tag_end(self.text, name.end())
            if end == len(self.text) and not self.final:
                return None
            whole = self.text[end : end + 1] == b">"
            self.at = end + whole
            return _Tag(start, self.at, closing, whole and self.text[end - 1 : end] == b"/")
        return None


class _Element(NamedTuple):
    """An element; *whole* if its end tag is there."""

    start: int
    end: int
    whole: bool


class _Elements:
    """The outermost elements of a name, by their tags alone."""

    def __init__(self, text: bytes, name: bytes, max_bytes: int, *, final: bool) -> None:
        self.tags = _Tags(text, name, final=final)
        self.size = len(text)
        self.max_bytes = max_bytes
        self.final = final
        self.tag: _Tag | None = None
        self.ended = False
        self.open: list[_Tag] = []
        self.done: list[_Element] = []

    def next(self) -> _Element | None:
        while True:
            if self.done and (not self.open or self.done[0].start < self.open[0].start):
                return self.done.pop(0)
            if not self.tag and not self.ended:
                self.tag = self.tags.next()
                self.ended = self.tag is None
            if self.open:
                seen = self.tag.end if self.tag else self.size
                if seen > self.open[0].start + self.max_bytes or (self.ended and self.final):
                    return self.broken(self.open.pop(0))
            if self.ended:
                return None
            self.take_tag()

    def broken(self, tag: _Tag) -> _Element:
        """An element without an end."""
        following = [each.start for each in self.done[:1]] + [each.start for each in self.open[:1]]
        at_end = self.ended and self.final and self.size <= tag.start + self.max_bytes
        end = min(following, default=self.size if at_end else tag.end)
        return _Element(tag.start, end, whole=False)

    def take_tag(self) -> None:
        tag, self.tag = self.tag, None
        assert tag is not None
        if not tag.closing and not tag.empty:
            self.open.append(tag)
        elif not tag.closing or self.open:
            start = self.open.pop().start if tag.closing else tag.start
            self.done = [each for each in self.done if each.start < start]
            self.done.append(_Element(start, tag.end, whole=True))

    @property
    def rest(self) -> int:
        """Where one starts whose end is not in sight; otherwise, where the last tag does."""
        return self.open[0].start if self.open else self.tags.last


def _values_outside(text: bytes) -> int:
    """How many values there are outside of records: texts, and start tags with attributes."""
    count = at = 0
    while at < len(text):
        less = text.find(b"<", at)
        less = len(text) if less < 0 else less
        count += bool(text[at:less].strip(_SPACES))
        at = less
        if at == len(text):
            break
        if behind := _skip(text, at):
            count += text.startswith(b"<![", at)
            at = behind
            continue
        end = _tag_end(text, at + 1)
        tag = text[at + 1 : end]
        at = end + (text[end : end + 1] == b">")
        count += tag[:1] not in (b"", b"/", b"!") and _has_attributes(tag)
    return count


def _has_attributes(tag: bytes) -> bool:
    """Whether a tag has any that declares no namespace."""
    equal = tag.find(b"=")
    while equal >= 0:
        before = tag[:equal].rstrip(_SPACES)
        if not re.split(rb"[ \t\r\n]", before)[-1].startswith(b"xmlns"):
            return True
        quote = re.compile(rb"[\"']").search(tag, equal)
        end = tag.find(quote[0], quote.end()) if quote else -1
        equal = tag.find(b"=", end) if end >= 0 else -1
    return False


def cut(
    data: Buffer,
    *,
    name: str,
    max_records: int,
    max_bytes: int,
    max_record_bytes: int,
    final: bool,
) -> Cut:
    """As many whole elements as there may be; see the stub."""
    text = bytes(flat(data))
    elements = _Elements(text, name.encode(), max_record_bytes, final=final)
    size = records = 0
    inside = waiting = False
    while records < max_records:
        found = elements.next()
        if found is None:
            waiting = not final and bool(elements.open)
            if final or not size:
                rest = len(text) if final else elements.rest
                records += _values_outside(text[size:rest])
                size = rest
            break
        if found.end > max_bytes and size:
            break
        records += _values_outside(text[size : found.start]) + 1
        size = found.end
        inside = final and not found.whole and size == len(text)
    return Cut(size, records, inside, waiting)


def shred(data: Buffer, *, name: str, max_record_bytes: int, max_columns: int) -> Records:
    """The values of elements; see the stub."""
    view = flat(data)
    if len(view) > LENGTH:
        raise ValueError(f"data has {len(view)} bytes, the limit is {LENGTH}")
    shredder = _Shredder(bytes(view), max_columns)
    shredder.shred(_Elements(shredder.text, name.encode(), max_record_bytes, final=True))
    return shredder.found()


class _Left(Exception):
    """A record is not plain."""


class _Wide(Exception):
    pass


class _Node:
    """An element in its parent, or an attribute, by its *key*; its values are called *path*."""

    def __init__(self, key: bytes, path: bytes) -> None:
        self.key = key
        self.path = path
        self.known: dict[bytes, _Node] = {}
        self.names: set[bytes] = set()


class _Value(NamedTuple):
    """Where a value is, and what it means."""

    start: int
    meant: bytes


class _Item:
    """An element or an attribute of a record: its value and what is inside, by nodes."""

    def __init__(self, node: _Node, value: _Value | None = None) -> None:
        self.node = node
        self.value = value
        self.attributes: dict[_Node, _Value] = {}
        self.elements: dict[_Node, list[_Item]] = {}


Cell = tuple[int, int, int]
"""The place of a value among all, where it starts, and its size."""


class _Shredder:
    def __init__(self, text: bytes, max_columns: int) -> None:
        self.text = text
        self.max_columns = max_columns
        self.copy = bytearray(text)
        self.places = 0
        self.columns: dict[bytes, dict[int, Cell]] = {}
        self.starts, self.ends, self.numbers = array("I"), array("I"), array("I")
        self.left: list[Left] = []
        self.records = self.outside = self.nodes = self.at = 0
        self.wide = False
        self.top = _Node(b"", b"")

    def shred(self, elements: _Elements) -> None:
        gap = 0
        while element := elements.next():
            start, end, whole = element
            self.skip_values(gap, start)
            self.at = start
            row = len(self.starts)
            try:
                if not whole:
                    raise _Left
                self.record(start)
            except (_Left, _Wide) as stopped:
                self.wide = isinstance(stopped, _Wide)
                for values in self.columns.values():
                    values.pop(row, None)
                self.left.append(Left(row, whole))
            gap = end
            self.starts.append(start)
            self.ends.append(end)
            self.numbers.append(self.records)
            self.records += 1
            self.wide = self.wide or len(self.columns) * len(self.starts) > MOST_CELLS
            if self.wide:
                return
        self.skip_values(gap, len(self.text))

    def found(self) -> Records:
        firsts = sorted((min(v.items()), k) for k, v in self.columns.items() if v)
        columns = [
            Column(name.decode(), self.spans(self.columns[name]), first[0])
            for first, name in ([] if self.wide else firsts)
        ]
        return Records(
            columns,
            memoryview(self.copy),
            memoryview(self.starts),
            memoryview(self.ends),
            memoryview(self.numbers),
            self.left,
            self.records,
            self.outside,
            self.wide,
        )

    def spans(self, values: dict[int, Cell]) -> memoryview:
        pairs = array("I")
        for row in range(len(self.starts)):
            pairs.extend(values[row][1:] if row in values else NO_CELL)
        return memoryview(pairs.tobytes())

    def skip_values(self, start: int, end: int) -> None:
        count = _values_outside(self.text[start:end])
        self.outside += count
        self.records += count

    # --- a record

    def record(self, start: int) -> None:
        """Read a record that is plain, up to behind its end."""
        open_: list[tuple[bytes, _Item]] = []
        while True:
            if len(open_) == MOST_DEPTH:
                raise _Left
            self.at += 1
            name, item = self.start_tag(open_[-1][1] if open_ else None)
            if not open_:
                record = item
            if self.takes(b"/>") is None:
                self.take(b">")
                open_.append((name, item))
            while open_:
                name, item = open_[-1]
                self.content(item)
                if self.text[self.at + 1 : self.at + 2] != b"/":
                    break
                self.at += 2
                self.take(name)
                self.space()
                self.take(b">")
                open_.pop()
            if not open_:
                break
        if first_invalid(self.text[start : self.at]) >= 0:
            raise _Left
        self.put_all(record)

    def takes(self, expected: bytes) -> bytes | None:
        if not self.text.startswith(expected, self.at):
            return None
        self.at += len(expected)
        return expected

    def take(self, expected: bytes) -> None:
        if self.takes(expected) is None:
            raise _Left

    def space(self) -> bool:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return bool(found[0])

    def start_tag(self, parent: _Item | None) -> tuple[bytes, _Item]:
        name, node = self.named(parent.node if parent else self.top, b"")
        item = _Item(node)
        if parent:
            parent.elements.setdefault(node, []).append(item)
        declared: set[bytes] = set()
        while self.space() and self.text[self.at : self.at + 1] not in (b">", b"/"):
            self.attribute(item, declared)
        return name, item

    def attribute(self, element: _Item, declared: set[bytes]) -> None:
        name, node = self.named(element.node, b"@")
        found = _ATTRIBUTE.match(self.text, self.at)
        if found is None or name in declared or node in element.attributes:
            raise _Left
        group = 1 if found[1] is not None else 2
        if _BAD.search(found[group]):
            raise _Left
        self.at = found.end()
        meant = _meant(found[group], attribute=True)
        if _declares(name):
            declared.add(name)
        else:
            element.attributes[node] = _Value(found.start(group), meant)

    def content(self, item: _Item) -> None:
        """Read text up to a tag; that of an element without others inside is its value."""
        section = self.takes(b"<![CDATA[") is not None
        end = self.text.find(b"]]>" if section else b"<", self.at)
        if end < 0:
            raise _Left
        start, self.at = self.at, end + (3 if section else 0)
        value = self.text[start:end]
        if _BAD.search(value) or (b"\r" in value if section else b"]]>" in value):
            raise _Left
        next_bytes = self.text[self.at : self.at + 2]
        if len(next_bytes) < 2 or next_bytes[:1] != b"<" or next_bytes[1:] in (b"!", b"?"):
            raise _Left
        if next_bytes != b"</" or item.elements:
            if section or value.strip(_SPACES):
                raise _Left
        elif value:
            item.value = _Value(start, value if section else _meant(value, attribute=False))

    # --- names

    def named(self, parent: _Node, mark: bytes) -> tuple[bytes, _Node]:
        """The name that starts here, which is read, and its node."""
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise _Left
        name = found[0]
        self.at = found.end()
        called = _local(name)
        if not called:
            raise _Left
        if mark + name not in parent.names:
            if self.nodes == MOST_NODES:
                raise _Left
            parent.names.add(mark + name)
        key = b"=" + name if mark and _declares(name) else mark + called
        if key not in parent.known:
            self.nodes += 1
            dot = b"." if parent.path else b""
            path = b"" if parent is self.top else parent.path + dot + key
            parent.known[key] = _Node(key, path)
        return name, parent.known[key]

    # --- values

    def put_all(self, item: _Item) -> None:
        """Put the values of an element: its attributes and text, and those of what is inside."""
        for node, value in item.attributes.items():
            self.put(node, value)
        if item.value:
            self.put(item.node, item.value)
        for node, items in item.elements.items():
            if len(items) == 1:
                self.put_all(items[0])
            else:
                made = json.dumps([_tree(each) for each in items], ensure_ascii=False).encode()
                self.put(node, _Value(len(self.copy), made))

    def put(self, node: _Node, value: _Value) -> None:
        name = node.path or b"#text"
        if name not in self.columns:
            if len(self.columns) == self.max_columns:
                raise _Wide
            self.columns[name] = {}
        start, made = value
        if len(self.starts) in self.columns[name]:
            raise _Left
        self.copy[start : start + len(made)] = made
        self.columns[name][len(self.starts)] = (self.places, start, len(made))
        self.places += 1


def _tree(item: _Item) -> Any:
    """An element as JSON has it: its text, or an object."""
    own = item.value.meant.decode() if item.value else None
    if not item.attributes and not item.elements:
        return own
    tree: dict[str, Any] = {k.key.decode(): v.meant.decode() for k, v in item.attributes.items()}
    for node, items in item.elements.items():
        trees = [_tree(each) for each in items]
        tree[node.key.decode()] = trees if len(trees) > 1 else trees[0]
    return tree | ({"#text": own} if own else {})


def _declares(name: bytes) -> bool:
    """Whether an attribute declares a namespace."""
    return name == b"xmlns" or name.startswith(b"xmlns:")


def _meant(value: bytes, *, attribute: bool) -> bytes:
    """A value as it is meant."""
    value = value.replace(b"\r\n", b"\r")
    value = re.sub(rb"[\t\n\r]", b" ", value) if attribute else value.replace(b"\r", b"\n")
    made = bytearray()
    for part in re.split(rb"(?=&)", value):
        if part.startswith(b"&"):
            found = reference(part)
            if found is None:
                raise _Left
            part = found[0] + part[found[1] :]
        made += part
    return bytes(made)

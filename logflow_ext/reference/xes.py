"""Event logs of XES (IEEE 1849-2016): where traces end, and their attributes as columns.

Which events there are is told by the tags of events and traces alone, outside of comments and
CDATA sections; a tag that is missing is where the next one is.  What is inside is read strictly
(XML 1.0, without DTD).  An event with damage in it is broken; where a trace has some outside of its
events, all of them are, as what they have of it is not known.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from logflow_ext.cells import LENGTH, MISSING, QUOTED, flat
from logflow_ext.reference.markup import reference
from logflow_ext.reference.utf8 import first_invalid
from logflow_ext.xes_events import KINDS, Broken, Column, Cut, Log

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["cut", "shred"]

MOST_DEPTH = 100
NO_CELL = (0, MISSING)

_NAME = re.compile(rb"[^ \t\n\r>/<]*")
_SPACE = re.compile(rb"[ \t\n\r]*")
_ATTRIBUTE = re.compile(rb'([^ \t\n\r=><"]*)[ \t\n\r]*=[ \t\n\r]*(?:"([^"<]*)"|\'([^\'<]*)\')')
_SKIPPED = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))


def _local(name: bytes) -> bytes:
    return name[name.find(b":") + 1 :]


class _Mark(NamedTuple):
    kind: str
    start: int
    end: int
    empty: bool


def _marks(text: bytes) -> Iterator[_Mark]:
    """The tags of traces and events, as far as they are whole."""
    at = 0
    while (start := text.find(b"<", at)) >= 0:
        for head, tail in _SKIPPED:
            if text.startswith(head, start):
                found = text.find(tail, start + len(head))
                if found < 0:
                    return
                at = found + len(tail)
                break
            if head.startswith(text[start : start + len(head)]) and len(text) - start < len(head):
                return
        else:
            closing = text[start + 1 : start + 2] == b"/"
            name = _NAME.match(text, start + 1 + closing)
            assert name is not None
            if name.end() == len(text):
                return
            kind = _kind(_local(name[0]), closing)
            at = name.end()
            if kind is not None:
                found_end = _tag_end(text, at)
                if found_end is None:
                    return
                at, empty = found_end
                yield _Mark(kind, start, at, empty)


def _kind(name: bytes, closing: bool) -> str | None:
    if name in (b"event", b"trace"):
        return name.decode() + ("_end" if closing else "")
    return "log_end" if name == b"log" and closing else None


def _tag_end(text: bytes, start: int) -> tuple[int, bool] | None:
    """Behind the first ``>`` outside of quotes or before a ``<``; whether it ends its element."""
    quote = b""
    for at in range(start, len(text)):
        byte = text[at : at + 1]
        if byte == b"<":
            return at, False
        if quote:
            quote = b"" if byte == quote else quote
        elif byte in (b'"', b"'"):
            quote = byte
        elif byte == b">":
            return at + 1, text[at - 1 : at] == b"/"
    return None


class _Step(NamedTuple):
    """A part of a log: "trace", "event" or "trace_end"; *whole* if its end tag is there."""

    kind: str
    start: int
    body: int
    body_end: int
    end: int
    whole: bool


class _Walk:
    """The steps through traces and events."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.in_trace = False
        self.closed = False

    def steps(self) -> Iterator[_Step]:
        marks = _marks(self.text)
        mark = next(marks, None)
        while mark is not None:
            kind, start, end, empty = mark
            if kind == "event":
                following = None if empty else next(marks, None)
                if empty:
                    yield _Step(kind, start, end, end, end, True)
                elif following is None:
                    size = len(self.text)
                    yield _Step(kind, start, end, size, size, False)
                else:
                    whole = following.kind == "event_end"
                    behind = following.end if whole else following.start
                    yield _Step(kind, start, end, following.start, behind, whole)
                    if not whole:
                        mark = following
                        continue
                if not empty and following is None:
                    return
            elif self.in_trace and kind in ("trace", "log_end"):
                self.in_trace = False
                yield _Step("trace_end", start, start, start, start, False)
                continue
            elif kind == "trace":
                self.in_trace = True
                yield _Step("trace", start, end, end, end, True)
                if empty:
                    self.in_trace = False
                    yield _Step("trace_end", start, end, end, end, True)
            elif kind == "trace_end" and self.in_trace:
                self.in_trace = False
                yield _Step("trace_end", start, end, end, end, True)
            elif kind == "log_end":
                self.closed = True
            mark = next(marks, None)


def cut(data: Buffer, *, traces: bool, max_records: int, max_bytes: int, final: bool) -> Cut:
    """As many whole traces as there may be; see the stub."""
    text = bytes(flat(data))
    walk = _Walk(text)
    size = records = events = 0
    steps = walk.steps()
    while records < max_records:
        step = next(steps, None)
        if step is None:
            if final:
                records += (1 if traces or not events else events) if walk.in_trace else 0
                return Cut(len(text), records + (not walk.closed))
            break
        if step.kind == "trace":
            events = 0
            continue
        if step.kind == "event":
            events += 1
            if walk.in_trace:
                continue
            if not step.whole and step.end == len(text) and not final:
                break
            more = int(not traces)
        else:
            more = 1 if traces or not events else events
        if step.end > max_bytes and size:
            break
        size, records = step.end, records + more
    return Cut(size, records)


def shred(data: Buffer, *, traces: bool, last: bool) -> Log:
    """The events of whole traces; see the stub."""
    view = flat(data)
    if len(view) > LENGTH:
        raise ValueError(f"data has {len(view)} bytes, the limit is {LENGTH}")
    shredder = _Shredder(bytes(view), traces)
    shredder.shred(last)
    return shredder.log()


class _Failed(Exception):
    def __init__(self, error: str, at: int) -> None:
        self.error = error
        self.at = at


Cell = tuple[int, int]


class _Value(NamedTuple):
    start: int
    size: int


class _Attribute(NamedTuple):
    """An attribute of XES: its key, kind, value, and the markup inside of it."""

    key: bytes
    kind: int
    value: Cell
    inner: Cell


class _Tag(NamedTuple):
    name: bytes
    key: _Value | None
    value: _Value | None
    closing: bool
    empty: bool


class _Column:
    def __init__(self) -> None:
        self.kinds = 0
        self.values: dict[int, Cell] = {}
        self.inner: dict[int, Cell] = {}


class _Shredder:
    def __init__(self, text: bytes, traces: bool) -> None:
        self.text = text
        self.traces = traces
        self.copy = bytearray(text)
        self.columns: dict[bytes, _Column] = {}
        self.starts = array("I")
        self.numbers = array("I")
        self.broken: list[Broken] = []
        self.records = self.empty = 0
        self.at = self.end = 0

    def log(self) -> Log:
        columns = []
        for name, column in self.columns.items():
            try:
                decoded = name.decode()
            except UnicodeDecodeError:  # only a broken record has such a key
                continue
            inner = self.spans(column.inner) if column.inner else None
            columns.append(Column(decoded, column.kinds, self.spans(column.values), inner))
        return Log(
            columns,
            len(self.starts),
            memoryview(self.copy),
            memoryview(self.starts),
            memoryview(self.numbers),
            self.records,
            self.empty,
            self.broken,
        )

    def spans(self, cells: dict[int, Cell]) -> memoryview:
        pairs = array("I")
        for row in range(len(self.starts)):
            pairs.extend(cells.get(row, NO_CELL))
        return memoryview(pairs.tobytes())

    def shred(self, last: bool) -> None:
        walk = _Walk(self.text)
        gap = 0
        for step in walk.steps():
            if step.kind == "trace":
                self.begin_trace(step.start)
            else:
                if walk.in_trace or step.kind == "trace_end":
                    self.trace_gap(gap, step.start)
                if step.kind == "trace_end":
                    if not step.whole:
                        self.trace_error(_Failed("no_end_tag", step.start))
                    self.end_trace(step.end)
                elif not self.traces:
                    self.event(step)
                self.events += 1
            gap = step.end
        if walk.in_trace:
            self.trace_gap(gap, len(self.text))
            self.trace_error(_Failed("cut_off", len(self.text)))
            self.end_trace(len(self.text))
        if last and not walk.closed:
            size = len(self.text)
            self.broken.append(Broken(self.records, size, size, "cut_off", size))
            self.records += 1

    events = 0

    def begin_trace(self, start: int) -> None:
        self.trace_start = start
        self.first_row = len(self.starts)
        self.first_broken = len(self.broken)
        self.events = 0
        self.given: list[_Attribute] = []
        self.failed: _Failed | None = None

    def trace_error(self, failed: _Failed) -> None:
        self.failed = self.failed or failed

    def trace_gap(self, start: int, end: int) -> None:
        if self.failed is None:
            try:
                self.given += self.attributes(start, end, of_trace=True)
                self.check_utf8(start, end)
            except _Failed as failed:
                self.trace_error(failed)

    def end_trace(self, end: int) -> None:
        if self.failed is not None:
            self.truncate(self.first_row)
            del self.broken[self.first_broken :]
            count = 1 if self.traces or not self.events else self.events
            self.records -= 0 if self.traces else self.events
            for _ in range(count):
                where = (self.trace_start, end, self.failed.error, self.failed.at)
                self.broken.append(Broken(self.records, *where))
                self.records += 1
        elif self.traces:
            self.add_row(self.trace_start)
            self.fill(len(self.starts) - 1)
            self.records += 1
        elif not self.events:
            self.empty += 1
            self.records += 1
        else:
            self.fill(self.first_row)

    def fill(self, first: int) -> None:
        """Give the attributes of a trace to its rows, where they have none of that name."""
        for given in self.given:
            column = self.columns[given.key]
            for row in range(first, len(self.starts)):
                if column.values.get(row, NO_CELL) == NO_CELL:
                    column.values[row] = given.value
                if given.inner != NO_CELL:
                    column.inner[row] = given.inner

    def add_row(self, start: int) -> None:
        self.starts.append(start)
        self.numbers.append(self.records)

    def truncate(self, rows: int) -> None:
        for column in self.columns.values():
            for row in range(rows, len(self.starts) + 1):
                column.values.pop(row, None)
                column.inner.pop(row, None)
        del self.starts[rows:], self.numbers[rows:]

    def event(self, step: _Step) -> None:
        try:
            found = self.attributes(step.body, step.body_end, of_trace=False)
            self.check_utf8(step.start, step.end)
            if not step.whole:
                size = len(self.text)
                raise _Failed("cut_off" if step.end == size else "no_end_tag", self.at)
            row = len(self.starts)
            self.add_row(step.start)
            for each in found:
                column = self.columns[each.key]
                column.values[row] = each.value
                if each.inner != NO_CELL:
                    column.inner[row] = each.inner
        except _Failed as failed:
            where = (step.start, step.end, failed.error, failed.at)
            self.broken.append(Broken(self.records, *where))
        self.records += 1

    def check_utf8(self, start: int, end: int) -> None:
        invalid = first_invalid(self.text[start:end])
        if invalid >= 0:
            raise _Failed("ill_formed_utf8", start + invalid)

    # --- markup

    def attributes(self, start: int, end: int, *, of_trace: bool) -> list[_Attribute]:
        """All attributes of XES between two offsets."""
        self.at, self.end = start, end
        found = []
        while tag := self.next_tag():
            if tag.closing:
                raise _Failed("mismatched_tag", self.at)
            inside = inside_end = self.at
            if not tag.empty:
                inside_end = self.content(tag.name, 0)
            if tag.key is not None:
                found.append(self.attribute(tag, inside, inside_end, of_trace))
        return found

    def attribute(self, tag: _Tag, inside: int, inside_end: int, of_trace: bool) -> _Attribute:
        assert tag.key is not None
        at, size = self.meant(tag.key)
        key = bytes(self.copy[at : at + size])
        value = NO_CELL
        if tag.value is not None:
            at, size = self.meant(tag.value)
            value = (at, size | QUOTED)
        name = (b"case:" if of_trace and not self.traces else b"") + key
        column = self.columns.setdefault(name, _Column())
        kinds = [kind.encode() for kind in KINDS[:-1]]
        local = _local(tag.name)
        kind = 1 << (kinds.index(local) if local in kinds else len(kinds))
        column.kinds |= kind
        nested = b"<" in self.text[inside:inside_end]
        inner = (inside, inside_end - inside | QUOTED) if nested else NO_CELL
        return _Attribute(name, kind, value, inner)

    def content(self, name: bytes, depth: int) -> int:
        """What is in an element, up to behind its end tag; gives where that starts."""
        if depth == MOST_DEPTH:
            raise _Failed("too_deep", self.at)
        while True:
            tag = self.next_tag()
            if tag is None:
                raise _Failed("no_end_tag", self.at)
            if tag.closing:
                if tag.name != name:
                    raise _Failed("mismatched_tag", self.at)
                return self.tag_start
            if not tag.empty:
                self.content(tag.name, depth + 1)

    def next_tag(self) -> _Tag | None:
        """The next tag; nothing at the end."""
        while True:
            found = self.text.find(b"<", self.at, self.end)
            self.at = self.end if found < 0 else found
            if found < 0:
                return None
            if self.text[self.at + 1 : min(self.at + 2, self.end)] not in (b"!", b"?"):
                self.tag_start = self.at
                return self.read_tag()
            self.skip()

    def skip(self) -> None:
        for head, tail in _SKIPPED:
            if self.text.startswith(head, self.at, self.end):
                behind = self.at + (4 if head == b"<!--" else 2)
                found = self.text.find(tail, behind, self.end)
                if found >= 0:
                    self.at = found + len(tail)
                    return
        raise _Failed("bad_tag", self.at)

    def read_tag(self) -> _Tag:
        bad = _Failed("bad_tag", self.at)
        closing = self.text[self.at + 1 : min(self.at + 2, self.end)] == b"/"
        name = _NAME.match(self.text, self.at + 1 + closing, self.end)
        assert name is not None
        at = name.end()
        if not name[0] or at >= self.end:
            raise bad
        key = value = None
        while True:
            before, at = at, self.space(at)
            byte = self.text[at : min(at + 1, self.end)]
            if not byte:
                raise bad
            if byte == b">":
                self.at = at + 1
                return _Tag(name[0], key, value, closing, False)
            if byte == b"/":
                if self.text[at + 1 : min(at + 2, self.end)] != b">":
                    raise bad
                self.at = at + 2
                return _Tag(name[0], key, value, closing, True)
            found = _ATTRIBUTE.match(self.text, at, self.end)
            if at == before or closing or not found or not _local(found[1]):
                raise _Failed("bad_attribute", self.at)
            group = 2 if found[2] is not None else 3
            given = _Value(found.start(group), len(found[group]))
            key = given if _local(found[1]) == b"key" else key
            value = given if _local(found[1]) == b"value" else value
            at = found.end()

    def space(self, at: int) -> int:
        found = _SPACE.match(self.text, at, self.end)
        assert found is not None
        return found.end()

    def meant(self, value: _Value) -> tuple[int, int]:
        """Where a value is in the copy, as it is meant."""
        at, out, end = value.start, bytearray(), value.start + value.size
        while at < end:
            byte = self.text[at : at + 1]
            if byte == b"&":
                found = reference(self.text[at:end])
                if found is None:
                    self.at = at
                    raise _Failed("bad_entity", at)
                out += found[0]
                at += found[1]
            else:
                at += 2 if self.text[at : min(at + 2, end)] == b"\r\n" else 1
                out += b" " if byte in b"\t\n\r" else byte
        self.copy[value.start : value.start + len(out)] = out
        return value.start, len(out)

"""Records of JSON (RFC 8259): where they end, and their values column by column.

Records stand in a text in one of the forms of :data:`logflow_ext.json_tree.FORMS`.  Where one ends
is told by brackets, commas and strings alone.  A line end inside a string and brackets that do
not match are damage: the record then ends before the next place that looks as its own start does,
up to the colon after its first key.

Shredding makes a column of every path of objects and arrays, after Melnik et al., "Dremel:
Interactive Analysis of Web-Scale Datasets", 2010, with offsets and presence in the place of
repetition and definition levels.  Of the same key in one object the last one counts.  A record
that is no JSON leaves nothing behind in any column.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from logflow_ext.cells import LENGTH, MISSING, QUOTED, flat
from logflow_ext.json_tree import FORMS, KINDS, MODES, Broken, Counts, Cut, Keep, Tree
from logflow_ext.reference.utf8 import first_invalid

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from logflow_ext.json_tree import Node

__all__ = ["cut", "shred"]

TOO_LONG = 1 << 32
MOST_ANCHOR = 256
NO_CELL = (0, MISSING)
NULL = (1, MISSING)

_SPACES = b" \t\n\r"
_SEPARATOR = 0x1E
_DIVIDED = ("elements", "members")
_SPECIALS = {
    False: re.compile(rb'["\\{}\[\]\n\x1e]'),
    True: re.compile(rb'["\\{}\[\]\n,]'),
}
_SCALAR = re.compile(rb'.[^ \t\n\r{\["\x1e]*', re.DOTALL)
_SPACE = re.compile(rb"[ \t\n\r]*")
_BETWEEN = re.compile(rb"[ \t\n\r\x1e]*")
_WHOLE = re.compile(rb"-?(?:0|[1-9][0-9]*)")
_PARTS = ((b".", re.compile(rb"\.[0-9]+")), (b"eE", re.compile(rb"[eE][+-]?[0-9]+")))
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_NAMES = dict(
    zip(b'"\\/bfnrt', (b'"', b"\\", b"/", b"\b", b"\f", b"\n", b"\r", b"\t"), strict=True)
)
_UNIT = re.compile(rb"\\u([0-9A-Fa-f]{4})")

_Inside = Callable[["_Node | None", int, int], None]


def cut(data: Buffer, form: str, *, max_records: int, max_bytes: int, final: bool) -> Cut:
    """As many whole records as there may be; see the stub."""
    text = bytes(flat(data))
    if form == "lines":
        return _cut_lines(text, max_records, max_bytes, final)
    return _cut_values(text, _form(form), max_records, max_bytes, final)


def _form(form: str) -> str:
    return FORMS[FORMS.index(form)]


def _cut_lines(text: bytes, max_records: int, max_bytes: int, final: bool) -> Cut:
    size = records = 0
    while size < len(text) and records < max_records:
        end = text.find(b"\n", size)
        if end < 0 and not final:
            break
        behind = len(text) if end < 0 else end + 1
        if behind > max_bytes and records:
            break
        size, records = behind, records + 1
    return Cut(size, records, False, 0)


def _cut_values(text: bytes, form: str, max_records: int, max_bytes: int, final: bool) -> Cut:
    divided = form in _DIVIDED
    size = records = 0
    while records < max_records:
        start = _behind(_SPACE if divided else _BETWEEN, text, size)
        if start == len(text):
            if final and not divided:
                size = start
            if not (final and divided):
                break
        end = _end_of(text, form, start, final)
        if end is None:
            break
        if divided and text[end : end + 1] != b",":
            return Cut(size, records, True, end)
        behind = end + divided
        if behind > max_bytes and records:
            break
        size, records = behind, records + 1
    return Cut(size, records, False, 0)


def _behind(pattern: re.Pattern[bytes], text: bytes, start: int) -> int:
    found = pattern.match(text, start)
    assert found is not None
    return found.end()


def _end_of(text: bytes, form: str, start: int, final: bool) -> int | None:
    """The end of the record at *start*; ``None`` if it is not in sight.

    An element ends at its comma, or at the bracket behind it.
    """
    divided = form in _DIVIDED
    if not divided and text[start] not in b'{["':
        end = _behind(_SCALAR, text, start)
        return end if end < len(text) or final else None
    end, why = _scan(text, form, start)
    if why == "ended":
        return end
    if why != "damaged" and not final:
        return None
    if why == "cut off":
        return len(text)
    behind = _next_start(text, form, start)
    return behind if behind is not None else (len(text) if final else None)


def _scan(text: bytes, form: str, start: int) -> tuple[int, str]:
    """Where what starts here ends, and whether it is "ended", "damaged", "in pieces", "cut off"."""
    divided = form in _DIVIDED
    closing = ord("}" if form == "members" else "]")
    opened = bytearray()
    inside = False
    at = start
    while found := _SPECIALS[divided].search(text, at):
        at, byte = found.end(), text[found.start()]
        if inside:
            if byte == ord("\\"):
                at += 1
            elif byte == ord('"'):
                inside = False
                if not divided and not opened:
                    return at, "ended"
            elif byte in (ord("\n"), _SEPARATOR):
                return at, "damaged"
        elif byte == ord('"'):
            inside = True
        elif byte in b"{[":
            opened.append(byte)
        elif byte in b"}]":
            if not opened:
                if divided and byte == closing:
                    return at - 1, "ended"
            elif opened.pop() != ord("{" if byte == ord("}") else "["):
                return at, "damaged"
            elif not divided and not opened:
                return at, "ended"
        elif byte == ord(",") and not opened:
            return at - 1, "ended"
        elif byte == _SEPARATOR:
            return at, "damaged"
    return at, "in pieces" if inside or opened else "cut off"


def _next_start(text: bytes, form: str, start: int) -> int | None:
    """Where a record starts behind a damaged one; for an element, the comma before it."""
    divided = form in _DIVIDED
    if form == "values" and (separator := text.find(_SEPARATOR, start)) >= 0:
        return separator
    head = _behind(_SPACE, text, start)
    if head < len(text) and text[head] != ord("{"):
        return None
    colon = text.find(b":", head, head + MOST_ANCHOR)
    if colon < 0:
        return None
    anchor = text[head : colon + 1]
    at = text.find(anchor, colon + 1)
    while at >= 0:
        if _indent_of(text, at) == _indent_of(text, head):
            if not divided:
                return at
            before = len(text[start:at].rstrip(_SPACES))
            if before and text[start + before - 1] == ord(","):
                return start + before - 1
        at = text.find(anchor, at + 1)
    return None


def _indent_of(text: bytes, at: int) -> int:
    """The blanks between an offset and its line's start, or -1 if there is anything else."""
    start = text.rfind(b"\n", 0, at) + 1
    return at - start if not text[start:at].strip(b" \t") else -1


def shred(
    data: Buffer,
    form: str,
    *,
    last: bool = True,
    follows: bool = False,
    max_depth: int = 128,
    max_keys: int = 1000,
    max_columns: int = 10_000,
    keep: Iterable[Keep] = (),
    inner: str = "typed",
) -> Tree:
    """The values of records, column by column; see the stub."""
    view = flat(data)
    if len(view) >= TOO_LONG:
        raise ValueError(f"data has {len(view)} bytes, the limit is 4294967295")
    shredder = _Shredder(bytes(view), max_depth, max_keys, max_columns)
    shredder.root.inner = MODES[MODES.index(inner)]
    for path, mode in keep:
        shredder.root.at(path).mode = MODES[MODES.index(mode)]
    if _form(form) == "lines":
        shredder.lines()
    elif form == "values":
        shredder.values()
    else:
        shredder.elements(last, follows)
    return shredder.tree()


class _Node:
    """A column; see :class:`logflow_ext.json_tree.Node`."""

    def __init__(self, text: bytes, mode: str, max_keys: int, max_inner: int) -> None:
        self.text = text
        self.mode = mode
        self.inner = "typed"
        self.max_keys = max_keys
        self.max_inner = max_inner
        self.spans: list[tuple[int, int]] = []
        self.seen = dict.fromkeys(("nulls", *KINDS), 0)
        self.ambiguous = False
        self.wide_since: int | None = None
        self.keys: dict[bytes, _Node] = {}
        self.order: list[bytes] = []
        self.item: _Node | None = None
        self.item_count = 0
        self.ends: list[int] = []

    @property
    def slots(self) -> int:
        return len(self.spans)

    @property
    def identity(self) -> int:
        return id(self)

    def span(self, slot: int) -> tuple[int, int]:
        if not 0 <= slot < self.slots:
            raise IndexError(slot)
        start, word = self.spans[slot]
        return start, word & LENGTH

    @property
    def counts(self) -> Counts:
        return Counts(**self.seen)

    @property
    def wide(self) -> bool:
        return self.wide_since is not None

    def children(self) -> list[tuple[str, Node]]:
        return [(key.decode(), self.keys[key]) for key in self.order]

    def items(self) -> Node | None:
        return self.item

    def cells(self, kinds: Sequence[str]) -> memoryview:
        pairs = array("I")
        for span in self.spans:
            pairs.extend(span if self.kind(span) in kinds else NO_CELL)
        return memoryview(pairs.tobytes())

    def validity(self, kind: str) -> memoryview:
        bits = bytearray((self.slots + 7) // 8)
        for slot, span in enumerate(self.spans):
            bits[slot // 8] |= (self.kind(span) == kind) << slot % 8
        return memoryview(bits)

    def offsets(self) -> memoryview:
        return memoryview(array("i", [0, *(self.ends or [0] * self.slots)]).tobytes())

    def kind(self, span: tuple[int, int]) -> str | None:
        """Of the value of a span; ``None`` of null, and of nothing."""
        start, word = span
        if word & MISSING:
            return "nulls" if start else None
        if word & QUOTED:
            return "strings"
        return {ord("{"): "objects", ord("["): "arrays", ord("t"): "bools", ord("f"): "bools"}.get(
            self.text[start], "numbers"
        )

    def child(self, key: bytes) -> _Node:
        if key not in self.keys:
            self.keys[key] = _Node(self.text, self.inner, self.max_inner, self.max_inner)
        return self.keys[key]

    def child_or_none(self, key: bytes, slot: int) -> _Node | None:
        """The column of a key; none if the object is not taken apart, as it is wide."""
        if not self.wide and len(self.order) >= self.max_keys and key not in self.order:
            self.wide_since = slot
        if self.wide:
            return None
        child = self.child(key)
        if key not in self.order:
            self.order.append(key)
        return child

    def items_node(self) -> _Node:
        if self.item is None:
            self.item = _Node(self.text, "typed", self.max_inner, self.max_inner)
        return self.item

    def at(self, path: Sequence[str | None]) -> _Node:
        """The column at a path, which may not have come yet."""
        node = self
        for key in path:
            node = node.items_node() if key is None else node.child(key.encode())
        return node

    def pad(self, slots: int) -> None:
        self.spans += [NO_CELL] * (slots - len(self.spans))

    def pad_ends(self, slots: int) -> None:
        self.ends += [self.item_count] * (slots - len(self.ends))

    def put(self, span: tuple[int, int]) -> None:
        self.spans.append(span)
        kind = self.kind(span)
        assert kind is not None
        self.seen[kind] += 1

    def truncate(self, slots: int) -> None:
        """Forget all slots from a number on, and the keys that are in no other."""
        for span in self.spans[slots:]:
            if kind := self.kind(span):
                self.seen[kind] -= 1
        del self.spans[slots:]
        if self.wide_since is not None and self.wide_since >= slots:
            self.wide_since = None
        for child in self.keys.values():
            child.truncate(slots)
        self.order = [key for key in self.order if any(self.keys[key].seen.values())]
        if self.item is not None:
            del self.ends[slots:]
            self.item_count = self.ends[-1] if self.ends else 0
            self.item.truncate(self.item_count)

    def finish(self, slots: int) -> None:
        self.pad(slots)
        for child in self.keys.values():
            child.finish(slots)
        if self.item is not None:
            self.pad_ends(slots)
            self.item.finish(self.item_count)


class _Failed(Exception):
    """What is wrong with a record, and where."""

    def __init__(self, error: str, at: int) -> None:
        self.error = error
        self.at = at


class _Shredder:
    """Parses records of a text into a tree of columns."""

    def __init__(self, text: bytes, max_depth: int, max_keys: int, max_columns: int) -> None:
        self.text = text
        self.copy = bytearray(text)
        self.max_depth = max_depth
        self.root = _Node(text, "typed", max_columns, max_keys)
        self.starts = array("I")
        self.numbers = array("I")
        self.broken: list[Broken] = []
        self.records = self.blank = self.duplicates = 0
        self.duplicate = False
        self.at = 0
        self.end = len(text)

    def tree(self) -> Tree:
        rows = len(self.starts)
        self.root.finish(rows)
        return Tree(
            self.root,
            rows,
            memoryview(self.copy),
            memoryview(self.starts),
            memoryview(self.numbers),
            self.records,
            self.blank,
            self.duplicates,
            self.broken,
        )

    def lines(self) -> None:
        start = 0
        while start < len(self.text):
            newline = self.text.find(b"\n", start)
            self.at, self.end = start, len(self.text) if newline < 0 else newline
            self.skip_spaces()
            if self.at == self.end:
                self.blank += 1
                self.records += 1
            else:
                value = self.at
                try:
                    self.record()
                    self.skip_spaces()
                    if self.at != self.end:
                        raise _Failed("more_than_one", self.at)
                    self.keep(value)
                except _Failed as failed:
                    carriage = self.text[start : self.end].endswith(b"\r")
                    self.drop(failed, start, self.end - carriage)
            start = self.end + 1

    def values(self) -> None:
        while (start := _behind(_BETWEEN, self.text, self.at)) < self.end:
            self.at = start
            try:
                self.record()
                if self.text[start] not in b'{["' and self.rest(1).strip(_SPACES + b'{["\x1e'):
                    raise _Failed("more_than_one", self.at)
                self.keep(start)
            except _Failed as failed:
                self.at = self.drop(failed, start, _end_of(self.text, "values", start, True))

    def elements(self, last: bool, follows: bool) -> None:
        while True:
            self.skip_spaces()
            if self.at == self.end and not (last and (follows or self.records)):
                return
            start = self.at
            try:
                self.record()
                self.skip_spaces()
                if self.rest(1) not in (b"", b","):
                    raise _Failed("no_comma_in_array", self.at)
                self.keep(start)
            except _Failed as failed:
                self.at = self.drop(failed, start, _end_of(self.text, "elements", start, True))
            if self.at == self.end:
                return
            self.at += 1

    def rest(self, size: int) -> bytes:
        """The next bytes of the record."""
        return self.text[self.at : min(self.at + size, self.end)]

    def record(self) -> None:
        self.duplicate = False
        start = self.at
        self.value(self.root, len(self.starts), 0)
        invalid = first_invalid(self.text[start : self.at])
        if invalid >= 0:
            raise _Failed("ill_formed_utf8", start + invalid)

    def keep(self, start: int) -> None:
        self.starts.append(start)
        self.numbers.append(self.records)
        self.duplicates += self.duplicate
        self.records += 1

    def drop(self, failed: _Failed, start: int, end: int | None) -> int:
        assert end is not None
        self.root.truncate(len(self.starts))
        at_end = failed.at == self.end and failed.error != "more_than_one"
        error = "cut_off" if at_end else failed.error
        self.broken.append(Broken(self.records, start, end, error, min(failed.at, end)))
        self.records += 1
        return end

    def skip_spaces(self) -> None:
        self.at = min(_behind(_SPACE, self.text, self.at), self.end)

    def value(self, node: _Node | None, slot: int, depth: int) -> None:
        """One value; without a *node* it is only checked."""
        if node is not None:
            if node.slots > slot and self.at != self.end:
                node.truncate(slot)
                self.duplicate = True
            node.pad(slot)
        match self.rest(1):
            case b'"':
                self.string(node)
            case b"{":
                self.container(node, slot, depth, self.members)
            case b"[":
                self.container(node, slot, depth, self.items)
            case b"t" | b"f" | b"n":
                self.literal(node)
            case _:
                self.number(node)

    def literal(self, node: _Node | None) -> None:
        word = {b"t": b"true", b"f": b"false", b"n": b"null"}[self.rest(1)]
        if self.rest(len(word)) != word:
            raise _Failed("bad_literal", self.at)
        if node is not None:
            node.put(NULL if word == b"null" else (self.at, len(word)))
        self.at += len(word)

    def number(self, node: _Node | None) -> None:
        if self.rest(1) not in b"-0123456789" or self.at == self.end:
            raise _Failed("no_value", self.at)
        end = _number_end(self.text, self.at, self.end)
        if end is None:
            raise _Failed("bad_number", self.at)
        if node is not None:
            node.put((self.at, end - self.at))
        self.at = end

    def string(self, node: _Node | None) -> None:
        quote = self.at
        made = self.unescaped()
        if node is None:
            return
        self.copy[quote + 1 : quote + 1 + len(made)] = made
        if node.mode == "written":
            node.put((quote, self.at - quote | QUOTED))
        else:
            node.put((quote + 1, len(made) | QUOTED))
        node.ambiguous = node.ambiguous or _reads_like_another(made)

    def unescaped(self) -> bytes:
        """A string from its quote to behind the other one: what it stands for."""
        made = bytearray()
        self.at += 1
        while True:
            end = min(_behind(_PLAIN, self.text, self.at), self.end)
            made += self.text[self.at : end]
            self.at = end
            if self.rest(1) != b"\\":
                break
            made += self.escape()
        if self.rest(1) != b'"':
            raise _Failed("control_character", self.at)
        self.at += 1
        return bytes(made)

    def escape(self) -> bytes:
        if self.end - self.at < 2:
            raise _Failed("cut_off", self.end)
        name = self.text[self.at + 1]
        if name in _NAMES:
            self.at += 2
            return _NAMES[name]
        code = self.unit(self.at)
        if code is None:
            raise _Failed("bad_escape", self.at)
        size = 6
        if 0xD800 <= code < 0xE000:
            low = self.unit(self.at + 6)
            if code >= 0xDC00 or low is None or not 0xDC00 <= low < 0xE000:
                raise _Failed("lone_surrogate", self.at)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            size = 12
        self.at += size
        return chr(code).encode()

    def unit(self, at: int) -> int | None:
        """The code unit of an escape of six bytes."""
        found = _UNIT.match(self.text, at, self.end) if at <= self.end else None
        return int(found[1], 16) if found else None

    def container(self, node: _Node | None, slot: int, depth: int, inside: _Inside) -> None:
        if depth >= self.max_depth:
            raise _Failed("too_deep", self.at)
        start = self.at
        opaque = node is None or node.mode == "texts"
        if node is not None:
            node.put((start, 1))
            opaque = opaque or (self.text[start] == ord("[") and node.inner == "texts")
        self.at += 1
        inside(None if opaque else node, slot, depth + 1)
        if node is not None:
            node.spans[slot] = (start, self.at - start)

    def members(self, node: _Node | None, slot: int, depth: int) -> None:
        self.skip_spaces()
        if self.rest(1) == b"}":
            self.at += 1
            return
        while True:
            self.skip_spaces()
            if self.rest(1) != b'"':
                raise _Failed("no_key", self.at)
            key = self.unescaped()
            self.skip_spaces()
            if self.rest(1) != b":":
                raise _Failed("no_colon", self.at)
            self.at += 1
            self.skip_spaces()
            self.value(node and node.child_or_none(key, slot), slot, depth)
            if self.ends_with(b"}", "no_comma_in_object"):
                return

    def items(self, node: _Node | None, slot: int, depth: int) -> None:
        items = None
        if node is not None:
            items = node.items_node()
            node.pad_ends(slot)
        self.skip_spaces()
        if self.rest(1) == b"]":
            self.at += 1
        else:
            while True:
                self.skip_spaces()
                self.value(items, node.item_count if node else 0, depth)
                if node is not None:
                    node.item_count += 1
                if self.ends_with(b"]", "no_comma_in_array"):
                    break
        if node is not None:
            node.ends.append(node.item_count)

    def ends_with(self, bracket: bytes, error: str) -> bool:
        """Whether the container ends here; otherwise behind a comma."""
        self.skip_spaces()
        found = self.rest(1)
        if found not in (bracket, b","):
            raise _Failed(error, self.at)
        self.at += 1
        return found == bracket


def _number_end(text: bytes, start: int, end: int) -> int | None:
    """The end of a number, or nothing."""
    found = _WHOLE.match(text, start, end)
    for begins, part in _PARTS:
        if found and found.end() < end and text[found.end()] in begins:
            found = part.match(text, found.end(), end)
    return found.end() if found else None


def _reads_like_another(text: bytes) -> bool:
    """Whether a string is spelled as a number, a truth value or null."""
    return text in (b"true", b"false", b"null") or _number_end(text, 0, len(text)) == len(text)

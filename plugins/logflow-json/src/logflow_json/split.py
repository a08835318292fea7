"""Where records are: chunks of whole ones, found by brackets, commas and line ends alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from logflow.errors import DecodeError, LimitError
from logflow.ingest.window import Window
from logflow.interfaces.decoder import Chunk
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_ext import kernel
from logflow_ext.json_tree import Cut
from logflow_json.messages import CUT_OFF, TRAILING
from logflow_json.sniff import are_lines

__all__ = ["JsonContext", "split_document", "split_lines"]

HEAD_BYTES = 1 << 17
MAX_CHUNK = (1 << 29) - 1
"""What fits the lengths of the kernels."""
TAIL_BYTES = 1 << 20
"""Bytes of a reject of what comes after all records, at most."""

_SPACES = b" \t\r\n"
_KEY = re.compile(rb'[ \t\r\n]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:[ \t\r\n]*', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonContext:
    """How the records of a chunk stand in it.

    *form* is one of :data:`logflow_ext.json_tree.FORMS`.  The chunk starts with *prefix* bytes
    before the first record.  No comma has to follow the *last* element; *follows* says that others
    come before the first one.  *tail* is what is wrong with bytes that come after all records.
    """

    form: str
    prefix: int = 0
    last: bool = True
    follows: bool = False
    tail: str | None = None


@dataclass(slots=True)
class _Chunks:
    """Takes chunks from a text, and counts on."""

    name: str
    source: Source
    text: Window
    options: DecodeOptions
    index: int = 0
    start: int = 0
    records: int = 0
    lines: int = field(default=0)

    def take(self, size: int, records: int, context: JsonContext, *, final: bool) -> Chunk:
        payload = self.text.take(size)
        chunk = Chunk(
            decoder=self.name,
            source=self.source,
            index=self.index,
            start=self.start,
            length=size,
            records=records,
            first_record=self.records + 1,
            first_line=self.lines + 1,
            context=context,
            payload=payload,
            final=final,
        )
        self.index += 1
        self.start += size
        self.records += records
        self.lines += (
            records
            if context.form == "lines"
            else kernel("delimited").count_lines(memoryview(payload).cast("B"), size)
        )
        return chunk

    @property
    def most_bytes(self) -> int:
        """How many bytes a chunk may have."""
        return min(self.options.chunk_bytes, MAX_CHUNK // 4)

    @property
    def most_record(self) -> int:
        """How many bytes a record may have."""
        return min(self.options.max_record_bytes, MAX_CHUNK // 4)

    def cut(self, form: str, skip: int = 0, most_records: int | None = None) -> tuple[Cut, bool]:
        """Whole records from *skip* bytes on, and whether the text ends behind what was seen.

        A record that does not end within its limit is one of all the bytes up to there.
        """
        size = skip + self.most_bytes + 1
        while True:
            view, final = self.text.peek(size)
            too_long = size - skip > 2 * self.most_record
            found: Cut = kernel("json").cut(
                view[skip:],
                form,
                max_records=most_records or self.options.chunk_rows,
                max_bytes=self.most_bytes,
                final=final or (too_long and form != "lines"),
            )
            if found.size or found.ended or final:
                return found, final
            if too_long:
                raise LimitError(
                    f"a record that starts at byte {self.start + skip:,} is longer than "
                    f"{size - skip:,} bytes: raise max_record_bytes if it is one"
                )
            size = skip + 2 * (size - skip)


def split_lines(name: str, source: Source, options: DecodeOptions) -> Iterator[Chunk]:
    """Chunks of lines, or of values one after the other where most lines are none."""
    with source.open() as stream:
        chunks = _Chunks(name, source, Window(stream), options)
        head, complete = chunks.text.peek(HEAD_BYTES)
        context = JsonContext(form="lines" if _are_lines(bytes(head), complete) else "values")
        final = False
        while not final:
            cut, seen_all = chunks.cut(context.form)
            final = seen_all and len(chunks.text.rest) == cut.size
            yield chunks.take(cut.size, cut.records, context, final=final)


def _are_lines(head: bytes, complete: bool) -> bool:
    """Whether records end with lines: unless they are sequences, or pretty-printed."""
    if are_lines(head, complete):
        return True
    start = head.lstrip(_SPACES)
    if start.startswith(b"\x1e"):
        return False
    line, newline, _ = start.partition(b"\n")
    if not newline:
        return line[:1] not in (b"{", b"[") or _is_one(line)
    return _is_one(line)


def _is_one(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def split_document(
    name: str, source: Source, options: DecodeOptions, keys: Sequence[str]
) -> Iterator[Chunk]:
    """Chunks of the elements of an array, or one of the whole value; then what comes behind it.

    Raises :exc:`~logflow.errors.DecodeError` where there is no value, or not at the path of *keys*.
    """
    with source.open() as stream:
        chunks = _Chunks(name, source, Window(stream), options)
        prefix = _skip_spaces(chunks, 0)
        for depth, key in enumerate(keys):
            prefix = _value_of(chunks, prefix, keys[: depth + 1], key)
        first = _byte(chunks, prefix)
        if not first:
            raise DecodeError("expected a value of JSON, found nothing", byte_offset=prefix)
        if first == b"[":
            yield from _elements(chunks, prefix + 1)
        else:
            yield from _single(chunks, prefix, "members" if keys else "values")
        yield from _tail(chunks, closed=first != b"[", nested=bool(keys))


def _elements(chunks: _Chunks, prefix: int) -> Iterator[Chunk]:
    """The elements of an array, which starts *prefix* bytes from here."""
    follows, ended = False, False
    while not ended:
        cut, _ = chunks.cut("elements", prefix)
        context = JsonContext(form="elements", prefix=prefix, last=False, follows=follows)
        ended = cut.ended
        size, records = cut.size, cut.records
        if ended:
            last = bytes(chunks.text.rest[prefix + cut.size : prefix + cut.end]).strip(_SPACES)
            size = cut.end
            records += bool(last or follows or records)
            context = replace(context, last=True)
        yield chunks.take(prefix + size, records, context, final=False)
        follows, prefix = follows or records > 0, 0


def _single(chunks: _Chunks, prefix: int, form: str) -> Iterator[Chunk]:
    """One value that is no array."""
    cut, _ = chunks.cut(form, prefix, 1)
    size = cut.end if cut.ended else cut.size - (form == "members")
    context = JsonContext(form="values" if form == "values" else "elements", prefix=prefix)
    yield chunks.take(prefix + size, 1, context, final=False)


def _tail(chunks: _Chunks, *, closed: bool, nested: bool) -> Iterator[Chunk]:
    """What comes after the records: nothing but white space after a document of its own.

    An array that is not *closed* yet is so by the next byte.
    """
    if not closed:
        bracket = _byte(chunks, 0) == b"]"
        tail = None if bracket else CUT_OFF.format("array")
        yield chunks.take(
            int(bracket), int(tail is not None), JsonContext(form="values", tail=tail), final=False
        )
    final = False
    while not final:
        view, seen_all = chunks.text.peek(TAIL_BYTES)
        blank = len(view) if nested else len(view) - len(bytes(view).lstrip(_SPACES))
        size = blank or len(view)
        final = seen_all and size == len(view)
        context = JsonContext(form="values", tail=None if size == blank else TRAILING)
        yield chunks.take(size, int(size > blank), context, final=final)


def _skip_spaces(chunks: _Chunks, start: int) -> int:
    """The offset of the first byte from *start* on that is no white space."""
    while (byte := _byte(chunks, start)) and byte in _SPACES:
        start += 1
    return start


def _byte(chunks: _Chunks, at: int) -> bytes:
    """The byte at an offset from here; none at the end."""
    return bytes(chunks.text.peek(at + 1)[0][at:])


def _value_of(chunks: _Chunks, start: int, path: Sequence[str], key: str) -> int:
    """Where the value of a key of the object at *start* starts."""
    where = "$" + "".join(f".{name}" for name in path)
    if _byte(chunks, start) != b"{":
        raise DecodeError(
            f"expected an object with key {key!r} for records_path {where}", byte_offset=start
        )
    start += 1
    while True:
        view, _ = chunks.text.peek(start + HEAD_BYTES)
        found = _KEY.match(view, start)
        if found and _decoded(found[1]) == key:
            return found.end()
        cut, _ = chunks.cut("members", start, 1)
        if cut.ended or not cut.records:
            raise DecodeError(f"there is nothing at records_path {where}", byte_offset=start)
        start += cut.size


def _decoded(key: bytes) -> str | None:
    try:
        return str(json.loads(key))
    except ValueError:
        return None

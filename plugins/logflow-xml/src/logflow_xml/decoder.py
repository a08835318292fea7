"""The decoder: chunks of whole elements, then a row an element, whatever is damaged beside it."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from logflow import decode_columns, observe_columns
from logflow.errors import DecodeError, LimitError
from logflow.ingest.positions import counted
from logflow.ingest.schema.text import BadCell
from logflow.ingest.window import Window
from logflow.interfaces.decoder import (
    Chunk,
    DecodedBatch,
    Malformed,
    Observation,
    Positions,
    Reject,
)
from logflow.interfaces.source import Source
from logflow.options import DecodeOptions
from logflow_ext import kernel
from logflow_ext.xml_records import Cut
from logflow_xml.options import XmlOptions
from logflow_xml.rows import Broken, Rows
from logflow_xml.structure import Structure, structure_of

__all__ = ["XmlDecoder"]

HEAD = 1 << 20
"""Bytes at the start that tell what the records are."""
MOST_CHUNK = 1 << 26
MOST_RECORD = 1 << 27
"""Bytes of a chunk and of an element, at most: cells are counted in 29 bits."""
MOST_SHOWN = 12
"""Names that a message shows."""
OUTSIDE = "outside of records"
"""Why values are skipped that are in no record."""


@dataclass(frozen=True, slots=True)
class XmlContext:
    """Which element is the record; whether the last one, and the root behind it, has no end."""

    element: str
    inside: bool
    cut_off: bool


class XmlDecoder:
    """Reads documents.  A ``ChunkDecoder``."""

    name = "xml"

    def __init__(self, options: XmlOptions | None = None) -> None:
        self._options = options or XmlOptions()

    def tables(self, source: Source, options: DecodeOptions) -> Sequence[str | None]:
        """The one table."""
        return (None,)

    def split(self, source: Source, table: str | None, options: DecodeOptions) -> Iterator[Chunk]:
        """Chunks of whole elements, with what stands before them.

        Raises :exc:`~logflow.errors.DecodeError` for a document type that declares something and
        where the element that is asked for is not there, and
        :exc:`~logflow.errors.LimitError` for a comment that is too long to be kept.
        """
        index = start = records = lines = 0
        with source.open() as stream:
            text = Window(stream)
            head = bytes(text.peek(HEAD)[0])
            if not head.strip():
                return
            structure = self._structure(head)
            final = False
            has_records = self._options.element is None
            while not final:
                payload, cut = _next(text, structure.element, start, options)
                has_records = has_records or structure.has_record(payload)
                size = len(payload)
                final = text.peek(1)[1] and not text.rest
                if final and not has_records:
                    raise DecodeError(
                        f"there is no <{structure.element}>, which records_path names; the "
                        f"document has {', '.join(structure.seen[:MOST_SHOWN])}"
                    )
                cut_off = final and not cut.inside and not structure.is_closed(payload)
                yield Chunk(
                    decoder=self.name,
                    source=source,
                    index=index,
                    start=start,
                    length=size,
                    records=cut.records + cut_off,
                    first_record=records + 1,
                    first_line=lines + 1,
                    table=table,
                    context=XmlContext(structure.element, cut.inside, cut_off),
                    payload=payload,
                    final=final,
                )
                index += 1
                start += size
                records += cut.records
                lines += kernel("delimited").count_lines(memoryview(payload).cast("B"), size)

    def _structure(self, head: bytes) -> Structure:
        if re.search(rb"<!DOCTYPE[^>\[]*\[", head) or b"<!ENTITY" in head:
            raise DecodeError(
                "the document has a document type (DTD) with declarations, which are not read: "
                "take it out"
            )
        found = structure_of(head)
        return replace(found, element=self._options.element or found.element)

    def observe(self, chunk: Chunk, options: DecodeOptions) -> Observation:
        """The facts of a chunk's rows."""
        rows = _rows(chunk, options)
        facts = observe_columns(
            rows.columns, options, first_record=chunk.first_record, records=rows.numbers
        )
        rejects = len(rows.broken) + chunk.context.cut_off
        return Observation(facts=facts, rows=len(rows.starts), rejects=rejects)

    def decode(
        self, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
    ) -> Iterator[DecodedBatch]:
        """The rows of a chunk."""
        rows = _rows(chunk, options)
        count = len(rows.starts)
        typed = decode_columns(
            rows.columns,
            schema,
            options,
            rows=count,
            first_record=chunk.first_record,
            records=rows.numbers,
        )
        batch, positions = typed.batch, _positions(chunk, rows, options)
        if typed.bad:
            good = pa.array([row not in typed.bad for row in range(count)])
            batch, positions = batch.filter(good), positions.filter(good)
        yield DecodedBatch(
            batch=batch,
            facts=typed.facts,
            rejects=_rejects(chunk, rows, typed.bad),
            skipped={OUTSIDE: rows.outside} if rows.outside else {},
            covered=chunk.length,
            drift=typed.drift,
            positions=positions,
        )


def _next(text: Window, element: str, start: int, options: DecodeOptions) -> tuple[pa.Buffer, Cut]:
    """The bytes of the next chunk, which are taken, and what the kernel says of them."""
    most = min(options.chunk_bytes, MOST_CHUNK)
    size = most + 1
    limit = 2 * _most_record(options) + size
    while True:
        view, ended = text.peek(size)
        cut: Cut = kernel("xml").cut(
            view,
            name=element,
            max_records=options.chunk_rows,
            max_bytes=most,
            max_record_bytes=_most_record(options),
            final=ended,
        )
        # To look for one end that is missing after the other would take quadratic time.
        is_little = cut.waiting and cut.size < len(view) // 2
        if ended or (cut.size and not (is_little and size < limit)):
            return text.take(cut.size), cut
        if size == limit:
            raise LimitError(
                f"what starts at byte {start:,}, such as a comment, has no end within {size:,} "
                "bytes: raise max_record_bytes if it is so long"
            )
        size = min(2 * size, limit)


def _most_record(options: DecodeOptions) -> int:
    return min(options.max_record_bytes, MOST_RECORD)


def _rows(chunk: Chunk, options: DecodeOptions) -> Rows:
    context: XmlContext = chunk.context
    limited = replace(options, max_record_bytes=_most_record(options))
    return Rows.of(_data(chunk), context.element, limited, inside=context.inside)


def _data(chunk: Chunk) -> memoryview:
    return memoryview(chunk.payload).cast("B")


def _positions(chunk: Chunk, rows: Rows, options: DecodeOptions) -> Positions:
    """Where the rows start, as far as that is wanted."""
    wanted = options.coordinates
    assert chunk.first_line is not None
    lines = None
    if "_line" in wanted:
        before = kernel("delimited").lines_before(_data(chunk), rows.starts)
        lines = counted(before, chunk.first_line)
    return Positions(
        record=counted(rows.numbers, chunk.first_record) if "_record" in wanted else None,
        line=lines,
        byte_offset=counted(rows.starts, chunk.start) if "_byte_offset" in wanted else None,
    )


def _rejects(chunk: Chunk, rows: Rows, bad: Mapping[int, BadCell]) -> list[Reject]:
    """Those of elements that cannot be read, of bad values, and of a document that is cut off."""
    data = _data(chunk)
    broken = list(rows.broken)
    for row, cell in bad.items():
        what = Malformed(cell.message, "bad_value", cell.column)
        place = rows.numbers[row], rows.starts[row], rows.ends[row]
        broken.append(Broken(*place, what, cell.column_index))
    if chunk.context.cut_off:
        what = Malformed("expected the end of the document: it is cut off", "cut_off")
        broken.append(Broken(chunk.records - 1, len(data), len(data), what))
    broken.sort(key=lambda each: each.record)
    starts = array("I", [each.start for each in broken])
    lines = kernel("delimited").lines_before(data, starts)
    assert chunk.first_line is not None
    return [
        Reject(
            record=chunk.first_record + each.record,
            line=chunk.first_line + line,
            byte_offset=chunk.start + each.start,
            error_type=each.what.error_type,
            message=each.what.message,
            raw=bytes(data[each.start : each.end]),
            column=each.what.column,
            column_index=each.column_index,
        )
        for each, line in zip(broken, memoryview(lines).tolist(), strict=True)
    ]

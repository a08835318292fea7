"""Source coordinates as columns: where in the input each row comes from.

The numbers are those of rejects.  ``_file`` and ``_member`` are known of every row, ``_record``
where the decoder says it or nothing but rejects lies between the rows; what cannot be told is
null, as lines and bytes of binary formats are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import pyarrow as pa

from logflow.ingest.schema.names import distinct
from logflow.ingest.stored import stored_offsets
from logflow.interfaces.decoder import Chunk, ChunkDecoder, ColumnType, DecodedBatch, Positions
from logflow.options import DecodeOptions

__all__ = ["coordinate_types", "decode"]

_COLUMNS = {
    "_file": ColumnType(type=pa.string(), reason="the location of the input"),
    "_member": ColumnType(type=pa.string(), reason="the name in the archive"),
    "_record": ColumnType(type=pa.int64(), reason="the number of the record, from 1"),
    "_line": ColumnType(type=pa.int64(), reason="the line where the record starts, from 1"),
    "_byte_offset": ColumnType(type=pa.int64(), reason="the byte where the record starts, from 0"),
}


def coordinate_types(names: Sequence[str], options: DecodeOptions) -> dict[str, ColumnType]:
    """The columns of coordinates that follow those with *names*; each name occurs once.

    >>> list(coordinate_types(["_file"], DecodeOptions(coordinates=("_file", "_line"))))
    ['_file_2', '_line']
    """
    wanted = options.coordinates
    chosen = distinct([*names, *wanted])[len(names) :]
    return {
        name: _COLUMNS[coordinate]
        if name == coordinate
        else replace(_COLUMNS[coordinate], metadata={"logflow:name": coordinate})
        for name, coordinate in zip(chosen, wanted, strict=True)
    }


def decode(
    decoder: ChunkDecoder, chunk: Chunk, schema: pa.Schema, options: DecodeOptions
) -> list[DecodedBatch]:
    """The rows of *chunk* as batches of *schema*, which ends with the coordinates asked for."""
    wanted = options.coordinates
    if not wanted:
        return list(decoder.decode(chunk, schema, options))
    data = pa.schema(list(schema)[: -len(wanted)], schema.metadata)
    decoded = list(decoder.decode(chunk, data, options))
    if any(batch.drift for batch in decoded):
        return decoded
    if "_record" in wanted:
        decoded = _numbered(chunk, decoded)
    return [replace(batch, batch=_located(batch, chunk, schema, wanted)) for batch in decoded]


def _numbered(chunk: Chunk, decoded: Sequence[DecodedBatch]) -> list[DecodedBatch]:
    """*decoded* with the numbers of records, also by decoders that do not give them.

    Those are known where every record is a row or a reject.
    """
    import pyarrow.compute as pc

    given = [batch.positions or Positions() for batch in decoded]
    rejected = [reject.record for batch in decoded for reject in batch.rejects]
    rows = sum(batch.batch.num_rows for batch in decoded)
    if rows + len(rejected) != chunk.records or all(each.record is not None for each in given):
        return list(decoded)
    ones = pa.repeat(pa.scalar(1, pa.int64()), chunk.records)
    every = pc.cumulative_sum(ones, start=chunk.first_record - 1)
    numbers = every.filter(pc.invert(pc.is_in(every, pa.array(rejected, pa.int64()))))
    if len(numbers) != rows:
        return list(decoded)
    ends = list(accumulate(batch.batch.num_rows for batch in decoded))
    return [
        replace(
            batch, positions=replace(position, record=numbers[end - batch.batch.num_rows : end])
        )
        for batch, position, end in zip(decoded, given, ends, strict=True)
    ]


def _located(
    decoded: DecodedBatch, chunk: Chunk, schema: pa.Schema, wanted: Sequence[str]
) -> pa.RecordBatch:
    """The rows of a batch with their coordinates."""
    rows = decoded.batch.num_rows
    at = decoded.positions or Positions()
    known = {
        "_file": pa.repeat(chunk.source.location, rows),
        "_member": None if chunk.member is None else pa.repeat(chunk.member, rows),
        "_record": at.record,
        "_line": at.line,
        "_byte_offset": None if at.byte_offset is None else stored_offsets(at.byte_offset, chunk),
    }
    columns = [
        pa.nulls(rows, _COLUMNS[name].type) if known[name] is None else known[name]
        for name in wanted
    ]
    return pa.RecordBatch.from_arrays([*decoded.batch.columns, *columns], schema=schema)

"""Reading without writing: types by all values, batches as they are asked for, the first rows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from logflow.errors import DataError, TypeDrift
from logflow.ingest.coordinates import decode
from logflow.ingest.passes import (
    Job,
    Pass,
    Task,
    changed,
    head_facts,
    named,
    results,
    split,
    united,
    with_settled_encodings,
)
from logflow.ingest.rejects import RejectPolicy, as_error
from logflow.ingest.schema.facts import column_types, merge, schema_of
from logflow.ingest.stored import in_stored_bytes
from logflow.ingest.tasks import Done
from logflow.interfaces.decoder import Chunk, ColumnType, Facts

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["decode_all", "first_rows", "observe_all", "type_drift"]

_log = logging.getLogger("logflow")

MARGIN = 100
"""Records beyond the rows asked for, so that a header and a few rejects cost no second chunk."""


def observe_all(job: Job) -> dict[str, ColumnType]:
    """The types of the columns by all values, with reasons; nothing is decoded.

    Raises :exc:`~logflow.ingest.encodings.EncodingsRefuted`, as all that reads inputs does.
    """
    seen = Pass(schema=None)
    policy = RejectPolicy(job.run, "permissive")
    for done in results(job, seen, encoder=None):
        seen.take(done)
        policy.check((), seen.records)
    seen.finish(job)
    return column_types(united(job, seen.facts), job.decode)


def decode_all(job: Job) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The schema and, as they are asked for, the batches of all inputs in order.

    With ``typing="head"`` the types are those of the head, and a later value that does not fit
    raises :exc:`~logflow.errors.TypeDrift`, and text in another encoding than the head
    :exc:`~logflow.errors.EncodingDrift`.
    """
    return with_settled_encodings(job, _decode_all)


def _decode_all(job: Job) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    head = job.run.typing == "head"
    types = column_types(head_facts(job), job.decode) if head else observe_all(job)
    schema = schema_of(types)
    return schema, _batches(job, schema)


def first_rows(job: Job, rows: int) -> pa.Table:
    """The first *rows* rows of the inputs, typed by nothing but the chunks that hold them.

    A warning is logged where records among them were rejected.
    """
    import pyarrow as pa

    options = replace(job.chunked, chunk_rows=rows + MARGIN)
    taken: list[tuple[Task, Chunk]] = []
    facts: Facts = {}
    count = 0
    with closing(Pass(schema=None)) as seen:
        for task in job.tasks:
            with closing(split(job, seen, task, options)) as chunks:  # type: ignore[type-var]
                while count < rows and (chunk := next(chunks, None)) is not None:
                    observation = task.decoder.make().observe(chunk, options)
                    facts = merge(facts, observation.facts)
                    count += observation.rows
                    taken.append((task, chunk))
    schema = schema_of(column_types(facts, job.decode))
    decoded = [
        (chunk, batch)
        for task, chunk in taken
        for batch in decode(task.decoder.make(), chunk, schema, options)
    ]
    rejects = [
        replace(reject, file=chunk.source.location)
        for chunk, batch in decoded
        for reject in in_stored_bytes(batch.rejects, chunk)
    ]
    if rejects:
        _log.warning(
            "%d of the first %d records were rejected; the first one: %s",
            len(rejects),
            sum(chunk.records for _, chunk in taken),
            as_error(rejects[0]),
        )
    return pa.Table.from_batches([batch.batch for _, batch in decoded], schema).slice(0, rows)


def _batches(job: Job, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    seen = Pass(schema=schema)
    policy = RejectPolicy(job.run, job.errors)
    for done in results(job, seen, encoder=None):
        seen.take(done)
        if done.drift:
            raise _drifted(job, done, seen, schema)
        policy.check(named(done.rejects, job), seen.records)
        for reject in named(done.rejects, job):
            job.tell("logflow_record_rejected", reject=reject)
        yield from done.batches
    seen.finish(job)
    seen.check(job)
    policy.finish(seen.records)


def _drifted(job: Job, done: Done, seen: Pass, schema: pa.Schema) -> DataError:
    """The error of a reader whose types do not hold: drift, or an input that changed."""
    if job.run.typing != "head":
        return changed(job.tasks[done.input].input.source.location)
    return type_drift(schema, schema_of(column_types(united(job, seen.facts), job.decode)))


def type_drift(schema: pa.Schema, now: pa.Schema) -> TypeDrift:
    """The error for types that the head promised and all values refute."""
    for field_ in now:
        if field_.name not in schema.names:
            return TypeDrift(f"column {field_.name!r} is not in the head: use typing='all'")
        if schema.field(field_.name).type != field_.type:
            return TypeDrift(
                f"column {field_.name!r} looked like {schema.field(field_.name).type} in the "
                f"head, but is {field_.type}: use typing='all', or declare its type"
            )
    return TypeDrift("a value does not fit the types of the head: use typing='all'")

"""The pipeline: split, decode and encode in parallel, write in order, check, publish.

Types are guessed from the head of every input and refuted or confirmed by the facts of all
values.  If the guess was wrong, what was staged is thrown away and the inputs are read once
more with the types that the facts give; the second pass cannot differ unless an input changed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logflow.errors import DataError, SchemaError, SourceChangedError, TypeDrift
from logflow.ingest.flow import Budget, ordered
from logflow.ingest.reading import Input, Reading, SourceName, in_stored_bytes
from logflow.ingest.receipt import Account, ColumnReceipt, FileReceipt, Receipt
from logflow.ingest.rejects import RejectFile, RejectPolicy, as_error
from logflow.ingest.schema.facts import column_types, merge, schema_of
from logflow.ingest.tasks import ChunkTask, DecoderSpec, Done, work
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.decoder import Chunk, ColumnType, Facts, Reject
from logflow.interfaces.executor import Executor
from logflow.interfaces.sink import Encoder, Sink, SinkResult, Staging
from logflow.interfaces.source import SourceIdentity
from logflow.options import DecodeOptions, RunOptions
from logflow.records import BatchStats
from logflow.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Job", "Outcome", "Progress", "Task", "decode_all", "first_rows", "observe_all", "run"]

_log = logging.getLogger("logflow")

HEAD_BYTES = 1 << 20
"""Text from which the first guess of the types is made, of every input."""

MARGIN = 100
"""Records beyond the rows asked for, so that a header and a few rejects cost no second chunk."""

Progress = Callable[[int, int, int], None]
"""Told now and then: stored bytes read, rows written, rejects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One input of a job with the decoder that reads it."""

    input: Input
    decoder: DecoderSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that a run needs, with nothing left to find out."""

    run_id: str
    tasks: Sequence[Task]
    decode: DecodeOptions
    run: RunOptions
    errors: str
    budget: Budget
    executor: Executor
    token: CancelToken = field(default_factory=CancelToken)
    progress: Progress | None = None
    tell: Callable[..., None] = lambda hook, **_: None

    @property
    def chunked(self) -> DecodeOptions:
        """The decode options with the chunk size that the memory limit allows."""
        return replace(self.decode, chunk_bytes=self.budget.chunk_bytes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run made."""

    receipt: Receipt
    schema: pa.Schema
    output: SinkResult
    rejects_path: str | None


@dataclass(slots=True, kw_only=True)
class _Pass:
    """One reading of all inputs: accounts and facts as far as they are known."""

    schema: pa.Schema | None
    facts: Facts = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    identities: list[SourceIdentity] = field(default_factory=list)
    stored: list[tuple[int, str]] = field(default_factory=list)
    drift: bool = False
    stats: list[BatchStats] = field(default_factory=list)

    def take(self, done: Done) -> None:
        """Add the counts and facts of a chunk."""
        self.facts = merge(self.facts, done.facts)
        self.drift = self.drift or done.drift
        account = self.accounts[done.input]
        account.add_split(done.records, done.length)
        account.add_decoded(done.rows, done.rejected, done.skipped, done.covered)

    @property
    def records(self) -> int:
        return sum(account.records for account in self.accounts)

    @property
    def rows(self) -> int:
        return sum(account.rows for account in self.accounts)

    def close(self) -> None:
        """Let go of the inputs without reading the rest."""
        for reading in self.readings:
            reading.close()

    def finish(self, job: Job) -> None:
        """Count and hash what is left of every input, and check that none has changed."""
        self.stored = [reading.finish() for reading in self.readings]
        for task, before in zip(job.tasks, self.identities, strict=True):
            if task.input.source.identity() != before:
                raise _changed(task.input.source.location)

    def check(self, job: Job) -> None:
        """Raise :exc:`~logflow.errors.ReceiptError` unless both counts of every input agree."""
        for task, account, reading in zip(job.tasks, self.accounts, self.readings, strict=True):
            account.check(task.input.source.location, reading.decoded_bytes)


def run(
    job: Job,
    make_sink: Callable[[], Sink],
    make_rejects: Callable[[], Staging] | None,
    *,
    exact: bool = False,
) -> Outcome:
    """Convert: guess, encode, and once more if the facts refute the guess; then publish.

    *make_sink* gives a new sink for each pass, *make_rejects* a new place for the rejects
    (``None`` where they are not kept).  With *exact* the types are found before anything is
    encoded, for sinks that cannot be made twice.
    """
    started = time.monotonic()
    types = observe_all(job) if exact else column_types(_head_facts(job), job.decode)
    made = _Attempt(job, make_sink, make_rejects)
    passes = 1
    try:
        first = made.encode(schema_of(types))
        types = column_types(first.facts, job.decode)
        final = first
        if not _same(schema_of(types), first.schema):
            made.abort()
            passes = 2
            final = made.encode(schema_of(types))
            _compare(job, first, final, schema_of(column_types(final.facts, job.decode)))
        final.check(job)
        return made.publish(final, types, passes, started)
    except BaseException:
        made.abort()
        raise


def observe_all(job: Job) -> dict[str, ColumnType]:
    """The types of the columns by all values, with reasons; nothing is decoded."""
    seen = _Pass(schema=None)
    policy = RejectPolicy(job.run, "permissive")
    for done in _results(job, seen, encoder=None):
        seen.take(done)
        policy.check((), seen.records)
    seen.finish(job)
    return column_types(seen.facts, job.decode)


def decode_all(job: Job) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The schema and, as they are asked for, the batches of all inputs in order.

    With ``typing="head"`` the types are those of the head, and a later value that does not fit
    raises :exc:`~logflow.errors.TypeDrift`.
    """
    known = job.decode.all_text
    head = job.run.typing == "head" or known
    types = column_types(_head_facts(job), job.decode) if head else observe_all(job)
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
    with closing(_Pass(schema=None)) as seen:
        for task in job.tasks:
            with closing(_split(job, seen, task, options)) as chunks:  # type: ignore[type-var]
                while count < rows and (chunk := next(chunks, None)) is not None:
                    observation = task.decoder.make().observe(chunk, options)
                    facts = merge(facts, observation.facts)
                    count += observation.rows
                    taken.append((task, chunk))
    schema = schema_of(column_types(facts, job.decode))
    decoded = [
        (chunk, batch)
        for task, chunk in taken
        for batch in task.decoder.make().decode(chunk, schema, options)
    ]
    rejects = [
        replace(in_stored_bytes(reject, chunk), file=chunk.source.location)
        for chunk, batch in decoded
        for reject in batch.rejects
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
    seen = _Pass(schema=schema)
    policy = RejectPolicy(job.run, job.errors)
    for done in _results(job, seen, encoder=None):
        seen.take(done)
        if done.drift:
            raise _drifted(job, done, seen, schema)
        policy.check(_named(done.rejects, job), seen.records)
        for reject in _named(done.rejects, job):
            job.tell("logflow_record_rejected", reject=reject)
        yield from done.batches
    seen.finish(job)
    seen.check(job)
    policy.finish(seen.records)


class _Attempt:
    """The sink and the reject file of the pass under way."""

    def __init__(
        self,
        job: Job,
        make_sink: Callable[[], Sink],
        make_rejects: Callable[[], Staging] | None,
    ) -> None:
        self._job = job
        self._make_sink = make_sink
        self._make_rejects = make_rejects
        self._sink: Sink | None = None
        self._staging: Staging | None = None
        self._rejects: RejectFile | None = None

    def encode(self, schema: pa.Schema) -> _Pass:
        """One pass into a new sink; it goes on observe-only after drift."""
        job = self._job
        self._sink = self._make_sink()
        seen = _Pass(schema=schema)
        policy = RejectPolicy(job.run, job.errors)
        for done in _results(job, seen, encoder=self._sink.encoder(schema)):
            seen.take(done)
            rejects = _named(done.rejects, job)
            policy.check(rejects, seen.records)
            if seen.drift:
                continue
            for reject in rejects:
                self._keep(reject)
            for part in done.parts:
                self._sink.write(part)
            _report(job, seen, done)
        seen.finish(job)
        policy.finish(seen.records)
        return seen

    def _keep(self, reject: Reject) -> None:
        if self._make_rejects is None:
            return
        if self._rejects is None:
            self._staging = self._make_rejects()
            self._rejects = RejectFile(self._staging.create())
        self._rejects.add(reject)

    def publish(
        self, final: _Pass, types: Mapping[str, ColumnType], passes: int, started: float
    ) -> Outcome:
        """Check the sums, tell the observers, make everything visible."""
        assert self._sink is not None
        job = self._job
        columns = [
            ColumnReceipt(name=name, type=str(column.type), reason=column.reason)
            for name, column in types.items()
        ]
        output = self._sink.close({"logflow:version": __version__, "logflow:run_id": job.run_id})
        receipt = Receipt(
            run_id=job.run_id,
            version=__version__,
            files=_file_receipts(job, final, kept=job.errors == "quarantine"),
            columns=columns,
            rows_in_output=output.rows,
            passes=passes,
            seconds=round(time.monotonic() - started, 3),
        )
        receipt.check()
        self._tell(final)
        job.token.check()
        path = None
        if self._staging is not None:
            path = self._staging.path()
            self._staging.publish()
        self._sink.commit()
        return Outcome(
            receipt=receipt, schema=schema_of(types), output=output, rejects_path=path
        )

    def _tell(self, final: _Pass) -> None:
        if self._rejects is not None:
            self._rejects.close()
            for reject in self._rejects.read_back():
                self._job.tell("logflow_record_rejected", reject=reject)
        for stats in final.stats:
            self._job.tell("logflow_batch_done", stats=stats)

    def abort(self) -> None:
        """Remove what was staged."""
        sink, staging = self._sink, self._staging
        self._sink = self._staging = self._rejects = None
        if sink is not None:
            with suppress(Exception):
                sink.abort()
        if staging is not None:
            with suppress(Exception):
                staging.discard()


def _results(job: Job, seen: _Pass, encoder: Encoder | None) -> Iterator[Done]:
    """The chunks of all inputs, worked on in parallel, in order."""
    done = ordered(
        job.executor,
        work,
        _chunk_tasks(job, seen, encoder),
        window=job.budget.window,
        attempts=job.run.attempts,
        token=job.token,
    )
    with closing(done):  # type: ignore[type-var]
        try:
            yield from done
        except BaseException:
            seen.close()
            raise


def _chunk_tasks(job: Job, seen: _Pass, encoder: Encoder | None) -> Iterator[ChunkTask]:
    options = job.chunked
    index = 0
    for number, task in enumerate(job.tasks):
        for chunk in _split(job, seen, task, options):
            yield ChunkTask(
                chunk=replace(chunk, index=index),
                decoder=task.decoder,
                options=options,
                input=number,
                schema=None if seen.drift else seen.schema,
                encoder=encoder,
            )
            index += 1


def _split(job: Job, seen: _Pass, task: Task, options: DecodeOptions) -> Iterator[Chunk]:
    """The chunks of one input, with what only the core knows about them."""
    seen.identities.append(task.input.source.identity())
    reading = Reading(task.input, job.token)
    seen.readings.append(reading)
    seen.accounts.append(Account())
    decoder = task.decoder.make()
    reopened, named = task.input.decompressed, SourceName(reading.location)
    for table in _tables(decoder.tables(reading, options), job.run, reading.location):
        with closing(decoder.split(reading, table, options)) as chunks:  # type: ignore[type-var]
            for chunk in chunks:
                yield replace(
                    chunk,
                    source=reopened if chunk.payload is None else named,
                    member=task.input.member,
                    origin=reading.origin(chunk.start),
                )
                job.token.check()


def _tables(tables: Sequence[str | None], run: RunOptions, location: str) -> Sequence[str | None]:
    if run.table is not None:
        if run.table not in tables:
            names = ", ".join(str(table) for table in tables if table) or "one, without a name"
            raise SchemaError(f"{location} has no table {run.table!r}; its tables: {names}")
        return (run.table,)
    if len(tables) > 1:
        names = ", ".join(str(table) for table in tables)
        raise SchemaError(f"{location} has several tables: choose one with --table ({names})")
    return tables


def _head_facts(job: Job) -> Facts:
    """The facts of the first chunk of every input: what the first guess is made from."""
    facts: Facts = {}
    options = replace(
        job.chunked, chunk_bytes=max(1, min(job.budget.chunk_bytes, HEAD_BYTES))
    )
    for task in job.tasks:
        with (
            closing(_Pass(schema=None)) as seen,
            closing(_split(job, seen, task, options)) as chunks,  # type: ignore[type-var]
        ):
            for chunk in chunks:
                facts = merge(facts, task.decoder.make().observe(chunk, options).facts)
                break
    return facts


def _same(one: pa.Schema, other: pa.Schema | None) -> bool:
    return other is not None and one.equals(other, check_metadata=True)


def _compare(job: Job, first: _Pass, second: _Pass, schema: pa.Schema) -> None:
    """A second pass that differs from the first means that an input changed."""
    for task, before, after in zip(job.tasks, first.stored, second.stored, strict=True):
        if before != after:
            raise _changed(task.input.source.location)
    if second.drift or not _same(schema, second.schema):
        raise DataError("the two passes give different types although no input changed")


def _changed(location: str) -> SourceChangedError:
    return SourceChangedError(
        f"{location} changed while it was read; nothing was published: run again when it is still"
    )


def _drifted(job: Job, done: Done, seen: _Pass, schema: pa.Schema) -> DataError:
    """The error of a reader whose types do not hold: drift, or an input that changed."""
    if job.run.typing != "head":
        return _changed(job.tasks[done.input].input.source.location)
    now = schema_of(column_types(seen.facts, job.decode))
    for field_ in now:
        if field_.name not in schema.names:
            return TypeDrift(f"column {field_.name!r} is not in the head: use typing='all'")
        if schema.field(field_.name).type != field_.type:
            return TypeDrift(
                f"column {field_.name!r} looked like {schema.field(field_.name).type} in the "
                f"head, but is {field_.type}: use typing='all', or declare its type"
            )
    return TypeDrift("a value does not fit the types of the head: use typing='all'")


def _named(rejects: Sequence[Reject], job: Job) -> list[Reject]:
    return [replace(reject, scan_id=job.run_id) for reject in rejects]


def _report(job: Job, seen: _Pass, done: Done) -> None:
    size = sum(part.size for part in done.parts)
    seen.stats.append(
        BatchStats(
            run_id=job.run_id,
            file=job.tasks[done.input].input.source.location,
            index=done.index,
            rows=done.rows,
            rejects=done.rejected,
            size=size,
        )
    )
    if job.progress is not None:
        read = sum(reading.read_bytes for reading in seen.readings)
        job.progress(read, seen.rows, sum(account.rejected for account in seen.accounts))


def _file_receipts(job: Job, seen: _Pass, *, kept: bool) -> list[FileReceipt]:
    return [
        FileReceipt(
            file=task.input.source.location,
            member=task.input.member,
            format=task.decoder.name,
            compression=task.input.compression,
            encoding=task.input.encoding,
            stored_bytes=stored[0],
            checksum=stored[1],
            decoded_bytes=reading.decoded_bytes,
            records=account.records,
            written=account.rows,
            quarantined=account.rejected if kept else 0,
            dropped=0 if kept else account.rejected,
            skipped=dict(account.skipped),
        )
        for task, account, reading, stored in zip(
            job.tasks, seen.accounts, seen.readings, seen.stored, strict=True
        )
    ]

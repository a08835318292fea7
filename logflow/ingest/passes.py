"""One pass over all inputs: chunks in order, worked on in parallel, with the accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from logflow.detection.findings import Finding
from logflow.errors import SchemaError, SourceChangedError
from logflow.ingest.encodings import Encodings, EncodingsRefuted
from logflow.ingest.flow import Budget, ordered
from logflow.ingest.reading import Input, Reading, SourceName, naming
from logflow.ingest.receipt import Account
from logflow.ingest.schema.facts import merge
from logflow.ingest.tasks import ChunkTask, DecoderSpec, Done, blaming, work
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.decoder import Chunk, Facts, Reject
from logflow.interfaces.executor import Executor
from logflow.interfaces.sink import Encoder
from logflow.interfaces.source import SourceIdentity
from logflow.options import DecodeOptions, RunOptions
from logflow.records import BatchStats

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Job",
    "Pass",
    "Progress",
    "Task",
    "changed",
    "head_facts",
    "named",
    "results",
    "split",
    "united",
    "with_settled_encodings",
]

Result = TypeVar("Result")

HEAD_BYTES = 1 << 20
"""Text from which the first guess of the types is made, of every input."""

FULL = 0.75
"""The share of what a chunk may have above which nothing is added to it."""

Progress = Callable[[int, int, int], None]
"""Told now and then: stored bytes read, rows written, rejects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One input of a job with the decoder that reads it.

    *reread* is what all of the input tells of its encoding, where that refuted the head.
    """

    input: Input
    decoder: DecoderSpec
    reread: Finding | None = None


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
    encodings: Encodings = field(init=False)

    def __post_init__(self) -> None:
        inputs = [task.input for task in self.tasks]
        guessed = self.decode.encoding is None
        object.__setattr__(self, "encodings", Encodings(inputs, guessed=guessed))

    @property
    def chunked(self) -> DecodeOptions:
        """The decode options with the chunk size that the memory limit allows."""
        return replace(self.decode, chunk_bytes=self.budget.chunk_bytes)


@dataclass(slots=True, kw_only=True)
class Pass:
    """One reading of all inputs: accounts and facts, an entry each, as far as they are known."""

    schema: pa.Schema | None
    facts: list[Facts] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    identities: list[SourceIdentity] = field(default_factory=list)
    stored: list[tuple[int, str]] = field(default_factory=list)
    drift: bool = False
    stats: list[BatchStats] = field(default_factory=list)
    metadata: Mapping[str, str] = field(default_factory=dict)

    def take(self, done: Done) -> None:
        """Add the counts and facts of a chunk."""
        self.facts[done.input] = merge(self.facts[done.input], done.facts)
        self.drift = self.drift or done.drift
        account = self.accounts[done.input]
        account.add_split(done.records, done.length)
        account.add_decoded(done.rows, done.rejected, done.skipped, done.covered, done.noted)
        account.add_listed(done.listed)

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
                raise changed(task.input.source.location)

    def check(self, job: Job) -> None:
        """Raise :exc:`~logflow.errors.ReceiptError` unless both counts of every input agree."""
        for task, account, reading in zip(job.tasks, self.accounts, self.readings, strict=True):
            account.check(task.input.source.location, reading.decoded_bytes)


def results(job: Job, seen: Pass, encoder: Encoder | None) -> Iterator[Done]:
    """The chunks of all inputs, worked on in parallel, in order."""
    done = ordered(
        job.executor,
        work,
        _grouped(_chunk_tasks(job, seen, encoder), job.chunked),
        window=job.budget.window,
        attempts=job.run.attempts,
        token=job.token,
    )
    with closing(done):  # type: ignore[type-var]
        try:
            for group in done:
                for each in group:
                    job.encodings.check(each)
                    yield each
        except BaseException:
            seen.close()
            raise


def with_settled_encodings(job: Job, run: Callable[[Job], Result]) -> Result:
    """*run* of the job, from the start again if its inputs turn out not to be UTF-8."""
    try:
        return run(job)
    except EncodingsRefuted as refuted:
        tasks = list(job.tasks)
        for number, found in refuted.found.items():
            input_ = replace(tasks[number].input, encoding=found.name)
            tasks[number] = replace(tasks[number], input=input_, reread=found)
        return run(replace(job, tasks=tasks))


def _chunk_tasks(job: Job, seen: Pass, encoder: Encoder | None) -> Iterator[ChunkTask]:
    options = job.chunked
    index = 0
    for number, task in enumerate(job.tasks):
        for chunk in split(job, seen, task, options):
            yield ChunkTask(
                chunk=replace(chunk, index=index),
                decoder=task.decoder,
                options=options,
                input=number,
                schema=None if seen.drift else seen.schema,
                encoder=encoder,
            )
            index += 1


def _grouped(tasks: Iterable[ChunkTask], options: DecodeOptions) -> Iterator[list[ChunkTask]]:
    """Tasks, with small inputs together as long as they are no larger than one chunk may be.

    Thus many small files do not become as many row groups.  What is nearly full does not wait for
    what follows.
    """
    group: list[ChunkTask] = []
    length = records = 0
    for task in tasks:
        chunk = task.chunk
        length, records = length + chunk.length, records + chunk.records
        joins = group and task.input != group[-1].input
        if group and (not joins or length > options.chunk_bytes or records > options.chunk_rows):
            yield group
            group, length, records = [], chunk.length, chunk.records
        group.append(task)
        if length > FULL * options.chunk_bytes or records > FULL * options.chunk_rows:
            yield group
            group, length, records = [], 0, 0
    if group:
        yield group


def split(job: Job, seen: Pass, task: Task, options: DecodeOptions) -> Iterator[Chunk]:
    """The chunks of one input, with what only the core knows about them."""
    location = task.input.source.location
    with naming(task.input.source, task.input.member), blaming(task.decoder, location):
        yield from _split(job, seen, task, options)


def _split(job: Job, seen: Pass, task: Task, options: DecodeOptions) -> Iterator[Chunk]:
    seen.identities.append(task.input.source.identity())
    reading = Reading(task.input, job.token)
    seen.readings.append(reading)
    seen.accounts.append(Account())
    seen.facts.append({})
    decoder = task.decoder.make()
    reopened, named = task.input.decompressed, SourceName(reading.location)
    for table in _tables(decoder.tables(reading, options), job.run, reading.location):
        with closing(decoder.split(reading, table, options)) as chunks:  # type: ignore[type-var]
            for chunk in chunks:
                seen.accounts[-1].doubt = seen.accounts[-1].doubt or chunk.doubt
                seen.metadata = {**chunk.metadata, **seen.metadata}
                yield replace(
                    chunk,
                    source=reopened if chunk.payload is None else named,
                    member=task.input.member,
                    origin=reading.origin(chunk.start, chunk.length),
                )
                job.token.check()
    if task.input.encoding is not None:
        reading.finish()  # so that many inputs are not open at once


def _tables(tables: Sequence[str | None], run: RunOptions, location: str) -> Sequence[str | None]:
    if run.table is not None:
        if run.table not in tables:
            names = ", ".join(str(table) for table in tables if table) or "one, without a name"
            raise SchemaError(f"{location} has no table {run.table!r}; its tables: {names}")
        return (run.table,)
    if None in tables:
        return (None,)
    if len(tables) > 1:
        names = ", ".join(str(table) for table in tables)
        raise SchemaError(f"{location} has several tables: choose one with --table ({names})")
    return tables


def head_facts(job: Job) -> Facts:
    """The facts of the first chunk of every input: what the first guess is made from."""
    facts: list[Facts] = []
    options = replace(job.chunked, chunk_bytes=max(1, min(job.budget.chunk_bytes, HEAD_BYTES)))
    for task in job.tasks:
        with (
            closing(Pass(schema=None)) as seen,
            closing(split(job, seen, task, options)) as chunks,  # type: ignore[type-var]
        ):
            chunk = next(chunks, None)
            facts.append(task.decoder.make().observe(chunk, options).facts if chunk else {})
    return united(job, facts)


def united(job: Job, facts: Sequence[Facts]) -> Facts:
    """The facts of all inputs together, from those of each as far as they are known.

    Raises :exc:`~logflow.errors.SchemaError` with the name of the input that does not go with
    those before it.
    """
    together: Facts = {}
    for task, more in zip(job.tasks, facts, strict=False):
        try:
            together = merge(together, more)
        except SchemaError as err:
            raise SchemaError(f"{task.input.source.location}: {err}") from err
    return together


def changed(location: str) -> SourceChangedError:
    return SourceChangedError(
        f"{location} changed while it was read; nothing was published: run again when it is still"
    )


def named(rejects: Sequence[Reject], job: Job) -> list[Reject]:
    return [replace(reject, scan_id=job.run_id) for reject in rejects]

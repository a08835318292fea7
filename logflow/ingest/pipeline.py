"""The pipeline: split, decode and encode in parallel, write in order, check, publish.

Types are guessed from the head of every input and refuted or confirmed by the facts of all
values.  If the guess was wrong, what was staged is thrown away and the inputs are read once
more with the types that the facts give; the second pass cannot differ unless an input changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from logflow.errors import DataError
from logflow.ingest.passes import (
    Job,
    Pass,
    Task,
    changed,
    head_facts,
    named,
    results,
    united,
    with_settled_encodings,
)
from logflow.ingest.reader import observe_all, type_drift
from logflow.ingest.receipt import ColumnReceipt, FileReceipt, Receipt
from logflow.ingest.rejects import RejectFile, RejectPolicy
from logflow.ingest.schema.drift import drifts
from logflow.ingest.schema.facts import column_types, schema_of
from logflow.ingest.tasks import Done
from logflow.interfaces.decoder import ColumnType, Reject
from logflow.interfaces.sink import Sink, SinkResult, Staging
from logflow.records import BatchStats
from logflow.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Outcome", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run made; *tasks* are those of the job, in the encodings that they are in."""

    tasks: Sequence[Task]
    receipt: Receipt
    schema: pa.Schema
    output: SinkResult
    rejects_path: str | None


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
    return with_settled_encodings(
        job, lambda job: _run(job, make_sink, make_rejects, exact=exact, started=started)
    )


def _run(
    job: Job,
    make_sink: Callable[[], Sink],
    make_rejects: Callable[[], Staging] | None,
    *,
    exact: bool,
    started: float,
) -> Outcome:
    types = observe_all(job) if exact else column_types(head_facts(job), job.decode)
    made = _Attempt(job, make_sink, make_rejects)
    passes = 1 + any(task.reread for task in job.tasks)
    try:
        first = made.encode(schema_of(types))
        types = column_types(united(job, first.facts), job.decode)
        final = first
        if not _same(schema_of(types), first.schema):
            if job.run.typing == "head":
                raise type_drift(first.schema, schema_of(types))
            made.abort()
            passes += 1
            final = made.encode(schema_of(types))
            _compare(job, first, final)
        final.check(job)
        return made.publish(final, types, passes, started)
    except BaseException:
        made.abort()
        raise


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

    def encode(self, schema: pa.Schema) -> Pass:
        """One pass into a new sink; it goes on observe-only after drift."""
        job = self._job
        self._sink = self._make_sink()
        seen = Pass(schema=schema)
        policy = RejectPolicy(job.run, job.errors)
        for done in results(job, seen, encoder=self._sink.encoder(schema)):
            seen.take(done)
            rejects = named(done.rejects, job)
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
        self, final: Pass, types: Mapping[str, ColumnType], passes: int, started: float
    ) -> Outcome:
        """Check the sums, tell the observers, make everything visible."""
        assert self._sink is not None
        job = self._job
        columns = [
            ColumnReceipt(name=name, type=str(column.type), reason=column.reason)
            for name, column in types.items()
        ]
        receipt = Receipt(
            run_id=job.run_id,
            version=__version__,
            files=_file_receipts(job, final, kept=job.errors == "quarantine"),
            columns=columns,
            rows_in_output=final.rows,
            passes=passes,
            seconds=0,
        )
        metadata = {
            **final.metadata,
            "logflow:version": __version__,
            "logflow:run_id": job.run_id,
            "logflow:receipt": receipt.embedded(),
        }
        output = self._sink.close(metadata)
        seconds = round(time.monotonic() - started, 3)
        receipt = replace(receipt, rows_in_output=output.rows, seconds=seconds)
        receipt.check()
        self._tell(final)
        job.token.check()
        path = None
        if self._staging is not None:
            path = self._staging.path()
            self._staging.publish()
        try:
            self._sink.commit()
        except BaseException:
            if path is not None and not job.run.force:  # then it replaced nothing
                Path(path).unlink(missing_ok=True)
            raise
        return Outcome(
            tasks=job.tasks,
            receipt=receipt,
            schema=schema_of(types),
            output=output,
            rejects_path=path,
        )

    def _tell(self, final: Pass) -> None:
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


def _same(one: pa.Schema, other: pa.Schema | None) -> bool:
    return other is not None and one.equals(other, check_metadata=True)


def _compare(job: Job, first: Pass, second: Pass) -> None:
    """A second pass that differs from the first means that an input changed."""
    schema = schema_of(column_types(united(job, second.facts), job.decode))
    for task, before, after in zip(job.tasks, first.stored, second.stored, strict=True):
        if before != after:
            raise changed(task.input.source.location)
    if second.drift or not _same(schema, second.schema):
        raise DataError("the two passes give different types although no input changed")


def _report(job: Job, seen: Pass, done: Done) -> None:
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


def _file_receipts(job: Job, seen: Pass, *, kept: bool) -> list[FileReceipt]:
    found = drifts(
        seen.facts,
        job.decode,
        formats=[task.decoder.name for task in job.tasks],
        encodings=[task.input.encoding for task in job.tasks],
    )
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
            listed=tuple(account.listed),
            noted=dict(account.noted),
            drift=drift,
            doubt=account.doubt,
        )
        for task, account, reading, stored, drift in zip(
            job.tasks, seen.accounts, seen.readings, seen.stored, found, strict=True
        )
    ]

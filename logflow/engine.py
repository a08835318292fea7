"""The engine: the facade that finds the pieces of a run and holds them together."""

from __future__ import annotations

import io
import os
import stat
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeGuard

from logflow.detection.findings import Detection
from logflow.detection.inspect import Found, inspect, unknown_format, without_codec
from logflow.errors import (
    Cancelled,
    DestinationExistsError,
    LogflowError,
    OptionError,
    PartialError,
    SourceNotFoundError,
    UnknownFormatError,
    UsageError,
)
from logflow.ingest.flow import budget
from logflow.ingest.outputs import check_free, directory, output_name, output_paths
from logflow.ingest.publish import (
    StreamStaging,
    is_same_file,
    rejects_path,
    remove_stale_rejects,
    staging_for,
)
from logflow.ingest.reading import Reading
from logflow.ingest.receipt import Receipt
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.decoder import ChunkDecoder, ColumnType, SupportsDialect
from logflow.interfaces.executor import Executor
from logflow.interfaces.metrics import Metrics
from logflow.interfaces.sink import Sink, SinkResult, Staging
from logflow.interfaces.source import Source, SourceProvider, SupportsObjects
from logflow.options import DecodeOptions, RunOptions, build, names, unknown_option
from logflow.plugins import Observers, Registry, registry
from logflow.records import RunFinished, RunStarted, SinkRecord, SourceRecord

if TYPE_CHECKING:
    import pyarrow as pa

    from logflow.ingest.passes import Job, Progress, Task
    from logflow.ingest.pipeline import Outcome

__all__ = ["ConvertResult", "Engine", "convert", "convert_each", "detect", "head", "read", "schema"]

SourceLike = str | os.PathLike[str] | bytes | BinaryIO | Source | Sequence[Any]
DestinationLike = str | os.PathLike[str] | BinaryIO | Sink


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertResult:
    """What :func:`convert` did.

    *destination* is the name of what was written to, *rejects_path* that of the side file of
    rejects, ``None`` if there are none.
    """

    destination: str
    receipt: Receipt
    schema: pa.Schema
    output: SinkResult
    rejects_path: str | None
    detections: Sequence[Detection]

    def __str__(self) -> str:
        return str(self.receipt)


@dataclass(frozen=True, slots=True)
class _Options:
    """The keywords of a call, by whose they are."""

    decode: DecodeOptions
    run: RunOptions
    format: Mapping[str, Any]


class Engine:
    """Converts, reads and detects, with one set of plugins and workers.

    *plugins* is the registry to use (that of the environment if not given), *executor* an
    executor that is used and not closed (made for each call if not given).

    >>> with Engine() as engine:
    ...     engine.detect(b"a,b\\n1,2\\n").format.name
    'csv'
    """

    def __init__(
        self, *, plugins: Registry | None = None, executor: Executor | None = None
    ) -> None:
        self._registry = plugins or registry()
        self._executor = executor
        self._made: dict[tuple[str, int], Executor] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the workers that the engine made."""
        while self._made:
            self._made.popitem()[1].close()

    def convert(
        self,
        src: SourceLike,
        dst: DestinationLike,
        *,
        sink_options: Mapping[str, Any] | None = None,
        token: CancelToken | None = None,
        progress: Progress | None = None,
        **options: Any,
    ) -> ConvertResult:
        """Convert; see :func:`convert`."""
        chosen = self._options(options)
        return self._convert(
            lambda: self._found(src, chosen),
            dst,
            chosen,
            RunStarted(
                run_id=_new_run_id(),
                sources=_shown(src),
                destination=_name(dst),
                options=dict(options),
            ),
            sink_options=sink_options or {},
            token=token,
            progress=progress,
        )

    def convert_each(
        self,
        src: SourceLike,
        dst: str | os.PathLike[str],
        *,
        sink_options: Mapping[str, Any] | None = None,
        token: CancelToken | None = None,
        progress: Progress | None = None,
        **options: Any,
    ) -> list[ConvertResult]:
        """Convert one by one; see :func:`convert_each`."""
        chosen = self._options(options)
        found: list[Found] = []
        results: list[ConvertResult] = []
        failures: dict[str, LogflowError] = {}
        for source in self._sources(src):
            with _kept(failures, source.location):
                found += self._found_in(source, chosen)
        for each in found:
            self._decoder(each, chosen)  # what is wrong with its options is said at once
        paths = self._output_paths(found, os.fspath(dst), chosen.run)
        with directory(os.fspath(dst)):
            for each, (name, path) in zip(found, paths.items(), strict=True):
                started = RunStarted(
                    run_id=_new_run_id(), sources=(name,), destination=path, options=dict(options)
                )
                with _kept(failures, name):
                    result = self._convert(
                        partial(list, [each]),
                        path,
                        chosen,
                        started,
                        sink_options=sink_options or {},
                        token=token,
                        progress=_after(results, progress),
                    )
                    results.append(result)
        if failures:
            raise PartialError(results, failures)
        if not results:
            raise SourceNotFoundError("there is nothing to read")
        return results

    def _output_paths(self, found: Sequence[Found], dst: str, run: RunOptions) -> dict[str, str]:
        """Where the output of each input goes, by the input's name; all of it can be written."""
        if not run.to:
            raise OptionError(
                "which format to write is not told: say it with --to (to=)", name="to"
            )
        extension = next(iter(self._found_sink(run.to).extensions), "")
        known = [e for each in self._registry.records("decoders") for e in each.extensions]
        names = []
        for each in found:
            location, member = each.input.source.location, each.input.member
            if location.startswith("<") and not member:
                raise OptionError(f"{location} has no name that its output could get")
            name = without_codec(member or location, self._registry)
            shown = f"{location}, member {member}" if member else location
            names.append((shown, output_name(name, known, extension)))
        paths = output_paths(dst, names)
        inputs = [each.input.source.location for each in found]
        check_free(list(paths.values()), inputs, force=run.force)
        return paths

    def _convert(
        self,
        find: Callable[[], list[Found]],
        dst: DestinationLike,
        chosen: _Options,
        started: RunStarted,
        *,
        sink_options: Mapping[str, Any],
        token: CancelToken | None,
        progress: Progress | None,
    ) -> ConvertResult:
        """Convert what *find* gives, which is asked once the destination is known to be free."""
        from logflow.ingest import pipeline

        run_id = started.run_id
        errors = chosen.run.errors or ("quarantine" if _is_regular(dst) else "strict")
        record = self._sink_record(dst, chosen.run)
        observers = self._registry.observers()
        observers.tell("logflow_run_started", run=started)
        metrics = self._metrics(chosen.run)
        sinks = self._sinks(dst, record, chosen.run, sink_options, run_id)
        try:
            found = find()
            make_rejects = _rejects_maker(dst, run_id, errors, chosen.run, found)
            job = self._job(found, chosen, errors, run_id, token, progress, observers)
            with metrics.timer("logflow.convert.seconds"):
                outcome = pipeline.run(job, sinks.make, make_rejects, exact=isinstance(dst, Sink))
        except BaseException as err:
            sinks.abort()
            observers.tell("logflow_run_finished", run=_failed(run_id, err))
            raise
        if chosen.run.force and outcome.rejects_path is None and _is_path(dst):
            remove_stale_rejects(
                os.fspath(dst), keep=[each.input.source.location for each in found]
            )
        observers.tell("logflow_run_finished", run=_finished(outcome))
        _measure(metrics, outcome)
        found = [_reread(each, task) for each, task in zip(found, outcome.tasks, strict=True)]
        return ConvertResult(
            destination=started.destination,
            receipt=outcome.receipt,
            schema=outcome.schema,
            output=outcome.output,
            rejects_path=outcome.rejects_path,
            detections=[
                self._described(each, chosen) if chosen.run.dry_run else each.detection
                for each in found
            ],
        )

    def read(
        self, src: SourceLike, *, token: CancelToken | None = None, **options: Any
    ) -> pa.RecordBatchReader:
        """Read; see :func:`read`."""
        import pyarrow as pa

        from logflow.ingest.reader import decode_all

        schema_, batches = decode_all(self._reading_job(src, options, token))
        return pa.RecordBatchReader.from_batches(schema_, batches)

    def head(self, src: SourceLike, rows: int = 10, **options: Any) -> pa.Table:
        """Show the first rows; see :func:`head`."""
        from logflow.ingest.reader import first_rows

        return first_rows(self._reading_job(src, options, None), rows)

    def schema(self, src: SourceLike, **options: Any) -> dict[str, ColumnType]:
        """Find the types; see :func:`schema`."""
        from logflow.ingest.passes import with_settled_encodings
        from logflow.ingest.reader import observe_all

        return with_settled_encodings(self._reading_job(src, options, None), observe_all)

    def detect(self, src: SourceLike, *, explain: bool = False, **options: Any) -> Detection:
        """Detect; see :func:`detect`."""
        chosen = self._options(options)
        sources = self._sources(src)
        found = inspect(sources[0], self._registry, chosen.run, chosen.decode, explain=explain)[0]
        return self._described(found, chosen)

    def _described(self, found: Found, chosen: _Options) -> Detection:
        """What was found, with the dialect."""
        if found.record is None:
            return found.detection
        spec = self._decoder(found, chosen)
        decoder = self._registry.load(found.record.factory, found.record)
        made = decoder() if spec.options is None else decoder(spec.options)
        reading = Reading(found.input, CancelToken())
        members = found.detection.members
        dialect = None
        try:
            if isinstance(made, SupportsDialect):
                dialect = made.dialect(reading, chosen.decode)
            if isinstance(made, ChunkDecoder) and not members:
                members = [each for each in made.tables(reading, chosen.decode) if each]
        finally:
            reading.close()
        return replace(found.detection, dialect=dialect, members=members)

    def _options(self, options: Mapping[str, Any]) -> _Options:
        """Sort keywords into those of decoding, of the run and of the format."""
        decode, run = names(DecodeOptions), names(RunOptions)
        return _Options(
            build(DecodeOptions, {k: v for k, v in options.items() if k in decode}),
            build(RunOptions, {k: v for k, v in options.items() if k in run}),
            {k: v for k, v in options.items() if k not in decode and k not in run},
        )

    def _reading_job(
        self, src: SourceLike, options: Mapping[str, Any], token: CancelToken | None
    ) -> Job:
        chosen = self._options(options)
        found = self._found(src, chosen)
        errors = chosen.run.errors or "strict"
        run_id = _new_run_id()
        observers = self._registry.observers()
        return self._job(found, chosen, errors, run_id, token, None, observers)

    def _job(
        self,
        found: Sequence[Found],
        chosen: _Options,
        errors: str,
        run_id: str,
        token: CancelToken | None,
        progress: Progress | None,
        observers: Observers,
    ) -> Job:
        from logflow.ingest.passes import Job, Task

        limits = budget(chosen.run, chosen.decode)
        return Job(
            run_id=run_id,
            tasks=[Task(input=each.input, decoder=self._decoder(each, chosen)) for each in found],
            decode=chosen.decode,
            run=chosen.run,
            errors=errors,
            budget=limits,
            executor=self._worker_pool(chosen.run, limits.workers),
            token=token or CancelToken(),
            progress=progress,
            tell=observers.tell,
        )

    def _worker_pool(self, run: RunOptions, workers: int) -> Executor:
        if self._executor is not None:
            return self._executor
        wanted = run.executor, workers
        if wanted not in self._made:
            record = self._registry.find("executors", run.executor)
            self._made[wanted] = self._registry.load(record.factory, record)(workers=workers)
        return self._made[wanted]

    def _metrics(self, run: RunOptions) -> Metrics:
        record = self._registry.find("metrics", run.metrics)
        metrics: Metrics = self._registry.load(record.factory, record)()
        return metrics

    def _sources(self, src: SourceLike) -> list[Source]:
        """The sources that *src* stands for, in a stable order."""
        if isinstance(src, str | os.PathLike):
            return list(self._provider(os.fspath(src)).expand(os.fspath(src)))
        for record in self._registry.records("sources"):
            provider = self._registry.load(record.factory, record)()
            if isinstance(provider, SupportsObjects) and (adopted := provider.adopt(src)):
                return [adopted]
        if isinstance(src, Source):
            return [src]
        if isinstance(src, list | tuple):
            return [source for each in src for source in self._sources(each)]
        raise OptionError(
            f"nothing installed reads from a {type(src).__name__}: give a path, a glob, a list, "
            "bytes, a binary stream or a Source"
        )

    def _provider(self, location: str) -> SourceProvider:
        scheme = location.partition("://")[0] if "://" in location else ""
        record: SourceRecord = self._registry.by_scheme("sources", scheme)
        provider: SourceProvider = self._registry.load(record.factory, record)()
        return provider

    def _found(self, src: SourceLike, chosen: _Options) -> list[Found]:
        """Everything to decode; what nothing reads is an error."""
        found = [each for source in self._sources(src) for each in self._found_in(source, chosen)]
        if not found:
            raise SourceNotFoundError("there is nothing to read")
        return found

    def _found_in(self, source: Source, chosen: _Options) -> list[Found]:
        """What *source* holds, as :meth:`_found`."""
        found = inspect(source, self._registry, chosen.run, chosen.decode)
        for each in found:
            if each.record is None:
                raise unknown_format(each)
        return found

    def _decoder(self, found: Found, chosen: _Options) -> Any:
        """The decoder of an input with the format's own options."""
        from logflow.ingest.tasks import DecoderSpec

        record = found.record
        assert record is not None
        self._registry.load(record.factory, record)
        plugin = self._registry.owner(record).label
        if record.options is None:
            if chosen.format:
                raise _misplaced(next(iter(chosen.format)), (), record.name)
            return DecoderSpec(record.name, record.factory, plugin=plugin)
        cls = self._registry.load(record.options, record)
        for name in chosen.format:
            if name not in names(cls):
                raise _misplaced(name, names(cls), record.name)
        options = build(cls, chosen.format)
        return DecoderSpec(record.name, record.factory, options, plugin)

    def _sink_record(self, dst: DestinationLike, run: RunOptions) -> SinkRecord | None:
        """The format to write, by the name asked for or the destination's extension."""
        if isinstance(dst, Sink):
            return None
        if run.to:
            return self._found_sink(run.to)
        name = _name(dst)
        self._registry.check_contested("sinks", name=name)
        records: tuple[SinkRecord, ...] = self._registry.records("sinks")
        for record in records:
            if record.extensions and name.lower().endswith(record.extensions):
                return record
        known = ", ".join(record.name for record in records) or "none"
        raise UnknownFormatError(
            self._registry.missing(name=name, writing=True)
            or f"the name {name!r} tells no format to write: say it with --to (to=); "
            f"installed: {known}"
        )

    def _found_sink(self, name: str) -> SinkRecord:
        record: SinkRecord = self._registry.find("sinks", name)
        return record

    def _sinks(
        self,
        dst: DestinationLike,
        record: SinkRecord | None,
        run: RunOptions,
        sink_options: Mapping[str, Any],
        run_id: str,
    ) -> _Sinks:
        """The sinks of a run; a dry run makes the real one only to check the destination."""
        if record is None:
            assert isinstance(dst, Sink)
            return _Sinks(self._null_sink if run.dry_run else lambda: dst)
        options = build(
            self._registry.load(record.options, record),
            sink_options,
            side=f"the {record.name} sink",
        )
        factory: Callable[[Staging, Any], Sink] = self._registry.load(record.factory, record)
        sinks = _Sinks(lambda: factory(_staging(dst, run_id, run), options))
        if run.dry_run:
            sinks.abort()
            return _Sinks(self._null_sink)
        return sinks

    def _null_sink(self) -> Sink:
        """A sink that only counts."""
        record = self._found_sink("null")
        options = self._registry.load(record.options, record)()
        nowhere = StreamStaging(io.BytesIO(), "nowhere")
        sink: Sink = self._registry.load(record.factory, record)(nowhere, options)
        return sink


def _new_run_id() -> str:
    return uuid.uuid4().hex[:12]


@contextmanager
def _kept(failures: dict[str, LogflowError], name: str) -> Iterator[None]:
    """Errors that are of the input *name* alone are put into *failures*."""
    try:
        yield
    except (UsageError, Cancelled):
        raise
    except LogflowError as err:
        failures[name] = err


def _after(results: Sequence[ConvertResult], progress: Progress | None) -> Progress | None:
    """*progress* of a run that comes after others, with what those did."""
    if progress is None:
        return None
    read = sum(file.stored_bytes for each in results for file in each.receipt.files)
    rows = sum(each.receipt.written for each in results)
    rejects = sum(each.receipt.rejected for each in results)
    return lambda *more: progress(read + more[0], rows + more[1], rejects + more[2])


def _reread(found: Found, task: Task) -> Found:
    """What was found, with the encoding that the run came to."""
    if task.reread is None:
        return found
    detection = replace(found.detection, encoding=task.reread)
    return replace(found, input=task.input, detection=detection)


class _Sinks:
    """Makes the sinks of a run; the first at once, so that what is in its way is said at once."""

    def __init__(self, make: Callable[[], Sink]) -> None:
        self._make = make
        self._first: Sink | None = make()

    def make(self) -> Sink:
        """A sink that nobody else has."""
        sink, self._first = self._first, None
        return sink or self._make()

    def abort(self) -> None:
        """Let go of the first sink if it was never used."""
        if self._first is not None:
            self._first.abort()


def _staging(dst: DestinationLike, run_id: str, run: RunOptions) -> Staging:
    if run.dry_run and not _is_regular(dst):
        return StreamStaging(io.BytesIO(), "nowhere")
    if isinstance(dst, str | os.PathLike):
        return staging_for(os.fspath(dst), run_id, force=run.force)
    if not isinstance(dst, Sink) and hasattr(dst, "write"):
        return StreamStaging(dst, _name(dst))
    raise OptionError(
        f"nothing is written to a {type(dst).__name__}: give a path, a binary stream or a Sink"
    )


def _rejects_maker(
    dst: DestinationLike, run_id: str, errors: str, run: RunOptions, found: Sequence[Found]
) -> Callable[[], Staging] | None:
    """Makes the staging of the side file of rejects; raises where something is in its way."""
    if errors != "quarantine" or run.dry_run:
        return None
    if not _is_path(dst):
        raise OptionError("errors='quarantine' needs a path as destination, to put a file beside")
    path = rejects_path(os.fspath(dst))
    if any(is_same_file(path, each.input.source.location) for each in found):
        raise OptionError(f"{path} is read: its place cannot be that of the rejects of {dst}")
    if os.path.exists(path) and not run.force:
        raise DestinationExistsError(
            f"{path}, with the rejects of an earlier run, exists already: "
            "--force (force=True) replaces it"
        )
    return lambda: staging_for(path, run_id, force=run.force)


def _is_path(dst: DestinationLike) -> TypeGuard[str | os.PathLike[str]]:
    return isinstance(dst, str | os.PathLike)


def _is_regular(dst: DestinationLike) -> bool:
    """Whether *dst* is a path where a side file of rejects has a place."""
    if not isinstance(dst, str | os.PathLike):
        return False
    try:
        mode = os.stat(dst).st_mode
    except OSError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _misplaced(name: str, valid: tuple[str, ...], format_: str) -> OptionError:
    """An option that the reader does not have; says where it belongs if it belongs somewhere."""
    from logflow.options import SinkOptions

    if name in names(SinkOptions):
        return OptionError(
            f"{name!r} is an option of the writing side: --sink {name}=… (sink_options={{…}})",
            name=name,
        )
    everywhere = (*valid, *names(DecodeOptions), *names(RunOptions))
    return unknown_option(name, everywhere, side=f"reading {format_}")


def _name(thing: object) -> str:
    if isinstance(thing, str | os.PathLike):
        return os.fspath(thing)
    name = getattr(thing, "name", None)
    return name if isinstance(name, str) else f"<{type(thing).__name__}>"


def _shown(src: SourceLike) -> tuple[str, ...]:
    if isinstance(src, str | os.PathLike):
        return (os.fspath(src),)
    if isinstance(src, Sequence) and not isinstance(src, bytes):
        return tuple(map(_name, src))
    return (getattr(src, "location", None) or _name(src),)


def _measure(metrics: Metrics, outcome: Outcome) -> None:
    """Hand over the sums of a run."""
    for file in outcome.receipt.files:
        metrics.counter("logflow.records.read", file.records, format=file.format)
        metrics.counter("logflow.records.written", file.written, format=file.format)
        metrics.counter(
            "logflow.records.rejected", file.quarantined + file.dropped, format=file.format
        )
        metrics.counter("logflow.bytes.read", file.stored_bytes, format=file.format)
    metrics.counter("logflow.bytes.written", outcome.output.size)
    metrics.flush()


def _failed(run_id: str, err: BaseException) -> RunFinished:
    shown = str(err) if isinstance(err, LogflowError) else repr(err)
    return RunFinished(run_id=run_id, rows=0, rejects=0, seconds=0.0, error=shown)


def _finished(outcome: Outcome) -> RunFinished:
    receipt = outcome.receipt
    return RunFinished(
        run_id=receipt.run_id,
        rows=receipt.written,
        rejects=receipt.rejected,
        seconds=receipt.seconds,
    )


def convert(
    src: SourceLike,
    dst: DestinationLike,
    *,
    sink_options: Mapping[str, Any] | None = None,
    token: CancelToken | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> ConvertResult:
    """Convert anything that an installed plugin reads into anything that one writes.

    *src* is a path, a glob, a directory, a list of those, bytes, a binary stream or a
    :class:`~logflow.interfaces.source.Source`; *dst* a path, a binary stream or a
    :class:`~logflow.interfaces.sink.Sink`.  Format, compression, encoding, dialect and types are
    found out.  *options* are those of :class:`~logflow.options.DecodeOptions`,
    :class:`~logflow.options.RunOptions` and of the input's format; *sink_options* those of the
    output's.

    The output appears as a whole or not at all.  Records that cannot be read go to a Parquet file
    beside it (``errors="quarantine"``, the default for paths).  Raises a
    :exc:`~logflow.errors.LogflowError`; nothing was published then.

    >>> import io
    >>> result = convert(b"id,name\\n1,Ada\\n", io.BytesIO(), to="parquet")
    >>> print(result)
    2 records read = 1 written + 0 quarantined + 0 dropped + 1 skipped
    """
    with Engine() as engine:
        return engine.convert(
            src, dst, sink_options=sink_options, token=token, progress=progress, **options
        )


def convert_each(
    src: SourceLike,
    dst: str | os.PathLike[str],
    *,
    sink_options: Mapping[str, Any] | None = None,
    token: CancelToken | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> list[ConvertResult]:
    """Convert each input into an output of its own in the directory *dst*.

    Arguments are those of :func:`convert`; ``to`` has to name the format.  The directory is made
    if it is not there; what else is in it stays.  Outputs are called like the inputs:
    ``in/orders.csv.gz`` becomes ``orders.parquet``.  Types are found for each on its own.

    Formats, options and names are checked before anything is written: two inputs for one name, or
    an output that is there already (without ``force``), raise a
    :exc:`~logflow.errors.UsageError`.  Each output then appears as a whole or not at all.  An
    input that cannot be converted does not keep the others from it; in the end,
    :exc:`~logflow.errors.PartialError` tells which were converted and which not.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("a", "b"):
    ...         _ = pathlib.Path(folder, f"{name}.csv").write_text("id,name\\n1,Ada\\n")
    ...     results = convert_each(f"{folder}/*.csv", f"{folder}/out", to="parquet")
    >>> [pathlib.Path(result.destination).name for result in results]
    ['a.parquet', 'b.parquet']
    """
    with Engine() as engine:
        return engine.convert_each(
            src, dst, sink_options=sink_options, token=token, progress=progress, **options
        )


def read(
    src: SourceLike, *, token: CancelToken | None = None, **options: Any
) -> pa.RecordBatchReader:
    """A reader of Arrow batches; Polars, DuckDB and pandas take it without copies.

    Columns and types are those of all values: the input is read once before the first batch,
    unless ``typing="head"``.  Rejects stop the reader by default (``errors="strict"``).

    >>> read(b"id,name\\n1,Ada\\n").read_all().to_pylist()
    [{'id': 1, 'name': 'Ada'}]
    """
    import pyarrow as pa

    engine = Engine()
    try:
        reader = engine.read(src, token=token, **options)
    except BaseException:
        engine.close()
        raise
    return pa.RecordBatchReader.from_batches(reader.schema, _closing(engine, reader))


def _closing(engine: Engine, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches of *reader*, whose engine is closed with it."""
    with engine:
        yield from reader


def head(src: SourceLike, rows: int = 10, **options: Any) -> pa.Table:
    """The first *rows* rows, with the types of just these rows.

    >>> head(b"id,name\\n1,Ada\\n2,Bob\\n", 1).to_pylist()
    [{'id': 1, 'name': 'Ada'}]
    """
    with Engine() as engine:
        return engine.head(src, rows, **options)


def schema(src: SourceLike, **options: Any) -> dict[str, ColumnType]:
    """The type of each column by all its values, with the reason.

    >>> schema(b"id,n\\n1,1\\n007,2\\n")["id"].reason
    "text: int64 would fit up to record 3, which has '007'"
    """
    with Engine() as engine:
        return engine.schema(src, **options)


def detect(src: SourceLike, *, explain: bool = False, **options: Any) -> Detection:
    """What *src* is: compression, format, encoding and dialect, each with score and reason.

    Of several sources, the first is looked at.  *explain* asks every plugin for its opinion.

    >>> found = detect(b"a;b\\n1;2\\n")
    >>> found.format.name, found.dialect.delimiter
    ('csv', ';')
    """
    with Engine() as engine:
        return engine.detect(src, explain=explain, **options)

"""The pure work on one chunk: observe, or decode and encode.  Runs on any worker.

A task names its decoder; a worker in another process loads only the plugin that offers it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from logflow.errors import LogflowError, PluginError
from logflow.ingest.adapters import as_chunk_decoder
from logflow.ingest.coordinates import decode
from logflow.ingest.schema.facts import merge
from logflow.ingest.stored import in_stored_bytes
from logflow.interfaces.decoder import Chunk, ChunkDecoder, Facts, Reject, Skipped
from logflow.interfaces.sink import EncodedPart, Encoder
from logflow.options import DecodeOptions

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ChunkTask", "DecoderSpec", "Done", "blaming", "work"]


@dataclass(frozen=True, slots=True)
class DecoderSpec:
    """How to make a decoder anywhere: its name, its factory and its own options.

    *plugin* is the label of the plugin that offers it, for errors.
    """

    name: str
    factory: str
    options: Any = None
    plugin: str = ""

    def make(self) -> ChunkDecoder:
        """The decoder, in the full size."""
        return _decoder(self)


@cache
def _decoder(spec: DecoderSpec) -> ChunkDecoder:
    from logflow.plugins import load_reference

    factory = load_reference(spec.factory)
    decoder = factory() if spec.options is None else factory(spec.options)
    return as_chunk_decoder(decoder, spec.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkTask:
    """One chunk and what to do with it; without a schema it is only observed."""

    chunk: Chunk
    decoder: DecoderSpec
    options: DecodeOptions
    input: int
    schema: pa.Schema | None = None
    encoder: Encoder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a task.  *batches* are there only without an encoder."""

    input: int
    index: int
    records: int
    length: int
    facts: Facts
    rows: int
    rejected: int
    rejects: Sequence[Reject] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    covered: int | None = None
    parts: Sequence[EncodedPart] = ()
    batches: Sequence[pa.RecordBatch] = ()
    drift: bool = False
    noted: Mapping[str, int] = field(default_factory=dict)
    listed: Sequence[Skipped] = ()


def work(tasks: Sequence[ChunkTask]) -> list[Done]:
    """Do consecutive tasks; their rows are encoded together, as parts of the last of them."""
    done = [_work(task) for task in tasks]
    encoder = tasks[0].encoder
    if encoder is None or any(each.drift for each in done):
        return done
    batches = [batch for each in done for batch in each.batches]
    with blaming(tasks[-1].decoder, tasks[-1].chunk.source.location):
        parts = list(encoder.encode(batches, done[-1].index))
    without = [replace(each, batches=()) for each in done]
    return [*without[:-1], replace(without[-1], parts=parts)]


def _work(task: ChunkTask) -> Done:
    with blaming(task.decoder, task.chunk.source.location):
        if task.schema is None:
            return _observe(task)
        return _decode(task, task.schema)


@contextmanager
def blaming(decoder: DecoderSpec, location: str) -> Iterator[None]:
    """Unexpected exceptions of a decoder become errors that name its plugin and the input."""
    try:
        yield
    except (LogflowError, MemoryError):
        raise
    except Exception as err:
        raise PluginError(
            f"plugin {decoder.plugin or 'unknown'}, decoder {decoder.name!r}, failed on "
            f"{location}: {err!r}: please report it to the plugin's authors"
        ) from err


def _observe(task: ChunkTask) -> Done:
    chunk = task.chunk
    seen = task.decoder.make().observe(chunk, task.options)
    return Done(
        input=task.input,
        index=chunk.index,
        records=chunk.records,
        length=chunk.length,
        facts=seen.facts,
        rows=seen.rows,
        rejected=seen.rejects,
    )


def _decode(task: ChunkTask, schema: pa.Schema) -> Done:
    chunk = task.chunk
    decoded = decode(task.decoder.make(), chunk, schema, task.options)
    facts: Facts = {}
    skipped: Counter[str] = Counter()
    noted: Counter[str] = Counter()
    for batch in decoded:
        facts = merge(facts, batch.facts)
        skipped.update(batch.skipped)
        noted.update(batch.noted)
    drift = any(batch.drift for batch in decoded)
    batches = [] if drift else [batch.batch for batch in decoded]
    rejects = [
        replace(reject, file=chunk.source.location, member=chunk.member)
        for reject in in_stored_bytes([r for batch in decoded for r in batch.rejects], chunk)
    ]
    covered = [batch.covered for batch in decoded]
    return Done(
        input=task.input,
        index=chunk.index,
        records=chunk.records,
        length=chunk.length,
        facts=facts,
        rows=sum(batch.batch.num_rows for batch in decoded),
        rejected=len(rejects),
        rejects=rejects,
        skipped=dict(skipped),
        covered=None if None in covered else sum(filter(None, covered)),
        batches=batches,
        drift=drift,
        noted=dict(noted),
        listed=[one for batch in decoded for one in batch.listed],
    )

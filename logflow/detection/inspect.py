"""Looks at the head of a source and says what it is: wrapper by wrapper, then the vote."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from logflow.detection.compression import find_named, find_wrapper
from logflow.detection.encoding import as_utf8, find_encoding
from logflow.detection.findings import Detection, Finding
from logflow.detection.vote import elect, has_verdict, vote
from logflow.errors import OptionError, SourceNotFoundError, UnknownFormatError
from logflow.ingest.reading import CodecSource, Input, naming, normal_name
from logflow.interfaces.source import Source, SupportsRanges
from logflow.options import DecodeOptions, RunOptions
from logflow.plugins import Registry
from logflow.records import ArchiveRecord, DecoderRecord, Peek

__all__ = ["Found", "inspect", "unknown_format", "without_codec"]

HEAD = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One input, ready to be decoded, with what was found out about it.

    *record* is ``None`` where no plugin reads it; ``detection.problem`` then says what to do.
    """

    input: Input
    detection: Detection
    record: DecoderRecord | None


def inspect(
    source: Source,
    registry: Registry,
    run: RunOptions,
    decode: DecodeOptions,
    *,
    explain: bool = False,
) -> list[Found]:
    """What *source* holds: one input, or the members of an archive that ``run.member`` matches."""
    codec, compression = _codec_of(source, source.location, registry)
    inner = CodecSource(source, codec) if codec else source
    with naming(source):
        wrapper = find_wrapper(_head(inner)[0], registry.records("archives"))
    if wrapper is None or _is_format(inner, wrapper[0], registry, run):
        if run.member:
            raise OptionError(f"{source.location} is no archive: it has no members to choose from")
        input_ = Input(
            source=source,
            open_codec=codec,
            compression=compression.name if compression else None,
        )
        return [_inspect_input(input_, compression, registry, run, decode, explain=explain)]
    record, archive = wrapper
    return list(_members(inner, record, archive, compression, registry, run, decode, explain))


def _is_format(source: Source, archive: ArchiveRecord, registry: Registry, run: RunOptions) -> bool:
    """Whether an archive is a file of a format, as a workbook is, or of the one asked for."""
    records = [each for each in registry.records("decoders") if each.archive == archive.name]
    if run.format:
        return registry.find("decoders", run.format) in records
    if not records or run.member:
        return False
    peek = _peek(source, source.location, registry)
    return any(has_verdict(each, peek, registry) for each in records)


def _members(
    source: Source,
    record: ArchiveRecord,
    archive: Finding,
    compression: Finding | None,
    registry: Registry,
    run: RunOptions,
    decode: DecodeOptions,
    explain: bool,
) -> Iterator[Found]:
    members = list(registry.load(record.factory, record)().members(source))
    names = tuple(name for name, _ in members)
    chosen = [(n, s) for n, s in members if fnmatch.fnmatch(n, run.member or "*")]
    if not chosen:
        raise SourceNotFoundError(
            f"{source.location}: no member matches {run.member or '*'!r}; the members are "
            + (", ".join(names[:10]) or "none")
        )
    for name, member in chosen:
        codec, inside = _codec_of(member, name, registry)
        input_ = Input(
            source=member,
            open_codec=codec,
            compression=inside.name if inside else record.name,
            member=name,
        )
        found = _inspect_input(
            input_, inside or compression, registry, run, decode, explain=explain
        )
        detection = replace(found.detection, archive=archive, members=names)
        yield replace(found, detection=detection)


def _inspect_input(
    input_: Input,
    compression: Finding | None,
    registry: Registry,
    run: RunOptions,
    decode: DecodeOptions,
    *,
    explain: bool,
) -> Found:
    source = input_.source
    name = input_.member or source.location
    with naming(source, input_.member):
        peek = _peek(input_.decompressed, name, registry)
    encoding = _encoding(peek.head, peek.complete, decode)
    if encoding:
        text = as_utf8(peek.head, encoding.name, complete=peek.complete)
        peek = replace(peek, text=text)
    if not run.format:
        registry.check_contested("decoders", name=peek.name, head=peek.head)
    ballots = [] if run.format and not explain else vote(peek, registry, explain=explain)
    record, found = _decide(ballots, name, registry, run)
    detection = Detection(
        location=source.location,
        size=peek.size,
        compression=compression,
        format=found,
        encoding=encoding if record is None or record.text else None,
        candidates=[ballot.candidate for ballot in ballots],
        problem=None if record else _problem(peek, registry),
    )
    is_text = record is not None and record.text
    # A text format that was asked for is read as UTF-8 even where nothing looks like text.
    name_of_encoding = (encoding.name if encoding else "utf-8") if is_text else None
    return Found(
        input=replace(input_, encoding=name_of_encoding), detection=detection, record=record
    )


def _peek(source: Source, name: str, registry: Registry) -> Peek:
    """What there is to see of a source that is not known to be text."""
    head, complete = _head(source)
    return Peek(
        name=without_codec(name, registry),
        size=source.identity().size,
        head=head,
        tail=_tail(source),
        complete=complete,
    )


def _decide(
    ballots: list[Any], name: str, registry: Registry, run: RunOptions
) -> tuple[DecoderRecord | None, Finding | None]:
    if run.format:
        record: DecoderRecord = registry.find("decoders", run.format)
        return record, Finding(name=record.name, score=1.0, reason="asked for")
    winner = elect(ballots, name)
    return (winner[0].record, winner[1]) if winner else (None, None)


def _encoding(head: bytes, complete: bool, decode: DecodeOptions) -> Finding | None:
    if decode.encoding:
        return Finding(name=normal_name(decode.encoding, head), score=1.0, reason="asked for")
    return find_encoding(head, complete=complete)


def _problem(peek: Peek, registry: Registry) -> str:
    if missing := registry.missing(name=peek.name, head=peek.head):
        return missing
    known = ", ".join(record.name for record in registry.records("decoders")) or "none"
    if not peek.head:
        return f"{peek.name} is empty and its name tells no format: name one with --format"
    return (
        f"{peek.name} is of no format that is installed (installed: {known}): "
        "name one with --format, or install the plugin that reads it"
    )


def unknown_format(found: Found) -> UnknownFormatError:
    """The error for an input that nothing reads."""
    return UnknownFormatError(found.detection.problem)


def _codec_of(source: Source, name: str, registry: Registry) -> tuple[Any, Finding | None]:
    codecs = registry.records("codecs")
    wrapper = find_wrapper(_head(source)[0], codecs) or find_named(name, codecs)
    if wrapper is None:
        return None, None
    record, finding = wrapper
    return partial(_open_codec, registry.load(record.factory, record)), finding


def _open_codec(factory: Any, stream: Any) -> Any:
    """Picklable, unlike a codec's bound method might be."""
    return factory().open(stream)


def without_codec(name: str, registry: Registry) -> str:
    """``orders.csv`` for ``orders.csv.gz``."""
    for record in registry.records("codecs"):
        for extension in record.extensions:
            if name.lower().endswith(extension):
                return name[: -len(extension)]
    return name


def _head(source: Source) -> tuple[bytes, bool]:
    """The first bytes, and whether they are all."""
    with source.open() as stream:
        parts: list[bytes] = []
        size = 0
        while size <= HEAD and (part := stream.read(HEAD + 1 - size)):
            parts.append(part)
            size += len(part)
    head = b"".join(parts)
    return head[:HEAD], len(head) <= HEAD


def _tail(source: Source) -> bytes | None:
    size = source.identity().size
    if size is None or not isinstance(source, SupportsRanges):
        return None
    with source.open_range(max(0, size - HEAD)) as stream:
        return stream.read(HEAD)

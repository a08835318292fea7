"""The built-in plugin: what needs nothing beyond the core and the standard library.

It declares its parts as every plugin does and has no private door.
"""

from __future__ import annotations

from collections.abc import Iterator

from logflow.hookspecs import hookimpl
from logflow.records import (
    ArchiveRecord,
    AuthenticatorRecord,
    AuthorizerRecord,
    CatalogRecord,
    CodecRecord,
    ExecutorRecord,
    Magic,
    MetricsRecord,
    SinkRecord,
    SourceRecord,
    StorageRecord,
)


@hookimpl
def logflow_sources() -> Iterator[SourceRecord]:
    """Files and standard input."""
    yield SourceRecord(
        name="file",
        factory="logflow.defaults.sources:FileProvider",
        description="Files, globs, directories and file:// URLs; - is standard input.",
        schemes=("", "file"),
    )


@hookimpl
def logflow_storages() -> Iterator[StorageRecord]:
    """A directory, or memory."""
    yield StorageRecord(
        name="file",
        factory="logflow.defaults.storage:LocalStorage",
        description="A directory of this machine.",
        schemes=("", "file"),
    )
    yield StorageRecord(
        name="memory",
        factory="logflow.defaults.storage:MemoryStorage",
        description="The memory of this process, each storage its own.",
        schemes=("memory",),
    )


@hookimpl
def logflow_codecs() -> Iterator[CodecRecord]:
    """The compressions of the standard library."""
    yield CodecRecord(
        name="gzip",
        factory="logflow.defaults.codecs:GzipCodec",
        description="Gzip, of any number of members.",
        extensions=(".gz", ".gzip", ".tgz"),
        magic=(Magic(b"\x1f\x8b\x08"),),
    )
    yield CodecRecord(
        name="bzip2",
        factory="logflow.defaults.codecs:Bzip2Codec",
        description="Bzip2, of any number of members.",
        extensions=(".bz2", ".bz", ".tbz2", ".tbz"),
        # The marks of a block and of the end: "BZh", which comes first, may well start a text.
        magic=(Magic(b"1AY&SY", offset=4), Magic(b"\x17rE8P\x90", offset=4)),
    )
    yield CodecRecord(
        name="xz",
        factory="logflow.defaults.codecs:XzCodec",
        description="Xz and .lzma, of any number of members.",
        extensions=(".xz", ".lzma", ".txz"),
        magic=(Magic(b"\xfd7zXZ\x00"), Magic(b"]\x00\x00")),
    )


@hookimpl
def logflow_archives() -> Iterator[ArchiveRecord]:
    """Zip and tar."""
    yield ArchiveRecord(
        name="zip",
        factory="logflow.defaults.archives:ZipArchive",
        description="Zip files; stored, deflated and bzip2 members.",
        extensions=(".zip",),
        magic=(Magic(b"PK\x03\x04"), Magic(b"PK\x05\x06")),
    )
    yield ArchiveRecord(
        name="tar",
        factory="logflow.defaults.archives:TarArchive",
        description="Tar archives, themselves compressed or not.",
        extensions=(".tar", ".tgz", ".tbz2", ".tbz", ".txz"),
        magic=(Magic(b"ustar", offset=257),),
    )


@hookimpl
def logflow_sinks() -> Iterator[SinkRecord]:
    """A sink that writes nothing."""
    yield SinkRecord(
        name="null",
        factory="logflow.defaults.sinks:NullSink",
        description="Counts the rows and writes nothing.",
    )


@hookimpl
def logflow_executors() -> Iterator[ExecutorRecord]:
    """Threads and processes."""
    yield ExecutorRecord(
        name="threads",
        factory="logflow.defaults.executors:ThreadExecutor",
        description="Threads of this process.",
    )
    yield ExecutorRecord(
        name="processes",
        factory="logflow.defaults.processes:ProcessExecutor",
        description="Processes of this machine.",
    )


@hookimpl
def logflow_catalogs() -> Iterator[CatalogRecord]:
    """A catalog in memory."""
    yield CatalogRecord(
        name="memory",
        factory="logflow.defaults.catalog:MemoryCatalog",
        description="Tables that live as long as this process.",
    )


@hookimpl
def logflow_authenticators() -> Iterator[AuthenticatorRecord]:
    """Nobody, or whoever has a key."""
    yield AuthenticatorRecord(
        name="none",
        factory="logflow.defaults.auth:NoAuthenticator",
        description="Everybody is anonymous.",
    )
    yield AuthenticatorRecord(
        name="api-key",
        factory="logflow.defaults.auth:ApiKeyAuthenticator",
        description="A secret in X-Api-Key or a bearer token.",
    )


@hookimpl
def logflow_authorizers() -> Iterator[AuthorizerRecord]:
    """No limits."""
    yield AuthorizerRecord(
        name="allow-all",
        factory="logflow.defaults.auth:AllowAll",
        description="Everybody may do everything.",
    )


@hookimpl
def logflow_metrics() -> Iterator[MetricsRecord]:
    """Nowhere, or the log."""
    yield MetricsRecord(
        name="none",
        factory="logflow.defaults.metrics:NoMetrics",
        description="Measurements are forgotten.",
    )
    yield MetricsRecord(
        name="log",
        factory="logflow.defaults.metrics:LogMetrics",
        description="JSON lines to the logger logflow.metrics.",
    )

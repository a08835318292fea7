"""What a plugin may offer logflow: one hook for each kind of part, and the observers.

A hook only *declares*: it returns frozen records, opens no file, no socket and no heavy
library.  The core imports ``record.factory`` when it is first needed.  All hooks of the first
kind are asked once, in the order of the plugins' names, and that order never decides anything:
one name offered by two plugins raises :exc:`~logflow.errors.PluginConflictError`.

Observers are told what happens, on the thread that drives the run: be quick.  One that raises
is reported once and not told again during that run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from logflow.interfaces.decoder import Reject
    from logflow.records import (
        ArchiveRecord,
        AuthenticatorRecord,
        AuthorizerRecord,
        BatchStats,
        CatalogRecord,
        CodecRecord,
        CommandRecord,
        DecoderRecord,
        ExecutorRecord,
        MetricsRecord,
        RunFinished,
        RunStarted,
        SinkRecord,
        SourceRecord,
        StorageRecord,
    )

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("logflow")
hookimpl = pluggy.HookimplMarker("logflow")


@hookspec
def logflow_decoders() -> Iterable[DecoderRecord]:  # type: ignore[empty-body]
    """Offer formats that can be read."""


@hookspec
def logflow_sinks() -> Iterable[SinkRecord]:  # type: ignore[empty-body]
    """Offer formats that can be written."""


@hookspec
def logflow_sources() -> Iterable[SourceRecord]:  # type: ignore[empty-body]
    """Offer places to read from."""


@hookspec
def logflow_codecs() -> Iterable[CodecRecord]:  # type: ignore[empty-body]
    """Offer compressions that can be undone."""


@hookspec
def logflow_archives() -> Iterable[ArchiveRecord]:  # type: ignore[empty-body]
    """Offer archives whose members can be read."""


@hookspec
def logflow_storages() -> Iterable[StorageRecord]:  # type: ignore[empty-body]
    """Offer places to keep outputs in."""


@hookspec
def logflow_executors() -> Iterable[ExecutorRecord]:  # type: ignore[empty-body]
    """Offer ways to run tasks."""


@hookspec
def logflow_catalogs() -> Iterable[CatalogRecord]:  # type: ignore[empty-body]
    """Offer catalogs of tables.  Provisional."""


@hookspec
def logflow_authenticators() -> Iterable[AuthenticatorRecord]:  # type: ignore[empty-body]
    """Offer ways to prove who asks.  Provisional."""


@hookspec
def logflow_authorizers() -> Iterable[AuthorizerRecord]:  # type: ignore[empty-body]
    """Offer ways to decide who may do what.  Provisional."""


@hookspec
def logflow_metrics() -> Iterable[MetricsRecord]:  # type: ignore[empty-body]
    """Offer places for measurements.  Provisional."""


@hookspec
def logflow_commands() -> Iterable[CommandRecord]:  # type: ignore[empty-body]
    """Offer commands of the ``logflow`` program."""


@hookspec
def logflow_hookspecs() -> Iterable[Any]:  # type: ignore[empty-body]
    """Offer modules of further hook specifications, marked with :data:`hookspec`.

    They are added before any other hook is asked, so that plugins can implement hooks of other
    plugins.
    """


@hookspec
def logflow_run_started(run: RunStarted) -> None:
    """Observe that a run starts."""


@hookspec
def logflow_batch_done(stats: BatchStats) -> None:
    """Observe that the rows of one chunk were written."""


@hookspec
def logflow_record_rejected(reject: Reject) -> None:
    """Observe one reject, in the order of the input, from the pass that is published."""


@hookspec
def logflow_run_finished(run: RunFinished) -> None:
    """Observe that a run ended, well or not."""

"""logflow: files of every format, often damaged, into tables that you can trust.

>>> import logflow
>>> logflow.read(b"id;name\\n1;Ada\\n").read_all().to_pylist()
[{'id': 1, 'name': 'Ada'}]

Names are imported when they are first used: ``import logflow`` itself is a matter of
milliseconds and loads no pyarrow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from logflow.version import __version__

if TYPE_CHECKING:
    from logflow.engine import (
        ConvertResult,
        Engine,
        convert,
        convert_each,
        detect,
        head,
        read,
        schema,
    )
    from logflow.errors import DecodeError, LogflowError, PartialError
    from logflow.hookspecs import hookimpl
    from logflow.ingest.lines import text_lines
    from logflow.ingest.receipt import Receipt
    from logflow.ingest.schema.text import TextColumn, decode_columns, observe_columns
    from logflow.interfaces.cancel import CancelToken
    from logflow.interfaces.decoder import Malformed, Position, Reject
    from logflow.records import DecoderRecord, Level, Magic, Peek, SinkRecord, Verdict

_HOMES = {
    "CancelToken": "logflow.interfaces.cancel",
    "ConvertResult": "logflow.engine",
    "DecodeError": "logflow.errors",
    "DecoderRecord": "logflow.records",
    "Engine": "logflow.engine",
    "Level": "logflow.records",
    "LogflowError": "logflow.errors",
    "PartialError": "logflow.errors",
    "Magic": "logflow.records",
    "Malformed": "logflow.interfaces.decoder",
    "Peek": "logflow.records",
    "Position": "logflow.interfaces.decoder",
    "Receipt": "logflow.ingest.receipt",
    "Reject": "logflow.interfaces.decoder",
    "SinkRecord": "logflow.records",
    "TextColumn": "logflow.ingest.schema.text",
    "Verdict": "logflow.records",
    "convert": "logflow.engine",
    "convert_each": "logflow.engine",
    "decode_columns": "logflow.ingest.schema.text",
    "detect": "logflow.engine",
    "head": "logflow.engine",
    "hookimpl": "logflow.hookspecs",
    "observe_columns": "logflow.ingest.schema.text",
    "read": "logflow.engine",
    "schema": "logflow.engine",
    "text_lines": "logflow.ingest.lines",
}

__all__ = [
    "CancelToken",
    "ConvertResult",
    "DecodeError",
    "DecoderRecord",
    "Engine",
    "Level",
    "LogflowError",
    "Magic",
    "Malformed",
    "PartialError",
    "Peek",
    "Position",
    "Receipt",
    "Reject",
    "SinkRecord",
    "TextColumn",
    "Verdict",
    "__version__",
    "convert",
    "convert_each",
    "decode_columns",
    "detect",
    "head",
    "hookimpl",
    "observe_columns",
    "read",
    "schema",
    "text_lines",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'logflow' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

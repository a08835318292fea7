"""Reading by another schema than the file was written with, by fastavro's schema resolution."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from logflow.errors import OptionError, SchemaError
from logflow.ingest.schema.json_text import is_json_text
from logflow_avro.codecs import BlockError
from logflow_avro.schema import Compiled

__all__ = ["Resolver", "reader_schema"]


def reader_schema(given: str) -> Any:
    """The schema that is given as JSON, or as the path of a file with it.

    Raises :exc:`~logflow.errors.OptionError` for what is neither.
    """
    try:
        is_json = given.lstrip().startswith(("{", "[", '"'))
        text = given if is_json else Path(given).read_text("utf-8")
        return json.loads(text)
    except (OSError, ValueError) as err:
        raise OptionError(
            f"reader_schema is {given[:80]!r}; expected JSON or the path of a file with it: {err}",
            name="reader_schema",
        ) from err


@dataclass(slots=True)
class Resolver:
    """Reads records that were *written* with one schema as another one has them."""

    written: Any
    read: Any
    columns: Compiled

    def rows(self, data: Any, records: int) -> list[dict[str, Any]]:
        """The records of a block.

        Raises :exc:`~logflow.errors.SchemaError` where the schemas do not go together, and
        ``BlockError`` for a damaged block.
        """
        import fastavro
        from fastavro.read import SchemaResolutionError

        stream = io.BytesIO(data)
        rows = []
        try:
            for _ in range(records):
                row: Any = fastavro.schemaless_reader(stream, self.written, self.read)
                rows.append(row if isinstance(row, dict) else {"value": row})
        except SchemaResolutionError as err:
            raise SchemaError(f"reader_schema does not fit the file: {err}") from err
        except Exception as err:  # whatever it meets in damaged bytes
            raise BlockError(f"expected records of the schema: {err!r}") from err
        return rows

    def batch(self, rows: list[dict[str, Any]]) -> pa.RecordBatch:
        """Rows as Arrow has them."""
        fields = [each.typed.as_field(each.name) for each in self.columns.fields]
        arrays = [pa.array([_plain(row[f.name], f) for row in rows], f.type) for f in fields]
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _plain(value: Any, each: pa.Field) -> Any:
    """A value of fastavro's as Arrow's field takes it."""
    if value is not None and is_json_text(each):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value) if isinstance(value, uuid.UUID) else value

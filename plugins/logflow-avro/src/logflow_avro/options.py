"""The options of Avro."""

from __future__ import annotations

from dataclasses import dataclass

from logflow.options import option

__all__ = ["AvroOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AvroOptions:
    """How container files are read."""

    reader_schema: str | None = option(
        None,
        "A schema to read by, as JSON or the path of a file of it: its fields, defaults, aliases "
        "and wider types, by the rules of schema resolution.",
    )
    max_block_bytes: int = option(
        512 << 20,
        "Bytes of a block, compressed or not, which memory has to hold; a larger one is damage.",
        minimum=1 << 10,
        unit="bytes",
    )

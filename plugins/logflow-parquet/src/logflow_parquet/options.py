"""What a Parquet file can be told to be, beyond what all formats share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logflow.options import SinkOptions, option

__all__ = ["NEWEST", "ParquetOptions"]

NEWEST = "2.6"
"""The version of the format whose types are those that :mod:`logflow_parquet.layout` writes."""


@dataclass(frozen=True, kw_only=True)
class ParquetOptions(SinkOptions):
    """How Parquet is written; compression is snappy if not said otherwise."""

    version: Literal["1.0", "2.4", "2.6"] = option(
        NEWEST, "The oldest version of the format whose readers know all types of the file."
    )
    bloom_filters: tuple[str, ...] = option(
        (),
        "Columns that get Bloom filters, by which readers skip row groups without a value; "
        "not for booleans and floating-point numbers.",
    )
    partition_bytes: int = option(
        64 << 20,
        "Arrow bytes that wait for full row groups, in all partitions together; with more, the "
        "largest partition is written.",
        minimum=0,
        unit="bytes",
    )
    open_files: int = option(
        256,
        "Files written at the same time, at most; with more partitions than that, a partition may "
        "get several files.",
        minimum=1,
    )

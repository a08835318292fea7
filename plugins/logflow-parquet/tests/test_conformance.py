"""The plugin keeps the rules of the contract."""

from __future__ import annotations

import io
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from logflow.testing import DecoderConformance, SinkConformance

ROWS: list[dict[str, Any]] = [
    {"id": 1, "text": "a", "real": 0.5, "list": [1, None]},
    {"id": None, "text": "", "real": None, "list": None},
    {"id": 3, "text": None, "real": -0.0, "list": []},
]


def parquet(row_group_size: int, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), out, row_group_size=row_group_size, **options)
    return out.getvalue()


class TestDecoder(DecoderConformance):
    name = "parquet"
    empty_is_valid = False
    valid: ClassVar = {
        "one row group": (parquet(10), ROWS),
        "a row group each": (parquet(1, write_page_index=True), ROWS),
        "no schema of Arrow": (parquet(2, store_schema=False, compression="zstd"), ROWS),
    }
    not_mine = (b"", b"PK\x03\x04", b"PAR", b"id,text\n1,a\n", b"ARROW1\0\0", b"Obj\x01")


class TestSink(SinkConformance):
    name = "parquet"

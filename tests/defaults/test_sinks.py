from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
import xxhash

from logflow.defaults.sinks import NullSink
from logflow.interfaces.sink import Encoder, Sink
from logflow.options import SinkOptions


@pytest.fixture
def sink() -> NullSink:
    return NullSink(None, SinkOptions())  # type: ignore[arg-type]  # it needs no staging


def batch(rows: int) -> pa.RecordBatch:
    return pa.record_batch({"id": list(range(rows))}, pa.schema([("id", pa.int64())]))


def test_protocols(sink: NullSink) -> None:
    assert isinstance(sink, Sink)
    assert isinstance(sink.encoder(batch(0).schema), Encoder)


def test_rows_are_counted_by_table(sink: NullSink) -> None:
    for table, batches in [("a", [batch(3), batch(4)]), ("b", []), (None, [batch(0)])]:
        encoder = pickle.loads(pickle.dumps(sink.encoder(batch(0).schema, table)))
        for part in encoder.encode(batches, 5):
            assert (part.index, part.size, part.data, part.table) == (5, 0, b"", table)
            sink.write(pickle.loads(pickle.dumps(part)))
    result = sink.close({})
    sink.commit()
    assert result.rows_by_table == {"a": 7, "b": 0, None: 0}
    assert {(file.path, file.size) for file in result.files} == {("", 0)}
    assert {file.checksum for file in result.files} == {
        "xxh3_128:" + xxhash.xxh3_128_hexdigest(b"")
    }


def test_abort(sink: NullSink) -> None:
    sink.encoder(batch(0).schema)
    sink.abort()
    sink.abort()
    assert sink.close({}).rows == 0  # nothing was staged, which would have failed here

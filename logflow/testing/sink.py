"""The conformance kit for sinks: rules S1 to S8 of the plugin contract."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from logflow.engine import convert, read
from logflow.errors import LogflowError, OptionError
from logflow.ingest.publish import staging_for
from logflow.interfaces.sink import Sink
from logflow.options import build
from logflow.plugins import registry
from logflow.records import SinkRecord

__all__ = ["SinkConformance"]


class SinkConformance:
    """Subclass it in a plugin's tests; *name* is the format, as the plugin's record names it.

    The format must be readable by an installed decoder of the same name, *reads_back* unset
    otherwise.  *types* are columns of Arrow types that the format keeps as they are.
    """

    name: ClassVar[str]
    reads_back: ClassVar[bool] = True
    table: ClassVar[pa.Table] = pa.table(
        {
            "id": pa.array([1, None, 3], pa.int64()),
            "text": pa.array(["a", "", None]),
            "real": pa.array([0.1, -0.0, 1e308]),
            "yes": pa.array([True, None, False]),
        }
    )

    @property
    def record(self) -> SinkRecord:
        record = registry().find("sinks", self.name)
        assert isinstance(record, SinkRecord)
        return record

    def make(self, destination: Path | str, *, force: bool = False, **options: Any) -> Sink:
        """A sink for *destination*."""
        cls = registry().load(self.record.options, self.record)
        factory = registry().load(self.record.factory, self.record)
        staging = staging_for(str(destination), "kit", force=force)
        sink = factory(staging, build(cls, options))
        assert isinstance(sink, Sink)
        return sink

    def write(self, sink: Sink, table: pa.Table, rows: int = 2) -> int:
        """Write *table*, *rows* at a time; gives the rows that the sink counted."""
        encoder = pickle.loads(pickle.dumps(sink.encoder(table.schema)))
        for index, batch in enumerate(table.to_batches(max_chunksize=rows)):
            for part in encoder.encode([batch], index):
                sink.write(pickle.loads(pickle.dumps(part)))
        return sink.close({"key": "value"}).rows

    def back(self, path: Path) -> pa.Table:
        return read(path, format=self.name).read_all()

    def test_s1_round_trip(self, tmp_path: Path) -> None:
        """S1: what is written reads back equal, in order, with nulls and awkward values."""
        sink = self.make(tmp_path / "out")
        assert self.write(sink, self.table) == self.table.num_rows
        sink.commit()
        if self.reads_back:
            assert self.back(tmp_path / "out").to_pylist() == self.table.to_pylist()

    def test_s2_nothing_before_commit(self, tmp_path: Path) -> None:
        """S2: the destination does not exist before ``commit``, and is whole after it."""
        sink = self.make(tmp_path / "out")
        self.write(sink, self.table)
        assert not (tmp_path / "out").exists()
        sink.commit()
        assert (tmp_path / "out").exists()
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_s3_abort_leaves_nothing(self, tmp_path: Path) -> None:
        """S3: ``abort`` removes what was staged and leaves an existing destination as it was."""
        (tmp_path / "out").write_bytes(b"old")
        sink = self.make(tmp_path / "out", force=True)
        self.write(sink, self.table)
        sink.abort()
        assert (tmp_path / "out").read_bytes() == b"old"
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_s4_no_rows(self, tmp_path: Path) -> None:
        """S4: without rows the output is still a valid file of the schema."""
        sink = self.make(tmp_path / "out")
        sink.encoder(self.table.schema)
        assert sink.close({}).rows == 0
        sink.commit()
        if self.reads_back:
            assert self.back(tmp_path / "out").column_names == self.table.column_names

    def test_s5_encoding_is_pure(self, tmp_path: Path) -> None:
        """S5: encoding the same rows twice gives the same parts."""
        sink = self.make(tmp_path / "out")
        encoder = sink.encoder(self.table.schema)
        batches = self.table.to_batches()
        first, second = (pickle.dumps(list(encoder.encode(batches, 0))) for _ in "12")
        sink.abort()
        assert first == second

    def test_s6_a_stream_gets_all_or_nothing(self) -> None:
        """S6: a stream as destination receives nothing of a run that fails."""
        stream = io.BytesIO()
        with pytest.raises(LogflowError):
            convert(b"a,b\n1,2\n1,2,3\n", stream, to=self.name, format="csv", errors="strict")
        assert stream.getvalue() == b""

    def test_s7_unknown_options(self, tmp_path: Path) -> None:
        """S7: an option that is not there is an error that names the valid ones."""
        with pytest.raises(OptionError, match="no_such_option"):
            self.make(tmp_path / "out", no_such_option=1)

    def test_s8_rerun_gives_the_same(self, tmp_path: Path) -> None:
        """S8: the same rows written again over the output give the same bytes."""
        images = []
        for _ in range(2):
            sink = self.make(tmp_path / "out", force=True)
            self.write(sink, self.table)
            sink.commit()
            images.append((tmp_path / "out").read_bytes())
        assert images[0] == images[1]

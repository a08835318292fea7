"""The conformance kit for decoders: rules D1 to D14 of the plugin contract."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logflow.engine import Engine, convert, read
from logflow.errors import DataError, DecodeError, LimitError, OptionError
from logflow.plugins import registry
from logflow.records import DecoderRecord, Peek, Verdict
from logflow.testing.sources import SampleSource

__all__ = ["DecoderConformance"]

Rows = list[dict[str, Any]]
RELAXED = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)


class DecoderConformance:
    """Subclass it in a plugin's tests, and pytest checks every rule of the contract.

    * *name*: the format, as the plugin's record names it.
    * *valid*: inputs by title, each with the rows (lists of dicts) that it must give.
    * *broken*: inputs by title with at least one record, or more, that cannot be read.
    * *not_mine*: inputs that detection must not take for this format.
    * *empty_is_valid*: whether no bytes at all are a valid input without rows.
    * *options*: options of ``read`` for all samples.
    """

    name: ClassVar[str]
    valid: ClassVar[Mapping[str, tuple[bytes, Rows]]]
    broken: ClassVar[Mapping[str, bytes]] = {}
    not_mine: ClassVar[Sequence[bytes]] = ()
    empty_is_valid: ClassVar[bool] = True
    options: ClassVar[Mapping[str, Any]] = {}

    @property
    def record(self) -> DecoderRecord:
        record = registry().find("decoders", self.name)
        assert isinstance(record, DecoderRecord)
        return record

    def source(self, data: bytes, step: int | None = None) -> SampleSource:
        extension = self.record.extensions[0] if self.record.extensions else ""
        return SampleSource(data, f"sample{extension}", step)

    def rows(self, data: bytes, step: int | None = None, **options: Any) -> Rows:
        given_ = {"format": self.name, **self.options, **options}
        rows: Rows = read(self.source(data, step), **given_).read_all().to_pylist()
        return rows

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Parametrize by the samples of the subclass."""
        for argument in ("valid", "broken"):
            title = f"{argument}_title"
            if title in metafunc.fixturenames:
                metafunc.parametrize(title, sorted(getattr(self, argument)))

    def test_d1_declaring_is_light(self) -> None:
        """D1: importing the plugin loads neither pyarrow nor any other heavy library."""
        module = registry().owner(self.record).module
        heavy = ["pyarrow", "numpy", "pandas", "polars", "duckdb", "lxml", "openpyxl", "fastavro"]
        code = f"import sys, {module}; sys.exit(' '.join(set({heavy}) & set(sys.modules)) or 0)"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr

    @given(head=st.binary(max_size=300))
    @RELAXED
    def test_d2_sniffing_is_total(self, head: bytes) -> None:
        """D2: ``sniff`` takes any bytes and gives a verdict or nothing, never an exception."""
        if self.record.sniff is None:
            assert self.record.magic or self.record.extensions
            return
        sniff = registry().load(self.record.sniff, self.record)
        samples = [data for data, _ in self.valid.values()]
        for data in (head, *(sample[: len(head)] + head for sample in samples)):
            verdict = sniff(Peek(name="sample", size=None, head=data, text=data))
            assert verdict is None or isinstance(verdict, Verdict)

    def test_d3_own_samples_are_found(self, valid_title: str) -> None:
        """D3: a valid sample under the format's name is detected as the format."""
        data, _ = self.valid[valid_title]
        with Engine() as engine:
            found = engine.detect(self.source(data))
        assert found.format is not None
        assert found.format.name == self.name

    def test_d3_others_are_left_alone(self) -> None:
        """D3: what is not of the format is not taken for it."""
        with Engine() as engine:
            for data in self.not_mine:
                with suppress(DataError):  # refused as what it is not
                    found = engine.detect(SampleSource(data)).format
                    assert found is None or found.name != self.name, data[:60]

    def test_d4_values_and_types(self, valid_title: str) -> None:
        """D4: exactly the expected rows, values and types."""
        data, rows = self.valid[valid_title]
        found = self.rows(data)
        assert found == rows
        assert [list(map(type, row.values())) for row in found] == [
            list(map(type, row.values())) for row in rows
        ]

    @pytest.mark.parametrize("step", [1, 3, 17])
    def test_d5_read_size_does_not_matter(self, valid_title: str, step: int) -> None:
        """D5: streams that give few bytes a read lead to the same rows."""
        data, rows = self.valid[valid_title]
        assert self.rows(data, step) == rows

    @pytest.mark.parametrize("chunk", [{"chunk_bytes": 1}, {"chunk_bytes": 40}, {"chunk_rows": 1}])
    def test_d6_chunk_size_does_not_matter(self, valid_title: str, chunk: dict[str, int]) -> None:
        """D6: chunk sizes change nothing that users see."""
        data, rows = self.valid[valid_title]
        assert self.rows(data, **chunk) == rows

    def test_d7_empty_input(self) -> None:
        """D7: no bytes are no rows, or a clean error where the format needs some."""
        if self.empty_is_valid:
            assert self.rows(b"") == []
        else:
            with pytest.raises(DecodeError):
                self.rows(b"")

    def test_d8_cut_anywhere(self, valid_title: str) -> None:
        """D8: an input cut at any offset gives rows, rejects or a data error, and no crash."""
        data, _ = self.valid[valid_title]
        for end in range(0, len(data), max(1, len(data) // 60)):
            self.total(data[:end])

    def test_d9_broken_records_are_rejects(self, broken_title: str) -> None:
        """D9: a record that cannot be read is an error with its position, or a counted reject."""
        data = self.broken[broken_title]
        with pytest.raises(DecodeError) as caught:
            self.rows(data, errors="strict")
        assert caught.value.record is not None or not self.record.text
        if self.record.text:
            assert self.total(data) > 0

    def test_d10_readers_can_stop_early(self, valid_title: str) -> None:
        """D10: a reader that is left half-way closes without complaint."""
        data, _ = self.valid[valid_title]
        options = {"format": self.name, **self.options}
        with read(self.source(data), chunk_rows=1, **options) as reader:
            for _ in reader:
                break

    def test_d11_long_inputs_are_split(self) -> None:
        """D11: a chunk holds no more records than it is allowed to, so memory is bounded."""
        data, rows = max(self.valid.values(), key=lambda sample: len(sample[1]))
        options = {"format": self.name, **self.options}
        batches = list(read(self.source(data), chunk_rows=1, **options))
        assert all(batch.num_rows <= 1 for batch in batches)
        assert sum(batch.num_rows for batch in batches) == len(rows)

    def test_d12_unknown_options(self) -> None:
        """D12: an option that is not there is an error that names the valid ones."""
        with pytest.raises(OptionError, match="no_such_option"):
            self.rows(b"", no_such_option=1)

    @pytest.mark.parametrize(
        "executor", [{"threads": 1}, {"threads": 4}, {"executor": "processes"}]
    )
    def test_d13_workers_do_not_matter(self, executor: dict[str, Any]) -> None:
        """D13: threads and processes give the same rows in the same order; chunks are picklable."""
        for data, rows in self.valid.values():
            assert self.rows(data, chunk_rows=1, **executor) == rows

    @given(data=st.data())
    @RELAXED
    def test_d14_everything_is_accounted_for(self, data: st.DataObject) -> None:
        """D14: with any damage the receipt's sums hold, or the input is refused as a whole."""
        sample = data.draw(st.sampled_from([sample for sample, _ in self.valid.values()]))
        damaged = bytearray(sample)
        for _ in range(data.draw(st.integers(0, 3))):
            if damaged:
                at = data.draw(st.integers(0, len(damaged) - 1))
                damaged[at] = data.draw(st.integers(0, 255))
        self.total(bytes(damaged))

    def total(self, data: bytes) -> int:
        """Convert *data*, which may be damaged in any way; gives the number of rejects."""
        import io

        options = {"format": self.name, **self.options, "errors": "permissive"}
        try:
            result = convert(self.source(data), io.BytesIO(), to="null", **options)
        except (DataError, LimitError):
            return 1
        receipt = result.receipt
        assert receipt.read == receipt.written + receipt.rejected + receipt.skipped
        assert isinstance(result.schema, pa.Schema)
        return receipt.rejected

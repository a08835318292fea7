"""Reads inputs as the pipeline does, and checks the account of every chunk on the way."""

from __future__ import annotations

import itertools
import pickle
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
import pytest
from logflow_csv.decoder import CsvDecoder, TsvDecoder
from logflow_csv.options import CsvOptions

from logflow.ingest.schema.facts import column_types, merge, schema_of
from logflow.interfaces.decoder import Chunk, Facts, Reject
from logflow.options import DecodeOptions, build
from logflow.testing import SampleSource


@dataclass(frozen=True)
class Outcome:
    """All that came of an input."""

    table: pa.Table
    rejects: list[Reject]
    skipped: Mapping[str, int]
    noted: Mapping[str, int]
    chunks: list[Chunk]

    @property
    def columns(self) -> dict[str, list[Any]]:
        return self.table.to_pydict()

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return list(zip(*self.columns.values(), strict=True))

    @property
    def errors(self) -> list[tuple[int, str, bytes]]:
        """Record, kind and raw bytes of each reject."""
        return [(reject.record, reject.error_type, reject.raw) for reject in self.rejects]


class Reader:
    """Decodes bytes; keywords are options of the core or of the format."""

    def __call__(
        self, data: bytes, *, step: int | None = None, decoder: Any = CsvDecoder, **given: Any
    ) -> Outcome:
        core = {name: given.pop(name) for name in list(given) if name in _CORE}
        options = build(DecodeOptions, core)
        reader = decoder(build(CsvOptions, given))
        source = SampleSource(data, "sample.csv", step)
        chunks = list(reader.split(source, None, options))
        check_chunks(chunks, data)
        facts: Facts = reduce(merge, (reader.observe(c, options).facts for c in chunks), {})
        schema = schema_of(column_types(facts, options))
        batches, rejects, skipped, noted = [], [], Counter[str](), Counter[str]()
        for chunk in chunks:
            [batch] = reader.decode(pickle.loads(pickle.dumps(chunk)), schema, options)
            seen = reader.observe(chunk, options)
            gone = len(batch.rejects) + sum(batch.skipped.values())
            assert batch.covered == chunk.length
            assert batch.batch.num_rows + gone == chunk.records
            assert not batch.drift
            assert batch.facts == seen.facts
            assert options.columns or (seen.rows, seen.rejects) == (
                batch.batch.num_rows,
                len(batch.rejects),
            )
            batches.append(batch.batch)
            rejects += batch.rejects
            skipped.update(batch.skipped)
            noted.update(batch.noted)
        check_rejects(rejects, data)
        return Outcome(pa.Table.from_batches(batches, schema), rejects, skipped, noted, chunks)


_CORE = set(DecodeOptions.__dataclass_fields__)


def check_chunks(chunks: list[Chunk], data: bytes) -> None:
    """They are the input, one after the other."""
    assert b"".join(chunk.payload for chunk in chunks) == data
    assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    start = line = 0
    record = 1
    for index, chunk in enumerate(chunks):
        assert (chunk.index, chunk.start, chunk.first_record) == (index, start, record)
        assert chunk.first_line == line + 1
        assert chunk.length == len(chunk.payload)
        line += len(lines(bytes(chunk.payload)))
        start += chunk.length
        record += chunk.records


def check_rejects(rejects: list[Reject], data: bytes) -> None:
    """Each is at most one a record, in order, and where it says that it is."""
    assert all(a.record < b.record for a, b in itertools.pairwise(rejects))
    line, at = 1, 0
    for reject in rejects:
        assert reject.byte_offset is not None
        line, at = line + len(lines(data[at : reject.byte_offset])), reject.byte_offset
        assert reject.line == line
        assert data[at : at + len(reject.raw)] == reject.raw
        assert (reject.column is None) == (reject.column_index is None)


def lines(data: bytes) -> list[bytes]:
    """The lines of *data*; ``bytes.splitlines`` knows the same line ends."""
    return data.splitlines()


@pytest.fixture(scope="session")
def read() -> Reader:
    return Reader()


@pytest.fixture(scope="session")
def read_tsv() -> Any:
    return lambda data, **given: Reader()(data, decoder=TsvDecoder, **given)

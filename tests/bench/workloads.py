"""The workloads: tables of many kinds, the same bytes each time, made at memory speed.

Rows are made in blocks by numpy and written by pyarrow, JSON by logflow; a block depends on nothing
but the name of its workload and its number.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from logflow.ingest.json_texts import texts

__all__ = ["WORKLOADS", "Workload", "make"]

BLOCK_ROWS = 50_000
SECONDS_2026 = 1_767_225_600
DAMAGED_EVERY = 1000

Rng = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A kind of file.  *block* makes the rows from one number on, *form* is the format, *multiline*
    says that values have line ends in them, *damaged* that one record of a thousand is broken."""

    about: str
    block: Callable[[Rng, int, int], pa.Table]
    suffix: str = ".csv"
    form: str = "csv"
    multiline: bool = False
    damaged: bool = False


def events(rng: Rng, start: int, rows: int) -> pa.Table:
    number = np.arange(start, start + rows)
    return pa.table(
        {
            "case": prefixed("c", number // 7),
            "activity": choice(rng, [f"activity {i}" for i in range(30)], rows),
            "time": instants(SECONDS_2026 * 1000 + number * 2500 + rng.integers(0, 2500, rows)),
            "user": rng.integers(0, 10**6, rows),
            "amount": fixed(rng.integers(0, 10**8, rows)),
            "score": rng.random(rows),
            "country": choice(rng, ["DE", "FR", "NA", "IT", "US"], rows),
            "ok": pa.array(rng.random(rows) < 2 / 3),
            "session": hexadecimal(rng, 8, rows),
            "qty": rng.integers(0, 50, rows),
        }
    )


def lineitem(rng: Rng, start: int, rows: int) -> pa.Table:
    number = np.arange(start, start + rows)
    quantity = rng.integers(1, 51, rows)
    shipped = rng.integers(8036, 10_561, rows)
    instructions = ["DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"]
    return pa.table(
        {
            "l_orderkey": number // 4 * 8 + 1,
            "l_partkey": rng.integers(1, 200_001, rows),
            "l_suppkey": rng.integers(1, 10_001, rows),
            "l_linenumber": number % 4 + 1,
            "l_quantity": quantity,
            "l_extendedprice": fixed(quantity * rng.integers(90_000, 210_000, rows)),
            "l_discount": fixed(rng.integers(0, 11, rows)),
            "l_tax": fixed(rng.integers(0, 9, rows)),
            "l_returnflag": choice(rng, ["A", "N", "R"], rows),
            "l_linestatus": choice(rng, ["F", "O"], rows),
            "l_shipdate": dates(shipped),
            "l_commitdate": dates(shipped + rng.integers(-60, 60, rows)),
            "l_receiptdate": dates(shipped + rng.integers(1, 31, rows)),
            "l_shipinstruct": choice(rng, instructions, rows),
            "l_shipmode": choice(
                rng, ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"], rows
            ),
            "l_comment": sentences(rng, WORDS, rows, 2, 7),
        }
    )


def taxi(rng: Rng, start: int, rows: int) -> pa.Table:
    begun = SECONDS_2026 + np.arange(start, start + rows) + rng.integers(0, 3600, rows)
    unknown = rng.random(rows) < 0.05
    fare = rng.integers(30, 900, rows) / 10

    def charge(values: list[float]) -> pa.Array:
        return pa.array(rng.choice(values, rows), mask=unknown)

    return pa.table(
        {
            "VendorID": rng.integers(1, 3, rows),
            "tpep_pickup_datetime": instants(begun, "s"),
            "tpep_dropoff_datetime": instants(begun + rng.integers(60, 5400, rows), "s"),
            "passenger_count": pa.array(rng.integers(0, 7, rows), mask=unknown),
            "trip_distance": rng.integers(0, 3000, rows) / 100,
            "RatecodeID": pa.array(rng.integers(1, 7, rows), mask=unknown),
            "store_and_fwd_flag": pa.array(
                np.where(rng.random(rows) < 0.01, "Y", "N"), mask=unknown
            ),
            "PULocationID": rng.integers(1, 266, rows),
            "DOLocationID": rng.integers(1, 266, rows),
            "payment_type": rng.integers(0, 5, rows),
            "fare_amount": fare,
            "extra": rng.choice([0.0, 0.5, 1.0, 2.5, 5.0], rows),
            "mta_tax": np.full(rows, 0.5),
            "tip_amount": np.round(fare * rng.integers(0, 30, rows) / 100, 2),
            "tolls_amount": np.where(rng.random(rows) < 0.08, 6.94, 0.0),
            "improvement_surcharge": np.full(rows, 1.0),
            "total_amount": np.round(fare * rng.integers(100, 140, rows) / 100, 2),
            "congestion_surcharge": charge([0.0, 2.5]),
            "Airport_fee": charge([0.0, 1.75]),
        }
    )


def wide(rng: Rng, start: int, rows: int) -> pa.Table:
    integers = {f"i{i}": rng.integers(-(10**6), 10**6, rows) for i in range(100)}
    doubles = {f"f{i}": np.round(rng.normal(0, 1000, rows), i % 8 + 1) for i in range(100)}
    return pa.table(integers | doubles)


def quoted(rng: Rng, start: int, rows: int) -> pa.Table:
    return pa.table(
        {
            "id": np.arange(start, start + rows),
            "text": sentences(rng, [*WORDS, "a, b", 'said "no"', "line\nend"], rows, 10, 80),
            "author": prefixed("user ", rng.integers(0, 10**5, rows)),
            "answer": sentences(rng, WORDS, rows, 0, 30),
            "votes": rng.integers(0, 1000, rows),
        }
    )


def ids(rng: Rng, start: int, rows: int) -> pa.Table:
    return pa.table(
        {
            "id": np.arange(start, start + rows),
            "uuid": uuids(rng, rows),
            "parent": uuids(rng, rows),
            "sha256": hexadecimal(rng, 32, rows),
            "account": rng.integers(10**14, 10**15, rows),
        }
    )


def orders(rng: Rng, start: int, rows: int) -> pa.Table:
    number = np.arange(start, start + rows)
    names = prefixed("user ", rng.integers(0, 10**5, rows))
    where = pa.StructArray.from_arrays(
        [pa.array(rng.random(rows) * 90), pa.array(rng.random(rows) * 180)], ["lat", "lon"]
    )
    counts = rng.integers(0, 4, rows)
    offsets = pa.array(np.concatenate(([0], np.cumsum(counts))).astype(np.int32))
    items = int(counts.sum())
    item = pa.StructArray.from_arrays(
        [prefixed("s", rng.integers(0, 1000, items)), pa.array(rng.integers(0, 9, items))],
        ["sku", "qty"],
    )
    return pa.table(
        {
            "id": number,
            "at": instants(SECONDS_2026 * 1000 + number * 2500),
            "user": pa.StructArray.from_arrays([names, where], ["name", "where"]),
            "items": pa.ListArray.from_arrays(offsets, item),
            "note": sentences(rng, WORDS, rows, 0, 9),
        }
    )


def access(rng: Rng, start: int, rows: int) -> pa.Table:
    number = np.arange(start, start + rows)
    octets = [pa.array(rng.integers(1, 255, rows)).cast(pa.string()) for _ in range(4)]
    agents = [f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{n}" for n in range(99)]
    moments = instants(SECONDS_2026 + number // 10, "s")
    return pa.table(
        {
            "client": pc.binary_join_element_wise(*octets, "."),
            "user": choice(rng, ["-", "-", "-", "ada", "grace"], rows),
            "time": pc.strftime(moments, format="%d/%b/%Y:%H:%M:%S +0000", locale="C"),
            "method": choice(rng, ["GET", "GET", "GET", "POST", "HEAD"], rows),
            "path": prefixed("/articles/", rng.integers(0, 10**5, rows)),
            "status": choice(rng, ["200", "200", "200", "304", "404", "500"], rows),
            "bytes": pa.array(rng.integers(200, 10**5, rows)).cast(pa.string()),
            "referer": choice(rng, ["-", *(f"https://example.org/{n}" for n in range(99))], rows),
            "agent": choice(rng, agents, rows),
        }
    )


WORKLOADS = {
    "events": Workload(about="mixed events, 10 columns", block=events),
    "lineitem": Workload(about="TPC-H lineitem, 16 columns", block=lineitem),
    "taxi": Workload(about="taxi trips, nulls, 19 columns", block=taxi),
    "wide": Workload(about="200 numeric columns", block=wide),
    "quoted": Workload(about="long quoted text with line ends", block=quoted, multiline=True),
    "ids": Workload(about="identifiers and hashes", block=ids),
    "damaged": Workload(about="events, 0.1 % damaged", block=events, damaged=True),
    "gz": Workload(about="events, gzip", block=events, suffix=".csv.gz"),
    "zst": Workload(about="events, Zstandard", block=events, suffix=".csv.zst"),
    "jsonl": Workload(about="events, JSON Lines", block=events, suffix=".jsonl", form="jsonl"),
    "nested": Workload(
        about="nested orders, JSON Lines", block=orders, suffix=".jsonl", form="jsonl"
    ),
    "access": Workload(
        about="access log of a web server", block=access, suffix=".log", form="access"
    ),
    "parquet": Workload(
        about="events, Zstandard Parquet", block=events, suffix=".parquet", form="parquet"
    ),
}


def make(name: str, path: Path, size: int) -> int:
    """Write workload *name*, *size* bytes of text or a little less; gives the whole rows."""
    workload = WORKLOADS[name]
    if workload.form == "parquet":
        return _make_parquet(name, path, size)
    total = written = 0
    with _opened(path) as file:
        if workload.form == "csv":
            names = workload.block(_rng(name, 0), 0, 1).column_names
            written = file.write(f"{','.join(names)}\n".encode())
        while True:
            block = workload.block(_rng(name, total), total, BLOCK_ROWS)
            text = _text(block, workload)
            rows = min(BLOCK_ROWS, BLOCK_ROWS * (size - written) // len(text))
            if rows < BLOCK_ROWS:
                text = _text(block[:rows], workload) if rows > 0 else b""
            damaged = 0
            if workload.damaged:
                text, damaged = _damage(text)
            written += file.write(text)
            total += rows - damaged
            if rows < BLOCK_ROWS:
                return total


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, compressed as its name says."""
    with path.open("wb") as raw:
        if path.suffix == ".gz":
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0) as file:
                yield cast(BinaryIO, file)
        elif path.suffix == ".zst":
            with pa.CompressedOutputStream(raw, "zstd") as file:
                yield file
        else:
            yield raw


def _rng(name: str, number: int) -> Rng:
    seed = hashlib.sha256(f"{name} {number}".encode()).digest()
    return np.random.default_rng(list(seed))


def _make_parquet(name: str, path: Path, size: int) -> int:
    """Rows of *size* bytes of text, as a Parquet file."""
    block = WORKLOADS[name].block
    a_row = len(_text(block(_rng(name, 0), 0, BLOCK_ROWS), WORKLOADS["events"])) / BLOCK_ROWS
    total = int(size / a_row)
    schema = block(_rng(name, 0), 0, 1).schema
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, total, BLOCK_ROWS):
            rows = block(_rng(name, start), start, BLOCK_ROWS)
            writer.write_table(rows.slice(0, total - start))
    return total


def _text(table: pa.Table, workload: Workload) -> bytes:
    if workload.form == "access":
        between = ["", " - ", " [", '] "', " ", ' HTTP/1.1" ', " ", ' "', '" "']
        parts = [part for pair in zip(between, table.columns, strict=True) for part in pair]
        lines = pc.binary_join_element_wise(*parts, '"\n', "")
        return pc.binary_join(pa.array([lines.to_pylist()]), "")[0].as_py().encode()
    if workload.form == "jsonl":
        rows = table.to_struct_array().combine_chunks()
        lines = pc.binary_join_element_wise(texts(rows, pa.field("row", rows.type)), "", "\n")
        return pc.binary_join(pa.array([lines.to_pylist()]), "")[0].as_py().encode()
    out = io.BytesIO()
    style = "needed" if workload.multiline else "none"
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style=style)
    pyarrow.csv.write_csv(table, out, options)
    return out.getvalue()


def _damage(text: bytes) -> tuple[bytes, int]:
    """Break one line of a thousand, in turn: a field less, one more, a stray quote, bad UTF-8."""
    lines = text.splitlines(keepends=True)
    broken = range(DAMAGED_EVERY // 2, len(lines), DAMAGED_EVERY)
    for turn, at in enumerate(broken):
        line = lines[at]
        first = line.index(b",")
        lines[at] = (
            line[first + 1 :],
            line[:-1] + b",surplus\n",
            line[: first + 1] + b'"stray" quote' + line[first + 1 :],
            line[: first + 1] + b"\xff" + line[first + 1 :],
        )[turn % 4]
    return b"".join(lines), len(broken)


# --- columns ---------------------------------------------------------------------------------

WORDS = (  # noqa: SIM905 - easier to read than a list
    "above according accounts against among asymptotes bold braids carefully courts deposits even "
    "express final foxes furiously instructions ironic packages pending quickly regular requests "
    "slyly special théodolites the unusual wake"
).split()


def choice(rng: Rng, values: list[str], rows: int) -> pa.Array:
    return pa.array(values).take(pa.array(rng.integers(0, len(values), rows)))


def prefixed(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


def fixed(hundredths: np.ndarray) -> pa.Array:
    """Numbers with two decimal places."""
    words = np.zeros((len(hundredths), 2), np.int64)
    words[:, 0] = hundredths
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(hundredths), [None, pa.py_buffer(words)])


def instants(ticks: np.ndarray, unit: str = "ms") -> pa.Array:
    return pa.array(ticks).cast(pa.timestamp(unit))


def dates(days: np.ndarray) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def sentences(rng: Rng, words: list[str], rows: int, least: int, most: int) -> pa.Array:
    """Each of *least* to *most* - 1 words."""
    counts = rng.integers(least, most, rows)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), choice(rng, words, int(offsets[-1])))
    return pc.binary_join(lists, " ")


def hexadecimal(rng: Rng, size: int, rows: int) -> pa.Array:
    """Random bytes, *size* for each, in hexadecimal digits."""
    return _strings(_digits(rng, size, rows))


def uuids(rng: Rng, rows: int) -> pa.Array:
    return _strings(np.insert(_digits(rng, 16, rows), [8, 12, 16, 20], ord("-"), axis=1))


def _digits(rng: Rng, size: int, rows: int) -> np.ndarray:
    digits = np.frombuffer(rng.bytes(rows * size).hex().encode(), np.uint8)
    return digits.reshape(rows, 2 * size)


def _strings(chars: np.ndarray) -> pa.Array:
    """A string for each row of a matrix of characters."""
    rows, width = chars.shape
    offsets = np.arange(0, rows * width + 1, width, dtype=np.int32)
    data = np.ascontiguousarray(chars)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))


if __name__ == "__main__":
    print(make(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))

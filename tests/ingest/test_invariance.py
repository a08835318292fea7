"""What users see does not depend on how the work is divided.

Rows, types, rejects and the receipt are the same for any chunk size, number of threads, size of
reads and executor, whatever the input; and the sums of the receipt hold.
"""

from __future__ import annotations

import io
from typing import Any

import pyarrow.parquet as pq
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import logflow
from logflow.errors import DataError, LogflowError
from logflow.testing import SampleSource

CELL = st.sampled_from(
    ["1", "2.50", "007", "", '""', '"a,b"', '"two\nlines"', '"x""y"', "NA", "é", "true", "-5",
     "2026-02-28", "31/12/2012", '5"', '"open', "text", "9223372036854775808", "\ufffd", "\0"]
)  # fmt: skip
LINE = st.lists(CELL, min_size=1, max_size=4).map(",".join)
END = st.sampled_from(["\n", "\r\n", "\r"])
TEXT = st.lists(st.tuples(LINE, END), max_size=25).map(
    lambda lines: "".join(line + end for line, end in lines).encode()
)
DAMAGE = st.lists(
    st.tuples(st.integers(0, 500), st.sampled_from([0xFF, 0x22, 0x0A, 0xC3])), max_size=3
)
WAYS: list[dict[str, Any]] = [
    {"chunk_bytes": 1},
    {"chunk_bytes": 7, "threads": 4},
    {"chunk_rows": 1, "threads": 1},
    {"chunk_rows": 3, "threads": 2},
]


def damaged(data: bytes, damage: list[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for at, byte in damage:
        if at < len(changed):
            changed[at] = byte
    return bytes(changed)


def seen(data: bytes, step: int | None = None, **options: Any) -> Any:
    """All that a user sees of a conversion, without what is different in every run."""
    out = io.BytesIO()
    try:
        result = logflow.convert(
            SampleSource(data, "x.csv", step),
            out,
            to="parquet",
            format="csv",
            errors="permissive",
            **options,
        )
    except DataError as err:
        return str(err)
    receipt = result.receipt
    assert receipt.read == receipt.written + receipt.rejected + receipt.skipped
    table = pq.read_table(io.BytesIO(out.getvalue()))
    rows = [repr(row) for row in table.to_pylist()]  # as text, nan is equal to itself
    return table.schema, rows, receipt.files, receipt.columns


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=TEXT, damage=DAMAGE, way=st.sampled_from(WAYS), step=st.sampled_from([None, 1, 5]))
def test_division_does_not_matter(
    data: bytes, damage: list[tuple[int, int]], way: dict[str, Any], step: int | None
) -> None:
    data = damaged(data, damage)
    assert seen(data, step, **way) == seen(data)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(data=TEXT, damage=DAMAGE)
def test_executors_do_not_matter(data: bytes, damage: list[tuple[int, int]]) -> None:
    data = damaged(data, damage)
    expected = seen(data)
    assert seen(data, chunk_rows=2, executor="processes", threads=2) == expected


def rejects(data: bytes, folder: Any, **options: Any) -> list[dict[str, Any]]:
    out = folder / "out.parquet"
    given = {"force": True, "format": "csv", "encoding": "utf-8", **options}
    result = logflow.convert(SampleSource(data, "x.csv"), out, **given)
    if result.rejects_path is None:
        return []
    return pq.read_table(result.rejects_path).drop(["scan_id"]).to_pylist()


@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(data=TEXT, damage=DAMAGE, way=st.sampled_from(WAYS))
def test_rejects_have_their_place_and_raw_bytes(tmp_path, data, damage, way) -> None:
    data = damaged(data, damage)
    try:
        found = rejects(data, tmp_path)
    except LogflowError:
        return
    assert rejects(data, tmp_path, **way) == found
    for reject in found:
        at = reject["byte_offset"]
        assert data[at : at + len(reject["raw"])] == reject["raw"]
        assert (
            reject["line"]
            == 1 + len(data[:at].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")) - 1
        )
    assert [r["record"] for r in found] == sorted({r["record"] for r in found})


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff"), max_size=100))
@example(text="NAN")
@example(text="\x19\0")
@settings(deadline=None)
def test_encodings_do_not_matter(text: str) -> None:
    """The same text in UTF-16 gives the same rows, and rejects at the offsets of its bytes."""
    rows = "a,b\n1,é\n" + text.replace("\n", ";") + ",x\n"
    plain = seen(rows.encode())
    wide = seen(rows.encode("utf-16"))
    if not isinstance(plain, str):
        assert wide[:2] == plain[:2]

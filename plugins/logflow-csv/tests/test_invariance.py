"""What must hold for any input: nothing is lost, and how it is cut and read changes nothing."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logflow.errors import DataError, LimitError

PIECES = [
    *(b",", b";", b"\t", b" ", b'"', b"'", b'""', b"\\", b"#", b"\n", b"\r", b"\r\n", b"\0"),
    *(b"a", b"1", b"2.5", b"2020-01-01", b"\xc3\xa9", b"\xff", b"\xc3", b",1\n", b'"x\ny"'),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "chunk_bytes": st.integers(1, 40),
        "chunk_rows": st.integers(1, 5),
        "step": st.integers(1, 7),
    },
)
QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 5))
    return draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6))


@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t| "),
    dialect=st.sampled_from(
        [("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL), ("\r", csv.QUOTE_ALL)]
    ),
    limits=LIMITS,
)
@example(table=[["", "", ""]], delimiter=" ", dialect=("\r\n", csv.QUOTE_MINIMAL), limits={})
@QUIET
def test_what_is_written_is_read(
    read: Any,
    table: list[list[str]],
    delimiter: str,
    dialect: tuple[str, int],
    limits: dict[str, int],
) -> None:
    """The writer is the standard library's, which leaves line ends other than its own unquoted."""
    text = io.StringIO()
    line_end, quoting = dialect
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows(table)
    assert rows_of(read, text.getvalue(), delimiter=delimiter, **limits) == table


@given(
    table=tables(),
    delimiter=st.sampled_from(["||", ", ", "|~|", "\u00ac"]),
    run=st.integers(1, 3),
    limits=LIMITS,
)
@QUIET
def test_long_and_merged_delimiters_are_read(
    read: Any, table: list[list[str]], delimiter: str, run: int, limits: dict[str, int]
) -> None:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in table]
    text = "".join((delimiter * run).join(row) + delimiter * (run - 1) + "\n" for row in quoted)
    options = {"delimiter": delimiter, "merge_runs": run > 1, **limits}
    assert rows_of(read, text, **options) == table


def rows_of(read: Any, text: str, **options: Any) -> list[list[str]]:
    """The rows of *text*, nothing of which is found out."""
    found = read(
        text.encode(),
        quote='"',
        escape='"',
        comment="none",
        header=False,
        skip_lines=0,
        skip_spaces=False,
        all_text=True,
        **{"merge_runs": False, **options},
    )
    assert found.rejects == []
    return [[cell or "" for cell in row] for row in found.rows]


@given(text=TEXTS, limits=LIMITS)
@example(text=b'a,b\n"1,2\n3,4\n', limits={"chunk_bytes": 4})
@example(text=b"Title\n\na,b,c\n1,2,3\n4,5,6\n", limits={"chunk_bytes": 1, "step": 1})
@example(text=b'"a\n\nb",c\r\n1,2\r\n', limits={"chunk_rows": 1, "step": 1})
@example(text=b"a,b\r\n1,2\r\n3,4\r\n", limits={"chunk_bytes": 9, "step": 2})
@QUIET
def test_any_text_is_accounted_for_however_it_is_cut(
    read: Any, text: bytes, limits: dict[str, int]
) -> None:
    """The account of each chunk, and the places of the rejects, are checked by ``read``."""
    whole, cut = read(text), read(text, **limits)
    assert cut.columns == whole.columns
    assert cut.table.schema == whole.table.schema
    assert cut.rejects == whole.rejects
    assert cut.skipped == whole.skipped


@given(data=st.binary(max_size=200), limits=LIMITS, max_record_bytes=st.integers(16, 64))
@QUIET
def test_any_bytes_give_rows_or_a_clean_error(
    read: Any, data: bytes, limits: dict[str, int], max_record_bytes: int
) -> None:
    try:
        found = read(data, max_record_bytes=max_record_bytes, max_columns=20, **limits)
    except (DataError, LimitError):
        return
    assert found.chunks


@given(text=TEXTS, limits=LIMITS)
@QUIET
def test_declared_columns_never_drift(read: Any, text: bytes, limits: dict[str, int]) -> None:
    options = {"header": False, "delimiter": ",", "names": ("a",), "columns": {"a": "int64"}}
    whole, cut = read(text, **options), read(text, **options, **limits)
    assert cut.columns == whole.columns
    assert cut.rejects == whole.rejects

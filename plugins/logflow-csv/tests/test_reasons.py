"""What is said about a finding: how sure it is, what lost, and how to say otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from logflow_csv.dialect import CsvDialect, find_dialect
from logflow_csv.options import CsvOptions

ROWS = b"1,2024-01-02,north,2.5\n" * 20


def find(text: bytes, **given: Any) -> CsvDialect:
    found = find_dialect(text, CsvOptions(**given), complete=True)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (b"id,day,region,sum\n" + ROWS, 0.9, 1.0),
        (b"id;day;sum\n" + b"1;2024-01-02;2,5\n" * 20, 0.8, 1.0),
        # two delimiters that divide as well
        (b"a,b;c,d\n" + b"1,2;3,4\n" * 20, 0.4, 0.65),
        (b"a|b;c\n" + b"x|y;z\n" * 20, 0.4, 0.6),
    ],
)
def test_confidence_tells_how_close_another_hypothesis_comes(
    text: bytes, least: float, most: float
) -> None:
    found = find(text)
    assert least <= found.confidence <= most
    [said] = [reason for reason in found.reasons if reason.startswith("confidence ")]
    assert said.startswith(f"confidence {found.confidence:.2f}: ")
    assert said.endswith("; --delimiter overrules")
    assert ("look at the rows" in said) is (found.confidence < 0.7)


def test_what_is_given_is_sure() -> None:
    found = find(b"a|b;c\nx|y;z\n", delimiter="|")
    assert found.confidence == 1.0
    assert not any(reason.startswith("confidence") for reason in found.reasons)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            b"Quarterly report\n\nid,day,region,sum\n" + ROWS,
            "skipped lines before the table: 2, with 'Quarterly report' "
            "(no rows of the table; --skip-lines 0 keeps them)",
        ),
        (
            b"id,day,region,sum\n" + ROWS + b"2,\xff\n" + ROWS,
            "records that do not fit: 1 with 2 fields instead of 4; the first: '2,\\\\xff'",
        ),
        (
            b"# x\nid,day,region,sum\n" + ROWS + b"# y\n" + ROWS,
            "comments: lines that start with '#' are no rows; --comment none keeps them",
        ),
    ],
)
def test_what_is_left_out_is_said_with_how_to_keep_it(text: bytes, said: str) -> None:
    found = find(text)
    assert said in found.reasons

"""Options from keywords, flags and environment: one class, one set of errors."""

from __future__ import annotations

from typing import Any

import pytest

from logflow.errors import OptionError
from logflow.options import DecodeOptions, RunOptions, SinkOptions, build, parse_size

RIGHT: list[tuple[type, str, Any, Any]] = [
    (DecodeOptions, "chunk_bytes", "4KiB", 4096),
    (DecodeOptions, "chunk_rows", "7", 7),
    (DecodeOptions, "all_text", "yes", True),
    (DecodeOptions, "null_values", "NA,-", ("NA", "-")),
    (DecodeOptions, "columns", "a:int64,b:decimal128(10, 2),c:timestamp[us, UTC]",
     {"a": "int64", "b": "decimal128(10, 2)", "c": "timestamp[us, UTC]"}),
    (DecodeOptions, "columns", {"a:b": "int64"}, {"a:b": "int64"}),
    (DecodeOptions, "columns", ("a:b:int64",), {"a:b": "int64"}),
    (RunOptions, "max_reject_ratio", "0.5", 0.5),
    (RunOptions, "threads", None, None),
    (SinkOptions, "partition_by", "a,b", ("a", "b")),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "name", "value", "expected"), RIGHT)
def test_values_are_taken_in_every_form(cls: type, name: str, value: Any, expected: Any) -> None:
    assert getattr(build(cls, {name: value}), name) == expected


WRONG: list[tuple[type, str, Any, str]] = [
    (DecodeOptions, "chunk_byte", 1, "did you mean 'chunk_bytes'"),
    (DecodeOptions, "nothing_like_it", 1, "valid are columns"),
    (DecodeOptions, "chunk_bytes", 0, "at least 1"),
    (DecodeOptions, "chunk_bytes", "many", "a size such as"),
    (DecodeOptions, "chunk_rows", True, "a whole number"),
    (DecodeOptions, "chunk_rows", 1.5, "a whole number"),
    (DecodeOptions, "all_text", "maybe", "true or false"),
    (DecodeOptions, "date_order", "dym", "one of ymd, dmy, mdy"),
    (DecodeOptions, "columns", "a", "name:type"),
    (RunOptions, "errors", "lenient", "strict, quarantine, permissive"),
    (RunOptions, "max_reject_ratio", "half", "a number"),
    (RunOptions, "format", 5, "text"),
]


@pytest.mark.parametrize(("cls", "name", "value", "message"), WRONG)
def test_errors_say_what_would_be_right(cls: type, name: str, value: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        build(cls, {name: value})
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize("text", ["", "MB", "1XB", "-", "1e999GB"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="a size such as"):
        parse_size(text)

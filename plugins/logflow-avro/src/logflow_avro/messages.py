"""What is said about records that cannot be read."""

from __future__ import annotations

from logflow_ext.avro_columns import Broken

__all__ = ["message"]

_EXPECTED = {
    "cut_off": "expected more bytes: the block ends inside a record",
    "bad_varint": "expected an integer of at most ten bytes",
    "bad_length": "expected a length within the block",
    "bad_branch": "expected the number of a union's branch",
    "too_deep": "expected fewer values inside each other",
    "left_over": "expected the end of the block after its last record",
    "ill_formed_utf8": "expected text in UTF-8",
    "bad_symbol": "expected the number of an enum's symbol",
    "bad_bool": "expected 0 or 1 for a boolean",
    "out_of_range": "expected a value within the range of its type",
    "inexact": "expected an integer of at most 53 bits, as the union has floats, too",
}


def message(broken: Broken) -> str:
    """What was expected where in the block."""
    return (
        f"{_EXPECTED[broken.error]}, at byte {broken.offset} of the block's data, "
        f"record {broken.record + 1} of the block"
    )

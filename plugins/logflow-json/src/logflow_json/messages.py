"""What is said about a record that is no JSON."""

from __future__ import annotations

from logflow_ext.json_tree import Broken

__all__ = ["CUT_OFF", "TRAILING", "message"]

SHOWN = 24
"""Bytes shown of what was found."""

CUT_OFF = "the input ends inside the {0}: a closing bracket was expected"
TRAILING = (
    "nothing was expected after the end of the document; JSON values one after the other "
    "are format jsonl"
)

_EXPECTED = {
    "no_value": "expected a value",
    "no_key": "expected a key between double quotes",
    "no_colon": "expected a colon after the key",
    "no_comma_in_object": "expected a comma or }",
    "no_comma_in_array": "expected a comma or ]",
    "bad_number": "expected a number such as -1.5e3",
    "bad_literal": "expected true, false or null",
    "control_character": "expected a control character in a string to be escaped",
    "bad_escape": r"expected an escape such as \n or \u00e9",
    "lone_surrogate": "expected surrogates in pairs",
    "ill_formed_utf8": "expected text in UTF-8",
    "cut_off": "expected more: the record ends too early",
    "too_deep": "expected fewer containers inside each other (max_depth)",
    "more_than_one": "expected the end of the record after its value",
}


def message(broken: Broken, data: memoryview) -> str:
    """What was expected where, and what was found there."""
    expected = _EXPECTED[broken.error]
    at = broken.offset - broken.start
    if broken.offset >= broken.end:
        return expected if broken.error == "cut_off" else f"{expected}, found the end"
    found = bytes(data[broken.offset : min(broken.end, broken.offset + SHOWN)])
    text = found.decode("utf-8", "backslashreplace")
    return f"{expected}, found {text!r} at byte {at} of the record"

"""The options of CSV and TSV: what is not given is found out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from logflow.errors import OptionError
from logflow.options import option

__all__ = ["CsvOptions"]

_NAMED = {
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "\\t": "\t",
    "pipe": "|",
    "space": " ",
    "colon": ":",
}
_NONE = ("", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOptions:
    """How the text is divided into records and fields.

    The delimiter is one character or several, or a name (``tab``, ``semicolon``); quote and escape
    are one byte of ASCII each, or ``none``.

    >>> options = CsvOptions(delimiter="tab", quote="none")
    >>> options.delimiter_bytes, options.codes("quote")
    (b'\\t', {'quote': -1})
    """

    delimiter: str | None = option(
        None,
        "What stands between fields: one or several characters, or tab, comma, semicolon, pipe, "
        "space, colon.",
        aliases=("-d", "--delim", "--sep", "--separator", "-t=tab", "--tabs=tab"),
    )
    merge_runs: bool | None = option(
        None,
        "Whether a run of delimiters counts as one, as spaces that align columns do, and none "
        "at the start and the end of a record.",
        aliases=("--delim-whitespace",),
    )
    quote: str | None = option(
        None,
        "What stands around fields that hold delimiters, or none.",
        aliases=("--quotechar", "--quote-char"),
    )
    escape: str | None = option(
        None,
        "What stands before a quote inside quotes: the quote itself, or a backslash, which then "
        "escapes delimiters outside of quotes, too.",
        aliases=("-p", "--escapechar"),
    )
    comment: str | None = option(
        None, "A line that starts with this is a comment, or none.", aliases=("--comment-prefix",)
    )
    header: bool | None = option(
        None,
        "Whether the first record has the names of the columns.",
        aliases=("--has-header", "-H=no", "--no-header-row=no"),
    )
    skip_lines: int | None = option(
        None, "Lines before the table.", aliases=("-K", "--skip", "--skip-rows"), minimum=0
    )
    skip_footer: int | None = option(
        None, "Lines after the table.", aliases=("--skipfooter",), minimum=0
    )
    names: tuple[str, ...] | None = option(
        None, "Names of the columns, in place of those in the header.", aliases=("--column-names",)
    )
    ragged: Literal["reject", "pad", "extra"] = option(
        "reject",
        "Records with too few or too many fields: reject them, pad those with too few with nulls "
        "and trim fields too many that are empty, or keep all and what is too much as text in a "
        "column _extra.",
        aliases=("--null-padding=pad",),
    )
    lazy_quotes: bool = option(
        True,
        "Whether quotes inside a field that are not escaped, and one at the start of a field that "
        "does not end with one, are data where the record then has as many fields as there are "
        "columns; else such records are rejects.",
    )
    skip_spaces: bool | None = option(
        None,
        "Whether a quote counts after spaces that follow a delimiter.",
        aliases=("--skipinitialspace",),
    )

    def __post_init__(self) -> None:
        codes = self.codes("quote", "escape").values()
        if set(self.delimiter_bytes or b"") & set(codes):
            raise OptionError("delimiter, quote and escape have to differ", name="delimiter")
        if not self.comment_prefix.isascii() or set(self.comment_prefix) & set(b"\r\n"):
            raise OptionError(f"comment is {self.comment!r}; expected ASCII", name="comment")

    @property
    def comment_prefix(self) -> bytes:
        """What comment lines start with, empty for none."""
        given = self.comment or ""
        return b"" if given.lower() in _NONE else given.encode()

    @property
    def delimiter_bytes(self) -> bytes | None:
        """The delimiter, if it is given."""
        if self.delimiter is None:
            return None
        text = _NAMED.get(self.delimiter.lower(), self.delimiter)
        if text.lower() in _NONE:
            raise OptionError("a delimiter is needed: columns are divided by it", name="delimiter")
        if set(text) & set("\r\n") or (len(text) > 1 and text.isalnum()):
            raise OptionError(
                f"option 'delimiter' is {text!r}; expected one character or several that are no "
                f"word, without line ends, or one of {', '.join(_NAMED)}",
                name="delimiter",
                valid=tuple(_NAMED),
            )
        return text.encode()

    def codes(self, *names: str) -> dict[str, int]:
        """The options of these names that are given, as byte values; -1 is none."""
        return {
            name: _byte(name, value) for name in names if (value := getattr(self, name)) is not None
        }


def _byte(name: str, value: str) -> int:
    text = _NAMED.get(value.lower(), value)
    if text.lower() in _NONE:
        return -1
    if len(text) != 1 or not text.isascii() or text in "\r\n":
        raise OptionError(
            f"option {name!r} is {value!r}; expected one ASCII character, or one of "
            + ", ".join([*_NAMED, "none"]),
            name=name,
            valid=(*_NAMED, "none"),
        )
    return ord(text)

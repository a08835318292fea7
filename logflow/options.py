"""Options: frozen keyword-only dataclasses whose fields carry their own help and limits.

Common options live here, those of a format in its plugin.  One dataclass serves the keywords of
``convert``, the flags of the command line and the environment alike: :func:`build` turns a
mapping of values or texts into an instance, or says what is wrong and what would be right.
"""

from __future__ import annotations

import difflib
import os
import re
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from typing import Any, Literal, TypeVar

from logflow.errors import OptionError

__all__ = [
    "DecodeOptions",
    "RunOptions",
    "SinkOptions",
    "build",
    "names",
    "option",
    "parse_size",
]

T = TypeVar("T")

Coordinate = Literal["_file", "_member", "_record", "_line", "_byte_offset"]
"""A column that tells where a row comes from."""

NULL_VALUES = ("NA", "N/A", "n/a", "NULL", "null", "None", "-", "\\N")
"""Spellings of null in columns that are not text; the empty field is always one."""


def option(
    default: Any,
    help: str,  # noqa: A002 - the word every command-line library uses
    *,
    aliases: tuple[str, ...] = (),
    minimum: float | None = None,
    unit: Literal["bytes"] | None = None,
) -> Any:
    """A dataclass field that is an option.

    *help* is one sentence for people, *aliases* are further names on the command line, with their
    dashes; one such as ``--strict=strict`` takes no value there and means that one.  *minimum* is
    the least number allowed, and ``unit="bytes"`` lets people write ``64MB``.

    >>> @dataclass(frozen=True, kw_only=True)
    ... class LtsvOptions:
    ...     separator: str = option("\\t", "What stands between fields.", aliases=("-d",))
    >>> build(LtsvOptions, {"separator": ";"})
    LtsvOptions(separator=';')
    """
    metadata = {"help": help, "aliases": aliases, "minimum": minimum, "unit": unit}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeOptions:
    """How every format is read.  Goes to the workers, so everything in it is picklable."""

    columns: Mapping[str, str] | None = option(
        None,
        "Declared types by column (name:type, Arrow's type names); a value that does not fit is "
        "a reject.",
        aliases=("--types", "--dtypes", "--schema-overrides"),
    )
    all_text: bool = option(
        False,
        "Read every column as text, as spelled.",
        aliases=("-I", "--no-inference", "--all-varchar"),
    )
    null_values: tuple[str, ...] = option(
        NULL_VALUES,
        "Spellings of null in columns that are not text.",
        aliases=("--null-value", "--nullstr"),
    )
    date_order: Literal["ymd", "dmy", "mdy"] | None = option(
        None,
        "The order of day and month where no value decides it.",
        aliases=("--date-format", "--prefer-dmy=dmy"),
    )
    decimals: Literal["auto", "exact"] = option(
        "auto", "Numbers with a fraction: floats where those are exact (auto), or decimals (exact)."
    )
    decimal: Literal[".", ","] | None = option(
        None,
        "The decimal mark of numbers; found out by column if not given.",
        aliases=("--decimal-separator", "--decimal-comma=,"),
    )
    thousands: Literal[",", ".", " ", "'", "none"] | None = option(
        None,
        "What stands between thousands (a space for any kind of space), or none; found out by "
        "column if not given.",
        aliases=("--thousands-separator",),
    )
    encoding: str | None = option(
        None, "The encoding of text; found out if not given.", aliases=("-e",)
    )
    coordinates: tuple[Coordinate, ...] = option(
        (),
        "Columns, behind all others, that tell where each row comes from: _file, _member, "
        "_record, _line, _byte_offset.",
        aliases=("--filename=_file",),
    )
    chunk_bytes: int = option(
        16 << 20, "Bytes of text decoded at a time, at most.", minimum=1, unit="bytes"
    )
    chunk_rows: int = option(122_880, "Records decoded at a time, at most.", minimum=1)
    max_record_bytes: int = option(
        16 << 20,
        "A longer record is taken for damage and rejected.",
        minimum=16,
        unit="bytes",
        aliases=("--max-line-size",),
    )
    max_columns: int = option(10_000, "More columns are an error.", minimum=1)

    def __post_init__(self) -> None:
        if self.decimal and self.decimal == self.thousands:
            raise OptionError(
                f"decimal and thousands are both {self.decimal!r}; they have to differ",
                name="thousands",
            )
        if len(set(self.coordinates)) < len(self.coordinates):
            raise OptionError(
                f"coordinates name one twice: {', '.join(self.coordinates)}", name="coordinates"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run goes about its work.  Stays on the driver."""

    format: str | None = option(
        None, "The format of the input; found out if not given.", aliases=("-f",)
    )
    table: str | None = option(None, "The table to read, where a file has several.")
    member: str | None = option(None, "The members of an archive to read, as a glob pattern.")
    to: str | None = option(
        None, "The format of the output; told by the destination's name if not given."
    )
    errors: Literal["strict", "quarantine", "permissive"] | None = option(
        None,
        "Records that cannot be read: stop (strict), keep them in a side file (quarantine, the "
        "default for files), or drop and count them (permissive).",
        aliases=(
            "--on-error",
            "--strict=strict",
            "--store-rejects=quarantine",
            "--ignore-errors=permissive",
        ),
    )
    max_rejects: int | None = option(
        None, "Stop after this many rejects.", minimum=0, aliases=("--rejects-limit",)
    )
    max_reject_ratio: float | None = option(
        None, "Fail if a larger part of the records is rejected, from 0 to 1.", minimum=0
    )
    typing: Literal["all", "head"] = option(
        "all", "Types by all values (all), or by the first chunk, and an error at drift (head)."
    )
    force: bool = option(False, "Replace an existing destination.", aliases=("--overwrite",))
    dry_run: bool = option(False, "Read and check everything, write nothing.")
    executor: str = option("threads", "Who does the work: threads or processes.")
    threads: int | None = option(
        None, "Workers; the number of cores if not given.", minimum=1, aliases=("-j",)
    )
    attempts: int = option(3, "How often a task is tried when a worker dies.", minimum=1)
    memory_limit: int | None = option(
        None,
        "Bytes that data under way may take; 128 MB and 96 MB a core if not given.",
        minimum=1 << 20,
        unit="bytes",
    )
    metrics: str = option("none", "Where measurements go.")


@dataclass(frozen=True, kw_only=True)
class SinkOptions:
    """How every format is written; sinks with options of their own derive from it."""

    compression: str | None = option(None, "The codec inside the file; the format's default.")
    compression_level: int | None = option(None, "The codec's level.")
    row_group_rows: int = option(122_880, "Rows in a row group, at most.", minimum=1)
    row_group_bytes: int = option(
        64 << 20, "Arrow bytes in a row group, at most.", minimum=1, unit="bytes"
    )
    page_bytes: int = option(1 << 20, "Bytes in a page.", minimum=1024, unit="bytes")
    dictionary: Literal["auto", "always", "never"] = option(
        "auto", "Dictionary encoding: where it pays (auto), always or never."
    )
    partition_by: tuple[str, ...] = option(
        (), "Columns whose values divide the rows into directories."
    )
    partition_style: Literal["hive", "directory"] = option(
        "hive", "Directories named column=value (hive) or value (directory)."
    )
    target_file_size: int | None = option(
        None, "Start a new file at about this size.", minimum=1, unit="bytes"
    )
    max_rows_per_file: int | None = option(None, "Rows in a file, at most.", minimum=1)


def names(cls: type) -> tuple[str, ...]:
    """The names of the options in a class, in order."""
    return tuple(f.name for f in fields(cls))


def parse_size(text: str) -> int:
    """The number of bytes that *text* says, with decimal (MB) or binary (MiB) units.

    >>> parse_size("64MB"), parse_size("1 GiB"), parse_size("4096")
    (64000000, 1073741824, 4096)
    """
    units = {"": 1, "b": 1}
    for power, letter in enumerate("kmgt", start=1):
        units |= {letter: 1000**power, letter + "b": 1000**power, letter + "ib": 1024**power}
    number = text.strip().rstrip("kKmMgGtTiIbB ")
    unit = text.strip()[len(number) :].strip().lower()
    try:
        return round(float(number) * units[unit])
    except (ValueError, KeyError, OverflowError):
        raise ValueError("a size such as 4096, 64MB or 1GiB") from None


def build(cls: type[T], values: Mapping[str, Any], *, side: str = "") -> T:
    """An instance of the options class *cls* from values, or texts, by name.

    *side* says in errors where the names were looked for, such as ``"the csv reader"``.
    Raises :exc:`~logflow.errors.OptionError` with the valid names or values.

    >>> build(SinkOptions, {"row_group_rows": "1000"}).row_group_rows
    1000
    >>> build(SinkOptions, {"row_group_row": 5})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    logflow.errors.OptionError: unknown option 'row_group_row': did you mean 'row_group_rows'? ...
    """
    known: dict[str, Field[Any]] = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise unknown_option(name, tuple(known), side=side)
    hints = _hints(cls)  # type: ignore[arg-type]  # classes are hashable
    converted = {
        name: _convert(name, value, hints[name], known[name]) for name, value in values.items()
    }
    try:
        return cls(**converted)
    except ValueError as err:
        raise OptionError(str(err)) from err


def unknown_option(name: str, valid: tuple[str, ...], *, side: str = "") -> OptionError:
    """The error for an option that is not there: it names the nearest, and all valid ones."""
    near = difflib.get_close_matches(name, valid, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    of = f" of {side}" if side else ""
    known = ", ".join(valid) or "none"
    return OptionError(
        f"unknown option {name!r}{of}: {meant}valid are {known}", name=name, valid=valid
    )


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _convert(name: str, value: Any, hint: Any, spec: Field[Any]) -> Any:
    """*value* as *hint* wants it; text is parsed, so that flags and environment need no more."""
    allowed, optional = _alternatives(hint)
    if value is None and (optional or spec.default is None):
        return None
    try:
        result = _parse(value, allowed, spec.metadata.get("unit"))
    except ValueError as err:
        raise OptionError(f"option {name!r} is {value!r}; expected {err}", name=name) from None
    minimum = spec.metadata.get("minimum")
    if minimum is not None and result < minimum:
        raise OptionError(f"option {name!r} is {value!r}; at least {minimum} is needed", name=name)
    return result


def _alternatives(hint: Any) -> tuple[Any, bool]:
    """The one real type in ``X | None``, and whether ``None`` is allowed."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [arg for arg in typing.get_args(hint) if arg is not type(None)]
        return rest[0], len(rest) < len(typing.get_args(hint))
    return hint, False


def _parse(value: Any, hint: Any, unit: str | None) -> Any:
    origin = typing.get_origin(hint)
    if origin is Literal:
        choices = typing.get_args(hint)
        if value in choices:
            return value
        raise ValueError("one of " + ", ".join(map(str, choices)))
    if origin is tuple:
        if not isinstance(value, str | Iterable):
            raise ValueError("a list of texts")
        items = value.split(",") if isinstance(value, str) else value
        return tuple(_parse(str(item), typing.get_args(hint)[0], unit) for item in items)
    if origin is not None and issubclass(origin, Mapping):
        return _parse_mapping(value)
    if hint is bool:
        return _parse_bool(value)
    if hint is int:
        return _parse_int(value, unit)
    if hint is float:
        return _parse_float(value)
    if hint is str:
        if isinstance(value, str | os.PathLike):
            return os.fspath(value)
        raise ValueError("text")
    return value


_BETWEEN_PAIRS = re.compile(r",(?![^(\[]*[)\]])")
"""A comma, but not one inside brackets: ``decimal128(10, 2)`` is one type."""


def _parse_mapping(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): str(item) for key, item in value.items()}
    pairs = _BETWEEN_PAIRS.split(value) if isinstance(value, str) else list(value)
    result = {}
    for pair in pairs:
        name, colon, kind = str(pair).strip().rpartition(":")
        if not colon:
            raise ValueError("name:type pairs")
        result[name] = kind
    return result


def _parse_bool(value: Any) -> bool:
    texts = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in texts:
        return texts[value.lower()]
    raise ValueError("true or false")


def _parse_int(value: Any, unit: str | None) -> int:
    if isinstance(value, str) and unit == "bytes":
        return parse_size(value)
    if isinstance(value, bool | float) or not isinstance(value, int | str):
        raise ValueError("a whole number")
    try:
        return int(value)
    except ValueError:
        raise ValueError("a whole number") from None


def _parse_float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError("a number") from None


def default_of(spec: Field[Any]) -> Any:
    """The default of an options field, however it was declared."""
    if spec.default is not MISSING:
        return spec.default
    return spec.default_factory() if spec.default_factory is not MISSING else None

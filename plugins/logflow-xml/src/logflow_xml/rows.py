"""The rows of a chunk as columns of text: those that the kernel reads, and those that it leaves."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from logflow import TextColumn
from logflow.errors import LimitError
from logflow.interfaces.decoder import Malformed
from logflow.options import DecodeOptions
from logflow_ext import kernel
from logflow_ext.cells import MISSING
from logflow_ext.xml_records import Records
from logflow_xml.values import values_of

__all__ = ["Broken", "Rows"]


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that is no row: its ordinal, its bytes ``[start, end)``, and what is wrong."""

    record: int
    start: int
    end: int
    what: Malformed
    column_index: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows, and where their elements are: *starts*, *ends*, and the *numbers* of their records."""

    columns: dict[str, TextColumn]
    starts: memoryview
    ends: memoryview
    numbers: memoryview
    broken: Sequence[Broken]
    outside: int

    @classmethod
    def of(cls, data: memoryview, element: str, options: DecodeOptions, *, inside: bool) -> Rows:
        """The rows of a text; *inside* says that nothing follows a last one without an end.

        Raises :exc:`~logflow.errors.LimitError` for too many columns.
        """
        records: Records = kernel("xml").shred(
            data,
            name=element,
            max_record_bytes=options.max_record_bytes,
            max_columns=options.max_columns,
        )
        left = _Left()
        for row, whole in records.left:
            if whole:
                left.add(row, values_of(bytes(data[records.starts[row] : records.ends[row]])))
            else:
                at_end = inside and records.ends[row] == len(data)
                left.add(row, _without_end(element, options, at_end=at_end))
        names = left.names(records)
        if records.wide or len(names) > options.max_columns:
            raise LimitError(
                f"there are more than {options.max_columns:,} different paths in records, and each "
                "would be a column, or too many cells: raise max_columns, or lower chunk_rows"
            )
        if not records.left:
            rows = len(records.starts)
            columns = {
                each.name: TextColumn(records.text, each.values, 0, 1, rows)
                for each in records.columns
            }
            return cls(columns, records.starts, records.ends, records.numbers, (), records.outside)
        return left.together(records, names)


def _without_end(element: str, options: DecodeOptions, *, at_end: bool) -> Malformed:
    """What is wrong with an element that has no end."""
    if at_end:
        return Malformed(f"expected </{element}>: the document is cut off", "cut_off")
    return Malformed(
        f"expected </{element}> within {options.max_record_bytes:,} bytes: if it is there, raise "
        "max_record_bytes, or name another element by records_path",
        "no_end_tag",
    )


class _Left:
    """The values of the records that are left."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._cells: dict[str, dict[int, tuple[int, int]]] = {}
        self._malformed: dict[int, Malformed] = {}

    def add(self, row: int, values: Mapping[str, str] | Malformed) -> None:
        """Take the values of a row."""
        if isinstance(values, Malformed):
            self._malformed[row] = values
            return
        for name, value in values.items():
            made = value.encode()
            self._cells.setdefault(name, {})[row] = (len(self._text), len(made))
            self._text += made

    def names(self, records: Records) -> list[str]:
        """The names of all columns in the order of their first values."""
        found = {each.name: (each.first, at) for at, each in enumerate(records.columns)}
        for at, (name, cells) in enumerate(self._cells.items()):
            place = next(iter(cells)), at
            found[name] = min(found.get(name, place), place)
        return sorted(found, key=found.__getitem__)

    def together(self, records: Records, names: Iterable[str]) -> Rows:
        """The rows with what was left among them, and without what cannot be read."""
        text = bytes(records.text) + self._text
        kept = list(_runs(len(records.starts), self._malformed))
        spans = {each.name: each.values for each in records.columns}
        count = len(records.starts) - len(self._malformed)
        columns = {}
        for name in names:
            pairs = array("I", bytes(spans[name])) if name in spans else array("I")
            if name not in spans:
                pairs.extend([0, MISSING] * len(records.starts))
            for row, (start, size) in self._cells.get(name, {}).items():
                pairs[2 * row] = len(records.text) + start
                pairs[2 * row + 1] = size
            columns[name] = TextColumn(text, _taken(memoryview(pairs), kept, 2), 0, 1, count)
        broken = [
            Broken(records.numbers[row], records.starts[row], records.ends[row], what)
            for row, what in self._malformed.items()
        ]
        return Rows(
            columns,
            _taken(records.starts, kept, 1),
            _taken(records.ends, kept, 1),
            _taken(records.numbers, kept, 1),
            broken,
            records.outside,
        )


def _runs(count: int, without: Iterable[int]) -> Iterator[slice]:
    """What is left of *count* rows, as ranges."""
    start = 0
    for row in (*without, count):
        if row > start:
            yield slice(start, row)
        start = row + 1


def _taken(numbers: memoryview, kept: Sequence[slice], each: int) -> memoryview:
    """The kept ones of rows that have *each* numbers."""
    parts = (numbers[part.start * each : part.stop * each] for part in kept)
    return memoryview(b"".join(parts)).cast("I")

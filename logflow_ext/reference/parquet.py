"""What the Parquet kernel does, in plain Python."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from logflow_ext.cells import check_choice, flat
from logflow_ext.pages import DICTIONARIES, KINDS, Chunk, Page, check_bloom_filter, check_precision
from logflow_ext.reference.hashing import xxh64

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["encode", "encode_indexed"]

PLAIN, DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, RLE_DICTIONARY = 0, 5, 6, 8
MAX_PAGE = 2**31 - 1
MIN_RUN = 16
PATIENCE = 8192
BLOCK, MINIBLOCK = 128, 32
MAX_FILTER = 1 << 27
SALTS = (
    *(0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D),
    *(0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31),
)

FORMATS = dict(zip(KINDS[:11], "?bhiqBHIQfd", strict=True))
"""The ``struct`` formats of numbers, as Arrow has them."""
SIGNED = {"b": "i", "h": "i", "i": "i", "q": "q", "B": "i", "H": "i", "I": "i", "Q": "q"}
"""The formats of Parquet's integers for them."""
LOGICAL = SIGNED | {"B": "I", "H": "I", "I": "I", "Q": "Q"}
"""The formats as which bounds compare."""

Bounds = tuple[bytes | None, bytes | None]


def encode(
    kind: str,
    values: Buffer,
    offsets: Buffer | None,
    validity: Buffer | None,
    offset: int,
    rows: int,
    *,
    factor: int = 1,
    precision: int = 0,
    nullable: bool = True,
    dictionary: str = "auto",
    page_bytes: int = 1 << 20,
    bloom_filter: bool = False,
) -> Chunk:
    """The pages of an Arrow array; see the stub."""
    check_precision(kind, precision)
    check_bloom_filter(kind, bloom_filter)
    cells = _cells(kind, values, offsets, validity, offset, rows)
    _check_options(dictionary, page_bytes)
    present = [cell for cell in cells if cell is not None]
    pages = Pages([cell is not None for cell in cells], nullable, page_bytes, bloom_filter)
    if kind == "bool":
        return _write_booleans(present, pages)
    if kind in ("bytes", "large_bytes"):
        texts = Texts(present)
        return _write(texts, texts.distinct(dictionary), pages, dictionary)
    numbers: Numbers | Decimals
    if kind == "decimal128":
        numbers = _decimals(present, precision)
    else:
        numbers = Numbers(_physical(present, FORMATS[kind], factor), FORMATS[kind])
    return _write(numbers, numbers.distinct(dictionary), pages, dictionary)


def encode_indexed(
    index_kind: str,
    indices: Buffer,
    validity: Buffer | None,
    offset: int,
    rows: int,
    kind: str,
    values: Buffer,
    offsets: Buffer,
    first: int,
    entries: int,
    *,
    nullable: bool = True,
    dictionary: str = "auto",
    page_bytes: int = 1 << 20,
    bloom_filter: bool = False,
) -> Chunk:
    """The pages of an Arrow dictionary array; see the stub."""
    if kind not in ("bytes", "large_bytes"):
        raise ValueError(f"dictionaries are of bytes, not {kind}")
    slots = _cells(index_kind, indices, None, validity, offset, rows)
    texts = _cells(kind, values, offsets, None, first, entries)
    _check_options(dictionary, page_bytes)
    if index_kind not in KINDS[1:9]:
        raise ValueError("indices are integers")
    present = [slot for slot in slots if slot is not None]
    if bad := [slot for slot in present if not 0 <= slot < entries]:
        raise ValueError(f"index {bad[0]} of a dictionary of {entries} entries")
    pages = Pages([slot is not None for slot in slots], nullable, page_bytes, bloom_filter)
    places = {slot: place for place, slot in enumerate(dict.fromkeys(present))}
    indexed = Indexed([places[slot] for slot in present], [texts[slot] for slot in places])
    return _write(Texts([texts[slot] for slot in present]), indexed, pages, dictionary)


@dataclass(frozen=True, slots=True)
class Indexed:
    """Distinct values in order of appearance, and for each value its place among them."""

    places: list[int]
    entries: list[Any]


def _distinct(values: Sequence[Any], dictionary: str) -> Indexed | None:
    """``None`` where a dictionary is given up: every 8192 values, too many were new."""
    found: dict[Any, int] = {}
    places: list[int] = []
    for start in range(0, len(values), PATIENCE):
        before = len(found)
        block = values[start : start + PATIENCE]
        places += [found.setdefault(value, len(found)) for value in block]
        most = PATIENCE * (9 if start < 2 * PATIENCE else 5)
        is_whole = len(block) == PATIENCE
        if dictionary != "always" and is_whole and (len(found) - before) * 10 > most:
            return None
    return Indexed(places, list(found))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of a physical type in plain encoding, without nulls."""

    values: list[bytes]
    format: str
    is_even = True
    delta_encoding = DELTA_BINARY_PACKED
    delta_gain = 8

    def distinct(self, dictionary: str) -> Indexed | None:
        return _distinct(self.values, dictionary)

    def plain(self, values: Sequence[bytes]) -> bytes:
        return b"".join(values)

    def plain_size(self) -> int:
        return sum(map(len, self.values))

    def delta_size(self) -> int:
        integers = self._integers(self.values)
        return self.plain_size() if integers is None else _deltas_size(*integers)

    def deltas(self, values: Sequence[bytes]) -> bytes:
        integers = self._integers(values)
        assert integers is not None
        return _deltas(*integers)

    def bounds(self, values: Sequence[bytes]) -> Bounds:
        logical = "<" + LOGICAL.get(self.format, self.format)
        numbers = [struct.unpack(logical, value)[0] for value in values]
        numbers = [number for number in numbers if not math.isnan(number)]
        if not numbers:
            return None, None
        least, most = min(numbers), max(numbers)
        if self.format in "fd":
            least, most = least or -0.0, most or 0.0
        return struct.pack(logical, least), struct.pack(logical, most)

    def is_ascending(self) -> bool:
        if self.format in "fd":
            return False  # not all readers sort NaN and zeros in the same way
        logical = "<" + LOGICAL[self.format]
        return _is_ascending([struct.unpack(logical, value)[0] for value in self.values])

    def _integers(self, values: Sequence[bytes]) -> tuple[list[int], int] | None:
        if self.format not in SIGNED:
            return None
        physical = SIGNED[self.format]
        return [struct.unpack(f"<{physical}", v)[0] for v in values], 32 if physical == "i" else 64


@dataclass(frozen=True, slots=True)
class Decimals:
    """Decimals as big-endian numbers of a fixed number of bytes, without nulls."""

    values: list[bytes]
    is_even = True
    delta_encoding = PLAIN
    delta_gain = 1

    def distinct(self, dictionary: str) -> Indexed | None:
        return _distinct(self.values, dictionary)

    def plain(self, values: Sequence[bytes]) -> bytes:
        return b"".join(values)

    deltas = plain

    def plain_size(self) -> int:
        return sum(map(len, self.values))

    delta_size = plain_size

    def bounds(self, values: Sequence[bytes]) -> Bounds:
        return min(values, key=_number, default=None), max(values, key=_number, default=None)

    def is_ascending(self) -> bool:
        return _is_ascending(list(map(_number, self.values)))


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts or binary values without nulls."""

    values: list[bytes]
    is_even = False
    delta_encoding = DELTA_LENGTH_BYTE_ARRAY
    delta_gain = 20

    def distinct(self, dictionary: str) -> Indexed | None:
        return _distinct(self.values, dictionary)

    def plain(self, values: Sequence[bytes]) -> bytes:
        return b"".join(len(value).to_bytes(4, "little") + value for value in values)

    def plain_size(self) -> int:
        return sum(4 + len(value) for value in self.values)

    def delta_size(self) -> int:
        lengths = [len(value) for value in self.values]
        return _deltas_size(lengths, 32) + sum(lengths)

    def deltas(self, values: Sequence[bytes]) -> bytes:
        return _deltas([len(value) for value in values], 32) + b"".join(values)

    def bounds(self, values: Sequence[bytes]) -> Bounds:
        return min(values, default=None), max(values, default=None)

    def is_ascending(self) -> bool:
        return _is_ascending(self.values)


def _is_ascending(values: Sequence[Any]) -> bool:
    return all(before <= after for before, after in pairwise(values))


@dataclass(slots=True)
class Pages:
    """The rows of a chunk and which of them are valid; collects the pages."""

    valid: list[bool]
    nullable: bool
    page_bytes: int
    bloom_filter: bool
    body: bytearray = field(default_factory=bytearray)
    pages: list[Page] = field(default_factory=list)

    def even(self, size: int) -> Iterator[tuple[int, int]]:
        """Ranges of equally many rows for values of *size* bytes together."""
        parts = max(1, size // self.page_bytes)
        rows = max(1, -(-len(self.valid) // parts))
        for start in range(0, len(self.valid), rows):
            yield start, min(start + rows, len(self.valid))

    def by_size(self, sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Ranges of rows whose values have about as many bytes as wanted."""
        start = taken = 0
        left = iter(sizes)
        for row, is_valid in enumerate(self.valid):
            more = next(left) if is_valid else 0
            if is_valid and taken and taken + more > self.page_bytes:
                yield start, row
                start = row
                taken = 0
            taken += more
        if self.valid:
            yield start, len(self.valid)

    def write(
        self,
        ranges: Iterator[tuple[int, int]],
        data: Callable[[int, int], bytes],
        bounds: Callable[[int, int], Bounds],
    ) -> None:
        """A page for each range of rows; *data* and *bounds* are those of ranges of values."""
        value = 0
        for start, end in ranges:
            valid = self.valid[start:end]
            present = sum(valid)
            page = _levels(valid) if self.nullable else b""
            page += data(value, value + present)
            if len(page) > MAX_PAGE:
                raise ValueError(f"a page of {len(page)} bytes is more than Parquet can have")
            self.pages.append(
                Page(
                    len(self.body),
                    len(page),
                    end - start,
                    end - start - present,
                    *bounds(value, value + present),
                )
            )
            self.body += page
            value += present

    def chunk(
        self,
        encoding: int,
        bounds: Bounds,
        ascending: bool,
        values: Sequence[bytes],
        dictionary: bytes | None = None,
        entries: int = 0,
    ) -> Chunk:
        """The chunk; a Bloom filter finds *values*."""
        bloom_filter = _bloom_filter(values) if self.bloom_filter else None
        body = bytes(self.body)
        return Chunk(
            encoding, dictionary, entries, body, self.pages, *bounds, ascending, bloom_filter
        )


def _write(
    values: Numbers | Decimals | Texts, indexed: Indexed | None, pages: Pages, dictionary: str
) -> Chunk:
    """Values in the encoding that takes the least room, with some preference for dictionaries."""
    plain = values.plain_size()
    if dictionary != "never" and values.values and indexed:
        entries = values.plain(indexed.entries)
        width = max(1, (len(indexed.entries) - 1).bit_length())
        bits = len(indexed.places) * width
        size = len(entries) + bits // 8
        pays = size <= plain and (size <= plain // 8 or size <= values.delta_size())
        if (dictionary == "always" or pays) and len(entries) <= MAX_PAGE:
            places = indexed.places
            pages.write(
                pages.even(bits // 8),
                lambda start, end: bytes([width]) + _hybrid(places[start:end], width),
                lambda start, end: values.bounds(values.values[start:end]),
            )
            return pages.chunk(
                RLE_DICTIONARY,
                values.bounds(values.values),
                values.is_ascending(),
                indexed.entries,
                entries,
                len(indexed.entries),
            )
    deltas = values.delta_size() if values.values else plain
    is_delta = deltas < plain - plain // values.delta_gain
    write = values.deltas if is_delta else values.plain
    size = deltas if is_delta else plain
    sizes = [4 + len(value) for value in values.values]
    pages.write(
        pages.even(size) if values.is_even else pages.by_size(sizes),
        lambda start, end: write(values.values[start:end]),
        lambda start, end: values.bounds(values.values[start:end]),
    )
    encoding = values.delta_encoding if is_delta else PLAIN
    return pages.chunk(encoding, values.bounds(values.values), values.is_ascending(), values.values)


def _write_booleans(values: list[bool], pages: Pages) -> Chunk:
    def bounds(start: int, end: int) -> Bounds:
        some = values[start:end]
        return (bytes([min(some)]), bytes([max(some)])) if some else (None, None)

    pages.write(
        pages.even((len(values) + 7) // 8),
        lambda start, end: _packed(list(map(int, values[start:end])), 1),
        bounds,
    )
    return pages.chunk(PLAIN, bounds(0, len(values)), False, [])


def _bloom_filter(values: Sequence[bytes]) -> bytes:
    """A split block Bloom filter, in which of other values one in a hundred seems to be."""
    size = 32
    while size < min(len(values) + len(values) // 3, MAX_FILTER):
        size *= 2
    words = [0] * (size // 4)
    for value in values:
        code = xxh64(value)
        block = (code >> 32) * (size // 32) >> 32
        for i, salt in enumerate(SALTS):
            words[block * 8 + i] |= 1 << ((code * salt & 0xFFFFFFFF) >> 27)
    return struct.pack(f"<{len(words)}I", *words)


def _levels(valid: list[bool]) -> bytes:
    """Definition levels: a run if all are equal, else bits."""
    if len(set(valid)) == 1:
        levels = _varint(len(valid) << 1) + bytes([valid[0]])
    else:
        levels = _varint((len(valid) + 7) // 8 << 1 | 1) + _packed(list(map(int, valid)), 1)
    return len(levels).to_bytes(4, "little") + levels


def _hybrid(values: list[int], width: int) -> bytes:
    """Runs of at least 16 equal values, and bit-packed groups of eight."""
    out = bytearray()
    literal = i = 0

    def pack(end: int) -> None:
        if end > literal:
            groups = -(-(end - literal) // 8)
            padded = values[literal:end] + [0] * (groups * 8 - (end - literal))
            out.extend(_varint(groups << 1 | 1) + _packed(padded, width))

    while i + MIN_RUN <= len(values):
        end = i
        while end < len(values) and values[end] == values[i]:
            end += 1
        if end - i < MIN_RUN:
            i += 8
            continue
        pack(i)
        out += _varint((end - i) << 1) + values[i].to_bytes((width + 7) // 8, "little")
        literal = i = end
    pack(len(values))
    return bytes(out)


def _deltas(values: list[int], bits: int) -> bytes:
    """``DELTA_BINARY_PACKED``."""
    first = values[0] if values else 0
    out = bytearray(_varint(BLOCK) + _varint(4) + _varint(len(values)) + _zigzag(first))
    for least, miniblocks, count in _delta_blocks(values, bits):
        widths = [max(miniblock).bit_length() for miniblock in miniblocks]
        out += _zigzag(least) + bytes(widths)
        used = -(-count // MINIBLOCK)
        for miniblock, width in zip(miniblocks[:used], widths, strict=False):
            out += _packed(miniblock, width)
    return bytes(out)


def _deltas_size(values: list[int], bits: int) -> int:
    return sum(
        5 + 4 + sum(max(miniblock).bit_length() * MINIBLOCK // 8 for miniblock in miniblocks)
        for _, miniblocks, _ in _delta_blocks(values, bits)
    )


def _delta_blocks(values: list[int], bits: int) -> Iterator[tuple[int, list[list[int]], int]]:
    """For each block the least delta, the others less that in miniblocks, and their number."""
    for start in range(1, len(values), BLOCK):
        pairs = zip(values[start - 1 :], values[start : start + BLOCK], strict=False)
        deltas = [_wrapped(after - before, bits) for before, after in pairs]
        least = min(deltas)
        rest = [delta - least for delta in deltas] + [0] * (BLOCK - len(deltas))
        yield least, [rest[i : i + MINIBLOCK] for i in range(0, BLOCK, MINIBLOCK)], len(deltas)


def _wrapped(value: int, bits: int) -> int:
    """*value* modulo two to the power of *bits*, signed."""
    value &= (1 << bits) - 1
    return value - (value >> (bits - 1) << bits)


def _packed(values: list[int], width: int) -> bytes:
    """Numbers of *width* bits, least significant bit first, padded to whole bytes."""
    number = 0
    for i, value in enumerate(values):
        number |= value << i * width
    return number.to_bytes((len(values) * width + 7) // 8, "little")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _zigzag(number: int) -> bytes:
    return _varint(number << 1 if number >= 0 else (-number << 1) - 1)


def _physical(values: list[Any], kind: str, factor: int) -> list[bytes]:
    """Numbers in plain encoding; integers times *factor*."""
    if kind not in SIGNED:
        return values
    bits = 8 * struct.calcsize(f"={SIGNED[kind]}")
    products = [_wrapped(value, bits) * factor for value in values]
    if any(product != _wrapped(product, bits) for product in products):
        raise ValueError(f"a value times {factor} is out of range")
    return [product.to_bytes(bits // 8, "little", signed=True) for product in products]


def _decimals(values: list[int], precision: int) -> Numbers | Decimals:
    """Decimals as 32-bit or 64-bit integers, or in as few bytes as hold so many digits."""
    width = 4 if precision <= 9 else 8
    if precision > 18:
        width = (10**precision - 1).bit_length() // 8 + 1
    if any(not -1 <= value >> (8 * width - 1) <= 0 for value in values):
        raise ValueError(f"a decimal has more than {precision} digits")
    if precision > 18:
        return Decimals([value.to_bytes(width, "big", signed=True) for value in values])
    kind = "i" if width == 4 else "q"
    return Numbers([value.to_bytes(width, "little", signed=True) for value in values], kind)


def _cells(
    kind: str,
    values: Buffer,
    offsets: Buffer | None,
    validity: Buffer | None,
    offset: int,
    rows: int,
) -> list[Any]:
    """The values of an Arrow array, ``None`` for nulls."""
    check_choice("kind", kind, KINDS)
    if offset < 0 or rows < 0:
        raise ValueError(f"no array has offset {offset} and {rows} rows")
    data = flat(values)
    slots = range(offset, offset + rows)
    valid = [True] * rows if validity is None else _bits("validity", flat(validity), slots)
    found: list[Any]
    if kind == "bool":
        found = list(_bits("values", data, slots))
    elif kind.startswith("float"):  # as bytes, because Python changes NaN
        size = struct.calcsize(f"={FORMATS[kind]}")
        _need("values", data, slots.stop * size)
        found = [bytes(data[i * size : (i + 1) * size]) for i in slots]
    elif kind == "decimal128":
        _need("values", data, slots.stop * 16)
        found = [int.from_bytes(data[i * 16 : i * 16 + 16], "little", signed=True) for i in slots]
    elif kind in FORMATS:
        found = _numbers("values", data, FORMATS[kind], slots)
    else:
        starts = range(offset, offset + rows + 1)
        ends = _numbers("offsets", flat(offsets or b""), "q" if kind[0] == "l" else "i", starts)
        if ends[0] < 0 or any(ends[i] > ends[i + 1] for i in range(rows)):
            raise ValueError("the offsets do not ascend")
        if any(ends[i + 1] - ends[i] > MAX_PAGE // 2 for i in range(rows)):
            raise ValueError("a value is too long for Parquet")
        _need("values", data, ends[-1])
        found = [bytes(data[ends[i] : ends[i + 1]]) for i in range(rows)]
    return [cell if is_valid else None for cell, is_valid in zip(found, valid, strict=True)]


def _bits(what: str, data: memoryview, slots: range) -> list[bool]:
    _need(what, data, (slots.stop + 7) // 8)
    return [bool(data[i >> 3] >> (i & 7) & 1) for i in slots]


def _numbers(what: str, data: memoryview, kind: str, slots: range) -> list[Any]:
    size = struct.calcsize(f"={kind}")
    _need(what, data, slots.stop * size)
    return list(struct.unpack_from(f"<{len(slots)}{kind}", data, slots.start * size))


def _need(what: str, data: memoryview, size: int) -> None:
    if len(data) < size:
        raise ValueError(f"the {what} have {len(data)} bytes, but the array needs {size}")


def _check_options(dictionary: str, page_bytes: int) -> None:
    check_choice("dictionary", dictionary, DICTIONARIES)
    if page_bytes < 1:
        raise ValueError(f"pages have at least 1 byte, not {page_bytes}")

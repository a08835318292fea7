"""Arrow columns of the common flat types as Parquet column chunks.

The pages are laid out by the kernel :mod:`logflow_ext.parquet`; here they are compressed and get
their headers, statistics and indexes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from logflow.errors import OptionError
from logflow_ext import kernel
from logflow_parquet.metadata import COMPRESSED_SIZE
from logflow_parquet.options import NEWEST, ParquetOptions
from logflow_parquet.thrift import BINARY, I32, I64, LIST, STRUCT, TRUE, Struct, encoded

if TYPE_CHECKING:
    from logflow_ext.pages import Chunk, Page

__all__ = ["ColumnChunk", "Laid", "Layout", "check_bloom_filters", "lay_out"]

DATA_PAGE, DICTIONARY_PAGE = 0, 2
PLAIN, RLE, RLE_DICTIONARY = 0, 3, 8
BOOLEAN, INT32, INT64, FLOAT, DOUBLE, BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY = 0, 1, 2, 4, 5, 6, 7
UNCOMPRESSED = 0
CODECS = {"snappy": 1, "gzip": 2, "brotli": 4, "zstd": 6, "lz4_raw": 7}

WINDOWS, WINDOW = 3, 1 << 15
"""How many samples of how many bytes are compressed to see whether it pays."""

WORTHWHILE = 0.92
"""Where the samples do not get smaller than this, the column chunk is not compressed."""

MAX_BOUND = 64
"""Bytes of a least or largest text in page indexes, where it may be cut."""

MAX_STATISTICS = 512
"""Bytes of a least or largest text of a column chunk, which is left out rather than cut."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a type is stored: the kernel's name, Parquet's type, the ``struct`` format.

    Bytes of a fixed number, which have no format, are big-endian numbers."""

    name: str
    physical: int
    format: str = ""
    factor: int = 1
    precision: int = 0


INTEGERS = {
    pa.int8(): Kind("int8", INT32, "<i"),
    pa.int16(): Kind("int16", INT32, "<i"),
    pa.int32(): Kind("int32", INT32, "<i"),
    pa.int64(): Kind("int64", INT64, "<q"),
    pa.uint8(): Kind("uint8", INT32, "<I"),
    pa.uint16(): Kind("uint16", INT32, "<I"),
    pa.uint32(): Kind("uint32", INT32, "<I"),
    pa.uint64(): Kind("uint64", INT64, "<Q"),
}

TEXTS = {
    pa.string(): Kind("bytes", BYTE_ARRAY),
    pa.binary(): Kind("bytes", BYTE_ARRAY),
    pa.large_string(): Kind("large_bytes", BYTE_ARRAY),
    pa.large_binary(): Kind("large_bytes", BYTE_ARRAY),
}

KINDS = {
    **INTEGERS,
    **TEXTS,
    pa.bool_(): Kind("bool", BOOLEAN, "<?"),
    pa.float32(): Kind("float32", FLOAT, "<f"),
    pa.float64(): Kind("float64", DOUBLE, "<d"),
    pa.date32(): Kind("int32", INT32, "<i"),
    pa.time32("s"): Kind("int32", INT32, "<i", factor=1000),
    pa.time32("ms"): Kind("int32", INT32, "<i"),
    pa.time64("us"): Kind("int64", INT64, "<q"),
    pa.time64("ns"): Kind("int64", INT64, "<q"),
    **{pa.duration(unit): Kind("int64", INT64, "<q") for unit in ("s", "ms", "us", "ns")},
}


@dataclass(frozen=True, slots=True)
class Layout:
    """What all column chunks have in common; *codec* is ``None`` for no compression.

    *bloom_filters* are the names of columns that get one.
    """

    dictionary: Literal["auto", "always", "never"]
    page_bytes: int
    codec: pa.Codec | None
    bloom_filters: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ColumnChunk:
    """What a file's metadata say of a column chunk; offsets count from its own first byte.

    *meta* is its ``ColumnMetaData``, *locations* are offset, size and first row of its data pages,
    if there is an offset index; *bloom_filter* are the bytes of a whole one.  *ends* are the first
    and the last value, as what compares like them, of ascending values without nulls.
    """

    meta: Struct
    column_index: bytes | None
    locations: Sequence[tuple[int, int, int]]
    bloom_filter: bytes = b""
    ends: tuple[Any, Any] | None = None

    @property
    def size(self) -> int:
        """Its bytes, without index and filter."""
        size: int = self.meta[COMPRESSED_SIZE][1]
        return size


Laid = tuple[ColumnChunk, Sequence[Any]]
"""A column chunk and its bytes, in pieces."""


def kind_of(kind: pa.DataType) -> Kind | None:
    """How values of a type are laid out; ``None`` for the types that pyarrow writes."""
    if pa.types.is_timestamp(kind):
        return Kind("int64", INT64, "<q", factor=1000 if kind.unit == "s" else 1)
    if pa.types.is_decimal128(kind):
        return _decimal(kind.precision)
    if pa.types.is_dictionary(kind):
        return TEXTS.get(kind.value_type)
    return KINDS.get(kind)


def _decimal(precision: int) -> Kind:
    """How decimals are stored: as integers where those have enough digits."""
    if precision <= 9:
        return Kind("decimal128", INT32, "<i", precision=precision)
    if precision <= 18:
        return Kind("decimal128", INT64, "<q", precision=precision)
    return Kind("decimal128", FIXED_LEN_BYTE_ARRAY, precision=precision)


def check_bloom_filters(schema: pa.Schema, options: ParquetOptions) -> None:
    """Raise :exc:`~logflow.errors.OptionError` for columns in *options* that can have none."""
    names = tuple(schema.names)
    for name in options.bloom_filters:
        if name not in names:
            raise _no_filter(f"{name!r}; the columns are {', '.join(names)}", valid=names)
        kind = kind_of(schema.field(name).type)
        if kind is None or kind.physical in (BOOLEAN, FLOAT, DOUBLE):
            given = schema.field(name).type
            raise _no_filter(f"{name!r}, but values of type {given} can have none")
        if options.version != NEWEST:
            raise _no_filter(f"{name!r}, but there are none in version {options.version}")


def _no_filter(message: str, valid: tuple[str, ...] = ()) -> OptionError:
    return OptionError(f"option 'bloom_filters' names {message}", name="bloom_filters", valid=valid)


def lay_out(column: pa.ChunkedArray, field: pa.Field, layout: Layout) -> Laid | None:
    """The column chunk of *column*; ``None`` if pyarrow has to write it.

    Raises ``ValueError`` for values that Parquet cannot hold.
    """
    kind = kind_of(field.type)
    if kind is None or (column.null_count and not field.nullable):
        return None
    try:
        array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    except pa.ArrowInvalid:  # more than 32-bit offsets can reach
        return None
    if isinstance(array, pa.ChunkedArray):
        return None
    chunk = _pages(array, kind, field, layout)
    return None if chunk is None else _column_chunk(chunk, kind, field.name, len(array), layout)


def _pages(array: Any, kind: Kind, field: pa.Field, layout: Layout) -> Chunk | None:
    pages: Any = kernel("parquet")
    chunk: Chunk
    options: Any = {
        "nullable": field.nullable,
        "dictionary": layout.dictionary,
        "page_bytes": layout.page_bytes,
        "bloom_filter": field.name in layout.bloom_filters,
    }
    buffers = array.buffers()
    place = (buffers[0] if array.null_count else None, array.offset, len(array))
    if pa.types.is_dictionary(array.type):
        entries = array.dictionary
        if entries.null_count:
            return None
        _, offsets, values = entries.buffers()
        chunk = pages.encode_indexed(
            INTEGERS[array.type.index_type].name,
            buffers[1] or b"",
            *place,
            kind.name,
            values or b"",
            offsets or bytes(8),
            entries.offset,
            len(entries),
            **options,
        )
        return chunk
    offsets = (buffers[1] or bytes(8)) if len(buffers) == 3 else None
    chunk = pages.encode(
        kind.name,
        buffers[-1] or b"",
        offsets,
        *place,
        factor=kind.factor,
        precision=kind.precision,
        **options,
    )
    return chunk


def _column_chunk(chunk: Chunk, kind: Kind, name: str, rows: int, layout: Layout) -> Laid:
    codec, (dictionary, *pages) = _compressed(chunk, layout.codec)
    pieces: list[Any] = []
    locations: list[tuple[int, int, int]] = []
    size = plain_size = row = 0
    encodings = [RLE, chunk.encoding]
    counts = [{1: (I32, DATA_PAGE), 2: (I32, chunk.encoding), 3: (I32, len(chunk.pages))}]
    if chunk.dictionary is not None:
        encodings = [PLAIN, RLE, RLE_DICTIONARY]
        counts.insert(0, {1: (I32, DICTIONARY_PAGE), 2: (I32, PLAIN), 3: (I32, 1)})
        header: Struct = {1: (I32, chunk.entries), 2: (I32, PLAIN)}
        entries = len(memoryview(chunk.dictionary))
        head = _page_header(DICTIONARY_PAGE, {7: (STRUCT, header)}, entries, dictionary)
        pieces += [head, dictionary]
        size = len(head) + len(dictionary)
        plain_size = len(head) + entries
    first = size
    for page, data in zip(chunk.pages, pages, strict=True):
        header = {
            1: (I32, page.rows),
            2: (I32, chunk.encoding),
            3: (I32, RLE),
            4: (I32, RLE),
            5: (STRUCT, _statistics(page.least, page.most, page.nulls)),
        }
        head = _page_header(DATA_PAGE, {5: (STRUCT, header)}, page.size, data)
        pieces += [head, data]
        locations.append((size, len(head) + len(data), row))
        size += len(head) + len(data)
        plain_size += len(head) + page.size
        row += page.rows
    nulls = sum(page.nulls for page in chunk.pages)
    meta: Struct = {
        1: (I32, kind.physical),
        2: (LIST, (I32, encodings)),
        3: (LIST, (BINARY, [name.encode()])),
        4: (I32, CODECS[codec.name] if codec else UNCOMPRESSED),
        5: (I64, rows),
        6: (I64, plain_size),
        7: (I64, size),
        9: (I64, first),
        **({} if chunk.dictionary is None else {11: (I64, 0)}),
        12: (STRUCT, _statistics(chunk.least, chunk.most, nulls)),
        13: (LIST, (STRUCT, counts)),
    }
    return ColumnChunk(
        meta,
        _column_index(chunk.pages, kind),
        locations,
        _bloom_filter(chunk.bloom_filter),
        None if nulls else _ends(chunk, kind),
    ), pieces


def _compressed(chunk: Chunk, codec: pa.Codec | None) -> tuple[pa.Codec | None, Sequence[Any]]:
    """The dictionary (empty without one) and the pages, compressed if that makes them smaller
    enough, and by what they are."""
    body = memoryview(chunk.body)
    plain = [
        memoryview(chunk.dictionary or b""),
        *(body[page.start : page.start + page.size] for page in chunk.pages),
    ]
    if codec is None or not _promises(codec, plain[0], body):
        return None, plain
    compressed = [codec.compress(part) for part in plain]
    size = sum(len(part) for part in plain)
    if sum(len(part) for part in compressed) < size * WORTHWHILE:
        return codec, compressed
    return None, plain


def _promises(codec: pa.Codec, *parts: memoryview) -> bool:
    """Whether samples of *parts* get smaller enough; what is no larger than its samples is better
    tried."""
    sizes = [min(len(part), WINDOWS * WINDOW) for part in parts]
    if sizes == [len(part) for part in parts]:
        return True
    after = sum(size * _ratio(codec, part) for part, size in zip(parts, sizes, strict=True) if size)
    return after < sum(sizes) * WORTHWHILE


def _ratio(codec: pa.Codec, data: memoryview) -> float:
    """How small the best of some windows gets: where matches come late, codecs such as Snappy give
    up looking for them, which hangs on where they start."""
    count = min(WINDOWS, 1 + len(data) // (2 * WINDOW))
    step = len(data) // count
    windows = [data[i * step : i * step + WINDOW] for i in range(count)]
    return min(len(codec.compress(one, asbytes=True)) / len(one) for one in windows)


def _page_header(kind: int, header: Struct, plain_size: int, stored: Any) -> bytes:
    """What stands before the *stored* bytes of a page."""
    checksum = zlib.crc32(stored)
    head: Struct = {
        1: (I32, kind),
        2: (I32, plain_size),
        3: (I32, len(stored)),
        4: (I32, checksum - (checksum >> 31 << 32)),
        **header,
    }
    return encoded(head)


def _bloom_filter(blocks: bytes | None) -> bytes:
    """A Bloom filter with its header: in split blocks, by XXH64, not compressed."""
    if blocks is None:
        return b""
    choice: tuple[int, Struct] = STRUCT, {1: (STRUCT, {})}
    return encoded({1: (I32, len(blocks)), 2: choice, 3: choice, 4: choice}) + blocks


def _statistics(least: bytes | None, most: bytes | None, nulls: int) -> Struct:
    statistics: Struct = {3: (I64, nulls)}
    if least is not None and most is not None and len(least) + len(most) <= MAX_STATISTICS:
        statistics |= {5: (BINARY, most), 6: (BINARY, least), 7: (TRUE, True), 8: (TRUE, True)}
    return statistics


def _column_index(pages: Sequence[Page], kind: Kind) -> bytes | None:
    """``ColumnIndex``; there is none if the values of a page have no bounds, being all NaN."""
    if any(page.least is None and page.nulls < page.rows for page in pages):
        return None
    bounds = [_cut(page.least, page.most, kind) for page in pages]
    values = [pair for pair, page in zip(bounds, pages, strict=True) if page.least is not None]
    index: Struct = {
        1: (LIST, (TRUE, [page.least is None for page in pages])),
        2: (LIST, (BINARY, [least for least, _ in bounds])),
        3: (LIST, (BINARY, [most for _, most in bounds])),
        4: (I32, _boundary_order(values, kind)),
        5: (LIST, (I64, [page.nulls for page in pages])),
    }
    return encoded(index)


def _cut(least: bytes | None, most: bytes | None, kind: Kind) -> tuple[bytes, bytes]:
    """Bounds that are short: at most the least value, at least the largest."""
    if least is None or most is None:
        return b"", b""
    if kind.physical != BYTE_ARRAY:
        return least, most
    return _below(least), _above(most)


def _below(value: bytes) -> bytes:
    """A short value that sorts before *value* or is it; text is cut between characters."""
    if len(value) <= MAX_BOUND:
        return value
    end = MAX_BOUND
    while end > MAX_BOUND - 3 and value[end] & 0xC0 == 0x80:  # inside a character of UTF-8
        end -= 1
    return value[:end]


def _above(value: bytes) -> bytes:
    """A short value that sorts behind *value* or is it.

    Text stays text: the last character of ASCII that has a successor in ASCII becomes that, and
    without one the value stays long.
    """
    if len(value) <= MAX_BOUND:
        return value
    start = value[:MAX_BOUND]
    for at in range(len(start) - 1, -1, -1):
        if start[at] < 0x7F:
            return start[:at] + bytes([start[at] + 1])
    return value


def _boundary_order(bounds: Sequence[tuple[bytes, bytes]], kind: Kind) -> int:
    """How the bounds of pages go on: 1 upwards, 2 downwards, 0 neither."""
    values = list(_comparable(bounds, kind))
    if all(a <= c and b <= d for (a, b), (c, d) in pairwise(values)):
        return 1
    return 2 if all(a >= c and b >= d for (a, b), (c, d) in pairwise(values)) else 0


def _ends(chunk: Chunk, kind: Kind) -> tuple[Any, Any] | None:
    if not chunk.ascending or chunk.least is None or chunk.most is None:
        return None
    return next(_comparable([(chunk.least, chunk.most)], kind))


def _comparable(bounds: Sequence[tuple[bytes, bytes]], kind: Kind) -> Iterator[tuple[Any, Any]]:
    if kind.physical == BYTE_ARRAY:
        yield from bounds
        return
    for least, most in bounds:
        if kind.physical == FIXED_LEN_BYTE_ARRAY:
            yield (
                int.from_bytes(least, "big", signed=True),
                int.from_bytes(most, "big", signed=True),
            )
        else:
            yield *struct.unpack(kind.format, least), *struct.unpack(kind.format, most)

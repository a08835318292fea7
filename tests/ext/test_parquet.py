"""The Parquet kernel: the same pages as its twin, and refusal of what is not in its buffers."""

from __future__ import annotations

import random
import struct
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.parquet
import logflow_ext.reference.parquet
from logflow_ext.pages import DICTIONARIES, KINDS, Chunk

MODULES = [
    pytest.param(logflow_ext.parquet, id="compiled"),
    pytest.param(logflow_ext.reference.parquet, id="twin"),
]
SIZES = dict(zip(KINDS, (0, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 16), strict=False))
SPECIAL = [0.0, -0.0, float("nan"), float("inf"), -1.5, 5e-324]


def outcome(module: ModuleType, name: str, *arguments: Any, **options: Any) -> Any:
    """The chunk with its buffers as bytes, or the class of the error."""
    try:
        chunk: Chunk = getattr(module, name)(*arguments, **options)
    except ValueError as err:
        return type(err)
    dictionary = None if chunk.dictionary is None else bytes(chunk.dictionary)
    return chunk._replace(dictionary=dictionary, body=bytes(chunk.body))


def same(name: str, *arguments: Any, **options: Any) -> Any:
    found = outcome(logflow_ext.parquet, name, *arguments, **options)
    assert found == outcome(logflow_ext.reference.parquet, name, *arguments, **options)
    return found


def column(kind: str, count: int, shape: str, seed: int) -> tuple[bytes, bytes | None]:
    """The buffers of *count* values: random, few distinct, ascending, or in runs."""
    rng = random.Random(seed)
    numbers = {
        "random": lambda i: rng.getrandbits(64),
        "narrow": lambda i: rng.randrange(1000) - 500,
        "few": lambda i: rng.randrange(5) - 2,
        "ascending": lambda i: 10**6 + 3 * i + rng.randrange(3),
        "runs": lambda i: i // 50,
    }[shape]
    values = [numbers(i) for i in range(count)]
    if kind == "bool":
        bits = sum((value & 1) << i for i, value in enumerate(values))
        return bits.to_bytes(count // 8 + 1, "little"), None
    if kind in ("float32", "float64"):
        doubles = [
            SPECIAL[value % 6] if shape in ("few", "runs") else value % 2**20 / 8
            for value in values
        ]
        return struct.pack(f"<{count}{'f' if kind == 'float32' else 'd'}", *doubles), None
    if kind in SIZES:
        size = SIZES[kind]
        return b"".join((v % 2 ** (8 * size)).to_bytes(size, "little") for v in values), None
    texts = [str(value).encode()[: value % 23] + b"\xff" * (value % 3) for value in values]
    offsets = [0]
    for text in texts:
        offsets.append(offsets[-1] + len(text))
    width = "i" if kind == "bytes" else "q"
    return b"".join(texts), struct.pack(f"<{count + 1}{width}", *offsets)


@st.composite
def arrays(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> tuple[Any, ...]:
    """An array somewhere in its buffers, nearly always valid."""
    kind = draw(st.sampled_from(kinds))
    shape = draw(st.sampled_from(["random", "narrow", "few", "ascending", "runs"]))
    offset = draw(st.integers(0, 20))
    rows = draw(st.integers(0, 30) | st.integers(0, 700))
    values, offsets = column(kind, offset + rows, shape, draw(st.integers(0, 2**32)))
    rng = random.Random(draw(st.integers(0, 2**32)))
    rate = draw(st.sampled_from([0, 0.1, 0.5, 1]))
    bits = [rng.random() >= rate for _ in range(offset + rows)]
    packed = sum(bit << i for i, bit in enumerate(bits)).to_bytes(len(bits) // 8 + 1, "little")
    validity = draw(st.sampled_from([None, packed]))
    if draw(st.integers(0, 9)) == 0:
        values = values[: draw(st.integers(0, len(values)))]
    return kind, values, offsets, validity, offset, rows


options = st.fixed_dictionaries(
    {
        "nullable": st.booleans(),
        "dictionary": st.sampled_from(DICTIONARIES),
        "page_bytes": st.sampled_from([1, 64, 500, 1 << 20]),
        "bloom_filter": st.booleans(),
    }
)


@given(arrays(), options, st.sampled_from([1, 1, 1000, -7]), st.integers(0, 39))
@settings(deadline=None, max_examples=400)
def test_the_twin_lays_out_the_same(
    array: Any, options: dict[str, Any], factor: int, precision: int
) -> None:
    chunk = same("encode", *array, factor=factor, precision=precision, **options)
    if isinstance(chunk, Chunk):
        assert sum(page.rows for page in chunk.pages) == array[-1]
        assert sum(page.size for page in chunk.pages) == len(chunk.body)


@given(arrays(KINDS[1:9]), arrays(KINDS[-2:]), options)
@settings(deadline=None, max_examples=300)
def test_the_twin_lays_out_the_same_dictionaries(
    places: Any, entries: Any, options: dict[str, Any]
) -> None:
    kind, indices, _, validity, offset, rows = places
    text_kind, values, offsets, _, first, count = entries
    if count:
        size = SIZES[kind]
        least = min(count, 2 ** (8 * size - 1))
        each = (indices[i : i + size] for i in range(0, len(indices) // size * size, size))
        indices = b"".join(
            (int.from_bytes(one, "little") % least).to_bytes(size, "little") for one in each
        )
    chunk = same(
        "encode_indexed",
        *(kind, indices, validity, offset, rows),
        *(text_kind, values, offsets, first, count),
        **options,
    )
    if isinstance(chunk, Chunk):
        assert sum(page.rows for page in chunk.pages) == rows


@pytest.mark.parametrize("distinct", [100, 9000, 40_000])
@pytest.mark.parametrize("kind", ["int64", "float32", "decimal128", "bytes"])
@pytest.mark.parametrize("dictionary", DICTIONARIES)
def test_long_columns(kind: str, distinct: int, dictionary: str) -> None:
    """Where dictionaries are given up, hash tables grow, and pages are many."""
    rng = random.Random(distinct)
    rows = 30_000
    numbers = [rng.randrange(distinct) * 10**5 for _ in range(rows)]
    if kind == "bytes":
        texts = [str(number).encode() for number in numbers]
        ends = [0]
        for text in texts:
            ends.append(ends[-1] + len(text))
        values, offsets = b"".join(texts), struct.pack(f"<{rows + 1}i", *ends)
    elif kind == "decimal128":
        values, offsets = b"".join(number.to_bytes(16, "little") for number in numbers), None
    else:
        form = "q" if kind == "int64" else "f"
        values, offsets = struct.pack(f"<{rows}{form}", *numbers), None
    options = {"dictionary": dictionary, "page_bytes": 10_000, "precision": 20}
    chunk = same("encode", kind, values, offsets, None, 0, rows, **options)
    assert sum(page.rows for page in chunk.pages) == rows
    assert len(chunk.pages) > 1


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("array", "message"),
    [
        (("int64", bytes(15), None, None, 0, 2), "values have 15 bytes, but the array needs 16"),
        (("int64", bytes(16), None, None, 1, 2), "values have 16 bytes, but the array needs 24"),
        (("int64", bytes(16), None, b"", 0, 2), "validity have 0 bytes, but the array needs 1"),
        (("bool", b"", None, None, 0, 1), "values have 0 bytes"),
        (("bytes", b"ab", bytes(4), None, 0, 1), "offsets have 4 bytes, but the array needs 8"),
        (("bytes", b"ab", struct.pack("<2i", 0, 3), None, 0, 1), "values have 2 bytes"),
        (("bytes", b"ab", struct.pack("<3i", 0, 2, 1), None, 0, 2), "do not ascend"),
        (("bytes", b"ab", struct.pack("<2i", -1, 1), None, 0, 1), "do not ascend"),
        (("large_bytes", b"", struct.pack("<2q", 0, 2**31), None, 0, 1), "too long"),
        (("int64", b"", None, None, -1, 0), "offset -1"),
        (("int64", b"", None, None, 0, -1), "-1 rows"),
        (("int65", b"", None, None, 0, 0), "int65"),
    ],
)
def test_what_is_not_in_the_buffers(module: ModuleType, array: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module.encode(*array)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("bad", [2, -1])
def test_indices_beyond_the_dictionary(module: ModuleType, bad: int) -> None:
    offsets = struct.pack("<3i", 0, 1, 2)
    with pytest.raises(ValueError, match=f"index {bad} of a dictionary of 2 entries"):
        module.encode_indexed(
            "int8", struct.pack("b", bad), None, 0, 1, "bytes", b"ab", offsets, 0, 2
        )


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dictionary": "some"}, "auto, always, never"),
        ({"page_bytes": 0}, "at least 1 byte"),
        ({"factor": 2**62}, "out of range"),
    ],
)
def test_options_that_are_none(module: ModuleType, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module.encode("int64", struct.pack("<q", 9), None, None, 0, 1, **options)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("kind", ["bool", "float32", "float64"])
def test_kinds_without_bloom_filters(module: ModuleType, kind: str) -> None:
    with pytest.raises(ValueError, match=kind):
        module.encode(kind, bytes(8), None, None, 0, 1, bloom_filter=True)


@pytest.mark.parametrize("count", [0, 1, 24, 25, 1000, 100_000])
def test_sizes_of_bloom_filters(count: int) -> None:
    values = struct.pack(f"<{count}q", *range(count))
    chunk = logflow_ext.parquet.encode(
        "int64", values, None, None, 0, count, dictionary="never", bloom_filter=True
    )
    size = len(chunk.bloom_filter or b"")
    assert size >= 32
    assert size & (size - 1) == 0
    assert size == 32 or 4 / 3 - 0.1 <= size / count < 8 / 3


@pytest.mark.parametrize("precision", range(1, 39))
@pytest.mark.parametrize("dictionary", ["always", "never"])
def test_decimals(precision: int, dictionary: str) -> None:
    """Of all numbers of digits, up to the largest and the least."""
    most = 10**precision - 1
    numbers = [0, most, -most, 1, -1, most // 2, -most // 2]
    values = b"".join(number.to_bytes(16, "little", signed=True) for number in numbers)
    chunk = same(
        "encode", "decimal128", values, None, None, 0, 7, precision=precision, dictionary=dictionary
    )
    order = "little" if precision <= 18 else "big"
    bounds = [int.from_bytes(bound, order, signed=True) for bound in (chunk.least, chunk.most)]
    assert bounds == [-most, most]
    assert len(chunk.least) == 4 if precision <= 9 else len(chunk.least) <= 16


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("value", "precision", "message"),
    [
        (2**31, 9, "more than 9 digits"),
        (-(2**63) - 1, 18, "more than 18 digits"),
        (2**71, 19, "more than 19 digits"),
        (0, 0, "1 to 38 digits, not 0"),
        (0, 39, "1 to 38 digits, not 39"),
    ],
)
def test_decimals_that_are_too_long(
    module: ModuleType, value: int, precision: int, message: str
) -> None:
    data = value.to_bytes(16, "little", signed=True)
    with pytest.raises(ValueError, match=message):
        module.encode("decimal128", data, None, None, 0, 1, precision=precision)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("kind", "form", "values", "expected"),
    [
        ("int64", "q", [-1, -1, 5], True),
        ("int64", "q", [-1, -2], False),
        ("uint64", "Q", [1, 2**63], True),
        ("uint32", "I", [2**31, 1], False),
        ("uint8", "B", [1, 255], True),
        ("float64", "d", [1.0, 2.0], False),
        ("bool", "B", [2], False),
    ],
)
def test_ascending(module: ModuleType, kind: str, form: str, values: Any, expected: bool) -> None:
    data = struct.pack(f"<{len(values)}{form}", *values)
    assert module.encode(kind, data, None, None, 0, len(values)).ascending == expected


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("kind", "form", "values", "least", "most"),
    [
        ("float64", "d", [float("nan")], None, None),
        ("float64", "d", [float("nan"), 0.0], -0.0, 0.0),
        ("float64", "d", [-0.0, 3.0], -0.0, 3.0),
        ("float32", "f", [float("inf")], float("inf"), float("inf")),
        ("uint64", "Q", [2**63, 1], 1, 2**63),
        ("int64", "q", [-1, 1], -1, 1),
        ("uint32", "I", [2**31, 1], 1, 2**31),
    ],
)
def test_bounds(
    module: ModuleType, kind: str, form: str, values: Any, least: Any, most: Any
) -> None:
    chunk = module.encode(
        kind, struct.pack(f"<{len(values)}{form}", *values), None, None, 0, len(values)
    )
    expected = [
        None if bound is None else struct.pack(f"<{form}", bound) for bound in (least, most)
    ]
    assert [chunk.least, chunk.most] == expected
    assert [chunk.pages[0].least, chunk.pages[0].most] == expected

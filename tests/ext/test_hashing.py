"""Hashes against published values, the xxhash package, and of columns value by value."""

from __future__ import annotations

import random
from array import array
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

import logflow_ext.hashing
import logflow_ext.reference.hashing
from logflow_ext.hashes import ALGORITHMS, NULL_HASH

MODULES = [
    pytest.param(logflow_ext.hashing, id="compiled"),
    pytest.param(logflow_ext.reference.hashing, id="twin"),
]
# Around every length at which one of the algorithms goes another way.
LENGTHS = [*range(300), 511, 512, 513, 1023, 1024, 1025, 1088, 2048, 5000, 100_000]
SEEDS = st.sampled_from([0, 1, 2**32, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1)
TYPES = [
    *(pa.bool_(), pa.int8(), pa.uint16(), pa.int32(), pa.float64(), pa.timestamp("us")),
    *(pa.decimal128(30, 2), pa.decimal256(60, 2), pa.binary(3), pa.binary(33)),
    *(pa.utf8(), pa.large_utf8(), pa.binary(), pa.large_binary()),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("function", "data", "expected"),
    [
        # The test vectors of the FNV draft, and of the xxHash repository.
        ("fnv1a_64", b"", 0xCBF29CE484222325),
        ("fnv1a_64", b"a", 0xAF63DC4C8601EC8C),
        ("fnv1a_64", b"foobar", 0x85944171F73967E8),
        ("xxh64", b"", 0xEF46DB3751D8E999),
        ("xxh64", b"abc", 0x44BC2CF5AD770999),
        ("xxh3_64", b"", 0x2D06800538D394C2),
        ("xxh3_64", b"abc", 0x78AF5F94892F3950),
    ],
)
def test_published_values(module: ModuleType, function: str, data: bytes, expected: int) -> None:
    assert getattr(module, function)(data) == expected


@pytest.mark.parametrize("seed", [0, 1, 0x9E3779B185EBCA87, 2**64 - 1])
def test_xxhash_is_that_of_the_package(seed: int) -> None:
    data = random.Random(seed).randbytes(max(LENGTHS) + 1)
    for length in LENGTHS:
        part = memoryview(data)[1 : 1 + length]
        assert logflow_ext.hashing.xxh64(part, seed) == xxhash.xxh64_intdigest(part, seed)
        assert logflow_ext.hashing.xxh3_64(part, seed) == xxhash.xxh3_64_intdigest(part, seed)


@pytest.mark.parametrize("module", MODULES)
@given(first=st.binary(), second=st.binary())
def test_fnv_goes_on_where_it_stopped(module: ModuleType, first: bytes, second: bytes) -> None:
    assert module.fnv1a_64(second, module.fnv1a_64(first)) == module.fnv1a_64(first + second)


@st.composite
def slices(draw: st.DrawFn) -> pa.Array:
    """Arrow arrays of any type that is hashed, with and without nulls, sliced."""
    kind = draw(st.sampled_from(TYPES))
    rng = random.Random(draw(st.integers(0, 2**32)))
    rows = draw(st.integers(0, 40))
    nulls = rng.choice((0, 0.3, 1))
    validity = sum((rng.random() >= nulls) << i for i in range(rows)).to_bytes(
        rows // 8 + 1, "little"
    )
    buffers = [pa.py_buffer(validity) if nulls else None]
    if pa.types.is_fixed_size_binary(kind) or kind.num_buffers == 2:
        buffers.append(pa.py_buffer(rng.randbytes(rows * kind.bit_width // 8 + 1)))
    else:
        large = kind in (pa.large_utf8(), pa.large_binary())
        ends = sorted(rng.randrange(1000) for _ in range(rows + 1))
        buffers += [pa.py_buffer(array("q" if large else "i", ends).tobytes())]
        buffers += [pa.py_buffer(rng.choice((b"a", rng.randbytes(1))) * 1000)]
    whole = pa.Array.from_buffers(kind, rows, buffers)
    start = draw(st.integers(0, rows))
    return whole.slice(start, draw(st.integers(0, rows - start)))


def hashed(module: ModuleType, values: pa.Array, **options: Any) -> list[int]:
    """The hashes of an array through its buffers."""
    validity, *buffers = values.buffers()
    place = (values.offset, len(values), validity)
    if len(buffers) == 1:
        return list(module.hash_fixed_width(buffers[0], values.type.bit_width, *place, **options))
    large = values.type in (pa.large_utf8(), pa.large_binary())
    return list(
        module.hash_variable_width(buffers[1], buffers[0], 64 if large else 32, *place, **options)
    )


def bytes_of(values: pa.Array, i: int) -> bytes:
    """The bytes of one value, in Arrow's own ways of getting at them."""
    if values.type == pa.bool_():
        return bytes([values[i].as_py()])
    if len(values.buffers()) == 3:
        return values[i].as_buffer().to_pybytes()
    width = values.type.bit_width // 8
    at = (values.offset + i) * width
    return values.buffers()[1].to_pybytes()[at : at + width]


@settings(deadline=None, max_examples=300)
@given(values=slices(), algorithm=st.sampled_from(ALGORITHMS), seed=SEEDS)
def test_a_column_is_hashed_value_by_value(values: pa.Array, algorithm: str, seed: int) -> None:
    options = {} if algorithm == "fnv1a_64" else {"seed": seed}
    found = hashed(logflow_ext.hashing, values, algorithm=algorithm, **options)
    one = getattr(logflow_ext.hashing, algorithm)
    assert found == [
        one(bytes_of(values, i), **options) if values[i].is_valid else NULL_HASH
        for i in range(len(values))
    ]
    assert found == hashed(logflow_ext.reference.hashing, values, algorithm=algorithm, **options)


@pytest.mark.parametrize("module", MODULES)
def test_result_is_a_writable_view_of_uint64(module: ModuleType) -> None:
    for hashes in (
        module.hash_fixed_width(b"ab", 8, 0, 2),
        module.hash_variable_width(b"ab", array("i", [0, 1, 2]), 32, 0, 2),
        module.hash_variable_width(b"", b"", 32, 0, 0),
    ):
        assert (hashes.format, hashes.itemsize, hashes.readonly) == ("Q", 8, False)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((b"abc", 8, 0, 4), "4 values of 8 bits need 4 bytes, and the buffer of values has 3"),
        ((b"abc", 8, 3, 1), "4 values of 8 bits need 4 bytes"),
        ((b"abc", 16, 1, 1), "2 values of 16 bits need 4 bytes"),
        ((b"abc", 1, 20, 5), "25 values of 1 bits need 4 bytes"),
        ((b"", 64, 2**62, 2**62), f"{2**63} values of 64 bits"),
        ((b"abc", 8, 0, 3, b""), "3 values of 1 bits need 1 bytes, and the buffer of validity"),
        ((b"abcdefghi", 8, 0, 9, b"\xff"), "9 values of 1 bits need 2 bytes"),
        ((b"abc", 8, -1, 1), "no column has offset -1 and length 1"),
        ((b"abc", 8, 1, -1), "no column has offset 1 and length -1"),
        ((b"abc", 0, 0, 0), "bit_width is 1 or a multiple of 8, not 0"),
        ((b"abc", -8, 0, 0), "bit_width is 1 or a multiple of 8, not -8"),
        ((b"abc", 7, 0, 1), "bit_width is 1 or a multiple of 8, not 7"),
    ],
)
def test_values_outside_of_the_buffers(
    module: ModuleType, arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        module.hash_fixed_width(*arguments)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ([0], "2 offsets of {0} bits need"),
        ([], "2 offsets of {0} bits need"),
        ([0, 4], "the offsets of value 0 are not inside the values"),
        ([0, 1, 4], "the offsets of value 1 are not inside the values"),
        ([-1, 1], "the offsets of value 0"),
        ([2, 1], "the offsets of value 0"),
        ([0, 3, 2**31 - 1], "the offsets of value 1"),
        ([0, 3, -(2**31)], "the offsets of value 1"),
    ],
)
@pytest.mark.parametrize(("code", "bits"), [("i", 32), ("q", 64)])
def test_offsets_that_lie(
    module: ModuleType, ends: list[int], message: str, code: str, bits: int
) -> None:
    with pytest.raises(ValueError, match=message.format(bits)):
        module.hash_variable_width(
            b"abc", array(code, ends), bits, 0, max(len(ends) - 1, 1), b"\x01"
        )


@pytest.mark.parametrize("module", MODULES)
def test_options_that_cannot_be(module: ModuleType) -> None:
    with pytest.raises(ValueError, match="algorithm is 'md5'; valid are xxh64, xxh3_64, fnv1a_64"):
        module.hash_fixed_width(b"", 8, 0, 0, algorithm="md5")
    with pytest.raises(ValueError, match=r"the seed of fnv1a_64 is in 0\.\.0, not 1"):
        module.hash_fixed_width(b"", 8, 0, 0, algorithm="fnv1a_64", seed=1)
    with pytest.raises(ValueError, match="offset_bits is 32 or 64, not 16"):
        module.hash_variable_width(b"", b"", 16, 0, 0)
    for word in (-1, 2**64):
        with pytest.raises(ValueError, match=rf"in 0\.\.18446744073709551615, not {word}"):
            module.hash_fixed_width(b"", 8, 0, 0, seed=word)
        for function in (module.xxh64, module.xxh3_64, module.fnv1a_64):
            with pytest.raises(OverflowError):
                function(b"", word)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("name", ALGORITHMS)
def test_any_buffer_will_do(module: ModuleType, name: str) -> None:
    one = getattr(module, name)
    assert one(array("H", [0x4141, 0x4242])) == one(bytearray(b"AABB")) == one(b"AABB")

// XXH64, XXH3-64 and FNV-1a: of bytes, and of each value of an Arrow column.
//
// xxHash is the library itself, which pyarrow brings among its headers.  FNV-1a is after Fowler,
// Noll, Vo, Eastlake and Hansen, "The FNV Non-Cryptographic Hash Algorithm" (draft-eastlake-fnv).

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#define XXH_INLINE_ALL
#include <arrow/vendored/xxhash/xxhash.h>

namespace logflow::hashing {

enum class Algorithm { xxh64, xxh3_64, fnv1a_64 };

// The hash of a null: 2^64 divided by the golden ratio.
constexpr std::uint64_t NULL_HASH = 0x9E3779B97F4A7C15;

constexpr std::uint64_t FNV_BASIS = 0xCBF29CE484222325;
constexpr std::uint64_t FNV_PRIME = 0x00000100000001B3;

// Goes on from the hash of what stands before.
inline std::uint64_t fnv1a_64(const std::uint8_t* data, std::size_t size, std::uint64_t hash) {
    for (std::size_t i = 0; i < size; ++i) hash = (hash ^ data[i]) * FNV_PRIME;
    return hash;
}

// FNV-1a has no seed.
template <Algorithm algorithm>
inline std::uint64_t hash(const std::uint8_t* data, std::size_t size, std::uint64_t seed) {
    if constexpr (algorithm == Algorithm::xxh64) return XXH64(data, size, seed);
    if constexpr (algorithm == Algorithm::xxh3_64) return XXH3_64bits_withSeed(data, size, seed);
    return fnv1a_64(data, size, FNV_BASIS);
}

inline bool bit_at(const std::uint8_t* bits, std::size_t i) { return bits[i / 8] >> (i % 8) & 1; }

// A slice of a column.  The buffers were checked to be large enough for it; there is no bitmap
// where nothing is null.
struct Column {
    const std::uint8_t* values;
    const std::uint8_t* validity;
    std::size_t offset;
    std::size_t length;
    std::uint64_t seed;

    bool is_null(std::size_t i) const {
        return validity != nullptr && !bit_at(validity, offset + i);
    }
};

// WIDTH is the number of bytes where the compiler is to know it, or 0.
template <Algorithm algorithm, std::size_t WIDTH>
inline void hash_bytes(const Column& column, std::size_t width, std::uint64_t* out) {
    if (WIDTH != 0) width = WIDTH;
    for (std::size_t i = 0; i < column.length; ++i) {
        const std::uint8_t* value = column.values + (column.offset + i) * width;
        out[i] = column.is_null(i) ? NULL_HASH : hash<algorithm>(value, width, column.seed);
    }
}

template <Algorithm algorithm>
inline void hash_bits(const Column& column, std::uint64_t* out) {
    const std::uint8_t bytes[] = {0, 1};
    const std::uint64_t hashes[] = {hash<algorithm>(bytes, 1, column.seed),
                                    hash<algorithm>(bytes + 1, 1, column.seed)};
    for (std::size_t i = 0; i < column.length; ++i) {
        out[i] = column.is_null(i) ? NULL_HASH
                                   : hashes[bit_at(column.values, column.offset + i)];
    }
}

template <Algorithm algorithm>
inline void hash_fixed_width(const Column& column, std::size_t bit_width, std::uint64_t* out) {
    switch (bit_width) {
        case 1: return hash_bits<algorithm>(column, out);
        case 8: return hash_bytes<algorithm, 1>(column, 1, out);
        case 16: return hash_bytes<algorithm, 2>(column, 2, out);
        case 32: return hash_bytes<algorithm, 4>(column, 4, out);
        case 64: return hash_bytes<algorithm, 8>(column, 8, out);
        case 128: return hash_bytes<algorithm, 16>(column, 16, out);
        default: return hash_bytes<algorithm, 0>(column, bit_width / 8, out);
    }
}

// The place of the first value that is not inside of the size bytes of values, or -1.
template <Algorithm algorithm, typename Offset>
inline std::ptrdiff_t hash_variable_width(const Column& column, std::size_t size,
                                          const std::uint8_t* offsets, std::uint64_t* out) {
    const std::uint8_t* at = offsets + column.offset * sizeof(Offset);
    Offset start;
    Offset end;
    for (std::size_t i = 0; i < column.length; ++i, at += sizeof(Offset)) {
        std::memcpy(&start, at, sizeof(Offset));
        std::memcpy(&end, at + sizeof(Offset), sizeof(Offset));
        if (start < 0 || end < start || static_cast<std::uint64_t>(end) > size) {
            return static_cast<std::ptrdiff_t>(i);
        }
        out[i] = column.is_null(i)
                     ? NULL_HASH
                     : hash<algorithm>(column.values + start, end - start, column.seed);
    }
    return -1;
}

// Calls a function with an algorithm that is known only now as a constant.
template <typename Function>
inline auto with(Algorithm algorithm, Function function) {
    switch (algorithm) {
        case Algorithm::xxh64:
            return function(std::integral_constant<Algorithm, Algorithm::xxh64>{});
        case Algorithm::xxh3_64:
            return function(std::integral_constant<Algorithm, Algorithm::xxh3_64>{});
        default: return function(std::integral_constant<Algorithm, Algorithm::fnv1a_64>{});
    }
}

inline void fixed_width(Algorithm algorithm, const Column& column, std::size_t bit_width,
                        std::uint64_t* out) {
    with(algorithm, [&](auto known) { hash_fixed_width<known>(column, bit_width, out); });
}

inline std::ptrdiff_t variable_width(Algorithm algorithm, const Column& column, std::size_t size,
                                     const std::uint8_t* offsets, bool large,
                                     std::uint64_t* out) {
    return with(algorithm, [&](auto known) {
        return large ? hash_variable_width<known, std::int64_t>(column, size, offsets, out)
                     : hash_variable_width<known, std::int32_t>(column, size, offsets, out);
    });
}

}  // namespace logflow::hashing

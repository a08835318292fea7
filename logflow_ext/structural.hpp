// Offsets of special bytes, by the masks of simd.hpp.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "simd.hpp"

namespace logflow {

// Calls take(offset of the block, mask of the block) for every block of data.
template <class Take>
void for_masks(const std::uint8_t* data, std::size_t size, const simd::ByteSet& set, Take take) {
    constexpr std::size_t WINDOW = 128;
    std::uint64_t masks[WINDOW];
    for (std::size_t at = 0; at < size; at += WINDOW * simd::BLOCK) {
        const std::size_t length = std::min(size - at, WINDOW * simd::BLOCK);
        simd::masks_of(data + at, length, set, masks);
        for (std::size_t i = 0; i * simd::BLOCK < length; ++i) take(at + i * simd::BLOCK, masks[i]);
    }
}

// How many bytes of data are in the set.
inline std::size_t count(const std::uint8_t* data, std::size_t size, const simd::ByteSet& set) {
    std::size_t found = 0;
    for_masks(data, size, set, [&](std::size_t, std::uint64_t mask) {
        found += static_cast<std::size_t>(simd::bits_in(mask));
    });
    return found;
}

// Writes the offsets of all bytes that are in the set; out has room for count() of them.
inline void positions(const std::uint8_t* data, std::size_t size, const simd::ByteSet& set,
                      std::uint32_t* out) {
    for_masks(data, size, set, [&](std::size_t at, std::uint64_t mask) {
        for (; mask != 0; mask &= mask - 1) {
            *out++ = static_cast<std::uint32_t>(at) +
                     static_cast<std::uint32_t>(simd::lowest_bit(mask));
        }
    });
}

}  // namespace logflow

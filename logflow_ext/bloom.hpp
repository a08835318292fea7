// The split block Bloom filter of Parquet: a value sets one bit in each of the eight words of a block.
//
// The format: https://parquet.apache.org/docs/file-format/bloomfilter/
// After Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007).

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace logflow::bloom {

constexpr std::size_t WORDS = 8;
constexpr std::size_t MAX_BYTES = 1 << 27;

constexpr std::array<std::uint32_t, WORDS> SALTS = {
    0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
};

// The bytes of a filter for so many distinct values in which of all others one in a hundred seems
// to be; a power of two, as some readers need it.
inline std::size_t size_for(std::size_t distinct) {
    const std::size_t needed = distinct + distinct / 3;  // 10.6 bits for each
    std::size_t size = WORDS * 4;
    while (size < needed && size < MAX_BYTES) size *= 2;
    return size;
}

// A filter of values with these hashes.
inline std::vector<std::uint32_t> filter_of(const std::vector<std::uint64_t>& hashes) {
    std::vector<std::uint32_t> words(size_for(hashes.size()) / 4);
    const std::uint64_t blocks = words.size() / WORDS;
    for (const std::uint64_t hash : hashes) {
        std::uint32_t* block = words.data() + ((hash >> 32) * blocks >> 32) * WORDS;
        const auto key = static_cast<std::uint32_t>(hash);
        for (std::size_t i = 0; i < WORDS; ++i) {
            block[i] |= std::uint32_t{1} << (key * SALTS[i] >> 27);
        }
    }
    return words;
}

}  // namespace logflow::bloom

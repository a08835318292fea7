// Shannon entropy, in bits: of bytes, and of counts of values.
//
// Shannon, "A Mathematical Theory of Communication", 1948, section 6.

#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace logflow::entropy {

// Adds to 256 counts how often each byte value occurs.
inline void count_bytes(const std::uint8_t* data, std::size_t size, std::uint64_t* counts) {
    // Several tables, because equal bytes in a row would wait for each other's sum.
    constexpr std::size_t TABLES = 4;
    std::uint64_t tables[TABLES][256] = {};
    std::size_t i = 0;
    for (; size - i >= TABLES; i += TABLES) {
        for (std::size_t k = 0; k < TABLES; ++k) ++tables[k][data[i + k]];
    }
    for (; i < size; ++i) ++tables[0][data[i]];
    for (const auto& table : tables) {
        for (std::size_t value = 0; value < 256; ++value) counts[value] += table[value];
    }
}

inline std::uint64_t count_at(const std::uint8_t* counts, std::size_t i) {
    std::uint64_t count;
    std::memcpy(&count, counts + i * sizeof count, sizeof count);
    return count;
}

// Of counts that may stand at any address.  Throws std::overflow_error where their sum does not
// fit into 64 bits.
inline double of_counts(const std::uint8_t* counts, std::size_t size) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < size; ++i) {
        if (__builtin_add_overflow(total, count_at(counts, i), &total)) {
            throw std::overflow_error("the sum of the counts does not fit into 64 bits");
        }
    }
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint64_t count = count_at(counts, i);
        if (count == 0) continue;
        const double share = static_cast<double>(count) / static_cast<double>(total);
        sum -= share * std::log2(share);
    }
    return sum;
}

}  // namespace logflow::entropy

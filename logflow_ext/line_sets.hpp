// Sets of bytes of which those beyond ASCII are all members or none, and runs of members.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "simd.hpp"

namespace logflow::lines {

class Set {
  public:
    static constexpr std::size_t SIZE = 256;

    // By a table that says of each byte whether it is a member.
    explicit Set(const char* table) {
        for (std::size_t i = 0; i < SIZE; ++i) {
            has_[i] = table[i] != 0;
            if (i >= 128 && has_[i] != has_[128]) {
                throw std::invalid_argument("a set has some bytes beyond ASCII, but not all");
            }
            if (i < 128 && has_[i]) low_[i % 16] |= static_cast<std::uint8_t>(1 << i / 16);
        }
    }

    bool has(char byte) const { return has_[static_cast<unsigned char>(byte)]; }

    // How many bytes of [text, text + size) are members before the first one that is not; the
    // bytes up to text + readable may be looked at.
    std::size_t run(const char* text, std::size_t size, std::size_t readable) const {
#if defined(LOGFLOW_X86)
        if (simd::active() == simd::Variant::avx2) return run_avx2(text, size, readable);
#endif
        return run_from(0, text, size);
    }

  private:
    std::size_t run_from(std::size_t i, const char* text, std::size_t size) const {
        while (i < size && has(text[i])) ++i;
        return i;
    }

#if defined(LOGFLOW_X86)
    // Members by the two halves of a byte: the high one has a bit in what the low one allows
    // (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 3.1.2).
    __attribute__((target("avx2,bmi"))) std::size_t run_avx2(const char* text, std::size_t size,
                                                            std::size_t readable) const {
        const __m256i nibble = _mm256_set1_epi8(0x0F);
        const __m256i low = _mm256_broadcastsi128_si256(
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(low_)));
        const __m256i high = _mm256_broadcastsi128_si256(
            _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0));
        std::size_t i = 0;
        for (; i < size && i + 32 <= readable; i += 32) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + i));
            const __m256i allowed = _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, nibble));
            const __m256i bit = _mm256_shuffle_epi8(
                high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
            const __m256i none =
                _mm256_cmpeq_epi8(_mm256_and_si256(allowed, bit), _mm256_setzero_si256());
            auto out = static_cast<std::uint32_t>(_mm256_movemask_epi8(none));
            if (has_[128]) out &= ~static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
            if (out != 0) {
                return std::min(size, i + static_cast<std::size_t>(__builtin_ctz(out)));
            }
        }
        return run_from(std::min(i, size), text, size);
    }
#endif

    bool has_[SIZE] = {};
    std::uint8_t low_[16] = {};  // by the low half, a bit for each high half
};

}  // namespace logflow::lines

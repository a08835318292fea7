// Run-time choice of vector instructions, and the loops that depend on it.
//
// A variant is a set of functions over blocks of 64 bytes.  Every extension module chooses when
// it is imported: the fastest variant that the processor can run, or the one that the environment
// variable LOGFLOW_SIMD names.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__x86_64__) || defined(__i386__)
#define LOGFLOW_X86 1
#include <immintrin.h>
#elif defined(__aarch64__)
#define LOGFLOW_NEON 1
#include <arm_neon.h>
#endif

namespace logflow::simd {

constexpr std::size_t BLOCK = 64;

inline int bits_in(std::uint64_t word) { return __builtin_popcountll(word); }

inline int lowest_bit(std::uint64_t word) { return __builtin_ctzll(word); }

// How many words behind the last one offsets() may write.
constexpr std::size_t OFFSETS_SLACK = 8;

// Writes the number of every bit that is set in the masks, counted through; returns how many.
// Always inlined, for the instructions of its caller (Langdale and Lemire, "Parsing Gigabytes of
// JSON per Second", 2019, section 3.2: no branch for each bit).
[[gnu::always_inline]] inline std::size_t write_offsets(const std::uint64_t* masks,
                                                        std::size_t blocks, std::uint32_t* out) {
    constexpr std::uint64_t LAST = std::uint64_t{1} << 63;  // so that there always is a lowest bit
    std::uint32_t* const start = out;
    for (std::size_t b = 0; b < blocks; ++b) {
        std::uint64_t mask = masks[b];
        const auto first = static_cast<std::uint32_t>(b * BLOCK);
        std::uint32_t* const next = out + bits_in(mask);
        do {
            for (std::size_t i = 0; i < OFFSETS_SLACK; ++i) {
                out[i] = first + static_cast<std::uint32_t>(lowest_bit(mask | LAST));
                mask &= mask - 1;
            }
            out += OFFSETS_SLACK;
        } while (mask != 0);
        out = next;
    }
    return static_cast<std::size_t>(out - start);
}

enum class Variant { portable, sse2, avx2, neon };

inline std::string name_of(Variant variant) {
    switch (variant) {
        case Variant::sse2: return "sse2";
        case Variant::avx2: return "avx2";
        case Variant::neon: return "neon";
        default: return "portable";
    }
}

// The variants that this machine can run, the fastest last.
inline std::vector<Variant> runnable() {
    std::vector<Variant> found{Variant::portable};
#if defined(LOGFLOW_X86)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse2")) found.push_back(Variant::sse2);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("popcnt")) {
        found.push_back(Variant::avx2);
    }
#elif defined(LOGFLOW_NEON)
    found.push_back(Variant::neon);
#endif
    return found;
}

inline Variant choose() {
    const std::vector<Variant> all = runnable();
    const char* wanted = std::getenv("LOGFLOW_SIMD");
    if (wanted == nullptr || *wanted == '\0') return all.back();
    std::string names;
    for (Variant one : all) {
        if (name_of(one) == wanted) return one;
        names += (names.empty() ? "" : ", ") + name_of(one);
    }
    throw std::invalid_argument("LOGFLOW_SIMD=" + std::string(wanted) +
                                " is not available on this machine, which has: " + names);
}

// The variant in use.  Every module calls this when it is imported, so that a bad choice is
// reported there and not in the middle of a loop.
inline Variant active() {
    static const Variant chosen = choose();
    return chosen;
}

// At most eight byte values.
class ByteSet {
  public:
    static constexpr int MOST = 8;

    ByteSet() = default;
    ByteSet(std::initializer_list<std::uint8_t> bytes) {
        for (std::uint8_t byte : bytes) add(byte);
    }
    void add(std::uint8_t byte) {
        if (table_[byte]) return;
        table_[byte] = true;
        bytes_[size_++] = byte;
    }
    bool has(std::uint8_t byte) const { return table_[byte]; }
    int size() const { return size_; }
    std::uint8_t operator[](int i) const { return bytes_[i]; }

  private:
    bool table_[256] = {};
    std::uint8_t bytes_[MOST] = {};
    int size_ = 0;
};

namespace portable {

inline void masks(const std::uint8_t* data, std::size_t blocks, const ByteSet& set,
                  std::uint64_t* out) {
    for (std::size_t b = 0; b < blocks; ++b, data += BLOCK) {
        std::uint64_t mask = 0;
        for (std::size_t i = 0; i < BLOCK; ++i) {
            mask |= static_cast<std::uint64_t>(set.has(data[i])) << i;
        }
        out[b] = mask;
    }
}

inline std::size_t ascii_blocks(const std::uint8_t* data, std::size_t blocks) {
    for (std::size_t b = 0; b < blocks; ++b, data += BLOCK) {
        std::uint64_t word;
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < BLOCK; i += sizeof word) {
            std::memcpy(&word, data + i, sizeof word);
            seen |= word;
        }
        if (seen & 0x8080808080808080u) return b;
    }
    return blocks;
}

}  // namespace portable

#if defined(LOGFLOW_X86)

namespace sse2 {

#define LOGFLOW_TARGET __attribute__((target("sse2")))

LOGFLOW_TARGET inline void masks(const std::uint8_t* data, std::size_t blocks, const ByteSet& set,
                                 std::uint64_t* out) {
    __m128i wanted[ByteSet::MOST];
    for (int k = 0; k < set.size(); ++k) wanted[k] = _mm_set1_epi8(static_cast<char>(set[k]));
    for (std::size_t b = 0; b < blocks; ++b, data += BLOCK) {
        std::uint64_t mask = 0;
        for (std::size_t i = 0; i < BLOCK; i += 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + i));
            __m128i equal = _mm_setzero_si128();
            for (int k = 0; k < set.size(); ++k) {
                equal = _mm_or_si128(equal, _mm_cmpeq_epi8(bytes, wanted[k]));
            }
            mask |= static_cast<std::uint64_t>(_mm_movemask_epi8(equal)) << i;
        }
        out[b] = mask;
    }
}

LOGFLOW_TARGET inline std::size_t ascii_blocks(const std::uint8_t* data, std::size_t blocks) {
    for (std::size_t b = 0; b < blocks; ++b) {
        const auto* at = reinterpret_cast<const __m128i*>(data + b * BLOCK);
        const __m128i low = _mm_or_si128(_mm_loadu_si128(at), _mm_loadu_si128(at + 1));
        const __m128i high = _mm_or_si128(_mm_loadu_si128(at + 2), _mm_loadu_si128(at + 3));
        if (_mm_movemask_epi8(_mm_or_si128(low, high))) return b;
    }
    return blocks;
}

#undef LOGFLOW_TARGET

}  // namespace sse2

namespace avx2 {

#define LOGFLOW_TARGET __attribute__((target("avx2,bmi,popcnt")))

LOGFLOW_TARGET inline std::size_t offsets(const std::uint64_t* masks, std::size_t blocks,
                                          std::uint32_t* out) {
    return write_offsets(masks, blocks, out);
}

LOGFLOW_TARGET inline void masks(const std::uint8_t* data, std::size_t blocks, const ByteSet& set,
                                 std::uint64_t* out) {
    __m256i wanted[ByteSet::MOST];
    for (int k = 0; k < set.size(); ++k) wanted[k] = _mm256_set1_epi8(static_cast<char>(set[k]));
    for (std::size_t b = 0; b < blocks; ++b) {
        const auto* at = reinterpret_cast<const __m256i*>(data + b * BLOCK);
        const __m256i low = _mm256_loadu_si256(at);
        const __m256i high = _mm256_loadu_si256(at + 1);
        __m256i low_equal = _mm256_setzero_si256();
        __m256i high_equal = _mm256_setzero_si256();
        for (int k = 0; k < set.size(); ++k) {
            low_equal = _mm256_or_si256(low_equal, _mm256_cmpeq_epi8(low, wanted[k]));
            high_equal = _mm256_or_si256(high_equal, _mm256_cmpeq_epi8(high, wanted[k]));
        }
        const auto low_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(low_equal));
        const auto high_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(high_equal));
        out[b] = low_bits | static_cast<std::uint64_t>(high_bits) << 32;
    }
}

LOGFLOW_TARGET inline std::size_t ascii_blocks(const std::uint8_t* data, std::size_t blocks) {
    for (std::size_t b = 0; b < blocks; ++b) {
        const auto* at = reinterpret_cast<const __m256i*>(data + b * BLOCK);
        const __m256i both = _mm256_or_si256(_mm256_loadu_si256(at), _mm256_loadu_si256(at + 1));
        if (_mm256_movemask_epi8(both)) return b;
    }
    return blocks;
}

#undef LOGFLOW_TARGET

}  // namespace avx2

#elif defined(LOGFLOW_NEON)

namespace neon {

// Bit i of the result is set where byte i of the four vectors is 0xFF rather than 0.
inline std::uint64_t movemask(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) {
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t ab = vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit));
    const uint8x16_t cd = vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit));
    const uint8x16_t abcd = vpaddq_u8(ab, cd);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(abcd, abcd)), 0);
}

inline void masks(const std::uint8_t* data, std::size_t blocks, const ByteSet& set,
                  std::uint64_t* out) {
    for (std::size_t b = 0; b < blocks; ++b, data += BLOCK) {
        uint8x16_t equal[4];
        for (int i = 0; i < 4; ++i) {
            const uint8x16_t bytes = vld1q_u8(data + 16 * i);
            equal[i] = vdupq_n_u8(0);
            for (int k = 0; k < set.size(); ++k) {
                equal[i] = vorrq_u8(equal[i], vceqq_u8(bytes, vdupq_n_u8(set[k])));
            }
        }
        out[b] = movemask(equal[0], equal[1], equal[2], equal[3]);
    }
}

inline std::size_t ascii_blocks(const std::uint8_t* data, std::size_t blocks) {
    for (std::size_t b = 0; b < blocks; ++b, data += BLOCK) {
        const uint8x16_t low = vorrq_u8(vld1q_u8(data), vld1q_u8(data + 16));
        const uint8x16_t high = vorrq_u8(vld1q_u8(data + 32), vld1q_u8(data + 48));
        if (vmaxvq_u8(vorrq_u8(low, high)) >= 0x80) return b;
    }
    return blocks;
}

}  // namespace neon

#endif

// For each of the blocks a word whose bit i says whether byte i of the block is in the set.
inline void masks(const std::uint8_t* data, std::size_t blocks, const ByteSet& set,
                  std::uint64_t* out) {
    switch (active()) {
#if defined(LOGFLOW_X86)
        case Variant::avx2: return avx2::masks(data, blocks, set, out);
        case Variant::sse2: return sse2::masks(data, blocks, set, out);
#elif defined(LOGFLOW_NEON)
        case Variant::neon: return neon::masks(data, blocks, set, out);
#endif
        default: return portable::masks(data, blocks, set, out);
    }
}

// How many blocks it takes to hold some bytes.
constexpr std::size_t blocks_of(std::size_t size) { return (size + BLOCK - 1) / BLOCK; }

// The same of the bytes [data, data + size), which need not be whole blocks: bits beyond the end
// are 0.
inline void masks_of(const std::uint8_t* data, std::size_t size, const ByteSet& set,
                     std::uint64_t* out) {
    const std::size_t blocks = size / BLOCK;
    const std::size_t rest = size % BLOCK;
    if (set.size() == 0) {
        std::fill_n(out, blocks_of(size), 0);
        return;
    }
    masks(data, blocks, set, out);
    if (rest == 0) return;
    std::uint8_t last[BLOCK] = {};
    std::memcpy(last, data + blocks * BLOCK, rest);
    masks(last, 1, set, out + blocks);
    out[blocks] &= (std::uint64_t{1} << rest) - 1;
}

// How many blocks from the first on are pure ASCII.
inline std::size_t ascii_blocks(const std::uint8_t* data, std::size_t blocks) {
    switch (active()) {
#if defined(LOGFLOW_X86)
        case Variant::avx2: return avx2::ascii_blocks(data, blocks);
        case Variant::sse2: return sse2::ascii_blocks(data, blocks);
#elif defined(LOGFLOW_NEON)
        case Variant::neon: return neon::ascii_blocks(data, blocks);
#endif
        default: return portable::ascii_blocks(data, blocks);
    }
}

// The number of every bit that is set in the masks, counted through from the first one's lowest;
// returns how many.  There must be room for OFFSETS_SLACK more.
inline std::size_t offsets(const std::uint64_t* masks, std::size_t blocks, std::uint32_t* out) {
#if defined(LOGFLOW_X86)
    if (active() == Variant::avx2) return avx2::offsets(masks, blocks, out);
#endif
    return write_offsets(masks, blocks, out);
}

}  // namespace logflow::simd

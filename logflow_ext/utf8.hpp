// Validation of UTF-8 after table 3-7 of the Unicode standard ("Well-Formed UTF-8 Byte
// Sequences").

#pragma once

#include <cstddef>
#include <cstdint>

#include "simd.hpp"

namespace logflow::utf8 {

inline bool continues(std::uint8_t byte) { return (byte & 0xC0) == 0x80; }

// The length of the well-formed sequence at the start of [at, at + size), or 0.  size > 0.
inline std::size_t sequence(const std::uint8_t* at, std::size_t size) {
    const std::uint8_t lead = at[0];
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size < length) return 0;
    const std::uint8_t second = at[1];
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if (!continues(at[i])) return 0;
    }
    return length;
}

// The offset of the first ill-formed sequence at or after start, or size if there is none.
inline std::size_t search(const std::uint8_t* data, std::size_t size, std::size_t start) {
    std::size_t at = start;
    while (at < size) {
        at += simd::BLOCK * simd::ascii_blocks(data + at, (size - at) / simd::BLOCK);
        const std::size_t stop = size - at < simd::BLOCK ? size : at + simd::BLOCK;
        while (at < stop) {
            const std::size_t length = sequence(data + at, size - at);
            if (length == 0) return at;
            at += length;
        }
    }
    return size;
}

#if defined(LOGFLOW_X86)

namespace avx2 {

#define LOGFLOW_TARGET __attribute__((target("avx2"), always_inline))

// What two neighbouring bytes may have done wrong.  A pair is wrong in a way if the high half of
// the first, its low half and the high half of the second all allow for it.
enum Wrong : char {
    TOO_SHORT = 1,        // a lead, then no continuation
    TOO_LONG = 2,         // ASCII, then a continuation
    OVERLONG_3 = 4,       // E0 80..9F
    TOO_LARGE = 8,        // F4 90..BF, F5..FF 90..BF
    SURROGATE = 16,       // ED A0..BF
    OVERLONG_2 = 32,      // C0..C1 80..BF
    OVERLONG_4 = 64,      // F0 80..8F
    TOO_LARGE_1000 = 64,  // F5..FF 80..8F
    TWO_CONTINUE = -128,  // two continuations: right if a longer sequence began before
    CARRY = TOO_SHORT | TOO_LONG | TWO_CONTINUE,
};

LOGFLOW_TARGET inline __m256i look_up(__m256i halves, char a, char b, char c, char d, char e,
                                      char f, char g, char h, char i, char j, char k, char l,
                                      char m, char n, char o, char p) {
    return _mm256_shuffle_epi8(_mm256_setr_epi8(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, a,
                                                b, c, d, e, f, g, h, i, j, k, l, m, n, o, p),
                               halves);
}

LOGFLOW_TARGET inline __m256i high_half(__m256i bytes) {
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

// The bytes that stand n places before those of now.
template <int n>
LOGFLOW_TARGET inline __m256i before(__m256i now, __m256i last) {
    return _mm256_alignr_epi8(now, _mm256_permute2x128_si256(last, now, 0x21), 16 - n);
}

// Not zero where something is wrong up to the bytes of now, which come after those of last.  A
// sequence that now cuts off is not wrong yet.  After Keiser and Lemire, "Validating UTF-8 In
// Less Than One Instruction Per Byte", 2021.
LOGFLOW_TARGET inline __m256i wrong(__m256i now, __m256i last) {
    const __m256i one = before<1>(now, last);
    const __m256i by_first_high = look_up(
        high_half(one), TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
        TOO_LONG, TWO_CONTINUE, TWO_CONTINUE, TWO_CONTINUE, TWO_CONTINUE, TOO_SHORT | OVERLONG_2,
        TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE,
        TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4);
    constexpr char LARGE = CARRY | TOO_LARGE | TOO_LARGE_1000;
    const __m256i by_first_low =
        look_up(_mm256_and_si256(one, _mm256_set1_epi8(0x0F)),
                CARRY | OVERLONG_2 | OVERLONG_3 | OVERLONG_4, CARRY | OVERLONG_2, CARRY, CARRY,
                CARRY | TOO_LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE,
                LARGE | SURROGATE, LARGE, LARGE);
    constexpr char AFTER = TOO_LONG | TWO_CONTINUE | OVERLONG_2;
    const __m256i by_second_high =
        look_up(high_half(now), TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
                TOO_SHORT, TOO_SHORT, AFTER | OVERLONG_3 | OVERLONG_4 | TOO_LARGE_1000,
                AFTER | OVERLONG_3 | TOO_LARGE, AFTER | SURROGATE | TOO_LARGE,
                AFTER | SURROGATE | TOO_LARGE, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT);
    const __m256i pairs =
        _mm256_and_si256(_mm256_and_si256(by_first_high, by_first_low), by_second_high);
    // The top bit is set where the third or fourth byte of a sequence has to be.
    const __m256i third = _mm256_subs_epu8(before<2>(now, last), _mm256_set1_epi8(0xE0 - 0x80));
    const __m256i fourth =
        _mm256_subs_epu8(before<3>(now, last), _mm256_set1_epi8(static_cast<char>(0xF0 - 0x80)));
    const __m256i longer = _mm256_and_si256(_mm256_or_si256(third, fourth),
                                            _mm256_set1_epi8(static_cast<char>(0x80)));
    return _mm256_xor_si256(longer, pairs);
}

#undef LOGFLOW_TARGET

// Whether a sequence that starts before an offset has to go on there.  start <= at.
inline bool is_cut(const std::uint8_t* data, std::size_t start, std::size_t at) {
    return (at - start >= 1 && data[at - 1] >= 0xC0) || (at - start >= 2 && data[at - 2] >= 0xE0) ||
           (at - start >= 3 && data[at - 3] >= 0xF0);
}

// An offset up to which the text is well-formed, and where a character starts: less than a block
// and a character before the first thing that is wrong, or before the end.
__attribute__((target("avx2"))) inline std::size_t skip(const std::uint8_t* data,
                                                        std::size_t size, std::size_t start) {
    std::size_t at = start;
    __m256i last = _mm256_setzero_si256();
    for (; size - at >= simd::BLOCK; at += simd::BLOCK) {
        const auto* block = reinterpret_cast<const __m256i*>(data + at);
        const __m256i low = _mm256_loadu_si256(block);
        const __m256i high = _mm256_loadu_si256(block + 1);
        if (_mm256_movemask_epi8(_mm256_or_si256(low, high)) == 0) {
            if (is_cut(data, start, at)) break;
        } else {
            const __m256i errors = _mm256_or_si256(wrong(low, last), wrong(high, low));
            if (!_mm256_testz_si256(errors, errors)) break;
        }
        last = high;
    }
    for (std::size_t back = 1; back <= 3 && back <= at - start; ++back) {
        if (!continues(data[at - back])) return at - back;
    }
    return at;
}

}  // namespace avx2

#endif

// The offset of the first ill-formed sequence at or after start, or size if there is none.
inline std::size_t first_invalid(const std::uint8_t* data, std::size_t size, std::size_t start) {
#if defined(LOGFLOW_X86)
    if (simd::active() == simd::Variant::avx2) start = avx2::skip(data, size, start);
#endif
    return search(data, size, start);
}

}  // namespace logflow::utf8

// Digits of known number, eight at a time in a 64-bit word ("SIMD within a register").
//
// After D. Lemire, "Quickly parsing eight digits", 2018.  The bytes of a word are those of the
// text, the first one lowest: on big-endian machines nothing here may be used.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "numbers.hpp"

#if defined(__x86_64__)
#include <emmintrin.h>  // every such processor has SSE2
#endif

namespace logflow::swar {

using numbers::Wide;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
constexpr bool USABLE = true;
#else
constexpr bool USABLE = false;
#endif

constexpr std::size_t WORD = 8;            // bytes
constexpr std::size_t MOST = 2 * WORD;     // bytes that these functions take
constexpr std::uint64_t ONES = 0x0101010101010101u;
constexpr std::uint64_t ZEROS = '0' * ONES;

inline std::uint64_t load(const char* at) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

inline Wide load_wide(const char* at) {
    return load(at) | static_cast<Wide>(load(at + WORD)) << 64;
}

inline bool are_digits(std::uint64_t word) {
    constexpr std::uint64_t HIGH = 0xF0 * ONES;
    return ((word & HIGH) | ((word + 6 * ONES) & HIGH) >> 4) == 0x33 * ONES;
}

// The number that eight digits are.
inline std::uint64_t value_of(std::uint64_t word) {
    constexpr std::uint64_t PAIRS = 0x000000FF000000FFu;
    word -= ZEROS;
    word = word * 10 + (word >> 8);
    const std::uint64_t upper = (word & PAIRS) * (100 + (1000000ull << 32));
    const std::uint64_t lower = (word >> 16 & PAIRS) * (1 + (10000ull << 32));
    return (upper + lower) >> 32;
}

// The same of the first bytes of a word, from 1 to all, if they are digits.
inline bool digits(std::uint64_t word, std::size_t length, std::uint64_t& value) {
    word = word << (64 - 8 * length) | ZEROS >> 4 * length >> 4 * length;
    value = value_of(word);
    return are_digits(word);
}

inline bool digits(Wide word, std::size_t length, std::uint64_t& value) {
    constexpr Wide ALL_ZEROS = ZEROS | static_cast<Wide>(ZEROS) << 64;
    word = word << (128 - 8 * length) | ALL_ZEROS >> 4 * length >> 4 * length;
    const auto first = static_cast<std::uint64_t>(word);
    const auto second = static_cast<std::uint64_t>(word >> 64);
    value = value_of(first) * 100000000 + value_of(second);
    return are_digits(first) && are_digits(second);
}

// The number that the bytes [at, at + length) are, 1 to MOST of them, if they are digits.  MOST
// bytes must be readable.
inline bool digits(const char* at, std::size_t length, std::uint64_t& value) {
    return length <= WORD ? digits(load(at), length, value) : digits(load_wide(at), length, value);
}

// Where the first bytes of a word have a point, or a number that is not below length.
inline std::size_t point_in(std::uint64_t word) {
    const std::uint64_t other = word ^ '.' * ONES;
    const std::uint64_t low = 0x7F * ONES;
    const std::uint64_t found = ~(((other & low) + low) | other | low);
    return found == 0 ? WORD : static_cast<std::size_t>(__builtin_ctzll(found)) / 8;
}

// Digits with a point among them: how many stand behind it, and the number without it.
struct Fixed {
    std::uint64_t value = 0;
    std::size_t fraction = 0;
};

#if defined(__x86_64__)

// The number that sixteen digits are, given as their values: W. Mula, "Parsing series of integers
// with SIMD", 2018, with nothing beyond SSE2.
inline std::uint64_t value_of(__m128i digits) {
    const __m128i zero = _mm_setzero_si128();
    const __m128i fours = _mm_set_epi16(1, 10, 100, 1000, 1, 10, 100, 1000);
    const __m128i eights = _mm_set_epi16(1, 10000, 1, 10000, 1, 10000, 1, 10000);
    const __m128i first = _mm_madd_epi16(_mm_unpacklo_epi8(digits, zero), fours);
    const __m128i second = _mm_madd_epi16(_mm_unpackhi_epi8(digits, zero), fours);
    const __m128i halves = _mm_packs_epi32(first, second);
    const __m128i quarters = _mm_madd_epi16(halves, _mm_set1_epi16(1));
    const __m128i eight = _mm_madd_epi16(_mm_packs_epi32(quarters, quarters), eights);
    const auto both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(eight));
    return (both & 0xFFFFFFFFu) * 100000000 + (both >> 32);
}

// Windows of this are masks of the first or the last bytes of a word.
alignas(16) inline constexpr unsigned char EDGES[48] = {
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
};

inline __m128i load_vector(const void* at) {
    return _mm_loadu_si128(static_cast<const __m128i*>(at));
}

// The number that the bytes [at, at + length) are, 1 to MOST of them: digits, and possibly one
// point between two of them.  MOST bytes must be readable from the start and up to the end.
inline bool fixed(const char* at, std::size_t length, Fixed& number) {
    // The digits stand at the end of a word: there, only the point has to be closed up.
    __m128i word = _mm_sub_epi8(load_vector(at + length - MOST), _mm_set1_epi8('0'));
    word = _mm_and_si128(word, load_vector(EDGES + length));
    const __m128i points = _mm_cmpeq_epi8(word, _mm_set1_epi8('.' - '0'));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(points));
    const auto behind = static_cast<std::size_t>(__builtin_clz(mask << 1 | 1) - 15);
    const __m128i before = load_vector(EDGES + MOST + behind);
    const __m128i moved = _mm_and_si128(before, _mm_slli_si128(word, 1));
    word = _mm_or_si128(moved, _mm_andnot_si128(before, word));
    number.value = value_of(word);
    number.fraction = behind % MOST;
    const __m128i valid = _mm_cmpeq_epi8(_mm_subs_epu8(word, _mm_set1_epi8(9)), _mm_setzero_si128());
    return (_mm_movemask_epi8(valid) == 0xFFFF) & (behind != 0) & (behind + 1 != length);
}

#else

template <class Word>
bool without_point(Word word, std::size_t length, std::size_t point, Fixed& number) {
    const Word before = (static_cast<Word>(1) << 8 * point) - 1;
    number.fraction = length - 1 - point;
    return digits((word & before) | (word >> 8 & ~before), length - 1, number.value);
}

inline bool fixed(const char* at, std::size_t length, Fixed& number) {
    std::size_t point = point_in(load(at));
    if (point == WORD && length > WORD) point += point_in(load(at + WORD));
    if (point >= length) {
        number.fraction = 0;
        return digits(at, length, number.value);
    }
    if (point == 0 || point + 1 == length) return false;
    return length <= WORD ? without_point(load(at), length, point, number)
                          : without_point(load_wide(at), length, point, number);
}

#endif

// Pairs of digits of a word: byte i of the result is ten times digit i and digit i + 1.
inline std::uint64_t pairs_of(std::uint64_t word) {
    word &= 0x0F * ONES;
    return word * 10 + (word >> 8);
}

}  // namespace logflow::swar

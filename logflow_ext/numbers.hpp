// Numbers as text: their grammar, and doubles and decimals made of them.
//
// A number is -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?, nothing else.

#pragma once

#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <system_error>

namespace logflow::numbers {

// Wide enough for a product of two words.
__extension__ typedef unsigned __int128 Wide;

constexpr std::int64_t MOST_EXPONENT = 99999;  // one further from 0 is out of every range
constexpr std::size_t MOST_SIGNIFICANT = 800;  // more digits than any double has
constexpr std::size_t ALWAYS_FIT = DBL_DIG;    // digits that every normal double keeps
constexpr std::size_t WORD_DIGITS = 19;        // digits that fit a 64-bit word

inline bool is_digit(char byte) { return static_cast<unsigned char>(byte - '0') < 10; }

inline int digit(char byte) { return byte - '0'; }

struct Number {
    bool negative;
    bool has_exponent;
    bool padded;               // the fraction ends in 0 and is not just ".0"
    std::int64_t exponent;     // as written, or another one beyond MOST_EXPONENT
    std::size_t int_digits;    // before the point, a lone 0 not counted
    std::size_t frac_digits;   // after the point
    std::size_t significant;   // from the first that is not 0 to the last; 0 if the value is 0
    std::uint64_t digits;      // all of them as an integer, if significant <= WORD_DIGITS
    const char* first;         // the first significant digit
    const char* last;          // behind the last one; a point may stand between

    bool is_zero() const { return significant == 0; }
    // Such an exponent makes any number too large or too small, whatever its digits.
    bool is_far() const { return exponent < -MOST_EXPONENT || exponent > MOST_EXPONENT; }
    // What a decimal can hold: there is no negative zero.
    bool is_decimal() const { return !has_exponent && !(negative && is_zero()); }
    bool is_integer() const { return is_decimal() && frac_digits == 0; }
    // The power of ten that belongs to the last digit.
    std::int64_t power() const { return exponent - static_cast<std::int64_t>(frac_digits); }
    // The power of ten that belongs to the first significant digit.
    std::int64_t magnitude() const {
        return power() + static_cast<std::int64_t>(significant) - 1;
    }
};

inline const char* skip_digits(const char* at, const char* end, std::uint64_t& digits) {
    for (; at != end && is_digit(*at); ++at) {
        digits = digits * 10 + static_cast<std::uint64_t>(digit(*at));
    }
    return at;
}

inline bool parse_exponent(const char* at, const char* end, Number& number) {
    bool negative = false;
    if (at != end && (*at == '-' || *at == '+')) negative = *at++ == '-';
    if (at == end) return false;
    std::int64_t value = 0;
    for (; at != end; ++at) {
        if (!is_digit(*at)) return false;
        if (value <= MOST_EXPONENT) value = value * 10 + digit(*at);
    }
    number.has_exponent = true;
    number.exponent = negative ? -value : value;
    return true;
}

// Whether all of the text is a number; then all of it is described.  Most values of most columns
// come here, and a call would show.
[[gnu::always_inline]] inline bool parse(std::string_view text, Number& number) {
    const char* at = text.data();
    const char* const end = at + text.size();
    number.negative = at != end && *at == '-';
    if (number.negative) ++at;
    const char* const whole = at;
    number.digits = 0;
    at = skip_digits(at, end, number.digits);
    number.int_digits = static_cast<std::size_t>(at - whole);
    if (number.int_digits == 0 || (*whole == '0' && number.int_digits > 1)) return false;
    number.first = whole;
    if (*whole == '0') {
        number.int_digits = 0;
        number.first = at;
    }
    number.frac_digits = 0;
    number.padded = false;
    if (at != end && *at == '.') {
        const char* const fraction = at + 1;
        at = skip_digits(fraction, end, number.digits);
        number.frac_digits = static_cast<std::size_t>(at - fraction);
        if (number.frac_digits == 0) return false;
        number.padded = at[-1] == '0' && number.frac_digits > 1;
        if (number.int_digits == 0) {
            number.first = fraction;
            while (number.first != at && *number.first == '0') ++number.first;
        }
    }
    number.last = at;
    number.significant = number.int_digits != 0
                             ? number.int_digits + number.frac_digits
                             : static_cast<std::size_t>(at - number.first);
    number.has_exponent = false;
    number.exponent = 0;
    if (at == end) return true;
    return (*at == 'e' || *at == 'E') && parse_exponent(at + 1, end, number);
}

// inf and nan, in the spellings that columns of floats have.
inline bool parse_non_finite(std::string_view text, double& value) {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    for (std::string_view name : {"inf", "Inf", "INF", "infinity", "Infinity"}) {
        if (text == name) {
            value = negative ? -std::numeric_limits<double>::infinity()
                             : std::numeric_limits<double>::infinity();
            return true;
        }
    }
    if (negative || (text != "nan" && text != "NaN" && text != "NAN")) return false;
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
}

// All powers of ten that are doubles.
constexpr double TENS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                           1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// The double nearest to a number that parse() found in the text: infinite if it is too large,
// zero if it is too small.
inline double nearest(std::string_view text, const Number& number) {
    const double sign = number.negative ? -1.0 : 1.0;
    if (number.is_zero()) return sign * 0.0;
    // Both operands are exact, hence the result is rounded once, and correctly (W. D. Clinger,
    // "How to read floating point numbers accurately", 1990).
    const std::int64_t power = number.power();
    if (FLT_EVAL_METHOD == 0 && number.significant <= ALWAYS_FIT && -22 <= power && power <= 22 &&
        !number.is_far()) {
        const double digits = static_cast<double>(number.digits) * sign;
        return power < 0 ? digits / TENS[-power] : digits * TENS[power];
    }
    if (!number.is_far()) {
        double value = 0;
        const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
        if (result.ec == std::errc()) return value;
    }
    const bool large = (number.is_far() ? number.exponent : number.magnitude()) > 0;
    return sign * (large ? std::numeric_limits<double>::infinity() : 0.0);
}

// Whether the digits and the power of ten of a double in scientific notation are the number's.
inline bool spells(const Number& number, const char* at, const char* end) {
    for (const char* wanted = number.first; wanted != number.last; ++wanted) {
        if (*wanted == '.') continue;
        if (*at == '.') ++at;
        if (*at++ != *wanted) return false;
    }
    if (*at++ != 'e') return false;
    if (*at == '+') ++at;
    int magnitude = 0;
    std::from_chars(at, end, magnitude);
    return magnitude == number.magnitude();
}

// Whether a double, printed with as many significant digits as the number has, is the number.
inline bool prints_same(const Number& number, double value) {
    char printed[MOST_SIGNIFICANT + 16];
    const auto result =
        std::to_chars(printed, printed + sizeof printed, std::fabs(value),
                      std::chars_format::scientific, static_cast<int>(number.significant - 1));
    return spells(number, printed, result.ptr);
}

// Whether the number is the shortest spelling of a double.  Next to some powers of two that is
// not the one that printing the same number of digits gives.
inline bool is_shortest(const Number& number, double value) {
    char printed[32];
    const auto result = std::to_chars(printed, printed + sizeof printed, std::fabs(value),
                                      std::chars_format::scientific);
    return spells(number, printed, result.ptr);
}

// The same as prints_same, or no answer.  value * 10**places is a 53-bit integer times
// 5**places times a power of two: at most 116 bits, so it is rounded to an integer exactly.
enum class Answer { no, yes, unknown };

inline Answer rounds_to_same(const Number& number, double value) {
    static const std::uint64_t FIVES[] = {
        1u, 5u, 25u, 125u, 625u, 3125u, 15625u, 78125u, 390625u, 1953125u, 9765625u, 48828125u,
        244140625u, 1220703125u, 6103515625u, 30517578125u, 152587890625u, 762939453125u,
        3814697265625u, 19073486328125u, 95367431640625u, 476837158203125u, 2384185791015625u,
        11920928955078125u, 59604644775390625u, 298023223876953125u, 1490116119384765625u,
        7450580596923828125u};
    constexpr std::int64_t MOST_PLACES = sizeof FIVES / sizeof *FIVES - 1;
    const std::int64_t places = -number.power();
    if (number.significant > WORD_DIGITS || places < 0 || places > MOST_PLACES) {
        return Answer::unknown;
    }
    static_assert(std::numeric_limits<double>::is_iec559 && DBL_MANT_DIG == 53);
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    constexpr std::uint64_t HIDDEN = std::uint64_t{1} << 52;
    const std::uint64_t mantissa = (bits & (HIDDEN - 1)) | HIDDEN;
    const auto exponent = static_cast<std::int64_t>(bits >> 52 & 0x7FF);  // 0: shift is too large
    const std::int64_t shift = 1075 - exponent - places;
    if (shift <= 0 || shift >= 116) return Answer::unknown;
    const Wide scaled = static_cast<Wide>(mantissa) * FIVES[places];
    const Wide half = static_cast<Wide>(1) << (shift - 1);
    const Wide rest = scaled & ((half << 1) - 1);
    Wide rounded = scaled >> shift;
    // Just below a power of ten a value would be printed with one place more.
    if (rounded + 1 == number.digits && number.digits % 10 == 0) return Answer::unknown;
    if (rest > half || (rest == half && (rounded & 1))) ++rounded;
    return rounded == number.digits ? Answer::yes : Answer::no;
}

// Whether fits() is true without the need to know the value.
inline bool surely_fits(const Number& number) {
    const std::int64_t magnitude = number.magnitude();
    return number.is_zero() ||
           (number.significant <= ALWAYS_FIT && DBL_MIN_10_EXP < magnitude &&
            magnitude < DBL_MAX_10_EXP && !number.is_far());
}

// Whether the nearest double stands for the number: it is finite, not zero by underflow, and
// printed with as many significant digits as written, or with as few as it needs, it is the
// number again.
inline bool fits(const Number& number, double value) {
    if (number.is_zero()) return true;
    if (value == 0 || std::isinf(value) || number.significant > MOST_SIGNIFICANT) return false;
    if (number.significant <= ALWAYS_FIT && std::fabs(value) >= DBL_MIN) return true;
    const Answer answer = rounds_to_same(number, value);
    if (answer == Answer::yes) return true;
    return (answer == Answer::unknown && prints_same(number, value)) ||
           is_shortest(number, value);
}

// An integer of WORDS times 64 bits, the least significant word first.
template <int WORDS>
struct Integer {
    std::uint64_t words[WORDS];

    // Modulo 2**(64 * WORDS).
    void multiply_add(std::uint64_t factor, std::uint64_t addend) {
        Wide carry = addend;
        for (std::uint64_t& word : words) {
            carry += static_cast<Wide>(word) * factor;
            word = static_cast<std::uint64_t>(carry);
            carry >>= 64;
        }
    }
    void negate() {
        for (std::uint64_t& word : words) word = ~word;
        std::uint64_t carry = 1;
        for (std::uint64_t& word : words) {
            word += carry;
            carry = carry && word == 0;
        }
    }
};

// The number times 10**scale; it must be a decimal that has at most scale digits after the point
// and, so scaled, fits.
template <int WORDS>
inline void scaled(const Number& number, std::size_t scale, Integer<WORDS>& value) {
    value = {};
    if (number.significant <= WORD_DIGITS) {
        value.words[0] = number.digits;
    } else {
        for (const char* at = number.first; at != number.last; ++at) {
            if (*at != '.') value.multiply_add(10, static_cast<std::uint64_t>(digit(*at)));
        }
    }
    for (std::size_t i = number.frac_digits; i < scale; ++i) value.multiply_add(10, 0);
    if (number.negative) value.negate();
}

// An integer in the range of a 64-bit one.  The text is known to be a number.
inline bool to_uint64(const Number& number, std::uint64_t& value) {
    if (!number.is_integer() || number.negative || number.int_digits > WORD_DIGITS + 1) {
        return false;
    }
    value = number.digits;
    if (number.int_digits <= WORD_DIGITS) return true;
    // Twenty digits: a first digit above 1, or a sum that wrapped around, is too much.
    return *number.first == '1' && value >= 10000000000000000000u;
}

inline bool to_int64(const Number& number, std::int64_t& value) {
    if (!number.is_integer() || number.int_digits > WORD_DIGITS) return false;
    constexpr auto MOST = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (number.digits > MOST + number.negative) return false;
    value = static_cast<std::int64_t>(number.negative ? 0 - number.digits : number.digits);
    return true;
}

}  // namespace logflow::numbers

// The kinds of values that text cells are converted to, one class each.
//
// Such a class fills the values of a column, row by row:
//
//   Values(request, column, result)       makes room in the result
//   bool put(row, text)                   with care; whether the text is such a value
//   void skip(row)                        the row is null
//   void allow(possible)                  what plain cells may be from now on, by facts::Bits: no
//                                         plain cell may clear one of these
//   bool put_plain(row, at, length)       the same as put of the text [at, at + length), but false
//                                         of anything out of the ordinary; PLAIN bytes are readable,
//                                         and PLAIN_BEFORE before its end
//   void add_plain(measures)              adds what facts::examine would have measured of these
//
// and perhaps a struct Quick, a copy of all that it takes to put the most plain cells:
//
//   usable                                whether there are any
//   bool put(row, at, length)             as put_plain
//   Quick quick(), void take(quick)       hand it out and take it back
//
// These are what the speed comes from: clean data hardly needs anything else.

#pragma once

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "blocks.hpp"
#include "calendar.hpp"
#include "cells.hpp"
#include "facts.hpp"
#include "locale.hpp"
#include "numbers.hpp"
#include "swar.hpp"

namespace logflow::columns {

using facts::Bits;
using facts::bit;

// How many bytes behind the start of a plain cell can be read, however long it is.
constexpr std::size_t PLAIN = 32;

// How many bytes before its end.
constexpr std::size_t PLAIN_BEFORE = swar::MOST;

// Values of one size, no cell of which is plain.
template <class Value>
class Fixed {
  public:
    Fixed(const Request& request, const cells::Column& column, Result& result)
        : request_(request) {
        result.values = Block(column.rows() * sizeof(Value));
        values_ = result.values.data<Value>();
    }
    void skip(std::size_t row) { values_[row] = Value{}; }
    void allow(Bits) {}
    bool put_plain(std::size_t, const char*, std::size_t) { return false; }
    void add_plain(facts::Measures&) const {}

  protected:
    const Request& request_;
    Value* values_;
};

// The same of numbers, in the request's style.
template <class Value>
class Numbers : public Fixed<Value> {
  public:
    using Fixed<Value>::Fixed;

  protected:
    // text becomes the number as numbers.hpp has it.
    [[gnu::always_inline]] bool parse(std::string_view& text, numbers::Number& number) {
        if (has_style()) {
            if (!locale::plain(text, this->request_.style, plain_text_)) return false;
            text = plain_text_;
        }
        return numbers::parse(text, number);
    }

    bool has_style() const { return this->request_.style >= 0; }

    // Whether no bit is possible but these and styles, and plain numbers are wanted at all.
    bool may_be_plain(Bits possible, Bits bits) const {
        return swar::USABLE && !has_style() && (possible & ~(bits | facts::STYLES)) == 0;
    }

  private:
    std::string plain_text_;
};

// What facts tell of the integers among plain cells.
template <class Value>
struct PlainIntegers {
    std::int64_t count = 0;
    std::int64_t negatives = 0;
    Value least = std::numeric_limits<Value>::max();
    Value most = std::numeric_limits<Value>::min();

    void add(Value value) {
        ++count;
        negatives += value < 0;
        least = std::min(least, value);
        most = std::max(most, value);
    }
    void add_to(facts::Measures& measures) const {
        if (count == 0) return;
        measures.integers += count;
        measures.negatives += negatives;
        for (const Value value : {least, most}) {
            if (value < 0) {
                measures.negative.add(static_cast<std::int64_t>(value));
            } else {
                measures.natural.add(static_cast<std::uint64_t>(value));
            }
        }
    }
};

inline std::int64_t count_digits(std::uint64_t value) {
    std::int64_t digits = 0;
    for (; value != 0; value /= 10) ++digits;
    return digits;
}

// 64-bit integers; plain ones have at most 16 digits.
template <class Value>
class Integers : public Numbers<Value> {
  public:
    using Numbers<Value>::Numbers;

    bool put(std::size_t row, std::string_view text) {
        numbers::Number number;
        if (!this->parse(text, number)) return false;
        if constexpr (std::is_signed_v<Value>) {
            return numbers::to_int64(number, this->values_[row]);
        } else {
            return numbers::to_uint64(number, this->values_[row]);
        }
    }

    void allow(Bits possible) {
        using namespace facts;
        quick_.values = this->values_;
        quick_.usable = this->may_be_plain(possible, NUMBERS);
        quick_.negative = std::is_signed_v<Value> && !(possible & bit(UINT64));
        quick_.most_digits = possible & bit(FLOAT64) ? numbers::ALWAYS_FIT : swar::MOST;
        if (possible & STYLES & ~(locale::UNGROUPED << STYLE)) quick_.most_digits = locale::GROUP;
    }

    struct Quick {
        bool usable = false;
        bool negative = false;
        std::size_t most_digits = 0;
        Value* values = nullptr;
        PlainIntegers<Value> seen;

        [[gnu::always_inline]] bool put(std::size_t row, const char* at, std::size_t length) {
            const bool minus = *at == '-';
            at += minus;
            length -= minus;
            const bool zero = (*at == '0') & ((length > 1) | minus);
            std::uint64_t digits = 0;
            if ((length - 1 >= most_digits) | (minus > negative) | zero) return false;
            if (!swar::digits(at, length, digits)) return false;
            const auto value = static_cast<Value>((digits ^ (0 - std::uint64_t{minus})) + minus);
            values[row] = value;
            seen.add(value);
            return true;
        }
    };
    Quick quick() const { return quick_; }
    void take(const Quick& quick) { quick_ = quick; }

    void add_plain(facts::Measures& measures) const {
        const PlainIntegers<Value>& seen = quick_.seen;
        if (seen.count == 0) return;
        seen.add_to(measures);
        measures.numbers += seen.count;
        const auto least = static_cast<std::uint64_t>(seen.least);
        const auto most = static_cast<std::uint64_t>(seen.most);
        const std::int64_t digits = std::max(count_digits(seen.least < 0 ? 0 - least : least),
                                             count_digits(seen.most < 0 ? 0 - most : most));
        measures.add_digits(digits, 0, 0, digits);
    }

  private:
    Quick quick_;
};

// Doubles; plain ones are fixed-point numbers.
class Doubles : public Numbers<double> {
  public:
    using Numbers::Numbers;

    bool put(std::size_t row, std::string_view text) {
        double& value = values_[row];
        numbers::Number number;
        if (!parse(text, number)) return !has_style() && numbers::parse_non_finite(text, value);
        value = numbers::nearest(text, number);
        return request_.exact ? numbers::fits(number, value) : !std::isinf(value);
    }

    void allow(Bits possible) {
        using namespace facts;
        quick_.values = values_;
        quick_.usable = FLT_EVAL_METHOD == 0 &&
                        may_be_plain(possible, bit(FLOAT64) | bit(DECIMAL) | bit(SHORTEST));
        quick_.styles = (possible & STYLES) >> STYLE;
        quick_.padded = !(possible & bit(SHORTEST));
    }

    // Signs and lengths are hard to foresee, so next to nothing branches on them.
    struct Quick {
        bool usable = false;
        bool padded = false;  // whether fractions may end in 0
        locale::Styles styles = 0;  // that hold every number up to now
        double* values = nullptr;
        std::uint32_t fractions = 0;    // a bit for each number of digits behind the point
        std::uint64_t most_digits = 0;  // a number without its point
        std::size_t most_whole = 0;
        std::int64_t count = 0;
        PlainIntegers<std::int64_t> integers;

        [[gnu::always_inline]] bool put(std::size_t row, const char* at, std::size_t length) {
            const bool minus = *at == '-';
            at += minus;
            length -= minus;
            if (length - 1 >= numbers::ALWAYS_FIT) return false;
            swar::Fixed number;
            const bool odd = !swar::fixed(at, length, number);
            const std::size_t whole = length - number.fraction - (number.fraction > 0);
            const bool zero = *at == '0';
            const bool ends_in_zero = (number.fraction > 1) & (at[length - 1] == '0');
            if (odd | (zero & (whole > 1)) | (minus & (number.value == 0)) |
                (ends_in_zero > padded)) {
                return false;
            }
            if (styles && (styles & ~locale::styles_of(whole - zero, number.fraction))) return false;
            // Both operands are exact: see numbers::nearest.
            const double value = static_cast<double>(static_cast<std::int64_t>(number.value)) /
                                 numbers::TENS[number.fraction];
            values[row] = with_sign(value, minus);
            add(number.value, whole - zero, number.fraction);
            if (number.fraction == 0) {
                const auto integer = static_cast<std::int64_t>(number.value);
                integers.add((integer ^ -std::int64_t{minus}) + minus);
            }
            return true;
        }

        void add(std::uint64_t digits, std::size_t whole, std::size_t fraction) {
            ++count;
            fractions |= std::uint32_t{1} << fraction;
            most_digits = std::max(most_digits, digits);
            most_whole = std::max(most_whole, whole);
        }
    };
    Quick quick() const { return quick_; }
    void take(const Quick& quick) { quick_ = quick; }

    // A number with a fraction and more digits than a quick one.
    bool put_plain(std::size_t row, const char* at, std::size_t length) {
        if (!quick_.usable) return false;
        const bool negative = *at == '-';
        const std::string_view text(at + negative, length - negative);
        numbers::Number number;
        if (!numbers::parse(text, number) || number.has_exponent || number.is_zero() ||
            number.frac_digits - 1 >= MOST_FRACTION || number.significant > numbers::WORD_DIGITS ||
            number.padded > quick_.padded ||
            (quick_.styles & ~locale::styles_of(number.int_digits, number.frac_digits))) {
            return false;
        }
        const double value = numbers::nearest(text, number);
        if (!numbers::fits(number, value)) return false;
        values_[row] = negative ? -value : value;
        quick_.add(number.digits, number.int_digits, number.frac_digits);
        return true;
    }

    void add_plain(facts::Measures& measures) const {
        if (quick_.count == 0) return;
        quick_.integers.add_to(measures);
        measures.numbers += quick_.count;
        measures.add_digits(static_cast<std::int64_t>(quick_.most_whole),
                            __builtin_ctz(quick_.fractions), 31 - __builtin_clz(quick_.fractions),
                            count_digits(quick_.most_digits));
    }

  private:
    static constexpr std::size_t MOST_FRACTION = 31;  // digits that Quick::fractions can tell

    static double with_sign(double value, bool negative) {
        std::uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        bits |= std::uint64_t{negative} << 63;
        std::memcpy(&value, &bits, sizeof bits);
        return value;
    }

    Quick quick_;
};

// Decimals, as integers of WORDS words.
template <int WORDS>
class Decimals : public Numbers<numbers::Integer<WORDS>> {
  public:
    using Numbers<numbers::Integer<WORDS>>::Numbers;

    bool put(std::size_t row, std::string_view text) {
        const Request& request = this->request_;
        numbers::Number number;
        if (!this->parse(text, number) || !number.is_decimal()) return false;
        if (number.frac_digits > request.scale ||
            number.int_digits > request.precision - request.scale) {
            return false;
        }
        numbers::scaled(number, request.scale, this->values_[row]);
        return true;
    }
};

// Booleans, as bits.
class Bools {
  public:
    Bools(const Request&, const cells::Column& column, Result& result)
        : values_(result.values, column.rows(), false) {}

    bool put(std::size_t row, std::string_view text) {
        const bool value = text == "true" || text == "True" || text == "TRUE";
        if (value) values_.set(row);
        return value || text == "false" || text == "False" || text == "FALSE";
    }
    void skip(std::size_t) {}

    void allow(Bits possible) {
        using namespace facts;
        plain_ = (possible & ~bit(possible & bit(BOOL_LOWER)   ? BOOL_LOWER
                                  : possible & bit(BOOL_TITLE) ? BOOL_TITLE
                                                               : BOOL_UPPER)) == 0;
        possible_ = possible;
    }

    bool put_plain(std::size_t row, const char* at, std::size_t length) {
        if (!plain_ || length - 4 > 1) return false;
        const std::string_view text(at, length);
        if (possible_ & ~facts::bool_bits(text)) return false;
        return put(row, text);
    }
    void add_plain(facts::Measures&) const {}

  private:
    BitMap values_;
    bool plain_ = false;
    Bits possible_ = 0;
};

// A plain date is YYYY-MM-DD.  Neighbours often have the same one.
class PlainDate {
  public:
    static constexpr std::size_t LENGTH = 10;

    // The days since 1970 of the date at an address; false if there is none.
    bool read(const char* at, std::int32_t& days) {
        std::uint16_t end;
        std::memcpy(&end, at + swar::WORD, sizeof end);
        const std::uint64_t start = swar::load(at);
        if (start != start_ || end != end_ || start == NONE) {
            if (at[4] != '-' || at[7] != '-') return false;
            calendar::Date date{};
            std::string_view text(at, LENGTH);
            if (!calendar::take_date(text, date) || !text.empty() ||
                !calendar::days_of(date, calendar::Order::ymd, days_)) {
                start_ = NONE;
                return false;
            }
            start_ = start;
            end_ = end;
        }
        days = days_;
        return true;
    }

  private:
    static constexpr std::uint64_t NONE = 0;  // no date starts with such bytes

    std::uint64_t start_ = NONE;  // the bytes of the last date
    std::uint16_t end_ = 0;
    std::int32_t days_ = 0;
};

// Dates, as days since 1970.
class Dates : public Fixed<std::int32_t> {
  public:
    using Fixed::Fixed;

    bool put(std::size_t row, std::string_view text) {
        calendar::Timestamp moment;
        return calendar::parse(text, moment) == calendar::Shape::date &&
               calendar::days_of(moment.date, request_.order, values_[row]);
    }

    void allow(Bits possible) {
        plain_ = swar::USABLE && request_.order == calendar::Order::ymd &&
                 (possible & ~bit(facts::DATE_YMD)) == 0;
    }

    bool put_plain(std::size_t row, const char* at, std::size_t length) {
        if (!plain_ || length != PlainDate::LENGTH || !date_.read(at, values_[row])) return false;
        ++count_;
        return true;
    }
    void add_plain(facts::Measures& measures) const { measures.dates += count_; }

  private:
    bool plain_ = false;
    std::int64_t count_ = 0;
    PlainDate date_;
};

// The fraction of a second in units of which a second has 10**digits.
inline std::int64_t units_of(int nanoseconds, int digits) {
    return nanoseconds / calendar::UNITS[calendar::MOST_SUBSECOND - digits];
}

// Times of the day, as units since midnight.
template <class Value>
class Times : public Fixed<Value> {
  public:
    using Fixed<Value>::Fixed;

    bool put(std::size_t row, std::string_view text) {
        const int digits = this->request_.unit_digits;
        calendar::Timestamp moment;
        if (calendar::parse(text, moment) != calendar::Shape::time ||
            moment.subsecond_digits > digits) {
            return false;
        }
        const std::int64_t units = calendar::UNITS[digits];
        this->values_[row] = static_cast<Value>(moment.second_of_day * units +
                                                units_of(moment.nanoseconds, digits));
        return true;
    }
};

// Timestamps, as units since 1970.  A plain one is YYYY-MM-DD, 'T' or a space, HH:MM:SS, perhaps a
// fraction, perhaps 'Z'.
class Timestamps : public Fixed<std::int64_t> {
  public:
    using Fixed::Fixed;

    bool put(std::size_t row, std::string_view text) {
        calendar::Timestamp moment;
        std::int32_t days = 0;
        return calendar::parse(text, moment) == calendar::Shape::timestamp &&
               calendar::days_of(moment.date, request_.order, days) && put_moment(row, moment, days);
    }

    void allow(Bits possible) {
        using namespace facts;
        plain_ = swar::USABLE && request_.order == calendar::Order::ymd &&
                 (possible & ~(bit(TS_YMD) | bit(request_.zone ? OFFSET : NAIVE) |
                               bit(TS_NS_RANGE))) == 0;
        nanoseconds_ = (possible & bit(TS_NS_RANGE)) != 0;
    }

    bool put_plain(std::size_t row, const char* at, std::size_t length) {
        std::int32_t days = 0;
        if (!plain_ || length < SECONDS_END || length > PLAIN || (at[10] != 'T' && at[10] != ' ') ||
            !date_.read(at, days)) {
            return false;
        }
        calendar::Timestamp moment{};
        if (!read_time(swar::load(at + 11), moment)) return false;
        const char* rest = at + SECONDS_END;
        const char* const end = at + length;
        if (rest != end && *rest == '.' && !read_fraction(++rest, end, moment)) return false;
        moment.has_offset = rest != end;
        if (moment.has_offset && (*rest != 'Z' || rest + 1 != end)) return false;
        const std::int64_t seconds = calendar::seconds_of(moment, days);
        if (nanoseconds_ && !calendar::in_nanosecond_range(seconds, moment.nanoseconds)) return false;
        if (!put_moment(row, moment, days)) return false;
        ++count_;
        seconds_.add(seconds);
        most_subsecond_ = std::max(most_subsecond_, moment.subsecond_digits);
        return true;
    }

    void add_plain(facts::Measures& measures) const {
        if (count_ == 0) return;
        measures.timestamps += count_;
        measures.seconds.add(seconds_.least);
        measures.seconds.add(seconds_.most);
        measures.max_subsecond_digits =
            std::max<std::int64_t>(measures.max_subsecond_digits, most_subsecond_);
    }

  private:
    static constexpr std::size_t SECONDS_END = 19;

    // HH:MM:SS
    static bool read_time(std::uint64_t word, calendar::Timestamp& moment) {
        constexpr std::uint64_t COLONS = std::uint64_t{0xFF} << 16 | std::uint64_t{0xFF} << 40;
        if ((word & COLONS) != (':' * swar::ONES & COLONS)) return false;
        word = (word & ~COLONS) | (swar::ZEROS & COLONS);
        if (!swar::are_digits(word)) return false;
        const std::uint64_t pairs = swar::pairs_of(word);
        const auto hours = static_cast<int>(pairs & 0xFF);
        const auto minutes = static_cast<int>(pairs >> 24 & 0xFF);
        const auto seconds = static_cast<int>(pairs >> 48 & 0xFF);
        moment.second_of_day = (hours * 60 + minutes) * 60 + seconds;
        return hours < 24 && minutes < 60 && seconds < 60;
    }

    // One to nine digits; moves rest behind them.
    static bool read_fraction(const char*& rest, const char* end, calendar::Timestamp& moment) {
        int value = 0;
        int digits = 0;
        for (; rest != end && numbers::is_digit(*rest) && digits < calendar::MOST_SUBSECOND; ++rest) {
            value = value * 10 + numbers::digit(*rest);
            ++digits;
            if (*rest != '0') moment.subsecond_digits = digits;
        }
        moment.nanoseconds =
            value * calendar::UNITS[calendar::MOST_SUBSECOND - digits];
        return digits > 0;
    }

    bool put_moment(std::size_t row, const calendar::Timestamp& moment, std::int32_t days) {
        if (moment.has_offset != request_.zone || moment.subsecond_digits > request_.unit_digits) {
            return false;
        }
        const std::int64_t seconds = calendar::seconds_of(moment, days);
        if (request_.unit_digits == calendar::MOST_SUBSECOND &&
            !calendar::in_nanosecond_range(seconds, moment.nanoseconds)) {
            return false;
        }
        // Without a sign, because the earliest instants overflow before the fraction is added.
        const auto units = static_cast<std::uint64_t>(calendar::UNITS[request_.unit_digits]);
        const auto fraction =
            static_cast<std::uint64_t>(units_of(moment.nanoseconds, request_.unit_digits));
        values_[row] =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(seconds) * units + fraction);
        return true;
    }

    bool plain_ = false;
    bool nanoseconds_ = false;  // whether 64 bits must be able to count them
    std::int64_t count_ = 0;
    int most_subsecond_ = 0;
    facts::Range<std::int64_t> seconds_;
    PlainDate date_;
};

// Text: its bytes end to end.  A plain one is not looked at any more: nothing is possible.
class Texts {
  public:
    Texts(const Request&, const cells::Column& column, Result& result)
        : column_(column), result_(result) {
        result.offsets = Block((column.rows() + 1) * sizeof(std::int32_t));
        offsets_ = result.offsets.data<std::int32_t>();
        offsets_[0] = 0;
        result.values = Block(0);
        values_ = result.values.data();
    }

    // Makes room for the texts of the rows [from, to).
    void reserve(std::size_t from, std::size_t to) {
        written_ += written(from, to);
        if (written_ > MOST) overflow(to);
        if (written_ <= capacity_) return;
        // Room for the rest, too, if it is like the rows before; the data has no more of it.
        const double all = 1.05 * static_cast<double>(written_) *
                           static_cast<double>(column_.rows()) / static_cast<double>(to);
        const double most = static_cast<double>(std::max(written_, column_.size()));
        capacity_ = std::max(written_, static_cast<std::size_t>(std::min(all, most)));
        Block larger(capacity_);
        std::memcpy(larger.data(), values_, used_);
        result_.values = std::move(larger);
        values_ = result_.values.data();
    }

    bool put(std::size_t row, std::string_view text) {
        if (!text.empty()) std::memcpy(values_ + used_, text.data(), text.size());
        used_ += text.size();
        skip(row);
        return true;
    }
    void skip(std::size_t row) { offsets_[row + 1] = static_cast<std::int32_t>(used_); }

    void allow(Bits possible) { plain_ = possible == 0; }

    struct Quick {
        bool usable;
        char* values;
        std::int32_t* offsets;
        std::size_t used;

        [[gnu::always_inline]] bool put(std::size_t row, const char* at, std::size_t length) {
            if (cells::is_blank(at[0]) || cells::is_blank(at[length - 1])) return false;
            if (length > Block::SLACK) {
                std::memcpy(values + used, at, length);
            } else {
                std::memcpy(values + used, at, Block::SLACK);  // of a known size, hence quick
            }
            used += length;
            offsets[row + 1] = static_cast<std::int32_t>(used);
            return true;
        }
    };
    Quick quick() const { return {plain_, values_, offsets_, used_}; }
    void take(const Quick& quick) { used_ = quick.used; }

    bool put_plain(std::size_t, const char*, std::size_t) { return false; }
    void add_plain(facts::Measures&) const {}

    void finish() { result_.values.shrink(used_); }

  private:
    static constexpr std::size_t MOST = std::numeric_limits<std::int32_t>::max();
    static_assert(Block::SLACK <= PLAIN);

    std::size_t written(std::size_t from, std::size_t to) const {
        std::size_t sum = 0;
        for (std::size_t row = from; row < to; ++row) {
            const std::uint32_t word = column_.span_of(row).word;
            sum += word & cells::MISSING ? 0 : word & cells::LENGTH;
        }
        return sum;
    }

    [[noreturn]] void overflow(std::size_t to) const {
        column_.check_all();
        const std::size_t all = written_ + written(to, column_.rows());
        throw std::overflow_error("the texts have " + std::to_string(all) +
                                  " bytes; 32-bit offsets reach " + std::to_string(MOST));
    }

    const cells::Column& column_;
    Result& result_;
    std::int32_t* offsets_;
    char* values_;
    std::size_t used_ = 0;
    std::size_t written_ = 0;   // of the rows that there is room for, escapes not undone
    std::size_t capacity_ = 0;
    bool plain_ = false;
};

}  // namespace logflow::columns

// Timestamps of logs as ISO 8601 writes them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "calendar.hpp"

namespace logflow::lines {

// What finds the year of timestamps that have none; see line_programs.py.
struct Clock {
    int latest_year, latest_month, latest_day;
    int year, month;

    int year_of(int next_month, int day) {
        if (year == 0) {
            year = latest_year;
            if (next_month > latest_month || (next_month == latest_month && day > latest_day)) --year;
        } else if (month == 12 && next_month == 1) {
            ++year;
        } else if (month == 1 && next_month == 12) {
            --year;
        }
        month = next_month;
        return year;
    }
};

// The parts of a timestamp, as far as it has them.
struct Parts {
    int year = -1, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    char half = '\0';  // of the day, A or P
    std::string_view fraction, zone;
};

// Reads a text from its start on.
class Reading {
  public:
    explicit Reading(std::string_view text) : text_(text) {}

    bool at_end() const { return text_.empty(); }
    char next() const { return text_.empty() ? '\0' : text_.front(); }
    bool take(char byte) {
        if (text_.empty() || text_.front() != byte) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool take_one_of(std::string_view bytes) {
        if (text_.empty() || bytes.find(text_.front()) == std::string_view::npos) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool take_word(std::string_view word) {
        if (text_.substr(0, word.size()) != word) return false;
        text_.remove_prefix(word.size());
        return true;
    }
    // From least to most digits.
    bool take_number(std::size_t least, std::size_t most, int& value) {
        std::string_view digits;
        if (!take_digits(least, most, digits)) return false;
        value = 0;
        for (const char digit : digits) value = 10 * value + (digit - '0');
        return true;
    }
    bool take_digits(std::size_t least, std::size_t most, std::string_view& digits) {
        const std::size_t count = count_of([](char c) { return c >= '0' && c <= '9'; }, most);
        if (count < least) return false;
        digits = text_.substr(0, count);
        text_.remove_prefix(count);
        return true;
    }
    bool take_three_letters(std::string_view& letters) {
        if (count_of(calendar::is_letter, 3) < 3) return false;
        letters = text_.substr(0, 3);
        text_.remove_prefix(3);
        return true;
    }
    // AM or PM.
    bool take_half(char& half) {
        half = static_cast<char>(next() & ~32);
        return take_one_of("AaPp") && take_one_of("Mm");
    }
    // Z, an offset such as +01:00 or -0700, and UTC if that may be.
    bool take_zone(bool utc, std::string_view& zone) {
        const std::string_view before = text_;
        if (take('Z') || (utc && take_word("UTC"))) {
            zone = "Z";
            return true;
        }
        int ignored = 0;
        if (take_one_of("+-") && take_number(2, 2, ignored)) {
            take(':');
            if (take_number(2, 2, ignored)) {
                zone = before.substr(0, before.size() - text_.size());
                return true;
            }
        }
        text_ = before;
        return false;
    }
    // A mark and digits behind it; nothing is taken if one of them is missing.
    void take_fraction(std::string_view marks, std::string_view& fraction) {
        const std::string_view before = text_;
        if (!take_one_of(marks) || !take_digits(1, 9, fraction)) text_ = before;
    }

  private:
    template <class Is>
    std::size_t count_of(Is is, std::size_t most) const {
        std::size_t count = 0;
        while (count < text_.size() && count < most && is(text_[count])) ++count;
        return count;
    }

    std::string_view text_;
};

// One way to write timestamps: iso, epoch, epoch-ms, time, or codes of strptime.
class TimeForm {
  public:
    explicit TimeForm(std::string_view form) {
        if (form.substr(0, 4) == "utc:") {
            utc_ = true;
            form.remove_prefix(4);
        }
        kind_ = form == "iso"        ? Kind::iso
                : form == "epoch"    ? Kind::epoch
                : form == "epoch-ms" ? Kind::epoch_ms
                : form == "time"     ? Kind::time
                                     : Kind::codes;
        codes_ = form;
        has_fraction_ = form.find("%f") != std::string_view::npos;
        for (std::size_t i = 0; kind_ == Kind::codes && i < codes_.size(); ++i) {
            if (codes_[i] != '%') continue;
            ++i;
            const std::string_view known = "YymdbaHMSfpzZ";
            if (i == codes_.size() || known.find(codes_[i]) == std::string_view::npos) {
                throw std::invalid_argument("times have a code that is not known");
            }
        }
    }

    // Appends the timestamp; nothing is appended if it is none of the form.
    bool write(std::string_view text, Clock& clock, std::string& out) const {
        text = stripped(text);
        switch (kind_) {
            case Kind::epoch: return write_epoch(text, false, out);
            case Kind::epoch_ms: return write_epoch(text, true, out);
            case Kind::time: return write_time(text, out);
            default: break;
        }
        Parts parts;
        return (kind_ == Kind::iso ? read_iso(text, parts) : read_codes(text, parts)) &&
               write_parts(parts, clock, out);
    }

  private:
    enum class Kind { iso, epoch, epoch_ms, time, codes };

    static std::string_view stripped(std::string_view text) {
        const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
        while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
        while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
        return text;
    }

    static bool read_iso(std::string_view text, Parts& parts) {
        Reading in(text);
        if (!(in.take_number(4, 4, parts.year) && in.take_one_of("-/") &&
              in.take_number(2, 2, parts.month) && in.take_one_of("-/") &&
              in.take_number(2, 2, parts.day) && in.take_one_of("T "))) {
            return false;
        }
        in.take(' ');
        if (!(in.take_number(1, 2, parts.hour) && in.take(':') &&
              in.take_number(2, 2, parts.minute) && in.take(':') &&
              in.take_number(2, 2, parts.second))) {
            return false;
        }
        in.take_fraction(".,:", parts.fraction);
        in.take(' ');
        in.take_zone(true, parts.zone);
        return in.at_end();
    }

    bool read_codes(std::string_view text, Parts& parts) const {
        Reading in(text);
        for (std::size_t i = 0; i < codes_.size(); ++i) {
            if (codes_[i] == '.' && codes_.compare(i, 3, ".%f") == 0) {
                in.take_fraction(".", parts.fraction);
                i += 2;
            } else if (codes_[i] != '%') {
                if (!in.take(codes_[i])) return false;
            } else if (!read_code(codes_[++i], in, parts)) {
                return false;
            }
        }
        return in.at_end();
    }

    bool read_code(char code, Reading& in, Parts& parts) const {
        std::string_view letters;
        switch (code) {
            case 'Y': return in.take_number(4, 4, parts.year);
            case 'y':
                if (!in.take_number(2, 2, parts.year)) return false;
                parts.year += parts.year < 70 ? 2000 : 1900;
                return true;
            case 'm': return in.take_number(1, 2, parts.month);
            case 'd': in.take(' '); return in.take_number(1, 2, parts.day);
            case 'b':
                return in.take_three_letters(letters) && calendar::take_month(letters, parts.month);
            case 'a': return in.take_three_letters(letters);
            case 'H': in.take(' '); return in.take_number(1, 2, parts.hour);
            case 'M': return in.take_number(1, 2, parts.minute);
            case 'S':
                if (!in.take_number(1, 2, parts.second)) return false;
                if (!has_fraction_) in.take_fraction(".,", parts.fraction);
                return true;
            case 'f': return in.take_digits(1, 9, parts.fraction);
            case 'p': return in.take_half(parts.half);
            case 'Z':
                parts.zone = "Z";
                return in.take_word("UTC") || in.take_word("GMT");
            default: return in.take_zone(false, parts.zone);
        }
    }

    bool write_parts(const Parts& parts, Clock& clock, std::string& out) const {
        if (parts.month == 0) return false;
        const int year = parts.year >= 0 ? parts.year : clock.year_of(parts.month, parts.day);
        if (year < 1 || year > 9999 || parts.month > 12 || parts.day < 1 ||
            parts.day > calendar::days_in(year, parts.month)) {
            return false;
        }
        int hour = parts.hour;
        if (parts.half != '\0') {
            if (hour < 1 || hour > 12) return false;
            hour = hour % 12 + (parts.half == 'P' ? 12 : 0);
        }
        char date[] = "0000-00-00T00:00:00";
        put(date, 4, year);
        put(date + 5, 2, parts.month);
        put(date + 8, 2, parts.day);
        put(date + 11, 2, hour);
        put(date + 14, 2, parts.minute);
        put(date + 17, 2, parts.second);
        out.append(date, sizeof date - 1);
        if (!parts.fraction.empty()) (out += '.') += parts.fraction;
        if (parts.zone.size() == 5) {
            (out += parts.zone.substr(0, 3)) += ':';
            out += parts.zone.substr(3);
        } else {
            out += parts.zone.empty() && utc_ ? std::string_view("Z") : parts.zone;
        }
        return true;
    }

    static void put(char* at, int digits, int value) {
        for (int i = digits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
    }

    static bool write_epoch(std::string_view text, bool milliseconds, std::string& out) {
        Reading in(text);
        std::string_view digits, fraction;
        if (milliseconds) {
            if (!in.take_digits(13, 13, digits)) return false;
            fraction = digits.substr(10);
            digits = digits.substr(0, 10);
        } else {
            if (!in.take_digits(9, 10, digits)) return false;
            if (in.take('.') && !in.take_digits(1, 9, fraction)) return false;
        }
        if (!in.at_end()) return false;
        std::int64_t seconds = 0;
        for (const char digit : digits) seconds = 10 * seconds + (digit - '0');
        const std::int64_t days = seconds / calendar::SECONDS_A_DAY;
        const int rest = static_cast<int>(seconds % calendar::SECONDS_A_DAY);
        Parts parts;
        civil(days, parts);
        parts.hour = rest / 3600;
        parts.minute = rest / 60 % 60;
        parts.second = rest % 60;
        parts.fraction = fraction;
        parts.zone = "Z";
        Clock none{};
        return TimeForm("iso").write_parts(parts, none, out);
    }

    // The date of a day since 1970 (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    static void civil(std::int64_t days, Parts& parts) {
        days += 719468;
        const std::int64_t era = days / 146097;
        const auto day_of_era = static_cast<int>(days % 146097);
        const int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                                 day_of_era / 146096) / 365;
        const int day_of_year =
            day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        const int shifted = (5 * day_of_year + 2) / 153;
        parts.day = day_of_year - (153 * shifted + 2) / 5 + 1;
        parts.month = shifted < 10 ? shifted + 3 : shifted - 9;
        parts.year = static_cast<int>(era) * 400 + year_of_era + (parts.month <= 2 ? 1 : 0);
    }

    static bool write_time(std::string_view text, std::string& out) {
        Reading in(text);
        int ignored = 0;
        std::string_view fraction;
        if (!(in.take_number(2, 2, ignored) && in.take(':') && in.take_number(2, 2, ignored) &&
              in.take(':') && in.take_number(2, 2, ignored))) {
            return false;
        }
        if (!in.at_end() &&
            !(in.take_one_of(".,") && in.take_digits(1, text.size(), fraction) && in.at_end())) {
            return false;
        }
        out += text.substr(0, 8);
        if (!fraction.empty()) (out += '.') += fraction;
        return true;
    }

    Kind kind_;
    bool utc_ = false;
    bool has_fraction_ = false;
    std::string codes_;
};

// The alternatives of a column.
class Times {
  public:
    explicit Times(std::string_view forms) {
        while (true) {
            const std::size_t bar = forms.find('|');
            forms_.emplace_back(forms.substr(0, bar));
            if (bar == std::string_view::npos) break;
            forms.remove_prefix(bar + 1);
        }
    }

    bool write(std::string_view text, Clock& clock, std::string& out) const {
        for (const TimeForm& form : forms_) {
            if (form.write(text, clock, out)) return true;
        }
        return false;
    }

  private:
    std::vector<TimeForm> forms_;
};

}  // namespace logflow::lines

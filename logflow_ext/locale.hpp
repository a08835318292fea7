// Numbers as people write them: a decimal mark and a separator of thousands, by style.
//
// In a style with a separator every integer part of more than three digits is grouped; otherwise
// a number is one of numbers.hpp, without exponent, and never a negative zero.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "numbers.hpp"

namespace logflow::locale {

enum class Mark { none, point, comma, space, no_break_space, narrow_no_break_space, apostrophe };

struct Style {
    Mark decimal;
    Mark thousands;
};

// In the order of cells.STYLES.
constexpr Style STYLES[] = {
    {Mark::point, Mark::comma},
    {Mark::point, Mark::space},
    {Mark::point, Mark::no_break_space},
    {Mark::point, Mark::narrow_no_break_space},
    {Mark::point, Mark::apostrophe},
    {Mark::comma, Mark::none},
    {Mark::comma, Mark::point},
    {Mark::comma, Mark::space},
    {Mark::comma, Mark::no_break_space},
    {Mark::comma, Mark::narrow_no_break_space},
    {Mark::comma, Mark::apostrophe},
};
constexpr int COUNT = sizeof STYLES / sizeof *STYLES;

// A bit for each style.
using Styles = std::uint32_t;

constexpr Styles style(int number) { return Styles{1} << number; }

constexpr Styles where(Mark Style::*part, Mark mark) {
    Styles styles = 0;
    for (int i = 0; i < COUNT; ++i) {
        if (STYLES[i].*part == mark) styles |= style(i);
    }
    return styles;
}

constexpr Styles ALL = style(COUNT) - 1;
constexpr Styles POINT = where(&Style::decimal, Mark::point);
constexpr Styles COMMA = where(&Style::decimal, Mark::comma);
constexpr Styles UNGROUPED = where(&Style::thousands, Mark::none);
constexpr std::size_t GROUP = 3;

// The mark at the start of a text, and how many bytes it takes.
inline Mark mark_at(const char* at, const char* end, std::size_t& size) {
    const std::string_view text(at, static_cast<std::size_t>(end - at));
    size = 1;
    switch (*at) {
        case '.': return Mark::point;
        case ',': return Mark::comma;
        case ' ': return Mark::space;
        case '\'': return Mark::apostrophe;
        default: break;
    }
    if (text.substr(0, size = 2) == "\xC2\xA0") return Mark::no_break_space;
    if (text.substr(0, size = 3) == "\xE2\x80\xAF") return Mark::narrow_no_break_space;
    return Mark::none;
}

// The styles that hold a decimal number of numbers.hpp, by its digits.
inline Styles styles_of(std::size_t int_digits, std::size_t frac_digits) {
    if (int_digits > GROUP) return frac_digits == 0 ? UNGROUPED : 0;
    if (frac_digits == 0) return ALL;
    const bool is_group = int_digits > 0 && frac_digits == GROUP;
    return POINT | (is_group ? where(&Style::thousands, Mark::point) : 0);
}

// The styles that hold all of the text; kept out of the loop over plain numbers.
[[gnu::noinline]] inline Styles styles_of(std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    const bool negative = at != end && *at == '-';
    if (negative) ++at;
    const char* const whole = at;
    const auto run = [&] {
        const char* const start = at;
        while (at != end && numbers::is_digit(*at)) ++at;
        return static_cast<std::size_t>(at - start);
    };
    const std::size_t first = run();
    if (first == 0 || (*whole == '0' && first > 1)) return 0;
    if (negative && std::none_of(whole, end, [](char c) { return '1' <= c && c <= '9'; })) return 0;
    if (at == end) return first <= GROUP ? ALL : UNGROUPED;

    const bool may_group = first <= GROUP && *whole != '0';
    Mark thousands = Mark::none;
    while (true) {
        std::size_t size = 0;
        const Mark mark = mark_at(at, end, size);
        if (mark == Mark::none) return 0;
        at += size;
        const std::size_t digits = run();
        if (digits == 0) return 0;
        const bool is_group = may_group && digits == GROUP && (mark == thousands ||
                                                               thousands == Mark::none);
        if (at != end) {
            if (!is_group) return 0;
            thousands = mark;
            continue;
        }
        Styles styles = is_group ? where(&Style::thousands, mark) : 0;
        if (thousands != Mark::none) {
            if (mark == thousands) return styles;
            return where(&Style::decimal, mark) & where(&Style::thousands, thousands);
        }
        return styles | (where(&Style::decimal, mark) & (first <= GROUP ? ALL : UNGROUPED));
    }
}

// The same number as numbers.hpp has it, if the style holds the text or would but for its groups.
inline bool plain(std::string_view text, int number, std::string& out) {
    const Style wanted = STYLES[number];
    const Styles ungrouped = where(&Style::decimal, wanted.decimal) & UNGROUPED;
    if (!(styles_of(text) & (style(number) | ungrouped))) {
        out = text;
        numbers::Number same;
        return wanted.decimal == Mark::point && numbers::parse(text, same) && same.is_decimal();
    }
    out.clear();
    for (const char* at = text.data(), *end = at + text.size(); at != end;) {
        std::size_t size = 1;
        if (*at == '-' || numbers::is_digit(*at)) {
            out.push_back(*at);
        } else if (mark_at(at, end, size) == wanted.decimal) {
            out.push_back('.');
        }
        at += size;
    }
    return true;
}

}  // namespace logflow::locale

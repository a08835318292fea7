// What the kernels of XML formats share: names, attributes, and what references stand for (XML 1.0,
// without DTD).

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace logflow::markup {

inline bool is_space(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}
inline bool ends_name(char byte) { return is_space(byte) || byte == '>' || byte == '/'; }

inline std::string_view local(std::string_view name) {
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// The character of a reference such as #233 or #xE9; false if there is none.
inline bool numbered(std::string_view name, std::uint32_t& code) {
    if (name.size() < 2 || name[0] != '#') return false;
    const bool hex = name[1] == 'x';
    name.remove_prefix(1 + hex);
    if (name.empty()) return false;
    for (const char byte : name) {
        const char lower = static_cast<char>(byte | 0x20);
        std::uint32_t digit = 0;
        if (byte >= '0' && byte <= '9') {
            digit = static_cast<std::uint32_t>(byte - '0');
        } else if (hex && lower >= 'a' && lower <= 'f') {
            digit = static_cast<std::uint32_t>(lower - 'a' + 10);
        } else {
            return false;
        }
        code = code * (hex ? 16 : 10) + digit;
        if (code > 0x10FFFF) return false;
    }
    if (code == 9 || code == 10 || code == 13) return true;
    return code >= 0x20 && !(code >= 0xD800 && code < 0xE000) && code != 0xFFFE && code != 0xFFFF;
}

// Writes a character as UTF-8; gives the number of its bytes.
inline std::size_t put_utf8(std::uint32_t code, char* out) {
    if (code < 0x80) {
        *out = static_cast<char>(code);
        return 1;
    }
    const std::size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (std::size_t i = length; i-- > 1; code >>= 6) {
        out[i] = static_cast<char>(0x80 | (code & 0x3F));
    }
    *out = static_cast<char>((0xF0 << (4 - length) & 0xFF) | code);
    return length;
}

// Writes the character that the reference at the start of a text stands for, as UTF-8, which is
// never longer; gives the number of its bytes, and that of the reference; 0 if it is none.
inline std::size_t put_reference(std::string_view text, char* out, std::size_t& length) {
    constexpr std::size_t LONGEST = 12;
    const std::size_t semicolon = text.substr(0, LONGEST).find(';');
    if (semicolon == std::string_view::npos) return 0;
    const std::string_view name = text.substr(1, semicolon - 1);
    std::uint32_t code = 0;
    if (name == "amp") code = '&';
    if (name == "lt") code = '<';
    if (name == "gt") code = '>';
    if (name == "quot") code = '"';
    if (name == "apos") code = '\'';
    if (code == 0 && !numbered(name, code)) return 0;
    length = semicolon + 1;
    return put_utf8(code, out);
}

}  // namespace logflow::markup

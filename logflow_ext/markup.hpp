// What the kernels of XML formats share: tags, and what references stand for (XML 1.0, without DTD).

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

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

// --- tags -----------------------------------------------------------------------------------------

// The first < at or behind an offset; the size of the text if there is none.
inline std::size_t find_less(std::string_view text, std::size_t at) {
    if (at >= text.size()) return text.size();
    const void* const found = std::memchr(text.data() + at, '<', text.size() - at);
    return found == nullptr ? text.size()
                            : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// Goes over what is no markup: comments, CDATA sections and instructions.
class Skipper {
  public:
    explicit Skipper(std::string_view text) : text_(text) {}

    enum class Found { none, whole, open };

    // What is at a <; at is moved behind it if it is whole.
    Found skip(std::size_t& at) {
        const std::string_view rest = text_.substr(at);
        for (std::size_t i = 0; i < KINDS; ++i) {
            const auto& [head, tail] = HEADS[i];
            const std::string_view start = rest.substr(0, head.size());
            if (start != head.substr(0, start.size())) continue;
            if (start.size() < head.size()) return rest.size() > 1 ? Found::open : Found::none;
            // Without this, a text full of heads that have no tail would take quadratic time.
            if (endless_[i]) return Found::open;
            const std::size_t found = rest.find(tail, head.size());
            endless_[i] = found == std::string_view::npos;
            if (endless_[i]) return Found::open;
            at += found + tail.size();
            return Found::whole;
        }
        return Found::none;
    }

  private:
    static constexpr std::size_t KINDS = 3;
    static constexpr std::pair<std::string_view, std::string_view> HEADS[KINDS] = {
        {"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};

    std::string_view text_;
    bool endless_[KINDS] = {};
};

// The first > outside of quotes, or < anywhere; the size of the text if there is neither.
inline std::size_t find_tag_end(std::string_view text, std::size_t at) {
    char quote = 0;
    for (; at < text.size() && text[at] != '<'; ++at) {
        const char byte = text[at];
        if (quote) {
            if (byte == quote) quote = 0;
        } else if (byte == '"' || byte == '\'') {
            quote = byte;
        } else if (byte == '>') {
            break;
        }
    }
    return at;
}

// Finds tags outside of what is no markup, of the elements whose local names are wanted.
template <typename Wanted>
class Tags {
  public:
    // final says that nothing follows the text: then what is open has no end, and is passed over.
    Tags(std::string_view text, Wanted wanted, bool final)
        : text_(text), wanted_(wanted), final_(final), skipper_(text) {}

    std::string_view name;  // local
    std::size_t start = 0;
    std::size_t end = 0;  // behind the tag; a damaged one ends where the next one starts
    std::size_t last = 0;  // where the last tag starts that was looked at, whatever its name
    bool closing = false;
    bool empty = false;  // it ends its element
    bool open = false;   // where no more tags were found, one may be cut off

    // Goes to the next one; false if there is no more in sight.
    bool next() {
        while ((start = find_less(text_, at_)) < text_.size()) {
            const auto found = skipper_.skip(at_ = start);
            if (found == Skipper::Found::whole) continue;
            last = start;
            if (found == Skipper::Found::open) {
                if (stop()) return false;
                at_ = start + 1;
                continue;
            }
            std::size_t first = start + 1;
            closing = first < text_.size() && text_[first] == '/';
            first += closing;
            std::size_t last = first;
            while (last < text_.size() && !ends_name(text_[last]) && text_[last] != '<') ++last;
            if (last == text_.size() && stop()) return false;
            name = local(text_.substr(first, last - first));
            at_ = last;
            if (!wanted_(name, closing)) continue;
            end = find_tag_end(text_, last);
            if (end == text_.size() && stop()) return false;
            const bool whole = end < text_.size() && text_[end] == '>';
            empty = whole && text_[end - 1] == '/';
            at_ = end += whole;
            return true;
        }
        return false;
    }

    void seek(std::size_t at) { at_ = at; }

  private:
    bool stop() {
        open = !final_;
        return open;
    }

    std::string_view text_;
    Wanted wanted_;
    bool final_;
    std::size_t at_ = 0;
    Skipper skipper_;
};

}  // namespace logflow::markup

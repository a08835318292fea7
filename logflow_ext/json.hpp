// Records of JSON (RFC 8259), cut and shredded: every path of objects and arrays becomes a column
// of spans, as cells.hpp has them, from which the typing kernels make values.
//
// After Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets", 2010, with offsets
// and presence in the place of repetition and definition levels, as Arrow has them.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cells.hpp"
#include "specials.hpp"
#include "utf8.hpp"

namespace logflow::json {

using cells::Span;

constexpr Span NO_CELL{0, cells::MISSING};

// How records stand in a text; in the order of json_tree.FORMS.
enum class Form {
    lines,     // one a line
    values,    // one after the other, with white space or record separators between them
    elements,  // of an array, commas between them
    members,   // of an object, commas between them
};

// What can be wrong with a record; in the order of json_tree.ERRORS.
enum class Error {
    none,
    no_value,
    no_key,
    no_colon,
    no_comma_in_object,
    no_comma_in_array,
    bad_number,
    bad_literal,
    control_character,
    bad_escape,
    lone_surrogate,
    ill_formed_utf8,
    cut_off,
    too_deep,
    more_than_one,
};

// How a column is kept; in the order of json_tree.MODES.
enum class Mode {
    typed,    // strings are unescaped, containers are taken apart
    texts,    // strings are unescaped
    written,  // strings are kept as they are written, containers are taken apart
};

inline bool is_space(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}
constexpr char RECORD_SEPARATOR = 0x1E;  // RFC 7464

inline bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// --- where records end ----------------------------------------------------------------------------

// Finds the end of one record after the other by brackets, commas and strings alone.
//
// A line end inside a string and brackets that do not match are damage: the record then ends before
// the next place that looks as its own start does, up to the colon after its first key.
class Scanner {
  public:
    static constexpr std::size_t OPEN = std::numeric_limits<std::size_t>::max();

    Scanner(const char* data, std::size_t size, Form form)
        : data_(data), size_(size), form_(form),
          specials_(reinterpret_cast<const std::uint8_t*>(data), size, specials_of(form)) {}

    // The end of the record that starts at an offset, where its last byte may be that of the data
    // only if nothing follows; OPEN if it is not in sight.  An element ends at its comma or at the
    // bracket behind it.
    std::size_t end_of(std::size_t start, bool final) {
        damaged_ = in_pieces_ = false;
        const std::size_t end = divided() ? scan_element(start) : scan_value(start, final);
        if (end != OPEN && !damaged_) return end;
        if (!damaged_ && !final) return OPEN;
        if (!damaged_ && !in_pieces_) return size_;  // an element without an end
        const std::size_t next = next_start(start);
        if (next != OPEN) return next;
        return final ? size_ : OPEN;
    }

    bool divided() const { return form_ == Form::elements || form_ == Form::members; }

  private:
    static constexpr std::size_t MOST_ANCHOR = 256;

    static simd::ByteSet specials_of(Form form) {
        const auto last = static_cast<std::uint8_t>(form == Form::values ? RECORD_SEPARATOR : ',');
        return {'"', '\\', '{', '}', '[', ']', '\n', last};
    }

    std::size_t scan_element(std::size_t start) { return scan(start, true); }

    std::size_t scan_value(std::size_t start, bool final) {
        const char first = data_[start];
        if (first == '{' || first == '[' || first == '"') return scan(start, false);
        std::size_t end = start + 1;
        while (end < size_ && !is_space(data_[end]) && data_[end] != '{' && data_[end] != '[' &&
               data_[end] != '"' && data_[end] != RECORD_SEPARATOR) {
            ++end;
        }
        return end < size_ || final ? end : OPEN;
    }

    // The end of what starts at an offset, in brackets or strings; of an element, the comma or
    // bracket behind it.
    std::size_t scan(std::size_t start, bool element) {
        specials_.seek(start);
        brackets_.clear();
        bool inside = false;
        for (std::size_t at = specials_.next(); at < size_; at = specials_.next()) {
            const char byte = data_[at];
            if (inside) {
                if (byte == '\\') {
                    specials_.seek(std::min(at + 2, size_));
                } else if (byte == '"') {
                    inside = false;
                    if (!element && brackets_.empty()) return at + 1;
                } else if (byte == '\n' || byte == RECORD_SEPARATOR) {
                    damaged_ = true;
                    return OPEN;
                }
                continue;
            }
            switch (byte) {
                case '"':
                    inside = true;
                    break;
                case '{':
                case '[':
                    brackets_.push_back(byte);
                    break;
                case '}':
                case ']':
                    if (brackets_.empty()) {
                        if (element && byte == (form_ == Form::members ? '}' : ']')) return at;
                        break;
                    }
                    if ((brackets_.back() == '{') != (byte == '}')) {
                        damaged_ = true;
                        return OPEN;
                    }
                    brackets_.pop_back();
                    if (!element && brackets_.empty()) return at + 1;
                    break;
                case ',':
                    if (element && brackets_.empty()) return at;
                    break;
                case RECORD_SEPARATOR:
                    damaged_ = true;
                    return OPEN;
                default:
                    break;
            }
        }
        in_pieces_ = inside || !brackets_.empty();
        return OPEN;
    }

    // Where a record starts behind a damaged one; for an element, the offset behind it.
    std::size_t next_start(std::size_t start) const {
        const std::string_view text(data_, size_);
        if (form_ == Form::values) {
            const std::size_t separator = text.find(RECORD_SEPARATOR, start);
            if (separator != std::string_view::npos) return separator;
        }
        std::size_t head = start;
        while (head < size_ && is_space(data_[head])) ++head;
        if (head < size_ && data_[head] != '{') return OPEN;
        const std::size_t colon = text.substr(head, MOST_ANCHOR).find(':');
        if (colon == std::string_view::npos) return OPEN;
        const std::string_view anchor = text.substr(head, colon + 1);
        for (std::size_t at = text.find(anchor, head + anchor.size()); at != std::string_view::npos;
             at = text.find(anchor, at + 1)) {
            if (indent_of(at) != indent_of(head)) continue;
            if (!divided()) return at;
            std::size_t comma = at;
            while (comma > start && is_space(data_[comma - 1])) --comma;
            if (comma > start && data_[comma - 1] == ',') return comma - 1;
        }
        return OPEN;
    }

    // The white space between an offset and its line's start, or -1 if there is anything else.
    std::ptrdiff_t indent_of(std::size_t at) const {
        std::ptrdiff_t indent = 0;
        while (at > 0 && (data_[at - 1] == ' ' || data_[at - 1] == '\t')) {
            --at;
            ++indent;
        }
        return at == 0 || data_[at - 1] == '\n' ? indent : -1;
    }

    const char* data_;
    std::size_t size_;
    Form form_;
    Specials specials_;
    std::string brackets_;
    bool damaged_ = false;
    bool in_pieces_ = false;
};

// As many whole records as there may be.
struct Cut {
    std::size_t size = 0;
    std::size_t records = 0;
    bool ended = false;   // no comma follows any more
    std::size_t end = 0;  // then, that of the last element, which is not counted
};

inline Cut cut_lines(const char* data, std::size_t size, std::size_t most_records,
                     std::size_t most_bytes, bool final) {
    Cut cut;
    while (cut.size < size && cut.records < most_records) {
        const auto* end =
            static_cast<const char*>(std::memchr(data + cut.size, '\n', size - cut.size));
        if (end == nullptr && !final) break;
        const std::size_t next =
            end == nullptr ? size : static_cast<std::size_t>(end - data) + 1;
        if (next > most_bytes && cut.records > 0) break;
        cut.size = next;
        ++cut.records;
    }
    return cut;
}

inline Cut cut_values(const char* data, std::size_t size, Form form, std::size_t most_records,
                      std::size_t most_bytes, bool final) {
    Cut cut;
    Scanner scanner(data, size, form);
    const bool divided = scanner.divided();
    while (cut.records < most_records) {
        std::size_t start = cut.size;
        while (start < size &&
               (is_space(data[start]) || (!divided && data[start] == RECORD_SEPARATOR))) {
            ++start;
        }
        if (start == size && final && !divided) cut.size = size;
        if (start == size && !(final && divided)) break;
        const std::size_t end = scanner.end_of(start, final);
        if (end == Scanner::OPEN) break;
        const bool comma = divided && end < size && data[end] == ',';
        if (divided && !comma) {
            cut.ended = true;
            cut.end = end;
            break;
        }
        const std::size_t next = end + comma;
        if (next > most_bytes && cut.records > 0) break;
        cut.size = next;
        ++cut.records;
    }
    return cut;
}

inline Cut cut(const char* data, std::size_t size, Form form, std::size_t most_records,
               std::size_t most_bytes, bool final) {
    return form == Form::lines ? cut_lines(data, size, most_records, most_bytes, final)
                               : cut_values(data, size, form, most_records, most_bytes, final);
}

// --- the tree of columns --------------------------------------------------------------------------

struct Counts {
    std::size_t nulls = 0;
    std::size_t bools = 0;
    std::size_t numbers = 0;
    std::size_t strings = 0;
    std::size_t objects = 0;
    std::size_t arrays = 0;

    std::size_t all() const { return nulls + bools + numbers + strings + objects + arrays; }
};

// All values at one path: a slot for each object, or array element, that may have one.
struct Node {
    Node(Mode mode, std::size_t most_keys, std::size_t most_inner)
        : mode(mode), most_keys(most_keys), most_inner(most_inner) {}

    std::vector<Span> spans;
    Counts counts;
    Mode mode;
    std::size_t most_keys;
    std::size_t most_inner;  // keys of objects in these
    bool wide = false;       // has more keys than allowed, and takes no objects apart any more
    bool ambiguous = false;  // has had a string that reads like a number, a truth value or null

    std::vector<std::int32_t> ends;  // of arrays: how many items there are up to their end
    std::unique_ptr<Node> items;
    std::size_t item_count = 0;

    std::vector<std::string> keys;
    std::vector<std::unique_ptr<Node>> children;
    std::vector<std::size_t> order;  // of the children as they appeared
    std::unordered_map<std::string, std::size_t> numbers;
    std::size_t expected = 0;  // the child that comes next if keys are ordered as before
    Mode inner = Mode::typed;  // the mode of children that nothing is said of

    // Makes slots without a value up to a number of them.
    void pad(std::size_t slots) {
        if (spans.size() < slots) spans.resize(slots, NO_CELL);
    }

    void pad_ends(std::size_t slots) {
        if (ends.size() < slots) ends.resize(slots, static_cast<std::int32_t>(item_count));
    }

    Node& child(std::string_view key) {
        if (expected < keys.size() && keys[expected] == key) return found(expected);
        const auto known = numbers.find(std::string(key));
        if (known != numbers.end()) return found(known->second);
        return found(add(key, inner));
    }

    std::size_t add(std::string_view key, Mode child_mode) {
        keys.emplace_back(key);
        children.push_back(std::make_unique<Node>(child_mode, most_inner, most_inner));
        numbers.emplace(keys.back(), keys.size() - 1);
        return keys.size() - 1;
    }

    // Whether a key would be one too many.
    bool is_full(std::string_view key) const {
        if (order.size() < most_keys) return false;
        const auto known = numbers.find(std::string(key));
        return known == numbers.end() || !children[known->second]->seen_;
    }

    // Has no object from a slot on taken apart.
    void widen(std::size_t slot) {
        wide = true;
        wide_since_ = slot;
    }

    Node& item() {
        if (!items) items = std::make_unique<Node>(Mode::typed, most_inner, most_inner);
        return *items;
    }

    // Forgets all slots from a number on, and the keys that are in no other; data is the text as
    // written.
    void truncate(std::size_t slots, const char* data) {
        for (std::size_t slot = slots; slot < spans.size(); ++slot) uncount(spans[slot], data);
        if (spans.size() > slots) spans.resize(slots);
        if (wide && wide_since_ >= slots) wide = false;
        for (auto& each : children) each->truncate(slots, data);
        order.erase(std::remove_if(order.begin(), order.end(), [this](std::size_t number) {
            Node& child = *children[number];
            child.seen_ = child.counts.all() > 0;
            return !child.seen_;
        }), order.end());
        if (!items) return;
        if (ends.size() > slots) ends.resize(slots);
        item_count = ends.empty() ? 0 : static_cast<std::size_t>(ends.back());
        items->truncate(item_count, data);
    }

    // Takes back what was counted when a span was added.
    void uncount(const Span& span, const char* data) {
        if (span.word & cells::MISSING) {
            if (span.start) --counts.nulls;
            return;
        }
        std::size_t* const all[] = {&counts.bools, &counts.numbers, &counts.strings,
                                    &counts.objects, &counts.arrays};
        --*all[kind_of(span, data)];
    }

    // In the order of json_tree.KINDS.
    static constexpr int KINDS = 5;
    static int kind_of(const Span& span, const char* data) {
        if (span.word & cells::QUOTED) return 2;
        switch (data[span.start]) {
            case '{': return 3;
            case '[': return 4;
            case 't':
            case 'f': return 0;
            default: return 1;
        }
    }
    static bool has_kind(const Span& span, const char* data, const bool* wanted) {
        return !(span.word & cells::MISSING) && wanted[kind_of(span, data)];
    }

    // The child of a key that may not have come yet.
    Node& named(const std::string& key) {
        const auto known = numbers.find(key);
        return *children[known == numbers.end() ? add(key, inner) : known->second];
    }

    // Of which kinds there are values.
    void kinds_into(bool* kinds) const {
        const std::size_t all[] = {counts.bools, counts.numbers, counts.strings, counts.objects,
                                   counts.arrays};
        for (int i = 0; i < KINDS; ++i) kinds[i] = all[i] > 0;
    }

    // The spans of some kinds; others become missing.
    void keep(const char* data, const bool* wanted, Span* out) const {
        for (const Span& span : spans) *out++ = has_kind(span, data, wanted) ? span : NO_CELL;
    }

    // Sets the bits of the slots of a kind.
    void bits(const char* data, int kind, std::uint8_t* out) const {
        bool wanted[KINDS] = {};
        wanted[kind] = true;
        for (std::size_t slot = 0; slot < spans.size(); ++slot) {
            if (has_kind(spans[slot], data, wanted)) {
                out[slot / 8] |= static_cast<std::uint8_t>(1u << slot % 8);
            }
        }
    }

    // Makes room for slots of a node and its objects' keys.
    void reserve(std::size_t slots) {
        spans.reserve(slots);
        for (auto& each : children) each->reserve(slots);
    }

    void finish(std::size_t slots) {
        pad(slots);
        for (auto& each : children) each->finish(slots);
        if (items) {
            pad_ends(slots);
            items->finish(item_count);
        }
    }

  private:
    Node& found(std::size_t number) {
        expected = number + 1;
        Node& node = *children[number];
        if (!node.seen_) {
            node.seen_ = true;
            order.push_back(number);
        }
        return node;
    }

    bool seen_ = false;  // has values, and is in the order of its parent
    std::size_t wide_since_ = 0;
};

// --- the parser -----------------------------------------------------------------------------------

struct Broken {
    std::size_t record;
    std::size_t start;
    std::size_t end;
    Error error;
    std::size_t offset;
};

// The end of a number of RFC 8259, or null.
inline const char* number_end(const char* at, const char* end) {
    if (at != end && *at == '-') ++at;
    if (at == end || !is_digit(*at)) return nullptr;
    if (*at == '0') {
        ++at;
    } else {
        while (at != end && is_digit(*at)) ++at;
    }
    if (at != end && *at == '.') {
        const char* const digits = ++at;
        while (at != end && is_digit(*at)) ++at;
        if (at == digits) return nullptr;
    }
    if (at != end && (*at | 0x20) == 'e') {
        ++at;
        if (at != end && (*at == '+' || *at == '-')) ++at;
        const char* const digits = at;
        while (at != end && is_digit(*at)) ++at;
        if (at == digits) return nullptr;
    }
    return at;
}

// Whether a string is spelled as a number, a truth value or null.
inline bool reads_like_another(std::string_view text) {
    if (text.empty()) return false;
    if (text[0] != '-' && !is_digit(text[0])) {
        return text == "true" || text == "false" || text == "null";
    }
    return number_end(text.data(), text.data() + text.size()) == text.data() + text.size();
}

// Parses records of a text into a tree.  Strings are unescaped in place in a copy of the text, so
// that their spans begin where they begin in the text.
class Shredder {
  public:
    Shredder(const char* data, std::size_t size, char* copy, std::size_t most_depth,
             std::size_t most_keys, std::size_t most_columns)
        : root(Mode::typed, most_columns, most_keys), data_(data), size_(size), copy_(copy),
          most_depth_(most_depth) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
        first_invalid_ = utf8::first_invalid(bytes, size, 0);
    }

    Node root;
    std::vector<std::uint32_t> starts;   // of rows
    std::vector<std::uint32_t> numbers;  // of the records that are rows
    std::vector<Broken> broken;
    std::size_t records = 0;
    std::size_t blank = 0;
    std::size_t duplicates = 0;  // rows with a key that comes twice in an object

    void shred(Form form, bool last, bool follows) {
        if (form == Form::lines) {
            shred_lines();
        } else if (form == Form::values) {
            shred_values();
        } else {
            shred_elements(last, follows);
        }
        root.finish(rows());
    }

    std::size_t rows() const { return starts.size(); }

  private:
    void shred_lines() {
        for (std::size_t start = 0; start < size_;) {
            const auto* newline =
                static_cast<const char*>(std::memchr(data_ + start, '\n', size_ - start));
            const std::size_t end =
                newline == nullptr ? size_ : static_cast<std::size_t>(newline - data_);
            at_ = data_ + start;
            end_ = data_ + end;
            skip_spaces();
            if (at_ == end_) {
                ++blank;
                ++records;
            } else {
                const std::size_t value = offset();
                if (record() && behind_it()) {
                    keep(value);
                } else {
                    drop(start, end > start && data_[end - 1] == '\r' ? end - 1 : end);
                }
            }
            start = end + 1;
        }
    }

    // Whether nothing follows a value.
    bool behind_it() {
        skip_spaces();
        return at_ == end_ || fail(Error::more_than_one);
    }

    void shred_values() {
        Scanner scanner(data_, size_, Form::values);
        at_ = data_;
        end_ = data_ + size_;
        while (true) {
            while (at_ != end_ && (is_space(*at_) || *at_ == RECORD_SEPARATOR)) ++at_;
            if (at_ == end_) return;
            const std::size_t start = offset();
            if (record() && ends_here(data_[start])) {
                keep(start);
                continue;
            }
            const std::size_t end = scanner.end_of(start, true);
            drop(start, end);
            at_ = data_ + end;
        }
    }

    // A scalar needs something between it and what follows.
    bool ends_here(char first) {
        if (first == '{' || first == '[' || first == '"' || at_ == end_ || is_space(*at_) ||
            *at_ == '{' || *at_ == '[' || *at_ == '"' || *at_ == RECORD_SEPARATOR) {
            return true;
        }
        return fail(Error::more_than_one);
    }

    // With commas behind all elements, but the last one; others follow those of an earlier text.
    void shred_elements(bool last, bool follows) {
        Scanner scanner(data_, size_, Form::elements);
        at_ = data_;
        end_ = data_ + size_;
        while (true) {
            skip_spaces();
            if (at_ == end_ && !(last && (follows || records > 0))) return;
            const std::size_t start = offset();
            if (record() && comma_or_end()) {
                keep(start);
            } else {
                const std::size_t end = scanner.end_of(start, true);
                drop(start, end);
                at_ = data_ + end;
            }
            if (at_ == end_) return;
            ++at_;
        }
    }

    bool comma_or_end() {
        skip_spaces();
        return at_ == end_ || *at_ == ',' || fail(Error::no_comma_in_array);
    }

    bool record() {
        duplicate_ = false;
        const std::size_t start = offset();
        if (!value<true>(&root, rows(), 0)) return false;
        if (first_invalid_ >= size_ || first_invalid_ >= offset()) return true;
        if (first_invalid_ < start) {
            first_invalid_ =
                utf8::first_invalid(reinterpret_cast<const std::uint8_t*>(data_), size_, start);
        }
        if (first_invalid_ >= offset()) return true;
        at_ = data_ + first_invalid_;
        return fail(Error::ill_formed_utf8);
    }

    void keep(std::size_t start) {
        starts.push_back(static_cast<std::uint32_t>(start));
        numbers.push_back(static_cast<std::uint32_t>(records));
        duplicates += duplicate_;
        ++records;
        if (rows() == 1) root.reserve(std::min(size_ / (offset() - start) + 1, MOST_RESERVED));
    }

    void drop(std::size_t start, std::size_t end) {
        root.truncate(rows(), data_);
        broken.push_back({records, start, end, error_, std::min(error_at_, end)});
        ++records;
    }

    std::size_t offset() const { return static_cast<std::size_t>(at_ - data_); }

    void skip_spaces() {
        while (at_ != end_ && is_space(*at_)) ++at_;
    }

    bool fail(Error error) {
        error_ = at_ == end_ && error != Error::more_than_one ? Error::cut_off : error;
        error_at_ = offset();
        return false;
    }

    template <bool KEEP>
    bool value(Node* node, std::size_t slot, std::size_t depth) {
        if (at_ == end_) return fail(Error::no_value);
        if constexpr (KEEP) {
            if (node->spans.size() > slot) {
                node->truncate(slot, data_);
                duplicate_ = true;
            }
            node->pad(slot);
        }
        switch (*at_) {
            case '"': return string<KEEP>(node);
            case '{': return object<KEEP>(node, slot, depth);
            case '[': return array<KEEP>(node, slot, depth);
            case 't': return literal<KEEP>(node, "true");
            case 'f': return literal<KEEP>(node, "false");
            case 'n': return literal<KEEP>(node, "null");
            default: return number<KEEP>(node);
        }
    }

    void put(Node* node, const char* start, std::size_t length, std::uint32_t flags) {
        const Span span{static_cast<std::uint32_t>(start - data_),
                        static_cast<std::uint32_t>(length) | flags};
        node->spans.push_back(span);
    }

    template <bool KEEP>
    bool literal(Node* node, std::string_view word) {
        if (static_cast<std::size_t>(end_ - at_) < word.size() ||
            std::memcmp(at_, word.data(), word.size()) != 0) {
            return fail(Error::bad_literal);
        }
        if constexpr (KEEP) {
            if (word[0] == 'n') {
                node->spans.push_back({1, cells::MISSING});  // a start tells null from nothing
                ++node->counts.nulls;
            } else {
                put(node, at_, word.size(), 0);
                ++node->counts.bools;
            }
        }
        at_ += word.size();
        return true;
    }

    template <bool KEEP>
    bool number(Node* node) {
        if (*at_ != '-' && !is_digit(*at_)) return fail(Error::no_value);
        const char* const end = number_end(at_, end_);
        if (end == nullptr) return fail(Error::bad_number);
        if constexpr (KEEP) {
            put(node, at_, static_cast<std::size_t>(end - at_), 0);
            ++node->counts.numbers;
        }
        at_ = end;
        return true;
    }

    template <bool KEEP>
    bool string(Node* node) {
        std::size_t length = 0;
        if constexpr (KEEP) {
            const char* const quote = at_;
            char* const out = copy_ + (quote + 1 - data_);
            if (!text(out, length)) return false;
            if (node->mode == Mode::written) {
                put(node, quote, static_cast<std::size_t>(at_ - quote), cells::QUOTED);
            } else {
                put(node, quote + 1, length, cells::QUOTED);
            }
            ++node->counts.strings;
            node->ambiguous = node->ambiguous || reads_like_another({out, length});
            return true;
        } else {
            return text(nullptr, length);
        }
    }

    // The first byte at or after an offset that is a quote, a backslash or a control character.
    const char* plain_end(const char* at) const {
        constexpr std::uint64_t ONES = 0x0101010101010101u;
        constexpr std::uint64_t HIGH = 0x80 * ONES;
        const char* const end = data_ + size_;  // a line's end is a control character
        while (end - at >= 8) {
            std::uint64_t word;
            std::memcpy(&word, at, sizeof word);
            const std::uint64_t quote = word ^ ('"' * ONES);
            const std::uint64_t slash = word ^ ('\\' * ONES);
            const std::uint64_t found = (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) |
                                         ((word - 0x20 * ONES) & ~word)) & HIGH;
            if (found != 0) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
                // The lowest bit found is right; higher ones may be borrowed from it.
                return at + __builtin_ctzll(found) / 8;
#else
                break;
#endif
            }
            at += 8;
        }
        while (at != end_ && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) {
            ++at;
        }
        return at;
    }

    // A string from its quote to behind the other one; what it stands for goes to out, if any.
    bool text(char* out, std::size_t& length) {
        const char* const start = ++at_;
        at_ = plain_end(at_);
        length = static_cast<std::size_t>(at_ - start);
        while (at_ != end_ && *at_ == '\\') {
            char scratch[4];
            std::size_t bytes = 0;
            if (!escape(scratch, bytes)) return false;
            const char* const plain = at_;
            at_ = plain_end(at_);
            const auto rest = static_cast<std::size_t>(at_ - plain);
            if (out != nullptr) {
                std::memcpy(out + length, scratch, bytes);
                std::memmove(out + length + bytes, plain, rest);
            }
            length += bytes + rest;
        }
        if (at_ == end_) return fail(Error::cut_off);
        if (*at_ != '"') return fail(Error::control_character);
        ++at_;
        return true;
    }

    bool escape(char* out, std::size_t& bytes) {
        static constexpr std::string_view NAMES = "\"\\/bfnrt";
        static constexpr std::string_view BYTES = "\"\\/\b\f\n\r\t";
        if (end_ - at_ < 2) {
            at_ = end_;
            return fail(Error::cut_off);
        }
        if (at_[1] != 'u') {
            const std::size_t which = NAMES.find(at_[1]);
            if (which == std::string_view::npos) return fail(Error::bad_escape);
            out[0] = BYTES[which];
            bytes = 1;
            at_ += 2;
            return true;
        }
        std::uint32_t code = 0;
        if (!unit(at_, code)) return fail(Error::bad_escape);
        std::size_t size = 6;
        if (code >= 0xDC00 && code < 0xE000) return fail(Error::lone_surrogate);
        if (code >= 0xD800 && code < 0xDC00) {
            std::uint32_t low = 0;
            if (!unit(at_ + 6, low) || low < 0xDC00 || low >= 0xE000) {
                return fail(Error::lone_surrogate);
            }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            size = 12;
        }
        bytes = encode(code, out);
        at_ += size;
        return true;
    }

    // The code unit that an escape of six bytes stands for.
    bool unit(const char* at, std::uint32_t& code) const {
        if (end_ - at < 6 || at[0] != '\\' || at[1] != 'u') return false;
        code = 0;
        for (int i = 2; i < 6; ++i) {
            const char byte = at[i];
            const char lower = static_cast<char>(byte | 0x20);
            if (!is_digit(byte) && !(lower >= 'a' && lower <= 'f')) return false;
            code = code << 4 |
                   static_cast<std::uint32_t>(is_digit(byte) ? byte - '0' : lower - 'a' + 10);
        }
        return true;
    }

    static std::size_t encode(std::uint32_t code, char* out) {
        if (code < 0x80) {
            out[0] = static_cast<char>(code);
            return 1;
        }
        const std::size_t bytes = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        for (std::size_t i = bytes; i-- > 1; code >>= 6) {
            out[i] = static_cast<char>(0x80 | (code & 0x3F));
        }
        out[0] = static_cast<char>((0xF0 << (4 - bytes) & 0xFF) | code);
        return bytes;
    }

    template <bool KEEP>
    bool object(Node* node, std::size_t slot, std::size_t depth) {
        if (depth >= most_depth_) return fail(Error::too_deep);
        const char* const start = at_;
        ++at_;
        if constexpr (KEEP) {
            put(node, start, 1, 0);
            ++node->counts.objects;
            node->expected = 0;
        }
        const bool ok = KEEP && node->mode != Mode::texts ? members<true>(node, slot, depth + 1)
                                                          : members<false>(nullptr, 0, depth + 1);
        if (!ok) return false;
        if constexpr (KEEP) close(node, slot, start);
        return true;
    }

    // Now that it is known where a container ends.
    void close(Node* node, std::size_t slot, const char* start) {
        node->spans[slot].word = static_cast<std::uint32_t>(at_ - start);
    }

    template <bool KEEP>
    bool members(Node* node, std::size_t slot, std::size_t depth) {
        skip_spaces();
        if (at_ != end_ && *at_ == '}') {
            ++at_;
            return true;
        }
        while (true) {
            skip_spaces();
            if (at_ == end_ || *at_ != '"') return fail(Error::no_key);
            std::string_view key;
            if (!key_of(key)) return false;
            skip_spaces();
            if (at_ == end_ || *at_ != ':') return fail(Error::no_colon);
            ++at_;
            skip_spaces();
            if constexpr (KEEP) {
                if (!node->wide && node->is_full(key)) node->widen(slot);
                if (node->wide) {
                    if (!value<false>(nullptr, 0, depth)) return false;
                } else if (!value<true>(&node->child(key), slot, depth)) {
                    return false;
                }
            } else {
                if (!value<false>(nullptr, 0, depth)) return false;
            }
            skip_spaces();
            if (at_ == end_) return fail(Error::no_comma_in_object);
            if (*at_ == '}') {
                ++at_;
                return true;
            }
            if (*at_ != ',') return fail(Error::no_comma_in_object);
            ++at_;
        }
    }

    // A key, unescaped; it lives until the next one with escapes.
    bool key_of(std::string_view& key) {
        const char* const start = at_ + 1;
        const char* const end = plain_end(start);
        if (end != end_ && *end == '"') {
            key = {start, static_cast<std::size_t>(end - start)};
            at_ = end + 1;
            return true;
        }
        const char* const quote = at_;
        std::size_t length = 0;
        if (!text(nullptr, length)) return false;
        key_.assign(start, at_ - 1);
        at_ = quote;
        text(key_.data(), length);
        key = {key_.data(), length};
        return true;
    }

    template <bool KEEP>
    bool array(Node* node, std::size_t slot, std::size_t depth) {
        if (depth >= most_depth_) return fail(Error::too_deep);
        const char* const start = at_;
        ++at_;
        if constexpr (KEEP) {
            put(node, start, 1, 0);
            ++node->counts.arrays;
        }
        const bool ok = KEEP && node->mode != Mode::texts && node->inner != Mode::texts ? elements<true>(node, slot, depth + 1)
                                                          : elements<false>(nullptr, 0, depth + 1);
        if (!ok) return false;
        if constexpr (KEEP) close(node, slot, start);
        return true;
    }

    template <bool KEEP>
    bool elements(Node* node, std::size_t slot, std::size_t depth) {
        Node* items = nullptr;
        if constexpr (KEEP) {
            items = &node->item();
            node->pad_ends(slot);
        }
        skip_spaces();
        if (at_ != end_ && *at_ == ']') {
            ++at_;
        } else {
            while (true) {
                skip_spaces();
                if constexpr (KEEP) {
                    if (!value<true>(items, node->item_count, depth)) return false;
                    if (++node->item_count > MOST_ITEMS) throw std::overflow_error("too many items");
                } else {
                    if (!value<false>(nullptr, 0, depth)) return false;
                }
                skip_spaces();
                if (at_ == end_) return fail(Error::no_comma_in_array);
                if (*at_ == ']') {
                    ++at_;
                    break;
                }
                if (*at_ != ',') return fail(Error::no_comma_in_array);
                ++at_;
            }
        }
        if constexpr (KEEP) node->ends.push_back(static_cast<std::int32_t>(node->item_count));
        return true;
    }

    // Slots for which there is room at once where all records are as long as the first one.
    static constexpr std::size_t MOST_RESERVED = 1 << 17;
    static constexpr std::size_t MOST_ITEMS = std::numeric_limits<std::int32_t>::max();

    const char* data_;
    std::size_t size_;
    char* copy_;
    std::size_t most_depth_;
    std::size_t first_invalid_;
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    Error error_ = Error::none;
    std::size_t error_at_ = 0;
    bool duplicate_ = false;
    std::string key_;
};

}  // namespace logflow::json

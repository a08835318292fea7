// Documents of XML: where the elements that are records end, and what is in them as columns of
// spans, as cells.hpp has them.
//
// Records that are plain are read here: every element has text or other elements inside.  All others
// are left to a parser, which knows what is wrong with them, too.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cells.hpp"
#include "markup.hpp"
#include "utf8.hpp"

namespace logflow::xml {

using cells::Span;
using markup::ends_name;
using markup::is_space;
using markup::local;

constexpr Span NO_CELL{0, cells::MISSING};
constexpr std::size_t MOST_DEPTH = 100;
constexpr std::size_t MOST_NODES = std::size_t{1} << 16;
constexpr std::size_t MOST_CELLS = std::size_t{1} << 27;

// --- elements -------------------------------------------------------------------------------------

struct IsNamed {
    std::string_view name;
    bool operator()(std::string_view found, bool) const { return found == name; }
};

struct Element {
    std::size_t start = 0;
    std::size_t end = 0;
    bool whole = false;  // its end tag is there
};

// Finds the outermost elements of a name by their tags alone, whatever else is in them.  One whose
// end tag does not end within so many bytes has none, and ends where the next one starts.
class Elements {
  public:
    // final says that nothing follows the text.
    Elements(std::string_view text, std::string_view name, std::size_t most_bytes, bool final)
        : tags_(text, IsNamed{name}, final), size_(text.size()), most_(most_bytes), final_(final) {}

    Element found;

    // Goes to the next one; false if there is no more in sight.
    bool next() {
        while (true) {
            if (!done_.empty() && (open_.empty() || done_.front().start < open_.front().start)) {
                found = done_.front();
                done_.pop_front();
                return true;
            }
            if (!has_tag_ && !ended_) {
                has_tag_ = tags_.next();
                ended_ = !has_tag_;
            }
            if (!open_.empty() && (is_too_long(open_.front().start) || (ended_ && final_))) {
                give_up();
                return true;
            }
            if (ended_) return false;
            take_tag();
        }
    }

    bool is_open() const { return !open_.empty(); }

    // Where one starts whose end is not in sight; otherwise, where the last tag does.
    std::size_t rest() const { return open_.empty() ? tags_.last : open_.front().start; }

  private:
    struct Open {
        std::size_t start;
        std::size_t end;  // of its tag
    };

    // Whether all tags are seen that could end an element.
    bool is_too_long(std::size_t start) const {
        return (has_tag_ ? tags_.end : size_) > start + most_;
    }

    void give_up() {
        found = {open_.front().start, open_.front().end, false};
        if (ended_ && final_ && size_ <= found.start + most_) found.end = size_;
        open_.pop_front();
        if (!done_.empty()) found.end = done_.front().start;
        if (!open_.empty() && (done_.empty() || open_.front().start < found.end)) {
            found.end = open_.front().start;
        }
    }

    void take_tag() {
        has_tag_ = false;
        if (!tags_.closing && !tags_.empty) {
            open_.push_back({tags_.start, tags_.end});
            return;
        }
        if (tags_.closing && open_.empty()) return;
        const std::size_t start = tags_.closing ? open_.back().start : tags_.start;
        if (tags_.closing) open_.pop_back();
        while (!done_.empty() && done_.back().start > start) done_.pop_back();
        done_.push_back({start, tags_.end, true});
    }

    markup::Tags<IsNamed> tags_;
    std::size_t size_;
    std::size_t most_;
    bool final_;
    bool has_tag_ = false;  // one was found that is not taken yet
    bool ended_ = false;
    std::deque<Open> open_;     // those whose ends are not found yet, each in the one before
    std::deque<Element> done_;  // those that are whole, and in none that is
};

inline bool is_blank(std::string_view text) {
    for (const char byte : text) {
        if (!is_space(byte)) return false;
    }
    return true;
}

// How many values there are outside of records: texts, and start tags with attributes other than
// declarations of namespaces.  The sum over parts is that of the whole, if these start at tags.
inline std::size_t values_outside(std::string_view text) {
    markup::Skipper skipper(text);
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t less = markup::find_less(text, at);
        count += !is_blank(text.substr(at, less - at));
        at = less;
        if (at == text.size()) break;
        if (skipper.skip(at) == markup::Skipper::Found::whole) {
            count += text.substr(less, 3) == "<![";
            continue;
        }
        const std::size_t tag_end = markup::find_tag_end(text, ++at);
        const std::string_view tag = text.substr(at, tag_end - at);
        at = tag_end + (tag_end < text.size() && text[tag_end] == '>');
        if (tag.empty() || tag[0] == '/' || tag[0] == '!') continue;
        for (std::size_t equal = tag.find('='); equal != std::string_view::npos;) {
            std::size_t name = equal;
            while (name > 0 && is_space(tag[name - 1])) --name;
            while (name > 0 && !is_space(tag[name - 1])) --name;
            if (tag.substr(name, 5) != "xmlns") {
                ++count;
                break;
            }
            // Behind the value.
            std::size_t quote = tag.find_first_of("\"'", equal);
            if (quote != std::string_view::npos) quote = tag.find(tag[quote], quote + 1);
            equal = quote == std::string_view::npos ? quote : tag.find('=', quote);
        }
    }
    return count;
}

// Whole elements, and what stands before them: their bytes, and how many records these are.
struct Cut {
    std::size_t size = 0;
    std::size_t records = 0;
    bool inside = false;   // nothing follows, and the last one has no end
    bool waiting = false;  // one starts behind them whose end is not in sight
};

// Every value outside of records counts as one.  If nothing follows, what is left is taken too.
inline Cut cut(std::string_view text, std::string_view name, std::size_t most_records,
               std::size_t most_bytes, std::size_t most_record_bytes, bool final) {
    Cut cut;
    Elements elements(text, name, most_record_bytes, final);
    const auto outside = [&](std::size_t end) {
        return values_outside(text.substr(cut.size, end - cut.size));
    };
    while (cut.records < most_records) {
        if (elements.next()) {
            const Element& found = elements.found;
            if (found.end > most_bytes && cut.size > 0) break;
            cut.records += outside(found.start) + 1;
            cut.size = found.end;
            cut.inside = final && !found.whole && found.end == text.size();
            continue;
        }
        cut.waiting = !final && elements.is_open();
        // Much may stand between records: it need not be in memory at once.
        if (final || cut.size == 0) {
            const std::size_t rest = final ? text.size() : elements.rest();
            cut.records += outside(rest);
            cut.size = rest;
        }
        break;
    }
    return cut;
}

// --- columns --------------------------------------------------------------------------------------

struct Column {
    explicit Column(std::string path) : name(std::move(path)) {}
    std::string name;
    std::vector<Span> values;
    bool has_value = false;
    std::size_t first = 0;  // the row of its first value
    std::size_t place = 0;  // the place of that among all values
};

// An element in its parent, or an attribute in its element.
struct Node {
    std::string key;         // what it is called here
    std::string path;        // what its values are called; empty for the record
    Column* text = nullptr;  // its values, once there are some
    std::size_t seen = 0;    // the last element that has it
    std::size_t last = 0;    // the last item of it in that
    bool unread = false;     // it declares a namespace

    // By the name as it is written, with its prefix.
    struct Entry {
        std::string name;
        Node* node;
    };
    struct Entries {
        std::deque<Entry> all;
        std::unordered_map<std::string_view, std::size_t> by_name;
        std::size_t expected = 0;
    };
    Entries elements;
    Entries attributes;
    std::unordered_map<std::string, std::unique_ptr<Node>> nodes;  // by what they are called here
};

// A record that is left to a parser; whole if its end tag is there.
struct Left {
    std::size_t row;
    bool whole;
};

// What bytes are in a text or value.
enum class Class : std::uint8_t { plain, stop, meant, bracket, may_be_bad, bad };

class Classes {
  public:
    // stops are those where it ends; meant those that stand for something else.
    constexpr Classes(std::string_view stops, std::string_view meant) : of_() {
        for (int byte = 0; byte < 0x20; ++byte) of_[byte] = Class::bad;
        of_[static_cast<int>('\t')] = of_[static_cast<int>('\n')] = Class::plain;
        of_[0xEF] = Class::may_be_bad;
        for (const char byte : meant) of_[static_cast<unsigned char>(byte)] = Class::meant;
        for (const char byte : stops) of_[static_cast<unsigned char>(byte)] = Class::stop;
    }
    Class operator[](char byte) const { return of_[static_cast<unsigned char>(byte)]; }
    constexpr Classes with_bracket() const {
        Classes other = *this;
        other.of_[static_cast<int>(']')] = Class::bracket;
        return other;
    }

  private:
    Class of_[256];
};

constexpr Classes IN_TEXT = Classes("<", "&\r").with_bracket();
constexpr Classes IN_DOUBLE = Classes("\"<", "&\r\n\t");
constexpr Classes IN_SINGLE = Classes("'<", "&\r\n\t");

// Makes columns of whole records.
class Shredder {
  public:
    Shredder(const char* data, std::size_t size, std::string name, std::size_t most_record_bytes,
             std::size_t most_columns)
        : text_(data, size), name_(std::move(name)), most_record_bytes_(most_record_bytes),
          most_columns_(most_columns) {
        first_invalid_ = utf8::first_invalid(bytes(), size, 0);
    }

    std::vector<std::unique_ptr<Column>> columns;
    std::vector<std::uint32_t> starts;   // of rows
    std::vector<std::uint32_t> ends;     // of rows
    std::vector<std::uint32_t> numbers;  // of the records that are rows
    std::vector<Left> left;
    std::size_t records = 0;
    std::size_t outside = 0;       // values outside of records
    bool wide = false;             // there are too many columns
    std::unique_ptr<char[]> copy;  // of the text, with values as they are meant, if any needs it

    void shred() {
        Elements elements(text_, name_, most_record_bytes_, true);
        std::size_t gap = 0;
        while (elements.next()) {
            const auto [start, end, whole] = elements.found;
            skip_values(gap, start);
            gap = end;
            if (first_invalid_ < start) {
                first_invalid_ = utf8::first_invalid(bytes(), text_.size(), start);
            }
            at_ = start;
            const std::size_t made = made_.size();
            if (!whole || !record()) {
                truncate();
                made_.resize(made);
                left.push_back({rows(), whole});
            }
            starts.push_back(static_cast<std::uint32_t>(start));
            ends.push_back(static_cast<std::uint32_t>(end));
            numbers.push_back(static_cast<std::uint32_t>(records++));
            wide = wide || columns.size() * rows() > MOST_CELLS;
            if (wide) {
                made_.clear();
                return;
            }
        }
        skip_values(gap, text_.size());
        finish();
    }

    std::size_t rows() const { return starts.size(); }

    // With what was made of repeated elements behind the text.
    std::size_t text_size() const { return text_.size() + made_.size(); }

  private:
    const std::uint8_t* bytes() const {
        return reinterpret_cast<const std::uint8_t*>(text_.data());
    }

    void skip_values(std::size_t start, std::size_t end) {
        const std::size_t count = values_outside(text_.substr(start, end - start));
        outside += count;
        records += count;
    }

    // Has columns in the order of their first values, whatever records were left.
    void finish() {
        const auto is_empty = [](const auto& column) { return !column->has_value; };
        columns.erase(std::remove_if(columns.begin(), columns.end(), is_empty), columns.end());
        std::sort(columns.begin(), columns.end(),
                  [](const auto& one, const auto& other) { return one->place < other->place; });
        for (auto& column : columns) column->values.resize(rows(), NO_CELL);
        if (made_.empty()) return;
        std::unique_ptr<char[]> longer(new char[text_size()]);
        std::memcpy(longer.get(), copy ? copy.get() : text_.data(), text_.size());
        std::memcpy(longer.get() + text_.size(), made_.data(), made_.size());
        copy = std::move(longer);
    }

    // Takes back what an unfinished record has.
    void truncate() {
        for (auto& column : columns) {
            if (column->values.size() > rows()) column->values.resize(rows());
            if (column->first == rows()) column->has_value = false;
        }
    }

    // --- a record

    struct Value {
        std::size_t start;
        std::size_t size;
        bool meant;  // something in it stands for something else
        bool attribute;
    };

    // An element or attribute of a record; what is inside follows.
    struct Item {
        Node* node;
        Value value;
        bool has_value;
        bool later;        // one of the node stands before it in its element
        std::size_t end;   // behind what is inside
        std::size_t next;  // the next one of the node in its element; 0 if there is none
    };

    struct Frame {
        std::size_t item;
        std::string_view name;
        bool has_elements;
    };

    // Reads a record that is plain, up to behind its end.
    bool record() {
        Frame frames[MOST_DEPTH];
        std::size_t depth = 0;
        first_item_ += items_.size() + 1;
        items_.clear();
        do {
            // At the < of a start tag.
            if (depth == MOST_DEPTH) return false;
            ++at_;
            if (depth > 0) frames[depth - 1].has_elements = true;
            if (!start_tag(frames[depth], depth > 0 ? &frames[depth - 1] : nullptr)) return false;
            if (take('/')) {
                if (!take('>')) return false;
            } else {
                if (!take('>')) return false;
                ++depth;
            }
            // Texts and end tags, up to the next start tag.
            while (depth > 0) {
                const Frame& open = frames[depth - 1];
                if (!content(open)) return false;
                if (text_[at_ + 1] != '/') break;
                at_ += 2;
                if (text_.compare(at_, open.name.size(), open.name) != 0) return false;
                at_ += open.name.size();
                skip_space();
                if (!take('>')) return false;
                items_[open.item].end = items_.size();
                --depth;
            }
        } while (depth > 0);
        return first_invalid_ >= at_ && put_all(0);
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool take(char byte) {
        const bool there = peek() == byte;
        at_ += there;
        return there;
    }

    bool skip_space() {
        const std::size_t before = at_;
        while (is_space(peek())) ++at_;
        return at_ > before;
    }

    // Reads a start tag from its name to before its > or />.
    bool start_tag(Frame& frame, const Frame* parent) {
        Node& above = parent == nullptr ? top_ : *items_[parent->item].node;
        const Node::Entry* const entry = named(above.elements, above, "");
        if (entry == nullptr) return false;
        Node& node = *entry->node;
        const std::size_t item = items_.size();
        const std::size_t within = parent == nullptr ? 0 : parent->item;
        const bool later = item > 0 && node.seen == first_item_ + within;
        if (later) items_[node.last].next = item;
        node.seen = first_item_ + within;
        node.last = item;
        node.elements.expected = node.attributes.expected = 0;
        items_.push_back({&node, {}, false, later, item + 1, 0});
        frame = {item, entry->name, false};
        while (skip_space() && !ends_name(peek())) {
            if (!attribute(node, item)) return false;
        }
        items_[item].end = items_.size();
        return true;
    }

    bool attribute(Node& element, std::size_t item) {
        const Node::Entry* const entry = named(element.attributes, element, "@");
        if (entry == nullptr || entry->node->seen == first_item_ + item) return false;
        entry->node->seen = first_item_ + item;
        skip_space();
        if (!take('=')) return false;
        skip_space();
        const char quote = peek();
        if (quote != '"' && quote != '\'') return false;
        const std::size_t start = ++at_;
        bool meant = false;
        if (!scan(quote == '"' ? IN_DOUBLE : IN_SINGLE, meant)) return false;
        const std::size_t end = at_;
        if (!take(quote)) return false;
        Value value{start, end - start, meant, true};
        if (meant && !mean(value)) return false;
        if (!entry->node->unread) {
            items_.push_back({entry->node, value, true, false, items_.size() + 1, 0});
        }
        return true;
    }

    // Reads text up to a tag; that of an element without others inside is its value.
    bool content(const Frame& open) {
        Value value{at_, 0, false, false};
        const bool section = text_.compare(at_, 9, "<![CDATA[") == 0;
        if (section) {
            if (!read_section(value)) return false;
        } else {
            if (!scan(IN_TEXT, value.meant)) return false;
            value.size = at_ - value.start;
        }
        if (at_ + 1 >= text_.size() || text_[at_] != '<') return false;
        const char next = text_[at_ + 1];
        if (next == '!' || next == '?') return false;
        if (next != '/' || open.has_elements) {
            return !section && is_blank(text_.substr(value.start, value.size));
        }
        if (value.meant && !mean(value)) return false;
        items_[open.item].value = value;
        items_[open.item].has_value = value.size > 0;
        return true;
    }

    // Reads a CDATA section in which nothing stands for something else.
    bool read_section(Value& value) {
        at_ = value.start += 9;
        const std::size_t end = endless_ ? std::string_view::npos : text_.find("]]>", at_);
        endless_ = end == std::string_view::npos;
        if (endless_) return false;
        for (; at_ < end; ++at_) {
            const Class found = IN_TEXT[text_[at_]];
            if (found == Class::bad || text_[at_] == '\r' || is_bad(found)) return false;
        }
        value.size = end - value.start;
        at_ = end + 3;
        return true;
    }

    // Goes to where a text or value ends; false if there is something in it that XML forbids.
    bool scan(const Classes& classes, bool& meant) {
        for (; at_ < text_.size(); ++at_) {
            const Class found = classes[text_[at_]];
            if (found == Class::plain) continue;
            if (found == Class::stop) return true;
            if (found == Class::meant) {
                meant = true;
            } else if (found == Class::bad || is_bad(found)) {
                return false;
            }
        }
        return false;
    }

    // Of bytes that are bad only with those that follow: ]]>, U+FFFE and U+FFFF.
    bool is_bad(Class found) const {
        if (found == Class::bracket) return text_.compare(at_, 3, "]]>") == 0;
        return found == Class::may_be_bad && (text_.compare(at_, 3, "\xEF\xBF\xBE") == 0 ||
                                              text_.compare(at_, 3, "\xEF\xBF\xBF") == 0);
    }

    // --- names

    // The entry of the name that starts here, which is read; none if it is no plain name.
    const Node::Entry* named(Node::Entries& entries, Node& parent, const char* mark) {
        if (entries.expected < entries.all.size()) {
            const Node::Entry& entry = entries.all[entries.expected];
            const std::size_t end = at_ + entry.name.size();
            if (text_.compare(at_, entry.name.size(), entry.name) == 0 && end < text_.size() &&
                (ends_name(text_[end]) || text_[end] == '=')) {
                at_ = end;
                ++entries.expected;
                return &entry;
            }
        }
        const std::size_t start = at_;
        while (at_ < text_.size() && !ends_name(text_[at_]) && text_[at_] != '=') ++at_;
        const std::string_view name = text_.substr(start, at_ - start);
        const auto known = entries.by_name.find(name);
        if (known == entries.by_name.end()) return add(entries, parent, mark, name);
        entries.expected = known->second + 1;
        return &entries.all[known->second];
    }

    const Node::Entry* add(Node::Entries& entries, Node& parent, const char* mark,
                           std::string_view name) {
        const std::string_view called = local(name);
        if (!is_name(name) || called.empty() || nodes_ == MOST_NODES) return nullptr;
        const bool unread = *mark && (name == "xmlns" || name.substr(0, 6) == "xmlns:");
        std::string key(unread ? "=" : mark);
        key += unread ? name : called;
        std::unique_ptr<Node>& node = parent.nodes[key];
        if (!node) {
            node = std::make_unique<Node>();
            node->key = key;
            ++nodes_;
            if (&parent != &top_) node->path = parent.path + (parent.path.empty() ? "" : ".") + key;
            node->unread = unread;
        }
        entries.all.push_back({std::string(name), node.get()});
        entries.by_name.emplace(entries.all.back().name, entries.all.size() - 1);
        entries.expected = entries.all.size();
        return &entries.all.back();
    }

    // Names of ASCII and of letters of Latin-1; others there may be are left to the parser.
    static bool is_name(std::string_view name) {
        for (std::size_t at = 0; at < name.size(); ++at) {
            const auto byte = static_cast<unsigned char>(name[at]);
            const bool letter = ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_' ||
                                byte == ':';
            if (letter || (at > 0 && ((byte >= '0' && byte <= '9') || byte == '.' || byte == '-'))) {
                continue;
            }
            const auto next = static_cast<unsigned char>(at + 1 < name.size() ? name[at + 1] : 0);
            if (byte != 0xC3 || next < 0x80 || next == 0x97 || next == 0xB7) return false;
            ++at;
        }
        return !name.empty();
    }

    // --- values

    Column* column_of(const Node& node) {
        const std::string name = node.path.empty() ? "#text" : node.path;
        Column*& known = by_name_[name];
        if (known == nullptr) {
            wide = columns.size() == most_columns_;
            if (wide) return nullptr;
            columns.push_back(std::make_unique<Column>(name));
            known = columns.back().get();
        }
        return known;
    }

    // Puts the values of an element: its attributes and text, and those of what is inside.
    bool put_all(std::size_t at) {
        for (std::size_t i = at + 1; i < items_[at].end; i = items_[i].end) {
            if (items_[i].value.attribute && !put(*items_[i].node, items_[i].value)) return false;
        }
        if (items_[at].has_value && !put(*items_[at].node, items_[at].value)) return false;
        for (std::size_t i = at + 1; i < items_[at].end; i = items_[i].end) {
            if (items_[i].value.attribute || items_[i].later) continue;
            if (!(items_[i].next == 0 ? put_all(i) : put_list(i))) return false;
        }
        return true;
    }

    // Puts repeated elements as a list of JSON.
    bool put_list(std::size_t first) {
        const std::size_t start = text_size();
        make_list(first);
        return put(*items_[first].node, {start, text_size() - start, false, false});
    }

    bool put(Node& node, Value value) {
        if (node.text == nullptr) node.text = column_of(node);
        if (node.text == nullptr) return false;
        Column& column = *node.text;
        std::vector<Span>& values = column.values;
        if (values.size() > rows()) return false;  // another element is called the same
        if (!column.has_value) {
            column.has_value = true;
            column.first = rows();
            column.place = places_;
        }
        ++places_;
        values.resize(rows(), NO_CELL);
        values.push_back(
            {static_cast<std::uint32_t>(value.start), static_cast<std::uint32_t>(value.size)});
        return true;
    }

    // --- JSON of repeated elements

    void make_list(std::size_t first) {
        made_ += '[';
        for (std::size_t i = first; i != 0; i = items_[i].next) {
            if (i != first) made_ += ", ";
            make_tree(i);
        }
        made_ += ']';
    }

    // An element as JSON: its text, or an object of its attributes, elements and text.
    void make_tree(std::size_t at) {
        const Item& item = items_[at];
        if (item.end == at + 1) {
            if (item.has_value) {
                make_string(item.value);
            } else {
                made_ += "null";
            }
            return;
        }
        char before = '{';
        for (std::size_t i = at + 1; i < item.end; i = items_[i].end) {
            if (items_[i].later) continue;
            make_key(before, items_[i].node->key);
            if (items_[i].value.attribute) {
                make_string(items_[i].value);
            } else if (items_[i].next == 0) {
                make_tree(i);
            } else {
                make_list(i);
            }
        }
        if (item.has_value) {
            make_key(before, "#text");
            make_string(item.value);
        }
        made_ += '}';
    }

    void make_key(char& before, std::string_view key) {
        made_ += before;
        if (before == ',') made_ += ' ';
        before = ',';
        made_ += '"';
        made_ += key;
        made_ += "\": ";
    }

    void make_string(const Value& value) {
        const char* const data = value.meant ? copy.get() : text_.data();
        made_ += '"';
        for (const char byte : std::string_view(data + value.start, value.size)) {
            switch (byte) {
                case '"': made_ += "\\\""; break;
                case '\\': made_ += "\\\\"; break;
                case '\n': made_ += "\\n"; break;
                case '\r': made_ += "\\r"; break;
                case '\t': made_ += "\\t"; break;
                default: made_ += byte;
            }
        }
        made_ += '"';
    }

    // Writes a value as it is meant to the copy of the text, where it starts in the text.
    bool mean(Value& value) {
        if (!copy) {
            copy.reset(new char[text_.size()]);
            std::memcpy(copy.get(), text_.data(), text_.size());
        }
        char* const out = copy.get() + value.start;
        const std::size_t end = value.start + value.size;
        std::size_t size = 0;
        for (std::size_t at = value.start; at < end;) {
            const char byte = text_[at];
            if (byte == '&') {
                std::size_t length = 0;
                const std::size_t put =
                    markup::put_reference(text_.substr(at, end - at), out + size, length);
                if (put == 0) return false;
                size += put;
                at += length;
            } else {
                // CR and CRLF are line ends (XML 1.0, 2.11), white space in attributes is a space
                // (3.3.3).
                const bool pair = byte == '\r' && at + 1 < end && text_[at + 1] == '\n';
                at += 1 + pair;
                const bool space = value.attribute && is_space(byte);
                out[size++] = space ? ' ' : byte == '\r' ? '\n' : byte;
            }
        }
        value.size = size;
        return true;
    }

    std::string_view text_;
    std::string name_;
    std::size_t most_record_bytes_;
    std::size_t most_columns_;
    std::size_t first_invalid_ = 0;
    std::size_t at_ = 0;
    bool endless_ = false;  // no CDATA section ends any more
    Node top_;              // above the record
    std::size_t nodes_ = 0;
    std::size_t places_ = 0;
    std::string made_;            // of repeated elements
    std::vector<Item> items_;     // of a record
    std::size_t first_item_ = 0;  // its number, of all from 1
    std::unordered_map<std::string, Column*> by_name_;
};

}  // namespace logflow::xml

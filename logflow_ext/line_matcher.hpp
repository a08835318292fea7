// Matching lines by the programs of line_programs.py: backtracking that remembers, where it takes
// long, where it has been (Cox, "Regular Expression Matching: the Virtual Machine Approach").

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "line_sets.hpp"

namespace logflow::lines {

constexpr std::uint32_t NOWHERE = 0xFFFFFFFF;

struct Instruction {
    std::int32_t op, a, b, c;
};

// In the order of OPERATIONS.
enum Op : std::int32_t { LITERAL, SET, GREEDY, LAZY, ALL, SPLIT, JUMP, SAVE, BEGIN, END, MATCH };

class Program {
  public:
    Program(std::string_view code, std::string_view literals, std::string_view sets,
            std::size_t groups)
        : literals_(literals), groups_(groups) {
        if (code.size() % sizeof(Instruction) != 0 || sets.size() % Set::SIZE != 0 ||
            groups > MOST_GROUPS) {
            throw std::invalid_argument("no program has such a size");
        }
        code_.resize(code.size() / sizeof(Instruction));
        if (!code_.empty()) std::memcpy(code_.data(), code.data(), code.size());
        for (std::size_t at = 0; at < sets.size(); at += Set::SIZE) {
            sets_.emplace_back(sets.data() + at);
        }
        check();
    }

    std::size_t size() const { return code_.size(); }
    std::size_t groups() const { return groups_; }
    const Instruction& operator[](std::size_t at) const { return code_[at]; }
    const char* literal(std::int32_t at) const { return literals_.data() + at; }
    const Set& set(std::int32_t number) const { return sets_[static_cast<std::size_t>(number)]; }

  private:
    static constexpr std::size_t MOST_GROUPS = 1 << 16;

    // Nothing that a program says leads out of it.
    void check() const {
        const auto size = static_cast<std::int64_t>(code_.size());
        const auto sets = static_cast<std::int64_t>(sets_.size());
        const auto is = [](bool right) {
            if (!right) throw std::invalid_argument("an instruction leads out of its program");
        };
        is(size > 0 && code_.back().op == MATCH);
        for (const Instruction& each : code_) {
            const auto in = [](std::int64_t value, std::int64_t end) {
                return value >= 0 && value < end;
            };
            switch (each.op) {
                case LITERAL:
                    is(each.a >= 0 && each.b > 0 &&
                       static_cast<std::int64_t>(each.a) + each.b <=
                           static_cast<std::int64_t>(literals_.size()));
                    break;
                case SET: is(in(each.a, sets)); break;
                case GREEDY:
                case LAZY:
                case ALL: is(in(each.a, sets) && each.b >= 0 && each.c >= -1); break;
                case SPLIT: is(in(each.a, size) && in(each.b, size) && in(each.c, sets - 1)); break;
                case JUMP: is(in(each.a, size)); break;
                case SAVE: is(in(each.a, static_cast<std::int64_t>(2 * groups_))); break;
                case BEGIN:
                case END:
                case MATCH: break;
                default: is(false);
            }
        }
    }

    std::vector<Instruction> code_;
    std::string literals_;
    std::vector<Set> sets_;
    std::size_t groups_;
};

inline bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Matches whole lines of well-formed UTF-8, one after the other.
class Matcher {
  public:
    // Whether the line matches; then slots has start and end of each group, NOWHERE for those that
    // take no part.  Offsets are those in the line.  So many bytes beyond it may be looked at.
    bool match(const Program& program, std::string_view line, std::size_t beyond,
               std::vector<std::uint32_t>& slots) {
        beyond_ = beyond;
        remembers_ = false;
        const Outcome outcome = run(program, line, slots);
        if (outcome != Outcome::slow) return outcome == Outcome::match;
        remembers_ = true;
        been_.assign((2 * program.size() * (line.size() + 1) + 63) / 64, 0);
        return run(program, line, slots) == Outcome::match;
    }

  private:
    enum class Outcome { match, none, slow };
    // What to do where a way fails: go on at an instruction and a place; at the places before that,
    // down to the least (less), or at those behind it, as far as a lazy repeat goes (more); or
    // restore a slot.
    enum class Kind : std::uint32_t { way, less, more, slot };
    struct Frame {
        Kind kind;
        std::uint32_t pc;   // instruction or slot
        std::uint32_t at;   // where; or the slot's value
        std::uint32_t low;  // least place, or characters that may be taken yet
    };

    // Field by field: a frame that is copied as a whole has to wait until it is written.
    void push(Kind kind, std::uint32_t pc, std::uint32_t at, std::uint32_t low) {
        if (top_ == stack_.size()) stack_.resize(2 * top_ + 64);
        Frame& frame = stack_[top_++];
        frame.kind = kind;
        frame.pc = pc;
        frame.at = at;
        frame.low = low;
    }

    Outcome run(const Program& program, std::string_view line, std::vector<std::uint32_t>& slots) {
        const char* const text = line.data();
        const auto size = static_cast<std::uint32_t>(line.size());
        slots.assign(2 * program.groups(), NOWHERE);
        top_ = 0;
        std::int64_t patience = 32 * (static_cast<std::int64_t>(line.size()) + 64);
        std::uint32_t pc = 0;
        std::uint32_t at = 0;
        for (;;) {
            if (remembers_ && !step_slowly(program, text, size, pc, at)) {
                if (!next(program, text, size, slots, pc, at)) return Outcome::none;
                continue;
            }
            bool fails = false;
            const Instruction& now = program[pc];
            switch (now.op) {
                case LITERAL: {
                    const auto length = static_cast<std::uint32_t>(now.b);
                    fails = size - at < length || !same(text + at, program.literal(now.a), length);
                    at += length;
                    ++pc;
                    break;
                }
                case SET:
                    fails = at == size || !program.set(now.a).has(text[at]);
                    if (!fails) at = after(text, at, size);
                    ++pc;
                    break;
                case ALL:
                case GREEDY: {
                    const std::uint32_t start = at;
                    std::uint32_t low = at;
                    fails = !take(program.set(now.a), now.b, now.c, text, size, low, at);
                    patience -= at - start;
                    ++pc;
                    if (!fails && now.op == GREEDY && at > low) {
                        push(Kind::less, pc, at, low);
                    }
                    break;
                }
                case LAZY: {
                    std::uint32_t low = at;
                    fails = !take(program.set(now.a), now.b, now.b, text, size, low, at);
                    const std::int64_t more = now.c < 0 ? size : now.c - now.b;
                    if (!fails && more > 0) {
                        push(Kind::more, pc, at, static_cast<std::uint32_t>(more));
                    }
                    ++pc;
                    break;
                }
                case SPLIT: {
                    const bool end = at == size;
                    const bool first = end || program.set(now.c).has(text[at]);
                    const bool second = end || program.set(now.c + 1).has(text[at]);
                    if (first && second) {
                        push(Kind::way, static_cast<std::uint32_t>(now.b), at, 0);
                    }
                    fails = !first && !second;
                    pc = static_cast<std::uint32_t>(first ? now.a : now.b);
                    break;
                }
                case JUMP: pc = static_cast<std::uint32_t>(now.a); break;
                case SAVE: {
                    std::uint32_t& slot = slots[static_cast<std::size_t>(now.a)];
                    if (top_ > 0) {
                        push(Kind::slot, static_cast<std::uint32_t>(now.a), slot, 0);
                    }
                    slot = at;
                    ++pc;
                    break;
                }
                case BEGIN:
                    fails = at != 0;
                    ++pc;
                    break;
                case END:
                    fails = at != size;
                    ++pc;
                    break;
                default:
                    if (at == size) return Outcome::match;
                    fails = true;
            }
            if (!fails) continue;
            if (!remembers_ && --patience < 0) return Outcome::slow;
            if (!next(program, text, size, slots, pc, at)) return Outcome::none;
        }
    }

    // Go on at what is left to try, if there is something.
    bool next(const Program& program, const char* text, std::uint32_t size,
              std::vector<std::uint32_t>& slots, std::uint32_t& pc, std::uint32_t& at) {
        while (top_ > 0) {
            Frame& frame = stack_[top_ - 1];
            switch (frame.kind) {
                case Kind::slot:
                    slots[frame.pc] = frame.at;
                    --top_;
                    break;
                case Kind::way:
                    pc = frame.pc;
                    at = frame.at;
                    --top_;
                    return true;
                case Kind::less:
                    do --frame.at;
                    while (frame.at > frame.low && continues(text[frame.at]));
                    pc = frame.pc;
                    at = frame.at;
                    if (frame.at == frame.low) --top_;
                    return true;
                case Kind::more: {
                    const Instruction& lazy = program[frame.pc];
                    if (frame.at == size || !program.set(lazy.a).has(text[frame.at])) {
                        --top_;
                        break;
                    }
                    frame.at = after(text, frame.at, size);
                    pc = frame.pc + 1;
                    at = frame.at;
                    if (--frame.low == 0) --top_;
                    return true;
                }
            }
        }
        return false;
    }

    // Takes characters of a set, at least and at most so many (-1: any number); low is then the
    // place behind the least number of them.
    bool take(const Set& set, std::int32_t least, std::int32_t most, const char* text,
              std::uint32_t size, std::uint32_t& low, std::uint32_t& at) const {
        for (std::int32_t i = 0; i < least; ++i) {
            if (at == size || !set.has(text[at])) return false;
            at = after(text, at, size);
        }
        low = at;
        if (most < 0) {
            const std::size_t left = size - at;
            at += static_cast<std::uint32_t>(set.run(text + at, left, left + beyond_));
        } else {
            for (std::int32_t i = least; i < most && at < size && set.has(text[at]); ++i) {
                at = after(text, at, size);
            }
        }
        return true;
    }

    // Literals are short: most of them a single byte.
    static bool same(const char* text, const char* literal, std::uint32_t length) {
        std::uint32_t i = 0;
        while (i < length && text[i] == literal[i]) ++i;
        return i == length;
    }

    // The place behind a character.
    static std::uint32_t after(const char* text, std::uint32_t at, std::uint32_t size) {
        ++at;
        while (at < size && continues(text[at])) ++at;
        return at;
    }

    // Takes repeats without end character by character, so that no place is come to twice; and is
    // false where this one was.
    bool step_slowly(const Program& program, const char* text, std::uint32_t size,
                     std::uint32_t& pc, std::uint32_t& at) {
        for (;;) {
            if (has_been(pc, at, size)) return false;
            const std::uint32_t number = pc & ~INSIDE;
            const Instruction& now = program[number];
            const bool endless = (now.op == GREEDY || now.op == LAZY || now.op == ALL) && now.c < 0;
            if (!endless) return true;
            if (pc == number) {
                std::uint32_t low = at;
                if (!take(program.set(now.a), now.b, now.b, text, size, low, at)) return false;
                pc |= INSIDE;
                continue;
            }
            const bool more = at < size && program.set(now.a).has(text[at]);
            const std::uint32_t behind = more ? after(text, at, size) : at;
            if (more && now.op == LAZY) {
                push(Kind::way, pc, behind, 0);
            } else if (more) {
                if (now.op == GREEDY) push(Kind::way, number + 1, at, 0);
                at = behind;
                continue;
            }
            pc = number + 1;
        }
    }

    // Whether this place was reached at this instruction before; what was in vain is so again.
    bool has_been(std::uint32_t pc, std::uint32_t at, std::uint32_t size) {
        const std::size_t state = 2 * std::size_t{pc & ~INSIDE} + (pc & INSIDE ? 1 : 0);
        const std::size_t bit = state * (size + std::size_t{1}) + at;
        const std::uint64_t mask = std::uint64_t{1} << bit % 64;
        const bool before = (been_[bit / 64] & mask) != 0;
        been_[bit / 64] |= mask;
        return before;
    }

    static constexpr std::uint32_t INSIDE = std::uint32_t{1} << 31;  // of a repeat

    std::size_t beyond_ = 0;
    bool remembers_ = false;
    std::vector<Frame> stack_;
    std::size_t top_ = 0;  // frames that are in use
    std::vector<std::uint64_t> been_;
};

}  // namespace logflow::lines

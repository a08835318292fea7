"""Patterns of lines as programs for the kernel that matches them, and what it finds.

A pattern is a regular expression of Python's over text, with the flag ``re.ASCII``, that has to
match a whole line.  Of what Python knows, a program has no look-around, no references to groups, no
atomic groups or possessive repeats, no word boundaries, no characters beyond ASCII in classes, no
lazy repeats of groups, and no repeats of what may be empty.
What is left is matched by the same rules, in time and memory that grow with the length of the line
times that of the program (Cox, "Regular Expression Matching: the Virtual Machine Approach":
backtracking with a memory of where it has been).
"""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import struct
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    pass

__all__ = [
    "MOST_CODE",
    "MOST_LINE",
    "MOST_LINES",
    "OPERATIONS",
    "UNMATCHED",
    "Broken",
    "Clock",
    "Code",
    "Form",
    "Lines",
    "compiled",
]

MOST_LINE = 1 << 20
"""Bytes of a line that may match; longer ones do not."""
MOST_LINES = 10_000
"""Lines of a record."""
MOST_CODE = 1024
"""Instructions of a program."""
UNMATCHED = ("join", "message", "reject")
"""What becomes of lines that no form matches: they belong to the record before them, are records
of their own, or broken."""
ERRORS = ("unmatched_line", "bad_utf8")

OPERATIONS = (
    "literal",
    "set",
    "greedy",
    "lazy",
    "all",
    "split",
    "jump",
    "save",
    "begin",
    "end",
    "match",
)
_OP = {name: number for number, name in enumerate(OPERATIONS)}


class Clock(NamedTuple):
    """What finds the year of timestamps that have none: records are in order.

    No record is later than the day *latest_month*, *latest_day* of *latest_year*, so the first one
    is of that year or the one before it.  *year* and *month* are those of the last record; 0 if
    there was none.
    """

    latest_year: int
    latest_month: int
    latest_day: int
    year: int = 0
    month: int = 0


class Code(NamedTuple):
    """A program: instructions of four ``int32`` each, literals, and sets of 256 bytes each."""

    instructions: bytes
    literals: bytes
    sets: bytes
    groups: int


class Form(NamedTuple):
    """A form that lines have.

    Group *i* of the *pattern* (from 0) is for column ``columns[i]``, of several for one the one
    that takes part.  *times* pairs columns with how their timestamps are written:
    ``iso`` (ISO 8601 and the like), ``epoch`` and ``epoch-ms`` (since 1970), ``time`` (of the day)
    or codes of ``strptime``; alternatives are divided by ``|``, and ``utc:`` before one tells the
    zone.  Two quotes in columns of *doubled* stand for one.
    """

    pattern: re.Pattern[str]
    columns: tuple[int, ...]
    times: tuple[tuple[int, str], ...] = ()
    doubled: tuple[int, ...] = ()


class Broken(NamedTuple):
    """A line that is no record: its number from 0, where its text is, and one of :data:`ERRORS`."""

    line: int
    start: int
    end: int
    error: str


class Lines(NamedTuple):
    """The records of lines.

    *spans* has the cells of a row side by side (see :mod:`logflow_ext.cells`), those of columns
    with times in *time_spans*, in the text *time_text*.  *firsts* has the first row with a value
    of each column, -1 if there is none.
    """

    rows: int
    spans: memoryview
    time_spans: memoryview
    time_text: memoryview
    firsts: list[int]
    starts: memoryview
    """Where each row starts, as ``uint32``."""
    numbers: memoryview
    """The numbers of their lines, from 0, as ``uint32``."""
    lines: int
    blank: int
    joined: int
    """Lines that belong to the record before them."""
    directives: int
    """Lines that begin with ``#``, where they are none of data."""
    broken: list[Broken]
    clock: Clock


class _Set:
    """Bytes, of which those beyond ASCII are all in it or none."""

    def __init__(self, values: Iterable[int] = ()) -> None:
        self.bits = 0
        for value in values:
            self.bits |= 1 << value

    @classmethod
    def of_bits(cls, bits: int) -> _Set:
        made = cls()
        made.bits = bits
        return made

    def __or__(self, other: _Set) -> _Set:
        return self.of_bits(self.bits | other.bits)

    def meets(self, other: _Set) -> bool:
        return bool(self.bits & other.bits)

    def inverted(self) -> _Set:
        return self.of_bits(~self.bits & (1 << 256) - 1)

    def table(self) -> bytes:
        return bytes(self.bits >> value & 1 for value in range(256))


_DIGITS = _Set(b"0123456789")
_SPACES = _Set(b" \t\n\r\f\v")
_BEYOND_ASCII = _Set(range(128, 256))
_WORDS = _Set(c for c in range(128) if chr(c).isalnum() or chr(c) == "_")
_CATEGORIES = {
    sre.CATEGORY_DIGIT: _DIGITS,
    sre.CATEGORY_SPACE: _SPACES,
    sre.CATEGORY_WORD: _WORDS,
    sre.CATEGORY_NOT_DIGIT: _DIGITS.inverted(),
    sre.CATEGORY_NOT_SPACE: _SPACES.inverted(),
    sre.CATEGORY_NOT_WORD: _WORDS.inverted(),
}
_NAMES = {
    sre.ASSERT: "look-ahead",
    sre.ASSERT_NOT: "look-ahead",
    sre.GROUPREF: "a reference to a group",
    sre.GROUPREF_EXISTS: "a reference to a group",
    sre.ATOMIC_GROUP: "an atomic group",
    sre.POSSESSIVE_REPEAT: "a possessive repeat",
    sre.AT: "a word boundary",
}


_KNOWN: dict[re.Pattern[str], Code] = {}
"""The programs of patterns, at most so many: those of definitions, and few that are asked for."""
MOST_KNOWN = 1000


def compiled(pattern: re.Pattern[str]) -> Code:
    """The program of a pattern.

    Raises :exc:`ValueError` with what it has that no program can have.

    >>> compiled(re.compile(r"(?P<key>[^=]*)=(.*)", re.ASCII)).groups
    2
    """
    if pattern not in _KNOWN:
        if len(_KNOWN) == MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[pattern] = _Compiler(pattern).code()
    return _KNOWN[pattern]


class _Compiler:
    def __init__(self, pattern: re.Pattern[str]) -> None:
        if not pattern.flags & re.ASCII:
            raise ValueError("the pattern has to have the flag ASCII")
        self._tree: Any = parser.parse(pattern.pattern, pattern.flags)
        self._groups = pattern.groups
        self._code: list[tuple[int, int, int, int]] = []
        self._literals = bytearray()
        self._sets: list[_Set] = []

    def code(self) -> Code:
        self._sequence(self._tree, self._tree.state.flags)
        self._add("match")
        self._look_ahead()
        return Code(
            b"".join(struct.pack("=4i", *each) for each in self._code),
            bytes(self._literals),
            b"".join(each.table() for each in self._sets),
            self._groups,
        )

    def _add(self, name: str, a: int = 0, b: int = 0, c: int = 0) -> int:
        if len(self._code) >= MOST_CODE:
            raise ValueError(f"the pattern has more than {MOST_CODE} parts")
        self._code.append((_OP[name], a, b, c))
        return len(self._code) - 1

    def _set(self, members: _Set) -> int:
        self._sets.append(members)
        return len(self._sets) - 1

    def _sequence(self, items: Iterable[tuple[Any, Any]], flags: int) -> None:
        literal = bytearray()
        for op, value in items:
            if op is sre.LITERAL and not _has_cases(value, flags):
                literal += chr(value).encode()
                continue
            self._literal(literal)
            literal.clear()
            self._item(op, value, flags)
        self._literal(literal)

    def _literal(self, text: bytes | bytearray) -> None:
        if text:
            self._add("literal", len(self._literals), len(text))
            self._literals += text

    def _item(self, op: Any, value: Any, flags: int) -> None:
        single = _single(op, value, flags)
        if single is not None:
            self._add("set", self._set(single))
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            self._repeat(*value, lazy=op is sre.MIN_REPEAT, flags=flags)
        elif op is sre.SUBPATTERN:
            group, added, removed, items = value
            if group is not None:
                self._add("save", 2 * (group - 1))
            self._sequence(items, (flags | added) & ~removed)
            if group is not None:
                self._add("save", 2 * (group - 1) + 1)
        elif op is sre.BRANCH:
            self._branch(value[1], flags)
        elif op is sre.AT and value in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            self._add("begin")
        elif op is sre.AT and value in (sre.AT_END, sre.AT_END_STRING):
            self._add("end")
        else:
            raise ValueError(f"the pattern has {_NAMES.get(op, str(op).lower())}")

    def _branch(self, branches: Sequence[Any], flags: int) -> None:
        jumps = []
        for items in branches[:-1]:
            split = self._add("split")
            self._sequence(items, flags)
            jumps.append(self._add("jump"))
            self._aim(split, split + 1, len(self._code))
        self._sequence(branches[-1], flags)
        for jump in jumps:
            self._aim(jump, len(self._code))

    def _aim(self, at: int, first: int, second: int = 0) -> None:
        self._code[at] = (self._code[at][0], first, second, 0)

    def _repeat(self, least: int, most: Any, items: Any, *, lazy: bool, flags: int) -> None:
        unbounded = most is sre.MAXREPEAT
        single = _single(items[0][0], items[0][1], flags) if len(items) == 1 else None
        if single is not None:
            if least > MOST_CODE or (not unbounded and most > MOST_CODE):
                raise ValueError(f"the pattern repeats something more than {MOST_CODE} times")
            most = -1 if unbounded else most
            self._add("lazy" if lazy else "greedy", self._set(single), least, most)
            return
        may_be_empty = items.getwidth()[0] == 0
        if may_be_empty and (unbounded or most > max(least, 1)):
            raise ValueError("the pattern repeats what may be empty")
        # What groups hold after such repeats were given up is not told by the rules.
        if lazy and (may_be_empty or _has_groups(items)):
            raise ValueError("the pattern repeats groups lazily, or what may be empty")
        for _ in range(least):
            self._sequence(items, flags)
        if unbounded:
            split = self._add("split")
            self._sequence(items if lazy else _in_runs(items, flags), flags)
            self._aim(self._add("jump"), split)
            self._fork(split, lazy=lazy)
            return
        splits = []
        for _ in range(most - least):
            splits.append(self._add("split"))
            self._sequence(items, flags)
        for split in splits:
            self._fork(split, lazy=lazy)

    def _fork(self, split: int, *, lazy: bool) -> None:
        """Go on within a repeat, or behind it, which is where the code ends now."""
        inside, behind = split + 1, len(self._code)
        self._aim(split, *((behind, inside) if lazy else (inside, behind)))

    def _look_ahead(self) -> None:
        """Choose by the next byte where that decides.

        A split gets the sets of bytes with which its ways begin; a repeat takes all that it can if
        what follows begins with nothing of that.
        """
        for at, (op, a, b, c) in enumerate(list(self._code)):
            if OPERATIONS[op] == "split":
                self._code[at] = (op, a, b, self._set(self._begins(a)))
                self._set(self._begins(b))
            # Behind itself, in a loop, a repeat would take what it gave back.
            elif (
                OPERATIONS[op] == "greedy"
                and c == -1
                and not self._begins(at + 1, but=at).meets(self._sets[a])
            ):
                self._code[at] = (_OP["all"], a, b, c)

    def _begins(self, start: int, *, but: int | None = None) -> _Set:
        """The bytes with which what a program does from an instruction on may begin.

        All of them if it may match at the end of the line.  With one instruction left out (*but*),
        none for that: whoever asks so has bytes that are to be matched.
        """
        found = _Set()
        seen = {but}
        left = [start]
        while left:
            at = left.pop()
            if at in seen:
                continue
            seen.add(at)
            op, a, b, _ = self._code[at]
            name = OPERATIONS[op]
            if name == "literal":
                first = self._literals[a]
                found |= _Set([first]) if first < 128 else _BEYOND_ASCII
            elif name == "set":
                found |= self._sets[a]
            elif name in ("greedy", "lazy", "all"):
                found |= self._sets[a]
                if b == 0:
                    left.append(at + 1)
            elif name == "split":
                left += (a, b)
            elif name == "jump":
                left.append(a)
            elif name in ("save", "begin"):
                left.append(at + 1)
            elif but is None:
                return _Set().inverted()
        return found


def _has_cases(code: int, flags: int) -> bool:
    return bool(flags & re.IGNORECASE) and chr(code).isascii() and chr(code).isalpha()


def _single(op: Any, value: Any, flags: int) -> _Set | None:
    """The bytes of an item that is one character; nothing if it is something else.

    Characters beyond ASCII are several bytes, which only classes that have all of them may hold.
    """
    if op is sre.LITERAL:
        if value >= 128:
            return None
        return _folded(_Set([value]), flags)
    if op is sre.NOT_LITERAL:
        return _folded(_members([(sre.LITERAL, value)]), flags).inverted()
    if op is sre.ANY:
        return _Set().inverted() if flags & re.DOTALL else _Set(b"\n").inverted()
    if op is sre.IN:
        negated = value[0][0] is sre.NEGATE
        members = _folded(_members(value[negated:]), flags)
        return members.inverted() if negated else members
    return None


def _members(items: Iterable[tuple[Any, Any]]) -> _Set:
    found = _Set()
    for op, value in items:
        if op is sre.CATEGORY:
            found |= _CATEGORIES[value]
            continue
        low, high = value if op is sre.RANGE else (value, value)
        if high >= 128:
            raise ValueError("the pattern has a class with characters beyond ASCII")
        found |= _Set(range(low, high + 1))
    return found


def _folded(members: _Set, flags: int) -> _Set:
    if not flags & re.IGNORECASE:
        return members
    letters = [c for c in range(128) if members.bits >> c & 1 and chr(c).isalpha()]
    return members | _Set(c ^ 32 for c in letters)


def _in_runs(items: Any, flags: int) -> Any:
    """What is repeated without end, with its single characters repeated themselves.

    ``(?:[^"]|x)*`` matches what ``(?:[^"]+|x)*`` does, by fewer choices.  Groups would not be taken
    where a single character is as good.
    """
    if len(items) != 1 or _has_groups(items):
        return items
    op, value = items[0]
    if op is sre.SUBPATTERN and value[0] is None:
        _, added, removed, inner = value
        return [(op, (None, added, removed, _in_runs(inner, (flags | added) & ~removed)))]
    if op is not sre.BRANCH:
        return items
    ways = [
        [(sre.MAX_REPEAT, (1, sre.MAXREPEAT, way))]
        if len(way) == 1 and _single(way[0][0], way[0][1], flags) is not None
        else way
        for way in value[1]
    ]
    return [(op, (None, ways))]


def _has_groups(tree: Any) -> bool:
    """Whether something in a tree is a group that is to be remembered."""
    if isinstance(tree, tuple) and tree and tree[0] is sre.SUBPATTERN and tree[1][0] is not None:
        return True
    is_inner = isinstance(tree, list | tuple | parser.SubPattern)
    return is_inner and any(_has_groups(each) for each in tree)

"""How much decoded characters look like text that somebody wrote.

Bytes read in the wrong encoding give letters of two scripts in a word, capitals after small
letters, symbols amid letters, ideographs that hardly anybody uses, and code points that mean
nothing.  Neighbouring characters show most of it, in any language and without models of any.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import islice, pairwise

__all__ = ["oddness"]

RUNS, CHARACTERS = 500, 5_000
"""How many runs of characters outside ASCII, and of their characters, are looked at."""

ODD_IDEOGRAPH = 0.5
"""Weight of an ideograph outside the levels that everyday text is written with."""

EVERYDAY = (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("euc_jp", 0xB0, 0xCF))
"""Where everyday ideographs are: the lead bytes of level 1 of GB 2312, Big5 and JIS X 0208."""

IDEOGRAPHIC = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "HALFWIDTH", "FULLWIDTH", "BOPOMOFO")
"""First words of the names of characters that stand beside those of any script."""

_AROUND = re.compile(r"[^\n]?[^\x00-\x7f]+[^\n]?")
_MEANINGLESS = ("Cc", "Cn", "Co", "Cs")
_SYMBOLS = ("No", "Sc", "Sk", "Sm", "So")
_NO_TEXT = frozenset("\ufeff\ufffe\uffff")
_WHITE = frozenset("\t\n\f\r\x85")


def oddness(text: str) -> float:
    """The share of neighbours that no text has, 0.0 to 1.0, of those that are not both ASCII.

    >>> oddness("Grüße an André"), oddness("Grüße an André".encode().decode("cp1252")) > 0.4
    (0.0, True)
    """
    runs = "\n".join(run.group() for run in islice(_AROUND.finditer(text), RUNS))[:CHARACTERS]
    pairs = Counter(pair for pair in pairwise(runs) if "\n" not in pair)
    odd = sum(_odd_pair(*pair) * count for pair, count in pairs.items())
    return odd / max(1, pairs.total())


@lru_cache(1 << 14)
def _odd_pair(first: str, second: str) -> float:
    """How odd *second* is after *first*, 0.0 to 1.0."""
    if first.isascii() and second.isascii():
        return 0.0
    if _is_meaningless(second) or (first.isalpha() and second.isalpha() and _split(first, second)):
        return 1.0
    if _breaks_word(first, second) or (_breaks_word(second, first) and not _opens(first)):
        return 1.0
    return 0.0 if second.isascii() else _rarity(second)


def _is_meaningless(char: str) -> bool:
    return char in _NO_TEXT or (char not in _WHITE and unicodedata.category(char) in _MEANINGLESS)


def _split(first: str, second: str) -> bool:
    """Two letters that stand in different words, or in none."""
    if _script(first) != _script(second):
        return "" not in (_script(first), _script(second))
    return first == "ς" or (first.islower() and second.isupper())


@lru_cache(1 << 14)
def _script(letter: str) -> str:
    """The script of a letter; empty for one that stands beside those of any script."""
    if unicodedata.category(letter) == "Lm":
        return ""
    word = unicodedata.name(letter, "").split(" ", 1)[0]
    return "" if word in IDEOGRAPHIC else word


def _breaks_word(letter: str, other: str) -> bool:
    """A symbol or an opening mark beside a letter of an alphabet; ASCII has its own ways."""
    if other.isascii() or not letter.isalpha() or not _script(letter):
        return False
    return unicodedata.category(other) in _SYMBOLS or other in "§¶†‡ªº" or _opens(other)


def _opens(char: str) -> bool:
    """A mark that stands before words."""
    return unicodedata.category(char) == "Ps" or char in "¡¿"


@lru_cache(1 << 14)
def _rarity(char: str) -> float:
    if not unicodedata.name(char, "").startswith("CJK UNIFIED"):
        return 0.0
    for encoding, low, high in EVERYDAY:
        try:
            if low <= char.encode(encoding)[0] <= high:
                return 0.0
        except UnicodeEncodeError:
            continue
    return ODD_IDEOGRAPH

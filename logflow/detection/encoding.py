"""Which encoding text is in: what the bytes prove first, statistics last."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from logflow.detection.findings import Finding
from logflow.errors import OptionError
from logflow.ingest.reading import BOMS, normal_name
from logflow_ext import kernel

__all__ = ["as_utf8", "find_encoding", "other_than_utf8"]

CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 26, 27})
"""Bytes that text of no encoding has, but for a few of them."""

WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
"""Encodings with zero bytes, in the order in which they are tried."""

ESCAPED = (
    (re.compile(rb"\x1b\$\)C"), ("iso2022_kr",)),
    (
        re.compile(rb"\x1b(?:\$[@AB]|\$\([CDOPQ]|\([IJ])"),
        ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_2004"),
    ),
    (re.compile(rb"~\{(?:[!-}][!-~])+~\}"), ("hz",)),
)
"""What switches the character set in encodings of seven bits, and the encodings that have it."""

SUPERSETS = {
    "big5": "big5hkscs",
    "euc_jp": "euc_jis_2004",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-11": "cp874",
    "iso8859-8": "cp1255",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "shift_jis_2004": "cp932",
    "shift_jisx0213": "cp932",
    "tis-620": "cp874",
}
"""What text said to be in an encoding really is in: the same, and the characters added later."""

RELATIVES = {
    "cp1140": "cp037",
    "cp1253": "iso8859-7",
    "cp858": "cp850",
    "iso8859-15": "cp1252",
    "iso8859-16": "iso8859-2",
    "koi8-t": "koi8-r",
    "koi8-u": "koi8-r",
    "kz1048": "cp1251",
    "mac-iceland": "mac-roman",
    "ptcp154": "cp1251",
}
"""What is the likelier of two encodings that read the bytes at hand as the same text: of an
encoding and a variant for few the common one, and of ISO and Windows encodings that disagree
elsewhere that of ISO, because text from Windows seldom lacks its dashes and quotes."""

MULTIBYTE = ("gb18030", "big5hkscs", "cp949", "cp932", "euc_jis_2004", "johab")
"""Encodings in which one bad byte is not just one odd character."""

ODD = 0.2
"""Text of which more neighbours are odd is in another encoding, or damaged."""

STEEP = 6.0
"""How fast an opinion on letters loses weight where neighbours are odd; 3 to 12 do alike."""

FILL = b"\xfe\xff"
"""Bytes of erased storage and torn byte-order marks, and letters that no text has alone."""

MANY = 8
"""Fewer bad bytes than this in what looked like UTF-8 are damage, whatever letters they make."""

SOUND = 0.05
"""Text that changes what the head looked like has no more odd neighbours than this."""

LINES = 500
"""Lines of which one is looked at for damage."""

FLOOR = 0.5
"""Opinions with a smaller share of the best one's confidence are not considered."""

_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]*?\sencoding\s*=\s*(?:\"([\w.:-]+)\"|'([\w.:-]+)')")

_KEPT = re.compile("[\udc80-\udcff]")


def find_encoding(head: bytes, *, complete: bool) -> Finding | None:
    """The encoding of *head*, the first bytes of an input; ``None`` if it does not look like text.

    *complete* tells that *head* is the whole input.

    >>> find_encoding("naïve".encode(), complete=True).name
    'utf-8'
    >>> find_encoding(bytes(range(32)), complete=True) is None
    True
    """
    for bom, name in BOMS:
        if head.startswith(bom):
            reason = f"starts with the byte-order mark {bom.hex()}"
            return Finding(name=name, score=1.0, reason=reason)
    if b"\0" in head:
        return _by_zeros(head, complete)
    if found := _by_escapes(head, complete):
        return found
    if _is_binary(head):
        return None
    invalid = kernel("utf8").first_invalid(head)
    if invalid < 0 or (not complete and len(head) - invalid < 4):
        if head.isascii():
            return Finding(name="utf-8", score=0.9, reason="all bytes at hand are ASCII")
        return Finding(name="utf-8", score=0.99, reason="all bytes at hand are well-formed UTF-8")
    return (
        _damaged_utf8(head, invalid)
        or _declared(head, complete)
        or _by_statistics(head, invalid, complete)
    )


def other_than_utf8(lines: bytes) -> Finding | None:
    """The encoding of an input that looked like UTF-8, by its *lines* that are not ASCII.

    ``None`` if it is UTF-8 all the same: where the bad bytes are few, few among good ones, or
    make no text in any other encoding.

    >>> other_than_utf8("Grüße an André, Jürgen und Käthe\\n".encode("cp1252") * 2).name
    'cp1252'
    >>> other_than_utf8("Grüße an André, Jürgen und Käthe\\n".encode() * 9 + b"\\xff" * 8) is None
    True
    """
    from logflow.detection.plausibility import oddness

    bad = _bad_bytes(lines.decode("utf-8", "logflow.keep"))
    if bad < MANY or _damaged_utf8(lines, kernel("utf8").first_invalid(lines)):
        return None
    found = _by_statistics(lines, 0, True)
    if found.name == "utf-8" or oddness(_text(lines, found.name, True)) > SOUND:
        return None
    reason = f"{bad} bytes are not UTF-8, and the letters are most like {found.name}"
    return replace(found, reason=reason)


def as_utf8(head: bytes, encoding: str, *, complete: bool) -> bytes:
    """*head* as UTF-8 without byte-order mark; a character cut at its end is left off."""
    for bom, name in BOMS:
        if name == encoding and head.startswith(bom):
            head = head[len(bom) :]
    decoder = codecs.getincrementaldecoder(encoding)("logflow.keep")
    return decoder.decode(head, final=complete).encode("utf-8", "surrogatepass")


def _text(head: bytes, encoding: str, complete: bool) -> str:
    """*head* decoded; a bad byte becomes U+DC00 + byte, which is odd and no other text has."""
    return codecs.getincrementaldecoder(encoding)("logflow.keep").decode(head, final=complete)


def _bad_bytes(text: str) -> int:
    return len(_KEPT.findall(text))


def _is_binary(head: bytes) -> bool:
    """More than one in fifty bytes is a control character that text does not have."""
    return len(head) - len(head.translate(None, CONTROLS)) > len(head) // 50


def _by_zeros(head: bytes, complete: bool) -> Finding | None:
    """UTF-16 and UTF-32 without a byte-order mark, or text with some zero bytes."""
    from logflow.detection.plausibility import oddness

    few = (len(head) - len(head.translate(None, CONTROLS))) * 4 < len(head)
    if few and kernel("utf8").first_invalid(head) < 0:
        if _is_binary(head.replace(b"\0", b"")):
            return None
        return Finding(name="utf-8", score=0.6, reason="well-formed UTF-8 with a few zero bytes")
    texts = [(name, _text(head, name, complete)) for name in WIDE]
    plausible = [
        (oddness(text), name)
        for name, text in texts
        if text and not _is_binary(text.encode("utf-8", "surrogatepass"))
    ]
    odd, name = min(plausible, key=lambda each: each[0], default=(1.0, ""))
    if odd > ODD:
        return None
    return Finding(name=name, score=0.9 - odd, reason="read so, the zero bytes become text")


def _by_escapes(head: bytes, complete: bool) -> Finding | None:
    """ISO-2022-JP, ISO-2022-KR and HZ, which are ASCII but for their escape sequences."""
    from logflow.detection.plausibility import oddness

    if (b"\x1b" not in head and b"~{" not in head) or not head.isascii():
        return None
    for pattern, names in ESCAPED:
        if not (escape := pattern.search(head)):
            continue
        for name in names:
            text = _text(head, name, complete)
            if not text.isascii() and not _bad_bytes(text) and oddness(text) <= ODD:
                reason = f"has its escape sequence at byte {escape.start()}"
                return Finding(name=name, score=0.95, reason=reason)
    return None


def _damaged_utf8(head: bytes, invalid: int) -> Finding | None:
    """UTF-8, if there are a few bad bytes among many well-formed characters, or only bytes of fill.

    They are damage, and become rejects; text of another encoding is almost never well-formed by
    chance.
    """
    if head.translate(None, FILL).isascii():
        reason = f"all bytes are ASCII but for some {head[invalid]:#04x}, the first at {invalid}"
        return Finding(name="utf-8", score=0.7, reason=reason)
    text = head.decode("utf-8", "logflow.keep")
    bad = _bad_bytes(text)
    good = sum(char > "\x7f" for char in text) - bad
    if good < bad * 4:
        return None
    reason = f"{good} characters are UTF-8 and {bad} bytes are not, the first at byte {invalid}"
    return Finding(name="utf-8", score=0.7, reason=reason)


def _declared(head: bytes, complete: bool) -> Finding | None:
    """The encoding that a document of XML says it is in (XML 1.0, 4.3.3), if it reads as text."""
    from logflow.detection.plausibility import oddness

    declared = _DECLARATION.match(head)
    if declared is None:
        return None
    said = (declared[1] or declared[2]).decode()
    try:
        name = normal_name(said)
        text = _text(head, name, complete)
    except (OptionError, UnicodeError):
        return None
    if "<?xml" not in text[: declared.end()] or _bad_bytes(text) or oddness(text) > ODD:
        return None
    superset = SUPERSETS.get(name, name)
    name = name if _bad_bytes(_text(head, superset, complete)) else superset
    return Finding(name=name, score=0.95, reason=f"the document says that it is in {said}")


@dataclass(frozen=True, slots=True)
class _Opinion:
    """An encoding that *head* may be in: the *text* it gives, and the *weight* of the evidence."""

    name: str
    text: str
    weight: float


def _by_statistics(head: bytes, invalid: int, complete: bool) -> Finding:
    """What the letters say of bytes that are not UTF-8."""
    opinions = sorted(_opinions(head, complete), key=lambda each: -each.weight)
    if not opinions:
        reason = f"byte {invalid} is not UTF-8, but nothing fits better"
        return Finding(name="utf-8", score=0.3, reason=reason)
    best = opinions[0]
    name = _likelier(best, head, complete)
    other = next((each for each in opinions if each.text != best.text), None)
    weight = best.weight / (best.weight + other.weight) if other else 1.0
    reason = f"byte {invalid} is not UTF-8, and the letters are most like {name}"
    if other:
        reason += f", then {other.name}"
    return Finding(name=name, score=round(0.9 * weight, 2), reason=reason)


def _opinions(head: bytes, complete: bool) -> Iterator[_Opinion]:
    """chardet's opinions, weighed by how much the text they give looks like text."""
    from logflow.detection.plausibility import oddness

    confidence = _confidences(head)
    for name in MULTIBYTE:
        if name not in confidence and (intact := _intact(head, name)):
            confidence[name] = _confidences(intact).get(name, 0.0)
    least = FLOOR * max(confidence.values(), default=0.0)
    for name, sure in confidence.items():
        if 0.0 < least <= sure:
            text = _text(head, name, complete)
            yield _Opinion(name, text, sure * 2 ** (-STEEP * oddness(text)))


def _confidences(head: bytes) -> dict[str, float]:
    """chardet's confidence in each encoding that it considers."""
    from chardet import detect_all

    ranked = detect_all(head, ignore_threshold=True, compat_names=False)
    found: dict[str, float] = {}
    for each in ranked:
        if each["encoding"]:
            name = normal_name(each["encoding"])
            found.setdefault(name, each["confidence"])
    return found


def _intact(head: bytes, encoding: str) -> bytes:
    """The lines of *head* that are well-formed in *encoding*; none if many are not.

    One bad byte hides an encoding of several bytes from whoever takes damage for a refutation.
    """
    lines = [line for line in head.splitlines(keepends=True) if not line.isascii()][:LINES]
    good = [line for line in lines if not _bad_bytes(_text(line, encoding, True))]
    return b"".join(good) if len(lines) - len(good) <= len(lines) // 5 else b""


def _likelier(opinion: _Opinion, head: bytes, complete: bool) -> str:
    """The encoding to name for an opinion: its superset, or a likelier one that reads the same."""
    name = opinion.name
    if relative := RELATIVES.get(name):
        name = relative if _text(head, relative, complete) == opinion.text else name
    superset = SUPERSETS.get(name, name)
    worse = _bad_bytes(_text(head, superset, complete)) > _bad_bytes(opinion.text)
    return name if worse else superset

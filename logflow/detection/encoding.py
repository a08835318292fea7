"""Which encoding text is in: byte-order mark, UTF-8 validity, zero patterns, then statistics."""

from __future__ import annotations

from logflow.detection.findings import Finding
from logflow.ingest.reading import BOMS, normal_name, transcoded
from logflow_ext import kernel

__all__ = ["as_utf8", "find_encoding"]

CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 26, 27})
"""Bytes that text of no encoding has, but for a few of them."""

COMMON = ("cp1252", "cp1251", "gb18030", "cp932", "cp1250", "euc_kr", "big5", "cp1254", "cp1253")
"""Legacy encodings, the most common in files first: what decides between equal opinions."""

TIE = 0.01
"""Opinions this close are equal."""


def find_encoding(head: bytes, *, complete: bool) -> Finding | None:
    """The encoding of *head*, the first bytes of an input; ``None`` if it does not look like text.

    *complete* tells that *head* is the whole input.

    >>> find_encoding("naïve".encode(), complete=True).name
    'utf-8'
    >>> find_encoding(b"\\x00\\x01\\x02\\x03", complete=True) is None
    True
    """
    for bom, name in BOMS:
        if head.startswith(bom):
            return Finding(
                name=name, score=1.0, reason=f"starts with the byte-order mark {bom.hex()}"
            )
    if b"\0" in head:
        return _by_zeros(head)
    if _is_binary(head):
        return None
    invalid = kernel("utf8").first_invalid(head)
    if invalid < 0 or (not complete and len(head) - invalid < 4):
        if head.isascii():
            return Finding(name="utf-8", score=0.9, reason="all bytes at hand are ASCII")
        return Finding(name="utf-8", score=0.99, reason="all bytes at hand are well-formed UTF-8")
    return _by_statistics(head, invalid)


def as_utf8(head: bytes, encoding: str, *, complete: bool) -> bytes:
    """*head* as UTF-8 without byte-order mark; a character cut at its end is left off."""
    import codecs

    for bom, name in BOMS:
        if name == encoding and head.startswith(bom):
            head = head[len(bom) :]
    decoder = codecs.getincrementaldecoder(encoding)("logflow.keep")
    return decoder.decode(head, final=complete).encode("utf-8", "surrogatepass")


def _is_binary(head: bytes) -> bool:
    """More than one in fifty bytes is a control character that text does not have."""
    return len(head) - len(head.translate(None, CONTROLS)) > len(head) // 50


def _by_zeros(head: bytes) -> Finding | None:
    """UTF-16 and UTF-32 without a byte-order mark, by where the zero bytes stand."""
    zeros = [head[i::4].count(0) for i in range(4)]
    quarter = max(1, len(head) // 4)
    shares = [count / quarter for count in zeros]
    patterns = (
        ("utf-32-le", (1, 2, 3), (0,)),
        ("utf-32-be", (0, 1, 2), (3,)),
        ("utf-16-le", (1, 3), (0, 2)),
        ("utf-16-be", (0, 2), (1, 3)),
    )
    for name, high, low in patterns:
        if all(shares[i] > 0.4 for i in high) and all(shares[i] < 0.05 for i in low):
            text = as_utf8(head, name, complete=False)
            if kernel("utf8").first_invalid(text) < 0 and not _is_binary(text):
                return Finding(name=name, score=0.9, reason="zero bytes stand where it has them")
    few = head.count(0) * 50 < len(head)
    if few and not _is_binary(head) and kernel("utf8").first_invalid(head) < 0:
        return Finding(name="utf-8", score=0.6, reason="well-formed UTF-8 with a few zero bytes")
    return None


def _by_statistics(head: bytes, invalid: int) -> Finding | None:
    """What the letters say of bytes that are not all UTF-8.

    A few bad bytes among many characters that are well-formed UTF-8 are damage, and become
    rejects; text of another encoding is almost never well-formed by chance.
    """
    text = head.decode("utf-8", "logflow.keep")
    bad = sum("\udc80" <= char <= "\udcff" for char in text)
    good = sum(char > "\x7f" for char in text) - bad
    if good >= bad * 4:
        reason = f"{good} characters are UTF-8 and {bad} bytes are not, the first at byte {invalid}"
        return Finding(name="utf-8", score=0.7, reason=reason)
    name = _most_likely(head)
    if name and transcoded(as_utf8(head, name, complete=True), name) == head:
        reason = f"byte {invalid} is not UTF-8, and the letters are most like {name}"
        return Finding(name=name, score=0.6, reason=reason)
    reason = f"byte {invalid} is not UTF-8, but nothing fits better"
    return Finding(name="utf-8", score=0.3, reason=reason)


def _most_likely(head: bytes) -> str | None:
    """The best opinion of charset-normalizer; of equal ones, the most common encoding."""
    from charset_normalizer import from_bytes

    matches = [match for match in from_bytes(head) if match.encoding not in ("ascii", "utf_8")]
    if not matches:
        return None
    best = matches[0]
    equal = [
        normal_name(match.encoding)
        for match in matches
        if match.chaos <= best.chaos + TIE and match.coherence >= best.coherence - TIE
    ]
    return min(equal, key=lambda name: COMMON.index(name) if name in COMMON else len(COMMON))

"""The way back from text, as decoders see it, to the bytes that are stored.

A byte that is ill-formed in its encoding is never replaced.  It becomes an ill-formed sequence
in the UTF-8 stream (a low surrogate U+DC00 + byte, encoded as if it were a character), so that
the decoder rejects its record.  Rejects get their offsets and bytes by decoding the stored bytes
again: encoding the text would give other bytes where an encoding has several ways to write it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import replace

from logflow.interfaces.decoder import Chunk, Origin, Reject

__all__ = ["StoredText", "in_stored_bytes"]

LONGEST = 3
"""The most bytes of UTF-8 that a stored byte becomes, in any encoding."""

_KEPT_BYTE = re.compile("[\udc00-\udcff]")


def _keep_bytes(err: UnicodeError) -> tuple[str, int]:
    """Codec error handler: bad bytes to U+DC00 + byte."""
    if isinstance(err, UnicodeDecodeError):
        return "".join(chr(0xDC00 + byte) for byte in err.object[err.start : err.end]), err.end
    raise err


codecs.register_error("logflow.keep", _keep_bytes)


class StoredText:
    """Stored bytes, and where in them each character of their text is.

    Fast for offsets that are asked for in ascending order.

    >>> text = StoredText(Origin(start=0, encoding="cp1252", stored="für".encode("cp1252")))
    >>> [text.offset(len(each.encode())) for each in ("f", "fü", "für")]
    [1, 2, 3]
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._restart()

    def _restart(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self._origin.encoding)("logflow.keep")
        self._decoder.setstate((b"", self._origin.state))
        self._taken = 0
        self._ends = [(0, 0)]

    @property
    def state(self) -> int:
        """The state of the decoder at the offset last asked for."""
        return int(self._decoder.getstate()[1])

    def offset(self, text: int) -> int:
        """The offset in the stored bytes of the character at byte *text* of the text."""
        if text < self._ends[0][0]:
            self._restart()
        while self._ends[-1][0] < text and self._taken < len(self._origin.stored):
            pending = len(self._decoder.getstate()[0])
            self._take(max(1, (text - self._ends[-1][0]) // LONGEST - pending))
        return max(stored for at, stored in self._ends if at <= text)

    def _take(self, size: int) -> None:
        """Decode *size* more bytes.

        Where one byte gives several characters, those before the last are bytes that were kept.
        """
        piece = self._origin.stored[self._taken : self._taken + size]
        self._taken += len(piece)
        text = self._decoder.decode(piece, final=self._taken == len(self._origin.stored))
        ends = [self._ends[-1]]
        if size == 1:
            for kept in text[:-1]:
                ends.append((ends[-1][0] + _length(kept), ends[-1][1] + 1))
            text = text[-1:]
        end = self._taken - len(self._decoder.getstate()[0])
        self._ends = [*ends, (ends[-1][0] + _length(text), end)]


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def in_stored_bytes(rejects: Sequence[Reject], chunk: Chunk) -> list[Reject]:
    """*rejects* of *chunk* with offsets and raw bytes as they are stored, not as decoded."""
    origin = chunk.origin
    if origin is None:
        return list(rejects)
    if origin.encoding in ("utf-8", "ascii"):
        return [_moved(reject, origin.start - chunk.start) for reject in rejects]
    text = StoredText(origin)
    return [_stored(reject, chunk.start, origin, text) for reject in rejects]


def _moved(reject: Reject, by: int) -> Reject:
    if reject.byte_offset is None or not by:
        return reject
    return replace(reject, byte_offset=reject.byte_offset + by)


def _stored(reject: Reject, start: int, origin: Origin, text: StoredText) -> Reject:
    if reject.byte_offset is None:
        return reject
    within = reject.byte_offset - start
    first = text.offset(within)
    raw = reject.raw.decode("utf-8", "surrogatepass")
    kept = _KEPT_BYTE.search(raw)
    bad = text.offset(within + _length(raw[: kept.start()])) if kept else first
    end = text.offset(within + len(reject.raw))
    message = reject.message
    if kept:
        byte, at = origin.stored[bad], origin.start + bad
        message = f"expected {origin.encoding}, found byte 0x{byte:02x} at byte {at}"
    return replace(
        reject,
        byte_offset=origin.start + first,
        message=message,
        raw=origin.stored[first:end],
    )

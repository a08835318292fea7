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
from functools import cache
from typing import TYPE_CHECKING

from logflow.interfaces.decoder import Chunk, Origin, Reject

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["StoredText", "in_stored_bytes", "stored_offsets"]

LONGEST = 3
"""The most bytes of UTF-8 that a stored byte becomes, in any encoding."""

_KEPT_BYTE = re.compile("[\udc00-\udcff]")
_START_OF_KEPT = re.compile(rb"\xed(?=[\xb0-\xb3])")
"""The same in UTF-8."""


_WIDE = ("utf-16", "utf-32")
"""Encodings in which a byte that looks like a line end need not be one."""


def _keep_bytes(err: UnicodeError) -> tuple[str, int]:
    """Codec error handler: bad bytes to U+DC00 + byte.

    A sequence that the end of the text cuts off may have a line end in it, which stays one.
    """
    if not isinstance(err, UnicodeDecodeError):
        raise err
    bad = err.object[err.start : err.end]
    if not err.encoding.startswith(_WIDE):
        bad = bad[:1] + re.split(rb"[\r\n]", bad[1:], maxsplit=1)[0]
    return "".join(chr(0xDC00 + byte) for byte in bad), err.start + len(bad)


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
        if self._taken == len(self._origin.stored):
            # Behind an error at the end, CPython's decoders of several bytes stop once more.
            text += self._decoder.decode(b"", final=True)
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


def stored_offsets(offsets: pa.Array, chunk: Chunk) -> pa.Array:
    """Ascending *offsets* in the decoded stream, inside *chunk*, as offsets in the stored text."""
    import pyarrow.compute as pc

    origin = chunk.origin
    if origin is None:
        return offsets
    within = pc.subtract(offsets, chunk.start)
    if origin.encoding not in ("utf-8", "ascii"):
        within = _stored_within(within, origin)
    return pc.add(within, origin.start)


def _stored_within(offsets: pa.Array, origin: Origin) -> pa.Array:
    """Offsets in the text from *origin* on as offsets in its stored bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sizes = _character_sizes(origin.encoding)
    if sizes is None:
        text = StoredText(origin)
        return pa.array([text.offset(offset) for offset in offsets.to_pylist()], pa.int64())
    decoder = codecs.getincrementaldecoder(origin.encoding)("logflow.keep")
    utf8 = decoder.decode(origin.stored, final=True).encode("utf-8", "surrogatepass")
    stored = b"\0" + _START_OF_KEPT.sub(b"\xff", utf8).translate(sizes)
    each = pa.Array.from_buffers(pa.uint8(), len(stored), [None, pa.py_buffer(stored)])
    return pc.take(pc.cumulative_sum(each.cast(pa.int64())), offsets)


@cache
def _character_sizes(encoding: str) -> bytes | None:
    """The stored bytes of a character by each byte of its UTF-8; ``None`` if more decides.

    0xff stands for the first byte of one that was kept.
    """
    if encoding.startswith(("utf-16", "utf-32")):
        plain, supplementary = (2, 4) if encoding.startswith("utf-16") else (4, 4)
    elif _is_one_byte(encoding):
        plain = supplementary = 1
    else:
        return None
    return bytes([plain] * 0x80 + [0] * 0x40 + [plain] * 0x30 + [supplementary] * 0x0F + [1])


def _is_one_byte(encoding: str) -> bool:
    """Whether each byte is a character: a decoder of those has nothing to remember."""
    decoder = codecs.lookup(encoding).incrementaldecoder
    return getattr(decoder, "getstate", None) is codecs.IncrementalDecoder.getstate


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

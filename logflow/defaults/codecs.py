"""The compressions of the standard library: gzip, bzip2 and xz.

All three are streams of members, one after the other, each checked by its own sum.  Every byte
of the input must belong to a member (or be padding): what follows it otherwise is an error,
where the command-line tools print a warning at most.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Protocol

from logflow.defaults.streams import PIECE, stream_of
from logflow.errors import DecodeError

__all__ = [
    "Bzip2Codec",
    "Decompressor",
    "GzipCodec",
    "Inflater",
    "XzCodec",
    "decompressed",
    "member_pieces",
]

INPUT_BYTES = 1 << 16
"""Compressed bytes read at a time."""


def _fastest_zlib() -> Any:
    """ISA-L where it is installed: it has zlib's interface and 2.4 times its speed."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


ZLIB = _fastest_zlib()

DAMAGE: tuple[type[Exception], ...] = (
    zlib.error,
    ZLIB.error,
    lzma.LZMAError,
    OSError,
    EOFError,
)
"""What the decompressors of this module raise for damaged input."""

XZ_MEMORY = 256 << 20
"""Bytes that an xz decoder may take; ``xz -9``, the most that presets ask for, needs 65 MiB."""


class Decompressor(Protocol):
    """What :mod:`bz2` and :mod:`lzma` have in common: decompresses one member."""

    @property
    def eof(self) -> bool:
        """Whether the member has ended."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether there is no more output before there is more input."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was given after the end of the member."""
        ...

    def decompress(self, data: bytes, /, max_length: int = -1) -> bytes:
        """At most *max_length* bytes of output; input that was not needed is kept."""
        ...


class Inflater:
    """:func:`zlib.decompressobj` as a :class:`Decompressor`.

    *wbits* is 31 for gzip members, whose header and sums are checked, and -15 for bare deflate.
    """

    def __init__(self, wbits: int) -> None:
        self._inflate = ZLIB.decompressobj(wbits)
        self._full = False

    @property
    def eof(self) -> bool:
        """Whether the member has ended."""
        eof: bool = self._inflate.eof
        return eof

    @property
    def needs_input(self) -> bool:
        """Whether all input was used and the last output was not cut short."""
        return not self.eof and not self._full and not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What was given after the end of the member."""
        unused: bytes = self._inflate.unused_data
        return unused

    def decompress(self, data: bytes, /, max_length: int = -1) -> bytes:
        """At most *max_length* bytes of output (at least 1)."""
        output: bytes = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        self._full = len(output) == max_length
        return output


def member_pieces(
    member: Decompressor,
    data: bytes,
    read: Callable[[], bytes],
    error: Callable[[str], DecodeError],
    damage: tuple[type[Exception], ...] = DAMAGE,
) -> Iterator[bytes]:
    """The output of one *member*, whose input is *data* and then what *read* gives.

    Raises what *error* makes of a reason if the input is damaged or ends too early; *damage* is
    what the member raises then.
    """
    while not member.eof:
        if not data and member.needs_input:
            data = read()
            if not data:
                raise error("it ends in the middle: it was cut off")
        try:
            piece = member.decompress(data, PIECE)
        except damage as err:
            raise error(f"it is damaged: {_reason(err)}") from err
        data = b""
        yield piece


def _reason(err: Exception) -> str:
    """What a library says of damage, without the words that it says each time.

    >>> _reason(zlib.error("Error -3 while decompressing data: incorrect data check"))
    'incorrect data check'
    """
    return re.sub(r"^Error -?\d+ ", "", str(err).rpartition(": ")[2]).lower()


def decompressed(
    stream: BinaryIO,
    name: str,
    new: Callable[[], Decompressor],
    *,
    padding: bytes = b"",
    damage: tuple[type[Exception], ...] = DAMAGE,
) -> Iterator[bytes]:
    """The output of all members in *stream*, in pieces of bounded size.

    *new* gives a decompressor for each member, *name* is the format's in errors, *padding* a
    byte that may be repeated after a member, and *damage* what a decompressor raises for it.
    Raises :exc:`~logflow.errors.DecodeError`, with the offset in *stream* where a member starts
    that is none, where the stream ends, or at most :data:`INPUT_BYTES` before the damage.
    """
    start = position = 0  # of what was read last, and behind it
    unproven = 0  # where the second or a later member starts, until it has given some output

    def read() -> bytes:
        nonlocal start, position
        data = stream.read(INPUT_BYTES)
        start, position = position, position + len(data)
        return data

    def error(reason: str) -> DecodeError:
        if unproven:
            return DecodeError(
                f"what follows the {name} data is not {name}: {reason}", byte_offset=unproven
            )
        return DecodeError(f"{name} data: {reason}", byte_offset=start)

    data = read()
    if not data:
        raise error("there is none: the input is empty")
    while data:
        unproven = position - len(data)
        for piece in member_pieces(member := new(), data, read, error, damage):
            unproven = 0 if piece else unproven
            yield piece
        data = member.unused_data.lstrip(padding)
        while not data and (more := read()):
            data = more.lstrip(padding)


class GzipCodec:
    """Gzip; members may follow each other, and zeros the last one.

    >>> import gzip, io
    >>> GzipCodec().open(io.BytesIO(gzip.compress(b"a") + gzip.compress(b"b"))).read()
    b'ab'
    """

    def open(self, stream: BinaryIO) -> BinaryIO:
        """The decompressed bytes; closing them closes *stream*."""
        return stream_of(
            decompressed(stream, "gzip", lambda: Inflater(31), padding=b"\0"), stream.close
        )


class Bzip2Codec:
    """Bzip2; members may follow each other."""

    def open(self, stream: BinaryIO) -> BinaryIO:
        """The decompressed bytes; closing them closes *stream*."""
        return stream_of(decompressed(stream, "bzip2", bz2.BZ2Decompressor), stream.close)


class XzCodec:
    """Xz, and the older ``.lzma``; members may follow each other, and zeros each of them."""

    def open(self, stream: BinaryIO) -> BinaryIO:
        """The decompressed bytes; closing them closes *stream*."""
        return stream_of(decompressed(stream, "xz", _xz_member, padding=b"\0"), stream.close)


def _xz_member() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(memlimit=XZ_MEMORY)

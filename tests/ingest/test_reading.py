"""Transcoding: every byte comes back, and offsets lead to where it was stored."""

from __future__ import annotations

import codecs
import io

import pytest
import xxhash
from hypothesis import example, given
from hypothesis import strategies as st

from logflow.errors import Cancelled
from logflow.ingest import reading
from logflow.ingest.reading import BOMS, Input, Reading
from logflow.ingest.stored import in_stored_bytes
from logflow.interfaces.cancel import CancelToken
from logflow.interfaces.decoder import Chunk, Reject
from logflow.testing import SampleSource

ENCODINGS = ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp1252", "shift_jis", "gb18030"]


def opened(data: bytes, encoding: str, step: int | None = None) -> Reading:
    return Reading(Input(source=SampleSource(data, "x", step), encoding=encoding), CancelToken())


@given(text=st.text(max_size=300), encoding=st.sampled_from(ENCODINGS[:4]), mark=st.booleans())
def test_text_is_unchanged(text: str, encoding: str, mark: bool) -> None:
    bom = next((bom for bom, name in BOMS if name == encoding), b"") if mark else b""
    if not mark and text.startswith("\ufeff"):
        return
    stored = opened(bom + text.encode(encoding), encoding)
    assert stored.open().read().decode() == text
    assert stored.bom_bytes == len(bom)


@given(data=st.binary(max_size=200), encoding=st.sampled_from(ENCODINGS))
def test_no_byte_is_lost_and_bad_ones_stay_bad(data: bytes, encoding: str) -> None:
    stored = opened(data, encoding)
    text = stored.open().read()
    try:
        expected = data[stored.bom_bytes :].decode(encoding)
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            text.decode()
    else:
        assert text.decode() == expected
    if encoding == "utf-8":
        assert text == data[stored.bom_bytes :]
    assert stored.decoded_bytes == len(text)
    assert stored.finish()[0] == len(data)


LINES = {
    "utf-8": "ï €",
    "utf-16-le": "ï € 𝄞",
    "utf-16-be": "ï € 𝄞",
    "utf-32-le": "ï € 𝄞",
    "cp037": "ï",
    "cp1252": "ï €",
    "cp932": "表 ソ ｱ ~ \\",
    "euc_jis_2004": "表 か゚ ｱ",
    "shift_jis_2004": "表 か゚ ｱ",
    "big5hkscs": "許 Ê̄ ê̌",
    "gb18030": "中 𠀀 é",
    "cp949": "똠 방",
    "johab": "똠 방",
    "iso2022_jp_2004": "表 か゚ a",
    "iso2022_kr": "한 a",
    "hz": "中 ~ a",
}
"""Encodings, with characters that they write in one to four bytes, or in another state."""


@st.composite
def stored_lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    encoding = draw(st.sampled_from(sorted(LINES)))
    line = st.lists(st.sampled_from(["", *LINES[encoding].split()]), max_size=6).map("".join)
    return encoding, draw(st.lists(line, min_size=1, max_size=30))


def rejected(number: int, offset: int, text: bytes) -> Reject:
    return Reject(
        record=number, line=None, byte_offset=offset, error_type="x", message="x", raw=text
    )


def as_stored(stored: Reading, lines: list[bytes], start: int = 0) -> list[Reject]:
    """Rejects of all *lines* but the first *start*, as they come from one chunk."""
    offsets = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines) + 1)]
    chunk = Chunk(
        decoder="x",
        source=SampleSource(b""),
        index=0,
        start=offsets[start],
        length=offsets[-1] - 1 - offsets[start],
        records=len(lines),
        first_record=1,
        first_line=1,
        origin=stored.origin(offsets[start], offsets[-1] - 1 - offsets[start]),
    )
    rejects = [rejected(n, offsets[n], lines[n]) for n in range(start, len(lines))]
    return in_stored_bytes(rejects, chunk)


@given(lines=stored_lines(), step=st.sampled_from([1, 2, 5, 100]), data=st.data())
def test_text_and_offsets_are_right_over_any_cut(
    lines: tuple[str, list[str]], step: int, data: st.DataObject
) -> None:
    encoding, texts = lines
    encoder = codecs.getincrementalencoder(encoding)()
    parts = [encoder.encode(text + "\n") for text in texts]
    stored = opened(b"".join(parts), encoding, step)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BLOCK", 7)
        text = stored.open().read()
        assert text.decode() == codecs.decode(b"".join(parts), encoding)
        start = data.draw(st.integers(0, len(texts) - 1))
        found = as_stored(stored, text.split(b"\n")[:-1], start)
    ends = [sum(map(len, parts[:number])) for number in range(len(parts))]
    assert [reject.byte_offset for reject in found] == ends[start:]
    bodies = [reject.raw for reject in found]
    assert all(part.startswith(body) for part, body in zip(parts[start:], bodies, strict=True))


@given(
    lines=st.lists(st.binary(max_size=9).map(lambda b: b.replace(b"\n", b"")), min_size=1),
    encoding=st.sampled_from(["cp1252", "cp932", "euc_jis_2004", "gb18030", "big5hkscs", "cp949"]),
    start=st.integers(0, 9),
)
@example(lines=[b"\x800", b""], encoding="gb18030", start=0)
@example(lines=[b"\x810\r", b""], encoding="gb18030", start=1)
def test_bad_bytes_come_back_as_they_were(lines: list[bytes], encoding: str, start: int) -> None:
    stored = opened(b"\n".join(lines), encoding)
    if stored.bom_bytes:
        return
    texts = stored.open().read().split(b"\n")
    assert len(texts) == len(lines)
    start %= len(lines)
    found = as_stored(stored, texts, start)
    assert [reject.raw for reject in found] == lines[start:]
    offsets = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    assert [reject.byte_offset for reject in found] == offsets[start:]


def test_the_message_names_the_encoding_and_the_stored_byte() -> None:
    stored = opened("é\n".encode("cp1252") + b"ab\x81", "cp1252")
    _, reject = as_stored(stored, stored.open().read().split(b"\n"))
    assert reject.message == "expected cp1252, found byte 0x81 at byte 4"


def test_cancelled_reading_stops() -> None:
    token = CancelToken()
    source = Reading(Input(source=SampleSource(b"x" * 100), encoding="utf-8"), token)
    token.cancel()
    with pytest.raises(Cancelled):
        source.open().read()


def test_binary_formats_get_the_bytes_and_an_account() -> None:
    stored = Reading(Input(source=SampleSource(b"\0\1\2")), CancelToken())
    assert isinstance(stored.open(), io.BytesIO)
    assert stored.decoded_bytes is None
    assert stored.finish() == (3, "xxh3_128:" + xxhash.xxh3_128_hexdigest(b"\0\1\2"))

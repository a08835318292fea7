"""Transcoding: every byte comes back, and offsets lead to where it was stored."""

from __future__ import annotations

import io

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from logflow.errors import Cancelled
from logflow.ingest import reading
from logflow.ingest.reading import BOMS, Input, Reading, transcoded
from logflow.interfaces.cancel import CancelToken
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


@given(
    text=st.text(st.characters(codec="cp1252"), max_size=400),
    encoding=st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "cp1252", "utf-8"]),
    step=st.sampled_from([1, 2, 5, 100]),
    cuts=st.lists(st.integers(0, 400), max_size=5),
)
def test_origins_lead_back(text: str, encoding: str, step: int, cuts: list[int]) -> None:
    text = text.lstrip("\ufeff")
    bom = next((bom for bom, name in BOMS if name == encoding), b"")
    stored = opened(bom + text.encode(encoding), encoding, step)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BLOCK", 7)
        stored.open().read()
        for cut in sorted(min(cut, len(text)) for cut in cuts):
            origin = stored.origin(len(text[:cut].encode()))
            assert origin is not None
            assert origin.start == len(bom) + len(text[:cut].encode(encoding))


def test_bad_bytes_come_back_as_they_were() -> None:
    stored = opened(b"a\x81b", "cp1252")
    text = stored.open().read()
    assert transcoded(text, "cp1252") == b"a\x81b"


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

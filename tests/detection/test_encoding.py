"""Which encoding text is in: whatever is named, the text must be read as it was written."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logflow.detection.encoding import as_utf8, find_encoding
from logflow.detection.plausibility import oddness

TEXTS = {
    "cs": "jméno;město\nJiří Dvořák;Plzeň\nŽofie Šťastná;České Budějovice\nLukáš Kříž;Třebíč\n",
    "de": "Name;Straße;Ort\nJürgen Müller;Königsallee 7;Düsseldorf\nGrete Weiß;Hauptstraße;Köln\n",
    "el": "Όνομα;Πόλη\nΓιώργος Παπαδόπουλος;Αθήνα\nΜαρία Νικολάου;Θεσσαλονίκη\nΕλένη;Πάτρα\n",
    "es": "nombre,ciudad\nJosé Muñoz,Córdoba\nÁngela Peña,Málaga\n¿Quién?,¡Aquí está!\n",
    "fr": "Prénom;Ville;Note\nRené;Orléans;élève très doué\nHélène;Nîmes;où êtes-vous ?\n",
    "he": "שם,עיר,הערה\nדוד כהן,ירושלים,לקוח ותיק\nשרה לוי,תל אביב,שילמה את החשבון\n",
    "hu": "név;város\nKőszegi Ödön;Győr\nSzűcs Ágnes;Székesfehérvár\nTűzoltó utca;Ősz\n",
    "ja": "番号,名前,住所\n1,山田太郎,東京都渋谷区\n2,すずき花子,大阪市きた区\n3,テスト\n",
    "ko": "이름,주소,비고\n김철수,서울특별시 강남구,오래된 고객\n이영희,부산,주문을 취소함\n",
    "pl": "imię;miasto\nŁukasz Wiśniewski;Łódź\nMałgorzata Źrebiec;Gdańsk\nJózef;Częstochowa\n",
    "ru": "имя;город;примечание\nИван Петров;Москва;постоянный клиент\nОльга;Казань;отказалась\n",
    "th": "ชื่อ,เมือง\nสมชาย ใจดี,กรุงเทพมหานคร\nสมหญิง รักไทย,เชียงใหม่\nวิชัย,ขอนแก่น\n",
    "tr": "isim;şehir\nAyşe Yıldız;İstanbul\nÇağrı Gündoğdu;Eskişehir\nİbrahim Şahin;Muğla\n",
    "zh": "编号,姓名,地址\n1,张伟,北京市朝阳区\n2,王芳,上海市浦东新区\n3,李娜广州市天河区的公司\n",
    "zh-tw": "編號,姓名,地址\n1,陳志明,臺北市大安區\n2,林淑芬,高雄市的公司\n3,黃小姐,請簽名\n",
}
"""Tables as people have them, short, with little but names in them."""

STORED = {
    "cs": ("cp1250", "iso8859_2", "cp852"),
    "de": ("cp1252", "iso8859_1", "cp850", "cp037", "mac_roman"),
    "el": ("cp1253", "iso8859_7"),
    "es": ("cp1252", "iso8859_15", "cp850"),
    "fr": ("cp1252", "cp850", "mac_roman"),
    "he": ("cp1255", "iso8859_8"),
    "hu": ("cp1250", "iso8859_2"),
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
    "ko": ("cp949", "euc_kr", "johab", "iso2022_kr"),
    "pl": ("cp1250", "iso8859_2"),
    "ru": ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic"),
    "th": ("cp874", "tis_620"),
    "tr": ("cp1254", "iso8859_9"),
    "zh": ("gb18030", "gbk", "gb2312", "hz"),
    "zh-tw": ("big5", "cp950"),
}
"""The encodings that each language is met in, beside those of Unicode."""

UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")


def read(data: bytes) -> str | None:
    found = find_encoding(data, complete=True)
    return found and as_utf8(data, found.name, complete=True).decode()


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("encoding", UNICODE)
def test_unicode_is_read_as_written(language: str, encoding: str) -> None:
    assert read(TEXTS[language].encode(encoding)) == TEXTS[language]


@pytest.mark.parametrize(
    ("language", "encoding"), [(each, name) for each in STORED for name in STORED[each]]
)
def test_letters_tell_the_encoding(language: str, encoding: str) -> None:
    assert read(TEXTS[language].encode(encoding)) == TEXTS[language]


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "utf-8", "ASCII"),
        (b"a,b\n1,2\n", "utf-8", "ASCII"),
        ("naïve".encode(), "utf-8", "well-formed UTF-8"),
        (codecs.BOM_UTF8 + b"\xff", "utf-8", "byte-order mark efbbbf"),
        (codecs.BOM_UTF16_LE + b"a\0", "utf-16-le", "byte-order mark fffe"),
        (codecs.BOM_UTF32_LE + b"a\0\0\0", "utf-32-le", "byte-order mark fffe0000"),
        (b"\x84\x31\x95\x33\xc4\xe3", "gb18030", "byte-order mark 84319533"),
        (b"a\x1b$B;3ED\x1b(B", "iso2022_jp", "escape sequence at byte 1"),
        (b"price ~{<[email protected]~} ok", "utf-8", "ASCII"),
        (b"~{not hz~} {~}", "utf-8", "ASCII"),
        (b"\x1b[31mred\x1b[0m", "utf-8", "ASCII"),
        ("äöü".encode() * 9 + b"\xff", "utf-8", "27 characters are UTF-8 and 1 bytes are not"),
        (b"a\0b,c\n" + b"x" * 200, "utf-8", "a few zero bytes"),
        (b"a,b\n1,\xc3\xa9\n0\0,x\n", "utf-8", "a few zero bytes"),
        ("é".encode("cp1252"), None, "byte 0 is not UTF-8"),
        (b"a,\xff\n" * 99, "utf-8", "all bytes are ASCII but for some 0xff, the first at 2"),
    ],
)
def test_what_the_bytes_prove(data: bytes, name: str | None, reason: str) -> None:
    found = find_encoding(data, complete=True)
    assert found is not None
    assert found.name == (name or found.name)
    assert reason in found.reason


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 4,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\6\0\0\0\\r\xa8f" * 3,
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xdb\0C\0\x08\6\6\7\6\5\x08",
        b"\0" * 100,
        "a,b\n1,é\n\x19\0,x\n".encode(),
    ],
)
def test_binary_data_has_no_encoding(data: bytes) -> None:
    assert find_encoding(data, complete=True) is None


@pytest.mark.parametrize(("language", "encoding"), [("ja", "cp932"), ("ko", "cp949")])
def test_a_damaged_character_does_not_change_the_encoding(language: str, encoding: str) -> None:
    data = TEXTS[language].encode(encoding) * 4
    at = data.rindex(b",")
    damaged = data[:at] + b"\x81" + data[at:]
    found = find_encoding(damaged, complete=True)
    assert found is not None
    assert found.name == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp932", "gb18030", "euc_kr"])
@pytest.mark.parametrize("cut", range(1, 5))
def test_a_head_may_end_within_a_character(encoding: str, cut: int) -> None:
    text = {"cp932": TEXTS["ja"], "euc_kr": TEXTS["ko"]}.get(encoding, TEXTS["zh"])
    head = text.encode(encoding)[:-cut]
    found = find_encoding(head, complete=False)
    assert found is not None
    assert text.startswith(as_utf8(head, found.name, complete=False).decode())


def test_a_superset_is_named_and_an_equal_variant_is_not() -> None:
    names = [find_encoding(TEXTS[k].encode(e), complete=True) for k, e in [("de", "latin1")]]
    assert [each and each.name for each in names] == ["cp1252"]


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_have_an_encoding_that_reads_them_or_none(data: bytes, complete: bool) -> None:
    found = find_encoding(data, complete=complete)
    if found is not None:
        assert codecs.lookup(found.name)
        assert 0.0 <= found.score <= 1.0
        as_utf8(data, found.name, complete=complete)


@pytest.mark.parametrize("language", TEXTS)
def test_text_is_not_odd(language: str) -> None:
    assert oddness(TEXTS[language]) < 0.05


@pytest.mark.parametrize(
    ("language", "stored", "read"),
    [
        ("de", "utf-8", "cp1252"),
        ("ru", "cp1251", "cp866"),
        ("ru", "cp1251", "mac_roman"),
        ("el", "cp1253", "cp437"),
        ("ja", "cp932", "cp1252"),
        ("zh", "gb18030", "big5"),
        ("pl", "cp852", "cp1250"),
    ],
)
def test_text_in_the_wrong_encoding_is_odd(language: str, stored: str, read: str) -> None:
    assert oddness(TEXTS[language].encode(stored).decode(read, "logflow.keep")) > 0.05


@pytest.mark.parametrize(
    ("declared", "stored", "text", "expected"),
    [
        ("ISO-8859-1", "cp1252", "é", "cp1252"),
        ("iso-8859-2", "iso8859_2", "š", "iso8859-2"),
        ("windows-1251", "cp1251", "Щ", "cp1251"),
        ("KOI8-U", "koi8_u", "ґ", "koi8-u"),
        ("Shift_JIS", "cp932", "ソ", "cp932"),
        ("latin-1", "utf-8", "Grüße", "utf-8"),
        ("latin-1", "ascii", "x", "utf-8"),
    ],
)
def test_documents_of_xml_say_what_they_are_in(
    declared: str, stored: str, text: str, expected: str
) -> None:
    data = f"<?xml version='1.0' encoding='{declared}'?>\n<a>{text}</a>".encode(stored)
    found = find_encoding(data, complete=True)
    assert found is not None
    assert found.name == expected


@pytest.mark.parametrize("declared", ["UTF-8", "utf-16", "cp037", "rot13", "no-such", "cp932"])
def test_what_documents_say_has_to_be_true(declared: str) -> None:
    data = f"<?xml version='1.0' encoding='{declared}'?>\n<a>Grüße</a>".encode("cp1252")
    found = find_encoding(data, complete=True)
    assert found is not None
    assert not found.reason.startswith("the document says")

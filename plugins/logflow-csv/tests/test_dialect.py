"""Which dialect is found, and that what is given is not questioned."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logflow_csv.decoder import CsvDecoder
from logflow_csv.dialect import CsvDialect, find_dialect
from logflow_csv.options import CsvOptions
from logflow_csv.table import PRIOR

from logflow.errors import OptionError
from logflow.options import DecodeOptions, build
from logflow.testing import SampleSource


def find(data: bytes, **options: Any) -> CsvDialect:
    found = find_dialect(data, build(CsvOptions, options), complete=True)
    assert found is not None
    return found


def numbered(row: str, rows: int = 5) -> bytes:
    return "".join(row.replace("#", str(i)) for i in range(rows)).encode()


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("delimiter", list(PRIOR))
def test_delimiters_and_quotes(delimiter: str, quote: str) -> None:
    rows = numbered(f"#,1.#,{quote}x, y{quote},2\n")
    found = find((b"n,v,t,w\n" + rows).replace(b",", delimiter.encode()))
    assert (found.delimiter, found.quote, found.columns) == (delimiter, quote, 4)
    assert found.names == ("n", "v", "t", "w")


@pytest.mark.parametrize(
    ("data", "delimiter", "columns"),
    [
        # one column: nothing is gained by dividing it
        (b"c0\nv0\na;b\n", ",", 1),
        (b"c0\nv0\na;b\nc;d\n", ",", 1),
        (b"t\n12:30\n13:45\n", ",", 1),
        (b"2020-01-01 10:00\n2020-01-02 11:00\n", ",", 1),
        (b"https://a.example/x\nhttps://b.example/y\n", ",", 1),
        (b"New York\nLos Angeles\nParis\n", ",", 1),
        (b"day\n" + b"Jul 31, 2017\nAug 01, 2012\n" * 3, "\x1f", 1),
        # one column with commas in it is divided at what it does not have
        (b"name\nSmith, John\nDoe, Jane\n", "\x1f", 1),
        (b"v\n1,5\n2,75\n", "\x1f", 1),
        # the other delimiter is inside of values
        (b"name;amount\na;1.299,99\nb;12,50\n", ";", 2),
        (b"t;x\n1,5;2,5\n2,5;3,5\n", ";", 2),
        (b"at,what\n12:30:45,a\n13:30:45,b\n", ",", 2),
        (b"a,b\n2020-01-01 10:00,x y\n2020-01-02 10:00,y z\n", ",", 2),
        (b"who;what\nSmith, John;12\nDoe, Jane;13\n", ";", 2),
        (b'k,v\n1,"{""a"": [1, 2]}"\n2,"{""b"": 3}"\n', ",", 2),
        # rare delimiters, as many in every record
        (b"ab*1*Roe, Jo\nef*2*Doe, Al\nij*3*Poe, Ed\n" * 2, "*", 3),
        (b"root:x:0:/root\ndaemon:x:1:/usr/sbin\nbin:x:2:/bin\nsys:x:3:/dev\n", ":", 4),
        (b"host=a\nport=8080\nuser=b\n", "=", 2),
        (b"name: a\nversion: 1.2\nauthor: b\n", ":", 2),
        (b"a#1\n" * 9, "#", 2),
        # which are text where they are not, or where they make times and addresses
        (b"C# is\nsharp #1\nlanguage\nof its own\n", ",", 1),
        (b"From 12:30\nat 13:30\nand 14:00 or so\n", ",", 1),
        (b"Ada Lovelace\nAlan Turing\nGrace Hopper\n" * 9, ",", 1),
        # records of many widths
        (b"citrus,bread,soap\nyogurt,coffee\nmilk\nfruit,cream,cheese,meat\nsoap,milk\n", ",", 2),
        (b"id\ta\tb\tc\nx\t1\ty\nz\t2\nw\n", "\t", 4),
        (b"Once, upon a time.\nHe had a castle, a dragon, and cats.\nThe end.\n", "\x1f", 1),
        # one column of short records would be a column of delimiters
        (b"a,b,c\n1,cat\ndog,c\n3,b,c\n", ",", 3),
        # text cut at its apostrophes
        (b"id,name\n1,'Na, m'\n2,'Oh, p'\n3,'Qu, r'\n", ",", 2),
        # few records of another width do not change it
        (b"a,b\n1,2\n3\n", ",", 2),
        (b"a|b|c\n1|2|3\n1|2\n4|5|6\n", "|", 3),
        # nor do lists in a column, or notes
        (b"id;list\n" + b"1;a,b,c\n" * 9, ";", 2),
        (b"a,b,c\n1,2,3\n4,5,6\n\nNotes\nThe first is new, so to say.\nRounded.\n", ",", 3),
    ],
)
def test_delimiters_inside_of_values(data: bytes, delimiter: str, columns: int) -> None:
    found = find(data)
    assert (found.delimiter, found.columns, found.skip_lines) == (delimiter, columns, 0)


@pytest.mark.parametrize(
    ("data", "delimiter", "merged", "columns"),
    [
        (b"a||b\n1||2\n3||\n||5|6\n", "||", False, 2),
        (b"id::at\n1::12:30:00\n2::12:45:00\n", "::", False, 2),
        (b'a|~|b|~|c\n1|~|"x|~|y"|~|3\n4|~|5|~|\n', "|~|", False, 3),
        (b"a\t|b\t|c\n1\t|2\t|3\n", "\t|", False, 3),
        (b"  x     y\n  1   2.5\n 10  13.5\n", " ", True, 2),
        (b"code    town\nAB-1    Aarau\nCD-22   Bern\nEF-333  Chur\n" * 2, " ", True, 2),
        (b"1::A (1995)::x\n2::B (1996)::y\n", "::", False, 3),
        # these are single ones
        (b"a,,b\n1,,2\n3,,4\n", ",", False, 3),
        (b"a||b\n1|x|2\n3|y|4\n", "|", False, 3),
        (b"a;|b;c\n1;2;3\n4;5;6\n", ";", False, 3),
        (b"a b\n1 2\n3 4\n", " ", False, 2),
        (b"a, b\n1, 2\n3, 4\n", ",", False, 2),
        (b"It was.  So it is.\nAnd  this is  text.\nNo more.\n", ",", False, 1),
    ],
)
def test_long_and_merged_delimiters(
    data: bytes, delimiter: str, merged: bool, columns: int
) -> None:
    found = find(data)
    assert (found.delimiter, found.merge_runs) == (delimiter, merged)
    assert found.columns == columns


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'a,b\n"x \\" y",1\n"z",2\n', {"escape": "\\"}),
        (b'a,b\n"x "" y",1\n"z",2\n', {"escape": None}),
        (b'a,b\n"C:\\",1\n"D:\\",2\n', {"escape": None}),
        # outside of quotes; a path that ends with one is none
        (b"a,b\n1,x\\, y\n2,z\n3,w\\, v\n", {"escape": "\\", "columns": 2}),
        (b"a,b,c\n1,C:\\x\\,5\n2,D:\\y\\,6\n", {"escape": None, "columns": 3}),
        (b'a,b\n1, "x, y"\n2, "z"\n', {"skip_spaces": True}),
        (b'a,b\n1,5" pipe\n2,6" pipe\n3,x\n', {"quote": None}),
        (b"a,b\n1,it's\n2,'tis\n", {"quote": '"'}),
        (b"a,b\n1,2\n#x\n3,4\n", {"comment": "#"}),
        (b"a,b\n1,2\n#3,4\n5,6\n", {"comment": None}),
        (b"#a,b\n1,2\n3,4\n", {"comment": None, "names": ("#a", "b")}),
        (b"~01~^~a, b~^1.5\n~02~^~c^d~^2.5\n", {"delimiter": "^", "quote": "~", "columns": 3}),
        # what Excel is told in the first line
        (b"sep=;\na;b\n1;2\n", {"delimiter": ";", "skip_lines": 1, "names": ("a", "b")}),
        (b'"SEP=*"\r\n1,2*3\r\n', {"delimiter": "*", "skip_lines": 1, "columns": 2}),
        (b"sep=x\n1\n", {"delimiter": ",", "skip_lines": 0}),
        (b"# by x\na,b\n1,2\n3,4\n", {"comment": None, "skip_lines": 1}),
        # remarks, titles and notes that outnumber the rows
        (
            b"Of\nus\n\n# c\ni,n,p\n1,a,1.5\n# c\n2,b,2.5\n# c\nTotal,,4.0 of all\n(end)\n",
            {"comment": "#", "skip_lines": 4, "names": ("i", "n", "p")},
        ),
        (b"# a\nb\n# c\nd\n# e\n", {"comment": None, "columns": 1}),
        # tildes as quotes are no parts of a delimiter
        (b"~a~,~b~,~c~\n~0~,~x, y~,~1~\n~1~,~z, w~,~2~\n", {"delimiter": ",", "quote": "~"}),
        (b"a,b\r\n1,2\r\n", {"newline": "\r\n"}),
        (b"a,b\r1,2\r", {"newline": "\r"}),
    ],
)
def test_the_rest_of_a_dialect(data: bytes, expected: dict[str, Any]) -> None:
    found = find(data)
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (b"a,b\n1,2\n", True),
        (b"1,2\n3,4\n", False),
        (b"name,city\nAda,London\nBob,Paris\n", True),
        (b"Alice,30\nBob,25\n", False),
        (b"Ada,London\nBob,Paris\nAda,Paris\nBob,London\n", False),
        (b"country,2019,2020\nDE,1.5,2.5\nFR,1.5,3.5\n", True),
        (b"country,year\nDE,2019\nFR,2020\n", True),
        (b"DE,2019\nFR,2020\n", False),
        (b",a,b\n0,1,2\n1,3,4\n", True),
        (b",,\n0,1,2\n1,3,4\n", False),
        (b"country,1/22/20,1/23/20\nDE,1,2\nFR,3,4\n", True),
        (b"a,b,c\n", True),
        (b"1,2,3\n", False),
        (b"2020-01-01,1\n2020-01-02,2\n", False),
        (b"0,1,2\n0.5,x,y\n1.5,z,w\n", True),
        (b",0,1,2\na,1.5,2.5,3.5\nb,1.5,2.5,3.5\n", True),
        (b"1,2,3\n3,4,5\n5,6,7\n", False),
        (b"who,1,2,3,4,5,6\na,0,1,1,0,0,1\nb,1,1,0,0,1,0\n", True),
        (b"1,2,3,4,5,6\n1,2,3,4,5,6\n1,2,3,4,5,6\n", False),
        # text over text: signs that all values have, order, sentences
        (b"AB-1,x/y\nCD-2,z/w\nEF-3,u/v\nGH-4,s/t\n", False),
        (b"code,path\nCD-2,z/w\nEF-3,u/v\nGH-4,s/t\n", True),
        (b"1.2.3.4\n5.6.7.8\n9.8.7.6\n", False),
        (b"Alabama\nAlaska\nArizona\nOhio\n", False),
        (b"state\nAlabama\nAlaska\nArizona\n", True),
        (b"state,abbr\nAlabama,AL\nAlaska,AK\nArizona,AZ\n", True),
        (b"What is the first?,one\nWhat is the next one?,two\nSo, and then?,three\n", False),
    ],
)
def test_headers(data: bytes, header: bool) -> None:
    assert find(data).header is header


@pytest.mark.parametrize(
    ("head", "lines", "names"),
    [
        # groups above names, units beneath them, both
        (b"id,size,\n,w,h\n", 2, ("id", "size w", "size h")),
        (b"t,p,q\ns,Pa,m\n", 2, ("t s", "p Pa", "q m")),
        (b"when,air,\n,p,q\ns,Pa,m\n", 3, ("when s", "air p Pa", "air q m")),
        # an empty record, and a line end in a name
        (b"t,flow,\n,,\n,in,out\n", 3, ("t", "flow in", "flow out")),
        (b'"t\nat",p,q\ns,Pa,m\n', 3, ("t\nat s", "p Pa", "q m")),
        # text that is no name
        (b"t,p,q\nx,,\n", 1, "tpq"),
        (b"t,p,q\n1,Pa,m\n", 1, "tpq"),
    ],
)
def test_headers_of_several_records(head: bytes, lines: int, names: str | tuple[str, ...]) -> None:
    found = find(head + numbered("#,1.#,2#\n", rows=20))
    assert (found.header, found.header_lines, found.names) == (True, lines, tuple(names))


@pytest.mark.parametrize(
    ("head", "names"),
    [
        # a name less, or more, than there are columns
        (b"t,p\n", ("t", "p", "column_3")),
        (b"t,p,,q\n", ("t", "p", "q")),
        # quotes that are wrong, another delimiter
        (b'"t,p,q\n', ('"t', "p", "q")),
        (b't,p"x",q\n', ("t", 'p"x"', "q")),
        (b't,"p,q\n', ("t", '"p', "q")),
        (b't;p;"q, w"\n', ("t", "p", "q, w")),
        (b"t p q\n", ("t", "p", "q")),
        (b'"t","2019","x" \n', ("t", "2019", "x")),
    ],
)
def test_damaged_headers(head: bytes, names: tuple[str, ...]) -> None:
    found = find(head + numbered("7,1.#,x\n"))
    assert (found.header, found.skip_lines, found.names) == (True, 0, names)


@pytest.mark.parametrize(
    ("head", "row", "names"),
    [
        (b"x y\n", "a# 1.# 2\n", ("column_1", "x", "y")),
        (b'"x" "y"\n', '"a#" 1.# z\n', ("column_1", "x", "y")),
        (b"x y\n", "same 1.# 2\n", ("x", "y", "column_3")),
        (b"x,y\n", "a#,1.#,\n", ("x", "y", "column_3")),
    ],
)
def test_names_of_rows(head: bytes, row: str, names: tuple[str, ...]) -> None:
    assert find(head + numbered(row)).names == names


def test_names_as_the_header_spells_them() -> None:
    assert find(b" a ,a,\n1,2,3\n4,5,6\n").written == (" a ", "a", "")
    assert find(b"1,2\n3,4\n").written == ()


@pytest.mark.parametrize(
    ("data", "skipped", "names"),
    [
        (b"Report\n\na,b,c\n1,2,3\n4,5,6\n", 2, "abc"),
        (b"Report\nof today\na,b,c\n1,2,3\n4,5,6\n", 2, "abc"),
        (b"Report\n\na,b\n1,2\n3,4\n", 2, "ab"),
        (b"Report,,\n,,\na,b,c\n1,2,3\n4,5,6\n", 2, "abc"),
        (b"Report,\n,\na,b\n1,2\n3,4\n", 2, "ab"),
        (b"by: me, today\na,b,c\n1,2,3\n4,5,6\n7,8,9\n", 1, "abc"),
        (b"by me, today, at home\na,b\n1,2\n3,4\n", 1, "ab"),
        (b"by,me\nat,home\n\na,b,c\n1,2,3\n4,5,6\n7,8,9\n", 3, "abc"),
        (b"# by me, today\n# at home, too\na,b\n1,2\n3,4\n", 2, "ab"),
        (b"# by me, today\na,b\n1,2\n3,4\n", 1, "ab"),
        (b"Things by place, 2010\na,b\n1,2\n3,4\n", 1, "ab"),
        (b"a, b\n1, 2\n3, 4\n", 0, "ab"),
        (b"a, b\nx, y\nz, w\n", 0, "ab"),
        (b"# by me, today\n#a,b\n1,2\n3,4\n", 1, ("#a", "b")),
        (b"of:;x\nby:;y\n;;;;\n;a;b;c;d\n" + b"x;1;2;3;4\n" * 9, 3, ("column_1", *"abcd")),
        (b"% by me\n% at home\n1,2,3\n4,5,6\n7,8,9\n", 2, ("column_1", "column_2", "column_3")),
        (b"Things\n\n1,x,3\n4,y,6\n7,z,9\n", 2, ("column_1", "column_2", "column_3")),
        (b"Some things\nof today\n1,x,3\n4,y,6\n7,z,9\n", 2, ("column_1", "column_2", "column_3")),
        # rows of another width are rows
        (b"a,b,c,d\ne,f,g\nh\ni,j,k,l\nm,n\n", 0, ("a", "b", "c", "d")),
        (b"a,b\n1,2\n3,4\n" + b"5,6,7\n" * 9, 0, ("a", "b", "column_3")),
        (b"a,b\n" + b"5,6,7\n" * 9, 0, ("a", "b", "column_3")),
        (b"a,b,c\n" + b"5,6\n" * 9, 0, ("a", "b", "c")),
    ],
)
def test_preambles(data: bytes, skipped: int, names: str | tuple[str, ...]) -> None:
    found = find(data)
    assert found.skip_lines == skipped
    assert found.names == tuple(names)


YEARS = b'"Source","Bank",\n\n"Updated","2016",\n\n"Country","Code","1960","1961",\n'
PAIRS = b"Name,Station\nLat,52.1\nLon,13.4\nDate,T,RH\n"


@pytest.mark.parametrize(
    ("data", "skipped", "first"),
    [
        (b",,,\n,,,\nName,At,Of,Sum\n" + numbered("A#,B,C,#\n"), 2, "Name"),
        (YEARS + numbered('"C#","CC","#.5","",\n', 9), 4, "Country"),
        (PAIRS + numbered("2011-01-0#,#.5,8#\n", 9), 3, "Date"),
        (b"By:,A\nNo.,B1\nAt,2019-05-06\n\nLength,Abs\n" + numbered("80#,0.1#\n", 9), 4, "Length"),
        (b"By,A\nNo.,B1\nAt,C\nLength,Abs\n" + numbered("80#,0.1#\n", 9), 0, "By"),
        (b"By,At\n1,B1\n\nLength,Abs\n" + numbered("80#,0.1#\n", 9), 0, "By"),
        (b"By,At\nx,B1\n\ny,Abs\n" + numbered("z#,0.1#\n", 9), 0, "By"),
        (b"id,1,2,3\n" + numbered("a#,0.1#,0.2#,0.3#\n"), 0, "id"),
    ],
)
def test_headers_beneath_what_looks_like_records(data: bytes, skipped: int, first: str) -> None:
    found = find(data)
    assert (found.skip_lines, found.header, found.names[0]) == (skipped, True, first)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"delimiter": ";"}, {"delimiter": ";", "columns": 1}),
        ({"delimiter": "tab"}, {"delimiter": "\t", "columns": 1}),
        ({"delimiter": ",2\u00ac"}, {"delimiter": ",2\u00ac", "columns": 1}),
        ({"delimiter": ",", "merge_runs": True}, {"merge_runs": True, "columns": 2}),
        ({"quote": "none"}, {"quote": None}),
        ({"quote": ""}, {"quote": None}),
        ({"quote": "'", "escape": "\\"}, {"quote": "'", "escape": "\\"}),
        ({"comment": "//"}, {"comment": "//"}),
        ({"header": "no"}, {"header": False, "names": ("column_1", "column_2")}),
        ({"header": False, "names": "x,y"}, {"header": False, "names": ("x", "y")}),
        ({"names": "x,y"}, {"header": True, "names": ("x", "y")}),
        ({"names": "x"}, {"names": ("x", "column_2"), "columns": 2}),
        ({"skip_lines": 1}, {"skip_lines": 1, "header": False}),
        ({"skip_lines": 9}, {"skip_lines": 3, "columns": 0}),
        ({"skip_spaces": True}, {"skip_spaces": True}),
    ],
)
def test_what_is_given_is_not_questioned(options: dict[str, Any], expected: dict[str, Any]) -> None:
    found = find(b"a,b\n1,2\n3,4\n", **options)
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"delimiter": "|\r"},
            "'delimiter' is '|\\r'; expected one character or several that are no word",
        ),
        ({"delimiter": "semicoln"}, "'delimiter' is 'semicoln'; expected one character or several"),
        ({"quote": "||"}, "'quote' is '||'; expected one ASCII character, or one of comma"),
        ({"delimiter": "none"}, "a delimiter is needed"),
        ({"delimiter": "\n"}, "expected one character or several that are no word"),
        ({"quote": "«"}, "expected one ASCII character"),
        ({"delimiter": ";", "quote": ";"}, "have to differ"),
        ({"delimiter": "|'|", "quote": "'"}, "have to differ"),
        ({"delimiter": "\\", "escape": "\\"}, "have to differ"),
        ({"comment": "é"}, "comment is 'é'; expected ASCII"),
        ({"skip_lines": -1}, "at least 0"),
        ({"delimeter": ";"}, "did you mean 'delimiter'"),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=re.escape(message)):
        build(CsvOptions, options)


def test_nothing_is_skipped_where_that_is_given() -> None:
    data = b"Report,,\n,,\na,b,c\n1,2,3\n4,5,6\n"
    assert find(data, skip_lines=0).skip_lines == 0
    assert find(b"\nx\n" + data, skip_lines=2).skip_lines == 2


def test_reasons_say_what_decided() -> None:
    found = find(b"Title\n\na;b\n1;x\n# c\n2;y\n3;z\n")
    assert found.reasons == (
        "semicolon (score 0.33): 4 of 5 records have 2 fields",
        "instead of one column (score 0.05): 6 of 6 records have 1 field",
        "confidence 0.86: the next best has score 0.05; --delimiter overrules",
        "cells: 50% number, 50% text",
        "skipped lines before the table: 2, with 'Title' "
        "(no rows of the table; --skip-lines 0 keeps them)",
        "comments: lines that start with '#' are no rows; --comment none keeps them",
        "header: the first record is text over columns that are not",
    )
    assert "as given" in find(b"a;b\n", delimiter=",").reasons[0]


@pytest.mark.parametrize(
    ("data", "doubt"),
    [
        (b"a;b\n1;2\n3;4\n", None),
        (b"name\nSmith, John\nDoe, Jane\n", None),
        (
            numbered("a#: 7#\n", 9),
            "colon between 2 columns, with confidence 0.53; --delimiter overrules",
        ),
    ],
)
def test_what_is_little_more_than_a_guess_is_told(data: bytes, doubt: str | None) -> None:
    assert find(data).doubt == doubt
    assert find(data, delimiter=";").doubt is None


def test_a_head_too_short_has_no_dialect() -> None:
    assert find_dialect(b"a,b", CsvOptions(), complete=False) is None
    assert find_dialect(b"", CsvOptions(), complete=False) is None


def test_the_decoder_tells_its_dialect() -> None:
    source = SampleSource(b"a;b\n1;2\n", step=1)
    found = CsvDecoder().dialect(source, DecodeOptions())
    assert (found.delimiter, found.names) == (";", ("a", "b"))


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_have_a_dialect(data: bytes, complete: bool) -> None:
    found = find_dialect(data, CsvOptions(), complete=complete)
    assert found is not None or not complete
    if found:
        assert len(found.names) >= found.columns
        assert len(set(found.names)) == len(found.names)


@given(st.text(alphabet="a1,;\t| \"'\\#\n", max_size=60))
def test_delimiters_in_any_order_have_a_dialect(text: str) -> None:
    assert find(text.encode()).reasons

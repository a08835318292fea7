from logflow.testing import DecoderConformance


class TestLtsv(DecoderConformance):
    name = "ltsv"
    valid = {
        "two records": (
            b"host:a\tcode:200\nhost:b\tcode:404\n",
            [{"host": "a", "code": 200}, {"host": "b", "code": 404}],
        ),
        "labels that come and go": (
            b"a:1\tb:x\na:2\tc:\xc3\xa9\n",
            [{"a": 1, "b": "x", "c": None}, {"a": 2, "b": None, "c": "é"}],
        ),
        "blank lines": (b"\na:1\tb:2\n\n", [{"a": 1, "b": 2}]),
    }
    broken = {
        "no label": b"a:1\tb:2\na:1\tb\n",
        "a label twice": b"a:1\ta:2\n",
        "a bad byte": "a:éé\tb:éé".encode() + b"\xff\n",
    }
    not_mine = [b"", b"PK\x03\x04", b'{"a": 1}\n', b"time,host\n1,2\n", b"<log/>"]

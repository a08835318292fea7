"""Formats of nginx and Apache: what they say of lines."""

from __future__ import annotations

import time
from typing import Any

import pytest

import logflow
from logflow.errors import OptionError
from logflow_ext import is_pure

COMMON = '%h %l %u %t "%r" %>s %b'
LINE = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a\\"b HTTP/1.0" 200 2326'
NGINX = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'


@pytest.mark.parametrize(
    ("form", "line", "expected"),
    [
        (
            COMMON,
            LINE,
            {
                "client": "127.0.0.1",
                "user": "frank",
                "timestamp": "2000-10-10 20:55:36",
                "request": 'GET /a\\"b HTTP/1.0',
                "status": 200,
                "bytes": 2326,
            },
        ),
        (
            NGINX + ' "$http_x_forwarded_for" rt=$request_time ${upstream}s',
            LINE + ' "10.0.0.1, ::1" rt=0.25 0.125s',
            {
                "client": "127.0.0.1",
                "user": "frank",
                "timestamp": "2000-10-10 20:55:36",
                "request": 'GET /a\\"b HTTP/1.0',
                "status": 200,
                "bytes": 2326,
                "x_forwarded_for": "10.0.0.1, ::1",
                "request_time": 0.25,
                "upstream": 0.125,
            },
        ),
        (
            '%{X-Real-IP}i %D %{id}C "%{User-Agent}i" 100%% %v',
            'a 12 - "b c" 100% example.org',
            {"x_real_ip": "a", "duration_us": 12, "user_agent": "b c", "vhost": "example.org"},
        ),
        ("$msec|$msec", "1700000000.5|1700000001", {"timestamp": "2023-11-14 22:13:20.500000"}),
        (
            r"(?P<timestamp>\S+ \S+) (?:(?i:(?P<level>warn|info)) )?(?P<message>.*)",
            "2026-03-01 09:00:00,5 Warn é\n\tat x",
            {"timestamp": "2026-03-01 09:00:00.500000", "level": "Warn", "message": "é\n\tat x"},
        ),
        ("[$time_iso8601] $a", "[2026-03-01T09:00:00+01:00] x y", {"a": "x y"}),
    ],
)
def test_lines(form: str, line: str, expected: dict[str, Any]) -> None:
    data = f"{line}\n".encode() * 2
    table = logflow.read(data, format="logs", log_format=form).read_all()
    row = table.to_pylist()[0]
    shown = {k: str(row[k].replace(tzinfo=None)) if k == "timestamp" else row[k] for k in expected}
    assert shown == expected
    assert table.num_rows == 2


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("$", "no fields"),
        ("$a$b", "nothing stands between a and b"),
        ("%h%u", "nothing stands between client and user"),
        ("%z", "the directive %z is not known"),
        ("(?P<a>x", "missing \\)"),
        ("(?P<a>x)(y)", "groups without a name"),
        ("(?P<a>x)(?=y)", "look-ahead"),
    ],
)
def test_what_is_no_format_is_an_error(form: str, reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        logflow.read(b"x\n", format="logs", log_format=form).read_all()


def test_lines_take_time_by_their_length() -> None:
    """Also where a pattern is a bomb for machines that go back without a memory."""
    forms = [" ".join(f"$a{number}" for number in range(40)) + " end", r"(?P<a>(?:x+x+)+)y"]
    if not is_pure():
        forms += [r"(?P<a>(?:.*){3}) end", r"(?P<a>(?:[^ ]|x)*)y"]
    data = (
        b"x " * 200_000 + b"\n" + b'"' * 200_000 + b"\n" + b"x" * 25 * (1 + 999 * (not is_pure()))
    )
    start = time.monotonic()
    for form in forms:
        found = logflow.read(data, format="logs", log_format=form, unmatched="message").read_all()
        assert found.num_rows == 3
    assert time.monotonic() - start < 60


def test_lines_of_another_form_are_rejects() -> None:
    data = f"{LINE}\nnonsense\n{LINE}\n".encode()
    options = {"format": "logs", "log_format": COMMON, "unmatched": "reject"}
    assert logflow.read(data, errors="permissive", **options).read_all().num_rows == 2

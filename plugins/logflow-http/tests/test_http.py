"""A server on this machine that does what servers do: the right data, or a clear error."""

from __future__ import annotations

import gc
import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from logflow_http.settings import Settings
from logflow_http.source import HttpSource

import logflow
from logflow.errors import LimitError, LogflowError, OptionError, SourceNotFoundError, StorageError
from logflow.testing import SourceConformance

DATA = b"".join(b"%d,%d\n" % (i, i * i) for i in range(200_000))
ETAG = '"v1"'
QUICK = Settings(timeout=1.0)

Answer = Callable[[BaseHTTPRequestHandler, int], None]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("logflow_http.source.BACK_OFF", 0.001)
    yield
    gc.collect()  # so that a connection that is left open fails the test that left it


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The address of a server that answers each request, and the headers of all of them."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers) | {"path": self.path})
            answer(self, len(seen))

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def head(handler: BaseHTTPRequestHandler, status: int = 200, **headers: object) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()


def whole(data: bytes, **headers: object) -> Answer:
    """All of *data*, or the range that is asked for."""

    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        asked = handler.headers.get("Range")
        if asked and handler.headers.get("If-Range") == headers.get("ETag"):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            part = data[start:]
            where = f"bytes {start}-{len(data) - 1}/{len(data)}"
            head(handler, 206, Content_Length=len(part), Content_Range=where, **headers)
            handler.wfile.write(part)
            return
        head(handler, 200, Content_Length=len(data), **headers)
        handler.wfile.write(data)

    return answer


def broken(first: Answer, then: Answer, times: int = 1) -> Answer:
    return lambda handler, number: (first if number <= times else then)(handler, number)


def cut(data: bytes, at: int, **headers: object) -> Answer:
    """Says that it has all, and hangs up early."""

    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        head(handler, 200, Content_Length=len(data), **headers)
        handler.wfile.write(data[:at])
        handler.wfile.flush()
        handler.connection.close()

    return answer


def read(url: str, settings: Settings = QUICK) -> bytes:
    with HttpSource.of(url, settings).open() as stream:
        return stream.read()


class TestSource(SourceConformance):
    picklable = False

    @pytest.fixture(autouse=True)
    def server(self) -> Iterator[None]:
        def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
            if handler.path == "/missing":
                head(handler, 404)
            else:
                whole(self.data)(handler, number)

        with serving(answer) as (url, _):
            self.url = url
            yield

    def make(self, data: bytes) -> Any:
        self.data = data
        return HttpSource(self.url, QUICK)

    def missing(self) -> Any:
        return HttpSource(f"{self.url}/missing", QUICK)


def busy(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 503, Retry_After="0", Content_Length=0)


def silent(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 200, Content_Length=len(DATA), ETag=ETAG)
    handler.wfile.write(DATA[:1000])
    handler.wfile.flush()
    time.sleep(1.5)


def slow(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 200, Content_Length=len(DATA))
    for at in range(0, len(DATA), len(DATA) // 20):
        handler.wfile.write(DATA[at : at + len(DATA) // 20])
        handler.wfile.flush()
        time.sleep(0.02)


def no_ranges(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 200, Content_Length=len(DATA), ETag=ETAG)
    handler.wfile.write(DATA)


# name: answers that have the data in the end
GOOD: dict[str, Answer] = {
    "whole": whole(DATA),
    "until it closes": lambda handler, number: (head(handler), handler.wfile.write(DATA))[0],
    "broken off": broken(cut(DATA, 500_000, ETag=ETAG), whole(DATA, ETag=ETAG)),
    "broken off often": broken(cut(DATA, 1000, ETag=ETAG), whole(DATA, ETag=ETAG), 1),
    "no ranges": broken(cut(DATA, 500_000, ETag=ETAG), no_ranges),
    "busy": broken(busy, whole(DATA), 3),
    "broken before the first byte": broken(cut(DATA, 0), whole(DATA)),
    "slow": slow,
    "silent": broken(silent, whole(DATA, ETag=ETAG)),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_data_in_the_end(name: str) -> None:
    with serving(GOOD[name]) as (url, _):
        assert read(url + "/data.csv") == DATA


def another_range(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 206, Content_Length=5, Content_Range="bytes 7-11/12", ETag=ETAG)
    handler.wfile.write(b"wrong")


def wrong_length(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 200, Content_Length=len(DATA) + 1000)
    handler.wfile.write(DATA)


def loop(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 302, Location=f"/{number}", Content_Length=0)


def elsewhere(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 302, Location="file:///etc/passwd", Content_Length=0)


def denied(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 401, Content_Length=0)


def gone(handler: BaseHTTPRequestHandler, number: int) -> None:
    head(handler, 410, Content_Length=0)


def changed(handler: BaseHTTPRequestHandler, number: int) -> None:
    whole(DATA[::-1], ETag='"v2"')(handler, number)


CUT = cut(DATA, 500_000, ETag=ETAG)
# name: answers, settings, error, message
BAD: dict[str, tuple[Answer, Settings, type[LogflowError], str]] = {
    "changed": (broken(CUT, changed), QUICK, StorageError, "was changed while it was read"),
    "no version": (
        broken(cut(DATA, 500_000), whole(DATA)),
        QUICK,
        StorageError,
        "does not tell versions apart",
    ),
    "always broken": (cut(DATA, 10, ETag=ETAG), QUICK, StorageError, "after 5 retries"),
    "another range": (broken(CUT, another_range), QUICK, StorageError, "another range"),
    "wrong length": (wrong_length, QUICK, StorageError, "broke after|ends after"),
    "always busy": (busy, QUICK, StorageError, "status 503, after 5 retries"),
    "redirects in a loop": (loop, QUICK, StorageError, "leads on more than 10 times"),
    "another scheme": (elsewhere, QUICK, StorageError, "leads to file:///etc/passwd"),
    "denied": (denied, QUICK, StorageError, "LOGFLOW_HTTP_AUTHORIZATION"),
    "gone": (gone, QUICK, SourceNotFoundError, "there is nothing"),
    "too long": (whole(DATA), Settings(max_bytes=1000), LimitError, "more than 1,000 bytes"),
    "too long, not said": (
        GOOD["until it closes"],
        Settings(max_bytes=300_000),
        LimitError,
        "more than 300,000 bytes",
    ),
    "too slow": (slow, Settings(max_seconds=0.05), LimitError, "takes longer than 0 seconds"),
    "private": (whole(DATA), Settings(public_only=True), StorageError, "no public address"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_clear_error(name: str) -> None:
    answer, settings, error, message = BAD[name]
    with serving(answer) as (url, _), pytest.raises(error, match=message) as caught:
        read(url, settings)
    assert len(str(caught.value).splitlines()) == 1


def test_no_server() -> None:
    with serving(whole(DATA)) as (url, _):
        pass
    with pytest.raises(StorageError, match="after 5 retries"):
        read(url)


def test_a_broken_transfer_asks_for_the_rest_of_the_same_version() -> None:
    with serving(GOOD["broken off"]) as (url, seen):
        read(url)
    assert (seen[1]["Range"], seen[1]["If-Range"]) == ("bytes=500000-", ETAG)


def test_credentials_stay_with_their_host() -> None:
    with serving(whole(DATA)) as (other, others):
        port = other.rpartition(":")[2]

        def lead(handler: BaseHTTPRequestHandler, number: int) -> None:
            head(handler, 302, Location=f"http://localhost:{port}/x", Content_Length=0)

        with serving(lead) as (url, seen):
            source = HttpSource.of(url.replace("//", "//ada:s%40d@"), QUICK)
            assert source.location == url
            with source.open() as stream:
                assert stream.read() == DATA
    assert seen[0]["Authorization"] == "Basic YWRhOnNAZA=="
    assert "Authorization" not in others[0]


def test_convert(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGFLOW_HTTP_AUTHORIZATION", "Bearer token")
    text = b"id,square\n" + DATA
    with serving(whole(gzip.compress(text))) as (url, seen):
        table = logflow.read(f"{url}/data.csv.gz?version=1").read_all()
        assert table.num_rows == 200_000
    assert [each["Authorization"] for each in seen] == ["Bearer token"]
    assert seen[0]["path"] == "/data.csv.gz?version=1"


def test_a_bomb() -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    with serving(whole(bomb)) as (url, _), pytest.raises(LogflowError):
        logflow.read(f"{url}/zeros.csv.gz", errors="strict").read_all()


def test_settings_that_are_none() -> None:
    with pytest.raises(OptionError, match="LOGFLOW_HTTP_TIMEOUT is 'soon'"):
        Settings.of({"LOGFLOW_HTTP_TIMEOUT": "soon"})
    assert Settings.of({"LOGFLOW_HTTP_PUBLIC_ONLY": "1"}).public_only

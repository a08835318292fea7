"""The source: an answer to GET, as one stream whatever happens to its connections."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from logflow.defaults.sources import SpoolingSource
from logflow.defaults.streams import stream_of
from logflow.errors import LimitError, LogflowError, SourceNotFoundError, StorageError
from logflow.interfaces.source import Source, SourceIdentity
from logflow_http.addresses import public_address
from logflow_http.settings import PREFIX, Settings

__all__ = ["HttpProvider", "HttpSource"]

PIECE = 1 << 18
"""Bytes read at a time."""
BACK_OFF = 0.25
"""Seconds before the first retry; each further one waits twice as long."""
LONGEST_WAIT = 30.0
"""Seconds that a server's ``Retry-After`` is obeyed, at most."""

_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class HttpProvider:
    """Addresses, each of which is read once and kept for a second reading."""

    def expand(self, location: str) -> Sequence[Source]:
        """The one source at an address."""
        return (SpoolingSource(HttpSource.of(location, Settings.of())),)


@dataclass(slots=True)
class HttpSource:
    """What is at an address; *location* is that without credentials."""

    location: str
    settings: Settings = field(default_factory=Settings)
    opened: bool = False

    @classmethod
    def of(cls, location: str, settings: Settings) -> HttpSource:
        """A source of an address, whose user and password become a header."""
        parts = urlsplit(location)
        user, at, host = parts.netloc.rpartition("@")
        if at:
            credentials = b64encode(unquote(user).encode()).decode("ascii")
            settings = replace(settings, authorization=f"Basic {credentials}")
        return cls(urlunsplit(parts._replace(netloc=host)), settings)

    @property
    def replayable(self) -> bool:
        """Never: what is read again may be another version."""
        return False

    def identity(self) -> SourceIdentity:
        """Nothing is known before it is read."""
        return SourceIdentity()

    def open(self) -> BinaryIO:
        """A stream of all bytes; a second call raises :exc:`~logflow.errors.StorageError`.

        Reading goes on in a new request where a connection breaks, if the server says that it has
        the same bytes; otherwise, and where limits are reached, it raises
        :exc:`~logflow.errors.StorageError` or :exc:`~logflow.errors.LimitError`.
        """
        if self.opened:
            raise StorageError(f"{self.location}: the answer has been read already")
        self.opened = True
        transfer = _Transfer(self.location, self.settings)
        try:
            transfer.begin()
        except BaseException:
            transfer.close()
            raise
        return stream_of(transfer.pieces(), transfer.close)


@dataclass(slots=True)
class _Transfer:
    """One reading of an address, of any number of requests."""

    location: str
    settings: Settings
    started: float = field(default_factory=time.monotonic)
    url: str = ""
    pool: Any = None
    answer: Any = None
    received: int = 0
    failures: int = 0
    validator: str | None = None
    length: int | None = None

    def begin(self) -> None:
        """Ask for the first byte."""
        self._ask()
        headers = self.answer.headers
        etag = headers.get("ETag", "")
        self.validator = etag if etag.startswith('"') else headers.get("Last-Modified")
        length = headers.get("Content-Length")
        self.length = int(length) if length is not None and length.isdigit() else None
        if (self.length or 0) > self.settings.max_bytes:
            self.close()
            raise self._too_long()

    def close(self) -> None:
        """Drop the connection."""
        if self.answer is not None:
            self.answer.close()
            self.answer = None
        if self.pool is not None:
            self.pool.close()
            self.pool = None

    def pieces(self) -> Iterator[bytes]:
        """All bytes, in order."""
        import urllib3

        while True:
            try:
                piece = self.answer.read(PIECE, decode_content=False)
            except (urllib3.exceptions.HTTPError, OSError) as err:
                self._go_on(err)
                continue
            if not piece:
                break
            self.received += len(piece)
            if self.received > self.settings.max_bytes:
                raise self._too_long()
            self._check_time()
            yield piece
        if self.length is not None and self.received < self.length:
            raise StorageError(
                f"{self.location}: the answer ends after {self.received:,} of {self.length:,} bytes"
            )

    def _go_on(self, err: Exception) -> None:
        """Ask for the rest of what broke off, which has to be of the same version."""
        self._failed(err)
        if self.validator is None and self.received:
            raise StorageError(
                f"{self.location}: the connection broke after {self.received:,} bytes, and the "
                f"server does not tell versions apart (no ETag, no Last-Modified): {_said(err)}"
            ) from err
        self._ask()
        if self.answer.status == 206:
            found = _RANGE.fullmatch(self.answer.headers.get("Content-Range", ""))
            if found is None or int(found[1]) != self.received:
                raise StorageError(f"{self.location}: the server sent another range than asked for")
            return
        headers = self.answer.headers
        if self.validator not in (headers.get("ETag"), headers.get("Last-Modified"), None):
            raise StorageError(
                f"{self.location}: it was changed while it was read, after {self.received:,} "
                "bytes: try again"
            )
        self._skip()

    def _skip(self) -> None:
        """Read what is known already, as the server gives no ranges."""
        import urllib3

        left = self.received
        while left:
            try:
                piece = self.answer.read(min(PIECE, left), decode_content=False)
            except (urllib3.exceptions.HTTPError, OSError) as err:
                self._go_on(err)
                return
            if not piece:
                raise StorageError(f"{self.location}: the answer has become shorter")
            left -= len(piece)

    # --- requests

    def _ask(self) -> None:
        """Get an answer from *received* on, after as many attempts as are allowed."""
        import urllib3

        while True:
            self.close()
            self._check_time()
            try:
                self.answer = self._follow()
            except (urllib3.exceptions.HTTPError, OSError) as err:
                self._failed(err)
                continue
            status = self.answer.status
            if status in (200, 206):
                return
            if status in _BUSY:
                self._failed(
                    StorageError(f"status {status}"), self.answer.headers.get("Retry-After")
                )
                continue
            self.close()
            raise self._refused(status)

    def _follow(self) -> Any:
        """The answer at the end of all redirects."""
        self.url = self.location
        for _ in range(self.settings.redirects + 1):
            answer = self._request()
            target = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not target:
                return answer
            answer.close()
            new = urljoin(self.url, target)
            old_scheme, new_scheme = urlsplit(self.url).scheme, urlsplit(new).scheme
            if new_scheme not in ("http", "https") or (old_scheme, new_scheme) == ("https", "http"):
                raise StorageError(f"{self.location}: it leads to {new}, which is not followed")
            self.url = new
        raise StorageError(
            f"{self.location}: it leads on more than {self.settings.redirects} times "
            f"({PREFIX}REDIRECTS)"
        )

    def _request(self) -> Any:
        import urllib3

        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        if not host:
            raise StorageError(f"{self.location}: the address {self.url} has no host")
        secure = parts.scheme == "https"
        port = port or (443 if secure else 80)
        known: dict[str, Any] = {}
        address = host
        if self.settings.public_only:
            address = public_address(host, port)
            known = {"server_hostname": host, "assert_hostname": host} if secure else {}
        make = urllib3.HTTPSConnectionPool if secure else urllib3.HTTPConnectionPool
        if self.pool is not None:
            self.pool.close()
        self.pool = make(address, port, timeout=self.settings.timeout, **known)
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        return self.pool.request(
            "GET",
            path,
            headers=self._headers(parts.netloc),
            preload_content=False,
            decode_content=False,
            redirect=False,
            retries=False,
        )

    def _headers(self, netloc: str) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity", "Host": netloc.rpartition("@")[2]}
        same = urlsplit(self.url)[:2] == urlsplit(self.location)[:2]
        if self.settings.authorization and same:
            headers["Authorization"] = self.settings.authorization
        if self.received and self.validator:
            headers |= {"Range": f"bytes={self.received}-", "If-Range": self.validator}
        return headers

    # --- limits and errors

    def _failed(self, err: Exception, retry_after: str | None = None) -> None:
        """Wait for the next attempt, if there is one."""
        self.failures += 1
        if self.failures > self.settings.retries:
            raise StorageError(
                f"{self.location}: {_said(err)}, after {self.settings.retries} retries and "
                f"{self.received:,} bytes"
            ) from err
        wait = BACK_OFF * 2 ** (self.failures - 1)
        if retry_after and retry_after.isdigit():
            wait = float(retry_after)
        time.sleep(min(wait, LONGEST_WAIT))

    def _check_time(self) -> None:
        if time.monotonic() - self.started > self.settings.max_seconds:
            raise LimitError(
                f"{self.location}: it takes longer than {self.settings.max_seconds:,.0f} seconds "
                f"({PREFIX}MAX_SECONDS)"
            )

    def _too_long(self) -> LimitError:
        return LimitError(
            f"{self.location}: it has more than {self.settings.max_bytes:,} bytes "
            f"({PREFIX}MAX_BYTES)"
        )

    def _refused(self, status: int) -> LogflowError:
        if status in (404, 410):
            return SourceNotFoundError(f"{self.location}: there is nothing (status {status})")
        if status in (401, 403):
            return StorageError(
                f"{self.location}: access is denied (status {status}): {PREFIX}AUTHORIZATION is "
                "sent as the header Authorization"
            )
        return StorageError(f"{self.location}: the server answers with status {status}")


def _said(err: Exception) -> str:
    """What went wrong, in a line."""
    text = str(err).partition("\n")[0]
    return re.sub(r"<[^>]*>,?\s*|^\(|\)$", "", text) or type(err).__name__

"""Formats of logs as the configurations of nginx and Apache write them, or a regular expression.

A field reaches to the literal that follows it, and no further than the first of its characters, so
that reading a line takes time that grows with its length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from logflow.errors import OptionError
from logflow.ingest.schema.names import distinct
from logflow_ext.line_programs import compiled
from logflow_logs.definition import LogFormat

__all__ = ["from_format_string", "from_pattern"]

_NGINX = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_APACHE = re.compile(r"%[!,\d<>]*(?:\{([^}]*)\})?[<>]?(\^?[A-Za-z]{1,2}?)(?=[^A-Za-z]|$)|%%")
_CLF = "%d/%b/%Y:%H:%M:%S %z"

_NGINX_NAMES = {
    "remote_addr": "client",
    "remote_user": "user",
    "time_local": "timestamp",
    "time_iso8601": "timestamp",
    "msec": "timestamp",
    "body_bytes_sent": "bytes",
    "http_referer": "referer",
    "http_user_agent": "user_agent",
}
_NGINX_TIMES = {"time_local": _CLF, "time_iso8601": "iso", "msec": "epoch"}
_APACHE_NAMES = {
    "h": "client", "a": "client", "l": "ident", "u": "user", "r": "request", "s": "status",
    "b": "bytes", "B": "bytes", "O": "bytes_sent", "I": "bytes_received", "D": "duration_us",
    "T": "duration_s", "v": "vhost", "V": "server_name", "p": "port", "P": "pid", "A": "local",
    "m": "method", "U": "path", "q": "query", "H": "protocol", "f": "file", "k": "keep_alive",
    "L": "log_id", "X": "connection", "S": "bytes_transferred", "R": "handler",
}  # fmt: skip
"""The names of the directives of mod_log_config; those of the definitions where they have one."""
_OF = {"i": "", "o": "response_", "C": "cookie_", "e": "env_", "n": "note_"}
"""What stands before names of headers and the like."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field, and how its times are read, if they are some."""

    name: str
    time: str | None = None


def from_format_string(text: str) -> LogFormat:
    """The format that a configuration writes, of nginx if there is a ``$``, else of Apache.

    Raises :exc:`~logflow.errors.OptionError` where there is no field, where none divides two, or
    where a directive is not known.

    >>> form = from_format_string('$remote_addr [$time_local] "$request" $status')
    >>> form.pattern.fullmatch('::1 [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200')["status"]
    '200'
    """
    parts = list(_nginx(text) if "$" in text else _apache(text))
    fields = [part for part in parts if isinstance(part, _Field)]
    if not fields:
        raise _bad(text, "there are no fields in it")
    names = iter(distinct([field.name for field in fields]))
    times: dict[str, str] = {}
    pattern = ""
    for number, part in enumerate(parts):
        if isinstance(part, str):
            pattern += re.escape(part)
            continue
        following = parts[number + 1] if number + 1 < len(parts) else ""
        if isinstance(following, _Field):
            raise _bad(text, f"nothing stands between {part.name} and {following.name}")
        name = next(names)
        pattern += f"(?P<{name}>{_reach(following)})"
        if part.time is not None:
            times[name] = part.time
    return LogFormat(
        name=text,
        title="the format asked for",
        pattern=re.compile(pattern, re.ASCII),
        times=tuple(times.items()),
    )


def from_pattern(text: str) -> LogFormat:
    r"""The format that a regular expression with named groups says.

    A group called ``timestamp`` is read as ISO 8601, and as web servers and syslog write times.
    Raises :exc:`~logflow.errors.OptionError` where it is none, or has no named groups.

    >>> from_pattern(r"(?P<level>\S+): (?P<message>.*)").matches("INFO: a")
    True
    """
    try:
        pattern = re.compile(text, re.ASCII)
        compiled(pattern)
    except (re.error, ValueError, RecursionError) as err:
        raise _bad(text, str(err)) from None
    if len(pattern.groupindex) != pattern.groups:
        raise _bad(text, "it has groups without a name: (?:...) groups without one")
    times = (("timestamp", f"iso|{_CLF}|%b %d %H:%M:%S"),)
    return LogFormat(
        name=text,
        title="the pattern asked for",
        pattern=pattern,
        times=times if "timestamp" in pattern.groupindex else (),
    )


def _reach(literal: str) -> str:
    """What a field before a literal may have; between quotes, also what a backslash escapes."""
    if not literal:
        return ".*"
    if literal[0] == '"':
        return r'(?:[^"\\]|\\.)*'
    if not literal[0].isascii():
        return ".*?"
    return f"[^{re.escape(literal[0])}]*"


def _joined(parts: Iterator[str | _Field]) -> Iterator[str | _Field]:
    """The parts, with no empty literals, and those side by side as one."""
    literal = ""
    for part in parts:
        if isinstance(part, str):
            literal += part
            continue
        if literal:
            yield literal
        literal = ""
        yield part
    if literal:
        yield literal


def _nginx(text: str) -> Iterator[str | _Field]:
    def parts() -> Iterator[str | _Field]:
        at = 0
        for found in _NGINX.finditer(text):
            yield text[at : found.start()]
            name = found[1] or found[2]
            shown = _NGINX_NAMES.get(name, name.removeprefix("http_"))
            yield _Field(shown if shown.isidentifier() else f"_{shown}", _NGINX_TIMES.get(name))
            at = found.end()
        yield text[at:]

    return _joined(parts())


def _apache(text: str) -> Iterator[str | _Field]:
    def parts() -> Iterator[str | _Field]:
        at = 0
        for found in _APACHE.finditer(text):
            yield text[at : found.start()]
            at = found.end()
            if found[0] == "%%":
                yield "%"
            elif found[2] == "t" and found[1] is None:
                yield from ("[", _Field("timestamp", _CLF), "]")
            else:
                yield _directive(text, found[1], found[2])
        yield text[at:]

    return _joined(parts())


def _directive(text: str, argument: str | None, code: str) -> _Field:
    if argument is not None and code in _OF:
        name = re.sub(r"\W+", "_", argument).strip("_").lower()
        return _Field(f"{_OF[code]}{name}" if name.isidentifier() else f"_{name}")
    if code == "t":
        return _Field("time")
    if code not in _APACHE_NAMES:
        raise _bad(text, f"the directive %{code} is not known")
    return _Field(_APACHE_NAMES[code])


def _bad(text: str, reason: str) -> OptionError:
    return OptionError(
        f"log_format is {text!r}, but {reason}: expected the name of a definition, a format of "
        "nginx or Apache, or a regular expression with named groups",
        name="log_format",
    )

"""What is known of formats whose plugins may not be installed: the contents of formats.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from logflow.version import __version__

__all__ = ["Evidence", "KnownFormat", "known_formats"]


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Why something is taken for a format; the better evidence has the higher *rank*."""

    rank: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFormat:
    """A format and the distribution that brings it.

    *title* completes "it is …", *offers* are kinds of records, *magic* is spelled as Python
    spells bytes.
    """

    name: str
    title: str
    distribution: str
    offers: tuple[str, ...]
    extensions: tuple[str, ...] = ()
    magic: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()

    @property
    def needs(self) -> str:
        """What to install, in the version of this logflow."""
        return f"needs {self.distribution}: `pip install {self.distribution}=={__version__}`"

    @property
    def magic_bytes(self) -> tuple[bytes, ...]:
        r"""What files start with.

        >>> known_formats()["avro"].magic_bytes
        (b'Obj\x01',)
        """
        return tuple(text.encode().decode("unicode_escape").encode("latin1") for text in self.magic)

    def evidence(self, name: str, head: bytes) -> Evidence | None:
        """Why an input of this *name* and with these first bytes is of this format, if it is.

        An address tells most, then the content, then the name.
        """
        scheme, colon, _ = name.partition("://")
        if colon and scheme.lower() in self.schemes:
            return Evidence(3, "")
        for spelled, magic in zip(self.magic, self.magic_bytes, strict=True):
            if head.startswith(magic):
                return Evidence(2, f" (magic `{spelled}`)")
        for extension in self.extensions:
            if name.lower().endswith(extension):
                return Evidence(1, f" (extension {extension})")
        return None


@cache
def known_formats() -> Mapping[str, KnownFormat]:
    """All formats that logflow's own plugins bring, by name."""
    import tomllib  # for the sake of an error only: not at every start

    tables = tomllib.loads(Path(__file__).with_name("formats.toml").read_text(encoding="utf-8"))
    return {name: _known_format(name, table) for name, table in tables.items()}


def _known_format(name: str, table: Mapping[str, str | list[str]]) -> KnownFormat:
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}
    return KnownFormat(name=name, **values)  # type: ignore[arg-type]

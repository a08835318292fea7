"""formats.toml agrees with what the project's own plugins declare."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from logflow.formats import KnownFormat, known_formats
from logflow.plugins import Registry, load_plugins

ROOT = Path(__file__).parents[2]
KINDS = ("decoders", "sinks", "codecs", "sources", "storages")


def manifests() -> dict[str, dict[str, str]]:
    """The entry points of the distributions under ``plugins/``, by the distribution's name."""
    found = {}
    for path in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        if points := project.get("entry-points", {}).get("logflow"):
            found[project["name"]] = points
    return found


def entries(registry: Registry, distribution: str) -> dict[str, KnownFormat]:
    """What formats.toml has to say about the formats of a loaded distribution."""
    offered: dict[str, list[tuple[str, object]]] = {}
    for kind in KINDS:
        for record in registry.records(kind):
            offered.setdefault(record.name, []).append((kind, record))
    return {
        name: KnownFormat(
            name=name,
            title=known_formats()[name].title if name in known_formats() else name,
            distribution=distribution,
            offers=tuple(kind for kind, _ in pairs),
            extensions=united(pairs, "extensions"),
            magic=tuple(map(spelled, united(pairs, "magic"))),
            schemes=united(pairs, "schemes"),
        )
        for name, pairs in offered.items()
    }


def united(pairs, attribute: str) -> tuple:
    """The values of an attribute over several records, each once, in order."""
    return tuple(dict.fromkeys(v for _, record in pairs for v in getattr(record, attribute, ())))


def spelled(magic) -> str:
    return "".join(chr(b) if 32 <= b < 127 and b != 92 else f"\\x{b:02x}" for b in magic.bytes)


@pytest.mark.parametrize(("distribution", "points"), manifests().items(), ids=manifests())
def test_installed_formats_are_as_declared(monkeypatch, distribution, points):
    monkeypatch.syspath_prepend(ROOT / "plugins" / distribution / "src")
    loaded = load_plugins(
        entry_points=[importlib.metadata.EntryPoint(*p, "logflow") for p in points.items()]
    )
    assert loaded.problems == ()
    known = {n: f for n, f in known_formats().items() if f.distribution == distribution}
    assert entries(loaded, distribution) == known


@pytest.mark.parametrize("known", known_formats().values(), ids=known_formats())
def test_entries_are_well_formed(known):
    assert re.fullmatch(r"logflow-[a-z]+", known.distribution)
    assert set(known.offers) <= set(KINDS)
    assert known.offers
    assert all(re.fullmatch(r"\.[a-z0-9]+", extension) for extension in known.extensions)
    assert known.extensions or known.schemes or known.magic
    for text, magic in zip(known.magic, known.magic_bytes, strict=True):
        assert 3 <= len(magic) <= 16
        assert known.evidence("x", magic + b"...").text == f" (magic `{text}`)"


def test_no_two_entries_claim_the_same():
    claims = [
        claim
        for known in known_formats().values()
        for claim in (*known.extensions, *known.magic_bytes, *known.schemes)
    ]
    assert len(claims) == len(set(claims))

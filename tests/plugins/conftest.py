"""Distributions made of nothing but files: no pip, no network, gone after the test."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from logflow.plugins import reset

PREAMBLE = "from logflow.hookspecs import hookimpl, hookspec\nfrom logflow.records import *\n"


class Site:
    """Folders of installed distributions, which stand in for those of the environment."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folders: list[Path] = []
        self.add_folder("site")

    def add_folder(self, name: str) -> Path:
        """One more folder to look for distributions in, after the others."""
        folder = self.root / name
        folder.mkdir()
        self.folders.append(folder)
        sys.path.append(str(folder))
        return folder

    def add(
        self,
        distribution: str,
        version: str = "1.0",
        *,
        entry_points: Mapping[str, str] | None = None,
        folder: Path | None = None,
        **modules: str,
    ) -> None:
        """Install a distribution of *modules*: sources by name.

        Each is an entry point, called like the module without ``plug_``, unless *entry_points*
        says otherwise.
        """
        folder = folder or self.folders[0]
        for module, source in modules.items():
            (folder / f"{module}.py").write_text(PREAMBLE + source, encoding="utf-8")
        if entry_points is None:
            entry_points = {module.removeprefix("plug_"): module for module in modules}
        lines = [f"{name} = {value}\n" for name, value in entry_points.items()]
        self.add_metadata(distribution, version, "[logflow]\n" + "".join(lines), folder)

    def add_metadata(
        self, distribution: str, version: str, entry_points: str, folder: Path | None = None
    ) -> Path:
        """Install only what pip would write about a distribution; gives the folder of it."""
        info = (folder or self.folders[0]) / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        importlib.invalidate_caches()
        return info

    def distributions(self) -> list[importlib.metadata.Distribution]:
        finder = importlib.metadata.MetadataPathFinder()
        paths = [str(folder) for folder in self.folders]
        context = importlib.metadata.DistributionFinder.Context(path=paths)
        return list(finder.find_distributions(context))

    def entry_points(self) -> list[importlib.metadata.EntryPoint]:
        found = (d.entry_points.select(group="logflow") for d in self.distributions())
        return [point for points in found for point in points]

    @staticmethod
    def offering(kind: str, name: str, more: str = "") -> str:
        """The source of a plugin that offers one record."""
        record = "MetricsRecord" if kind == "metrics" else f"{kind.title().removesuffix('s')}Record"
        return (
            "@hookimpl\n"
            f"def logflow_{kind}():\n"
            f"    yield {record}(name={name!r}, factory='plug_{name}:Thing', {more})\n"
        )


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A machine on which nothing is installed."""
    for variable in ("LOGFLOW_PLUGINS", "LOGFLOW_DISABLE_PLUGINS", "LOGFLOW_TRACE_PLUGINS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    made = Site(tmp_path)
    monkeypatch.setattr(importlib.metadata, "distributions", made.distributions)
    reset()
    yield made
    reset()
    for name in [name for name in sys.modules if name.startswith("plug_")]:
        del sys.modules[name]


@pytest.fixture
def good(site: Site) -> Site:
    """A machine with one plugin, which works: it offers the decoder ``good``."""
    site.add("logflow-good", "2.0", plug_good=site.offering("decoders", "good"))
    return site

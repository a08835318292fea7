"""One version everywhere, and ``.ci/bump`` writes it."""

from __future__ import annotations

import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from logflow.version import __version__

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bump() -> ModuleType:
    loader = SourceFileLoader("bump", str(ROOT / ".ci" / "bump"))
    spec = spec_from_loader("bump", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def metadata(text: str) -> dict[str, object]:
    project = tomllib.loads(text)["project"]
    assert isinstance(project, dict)
    return project


def test_one_version_everywhere(bump: ModuleType) -> None:
    written = dict(bump.bumped(__version__))
    assert {ROOT / "pyproject.toml", ROOT / "logflow" / "version.py"} < written.keys()
    assert set(ROOT.glob("plugins/*/pyproject.toml")) < written.keys()
    assert [
        path for path, text in written.items() if path.read_text(encoding="utf-8") != text
    ] == []


def test_bump_reaches_every_mention(bump: ModuleType) -> None:
    texts = {path.relative_to(ROOT): text for path, text in bump.bumped("7.8.9")}
    assert '"7.8.9"' in texts.pop(Path("logflow/version.py"))
    assert metadata(texts.pop(Path("pyproject.toml")))["version"] == "7.8.9"
    for path, text in texts.items():
        project = metadata(text)
        ours = [d for d in project["dependencies"] if d.startswith("logflow-")]
        if path.parts[0] == "plugins":
            assert project["version"] == "7.8.9"
        if path.parts[1] == "logflow-all":
            assert {d.partition("==")[2] for d in ours} == {"7.8.9"}
        else:
            assert ours == ["logflow-core>=7.8,<7.9"]

"""The repository holds what it should, and where."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    *(".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "LICENSE-xxhash", "README.md"),
    *("pyproject.toml", "setup.py"),
    *("docs", "fuzz", "logflow", "logflow_ext", "plugins", "tests"),
}
PLUGINS = sorted(ROOT.glob("plugins/*/"))
TEMPLATE = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "logflow-{name}"
version = "{version}"
description = "{description}"
readme = "README.md"
license = "Apache-2.0"
requires-python = ">=3.11"
dependencies = [{dependencies}]

[project.entry-points.logflow]
{name} = "logflow_{name}"

[tool.setuptools.packages.find]
where = ["src"]

[tool.setuptools.package-data]
logflow_{name} = [{data}]
"""


def workspace() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_top_level_is_as_designed(tracked: list[Path]) -> None:
    assert {path.parts[0] for path in tracked} == TOP


def test_nothing_generated_is_kept(tracked: list[Path]) -> None:
    generated = {".cpp", ".so", ".pyc", ".lock"}
    assert [path for path in tracked if path.suffix in generated] == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_a_plugin_is_like_the_others(plugin: Path) -> None:
    text = (plugin / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    assert text.count("\n") <= 30
    assert project["name"] == plugin.name
    if plugin.name == "logflow-all":
        return
    name = plugin.name.removeprefix("logflow-")
    tables = any((plugin / "src").rglob("*.toml"))
    data = ["py.typed", *(["*.toml"] if tables else [])]
    assert text == TEMPLATE.format(
        name=name,
        version=project["version"],
        description=project["description"],
        dependencies=", ".join(f'"{d}"' for d in project["dependencies"]),
        data=", ".join(f'"{pattern}"' for pattern in sorted(data)),
    )
    for part in ("README.md", f"src/logflow_{name}/py.typed", "tests"):
        assert (plugin / part).exists(), part


def test_the_workspace_ties_every_plugin() -> None:
    names = {plugin.name for plugin in PLUGINS}
    everything = ROOT / "plugins" / "logflow-all" / "pyproject.toml"
    required = tomllib.loads(everything.read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {d.partition("==")[0] for d in required} == names - {"logflow-all"}
    sources = workspace()["tool"]["uv"]["sources"]
    assert sources == {name: {"workspace": True} for name in [*names, "logflow-core"]}


def test_constraints_pin_every_requirement() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [re.fullmatch(r"([a-z0-9-]+)==[0-9.]+", line) for line in lines]
    assert all(pins), "names and versions only"
    pinned = [pin[1] for pin in pins if pin]
    assert pinned == sorted(set(pinned))

    root = workspace()
    plugins = [tomllib.loads((p / "pyproject.toml").read_text(encoding="utf-8")) for p in PLUGINS]
    required = [
        *root["build-system"]["requires"],
        *root["dependency-groups"]["dev"],
        *root["project"]["optional-dependencies"]["testing"],
        *(d for project in (root, *plugins) for d in project["project"]["dependencies"]),
    ]
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in required}
    assert {name for name in names if not name.startswith("logflow-")} <= set(pinned)


def test_every_requirement_has_a_lower_bound() -> None:
    root = workspace()
    plugins = [tomllib.loads((p / "pyproject.toml").read_text(encoding="utf-8")) for p in PLUGINS]
    required = [
        *(d for d in root["dependency-groups"]["dev"] if not d.startswith("logflow-")),
        *root["project"]["optional-dependencies"]["testing"],
        *(d for project in (root, *plugins) for d in project["project"]["dependencies"]),
        *(d for project in (root, *plugins) for d in project["build-system"]["requires"]),
    ]
    assert [d for d in required if ">=" not in d and "==" not in d] == []


def test_the_readme_has_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("pip install uv")] == [
        "pip install uv && uv run logflow convert docs/examples/orders.csv orders.parquet",
        "pip install uv && uv run pytest",
    ]

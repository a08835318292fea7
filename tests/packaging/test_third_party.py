"""The third-party door: a plugin of nobody's, installed beside the core and one other plugin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]

pytestmark = pytest.mark.packaging

LINES = "host:a\tbytes:5\nhost:b\tbytes:-\nhost:c\n"
SHOW = (
    "import pyarrow.parquet as p; t = p.read_table('x.parquet');"
    "print(t.schema.types, t.to_pylist(), p.read_metadata('x.parquet').num_rows)"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """The programs of an environment with nothing but the core, parquet and the example."""
    root = Path(__file__).resolve().parents[2]
    folder = tmp_path_factory.mktemp("third-party")
    wheels = folder / "wheels"
    for project in (root, root / "plugins/logflow-parquet", root / "docs/examples/logflow-ltsv"):
        run("uv", "build", "--wheel", "-q", "-o", wheels, project, cwd=folder)
    run("uv", "venv", "-q", "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    (core,) = wheels.glob("logflow_core-*.whl")
    others = sorted({*wheels.glob("*.whl")} - {core})
    core_with_tests = f"logflow-core[testing] @ {core.as_uri()}"
    run("uv", "pip", "install", "-q", "--python", python, core_with_tests, *others, cwd=folder)
    return python.parent


def test_the_example_is_found_and_converts(installed: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "x.ltsv").write_text(LINES)
    run(installed / "logflow", "convert", "x.ltsv", "x.parquet", cwd=tmp_path)
    assert run(installed / "python", "-c", SHOW, cwd=tmp_path) == (
        "[DataType(string), DataType(int64)] [{'host': 'a', 'bytes': 5}, "
        "{'host': 'b', 'bytes': None}, {'host': 'c', 'bytes': None}] 3\n"
    )
    said = run(installed / "logflow", "plugins", cwd=tmp_path)
    assert "logflow-ltsv" in said
    assert "logflow-csv" not in said


def test_the_example_passes_its_tests(installed: Path, tmp_path: Path, run: Run) -> None:
    run(installed / "logflow", "plugins", "new", "ltsv", cwd=tmp_path)
    tests = tmp_path / "logflow-ltsv" / "tests"
    said = run(installed / "python", "-m", "pytest", "-q", tests, cwd=tmp_path)
    assert "passed" in said


def test_an_installed_plugin_is_checked(installed: Path, tmp_path: Path, run: Run) -> None:
    said = run(installed / "logflow", "plugins", "check", "logflow-ltsv", cwd=tmp_path)
    assert "passed" in said
    said = run(installed / "logflow", "plugins", "check", "nothing", cwd=tmp_path, fails=True)
    assert "logflow-ltsv" in said


def test_what_is_not_installed_is_named(installed: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    said = run(installed / "logflow", "convert", "x.csv", "x.parquet", cwd=tmp_path, fails=True)
    assert "needs logflow-csv" in said


def test_the_core_alone_says_what_is_missing(tmp_path: Path, run: Run, installed: Path) -> None:
    said = run(
        installed / "logflow", "--no-plugins", "convert", "x.csv", "x.parquet",
        cwd=tmp_path, fails=True,
    )  # fmt: skip
    assert "Traceback" not in said
    assert "plugin" in said

"""numpy stays out of the program, unless a plugin may need it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from logflow.cli import light

PROGRAM = """
import sys
import logflow.engine
from logflow.cli import start

class Engine(logflow.engine.Engine):
    def close(self):
        print("numpy" in sys.modules)
        super().close()

logflow.engine.Engine = Engine
print(start.main())
print("pandas" in sys.modules or "numpy" in sys.modules)
import numpy
print(numpy.arange(3).sum())
"""


@pytest.mark.parametrize(("text", "status"), [("a,b\n1,2\n", "0"), ("a,b\n1,2\n3\n", "3")])
def test_a_conversion_loads_no_numpy_and_others_still_can(
    tmp_path: Path, text: str, status: str
) -> None:
    (tmp_path / "a.csv").write_text(text)
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, "convert", "-q", "a.csv", "out.parquet"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["False", status, "False", "3"], run.stderr


REQUIRED = [
    ({"a": ["logflow-core>=0.1,<0.2"]}, False),
    ({"a": ["logflow-core>=0.1", "PyArrow >= 20", "pandas ; extra == 'all'"]}, False),
    ({"a": ["Lz4[full]>=4", "gone; python_version<'3'"], "lz4": ["psutil ; extra == 'x'"]}, False),
    ({"a": ["numpy"]}, True),
    ({"a": ["pandas>=2"], "pandas": ["NumPy>=1; python_version>'3'", "a"]}, True),
    ({"a": None}, False),
    ({}, True),
]


@pytest.mark.parametrize(("required", "needed"), REQUIRED)
def test_what_a_plugin_requires_decides(
    monkeypatch: pytest.MonkeyPatch, required: dict[str, list[str] | None], needed: bool
) -> None:
    installed = {light.CORE: ["pyarrow>=20", "click>=8.2"], **required}

    def requires(name: str) -> list[str] | None:
        if name not in installed:
            raise light.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(light.metadata, "requires", requires)
    assert light.requires_numpy(["a"]) == needed

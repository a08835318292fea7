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
    (["logflow-core>=0.1,<0.2"], True),
    (["logflow-core>=0.1", "PyArrow >= 20", "pandas ; extra == 'all'"], True),
    (["logflow-core>=0.1", "pandas"], False),
    (None, True),
]


@pytest.mark.parametrize(("required", "kept_out"), REQUIRED)
def test_what_a_plugin_requires_decides(
    monkeypatch: pytest.MonkeyPatch, required: list[str] | None, kept_out: bool
) -> None:
    of_core = ["pyarrow>=20", "click>=8.2"]
    monkeypatch.setattr(
        light.metadata, "requires", lambda name: of_core if name == light.CORE else required
    )
    assert light.is_self_sufficient(["plugin"]) == kept_out


def test_what_is_not_installed_may_need_anything() -> None:
    assert not light.is_self_sufficient(["no-such-distribution"])

"""The program, run in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from logflow.cli.main import run

CLEAN = b"id,name\n1,Ada\n2,Grace\n"
DAMAGED = b"id,name\n1,Ada\n2\n3,Grace,x,y\n4,Edsger\n"


@dataclass(frozen=True)
class Ran:
    """What a run of the program left."""

    status: int
    out: str
    err: str
    data: bytes = b""
    """What went to standard output, where it is no text."""

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No flag comes from outside."""
    kept = ("LOGFLOW_PURE", "LOGFLOW_SIMD")
    for name in os.environ:
        if name.startswith("LOGFLOW_") and name not in kept:
            monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a clean and a damaged file in it."""
    (tmp_path / "clean.csv").write_bytes(CLEAN)
    (tmp_path / "damaged.csv").write_bytes(DAMAGED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def logflow(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The program in this process."""

    def call(*arguments: str) -> Ran:
        status = run(arguments)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return call


@pytest.fixture
def process() -> Callable[..., Ran]:
    """The program in a process of its own, as users have it."""

    def call(
        *arguments: str,
        stdin: bytes = b"",
        site: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        ran = subprocess.run(
            [sys.executable, "-m", "logflow", *arguments],
            input=stdin,
            capture_output=True,
            env=with_site(site) | (environment or {}),
            timeout=120,
        )
        out = ran.stdout.decode("utf-8", "replace")
        return Ran(ran.returncode, out, ran.stderr.decode(), ran.stdout)

    return call


def with_site(site: Path | None) -> dict[str, str]:
    """The environment with the distributions in *site* as if they were installed."""
    paths = [str(site)] * (site is not None) + [os.environ.get("PYTHONPATH", "")]
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


@pytest.fixture
def install(tmp_path: Path) -> Callable[[str, str], Path]:
    """Make a distribution with one plugin; gives the folder to put on the path."""
    site = tmp_path / "site"

    def make(name: str, code: str) -> Path:
        info = site / f"logflow_{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: logflow-{name}\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(f"[logflow]\n{name} = logflow_{name}\n")
        (site / f"logflow_{name}.py").write_text(code)
        return site

    return make

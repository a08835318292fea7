"""Copies of the repository to build from, and the tools that build."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_INHERITED = {"LOGFLOW_BUILD", "LOGFLOW_PURE", "PYTHONPATH", "UV_NO_SYNC", "VIRTUAL_ENV"}
KERNEL_SUFFIXES = {".pyx", ".pxd", ".hpp", ".pyi"}


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    """Runs a command without the build switches of the environment; gives what it printed."""

    def run(*command: str | Path, cwd: Path, fails: bool = False, **switches: str) -> str:
        environment = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED} | switches
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """The files of the repository, new ones included, relative to its root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = (Path(name) for name in listed.stdout.split("\0") if name)
    return [path for path in paths if (ROOT / path).exists()]


@pytest.fixture
def clone(tmp_path: Path, tracked: list[Path]) -> Path:
    """A copy of the repository."""
    _copy(tracked, tmp_path / "clone")
    return tmp_path / "clone"


@pytest.fixture
def project(tmp_path: Path, tracked: list[Path]) -> Path:
    """A copy whose only kernel is ``answer``, which compiles in a second."""
    kept = (p for p in tracked if p.parts[0] != "logflow_ext" or p.suffix not in KERNEL_SUFFIXES)
    _copy(kept, tmp_path / "project")
    kernels = tmp_path / "project" / "logflow_ext"
    (kernels / "answer.hpp").write_text("inline int answer() { return 41; }\n")
    (kernels / "answer.pyx").write_text(
        'cdef extern from "answer.hpp":\n    int answer() nogil\n\n'
        "def ask():\n    return answer()\n"
    )
    (kernels / "answer.pyi").write_text("def ask() -> int: ...\n")
    (kernels / "reference" / "answer.py").write_text("def ask() -> int:\n    return 41\n")
    return tmp_path / "project"


def _copy(paths: Iterable[Path], to: Path) -> None:
    for path in paths:
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, to / path)

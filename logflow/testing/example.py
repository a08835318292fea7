"""Copies the example plugin under another name: ``logflow plugins new NAME``."""

from __future__ import annotations

import re
from pathlib import Path

from logflow.errors import OptionError, StorageError

__all__ = ["create"]

NAMES = (("LTSV", str.upper), ("Ltsv", str.title), ("ltsv", str))
"""How the example's name is written in it, and how the new one is made alike."""


def create(name: str, target: Path) -> Path:
    """Make ``logflow-NAME`` below the folder *target*; gives its path.

    *name* is the format's: a lower-case word.  Raises :exc:`~logflow.errors.OptionError` for
    another and :exc:`~logflow.errors.StorageError` if there is something already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*", name):
        raise OptionError(
            f"{name!r} is no name for a format: a lower-case word such as 'ltsv'", name="name"
        )
    project = target / f"logflow-{name}"
    if project.exists():
        raise StorageError(f"{project} exists already")
    example = _example()
    for path in sorted(example.rglob("*")):
        if path.is_file() and path.suffix in (".py", ".toml"):
            copy = project / _renamed(str(path.relative_to(example)), name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(_renamed(path.read_text(encoding="utf-8"), name), encoding="utf-8")
    return project


def _example() -> Path:
    """The example: beside this module when installed, in the documentation of a checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "logflow-ltsv", here.parents[1] / "docs/examples/logflow-ltsv"):
        if folder.is_dir():
            return folder
    raise StorageError("the example plugin is not part of this installation of logflow-core")


def _renamed(text: str, name: str) -> str:
    for old, style in NAMES:
        text = text.replace(old, style(name))
    return text

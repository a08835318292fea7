"""The files that a location names: one file, the matches of a glob, or a directory's."""

from __future__ import annotations

import difflib
import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path

from logflow.defaults.paths import path_error, shown
from logflow.errors import SourceNotFoundError

__all__ = ["expand"]

MAGIC = frozenset("*?[")

SIDE_FILES = ("_logflow.json", "*.rejects.parquet")
"""What runs leave in and beside their outputs, apart from staged files, which are hidden."""


def expand(location: str) -> list[str]:
    """The files at *location*, sorted; a path that exists is never read as a glob.

    * A directory gives all files below it except hidden ones and the side files of runs.
    * A glob knows ``*``, ``?``, ``[…]`` and, as a whole component, ``**`` for any number of
      directories.  Only a component that starts with a dot matches hidden names, and only files
      match.
    * Links to files count as files everywhere; links to directories are followed by ``*`` but
      neither by ``**`` nor below a directory, where they could lead in circles.

    Nothing at all raises :exc:`~logflow.errors.SourceNotFoundError` with the nearest names; a
    directory that may not be listed raises :exc:`~logflow.errors.StorageError`.
    """
    if not location:
        raise SourceNotFoundError("an empty location names no file")
    path = Path(location)
    try:
        if path.is_dir():
            found = [file for file in _below(path) if not _is_side_file(file)]
        elif path.exists() or path.is_symlink():
            return [location]
        elif MAGIC & set(location):
            found = list(_matching(Path(path.anchor), path.relative_to(path.anchor).parts))
        else:
            found = []
    except (OSError, ValueError) as err:
        raise path_error(location, err) from err
    if not found:
        raise SourceNotFoundError(f"{shown(location)}: {_absence(path)}")
    return sorted({str(file) for file in found})


def _is_side_file(path: Path) -> bool:
    return any(fnmatch.fnmatch(path.name, pattern) for pattern in SIDE_FILES)


def _below(folder: Path) -> Iterator[Path]:
    """The files under *folder* that are not hidden, at any depth."""
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _below(folder / entry.name)
        elif _is_file(entry):
            yield folder / entry.name


def _matching(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """The files below *folder* that match the components *parts*, some perhaps twice."""
    first, *others = parts
    rest = tuple(others)
    if first == "**":
        while rest[:1] == ("**",):  # says nothing more, and would double the work
            rest = rest[1:]
        yield from _matching(folder, rest or ("*",))
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                yield from _matching(folder / entry.name, ("**", *rest))
    elif not MAGIC & set(first):
        path = folder / first
        if rest:
            yield from _matching(path, rest)
        elif path.is_file():
            yield path
    else:
        for entry in _entries(folder, hidden=first.startswith(".")):
            if not fnmatch.fnmatch(entry.name, first):
                continue
            if rest:
                yield from _matching(folder / entry.name, rest)
            elif _is_file(entry):
                yield folder / entry.name


def _entries(folder: Path, *, hidden: bool = False) -> list[os.DirEntry[str]]:
    """What is in *folder*; nothing if it is not a directory."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if hidden or not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Also a link that leads nowhere: it is better missed when it is opened than left out."""
    if entry.is_symlink():
        path = Path(entry)
        return path.is_file() or not path.exists()
    return entry.is_file(follow_symlinks=False)


def _absence(path: Path) -> str:
    """Says that nothing is there, and what has a name like the first part that is missing."""
    if path.is_dir():
        return "there are no files in this directory"
    parent, name = path.parent, path.name
    while not parent.is_dir() and parent != parent.parent:
        parent, name = parent.parent, parent.name
    try:
        names = [entry.name for entry in parent.iterdir()]
    except OSError:
        names = []
    near = [shown(str(parent / match)) for match in difflib.get_close_matches(name, names)]
    return f"no such file; did you mean {' or '.join(near)}?" if near else "no such file"

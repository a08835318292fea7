"""One output for each of several inputs: their names, and what is in their way."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from logflow.errors import DestinationExistsError, OptionError, StorageError
from logflow.ingest.publish import rejects_path

__all__ = ["check_free", "directory", "output_name", "output_paths"]


def output_name(name: str, extensions: Sequence[str], extension: str) -> str:
    """What the output of the input *name* is called: with *extension* for one of *extensions*.

    >>> output_name("in/orders.2026.CSV", (".csv", ".tsv"), ".parquet")
    'orders.2026.parquet'
    >>> output_name("orders.2026", (".csv", ".tsv"), ".parquet")
    'orders.2026.parquet'
    """
    stem = os.path.basename(name)
    known = [each for each in extensions if stem.lower().endswith(each) and len(stem) > len(each)]
    return stem[: len(stem) - max(map(len, known), default=0)] + extension


def output_paths(folder: str, names: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The path of each output by its input, from pairs of input and output's name.

    Raises :exc:`~logflow.errors.OptionError` where two files of the run would be one.
    """
    taken: dict[str, str] = {}
    paths: dict[str, str] = {}
    for input_, name in names:
        path = os.path.join(folder, name)
        for file in (path, rejects_path(path)):
            if file in taken:
                raise OptionError(
                    f"{taken[file]} and {input_} would both be written to {file}: convert them "
                    "into two directories"
                )
            taken[file] = input_
        paths[input_] = path
    return paths


def check_free(paths: Sequence[str], inputs: Sequence[str], *, force: bool) -> None:
    """Raise unless all of *paths* can be written: nothing, or what *force* replaces.

    An input is never replaced.
    """
    read = {os.path.realpath(each) for each in inputs}
    files = [file for path in paths for file in (path, rejects_path(path))]
    for file in files:
        if os.path.realpath(file) in read:
            raise OptionError(f"{file} is read: convert into another directory")
    there = [file for file in files if os.path.lexists(file)]
    if there and not force:
        more = f" (and {len(there) - 1:,} more)" if len(there) > 1 else ""
        raise DestinationExistsError(
            f"{there[0]} exists already{more}: --force (force=True) replaces it"
        )


@contextmanager
def directory(path: str) -> Iterator[None]:
    """Make the directory *path*, unless it is there; it goes again if nothing was put in it.

    Raises :exc:`~logflow.errors.StorageError` if there is no place for it.
    """
    made = not os.path.isdir(path)
    if made:
        try:
            os.mkdir(path)
        except OSError as err:
            raise StorageError(f"cannot make the directory {path}: {err.strerror}") from err
    try:
        yield
    finally:
        if made:
            with suppress(OSError):
                os.rmdir(path)

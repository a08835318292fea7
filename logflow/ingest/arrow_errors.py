"""What pyarrow raises at damaged input, as the errors that logflow raises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from logflow.errors import DecodeError, StorageError

__all__ = ["decode_errors"]


@contextmanager
def decode_errors(file: str | None = None, *, record: int | None = None) -> Iterator[None]:
    """Turn what pyarrow raises inside ``with`` into a ``DecodeError`` with pyarrow's message.

    An error of the operating system becomes a ``StorageError``; logflow's own errors pass.

    >>> with decode_errors("a.arrow"):
    ...     pa.ipc.open_file(b"no such thing")
    Traceback (most recent call last):
    ...
    logflow.errors.DecodeError: a.arrow: File is too small: 13
    """
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, OverflowError) as err:
        if isinstance(err, OSError) and err.errno is not None:
            raise StorageError(f"cannot read {file or 'the input'}: {err.strerror}") from err
        first_line = str(err).partition("\n")[0]
        raise DecodeError(first_line or type(err).__name__, file=file, record=record) from err

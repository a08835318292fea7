"""The decoder of ORC, by the library that comes with pyarrow, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa

from logflow.ingest.child_process import read_in_child

__all__ = ["OrcDecoder"]


class OrcDecoder:
    """Reads stripe by stripe.  A ``BatchDecoder``; what is no plain file is spooled to one."""

    def batches(self, stream: BinaryIO) -> Iterator[pa.RecordBatch]:
        """The stripes, with the types of the file; a batch without rows if there are none.

        Raises :exc:`~logflow.errors.DecodeError` for a damaged file.
        """
        yield from read_in_child(
            stream,
            "logflow_orc.child:main",
            crashed="the ORC library crashed on it, which damaged files do",
        )

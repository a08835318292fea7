"""The compression inside Arrow's own formats, as sink options ask for it."""

from __future__ import annotations

import pyarrow as pa

from logflow.errors import OptionError
from logflow.options import SinkOptions

__all__ = ["chosen_codec"]


def chosen_codec(options: SinkOptions, *, valid: tuple[str, ...], default: str) -> str:
    """The name of the codec that *options* ask for, one of *valid*; ``none`` has no level.

    Raises :exc:`~logflow.errors.OptionError` for another codec, and for a level that it lacks.

    >>> chosen_codec(SinkOptions(compression="ZSTD"), valid=("none", "zstd"), default="none")
    'zstd'
    """
    codec = (options.compression or default).lower()
    if codec not in valid:
        raise OptionError(
            f"option 'compression' is {options.compression!r}; expected one of {', '.join(valid)}",
            name="compression",
            valid=valid,
        )
    level = options.compression_level
    if level is not None:
        if codec == "none" or not pa.Codec.supports_compression_level(codec):
            raise _bad_level(level, f"but {codec} has no levels")
        least = pa.Codec.minimum_compression_level(codec)
        most = pa.Codec.maximum_compression_level(codec)
        if not least <= level <= most:
            raise _bad_level(level, f"but {codec} has the levels {least} to {most}")
    return codec


def _bad_level(level: int, reason: str) -> OptionError:
    return OptionError(f"option 'compression_level' is {level}, {reason}", name="compression_level")

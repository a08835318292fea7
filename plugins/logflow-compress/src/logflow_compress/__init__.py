"""Compressions beyond the standard library's.  Each imports its library when it is first used."""

from __future__ import annotations

from logflow.hookspecs import hookimpl
from logflow.records import CodecRecord, Magic

__all__ = ["logflow_codecs"]


@hookimpl
def logflow_codecs() -> tuple[CodecRecord, ...]:
    """Offer Zstandard, LZ4, Snappy in two framings, and Brotli."""
    return (
        CodecRecord(
            name="zstd",
            factory="logflow_compress.zstd:ZstdCodec",
            description="Zstandard, of any number of frames.",
            extensions=(".zst", ".zstd"),
            # The second is a skippable frame, with which pzstd starts.
            magic=(Magic(b"\x28\xb5\x2f\xfd"), Magic(b"\x50\x2a\x4d\x18")),
        ),
        CodecRecord(
            name="lz4",
            factory="logflow_compress.lz4:Lz4Codec",
            description="LZ4, of any number of frames.",
            extensions=(".lz4",),
            magic=(Magic(b"\x04\x22\x4d\x18"),),
        ),
        CodecRecord(
            name="snappy",
            factory="logflow_compress.snappy:SnappyCodec",
            description="Snappy in its framing format.",
            extensions=(".sz",),
            magic=(Magic(b"\xff\x06\x00\x00sNaPpY"),),
        ),
        CodecRecord(
            name="hadoop-snappy",
            factory="logflow_compress.snappy:HadoopSnappyCodec",
            description="Snappy in the blocks of Hadoop; told by the name.",
            extensions=(".snappy",),
        ),
        CodecRecord(
            name="brotli",
            factory="logflow_compress.brotli:BrotliCodec",
            description="Brotli; told by the name.",
            extensions=(".br",),
        ),
    )

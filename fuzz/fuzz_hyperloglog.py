"""Fuzzes sketches: from any bytes and with any hashes, kernel and twin agree or refuse alike."""

from __future__ import annotations

from types import ModuleType

from _harness import run

import logflow_ext.hyperloglog
import logflow_ext.reference.hyperloglog

SEEDS = [
    bytes([24]) + b"HLL\x01\x04\x01\x00\x00" + bytes([61]) * 16,
    bytes([24]) + b"HLL\x01\x04\x01\x00\x00" + bytes(range(16)) + bytes(range(256)),
    bytes([20]) + b"HLL\x01\x05\x00\x00\x00" + bytes([1, 0, 0, 0, 2, 9, 0, 0, 39, 0, 1, 0]),
    bytes([0]) + b"\xff" * 40 + b"\x00" * 40 + bytes(range(40)),
]


def attempt(module: ModuleType, written: bytes, hashes: bytes) -> tuple[bytes, bytes, float] | str:
    """A sketch that was read, and filled: its bytes before and after, its estimate; or an error."""
    try:
        sketch = module.HyperLogLog.from_bytes(written)
        other = module.HyperLogLog(sketch.precision)
        other.add(hashes)
        other.add_hashes(hashes)
        before = sketch.to_bytes()
        sketch.merge(other)
        return before, sketch.to_bytes(), sketch.estimate()
    except ValueError as err:
        return str(err)


def target(data: bytes) -> None:
    """Compare what kernel and twin make of a serialised sketch and of hashes."""
    size = data[0] if data else 0
    written, hashes = data[1 : 1 + size], data[1 + size :]
    for added in (hashes, hashes[: len(hashes) // 8 * 8]):
        for start in (written, b"HLL\x01\x04\x00\x00\x00"):
            found, expected = (
                attempt(module, start, added)
                for module in (logflow_ext.hyperloglog, logflow_ext.reference.hyperloglog)
            )
            assert found == expected, f"{found!r}\nis not\n{expected!r}"
            assert isinstance(found, str) or start == found[0], "not what was read"


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

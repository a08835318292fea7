"""Fuzzes entropy: of any bytes, as they are and as counts, kernel and twin find the same."""

from __future__ import annotations

from types import ModuleType

from _harness import run

import logflow_ext.entropy
import logflow_ext.reference.entropy

SEEDS = [b"some text, and more of it", bytes(range(256)), (b"\x01" + bytes(7)) * 9, b"\xff" * 16]


def attempt(module: ModuleType, counts: bytes) -> float | str:
    """The entropy of counts, or the message of the error."""
    try:
        return float(module.entropy(counts))
    except (ValueError, OverflowError) as err:
        return str(err)


def target(data: bytes) -> None:
    """Compare what kernel and twin make of bytes, and of whole and broken counts."""
    for part in (data, data[: len(data) // 8 * 8], data[1:]):
        found, expected = (
            (module.byte_counts(part).tolist(), module.byte_entropy(part), attempt(module, part))
            for module in (logflow_ext.entropy, logflow_ext.reference.entropy)
        )
        assert found == expected, f"{found}\nis not\n{expected}"


if __name__ == "__main__":
    run(target, SEEDS, __doc__)

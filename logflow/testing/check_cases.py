"""The rules that can be checked on an installed plugin without samples of its format."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st

from logflow.testing.decoder import RELAXED, DecoderConformance
from logflow.testing.sink import SinkConformance

__all__ = ["DecoderChecks", "SinkChecks"]


class DecoderChecks:
    """D1, D2, D12 and D14 for the decoder called *name*."""

    name: ClassVar[str]

    @property
    def kit(self) -> DecoderConformance:
        kit = type("Kit", (DecoderConformance,), {"name": self.name, "valid": {"": (b"", [])}})()
        assert isinstance(kit, DecoderConformance)
        return kit

    def test_d1_declaring_is_light(self) -> None:
        """D1: importing the plugin loads no heavy library."""
        self.kit.test_d1_declaring_is_light()

    def test_d2_sniffing_is_total(self) -> None:
        """D2: ``sniff`` takes any bytes."""
        self.kit.test_d2_sniffing_is_total()

    def test_d12_unknown_options(self) -> None:
        """D12: unknown options are errors."""
        self.kit.test_d12_unknown_options()

    @given(data=st.binary(max_size=200))
    @RELAXED
    def test_d14_any_bytes(self, data: bytes) -> None:
        """D14: any bytes are accounted for, or refused as a whole."""
        assert self.kit.total(data) >= 0


class SinkChecks(SinkConformance):
    """All rules; outputs are read back only where a decoder has the sink's name."""

    @property
    def reads_back(self) -> bool:  # type: ignore[override]
        from logflow.plugins import registry

        return any(record.name == self.name for record in registry().records("decoders"))

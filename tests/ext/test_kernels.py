"""Every kernel has a source, a stub and a twin, and is in the list of kernels."""

from __future__ import annotations

from pathlib import Path

import pytest

import logflow_ext

FOLDER = Path(logflow_ext.__file__).parent
FUZZERS = Path(__file__).resolve().parents[2] / "fuzz"


def test_the_list_is_complete() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.pyx"))) == logflow_ext.KERNELS
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.pyi"))) == logflow_ext.KERNELS


@pytest.mark.parametrize("name", logflow_ext.KERNELS)
def test_the_twin_has_the_same_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = logflow_ext.kernel(name)
    monkeypatch.setenv("LOGFLOW_PURE", "1")
    twin = logflow_ext.kernel(name)
    assert set(twin.__all__) == {entry for entry in twin.__all__ if hasattr(kernel, entry)}


@pytest.mark.parametrize("name", sorted({*logflow_ext.KERNELS} - {"simd"}))  # takes no input
def test_a_fuzzer_compares_it_with_its_twin(name: str) -> None:
    imports = {f"import logflow_ext.{name}", f"import logflow_ext.reference.{name}"}
    fuzzers = [path.read_text(encoding="utf-8").splitlines() for path in FUZZERS.glob("fuzz_*.py")]
    assert any(imports <= {*lines} for lines in fuzzers)


def test_a_missing_extension_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGFLOW_PURE", raising=False)
    with pytest.raises(ImportError, match="LOGFLOW_PURE=1"):
        logflow_ext.kernel("no_such_kernel")

"""Every variant gives what the twins give; which one is used can be chosen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import logflow_ext.reference.simd
import logflow_ext.simd

DIGEST = Path(__file__).parent / "simd_digest.py"
VARIANTS = logflow_ext.simd.available()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("LOGFLOW_SIMD", "LOGFLOW_PURE")}
    return subprocess.run(
        [sys.executable, *arguments], env=env | environment, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def twins() -> str:
    done = run(str(DIGEST), LOGFLOW_PURE="1")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_gives_what_the_twins_give(variant: str, twins: str) -> None:
    done = run(str(DIGEST), LOGFLOW_SIMD=variant)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == twins


@pytest.mark.parametrize("wanted", ["", *VARIANTS])
def test_variant_is_the_wanted_one_or_the_fastest(wanted: str) -> None:
    done = run("-c", "import logflow_ext.simd as s; print(s.variant())", LOGFLOW_SIMD=wanted)
    assert done.stdout.strip() == (wanted or VARIANTS[-1])


@pytest.mark.parametrize("module", ["simd", "utf8", "structural", "delimited"])
def test_variant_that_is_not_there_is_refused_at_import(module: str) -> None:
    done = run("-c", f"import logflow_ext.{module}", LOGFLOW_SIMD="avx1024")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ValueError: LOGFLOW_SIMD=avx1024 is not available on this machine, which has: "
        + ", ".join(VARIANTS)
    )


def test_variant_is_one_of_the_available() -> None:
    assert VARIANTS[0] == "portable"
    assert logflow_ext.simd.variant() in VARIANTS


def test_twin_has_no_variants() -> None:
    twin = logflow_ext.reference.simd
    assert (twin.variant(), twin.available()) == ("python", ("python",))

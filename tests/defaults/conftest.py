"""What the tests of the built-in plugin share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    *(
        f"logflow.testing.{kit}"
        for kit in ("auth", "catalog", "codec", "executor", "metrics", "source", "storage")
    )
)

NOBODY = 65534


@pytest.fixture
def ordinary_user() -> Iterator[Path]:
    """A new directory of a user whom permissions bind, who the test is meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if os.geteuid():
            yield folder
            return
        folder.chmod(0o777)
        os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)

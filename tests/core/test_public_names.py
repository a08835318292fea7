"""The names that packages offer lazily are there, listed, and the ones documented."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

import logflow
import logflow.errors
import logflow.testing


@pytest.mark.parametrize("module", [logflow, logflow.testing], ids=lambda module: module.__name__)
def test_every_name_is_where_it_is_said_to_be(module: ModuleType) -> None:
    assert module.__all__ == sorted(module.__all__)
    for name, home in module._HOMES.items():
        assert getattr(module, name) is getattr(importlib.import_module(home), name)
    assert set(module._HOMES) | {"__version__"} >= set(module.__all__) >= set(module._HOMES)


@pytest.mark.parametrize("module", [logflow, logflow.testing], ids=lambda module: module.__name__)
def test_other_names_are_not(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    drawn = logflow.errors.__doc__ or ""
    for name in logflow.errors.__all__:
        error = getattr(logflow.errors, name)
        assert issubclass(error, logflow.LogflowError)
        assert f"{name} " in drawn or f"{name}\n" in drawn

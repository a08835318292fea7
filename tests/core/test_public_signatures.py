"""What plugins rely on does not change unnoticed: public signatures, against a snapshot.

``python tests/core/test_public_signatures.py`` writes the snapshot anew; what then differs in it
is a change of the contract, and goes by the rules of its stability.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SNAPSHOT = Path(__file__).with_name("public_signatures.txt")
MODULES = [
    "logflow",
    "logflow.errors",
    "logflow.hookspecs",
    "logflow.interfaces.cancel",
    "logflow.interfaces.codec",
    "logflow.interfaces.decoder",
    "logflow.interfaces.executor",
    "logflow.interfaces.sink",
    "logflow.interfaces.source",
    "logflow.interfaces.storage",
    "logflow.options",
    "logflow.records",
]


def signatures() -> Iterator[str]:
    for name in MODULES:
        module = importlib.import_module(name)
        hooks = [n for n in vars(module) if n.startswith("logflow_")]
        for entry in sorted({*module.__all__, *hooks}):
            yield from _described(f"{name}.{entry}", getattr(module, entry))


def _described(name: str, thing: Any) -> Iterator[str]:
    if dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            optional = field.default is not dataclasses.MISSING or (
                field.default_factory is not dataclasses.MISSING
            )
            yield f"{name}.{field.name}: {field.type}{' (optional)' if optional else ''}"
    elif inspect.isclass(thing):
        yield f"{name}({', '.join(base.__name__ for base in thing.__bases__)})"
    elif inspect.isfunction(thing):
        yield f"{name}{inspect.signature(thing)}"
    if inspect.isclass(thing):
        for method, function in sorted(vars(thing).items()):
            if not method.startswith("_") and inspect.isfunction(function):
                yield f"{name}.{method}{inspect.signature(function)}"


def test_public_signatures_are_as_they_were() -> None:
    assert list(signatures()) == SNAPSHOT.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    SNAPSHOT.write_text("".join(f"{line}\n" for line in signatures()), encoding="utf-8")

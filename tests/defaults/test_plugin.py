"""What the built-in plugin declares, and that declaring is light."""

from __future__ import annotations

import ast
import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pluggy
import pytest

import logflow.testing
from logflow import defaults, hookspecs
from logflow.records import CodecRecord, Record

KITS = ("auth", "catalog", "codec", "executor", "metrics", "source", "storage")


def declared() -> Iterator[tuple[str, Record]]:
    manager = pluggy.PluginManager("logflow")
    manager.add_hookspecs(hookspecs)
    manager.register(defaults)
    manager.check_pending()
    for hook in sorted(vars(defaults)):
        if hook.startswith("logflow_"):
            for records in getattr(manager.hook, hook)():
                for record in records:
                    yield hook, record


RECORDS = list(declared())


def test_what_there_is() -> None:
    assert [(hook.removeprefix("logflow_"), record.name) for hook, record in RECORDS] == [
        ("archives", "zip"),
        ("archives", "tar"),
        ("authenticators", "none"),
        ("authenticators", "api-key"),
        ("authorizers", "allow-all"),
        ("catalogs", "memory"),
        ("codecs", "gzip"),
        ("codecs", "bzip2"),
        ("codecs", "xz"),
        ("executors", "threads"),
        ("executors", "processes"),
        ("metrics", "none"),
        ("metrics", "log"),
        ("sinks", "null"),
        ("sources", "file"),
        ("storages", "file"),
        ("storages", "memory"),
    ]


@pytest.mark.parametrize(("hook", "record"), RECORDS, ids=[f"{h} {r.name}" for h, r in RECORDS])
def test_records(hook: str, record: Record) -> None:
    module, _, name = record.factory.partition(":")
    assert callable(getattr(import_module(module), name))
    assert record.description.endswith(".")
    assert "\n" not in record.description


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("gzip", [gzip.compress(b""), gzip.compress(b"x" * 999)]),
        ("bzip2", [b"BZh91AY&SY\0\0", b"BZh1\x17rE8P\x90\0\0"]),
        ("xz", [b"\xfd7zXZ\0\0\4", b"]\0\0\x80\0\xff"]),
    ],
)
def test_magic_of_codecs(name: str, heads: list[bytes]) -> None:
    (record,) = (r for _, r in RECORDS if isinstance(r, CodecRecord) and r.name == name)
    for head in heads:
        assert any(magic.matches(head) for magic in record.magic)
    for head in (b"", b"BZhours,name\n1,2\n", b"]\n", b"id,name\n", b"PK\3\4"):
        assert not any(magic.matches(head) for magic in record.magic)


def test_declaring_is_light() -> None:
    heavy = {
        "bz2", "concurrent.futures", "lzma", "multiprocessing", "numpy", "pyarrow", "tarfile",
        "xxhash", "zipfile", "logflow.defaults.sources",
    }  # fmt: skip
    code = (
        "import sys, logflow.defaults as d\n"
        "for name in dir(d):\n"
        "    if name.startswith('logflow_'): list(getattr(d, name)())\n"
        f"sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    )
    # Measuring coverage imports some of these itself.
    unmeasured = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, env=unmeasured, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(
    "module", ["streams", "paths", "expand", "sources", "executors", "storage"]
)
def test_parts_are_light(module: str) -> None:
    code = (
        f"import sys, logflow.defaults.{module}\n"
        "sys.exit(' '.join({'pyarrow', 'numpy', 'pandas'} & set(sys.modules)) or 0)"
    )
    # Measuring coverage imports some of these itself.
    unmeasured = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, env=unmeasured, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("kit", KITS)
def test_rules_are_numbered(kit: str) -> None:
    """Every test of a kit is one rule: its name and its docstring begin with the same number."""
    path = Path(logflow.testing.__path__[0], f"{kit}.py")
    tree = ast.parse(path.read_text())
    tests = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    prefix = {"auth": "AU", "catalog": "CA", "codec": "CO", "executor": "EX", "metrics": "ME",
              "source": "SO", "storage": "ST"}[kit]  # fmt: skip
    numbers = [f"{prefix}{number}" for number in range(1, len(tests) + 1)]
    assert [test.name.split("_")[1].upper() for test in tests] == numbers
    assert [(ast.get_docstring(test) or "").partition(":")[0] for test in tests] == numbers
    assert f"{prefix}1 to {numbers[-1]}" in (ast.get_docstring(tree) or "")

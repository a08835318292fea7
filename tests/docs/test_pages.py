"""Every code block of the README and of the pages in ``docs/`` is run, and its output compared.

The language of a block says what is done with it, in the order of the page, in one new folder:

* ``console``: each ``$ command`` is run; what follows is its output, stderr included, where
  ``...`` stands for anything.  ``(exit 3)`` as last line is the status of a command that
  does not exit with 0.
* ``python``: run; with ``>>>`` it is a doctest.
* ``python file=src/x.py`` (any language): written to that file.
* ``text``, ``sh``: for people only.  Anything else fails the test.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    line: int
    language: str
    file: str | None
    code: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            text.count("\n", 0, match.start()) + 1,
            match[1] or "",
            match[2].strip().removeprefix("file=") or None,
            match[3],
        )
        for match in FENCE.finditer(text)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for sample in (ROOT / "docs/examples").glob("*.csv"):
        target = tmp_path / "docs/examples" / sample.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample, target)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if block.file:
            path = tmp_path / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
        elif block.language == "console":
            run_console(block, where)
        elif block.language == "python":
            run_python(block, where, names)
        else:
            assert block.language in ("text", "sh"), f"{where}: nothing checks this block"


def run_console(block: Block, where: str) -> None:
    for step in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        command, _, expected = step.partition("\n")
        environment = os.environ | {
            "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"],
            "COLUMNS": "100",
            "NO_COLOR": "1",
        }
        run = subprocess.run(
            command,
            shell=True,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output = run.stdout + (f"(exit {run.returncode})\n" if run.returncode else "")
        check = doctest.OutputChecker().check_output
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert check(expected.strip() + "\n", output.strip() + "\n", flags), (
            f"{where}: $ {command}\nexpected:\n{expected}\nprinted:\n{output}"
        )


def run_python(block: Block, where: str, names: dict[str, object]) -> None:
    if ">>>" not in block.code:
        exec(compile(block.code, where, "exec"), names)
        return
    example = doctest.DocTestParser().get_doctest(block.code, names, where, where, block.line)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(example, out=report.append, clear_globs=False)
    names.update(example.globs)
    assert not runner.failures, "".join(report)

"""The rules on the page of the plugin contract are those of the kits, word for word.

``python tests/docs/test_contract.py`` writes them anew.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/plugin-contract.md"
RULE = re.compile(r"([A-Z]+)(\d+): (.+)", re.DOTALL)
PLACE = re.compile(r"<!-- rules (\w+) -->\n(?:\n\|.*?\n(?=\n|\Z))?", re.DOTALL)


def rules() -> dict[str, dict[int, str]]:
    """The rules of all kits by prefix and number; the first of several tests of one rule."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for path in sorted((ROOT / "logflow/testing").glob("*.py")):
        if path.name == "check_cases.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                rule = RULE.fullmatch(ast.get_docstring(node) or "")
                assert rule, f"{path.name}: {node.name} cites no rule"
                text = " ".join(rule[3].split()).replace("``", "`")
                found[rule[1]].setdefault(int(rule[2]), text)
    return found


def with_rules(page: str) -> str:
    found = rules()
    assert set(PLACE.findall(page)) == set(found)

    def table(place: re.Match[str]) -> str:
        lines = [f"| {place[1]}{n} | {text} |" for n, text in sorted(found[place[1]].items())]
        return "\n".join([f"<!-- rules {place[1]} -->", "", "| rule | |", "|---|---|", *lines, ""])

    return PLACE.sub(table, page)


def test_the_page_has_the_rules_of_the_kits() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_rules(page)


def test_rules_are_numbered_without_gaps() -> None:
    for prefix, numbered in rules().items():
        assert sorted(numbered) == list(range(1, len(numbered) + 1)), prefix


if __name__ == "__main__":
    PAGE.write_text(with_rules(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

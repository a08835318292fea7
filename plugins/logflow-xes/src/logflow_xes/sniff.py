"""Is a text an event log of XES?"""

from __future__ import annotations

import re

from logflow import Level, Peek, Verdict

__all__ = ["sniff_xes"]

_ROOT = re.compile(
    rb"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?log(?=[\s/>])([^>]*)>", re.DOTALL
)
_INSIDE = re.compile(
    rb"<(?:[\w.-]+:)?(?:trace|event|extension|global|classifier|(?:string|date|int|float|boolean|"
    rb"id|list|container)\s[^>]*\bkey\s*=)"
)


def sniff_xes(peek: Peek) -> Verdict | None:
    """Claims XML whose root is called log and has parts of an event log."""
    if peek.text is None:
        return None
    root = _ROOT.match(peek.text)
    if root and (b"xes" in root[1] or _INSIDE.search(peek.text, root.end())):
        return Verdict(
            level=Level.STRUCTURE, score=0.98, reason="XML with the root of an event log"
        )
    if peek.name.lower().endswith(".xes") and peek.text.lstrip().startswith(b"<"):
        return Verdict(level=Level.HINT, score=0.6, reason=f"XML under the name {peek.name}")
    return None

"""Is a text XML?"""

from __future__ import annotations

import re

from logflow import Level, Peek, Verdict

__all__ = ["sniff_xml"]

_START = re.compile(
    rb"\s*(?:<\?xml\s[^>]*\?>\s*)?(?:<!--.*?-->\s*|<\?[^>]*\?>\s*)*+"
    rb"(?:<!DOCTYPE\s+(?!html)[^>\[]*+>\s*)?(?:<!--.*?-->\s*)*+<(?!html[\s>])[A-Za-z_][\w:.-]*[\s/>]",
    re.DOTALL,
)


def sniff_xml(peek: Peek) -> Verdict | None:
    """Claims texts that start as a document does; pages of the web are none."""
    if peek.text is None:
        return None
    if _START.match(peek.text) and (b"</" in peek.text or b"/>" in peek.text):
        return Verdict(level=Level.STRUCTURE, score=0.9, reason="starts as a document of XML does")
    return None

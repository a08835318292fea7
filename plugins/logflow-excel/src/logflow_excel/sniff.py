"""Is a zip file a workbook?"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from logflow import Level, Peek, Verdict

__all__ = ["sniff_ods", "sniff_xlsb", "sniff_xlsx"]

_END = struct.Struct("<4s4H2LH")
"""The end of a zip directory (APPNOTE 4.3.16): signature, ..., size and start of the directory."""
_ENTRY = struct.Struct("<4s24x3H12x")
"""An entry of it (4.3.12), up to its name: signature, and the lengths of three fields."""
_LOCAL = struct.Struct("<4s22x2H")
ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def _names(peek: Peek) -> list[str]:
    """The names of the files in a zip file, all of them if its directory is in sight."""
    tail = peek.head if peek.complete else peek.tail or b""
    names = list(_listed(tail)) or list(_stored(peek.head))
    return [name.replace("\\", "/").lower().lstrip("/") for name in names]


def _listed(tail: bytes) -> Iterator[str]:
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        return
    size = _END.unpack_from(tail, at)[5]
    at -= size
    while at >= 0 and tail[at : at + 4] == b"PK\1\2" and at + 46 <= len(tail):
        name, extra, comment = _ENTRY.unpack_from(tail, at)[1:]
        yield tail[at + 46 : at + 46 + name].decode("cp437")
        at += 46 + name + extra + comment


def _stored(head: bytes) -> Iterator[str]:
    """The name of the first file."""
    if len(head) >= _LOCAL.size:
        name = _LOCAL.unpack_from(head)[1]
        yield head[30 : 30 + name].decode("cp437")


def sniff_xlsx(peek: Peek) -> Verdict | None:
    """Claims zip files with a workbook in XML, or with content types under the right name."""
    if not peek.head.startswith(b"PK"):
        return None
    names = _names(peek)
    if any(name.endswith("workbook.bin") for name in names):
        return None
    if any(name.startswith("xl/") for name in names):
        return _verdict("a zip file with the parts of a workbook")
    if "[content_types].xml" in names and peek.name.lower().endswith((".xlsx", ".xlsm", ".xlam")):
        return _verdict("a zip file with content types, and the name of a workbook")
    return None


def sniff_xlsb(peek: Peek) -> Verdict | None:
    """Claims zip files with a binary workbook."""
    if peek.head.startswith(b"PK") and any(n.endswith("workbook.bin") for n in _names(peek)):
        return _verdict("a zip file with the parts of a binary workbook")
    return None


def sniff_ods(peek: Peek) -> Verdict | None:
    """Claims zip files that say that they are a spreadsheet, or are named like one."""
    if not peek.head.startswith(b"PK"):
        return None
    if ODS in peek.head[:200]:
        return _verdict("a zip file whose media type is that of a spreadsheet")
    if "content.xml" in _names(peek) and peek.name.lower().endswith(".ods"):
        return _verdict("a zip file with the content of a document, and the name of a spreadsheet")
    return None


def _verdict(reason: str) -> Verdict:
    return Verdict(level=Level.STRUCTURE, score=0.95, reason=reason)

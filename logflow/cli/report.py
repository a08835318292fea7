"""What was found out about an input, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from logflow.cli.tables import aligned

if TYPE_CHECKING:
    from logflow.detection.findings import Detection
    from logflow.interfaces.decoder import Dialect

__all__ = ["described", "detection_json", "size_of"]


def described(detection: Detection, *, explain: bool = False) -> str:
    """A few lines; with *explain*, also how sure each finding is and what else was considered."""
    lines = [f"{detection.location}{size_of(detection.size)}"]
    if findings := list(_findings(detection, explain)):
        lines.append(aligned(findings, indent=2))
    if detection.dialect is not None:
        lines.append(aligned(_dialect(detection.dialect, explain), indent=2))
    if detection.members:
        lines.append(f"  members      {', '.join(detection.members)}")
    if explain and detection.candidates:
        header = ("candidate", "evidence", "score", "reason")
        rows = [(c.name, c.level, f"{c.score:.2f}", c.reason) for c in detection.candidates]
        lines += ["", aligned([header, *rows], indent=2)]
    return "\n".join(lines)


def size_of(size: int | None) -> str:
    """The size of an input in parentheses, empty if it is not known."""
    return "" if size is None else f" ({size:,} bytes)"


def _findings(detection: Detection, explain: bool) -> Iterator[tuple[str, ...]]:
    for label in ("compression", "archive", "format", "encoding"):
        finding = getattr(detection, label)
        if finding is not None:
            score = (f"{finding.score:.2f}",) if explain else ()
            yield f"{label:<11}", finding.name, *score, finding.reason


def _dialect(dialect: Dialect, explain: bool) -> list[tuple[str, str]]:
    """A row for each value that is there, and with *explain* for each reason."""
    shown: Any = dialect
    values = [
        (f"{field.name.replace('_', ' '):<11}", _shown(value))
        for field in fields(shown)
        if field.repr and field.name != "reasons"
        if (value := getattr(shown, field.name)) not in (None, "", ())
    ]
    reasons = dialect.reasons if explain else ()
    return [*values, *(("" if i else "because", reason) for i, reason in enumerate(reasons))]


def _dialect_values(dialect: Any) -> dict[str, Any]:
    """A dialect is a dataclass of its decoder's own."""
    return {f.name: getattr(dialect, f.name) for f in fields(dialect) if f.name != "reasons"}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.2f}"
    return repr(value) if isinstance(value, str) else str(value)


def detection_json(detection: Detection) -> dict[str, Any]:
    """The detection as JSON can hold it."""
    dialect = detection.dialect
    shown = asdict(replace(detection, dialect=None))
    if dialect is not None:
        shown["dialect"] = {**_dialect_values(dialect), "reasons": dialect.reasons}
    return shown

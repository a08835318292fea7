"""The chart of a benchmark: a panel for each workload, a bar for each system.  Plain SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

__all__ = ["draw"]

COLUMNS = 3
PANEL_WIDTH = 300
LABEL_WIDTH = 76
VALUE_WIDTH = 74
BAR = 15
STEP = 20
TITLE = 44
GAP = 24
OURS, PEER, INK, FAINT = "#c2410c", "#94a3b8", "#1e293b", "#64748b"


def draw(workloads: Mapping[str, Mapping[str, Any]]) -> str:
    """The SVG of what ``convert`` found out: megabytes of text a second, longer bars are better."""
    bars = max(len(found["systems"]) for found in workloads.values())
    height = TITLE + bars * STEP + GAP
    rows = -(-len(workloads) // COLUMNS)
    columns = min(COLUMNS, len(workloads))
    full = (columns * (PANEL_WIDTH + GAP) + GAP, 40 + rows * height)
    panels = [
        f'<g transform="translate({GAP + number % COLUMNS * (PANEL_WIDTH + GAP)},'
        f'{40 + number // COLUMNS * height})">\n{_panel(found)}</g>\n'
        for number, found in enumerate(workloads.values())
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full[0]}" height="{full[1]}" '
        f'viewBox="0 0 {full[0]} {full[1]}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{full[0]}" height="{full[1]}" fill="white"/>\n'
        + _text(GAP, 26, "CSV to Parquet, megabytes of text a second (longer is faster)", size=15)
        + "".join(panels)
        + "</svg>\n"
    )


def _panel(found: Mapping[str, Any]) -> str:
    systems: Mapping[str, Any] = found["systems"]
    speeds = {
        name: found["text"] / 1e6 / figures["wall"]
        for name, figures in systems.items()
        if "failed" not in figures
    }
    scale = (PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH) / max(speeds.values(), default=1)
    lines = [_text(0, 18, found["about"], weight="bold"), _text(0, 34, _size(found), color=FAINT)]
    for number, (name, figures) in enumerate(systems.items()):
        top = TITLE + number * STEP
        lines.append(_text(LABEL_WIDTH - 6, top + 12, name, anchor="end"))
        if name not in speeds:
            lines.append(_text(LABEL_WIDTH, top + 12, "failed", color=FAINT))
            continue
        width = round(speeds[name] * scale, 1)
        color = OURS if name == "logflow" else PEER
        lines.append(
            f'<rect x="{LABEL_WIDTH}" y="{top}" width="{width}" height="{BAR}" fill="{color}"/>\n'
        )
        value = f"{speeds[name]:.0f}" + (" lenient" if figures.get("lenient") else "")
        lines.append(_text(LABEL_WIDTH + width + 5, top + 12, value))
    return "".join(lines)


def _size(found: Mapping[str, Any]) -> str:
    text = f"{found['text'] / 1e6:,.0f} MB, {found['rows']:,} rows"
    if found["bytes"] < 0.9 * found["text"]:
        text += f", stored in {found['bytes'] / 1e6:,.0f} MB"
    return text


def _text(
    x: float,
    y: float,
    text: str,
    *,
    color: str = INK,
    anchor: str = "start",
    weight: str = "normal",
    size: int = 12,
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{color}" text-anchor="{anchor}" '
        f'font-weight="{weight}" font-size="{size}">{escape(text)}</text>\n'
    )

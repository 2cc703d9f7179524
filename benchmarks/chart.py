"""Bar charts as SVG, readable in light and dark mode."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ROW, _LABEL, _BAR, _HEAD = 26, 260, 420, 40
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#24292f}"
    ".bar{fill:#2f6fab}.limit{stroke:#c0392b;stroke-dasharray:4 3}.title{font-weight:600}"
    "@media(prefers-color-scheme:dark){text{fill:#d0d7de}.bar{fill:#6cb0f0}}"
)


def write_bars(
    path: Path,
    title: str,
    bars: Sequence[tuple[str, float]],
    *,
    unit: str = "",
    limit: float | None = None,
) -> None:
    """Write a chart.

    Args:
        path: of the SVG file.
        title: above the bars.
        bars: a label and a value of zero or more for each.
        unit: written after the values.
        limit: a value to mark with a dashed line, such as a target.
    """
    top = max([value for _, value in bars] + [limit or 0.0]) or 1.0
    height = _HEAD + _ROW * len(bars) + 10
    width = _LABEL + _BAR + 80
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="8" y="22">{escape(title)}</text>',
    ]
    for position, (label, value) in enumerate(bars):
        y = _HEAD + position * _ROW
        length = value / top * _BAR
        parts += [
            f'<text x="{_LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>',
            f'<rect class="bar" x="{_LABEL}" y="{y + 2}" width="{length:.1f}" height="16"/>',
            f'<text x="{_LABEL + length + 6:.1f}" y="{y + 14}">{value:g}{escape(unit)}</text>',
        ]
    if limit is not None:
        x = _LABEL + limit / top * _BAR
        parts.append(
            f'<line class="limit" x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD - 6}" y2="{height - 8}"/>'
        )
    path.write_text("\n".join([*parts, "</svg>", ""]))

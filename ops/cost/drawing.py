"""A drawing of lines, rectangles and text, written as SVG or as PNG."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import ImageDraw

_SCALE = 2  # of the PNG, for dense screens
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
_BACKGROUND, _INK = "#ffffff", "#24292f"


@dataclass(frozen=True)
class Rectangle:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    color: str

    def svg(self) -> str:
        """Return its element."""
        return (
            f'<rect x="{self.x:.1f}" y="{self.y:.1f}" width="{self.width:.1f}" '
            f'height="{self.height:.1f}" fill="{self.color}"/>'
        )

    def paint(self, on: ImageDraw.ImageDraw) -> None:
        """Paint it."""
        right, bottom = self.x + self.width, self.y + self.height
        on.rectangle([each * _SCALE for each in (self.x, self.y, right, bottom)], self.color)


@dataclass(frozen=True)
class Line:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    color: str
    width: float = 2.0
    is_dashed: bool = False

    def svg(self) -> str:
        """Return its element."""
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)
        dashes = ' stroke-dasharray="6 4"' if self.is_dashed else ""
        return (
            f'<polyline points="{points}" fill="none" stroke="{self.color}" '
            f'stroke-width="{self.width:g}"{dashes}/>'
        )

    def paint(self, on: ImageDraw.ImageDraw) -> None:
        """Paint it, with a gap after every third point if it is dashed."""
        scaled = [(x * _SCALE, y * _SCALE) for x, y in self.points]
        width = round(self.width * _SCALE)
        if not self.is_dashed:
            on.line(scaled, self.color, width, joint="curve")
            return
        for at in range(0, len(scaled) - 1, 3):
            on.line(scaled[at : at + 3], self.color, width)


@dataclass(frozen=True)
class Text:
    """A line of text; `anchor` is `start`, `middle` or `end`."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    color: str = _INK
    size: int = 13

    def svg(self) -> str:
        """Return its element."""
        return (
            f'<text x="{self.x:.1f}" y="{self.y:.1f}" text-anchor="{self.anchor}" '
            f'font-size="{self.size}" fill="{self.color}">{escape(self.text)}</text>'
        )

    def paint(self, on: ImageDraw.ImageDraw) -> None:
        """Paint it."""
        from PIL import ImageFont

        font = ImageFont.load_default(self.size * _SCALE)
        place = (self.x * _SCALE, self.y * _SCALE)
        on.text(place, self.text, self.color, font, anchor=_ANCHORS[self.anchor])


@dataclass
class Drawing:
    """What is drawn, in order; sizes are in pixels."""

    width: int
    height: int
    title: str
    parts: list[Rectangle | Line | Text] = field(default_factory=list)

    def add(self, *parts: Rectangle | Line | Text) -> None:
        """Draw on top of what is there."""
        self.parts.extend(parts)

    def svg(self) -> str:
        """Return it as SVG."""
        size = f'width="{self.width}" height="{self.height}"'
        box = f'viewBox="0 0 {self.width} {self.height}" {size} role="img"'
        style = 'font-family="system-ui, sans-serif"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {box} {style}>',
                f"<title>{escape(self.title)}</title>",
                f'<rect {size} fill="{_BACKGROUND}"/>',
                *(part.svg() for part in self.parts),
                "</svg>",
                "",
            ]
        )

    def write(self, path: Path) -> None:
        """Write a file, as PNG or SVG by its extension.

        Raises:
            ValueError: it has another one.
        """
        match path.suffix.lower():
            case ".svg":
                path.write_text(self.svg(), encoding="utf-8")
            case ".png":
                self._write_png(path)
            case _:
                message = f"{path.name} ends in neither .svg nor .png"
                raise ValueError(message)

    def _write_png(self, path: Path) -> None:
        from PIL import Image, ImageDraw

        picture = Image.new("RGB", (self.width * _SCALE, self.height * _SCALE), _BACKGROUND)
        on = ImageDraw.Draw(picture)
        for part in self.parts:
            part.paint(on)
        picture.save(path, "PNG", optimize=True)


def legend(entries: Sequence[tuple[str, str]], x: float, y: float) -> list[Rectangle | Text]:
    """Return a column of colored squares with their labels."""
    parts: list[Rectangle | Text] = []
    for at, (label, color) in enumerate(entries):
        top = y + at * 20
        parts += [Rectangle(x, top - 10, 11, 11, color), Text(x + 18, top, label)]
    return parts

"""Draws graphs as a picture, in the places that they have on the dashboard."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from ops.dashboard import scales

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ops.dashboard.reading import Graph, Line

COLUMN, ROW = 68, 52
"""Pixels of a unit of the grid of the dashboard."""

PALETTE = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2",
           "#17becf", "#bcbd22", "#7f7f7f", "#393b79", "#ad494a", "#637939")  # fmt: skip
_BACKGROUND, _PAPER, _INK, _FAINT, _LIMIT = "#eceff1", "#ffffff", "#16191f", "#d5dbdb", "#b0004e"
_HEADER, _TITLE, _SMALL = 44, 17, 13
_LINE_HEIGHT, _MARGIN, _GAP = 18, 14, 6
_LEFT, _TOP = 58, 40
_LEGEND_LINES = 5
# A limit that is higher than so many times the data would flatten it.
_FLATTENING = 4


class Box(NamedTuple):
    """A rectangle, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


def place(graph: Graph) -> Box:
    """Return where a graph is in the picture."""
    widget = graph.widget
    left, top = widget.x * COLUMN, _HEADER + widget.y * ROW
    return Box(left + _GAP // 2, top + _GAP // 2,
               left + widget.width * COLUMN - _GAP // 2,
               top + widget.height * ROW - _GAP // 2)  # fmt: skip


def picture(title: str, graphs: Sequence[Graph]) -> Image.Image:
    """Draw a dashboard."""
    boxes = [place(each) for each in graphs]
    size = max(each.right for each in boxes) + _GAP, max(each.bottom for each in boxes) + _GAP
    image = Image.new("RGB", size, _BACKGROUND)
    draw = ImageDraw.Draw(image)
    draw.text((_MARGIN, _HEADER / 2), title, _INK, _font(_TITLE), anchor="lm")
    for graph, box in zip(graphs, boxes, strict=True):
        _Drawing(draw, graph, box).all()
    return image


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def distinct(labels: Sequence[str]) -> list[str]:
    """Leave out the words, between hyphens, that all labels begin and end with."""
    if len(labels) < 2:
        return list(labels)
    parts = [label.split("-") for label in labels]
    spare = min(map(len, parts)) - 1
    first = min(_alike(zip(*parts, strict=False)), spare)
    last = min(_alike(zip(*map(reversed, parts), strict=False)), spare - first)
    return ["-".join(each[first : len(each) - last]) for each in parts]


def _alike(places: Iterable[tuple[str, ...]]) -> int:
    return sum(1 for _ in takewhile(lambda words: len(set(words)) == 1, places))


class _Drawing:
    def __init__(self, draw: ImageDraw.ImageDraw, graph: Graph, box: Box) -> None:
        self._draw, self._graph, self._box = draw, graph, box
        self._colors = [
            each.color or PALETTE[number % len(PALETTE)] for number, each in enumerate(graph.lines)
        ]
        self._legend = self._legend_lines()
        below = _LINE_HEIGHT * (len(self._legend) + 1) + _MARGIN
        self._plot = Box(box.left + _LEFT, box.top + _TOP, box.right - _MARGIN, box.bottom - below)
        most = self._most()
        self._limits = [each for each in graph.widget.limits if each[1] <= _FLATTENING * most]
        self._axis = scales.values(max([most, *(value for _, value in self._limits)]))

    def all(self) -> None:
        """Draw the widget."""
        widget = self._graph.widget
        self._draw.rectangle(self._box, _PAPER)
        unit = f", {widget.unit}" if widget.unit and widget.unit not in widget.title.lower() else ""
        title = (self._box.left + _MARGIN, self._box.top + 14)
        self._draw.text(title, widget.title + unit, _INK, _font(_TITLE))
        self._axes()
        if widget.stacked:
            self._bars()
        else:
            for line, color in zip(self._graph.lines, self._colors, strict=True):
                self._line(line, color)
        self._draw_limits()
        self._draw_legend()
        if not any(each.points for each in self._graph.lines):
            middle = (
                (self._plot.left + self._plot.right) / 2,
                (self._plot.top + self._plot.bottom) / 2,
            )
            self._draw.text(middle, "no data", _INK, _font(_SMALL), anchor="mm")

    def _most(self) -> float:
        lines = self._graph.lines
        if not self._graph.widget.stacked:
            return max((value for each in lines for value in each.points.values()), default=0.0)
        times = {at for each in lines for at in each.points}
        return max((sum(each.points.get(at, 0.0) for each in lines) for at in times), default=0.0)

    def _x(self, at: float) -> float:
        share = (at - self._graph.start) / (self._graph.end - self._graph.start)
        left, right = self._plot.left, self._plot.right
        return min(max(left + share * (right - left), left), right)

    def _y(self, value: float) -> float:
        return self._plot.bottom - value / self._axis[-1] * (self._plot.bottom - self._plot.top)

    def _axes(self) -> None:
        for value in self._axis:
            y = self._y(value)
            self._draw.line((self._plot.left, y, self._plot.right, y), _FAINT)
            where = (self._plot.left - 6, y)
            self._draw.text(where, scales.written(value), _INK, _font(_SMALL), anchor="rm")
        for at, text in scales.times(self._graph.start, self._graph.end):
            below = (self._x(at), self._plot.bottom + 4)
            self._draw.text(below, text, _INK, _font(_SMALL), anchor="mt")

    def _line(self, line: Line, color: str) -> None:
        # A point stands for its period, so it is drawn in the middle of it.
        half = self._graph.period / 2
        points = sorted(line.points.items())
        for (at, value), (after, following) in pairwise(points):
            if after - at <= self._graph.period:  # otherwise there is a gap
                ends = (
                    self._x(at + half),
                    self._y(value),
                    self._x(after + half),
                    self._y(following),
                )
                self._draw.line(ends, color, 2)
        for at, value in points:
            x, y = self._x(at + half), self._y(value)
            self._draw.ellipse((x - 2.5, y - 2.5, x + 2.5, y + 2.5), color)

    def _bars(self) -> None:
        below: dict[int, float] = {}
        for line, color in zip(self._graph.lines, self._colors, strict=True):
            for at, value in line.points.items():
                if not value:
                    continue
                bottom = below.get(at, 0.0)
                left, right = self._x(at), self._x(at + self._graph.period)
                ends = (left, self._y(bottom + value), max(right - 1, left + 1), self._y(bottom))
                self._draw.rectangle(ends, color)
                below[at] = bottom + value

    def _draw_limits(self) -> None:
        right = self._plot.right
        for label, value in self._graph.widget.limits:
            shown = (label, value) in self._limits
            y = self._y(value) if shown else self._plot.top - 8
            text = label if shown else f"{label}: {scales.written(value)}"
            for left in range(self._plot.left, right if shown else self._plot.left, 10):
                self._draw.line((left, y, min(left + 5, right), y), _LIMIT)
            anchor = "rb" if shown and y > self._plot.top + _LINE_HEIGHT else "rm"
            where = (right, y - 2 if shown else y)
            self._draw.text(where, text, _LIMIT, _font(_SMALL), anchor=anchor)

    def _legend_lines(self) -> list[list[tuple[int, str]]]:
        """Divide the labels among lines, and leave out what does not fit."""
        room = self._box.right - self._box.left - 2 * _MARGIN
        lines: list[list[tuple[int, str]]] = [[]]
        used = 0.0
        labels = distinct([each.label for each in self._graph.lines])
        for number, label in enumerate(labels):
            width = self._draw.textlength(label, _font(_SMALL)) + 30
            if lines[-1] and used + width > room:
                if len(lines) == _LEGEND_LINES:
                    lines[-1][-1] = (lines[-1][-1][0], lines[-1][-1][1] + " …")
                    break
                lines.append([])
                used = 0.0
            lines[-1].append((number, label))
            used += width
        return lines

    def _draw_legend(self) -> None:
        y = self._box.bottom - _LINE_HEIGHT * len(self._legend) - 4
        for entries in self._legend:
            x: float = self._box.left + _MARGIN
            for number, label in entries:
                self._draw.rectangle((x, y, x + 10, y + 10), self._colors[number])
                self._draw.text((x + 15, y + 5), label, _INK, _font(_SMALL), anchor="lm")
                x += self._draw.textlength(label, _font(_SMALL)) + 30
            y += _LINE_HEIGHT

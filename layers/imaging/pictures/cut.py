"""The part of a picture that an output is made of."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cut:
    """A box (left, top, right, bottom) in pixels of the picture, and the size it is brought to."""

    box: Box
    size: tuple[int, int]

    @property
    def shrink(self) -> float:
        """Pixels of the picture per pixel of the output, on the side where that is less."""
        left, top, right, bottom = self.box
        return min((right - left) / self.size[0], (bottom - top) / self.size[1])

    def part(self, picture: tuple[int, int]) -> tuple[float, float]:
        """Width and height of the box in fractions of the picture's."""
        left, top, right, bottom = self.box
        return (right - left) / picture[0], (bottom - top) / picture[1]

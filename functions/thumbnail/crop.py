"""Computes which box of a picture becomes an output of which size."""

from __future__ import annotations

from dataclasses import replace

from pictures.cut import Cut
from thumbnail.specs import Fit


def cut_for(fit: Fit, box: tuple[int, int], picture: tuple[int, int]) -> Cut:
    """Return the cut that fits a picture into a box, both (width, height) in pixels.

    `cover` and `attention` take the largest centered part with the aspect ratio of the box;
    `inside` and `contain` take the whole picture. No output is larger than the part it is made of:
    a picture that is too small gives that part unchanged.
    """
    if fit in {Fit.COVER, Fit.ATTENTION}:
        return _covering(box, picture)
    width, height = picture
    scale = min(1.0, box[0] / width, box[1] / height)
    return Cut((0.0, 0.0, width, height), (_pixels(width * scale), _pixels(height * scale)))


def moved(cut: Cut, picture: tuple[int, int], focus: tuple[float, float]) -> Cut:
    """Return the cut, centered on a point as far as the edges of the picture allow.

    Args:
        cut: the cut to move.
        picture: width and height in pixels.
        focus: the point, in fractions of width and height.
    """
    left, top, right, bottom = cut.box
    width, height = right - left, bottom - top
    x = min(max(focus[0] * picture[0] - width / 2, 0.0), picture[0] - width)
    y = min(max(focus[1] * picture[1] - height / 2, 0.0), picture[1] - height)
    if (width, height) == cut.size:  # not resampled
        x, y = round(x), round(y)
    return replace(cut, box=(x, y, x + width, y + height))


def _covering(box: tuple[int, int], picture: tuple[int, int]) -> Cut:
    width, height = picture
    part_width = min(float(width), height * box[0] / box[1])
    part_height = min(float(height), width * box[1] / box[0])
    size = box
    if part_width <= box[0]:  # too small: whole pixels, so that nothing is resampled
        size = (min(_pixels(part_width), width), min(_pixels(part_height), height))
        part_width, part_height = size
    left, top = (width - part_width) / 2, (height - part_height) / 2
    if size == (part_width, part_height):
        left, top = left // 1, top // 1
    return Cut((left, top, left + part_width, top + part_height), size)


def _pixels(length: float) -> int:
    return max(1, int(length + 0.5))

"""The frames of a GIF: where each is drawn, and where its pixels are (GIF89a specification)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from image_pipeline.refusals import too_complex
from pictures import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER_LENGTH, _DESCRIPTOR_LENGTH = 13, 10
_EXTENSION, _FRAME, _CONTROL = 0x21, 0x2C, 0xF9
_HAS_COLORS, _IS_INTERLACED, _HAS_TRANSPARENCY = 0x80, 0x40, 0x01


class GifFrame(NamedTuple):
    """A frame on the screen, in pixels, and how it is stored.

    `palette` is empty without any, `transparent` the index that leaves the screen as it is, and
    `start` the position of the code size, after which the data blocks follow.
    """

    left: int
    top: int
    width: int
    height: int
    palette: bytes
    transparent: int | None
    disposal: int
    is_interlaced: bool
    start: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom edge."""
        return self.left, self.top, self.left + self.width, self.top + self.height


def screen(data: bytes) -> tuple[int, int]:
    """Return width and height of the screen."""
    return _number(data, 6), _number(data, 8)


def frames(data: bytes) -> Iterator[GifFrame]:
    """Yield the frames of a GIF, up to anything that is not part of one.

    Raises:
        ValidationError: there are more data blocks than any real file has (`too_complex`).
    """
    colors = _colors(data, 10)
    palette = data[_HEADER_LENGTH : _HEADER_LENGTH + colors]
    position, blocks = _HEADER_LENGTH + colors, 0
    disposal, transparent = 0, None
    while position < len(data):
        kind = data[position]
        if kind == _EXTENSION:
            control = data[position + 1 : position + 7]
            if control[:2] == bytes((_CONTROL, 4)) and len(control) > 5:
                disposal = control[2] >> 2 & 7
                transparent = control[5] if control[2] & _HAS_TRANSPARENCY else None
            position += 2
        elif kind == _FRAME:
            flags = data[position + 9 : position + 10] or b"\0"
            own = _colors(data, position + 9)
            start = position + _DESCRIPTOR_LENGTH + own
            left, top, width, height = (_number(data, position + at) for at in (1, 3, 5, 7))
            yield GifFrame(
                left,
                top,
                width,
                height,
                palette=data[start - own : start] if own else palette,
                transparent=transparent,
                disposal=disposal,
                is_interlaced=bool(flags[0] & _IS_INTERLACED),
                start=start,
            )
            disposal, transparent, position = 0, None, start + 1
        else:
            return
        while position < len(data) and (length := data[position]):
            position += 1 + length
            blocks += 1
            if blocks > limits.GIF_BLOCKS:
                raise too_complex("data blocks")
        position += 1


def _number(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 2], "little")


def _colors(data: bytes, position: int) -> int:
    """Return the length of the color table that the flags at a position announce."""
    flags = data[position] if position < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & _HAS_COLORS else 0

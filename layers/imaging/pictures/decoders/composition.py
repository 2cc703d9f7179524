"""Animations composed as browsers compose them, on a canvas that is transparent at first.

Pillow fills what frames leave open, and what they clear, with a background color, and mixes
translucent frames by the alpha of the new one alone. It is corrected where that would show.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Box = tuple[int, int, int, int]
_CLEAR = (0, 0, 0, 0)


class Disposal(Enum):
    """What becomes of a frame before the next one is drawn."""

    KEEP = "keep"
    CLEAR = "clear"
    RESTORE = "restore"


@dataclass(frozen=True)
class Frame:
    """A frame: its box on the canvas, and how it is drawn and removed.

    `replaces` says that its transparent pixels replace the canvas instead of showing it. `decode`
    returns its pixels in RGBA, in the size of its box.
    """

    box: Box
    disposal: Disposal
    replaces: bool
    decode: Callable[[], Image.Image]


def leaves_gaps(size: tuple[int, int], frames: Sequence[tuple[Box, Disposal]]) -> bool:
    """Return whether frames leave a part of the canvas open, clear or restore one, or exceed it."""
    (left, top, right, bottom), _ = frames[0]
    covers = left <= 0 and top <= 0 and right >= size[0] and bottom >= size[1]
    exceeds = any(box[2] > size[0] or box[3] > size[1] for box, _ in frames)
    return not covers or exceeds or any(kind is not Disposal.KEEP for _, kind in frames[:-1])


class ComposedFile(ImageFile.ImageFile):
    """An opened animation whose frames are composed here, in RGBA.

    Args:
        opened: the file as Pillow opened it; its facts are kept.
        frames: at least one.
    """

    def __init__(self, opened: ImageFile.ImageFile, frames: Sequence[Frame]) -> None:
        Image.Image.__init__(self)  # nothing is read here
        self.format, self.fp, self.info = opened.format, opened.fp, opened.info
        self.info.pop("transparency", None)
        self._size, self._mode = opened.size, "RGBA"
        self.tile = []
        self._frames, self.n_frames = frames, len(frames)
        self._number, self._drawn = 0, -1
        self._canvas: Image.Image | None = None
        self._remove: Callable[[Image.Image], None] = _nothing

    def _open(self) -> None:
        """Do nothing: the file is open already."""

    def seek(self, frame: int) -> None:
        """Go to a frame, counted from 0."""
        if not 0 <= frame < self.n_frames:
            raise EOFError("no such frame")
        self._number = frame

    def tell(self) -> int:
        """Return the number of the current frame."""
        return self._number

    def load(self) -> Any:
        """Compose the current frame, see `ImageFile.load`."""
        if self._canvas is None or self._drawn > self._number:
            Image._decompression_bomb_check(self._size)  # noqa: SLF001 - as all of Pillow does
            self._canvas = Image.new("RGBA", self._size, _CLEAR)
            self._remove, self._drawn = _nothing, -1
        while self._drawn < self._number:
            self._canvas = self._drawn_on(self._canvas, self._frames[self._drawn + 1])
            self._drawn += 1
        self.im = self._canvas.im
        return Image.Image.load(self)

    def _drawn_on(self, before: Image.Image, frame: Frame) -> Image.Image:
        """Return a copy of the canvas with a frame: the picture before it may still be in use."""
        canvas = before.copy()
        self._remove(canvas)
        self._remove = _removal(canvas, frame)
        pixels = frame.decode()
        if frame.replaces:
            canvas.paste(pixels, frame.box)
        elif pixels.width and pixels.height:
            # Parts outside of the canvas do not show.
            drawn = canvas.crop(frame.box)
            drawn.alpha_composite(pixels)
            canvas.paste(drawn, frame.box)
        return canvas


def _nothing(canvas: Image.Image) -> None:
    """Remove nothing."""


def _removal(canvas: Image.Image, frame: Frame) -> Callable[[Image.Image], None]:
    """Return what removes a frame, which is not drawn on the canvas yet."""
    if frame.disposal is Disposal.CLEAR:
        return lambda later: later.paste(_CLEAR, frame.box)
    if frame.disposal is Disposal.RESTORE:
        before = canvas.crop(frame.box)
        return lambda later: later.paste(before, frame.box)
    return _nothing

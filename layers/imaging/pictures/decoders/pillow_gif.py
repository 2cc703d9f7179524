"""Pillow's GIF reader, with frames composed as browsers compose them."""

from __future__ import annotations

import struct
from functools import partial
from typing import IO, TYPE_CHECKING

from PIL import GifImagePlugin, Image

from pictures.containers import gif_frames
from pictures.decoders.composition import ComposedFile, Disposal, Frame, leaves_gaps

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    from pictures.containers.gif_frames import GifFrame

_DISPOSALS = {2: Disposal.CLEAR, 3: Disposal.RESTORE}
_ENTRIES = 256


class _GifImageFile(GifImagePlugin.GifImageFile):
    """Pillow's picture, whose extensions may be empty, and which may end within a later frame."""

    _ended_at = -1

    def _seek(self, frame: int, update_image: bool = True) -> None:
        try:
            super()._seek(frame, update_image)
        except (struct.error, IndexError) as error:  # the header of the frame is not whole
            raise EOFError from error

    def data(self) -> bytes | None:
        """Return the next block of an extension; None after the last one, however often asked."""
        assert self.fp is not None
        if self.fp.tell() == self._ended_at:
            return None
        block = super().data()
        if block is None:
            self._ended_at = self.fp.tell()
        return block


def open_gif(file: IO[bytes], filename: str) -> ImageFile:
    """Return the picture of a GIF."""
    opened = _GifImageFile(file, filename)
    position = file.tell()
    file.seek(0)
    data = file.read()
    file.seek(position)
    frames = list(gif_frames.frames(data))
    kinds = [(frame.box, _DISPOSALS.get(frame.disposal, Disposal.KEEP)) for frame in frames]
    if frames and not (frames[0].width and frames[0].height):
        raise OSError("the first frame has no pixels")
    if not frames or not leaves_gaps(opened.size, kinds):
        return opened
    return ComposedFile(
        opened,
        [
            Frame(box, disposal, replaces=False, decode=partial(_pixels, data, frame))
            for frame, (box, disposal) in zip(frames, kinds, strict=True)
        ],
    )


def _pixels(data: bytes, frame: GifFrame) -> Image.Image:
    size = (frame.width, frame.height)
    if not all(size):
        return Image.new("RGBA", size)
    code_size = data[frame.start]
    blocks = memoryview(data)[frame.start + 1 :]
    indices = Image.frombytes("P", size, blocks, "gif", code_size, frame.is_interlaced, -1)
    colors = frame.palette or bytes(level for gray in range(_ENTRIES) for level in (gray,) * 3)
    alphas = bytearray(b"\xff" * _ENTRIES)
    if frame.transparent is not None:
        alphas[frame.transparent] = 0
    indices.putpalette(colors.ljust(3 * _ENTRIES, b"\0"))
    indices.info["transparency"] = bytes(alphas)
    return indices.convert("RGBA")

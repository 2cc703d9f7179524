"""Pillow's WebP reader, which keeps the alpha that libwebp leaves where no frame is drawn."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, cast

from PIL.WebPImagePlugin import WebPImageFile

from pictures.decoders.composition import Disposal, leaves_gaps
from pictures.preflight.webp import frame_boxes

if TYPE_CHECKING:
    from typing import BinaryIO

_ALPHA = "RGBA"


def open_webp(file: IO[bytes], filename: str) -> WebPImageFile:
    """Return the picture of a WebP.

    A file without alpha in any frame is still transparent where frames leave the canvas open.
    """
    opened = WebPImageFile(file, filename)
    kinds = [
        (box, Disposal.CLEAR if is_cleared else Disposal.KEEP)
        for box, is_cleared in frame_boxes(cast("BinaryIO", file))
    ]
    if kinds and leaves_gaps(opened.size, kinds):
        opened.rawmode = opened._mode = _ALPHA  # noqa: SLF001 - Pillow offers no other way
    return opened

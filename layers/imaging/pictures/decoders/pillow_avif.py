"""Pillow's AVIF reader, which also crops to the clean aperture (ISO/IEC 23000-22, 7.3.6.7).

A picture with several lists of properties, which libavif refuses, is read with one, and one with a
gain map that libavif does not know is read without it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

from PIL import AvifImagePlugin, Image

from pictures.containers.clean_aperture import clean_aperture
from pictures.containers.heif_items import read_items

if TYPE_CHECKING:
    from typing import BinaryIO

    Box = tuple[int, int, int, int]


class AvifImageFile(AvifImagePlugin.AvifImageFile):
    """Pillow's picture, cropped; rotation and mirroring come after the crop."""

    _coded_size = (0, 0)
    _shown: Box | None = None

    def _open(self) -> None:
        try:
            super()._open()
        except (RuntimeError, ValueError, SyntaxError):
            from pictures.decoders.property_lists import with_one_list
            from pictures.decoders.tone_mapped import without_tone_mapped

            data = cast("io.BytesIO", self.fp).getvalue()
            mended = without_tone_mapped(with_one_list(data))
            if mended == data:
                raise
            self.fp = io.BytesIO(mended)
            super()._open()
        self._coded_size = self._size
        items = read_items(cast("BinaryIO", self.fp))
        primary = (
            items.by_number.get(items.primary) if items and items.primary is not None else None
        )
        if primary:
            self._shown = clean_aperture(primary.property(b"clap"), self._size)
        self._crop_size()

    def seek(self, frame: int) -> None:
        """Go to a frame."""
        self._size = self._coded_size if self._shown else self._size
        super().seek(frame)
        self._crop_size()

    def load(self) -> Any:
        """Decode, see `ImageFile.load`."""
        if not self.tile or not self._shown:
            return super().load()
        self._size = self._coded_size
        super().load()
        self.im = self.im.crop(self._shown)
        self._crop_size()
        return Image.Image.load(self)

    def _crop_size(self) -> None:
        if self._shown:
            left, top, right, bottom = self._shown
            self._size = (right - left, bottom - top)

"""Pillow's TIFF reader, extended to sample layouts that it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, cast

from PIL import Image, TiffImagePlugin

from pictures import limits
from pictures.decoders.tiff_layouts import Layout, decoded, layout_of
from pictures.preflight.tiff import page_count

if TYPE_CHECKING:
    import io

_BITS, _COMPRESSION, _SAMPLES, _PLANAR, _ALPHA = 258, 259, 277, 284, 338
_ORIENTATION, _PROFILE = 274, 34675
_PREMULTIPLIED = 1


class TiffImageFile(TiffImagePlugin.TiffImageFile):
    """Pillow's picture, whose `load` also decodes the layouts of `tiff_layouts`."""

    _layout: Layout | None = None

    def _setup(self) -> None:
        if _PLANAR in self.tag_v2 and self.tag_v2.get(_SAMPLES, 1) == 1:
            self.tag_v2[_PLANAR] = 1  # Pillow mistakes the strips of a single plane for channels
        try:
            super()._setup()
            is_known = not self._is_misread()
        except SyntaxError:  # how Pillow reports an unknown layout
            is_known = False
        if is_known:
            return
        self._layout = layout = layout_of(self.tag_v2)
        turned = self.tag_v2.get(_ORIENTATION) in {5, 6, 7, 8}
        self._mode = layout.mode
        self._size = (layout.height, layout.width) if turned else (layout.width, layout.height)
        self._tile_size = (layout.width, layout.height)
        self.tile = []
        if profile := self.tag_v2.get(_PROFILE):
            self.info["icc_profile"] = profile

    @property
    def n_frames(self) -> int:
        """Number of pages; Pillow would set up each one, and fail if one is too large."""
        return page_count(cast("BinaryIO", self.fp))

    def _is_misread(self) -> bool:
        """Whether Pillow reads 12-bit samples as 16-bit ones, or planes as other channels."""
        bits, alpha = self.tag_v2.get(_BITS, (1,)), self.tag_v2.get(_ALPHA, ())
        if self.mode == "I;16" and bits == (12,):
            return True
        if self.tag_v2.get(_PLANAR) != 2:
            return False
        is_plain = max(bits) == 8 and _PREMULTIPLIED not in alpha
        is_raw = self.tag_v2.get(_COMPRESSION, 1) == 1
        return self.mode in {"LA", "La"} or (is_raw and not is_plain)

    def load(self) -> Any:
        """Decode, see `ImageFile.load`."""
        if self._layout is None or self._im is not None:
            return super().load()
        # Each byte is a pixel to Pillow now; `decode.reading` restores its limit.
        Image.MAX_IMAGE_PIXELS = limits.TIFF_UNUSUAL_BYTES
        data = memoryview(cast("io.BytesIO", self.fp).getvalue())
        picture = decoded(self._layout, data, self.tag_v2)
        self.im = picture.im
        self._mode = picture.mode
        self._size = self._tile_size
        self.load_end()
        return Image.Image.load(self)

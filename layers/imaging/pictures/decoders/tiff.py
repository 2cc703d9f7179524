"""Pillow's TIFF reader, restricted to the sample layouts that it decodes correctly."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from PIL import TiffImagePlugin

from image_pipeline.refusals import unsupported_format
from pictures.preflight.tiff import page_count

if TYPE_CHECKING:
    from image_pipeline.errors import ValidationError

_BITS, _COMPRESSION, _SAMPLES, _PLANAR, _EXTRA_SAMPLES = 258, 259, 277, 284, 338
_UNCOMPRESSED, _SEPARATE_PLANES, _PREMULTIPLIED = 1, 2, 1


class TiffImageFile(TiffImagePlugin.TiffImageFile):
    """Pillow's reader, refusing layouts that it does not know or would decode to wrong pixels.

    Raises:
        ValidationError: `unsupported_format`.
    """

    def _setup(self) -> None:
        if self.tag_v2.get(_SAMPLES, 1) == 1 and _PLANAR in self.tag_v2:
            self.tag_v2[_PLANAR] = 1  # Pillow mistakes the strips of a single plane for channels
        try:
            super()._setup()
        except SyntaxError as error:  # how Pillow reports an unknown layout
            raise _unsupported() from error
        if self._is_misread():
            raise _unsupported()

    @property
    def n_frames(self) -> int:
        """Number of pages; Pillow would set up each one, and fail if one is too large."""
        return page_count(cast("BinaryIO", self.fp))

    def _is_misread(self) -> bool:
        """Whether Pillow reads 12-bit samples as 16-bit ones, or planes as other channels."""
        bits, extra = self.tag_v2.get(_BITS, (1,)), self.tag_v2.get(_EXTRA_SAMPLES, ())
        if self.mode == "I;16" and bits == (12,):
            return True
        if self.tag_v2.get(_PLANAR) != _SEPARATE_PLANES:
            return False
        is_plain = max(bits) == 8 and _PREMULTIPLIED not in extra
        is_raw = self.tag_v2.get(_COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED
        return self.mode in {"LA", "La"} or (is_raw and not is_plain)


def _unsupported() -> ValidationError:
    return unsupported_format(
        "This kind of TIFF is not supported", "save it with 8 or 16 bits per channel"
    )

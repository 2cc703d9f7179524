"""Pillow's TIFF reader, extended to sample layouts that it does not know or reads wrong."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from PIL import Image, ImagePalette, TiffImagePlugin

from image_pipeline.refusals import unsupported_format
from pictures.containers import read_at
from pictures.containers.tiff_directories import Tiff
from pictures.containers.tiff_pages import page_count, shown_page
from pictures.decoders import tiff_samples
from pictures.decoders.tiff_layouts import (
    BLACK_IS_ZERO,
    FLOAT,
    LOG_L,
    LOG_LUV,
    SIGNED,
    UNSIGNED,
    layout_of,
)
from pictures.decoders.tiff_planes import luminance
from pictures.orientation import upright

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from pictures.decoders.tiff_layouts import Layout

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_FILL_ORDER, _SAMPLES = 266, 277
_PLANAR, _COLOR_MAP, _ALPHA, _FORMAT = 284, 320, 338, 339
_ORIENTATION, _WEIGHTS, _SUBSAMPLING, _PROFILE = 274, 529, 530, 34675
_NOT_COMPRESSED, _OLD_JPEG, _JPEG, _PACKBITS = 1, 6, 7, 32773
_UNDEFINED = 4
_YCBCR, _LAST_BIT_FIRST, _SEPARATE = 6, 2, 2
_TILE_WIDTH, _TILES = 322, 324
_STRIPS_AND_TILES = ((273, 324), (279, 325))  # offsets, lengths
_BIG_ENDIAN = b"MM"
_NOT_READ = {
    32766: "NeXT's method",
    32909: "PixarLog",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}


class TiffImageFile(TiffImagePlugin.TiffImageFile):
    """Pillow's picture, whose `load` also decodes the layouts of `tiff_layouts`."""

    _decode: Callable[[memoryview], Image.Image] | None = None

    def _seek(self, frame: int) -> None:
        if not self._frame_pos:  # the file has just been opened: begin with the page that is shown
            file = cast("BinaryIO", self.fp)
            tiff = Tiff.in_file(file)
            page = shown_page(tiff)
            head = read_at(file, 0, tiff.header_length)
            if tiff.is_big:
                # Pillow tells a BigTIFF by a byte that is elsewhere if it is big-endian.
                head = b"II\x2b\0" + head[4:]
            self.tag_v2 = TiffImagePlugin.ImageFileDirectory_v2(head, prefix=tiff.mark)
            self._TiffImageFile__next = page.offset if page else 0
        super()._seek(frame)

    def _setup(self) -> None:
        _require_readable(self.tag_v2)
        if set(self.tag_v2.get(_FORMAT, ())) == {_UNDEFINED}:
            del self.tag_v2[_FORMAT]  # readers take such samples for unsigned numbers
        if _TILE_WIDTH in self.tag_v2 and _TILES not in self.tag_v2:
            # Early software kept tiles where others keep strips, which libtiff accepts.
            for strips, tiles in _STRIPS_AND_TILES:
                self.tag_v2[tiles] = self.tag_v2.pop(strips)
        if _PLANAR in self.tag_v2 and self.tag_v2.get(_SAMPLES, 1) == 1:
            self.tag_v2[_PLANAR] = 1  # Pillow mistakes the strips of a single plane for channels
        if self.tag_v2.get(_PHOTOMETRIC) in {LOG_L, LOG_LUV}:
            mode = "RGB" if self.tag_v2[_PHOTOMETRIC] == LOG_LUV else "L"
            self._decode_by(lambda data: luminance(data, self.tag_v2), mode)
        elif not self._is_known():
            layout = layout_of(self.tag_v2)
            self._decode_by(partial(self._decoded, layout), layout.mode)
        elif self._is_old_jpeg_of_gray():
            # Pillow takes every old-style JPEG for YCbCr.
            _, *others = cast("tuple[Any, ...]", self.tile[0].args)
            self.tile, self._mode = [self.tile[0]._replace(args=("L", *others))], "L"
        elif self.mode in {"P", "PA"} and max(self.tag_v2[_COLOR_MAP]) < 256:
            # Some software writes a palette in eight bits, as libtiff notices too.
            self.palette = ImagePalette.raw("RGB;L", bytes(self.tag_v2[_COLOR_MAP]))

    def _is_old_jpeg_of_gray(self) -> bool:
        is_gray = self.tag_v2.get(_PHOTOMETRIC) == BLACK_IS_ZERO
        is_single = self.tag_v2.get(_SAMPLES, 1) == 1
        return is_gray and is_single and self.tag_v2.get(_COMPRESSION) == _OLD_JPEG

    def _is_known(self) -> bool:
        """Set up the picture as Pillow does; return whether Pillow reads its layout, and right."""
        stored = {tag: self.tag_v2.get(tag) for tag in (_COMPRESSION, _FILL_ORDER)}
        if self._needs_libtiff():
            # Pillow leaves a compressed picture to libtiff, which goes by the file itself.
            self.tag_v2[_COMPRESSION], self.tag_v2[_FILL_ORDER] = _PACKBITS, 1
        try:
            super()._setup()
        except (SyntaxError, IndexError):  # how Pillow reports an unknown layout, or more planes
            return False
        finally:
            for tag, value in stored.items():
                self.tag_v2.pop(tag, None)
                if value is not None:
                    self.tag_v2[tag] = value
        return not self._is_misread()

    def _needs_libtiff(self) -> bool:
        """Whether only libtiff reads an uncompressed picture: subsampled, or with reversed bits."""
        if self.tag_v2.get(_COMPRESSION, _NOT_COMPRESSED) != _NOT_COMPRESSED:
            return False
        if self.tag_v2.get(_PHOTOMETRIC) == _YCBCR:
            # libtiff refuses weights of zero, which Pillow ignores.
            is_whole = self.tag_v2.get(_SUBSAMPLING) == (1, 1)
            return not is_whole or all(self.tag_v2.get(_WEIGHTS, (1,)))
        return bool(self.tag_v2.get(_FILL_ORDER, 1) == _LAST_BIT_FIRST)

    def _is_misread(self) -> bool:
        """Whether Pillow takes a layout that it accepts for another one."""
        tags = self.tag_v2
        bits, kinds = max(tags.get(_BITS, (1,))), tags.get(_FORMAT, (UNSIGNED,))
        is_raw = tags.get(_COMPRESSION, _NOT_COMPRESSED) == _NOT_COMPRESSED
        is_inverted = tags.get(_PHOTOMETRIC, 0) == 0
        if tags.get(_PLANAR) == _SEPARATE and self._is_misread_in_planes(bits, is_raw=is_raw):
            return True
        if self.mode == "F":
            return is_inverted or (not is_raw and tags.prefix == _BIG_ENDIAN)
        return (
            self.mode == "I"
            or SIGNED in kinds
            or (self.mode == "I;16" and (is_inverted or bits == 12))
        )

    def _is_misread_in_planes(self, bits: int, *, is_raw: bool) -> bool:
        extra = self.tag_v2.get(_ALPHA, ())
        if self.mode in {"1", "L", "P"} and not extra:
            return False
        if self.mode not in {"RGB", "RGBA", "CMYK"} or (self.mode == "RGBA" and len(extra) != 1):
            return True
        return is_raw and (bits != 8 or bool(extra and extra != (2,)))

    def _decode_by(self, decode: Callable[[memoryview], Image.Image], mode: str) -> None:
        """Set up a picture that is decoded by a function of the whole file."""
        self._decode, self._mode = decode, mode
        width, height = self.tag_v2[_WIDTH], self.tag_v2[_HEIGHT]
        turned = self.tag_v2.get(_ORIENTATION) in {5, 6, 7, 8}
        self._size = (height, width) if turned else (width, height)
        self._tile_size = (width, height)
        self.tile, self.palette = [], None
        if profile := self.tag_v2.get(_PROFILE):
            self.info["icc_profile"] = profile

    def _decoded(self, layout: Layout, data: memoryview) -> Image.Image:
        profile = self.info.get("icc_profile")
        is_light = layout.kind == FLOAT and layout.colors in {"L", "RGB"}
        if is_light and profile:
            from pictures.colorimetry.linear_profile import encoded_like_srgb

            encoded = encoded_like_srgb(profile)
            is_light, self.info["icc_profile"] = encoded is not None, encoded or profile
        picture = tiff_samples.decoded(layout, data, self.tag_v2, profile, is_light=is_light)
        if layout.is_converted:
            self.info.pop("icc_profile", None)  # the colors are sRGB by now
        return picture

    @property
    def n_frames(self) -> int:
        """Number of pages; Pillow would set up each one, and fail if one is too large."""
        return page_count(cast("BinaryIO", self.fp))

    def load_end(self) -> None:
        """Turn the picture upright; Pillow would read all EXIF for the orientation."""
        turned = upright(self, self.tag_v2.pop(_ORIENTATION, 1))
        if turned is not self:
            self.im, self._size = turned.im, turned.size

    def load(self) -> Any:
        """Decode, see `ImageFile.load`."""
        if self._decode is None or self._im is not None:
            return super().load()
        picture = self._decode(memoryview(cast("io.BytesIO", self.fp).getvalue()))
        self.im = picture.im
        self._mode = picture.mode
        self._size = self._tile_size
        self.load_end()
        return Image.Image.load(self)


def _require_readable(tags: Any) -> None:
    """Refuse what libtiff, as Pillow brings it, does not read.

    Raises:
        ValidationError: `unsupported_format`.
    """
    compression = tags.get(_COMPRESSION, _NOT_COMPRESSED)
    name = _NOT_READ.get(compression)
    if name or compression not in TiffImagePlugin.COMPRESSION_INFO:
        what = f"TIFF compressed by {name or 'an unknown method'} is not supported"
        raise unsupported_format(what, "save it with LZW or ZIP compression")
    is_subsampled = tags.get(_SUBSAMPLING, (2, 2)) != (1, 1)
    is_ycbcr = tags.get(_PHOTOMETRIC) == _YCBCR and compression != _JPEG
    if is_ycbcr and is_subsampled and tags.get(_PLANAR) == _SEPARATE:
        raise unsupported_format("TIFF with subsampled planes is not supported", "save it in RGB")

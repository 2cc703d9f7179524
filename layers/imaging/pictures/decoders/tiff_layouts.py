"""Sample layouts of TIFFs, for those that Pillow does not know or reads wrong.

Pillow has a list of layouts; scanners and scientific software also write 10, 12, 14, 24, 32 or 64
bits per sample, signed numbers, half floats, separate planes, and alpha next to inks, to palettes
or to CIELab.

TIFF 6.0, sections 3 to 8, 14, 16, 18, 19 and 23; Adobe's TIFF Technical Notes 1 to 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from image_pipeline.refusals import too_complex, unsupported_format
from pictures import limits

UNSIGNED, SIGNED, FLOAT = 1, 2, 3
"""Kinds of numbers."""

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, INKS, CIELAB, ICCLAB = 0, 1, 2, 3, 5, 8, 9
"""Photometric interpretations."""

LOG_L, LOG_LUV = 32844, 32845
"""Photometric interpretations of the LogLuv codings, which say what is light."""

PREMULTIPLIED = 1

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_SAMPLES, _PLANAR, _PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT = 277, 284, 317, 322, 323
_ALPHA, _FORMAT = 338, 339
# Those that compress arbitrary bytes; the others depend on the pixel layout.
_COMPRESSIONS = frozenset({1, 5, 8, 32773, 32946, 34925, 50000})
_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3
# Bits of a sample that each predictor works on: libtiff's, and what Pillow can hold of it.
_PREDICTED_BITS = {1: range(1, 65), _DIFFERENCES: {8, 16, 32}, _FLOAT_DIFFERENCES: {16, 24, 32, 64}}
_FLOAT_BITS = frozenset({16, 24, 32, 64})
_COLORS = {
    WHITE_IS_ZERO: "L",
    BLACK_IS_ZERO: "L",
    RGB: "RGB",
    PALETTE: "P",
    INKS: "CMYK",
    CIELAB: "LAB",
    ICCLAB: "LAB",
}
_CMYK = 1


@dataclass(frozen=True)
class Layout:
    """Sample layout of a picture: sizes in pixels, `bits` per sample, `kind` of number.

    `alpha` is what the file calls it, 0 without any, and `alpha_at` the number of its sample.
    """

    width: int
    height: int
    bits: int
    samples: int
    photometric: int
    kind: int
    predictor: int
    is_planar: bool
    alpha: int
    alpha_at: int
    is_big_endian: bool

    @property
    def colors(self) -> str:
        """Pillow's name of the stored layout without alpha."""
        return _COLORS[self.photometric]

    @property
    def mode(self) -> str:
        """Pillow's name of the decoded layout."""
        if self.alpha:
            return "LA" if self.colors == "L" else "RGBA"
        if self.colors == "L":
            return "F" if self.kind == FLOAT else "L"
        return self.colors if self.colors == "CMYK" else "RGB"

    @property
    def is_converted(self) -> bool:
        """Whether decoding turns colors that a profile may describe into sRGB."""
        return self.colors == "LAB" or (self.colors == "CMYK" and bool(self.alpha))

    @property
    def wanted(self) -> list[int]:
        """Numbers of the samples that are shown: colors, then alpha."""
        colors = list(range(1 if self.colors in {"L", "P"} else len(self.colors)))
        return [*colors, self.alpha_at] if self.alpha else colors

    @property
    def octets(self) -> int:
        """Bytes of a sample; 0 where samples begin within a byte."""
        return 0 if self.bits % 8 else self.bits // 8

    @property
    def plane_samples(self) -> int:
        """Samples of a pixel that are stored side by side."""
        return 1 if self.is_planar else self.samples


def layout_of(tags: Any) -> Layout:
    """Return the layout that a directory describes.

    Raises:
        ValidationError: `unsupported_format` for a layout that is not described above.
    """
    bits, kinds = tags.get(_BITS, (1,)), tags.get(_FORMAT, (UNSIGNED,))
    samples, photometric = tags.get(_SAMPLES, 1), tags.get(_PHOTOMETRIC, WHITE_IS_ZERO)
    colors = {"L": 1, "P": 1}.get(_COLORS.get(photometric, ""), len(_COLORS.get(photometric, "")))
    alpha, alpha_at = _alpha(tags, colors, samples)
    layout = Layout(
        width=tags.get(_WIDTH, 0),
        height=tags.get(_HEIGHT, 0),
        bits=bits[0],
        samples=samples,
        photometric=photometric,
        kind=kinds[0],
        predictor=tags.get(_PREDICTOR, 1),
        is_planar=tags.get(_PLANAR, 1) == 2 and samples > 1,
        alpha=alpha,
        alpha_at=alpha_at,
        is_big_endian=tags.prefix == b"MM",
    )
    _require_known(layout, tags, is_uniform=len(set(bits)) == len(set(kinds)) == 1)
    tile = tags.get(_TILE_WIDTH, 1) * tags.get(_TILE_HEIGHT, 1)
    pixels = max(layout.width * layout.height, tile)
    if pixels * samples * layout.bits > 8 * limits.TIFF_UNUSUAL_BYTES:
        raise too_complex("bytes per pixel")
    return layout


def _alpha(tags: Any, colors: int, samples: int) -> tuple[int, int]:
    """Return the kind of the first alpha among the extra samples, and its place among all.

    A fourth sample of RGB whose meaning is not stated at all is alpha, as in other readers.
    """
    extra = tags.get(_ALPHA, (2,) if (colors, samples) == (3, 4) else ())
    alphas = ((kind, colors + place) for place, kind in enumerate(extra) if kind in {1, 2})
    return next(((kind, at) for kind, at in alphas if at < samples), (0, 0))


def _require_known(layout: Layout, tags: Any, *, is_uniform: bool) -> None:
    compression = tags.get(_COMPRESSION, 1)
    if compression not in _COMPRESSIONS:
        raise unsupported_format(
            "This compression of a TIFF is not supported", "save it with LZW or ZIP compression"
        )
    if layout.photometric not in _COLORS or (layout.colors == "CMYK" and tags.get(332, 1) != _CMYK):
        raise unsupported_format(
            "The color space of this TIFF is not supported", "save it in RGB or CMYK"
        )
    is_lab, is_float = layout.colors == "LAB", layout.kind == FLOAT
    is_known = (
        is_uniform
        and (layout.bits in _FLOAT_BITS if is_float else 1 <= layout.bits <= 64)
        and layout.kind in ({UNSIGNED, SIGNED, FLOAT} if not is_lab else {UNSIGNED, SIGNED})
        and not (layout.kind == SIGNED and layout.bits not in {8, 16, 32})
        and not (is_lab and layout.bits not in {8, 16})
        and not (layout.colors == "P" and (layout.kind != UNSIGNED or layout.bits > 16))
        and max(layout.wanted) < layout.samples <= limits.TIFF_SAMPLES
        and layout.bits in _PREDICTED_BITS.get(layout.predictor, ())
        and (is_float or layout.predictor != _FLOAT_DIFFERENCES)
        and tags.get(_TILE_WIDTH, 1) * tags.get(_TILE_HEIGHT, 1) > 0
    )
    if not is_known:
        raise unsupported_format(
            "This kind of TIFF is not supported", "save it with 8 or 16 bits per channel"
        )

"""TIFF sample layouts: common ones show the picture, rare ones are refused by name."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from moderate.samples import samples
from pictures import limits
from tests.support.tiff_files import FLOAT, SIGNED, SIZE, Tiff
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

if TYPE_CHECKING:
    from image_pipeline.models import Facts

SPECS = parse_specs("a=64x64:inside:png:80")


def examined(data: bytes) -> Facts:
    return examine(io.BytesIO(data), "uploads/a.tif", "", limits.PIXELS)


def rendered(data: bytes) -> Image.Image:
    assert examined(data).format == "TIFF"
    assert samples(data, "TIFF", max_pixels=limits.PIXELS)
    (rendition,) = render(data, SPECS, format_name="TIFF")
    return Image.open(io.BytesIO(rendition.data))


def largest_difference(one: Image.Image, other: Image.Image) -> int:
    return max(ImageChops.difference(one, other).tobytes())


DECODED = {
    "16 bits": Tiff(bits=16),
    "16 bits, big-endian": Tiff(bits=16, order=">"),
    "4 bits of gray": Tiff("L", 4),
    "8 bits of gray in one plane": Tiff("L", planar=True),
    "8 bits of gray in one plane, packed": Tiff("L", planar=True, packed=True),
    "16 bits of gray in one plane": Tiff("L", 16, planar=True),
    "planes": Tiff(planar=True),
    "planes, packed": Tiff(planar=True, packed=True),
    "16 bits in planes, packed": Tiff(bits=16, planar=True, packed=True),
    "differences in planes": Tiff(planar=True, packed=True, predictor=2),
}


@pytest.mark.parametrize("name", DECODED)
def test_a_common_layout_shows_the_picture(name: str) -> None:
    tiff = DECODED[name]
    # 4 bits are 16 levels.
    rounding = 17 if tiff.bits < 8 else 1

    shown = rendered(tiff.file()).convert(tiff.mode)
    assert largest_difference(shown, tiff.picture()) <= rounding


UNSUPPORTED = {
    "unknown to Pillow: 12 bits": Tiff(bits=12),
    "unknown to Pillow: 32 bits": Tiff(bits=32),
    "unknown to Pillow: floats": Tiff(bits=32, kind=FLOAT),
    "unknown to Pillow: doubles of gray": Tiff("L", 64, FLOAT),
    "unknown to Pillow: signed": Tiff(bits=32, kind=SIGNED),
    "misread by Pillow: 12 bits of gray": Tiff("L", 12),
    "misread by Pillow: 16 bits in planes": Tiff(bits=16, planar=True),
    "misread by Pillow: premultiplied planes": Tiff("RGBA", planar=True, alpha=1),
    "misread by Pillow: gray and alpha in planes": Tiff("LA", planar=True, alpha=2),
    "misread by Pillow: gray and alpha in packed planes": Tiff(
        "LA", planar=True, packed=True, alpha=2
    ),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_a_layout_without_a_decoder_is_unsupported(name: str) -> None:
    with pytest.raises(ValidationError, match="8 or 16 bits per channel") as refusal:
        examined(UNSUPPORTED[name].file())
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT


def test_an_orientation_is_applied_and_the_size_is_the_one_displayed() -> None:
    turned = Tiff(bits=16, orientation=6)
    facts = examined(turned.file())
    metadata = extract(turned.file(), store_gps=False)
    expected = turned.picture().transpose(Image.Transpose.ROTATE_270)

    assert (facts.width, facts.height) == (metadata.width, metadata.height) == SIZE[::-1]
    assert largest_difference(rendered(turned.file()).convert("RGB"), expected) <= 1

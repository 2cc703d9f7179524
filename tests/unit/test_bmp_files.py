"""BMPs with unusual channel masks, or with an early end-of-bitmap code."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageChops

from image_pipeline.errors import Reason, ValidationError
from pictures import limits
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

SPECS = parse_specs("a=64x64:inside:png:80")
SIZE = (47, 32)  # rows of 16 bits are padded


def picture(mode: str) -> Image.Image:
    slope = Image.linear_gradient("L").resize(SIZE)
    return Image.merge("RGBA", (slope, slope.rotate(180), slope.rotate(90), slope)).convert(mode)


def bmp(bits: int, masks: tuple[int, ...], *, top_down: bool = False) -> bytes:
    """A picture with this many bits per pixel."""
    shown = picture("RGBA" if len(masks) == 4 else "RGB")
    rows = shown if top_down else shown.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    pixels = b""
    for y in range(SIZE[1]):
        row = b""
        for x in range(SIZE[0]):
            levels = rows.getpixel((x, y))
            assert isinstance(levels, tuple)
            row += sum(
                level * (mask // (mask & -mask)) // 255 * (mask & -mask)
                for level, mask in zip(levels, masks, strict=True)
            ).to_bytes(bits // 8, "little")
        pixels += row + bytes(-len(row) % 4)
    header = struct.pack("<IiiHHIIiiII", 56, SIZE[0], -SIZE[1] if top_down else SIZE[1], 1, bits, 3,
                         len(pixels), 0, 0, 0, 0)  # fmt: skip
    header += struct.pack("<4I", *masks, *[0] * (4 - len(masks)))
    start = 14 + len(header)
    return struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start) + header + pixels


@pytest.mark.parametrize("top_down", [True, False])
@pytest.mark.parametrize(
    ("bits", "masks", "bits_kept"),
    [
        (16, (0xF00, 0xF0, 0xF), 4),
        (16, (0xF00, 0xF0, 0xF, 0xF000), 4),
        (16, (0x60, 0x1C, 0x3), 2),
        (32, (0xFF0, 0xFF000, 0xFF00000), 8),
        (32, (0x3FF00000, 0xFFC00, 0x3FF), 8),
    ],
    ids=["444", "4444", "231", "shifted by four", "ten bits"],
)
def test_pictures_with_any_masks_are_shown(
    bits: int, masks: tuple[int, ...], bits_kept: int, top_down: bool
) -> None:
    data = bmp(bits, masks, top_down=top_down)
    facts = examine(io.BytesIO(data), "uploads/a.bmp", "", limits.PIXELS)
    (rendition,) = render(data, SPECS, format_name="BMP")
    shown = Image.open(io.BytesIO(rendition.data))
    paper = Image.new("RGBA", SIZE, "white")
    one, other = (
        Image.alpha_composite(paper, image.convert("RGBA"))
        for image in (shown, picture("RGBA" if len(masks) == 4 else "RGB"))
    )

    assert (facts.width, facts.height) == shown.size == SIZE
    assert max(ImageChops.difference(one, other).tobytes()) <= 255 // ((1 << bits_kept) - 1) + 1


@pytest.mark.parametrize("is_cut", [True, False], ids=["cut off", "a mask in pieces"])
def test_a_damaged_bmp_is_corrupt(is_cut: bool) -> None:
    whole = bmp(16, (0x60, 0x1C, 0x3))
    damaged = whole[:-20] if is_cut else whole.replace(b"\x60\0\0\0", b"\x65\0\0\0", 1)

    with pytest.raises(ValidationError) as refusal:
        render(damaged, SPECS, format_name="BMP")
    assert refusal.value.reason == "corrupt"


def run_length_coded(content: bytes, size: tuple[int, int] = (8, 4)) -> bytes:
    """A picture of 8 bits per pixel in black, red and white."""
    colors = bytes((0, 0, 0, 0, 30, 30, 220, 0, 255, 255, 255, 0))
    header = struct.pack("<IiiHHIIiiII", 40, *size, 1, 8, 1, len(content), 0, 0, 3, 0)
    start = 14 + len(header) + len(colors)
    head = struct.pack("<2sIHHI", b"BM", start + len(content), 0, 0, start)
    return head + header + colors + content


END = b"\0\1"


@pytest.mark.parametrize("content", [b"\x08\x01\0\0\x08\x02", b"\x08\x01\0\0\x08\x02\0\0\x03\x02"])
def test_pixels_after_the_end_code_have_the_first_color(content: bytes) -> None:
    (rendition,) = render(run_length_coded(content + END), SPECS)
    shown = Image.open(io.BytesIO(rendition.data)).convert("RGB")

    assert [shown.getpixel((7, y)) for y in range(4)] == [
        (0, 0, 0), (0, 0, 0), (255, 255, 255), (220, 30, 30),
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"\x08\x01", b"\x08\x01\0\0\x08\x02", b"\x08\x01\0"])
def test_run_length_data_without_an_end_code_is_corrupt(content: bytes) -> None:
    with pytest.raises(ValidationError) as caught:
        render(run_length_coded(content), SPECS)
    assert caught.value.reason is Reason.CORRUPT

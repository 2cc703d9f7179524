"""BMPs with unusual channel masks, unused alpha, or run-length coding of every kind."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageChops

from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from pictures import limits
from pictures.decoders.bmp_run_lengths import indices
from tests.support.bitmaps import icon, of_one_color, run_length_coded
from tests.support.profiles import display_p3
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
        (16, (0x7C00, 0x3E0, 0x1F, 0x8000), 1),
        (16, (0x60, 0x1C, 0x3), 2),
        (32, (0xFF0, 0xFF000, 0xFF00000), 8),
        (32, (0x3FF00000, 0xFFC00, 0x3FF), 8),
    ],
    ids=["444", "4444", "1555", "231", "shifted by four", "ten bits"],
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


# ---------------------------------------------------------------------------------- unused alpha


def shown_color(data: bytes, format_name: str = "BMP") -> tuple[int, ...]:
    """The color of a corner; the metadata says whether there is alpha."""
    (rendition,) = render(data, SPECS, format_name=format_name)
    picture = Image.open(io.BytesIO(rendition.data))
    assert extract(data, store_gps=False).has_alpha is ("A" in picture.getbands())
    color = picture.convert("RGBA").getpixel((1, 1))
    assert isinstance(color, tuple)
    return color


@pytest.mark.parametrize("length", [56, 108, 124])
def test_alpha_of_zero_everywhere_is_opaque(length: int) -> None:
    assert shown_color(of_one_color(0x00C86432, length=length)) == (200, 100, 50, 255)


def test_alpha_of_zero_everywhere_is_opaque_in_every_layout() -> None:
    shifted = (0xFF000000, 0xFF0000, 0xFF00, 0xFF)
    unusual = (0x3FC00, 0x3FC0000, 0xFF, 0xFC000000)
    assert shown_color(of_one_color(0xC8643200, shifted)) == (200, 100, 50, 255)
    assert shown_color(of_one_color(200 << 10 | 100 << 18 | 50, unusual)) == (200, 100, 50, 255)
    few = (0x7C00, 0x3E0, 0x1F, 0x8000)
    assert shown_color(of_one_color(0x7C00, few, bits=16)) == (255, 0, 0, 255)


def test_alpha_counts_where_any_pixel_has_some() -> None:
    assert shown_color(of_one_color(0x80C86432))[3] == 128
    whole = of_one_color(0x00C86432)
    assert shown_color(whole[:-1] + b"\x80")[3] == 0


def test_alpha_is_ignored_where_no_mask_says_so() -> None:
    without = of_one_color(0x80C86432, (0, 0, 0, 0), compression=0, length=40)
    assert shown_color(without) == (200, 100, 50, 255)


@pytest.mark.parametrize(("length", "alpha"), [(56, 255), (108, 128), (124, 128)])
def test_newer_headers_have_alpha_without_masks_too(length: int, alpha: int) -> None:
    assert shown_color(of_one_color(0x80C86432, compression=0, length=length))[3] == alpha
    opaque = of_one_color(0x00C86432, compression=0, length=length)
    assert shown_color(opaque) == (200, 100, 50, 255)


def test_a_channel_without_a_mask_is_dark() -> None:
    without_blue = of_one_color(0x64C8, (0xFF, 0xFF00, 0, 0), bits=16, length=56)
    assert shown_color(without_blue) == (200, 100, 0, 255)


def test_an_embedded_profile_is_applied() -> None:
    plain, profile = of_one_color(0x00FF0000), display_p3()
    at = len(plain) - 14
    fields = plain[:70] + b"DEBM" + plain[74:126] + struct.pack("<2I", at, len(profile))
    assert extract(fields + plain[134:] + profile, store_gps=False).icc_profile == "Display P3"
    assert extract(plain, store_gps=False).icc_profile is None


def test_a_palette_with_more_entries_than_indices_is_cut_off() -> None:
    colors = bytes((30, 60, 200, 0)) * 300
    header = struct.pack("<IiiHHIIiiII", 40, 8, 2, 1, 8, 0, 16, 0, 0, 300, 0)
    start = 14 + len(header) + len(colors)
    head = struct.pack("<2sIHHI", b"BM", start + 16, 0, 0, start)
    assert shown_color(head + header + colors + bytes(16)) == (200, 60, 30, 255)


def test_an_icon_is_shown_in_most_colors() -> None:
    deep, few = icon(0xFFC86432, bytes(4)), icon(0xFF323232, bytes(4), stated_bits=8)
    body = len(deep) - 22
    entries = (few[6:18] + struct.pack("<I", 38), deep[6:18] + struct.pack("<I", 38 + body))
    data = struct.pack("<3H", 0, 1, 2) + b"".join(entries) + few[22:] + deep[22:]
    assert shown_color(data, "ICO") == (200, 100, 50, 255)


def test_masks_may_follow_the_oldest_header() -> None:
    whole = of_one_color(0x80C86432, compression=6, length=56)
    assert shown_color(whole.replace(struct.pack("<I", 56), struct.pack("<I", 40), 1))[3] == 128


@pytest.mark.parametrize(
    ("pixel", "mask", "color"),
    [
        (0x00C86432, bytes(4), (200, 100, 50, 255)),
        (0x00C86432, b"", (200, 100, 50, 255)),
        (0xFFC86432, b"\xff" * 4, (200, 100, 50, 255)),
    ],
    ids=["no alpha", "neither alpha nor mask", "alpha"],
)
@pytest.mark.parametrize("stated_bits", [0, 32])
def test_the_mask_of_an_icon_decides_if_its_alpha_is_zero_everywhere(
    pixel: int, mask: bytes, color: tuple[int, ...], stated_bits: int
) -> None:
    assert shown_color(icon(pixel, mask, stated_bits=stated_bits), "ICO") == color


def test_the_mask_of_an_icon_makes_parts_transparent() -> None:
    (rendition,) = render(icon(0x00C86432, b"\xf0\0\0\0"), SPECS, format_name="ICO")
    alpha = Image.open(io.BytesIO(rendition.data)).getchannel("A")
    assert list(alpha.crop((0, 4, 8, 5)).tobytes()) == [0, 0, 0, 0, 255, 255, 255, 255]


def test_the_mask_of_an_icon_is_found_whatever_length_is_stated() -> None:
    """An icon of 4 bits, whose palette is gray, with a mask; the stated length is wrong."""
    colors = bytes(level for gray in (0, 255) for level in (gray, gray, gray, 0))
    header = struct.pack("<IiiHHIIiiII", 40, 8, 16, 1, 4, 0, 0, 0, 0, 2, 0)
    body = header + colors + b"\x11\x11\x00\x00" * 8 + b"\x0f\0\0\0" * 8
    data = struct.pack("<3H", 0, 1, 1) + struct.pack("<BBBBHHII", 8, 8, 2, 0, 1, 4, 99, 22) + body
    (rendition,) = render(data, SPECS, format_name="ICO")
    row = Image.open(io.BytesIO(rendition.data)).convert("RGBA").crop((0, 4, 8, 5))

    assert row.getchannel("A").tobytes() == b"\xff" * 4 + bytes(4)
    assert row.getchannel("R").tobytes()[:4] == b"\xff" * 4


# -------------------------------------------------------------------------------- runs and rows
def levels_of(codes: bytes, bits: int) -> list[bytes]:
    """The indices of a picture of 6 × 4 pixels, from the first row in the file on."""
    pixels = indices(codes, (6, 4), bits=bits)
    return [pixels[row * 6 : row * 6 + 6] for row in range(4)]


def test_runs_continue_in_the_next_row() -> None:
    expected = [bytes((1, 1, 1, 1, 2, 2)), bytes((2, 2, 3, 3, 3, 3)), bytes((4, 4, 4, 4, 5, 5)),
                bytes((5, 5, 6, 6, 6, 6))]  # fmt: skip
    assert levels_of(b"".join(bytes((4, run)) for run in range(1, 7)), 8) == expected
    assert levels_of(b"".join(bytes((4, run * 17)) for run in range(1, 7)), 4) == expected
    assert levels_of(bytes((24, 0x12)), 4) == [bytes((1, 2, 1, 2, 1, 2))] * 4


def test_pixels_one_by_one_continue_in_the_next_row() -> None:
    rows = [bytes((1, 2, 3, 4, 5, 6)), bytes((7, 1, 1, 2, 3, 4))]
    assert levels_of(bytes((0, 8, 1, 2, 3, 4, 5, 6, 7, 1)) * 3, 8)[:2] == rows
    assert levels_of(bytes((0, 8, 0x12, 0x34, 0x56, 0x71)) * 3, 4)[:2] == rows


def test_an_odd_number_of_half_bytes_is_whole() -> None:
    odd = bytes((0, 5, 0x12, 0x34, 0x50, 0, 1, 0x66, 0, 0))
    assert levels_of(odd * 4, 4) == [bytes((1, 2, 3, 4, 5, 6))] * 4


def test_the_end_of_a_row_cuts_a_run_off() -> None:
    codes = bytes((8, 1, 0, 0, 6, 2, 0, 0, 9, 3, 0, 0, 6, 4)) + END
    assert levels_of(codes, 8) == [bytes((row,)) * 6 for row in (1, 2, 3, 4)]


def test_a_move_leaves_pixels_out() -> None:
    codes = bytes((2, 1, 0, 2, 2, 1, 2, 2, 0, 0, 6, 3, 0, 0, 6, 4)) + END
    assert levels_of(codes, 8)[:3] == [
        bytes((1, 1, 0, 0, 0, 0)), bytes((0, 0, 0, 0, 2, 2)), bytes((3,)) * 6,
    ]  # fmt: skip


def test_two_bits_make_four_colors() -> None:
    colors = bytes(level for entry in range(4) for level in (entry * 60, 9, 99, 0))
    header = struct.pack("<IiiHHIIiiII", 40, 4, 4, 1, 2, 0, 16, 0, 0, 4, 0)
    start = 14 + len(header) + len(colors)
    head = struct.pack("<2sIHHI", b"BM", start + 16, 0, 0, start)
    data = head + header + colors + b"\x1b\0\0\0" * 4  # 0, 1, 2 and 3
    (rendition,) = render(data, SPECS, format_name="BMP")
    picture = Image.open(io.BytesIO(rendition.data)).convert("RGB")

    assert [picture.getpixel((x, 0)) for x in range(4)] == [
        (99, 9, entry * 60) for entry in range(4)
    ]


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("grays", [(0, 255), tuple(range(4))], ids=["black and white", "grays"])
def test_a_palette_of_grays_may_have_any_number_of_bits(bits: int, grays: tuple[int, ...]) -> None:
    colors = bytes(level for gray in grays for level in (gray, gray, gray, 0))
    row = int("".join(f"{x % len(grays):0{bits}b}" for x in range(8)), 2).to_bytes(bits, "big")
    row += bytes(-bits % 4)
    header = struct.pack("<IiiHHIIiiII", 40, 8, 1, 1, bits, 0, len(row), 0, 0, len(grays), 0)
    start = 14 + len(header) + len(colors)
    head = struct.pack("<2sIHHI", b"BM", start + len(row), 0, 0, start)
    (rendition,) = render(head + header + colors + row, SPECS, format_name="BMP")
    shown = Image.open(io.BytesIO(rendition.data)).convert("L")

    assert shown.tobytes() == bytes(grays[x % len(grays)] for x in range(8))


@pytest.mark.parametrize(
    ("compression", "bits", "length"),
    [(4, 24, 40), (5, 24, 40), (0, 64, 40), (3, 1, 64), (4, 24, 64), (11, 32, 40)],
    ids=["a JPEG", "a PNG", "64 bits", "Huffman coding of OS/2", "runs of OS/2", "CMYK"],
)
def test_a_whole_bmp_that_is_not_read_is_unsupported(
    compression: int, bits: int, length: int
) -> None:
    data = of_one_color(0, bits=max(bits, 8), compression=compression)
    data = data[:14] + struct.pack("<I", length) + data[18:28] + bytes((bits,)) + data[29:]
    with pytest.raises(ValidationError) as refusal:
        render(data, SPECS, format_name="BMP")
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT

"""Whatever any rendition shows is judged as it is shown, by colored patches and neighbors."""

from __future__ import annotations

import io
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageOps

from moderate.in_place import is_shown_as_stored, may_fit
from moderate.samples import samples
from pictures import limits
from pictures.formats import sniff
from tests.support.patches import PAGES, Neighbors, neighbors, patchwork
from tests.support.pictures import file_of, orientation_exif, photo, psnr, stored_as
from tests.support.profiles import adobe_rgb, cmyk, display_p3, gray, swapped_primaries
from thumbnail.renditions import parse_specs, render

if TYPE_CHECKING:
    from collections.abc import Callable

SPECS = parse_specs(
    "thumbnail=150x150:cover:webp:95,large=1920x1080:cover:jpeg:95,eye=400x200:attention:png,"
    "preview=320x320:inside:jpeg:95,card=300x200:contain(transparent):png"
)
LEAST = 8
"""Pixels, on each side, of a patch in a rendition that has to be judged at that size at least."""

SIZE = (360, 240)
LOSSLESS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": "4:4:4"},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 95, "subsampling": "4:4:4"},
    "JPEG2000": {"quality_mode": "rates", "quality_layers": [2]},
}


def saved(picture: Image.Image, format_name: str, **options: Any) -> bytes:
    return file_of(picture, format_name, **{**LOSSLESS.get(format_name, {}), **options})


def animated(frames: list[Image.Image], format_name: str, **options: Any) -> bytes:
    return saved(frames[0], format_name, save_all=True, append_images=frames[1:], **options)


def behind_a_profile(format_name: str) -> bytes:
    red, green, blue = patchwork(SIZE, 6, 4).split()
    swapped = Image.merge("RGB", (blue, green, red))
    return saved(swapped, format_name, icc_profile=swapped_primaries())


def with_holes(format_name: str, page: str) -> bytes:
    """Patches of the page's color, which only the other page shows, next to ordinary ones."""
    picture = patchwork(SIZE, 6, 4).convert("RGBA")
    hole = Image.new("L", (60, 60), 0)
    for corner in ((60, 60), (240, 120)):
        picture.paste(Image.new("RGBA", hole.size, (*PAGES[page], 0)), corner)
    return saved(picture, format_name)


def frames_after(count: int, format_name: str, color: tuple[int, int, int]) -> bytes:
    """Frames of one color, then patches, then other patches, which nothing shows but players."""
    blank = [Image.new("RGB", SIZE, color) for _ in range(count)]
    if format_name in {"GIF", "PNG", "WEBP"}:  # no encoder merges frames that differ a little
        for index, frame in enumerate(blank):
            frame.putpixel((index, 0), (128, 128, 128))
    shown = [patchwork(SIZE, 6, 4, first) for first in (0, 5, 11, 16, 20, 3, 9)]
    return animated([*blank, *shown], format_name)


def apng_beside_a_still() -> bytes:
    still, *frames = (patchwork(SIZE, 6, 4, first) for first in (0, 7, 13))
    return saved(still, "PNG", save_all=True, default_image=True, append_images=frames)


CASES: dict[str, Callable[[], bytes]] = {
    **{
        name: partial(lambda each: saved(patchwork(SIZE, 6, 4), each), name)
        for name in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "JPEG2000", "AVIF", "JXL")
    },
    "ICO": lambda: saved(patchwork((240, 160), 6, 4), "ICO", sizes=[(240, 160)]),
    "PNG, palette": lambda: saved(patchwork(SIZE, 6, 4).quantize(64), "PNG"),
    "JPEG, RGB": lambda: saved(patchwork(SIZE, 6, 4), "JPEG", keep_rgb=True),
    "JPEG, progressive": lambda: saved(patchwork(SIZE, 6, 4), "JPEG", progressive=True),
    "JPEG, large": lambda: saved(patchwork((2400, 1800), 6, 4), "JPEG", subsampling="4:2:0"),
    **{
        f"{name}, orientation {turn}": partial(
            lambda name, turn: saved(
                stored_as(patchwork(SIZE, 6, 4), turn), name, exif=orientation_exif(turn)
            ),
            name,
            turn,
        )
        for name in ("JPEG", "PNG", "WEBP")
        for turn in (2, 5, 6, 8)
    },
    **{
        f"{name}, swapped primaries": partial(behind_a_profile, name)
        for name in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "JXL")
    },
    **{
        f"{name}, holes in {page}": partial(with_holes, name, page)
        for name in ("PNG", "WEBP", "TIFF", "AVIF", "JPEG2000", "JXL")
        for page in PAGES
    },
    **{
        f"{name}, {count} of {color} first": partial(frames_after, count, name, color)
        for name in ("GIF", "PNG", "WEBP", "AVIF", "JXL")
        for count in (0, 1, 3, 9)
        for color in PAGES.values()
    },
    "APNG beside a still": apng_beside_a_still,
    **{
        f"{name}, {width}×{height}": partial(
            lambda name, width, height: saved(
                patchwork((width, height), *((24, 1) if width > height else (1, 24))), name
            ),
            name,
            width,
            height,
        )
        for name in ("JPEG", "PNG")
        for width, height in ((2400, 90), (90, 2400), (400, 4800), (960, 400))
    },
    "PNG, 960×25000": lambda: saved(patchwork((960, 25_000), 1, 23).quantize(32), "PNG"),
}


@cache
def case(name: str) -> tuple[bytes, str]:
    """A file and its format."""
    data = CASES[name]()
    known = sniff(data[: limits.POLYGLOT_BYTES])
    assert known
    return data, known.name


def judged(data: bytes, format_name: str) -> list[Image.Image]:
    """What Rekognition sees: an object as a simple reader decodes it, or the sheets."""
    file = io.BytesIO(data)
    if may_fit(format_name, len(data)) and is_shown_as_stored(file, format_name, limits.PIXELS):
        return [ImageOps.exif_transpose(Image.open(file)).convert("RGB")]
    made = samples(data, format_name, max_pixels=limits.PIXELS)
    assert 1 <= len(made) <= 2
    return [Image.open(io.BytesIO(sheet)).convert("RGB") for sheet in made]


def shown(data: bytes, format_name: str, page: str) -> Neighbors:
    """The neighbors that any rendition shows on a page."""
    found: Neighbors = set()
    for rendition in render(data, SPECS, format_name=format_name, max_pixels=limits.PIXELS):
        picture = Image.open(io.BytesIO(rendition.data)).convert("RGBA")
        paper = Image.new("RGBA", picture.size, (*PAGES[page], 255))
        found |= neighbors(Image.alpha_composite(paper, picture), LEAST)
    return found


@pytest.mark.parametrize("name", CASES)
def test_each_part_of_each_rendition_is_judged(name: str) -> None:
    data, format_name = case(name)
    seen = set().union(*(neighbors(picture, LEAST) for picture in judged(data, format_name)))

    for page in PAGES:
        visible = shown(data, format_name, page)
        assert len(visible) >= 2, "the test itself is blind"
        assert visible <= seen


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("CMYK", {}),
        ("CMYK", {"icc_profile": cmyk()}),
        ("L", {"icc_profile": gray(1.0)}),
        ("RGB", {"icc_profile": display_p3()}),
        ("RGB", {"icc_profile": adobe_rgb()}),
    ],
)
@pytest.mark.parametrize("format_name", ["JPEG", "TIFF"])
def test_colors_are_judged_as_they_are_shown(
    mode: str, options: dict[str, Any], format_name: str
) -> None:
    data = saved(photo((300, 200)).convert(mode), format_name, **options)
    (rendition,) = render(data, parse_specs("whole=300x200:inside:png"))

    (sheet,) = judged(data, format_name)

    shown_colors = Image.open(io.BytesIO(rendition.data)).convert("RGB")
    assert psnr(sheet, shown_colors) > 36  # a JPEG of good quality


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF"])
def test_a_profile_for_gray_counts_for_both_or_for_none(format_name: str) -> None:
    picture = photo((2600, 1900)).convert("L").convert("RGB")
    if format_name != "JPEG":
        picture.putpixel((3, 3), (200, 190, 180))  # a color that a smaller picture loses
    data = saved(picture, format_name, icc_profile=gray(6.0))
    (rendition,) = render(data, parse_specs("whole=640x640:inside:png"))

    (sheet,) = judged(data, format_name)

    whole = Image.open(io.BytesIO(rendition.data)).convert("RGB")
    assert psnr(sheet.resize(whole.size, Image.Resampling.LANCZOS), whole) > 30

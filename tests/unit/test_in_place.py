"""Rekognition reads an object itself only if it sees what renditions show."""

from __future__ import annotations

import io
from functools import reduce
from typing import Any

import pytest
from PIL import Image

from moderate.in_place import is_shown_as_stored, may_fit
from pictures import limits
from tests.support import bombs
from tests.support.pictures import animation, file_of, orientation_exif, photo, quarters
from tests.support.profiles import adobe_rgb, display_p3, gray

SIZE = (96, 84)


def in_place(data: bytes, format_name: str = "JPEG") -> bool:
    return is_shown_as_stored(io.BytesIO(data), format_name, limits.PIXELS)


def saved(mode: str = "RGB", format_name: str = "JPEG", **options: Any) -> bytes:
    return file_of(photo(SIZE).convert(mode), format_name, **options)


def with_chunk(png: bytes, kind: bytes, content: bytes, before: bytes = b"") -> bytes:
    """The PNG with a chunk after its header, or before another one."""
    at = png.index(before) - 4 if before else 33
    return png[:at] + bombs.chunk(kind, content) + png[at:]


def numbered(jpeg: bytes, numbers: bytes) -> bytes:
    """The JPEG with other numbers for its three components."""
    changed = bytearray(jpeg)
    for start, step in ((jpeg.index(b"\xff\xc0") + 10, 3), (jpeg.index(b"\xff\xda") + 5, 2)):
        changed[start : start + 3 * step : step] = numbers
    return bytes(changed)


def twice_turned() -> bytes:
    """A JPEG with two EXIF segments that turn it in different directions."""
    one, other = (saved(exif=orientation_exif(turn)) for turn in (6, 8))
    at = one.index(b"\xff\xe1")
    end = at + 2 + int.from_bytes(one[at + 2 : at + 4], "big")
    return one[:end] + other[at:end] + one[end:]


@pytest.mark.parametrize(
    "data",
    [
        saved(),
        saved("L"),
        saved(progressive=True),
        saved(subsampling="4:4:4"),
        saved(exif=orientation_exif(6)),  # Rekognition turns it, too
    ],
)
def test_an_ordinary_jpeg_is_judged_in_place(data: bytes) -> None:
    assert in_place(data)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_an_opaque_png_is_judged_in_place(mode: str) -> None:
    assert in_place(saved(mode, "PNG"), "PNG")


@pytest.mark.parametrize(
    "data",
    [
        saved("CMYK"),
        saved(keep_rgb=True),
        saved(icc_profile=display_p3()),
        saved(icc_profile=adobe_rgb()),
        saved("L", icc_profile=gray(1.0)),
        saved(icc_profile=gray(1.0)),  # which some readers apply where the pixels are gray
    ],
    ids=["CMYK", "RGB components", "Display P3", "Adobe RGB", "gray", "perhaps gray"],
)
def test_a_jpeg_of_other_colors_is_rendered_first(data: bytes) -> None:
    assert not in_place(data)


@pytest.mark.parametrize(
    "data",
    [
        saved("RGBA", "PNG"),
        saved("LA", "PNG"),
        saved("I;16", "PNG"),
        saved("P", "PNG", transparency=3),
        saved("RGB", "PNG", transparency=(1, 2, 3)),
        saved("RGB", "PNG", exif=orientation_exif(3)),
        saved("RGB", "PNG", icc_profile=display_p3()),
        with_chunk(saved("RGB", "PNG"), b"gAMA", (100_000).to_bytes(4, "big")),
        with_chunk(saved("RGB", "PNG"), b"cICP", bytes([9, 16, 0, 1])),
        with_chunk(saved("RGB", "PNG"), b"eXIf", orientation_exif(3), before=b"IEND"),
        with_chunk(saved("P", "PNG"), b"tRNS", bytes(9), before=b"IEND"),
        with_chunk(saved("P", "PNG"), b"PLTE", bytes(768)),
        with_chunk(saved("RGB", "PNG"), b"acTL", bytes(8)),
        reduce(lambda png, _: with_chunk(png, b"tEXt", b"a\0b"), range(70), saved("RGB", "PNG")),
        animation([quarters(SIZE), photo(SIZE)], "PNG"),
        file_of(
            photo(SIZE), "PNG", save_all=True, default_image=True, append_images=[quarters(SIZE)]
        ),
    ],
    ids=[
        "RGBA", "LA", "16 bits", "a transparent index", "a transparent color", "turned",
        "Display P3", "gamma", "PQ", "turned at the end", "transparent at the end", "two palettes",
        "a damaged animation", "many chunks", "an animation", "a still beside one frame",
    ],
)  # fmt: skip
def test_a_png_that_shows_other_pixels_than_it_stores_is_rendered_first(data: bytes) -> None:
    assert not in_place(data, "PNG")


@pytest.mark.parametrize(
    ("size", "is_in_place"),
    [
        ((80, 80), True), ((79, 100), False), ((100, 79), False),
        ((200, 80), True), ((201, 80), False), ((80, 201), False),
        ((10_000, 4_000), True), ((10_001, 4_001), False),
    ],
)  # fmt: skip
def test_the_shape_has_to_suit_rekognition(size: tuple[int, int], is_in_place: bool) -> None:
    assert in_place(file_of(Image.new("L", size), "JPEG")) is is_in_place


@pytest.mark.parametrize(
    ("format_name", "size_in_bytes", "fits"),
    [
        ("JPEG", 15_000_000, True),
        ("PNG", 1, True),
        ("JPEG", 15_000_001, False),
        ("WEBP", 1_000, False),
        ("HEIF", 1_000, False),
    ],
)
def test_what_rekognition_can_accept(format_name: str, size_in_bytes: int, fits: bool) -> None:
    assert may_fit(format_name, size_in_bytes) is fits


@pytest.mark.parametrize("data", [saved()[:-2], saved() + b"trailer", saved()[:-2] + b"trailer"])
def test_a_jpeg_that_does_not_end_as_it_should_is_rendered_first(data: bytes) -> None:
    assert not in_place(data)


def test_a_jpeg_of_another_coding_is_rendered_first() -> None:
    data = saved()
    arithmetic = data.replace(b"\xff\xc0", b"\xff\xc9", 1)
    assert arithmetic != data
    assert not in_place(arithmetic)


@pytest.mark.parametrize("cut", [4, 40, 200])
def test_a_damaged_header_is_rendered_or_refused_later(cut: int) -> None:
    assert not in_place(saved()[:cut])


@pytest.mark.parametrize(
    "data",
    [numbered(saved(), bytes([1, 34, 35])), numbered(saved(), b"rgb"), twice_turned()],
    ids=["other numbers", "small letters", "two orientations"],
)
def test_a_jpeg_that_readers_could_show_otherwise_is_rendered_first(data: bytes) -> None:
    assert not in_place(data)


@pytest.mark.parametrize("sampling", [(0x11, 0x22, 0x22), (0x41, 0x11, 0x11), (0x22, 0x21, 0x12)])
def test_a_jpeg_with_unusual_sampling_is_rendered_first(sampling: tuple[int, ...]) -> None:
    changed = bytearray(saved())
    start = changed.index(b"\xff\xc0") + 11
    changed[start : start + 9 : 3] = bytes(sampling)
    assert not in_place(bytes(changed))


@pytest.mark.parametrize(("texts", "is_in_place"), [(62, True), (63, False)])
def test_a_png_of_very_many_chunks_is_rendered_first(texts: int, *, is_in_place: bool) -> None:
    data = saved("RGB", "PNG")
    assert [data.count(kind) for kind in (b"IHDR", b"IDAT", b"IEND")] == [1, 1, 1]
    for _ in range(texts):
        data = with_chunk(data, b"tEXt", b"Comment\0hello")
    assert in_place(data, "PNG") is is_in_place

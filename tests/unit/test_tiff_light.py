"""TIFF in floating point is linear light, as libvips shows it."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import pytest

from metadata.extract import extract
from pictures.colorimetry.linear_profile import encoded_like_srgb
from tests.support.profiles import adobe_rgb, display_p3, gray
from thumbnail.renditions import parse_specs, pixels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

PREMULTIPLIED, STRAIGHT = 1, 2
Pixels = list[tuple[float, ...]]


def float_tiff(pixels: Pixels, bits: int = 32, alpha: int = 0, profile: bytes = b"") -> bytes:
    """A TIFF of one row; `alpha` tells the kind of the last sample."""
    code = {16: "e", 32: "f", 64: "d"}[bits]
    row = b"".join(struct.pack(f"<{len(pixel)}{code}", *pixel) for pixel in pixels)
    count = len(pixels[0])
    fields = {
        256: (len(pixels),), 257: (1,), 258: (bits,) * count, 259: (1,),
        262: (2 if count >= 3 else 1,), 273: (8,), 277: (count,), 278: (1,), 279: (len(row),),
        339: (3,) * count,
    }  # fmt: skip
    if alpha:
        fields[338] = (alpha,)
    if profile:
        fields[34675] = tuple(profile)
    at = 8 + len(row)
    body_at = at + 2 + 12 * len(fields) + 4
    table, body = struct.pack("<H", len(fields)), b""
    for tag, values in sorted(fields.items()):
        kind, letter = (7, "B") if tag == 34675 else (4, "I")
        packed = struct.pack(f"<{len(values)}{letter}", *values)
        if len(values) > 1:
            packed, body = struct.pack("<I", body_at + len(body)), body + packed
        table += struct.pack("<HHI", tag, kind, len(values)) + packed
    return struct.pack("<2sHI", b"II", 42, at) + row + table + bytes(4) + body


def shown(data: bytes) -> Image.Image:
    return pixels_of(data, parse_specs("a=64x64:inside:png:80"))[0]


def assert_near(found: bytes, wanted: Sequence[int], tolerance: int = 1) -> None:
    assert all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True)), list(found)


@pytest.mark.parametrize("alpha", [0, STRAIGHT, PREMULTIPLIED])
@pytest.mark.parametrize("bits", [16, 32, 64])
def test_colors_are_linear_and_clipped_at_white(bits: int, alpha: int) -> None:
    opacity, lights = 0.5 if alpha else 1.0, (64 / 255, 0.5, 1.0, 2.5)
    factor = opacity if alpha == PREMULTIPLIED else 1.0
    pixels: Pixels = [(light * factor, 0.0, factor) + (opacity,) * bool(alpha) for light in lights]

    found = shown(float_tiff(pixels, bits, alpha)).convert("RGBA").tobytes()

    wanted = [each for level in (137, 188, 255, 255) for each in (level, 0, 255)]
    assert_near(bytes(byte for at, byte in enumerate(found) if at % 4 < 3), wanted, 2)
    assert_near(found[3::4], [round(255 * opacity)] * len(lights))


@pytest.mark.parametrize("bits", [16, 32, 64])
@pytest.mark.parametrize("brightest", [1.0, 2.5])
def test_gray_is_linear_and_clipped_at_white(brightest: float, bits: int) -> None:
    picture = shown(float_tiff([(0.0,), (0.001,), (64 / 255,), (brightest,)], bits))

    assert picture.mode == "L"
    assert_near(picture.tobytes(), (0, 3, 137, 255))


def test_floats_with_a_profile_are_what_it_says() -> None:
    pixels: Pixels = [(level,) * 3 for level in (0.0, 0.5, 1.0)]

    picture = shown(float_tiff(pixels, profile=adobe_rgb())).convert("L")

    assert_near(picture.tobytes(), (0, 128, 255), 2)


def linear(*curves: bytes) -> bytes:
    """A profile of Display P3 whose three curves are others."""
    curve = curves[0] if curves else b"curv" + bytes(8)
    return display_p3(more=dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def curve(*entries: int) -> bytes:
    return b"curv" + bytes(4) + struct.pack(f">I{len(entries)}H", len(entries), *entries)


@pytest.mark.parametrize(
    "straight",
    [
        curve(),
        curve(256),
        curve(0, 65535),
        b"para" + bytes(4) + struct.pack(">HHi", 0, 0, 65536),
    ],
)
@pytest.mark.parametrize("alpha", [0, STRAIGHT, PREMULTIPLIED])
def test_dark_tones_with_a_linear_profile_are_kept_apart(straight: bytes, alpha: int) -> None:
    lights = (0.0, 0.001, 0.002, 0.003, 0.0045, 64 / 255, 1.0)
    pixels: Pixels = [(light,) * 3 + (1.0,) * bool(alpha) for light in lights]

    data = float_tiff(pixels, alpha=alpha, profile=linear(straight))

    assert_near(shown(data).convert("L").tobytes(), (0, 3, 7, 10, 15, 137, 255))
    assert extract(data, store_gps=False).icc_profile == "Display P3"


@pytest.mark.parametrize(("gamma", "levels"), [(1.0, (0, 10, 137, 255)), (1.8, (0, 0, 81, 255))])
def test_gray_with_a_profile_is_what_it_says(gamma: float, levels: tuple[int, ...]) -> None:
    pixels: Pixels = [(0.0,), (0.003,), (64 / 255,), (1.0,)]

    picture = shown(float_tiff(pixels, profile=gray(gamma)))

    assert_near(picture.tobytes(), levels, 2)


def test_the_primaries_of_a_linear_profile_count() -> None:
    wide = shown(float_tiff([(0.5, 0.1, 0.1)], profile=linear())).convert("RGB").tobytes()
    plain = shown(float_tiff([(0.5, 0.1, 0.1)])).convert("RGB").tobytes()

    assert wide[0] > plain[0] + 5


@pytest.mark.parametrize(
    "profile",
    [
        linear(curve(300)),
        linear(curve(0, 65000)),
        linear(b"para" + bytes(4) + struct.pack(">HHi", 0, 0, 70000)),
        linear(b"none" + bytes(20)),
        gray(1.0),
        b"broken",
        linear()[:200],
    ],
)
def test_other_profiles_are_not_taken_for_linear_ones(profile: bytes) -> None:
    assert encoded_like_srgb(profile) is None


def test_what_is_not_a_number_is_black_and_infinite_light_is_white() -> None:
    pixels: Pixels = [(light,) * 3 for light in (math.nan, math.inf, -math.inf, 1e30)]

    assert list(shown(float_tiff(pixels)).convert("L").tobytes()) == [0, 255, 0, 255]


@pytest.mark.parametrize("alpha", [STRAIGHT, PREMULTIPLIED])
def test_light_without_alpha_is_clear(alpha: int) -> None:
    picture = shown(float_tiff([(1.0, 1.0, 1.0, 0.0), (1.0, 0.0, 0.0, 1.0)], alpha=alpha))

    assert list(picture.convert("RGBA").getchannel("A").tobytes()) == [0, 255]

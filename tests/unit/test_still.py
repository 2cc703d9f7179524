"""At which size a picture is decoded, and which frame of an animation."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from pictures.colorimetry.stated import StatedColor
from pictures.cut import Cut
from pictures.decode import open_picture
from pictures.still import Still, decode_still
from tests.support.pictures import animation, file_of, photo, quarters

SIZE = (480, 240)


def still_of(data: bytes, shrink: float = 1.0) -> Still:
    picture = open_picture(data)
    width, height = picture.size
    cut = Cut((0.0, 0.0, width, height), (round(width / shrink), round(height / shrink)))
    assert cut.shrink == pytest.approx(shrink, rel=0.02)
    return decode_still(picture, data, cut)


def jpeg(mode: str = "RGB", **options: Any) -> bytes:
    return file_of(photo(SIZE).convert(mode), quality=90, **options)


HALF_CHROMA, FULL_CHROMA = {"subsampling": "4:2:0"}, {"subsampling": "4:4:4"}


@pytest.fixture
def smoothness(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets how smooth every picture is, in dB."""
    return lambda value: monkeypatch.setattr("pictures.still.smoothness", lambda *_: value)


@pytest.mark.parametrize(
    ("shrink", "scale"),
    [(16, 8), (12, 8), (11.4, 4), (8, 4), (6, 4), (5.8, 2), (4, 2), (3, 2)],
)
@pytest.mark.parametrize("options", [HALF_CHROMA, {"progressive": True}])
def test_a_smooth_jpeg_is_decoded_no_larger_than_one_and_a_half_times_the_output(
    smoothness: Any, shrink: float, scale: int, options: dict[str, Any]
) -> None:
    smoothness(99)

    still = still_of(jpeg(**options), shrink)

    assert (still.scale, still.luma) == (scale, None)
    assert still.image.size == (480 // scale, 240 // scale)


@pytest.mark.parametrize(
    ("shrink", "scale"), [(16, 8), (12, 4), (11.4, 4), (8, 4), (6, 2), (5.8, 2), (4, 2), (3, 1)]
)
def test_a_detailed_jpeg_is_decoded_twice_as_large_if_that_leaves_less_than_twice_the_pixels(
    smoothness: Any, shrink: float, scale: int
) -> None:
    smoothness(0)

    still = still_of(jpeg(progressive=True), shrink)

    assert (still.scale, still.luma) == (scale, None)
    assert still.image.size == (480 // scale, 240 // scale)


@pytest.mark.parametrize(
    ("shrink", "smooth", "is_enough"),
    [
        (2, 39.0, True), (2, 38.9, False),  # as many pixels as the output
        (2.5, 34.8, True), (2.5, 34.7, False),  # 1.25 times as many: 17 dB less for each 1.0 more
        (3, 30.6, True), (3, 30.3, False),
        (4, 0.0, True),
        (1.95, 99.0, False),
    ],
)  # fmt: skip
def test_how_smooth_a_photo_has_to_be_to_do_with_half_its_luma(
    smoothness: Any, shrink: float, smooth: float, is_enough: bool
) -> None:
    smoothness(smooth)

    still = still_of(jpeg(**HALF_CHROMA), shrink)

    assert (still.image.mode, still.image.size, still.scale) == ("YCbCr", (240, 120), 2)
    assert (still.luma is None) is is_enough
    if still.luma:
        assert (still.luma.mode, still.luma.size) == ("L", SIZE)


@pytest.mark.parametrize(
    ("options", "shrink", "by_planes"),
    [
        ({"subsampling": "4:2:0"}, 1.0, True),
        ({"subsampling": "4:2:2"}, 1.0, True),
        ({"subsampling": "4:4:4"}, 1.9, False),
        ({"subsampling": "4:4:4"}, 2.0, True),
        ({"progressive": True}, 2.0, False),
        ({"keep_rgb": True}, 2.0, False),
        ({"mode": "L"}, 2.0, False),
        ({"mode": "CMYK"}, 2.0, False),
    ],
)
def test_only_a_photo_of_luma_and_half_the_chroma_is_decoded_by_planes(
    smoothness: Any, options: dict[str, Any], shrink: float, by_planes: bool
) -> None:
    smoothness(0)

    still = still_of(jpeg(**options), shrink)

    assert (still.luma is not None) is by_planes
    assert still.scale == (2 if by_planes else 1)


def test_a_photo_whose_chroma_is_halved_downward_only_is_decoded_by_planes(
    smoothness: Any,
) -> None:
    smoothness(0)
    data = bytearray(jpeg(**HALF_CHROMA))
    at = data.index(b"\xff\xc0") + 11  # the sampling factors of the first component
    assert data[at] == 0x22
    picture = open_picture(bytes(data))
    picture.layer = [(1, 1, 2, 0), (2, 1, 1, 1), (3, 1, 1, 1)]  # type: ignore[attr-defined]

    still = decode_still(picture, bytes(data), Cut((0.0, 0.0, *SIZE), SIZE))

    assert still.luma is not None


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "TIFF", "BMP"])
def test_other_formats_are_decoded_in_full(format_name: str) -> None:
    still = still_of(file_of(photo(SIZE), format_name), 16)

    assert (still.scale, still.image.size, still.image.mode) == (1, SIZE, "RGB")


def test_the_profile_and_the_orientation_are_kept_for_later() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for format_name in ("JPEG", "PNG"):
        data = file_of(photo(SIZE), format_name, exif=exif.tobytes(), icc_profile=b"profile")

        still = still_of(data)

        assert (still.orientation, still.profile) == (6, StatedColor(b"profile"))


# ------------------------------------------------------------------------------------ animations
BLACK, SHOWN = Image.new("RGB", (64, 48)), quarters((64, 48))


@pytest.mark.parametrize(("blank", "is_shown"), [(1, True), (9, True), (10, False)])
def test_a_fade_in_is_followed_for_ten_frames(blank: int, is_shown: bool) -> None:
    frames = [Image.new("RGB", (64, 48), (level, 0, 0)) for level in range(blank)]

    still = still_of(animation([*frames, SHOWN], "PNG"))

    colors = still.image.convert("RGB").getcolors()
    assert colors is not None
    assert (len(colors) > 1) is is_shown


def test_of_an_animation_that_is_damaged_further_on_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (64, 48), (200, 0, 0)), photo((64, 48)), photo((64, 48))]
    data = bytearray(animation(frames, "PNG"))
    second = data.index(b"fdAT") + 8
    data[second : second + 40] = bytes(40)

    still = still_of(bytes(data))

    assert still.image.convert("RGB").getpixel((5, 5)) == pytest.approx((200, 0, 0), abs=8)


def test_what_is_wrong_with_the_first_frame_is_said() -> None:
    data = animation([photo((64, 48)), SHOWN], "GIF")
    picture = open_picture(data)
    picture.fp = io.BytesIO(data[:900])

    with pytest.raises(ValidationError) as refusal:
        decode_still(picture, data[:900], Cut((0, 0, 64, 48), (64, 48)))

    assert refusal.value.reason is Reason.CORRUPT


@pytest.mark.parametrize(("mode", "kept"), [("RGBA", "RGB"), ("LA", "L")])
def test_alpha_that_hides_nothing_is_dropped(mode: str, kept: str) -> None:
    opaque = photo((64, 48)).convert(mode)
    assert still_of(file_of(opaque, "PNG")).image.mode == kept
    opaque.putpixel((3, 3), (0,) * (len(mode) - 1) + (254,))
    assert still_of(file_of(opaque, "PNG")).image.mode == mode

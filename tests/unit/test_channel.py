"""One channel, resized by the faster way, beside Pillow's own resizing."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from tests.support.pictures import photo
from thumbnail.channel import resized_channel

LANCZOS, BICUBIC = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC


@pytest.mark.parametrize(
    ("picture", "size", "box"),
    [
        ((200, 150), (50, 40), (0, 0, 200, 150)),
        ((201, 150), (50, 40), (0, 0, 201, 150)),
        ((202, 150), (50, 40), (0, 0, 202, 150)),
        ((203, 151), (50, 40), (0, 0, 203, 151)),
        # Only a part, whose neighbors the kernel sees on every side.
        ((203, 151), (20, 10), (61.5, 40.25, 141.5, 90.25)),
        ((203, 151), (20, 10), (0, 0, 80, 50)),
        ((203, 151), (20, 10), (123, 101, 203, 151)),
        # As it is, and larger.
        ((67, 53), (67, 53), (0, 0, 67, 53)),
        ((67, 53), (100, 90), (0, 0, 67, 53)),
        ((67, 53), (100, 90), (10, 10, 40.5, 37)),
        # Higher than one strip.
        ((40, 700), (10, 175), (0, 0, 40, 700)),
        # One of the sides alone.
        ((200, 150), (200, 30), (0, 0, 200, 150)),
        ((200, 150), (40, 150), (0, 0, 200, 150)),
        ((3, 2), (1, 1), (0, 0, 3, 2)),
    ],
)
@pytest.mark.parametrize("resampling", [LANCZOS, BICUBIC])
def test_a_channel_is_resized_as_pillow_does_it(
    picture: tuple[int, int],
    size: tuple[int, int],
    box: tuple[float, float, float, float],
    resampling: Image.Resampling,
) -> None:
    image = photo(picture)
    for index, channel in enumerate(image.split()):
        found = resized_channel(image, index, size, resampling, box)

        assert (found.mode, found.size) == ("L", size)
        # The two passes come in the other order, so the rounding between them differs by a level.
        expected = channel.resize(size, resampling, box)
        assert max(ImageChops.difference(found, expected).tobytes()) <= 2


def test_the_only_channel_of_a_gray_picture_is_resized_too() -> None:
    image = photo((203, 300)).convert("L")

    found = resized_channel(image, 0, (50, 75), LANCZOS, (0, 0, 203, 300))

    expected = image.resize((50, 75), LANCZOS)
    assert max(ImageChops.difference(found, expected).tobytes()) <= 2

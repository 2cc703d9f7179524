"""JPEG 2000 in several tile-parts is decoded, also where their number is stated one too low."""

from __future__ import annotations

import struct

import pytest

from image_pipeline.errors import ValidationError
from pictures.decode import decode, open_picture
from tests.support.pictures import file_of, gradient, picture_of

START_OF_PART, DATA = b"\xff\x90", b"\xff\x93"


def in_two_parts(mode: str, of_all: tuple[int, int], **options: object) -> bytes:
    """Split the only tile; each part states the number of all parts of the tile."""
    whole = file_of(gradient((80, 60)).convert(mode), "JPEG2000", **options)
    start = whole.index(START_OF_PART)
    data = whole.index(DATA, start) + 2
    (length,) = struct.unpack_from(">I", whole, start + 6)
    end, middle = start + length, (data + start + length) // 2
    parts = b"".join(
        START_OF_PART
        + struct.pack(">HHIBB", 10, 0, len(content) + 14, number, of_all[number])
        + DATA
        + content
        for number, content in enumerate((whole[data:middle], whole[middle:end]))
    )
    split = bytearray(whole[:start] + parts + whole[end:])
    codestream = split.find(b"jp2c")
    if codestream >= 0:
        split[codestream - 4 : codestream] = struct.pack(">I", 0)  # extends to the end
    return bytes(split)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("of_all", [(2, 2), (1, 1), (0, 2), (0, 1), (0, 0)])
@pytest.mark.parametrize("bare", [False, True])
def test_a_number_of_parts_that_is_one_too_low_is_corrected(
    mode: str, of_all: tuple[int, int], bare: bool
) -> None:
    picture = open_picture(in_two_parts(mode, of_all, no_jp2=bare))
    decode(picture)
    original = picture_of(file_of(gradient((80, 60)).convert(mode), "JPEG2000"))
    assert picture.convert("RGBA").tobytes() == original.convert("RGBA").tobytes()


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.7])
def test_a_part_that_is_missing_is_not_invented(kept: float) -> None:
    data = in_two_parts("RGB", (1, 1))
    with pytest.raises(ValidationError, match="corrupt"):
        decode(open_picture(data[: int(len(data) * kept)]))

"""HEIF and AVIF files that understate their size are refused before anything is decoded."""

from __future__ import annotations

import io
import struct
import tracemalloc

import pytest
from PIL import Image

from convert.decode import convert_picture
from image_pipeline.errors import Reason, ValidationError
from pictures.decode import decode as decode_pixels
from pictures.decode import open_picture
from tests.support import lying_heif
from tests.support.counted_file import CountedFile
from tests.support.heif_files import HEIC_SIZE, HEVC_DATA, avif, heic
from validate.examine import examine

MAX_PIXELS = 100_000_000
HUGE = (16_000, 16_000)
SMALL = (64, 64)


def unit(data: bytes) -> bytes:
    """A piece of HEVC data after its length."""
    return struct.pack(">I", len(data)) + data


HIDDEN = lying_heif.one_picture(unit(lying_heif.parameter_set(HUGE)) + HEVC_DATA)
LARGE_SLICE = lying_heif.one_picture(unit(HEVC_DATA[4:] + bytes(16 * 1_048_576)))
MANY_UNITS = lying_heif.one_picture(unit(b"\x4e\x01") * 65_537 + HEVC_DATA)
LIARS = {
    "AV1 of another size": (
        lying_heif.one_picture(lying_heif.av1_data(HUGE), kind=b"av01", stated=(40, 30)),
        "too_many_pixels",
    ),
    "AV1 tiles of another size": (
        lying_heif.grid(
            4, data=lying_heif.av1_data(HUGE), kind=b"av01", tile=SMALL, stated=(256, 64)
        ),
        "too_many_pixels",
    ),
    "HEVC of another size": (
        lying_heif.one_picture(HEVC_DATA, lying_heif.hevc_configuration(HUGE)),
        "too_many_pixels",
    ),
    "HEVC tiles that are each allowed": (
        lying_heif.grid(4, configuration=lying_heif.hevc_configuration((8_000, 8_000))),
        "too_complex",
    ),
    "grid": (lying_heif.grid(4, canvas=(60_000, 60_000)), "too_many_pixels"),
    "tiles": (lying_heif.grid(999, tile=(400, 400)), "too_complex"),
    "pictures of pictures": (lying_heif.chain(6), "too_complex"),
    "a picture of itself": (lying_heif.chain(1, closed=True), "too_complex"),
    "a loop": (lying_heif.chain(3, closed=True), "too_complex"),
    "data in many pieces": (
        lying_heif.one_picture(HEVC_DATA, pieces=33),
        "too_complex",
    ),
    "one piece again and again": (lying_heif.one_picture(HEVC_DATA * 9, pieces=9), "too_complex"),
}
WHOLE_FILE = {
    "a second parameter set": (HIDDEN, "too_many_pixels"),
    "a slice that the decoder would leave out": (LARGE_SLICE, "too_complex"),
    "pieces of coded data": (MANY_UNITS, "too_complex"),
}


def refusal(data: bytes) -> tuple[Reason, CountedFile]:
    """Why a file is refused by its header, and what was read of it."""
    file = CountedFile(data)
    with pytest.raises(ValidationError) as raised:
        examine(file, "uploads/a", "", MAX_PIXELS)
    return raised.value.reason, file


@pytest.mark.parametrize("name", LIARS)
def test_a_lie_is_found_in_the_header(name: str) -> None:
    data, expected = LIARS[name]
    reason, file = refusal(data)
    assert reason == expected
    assert file.reads < 200
    assert file.bytes_read < 500_000


@pytest.mark.parametrize("name", LIARS | WHOLE_FILE)
def test_a_lying_file_is_never_decoded(name: str) -> None:
    data, expected = (LIARS | WHOLE_FILE)[name]
    tracemalloc.start()
    with pytest.raises(ValidationError) as raised:
        decode(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert raised.value.reason == expected
    assert peak < len(data) + 4 * 1_048_576


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    if data[8:12] in {b"avif", b"avis"}:
        picture = open_picture(data, max_pixels=max_pixels)
        decode_pixels(picture)
        return picture.size
    converted = convert_picture(data, "HEIF", max_pixels=max_pixels).conversion
    return converted.width, converted.height


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (heic(with_alpha=True), HEIC_SIZE),
        (lying_heif.grid(4, canvas=(384, 64), stated=(384, 64)), (384, 64)),
        (
            lying_heif.grid(
                4,
                data=lying_heif.av1_picture(SMALL),
                kind=b"av01",
                tile=SMALL,
                canvas=(250, 60),
                stated=(250, 60),
            ),
            (250, 60),
        ),
        (lying_heif.chain(3), HEIC_SIZE),
        (lying_heif.one_picture(lying_heif.av1_picture((1000, 333)), kind=b"av01",
                                stated=(1000, 333)), (1000, 333)),
    ],
    ids=["mask", "tiles", "AV1 tiles", "derived", "AV1"],
)  # fmt: skip
def test_an_honest_file_is_decoded(data: bytes, size: tuple[int, int]) -> None:
    facts = examine(io.BytesIO(data), "uploads/a", "", 2 * size[0] * size[1])
    assert (facts.width, facts.height) == size
    assert decode(data, 2 * size[0] * size[1]) == size


def film(size: tuple[int, int], frames: int) -> bytes:
    colors = ("teal", "navy", "maroon")
    return avif(*(Image.new("RGB", size, colors[index % 3]) for index in range(frames)))


def test_a_film_is_measured_by_all_of_its_frames() -> None:
    data = film(SMALL, 3)
    assert examine(io.BytesIO(data), "uploads/a", "", 3 * 64 * 64).frames == 3
    for use in (
        lambda: examine(io.BytesIO(data), "uploads/a", "", 3 * 64 * 64 - 1),
        lambda: decode(data, 3 * 64 * 64 - 1),
    ):
        with pytest.raises(ValidationError) as raised:
            use()
        assert raised.value.reason is Reason.TOO_MANY_PIXELS


def test_a_film_that_grows_is_not_decoded() -> None:
    data = film(SMALL, 3)
    sizes = struct.pack(">3I", *sample_lengths(data))
    assert data.count(sizes) == 1
    grown = lying_heif.av1_data(HUGE, SMALL)
    last = sample_lengths(data)[2]
    start = len(data) - last
    longer = data[:start].replace(sizes, sizes[:8] + struct.pack(">I", len(grown))) + grown

    assert examine(io.BytesIO(longer), "uploads/a", "", MAX_PIXELS).frames == 3
    with pytest.raises(ValidationError) as raised:
        decode(longer)
    assert raised.value.reason is Reason.TOO_MANY_PIXELS


def sample_lengths(data: bytes) -> tuple[int, ...]:
    at = data.index(b"stsz") + 12
    (count,) = struct.unpack_from(">I", data, at)
    return struct.unpack_from(f">{count}I", data, at + 4)


def test_a_film_of_too_many_frames_is_refused() -> None:
    data = bytearray(film((1, 1), 2))
    at = data.index(b"stsz") + 12
    data[at : at + 4] = struct.pack(">I", 5_001)
    assert refusal(bytes(data))[0] is Reason.TOO_COMPLEX

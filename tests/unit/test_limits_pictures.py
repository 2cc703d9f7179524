"""Limits on the size of a picture and on what is looked at, as absolute numbers."""

from __future__ import annotations

import io
import random
import struct
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from convert.decode import convert_picture
from image_pipeline.budget import Budget
from image_pipeline.errors import Reason, ValidationError
from local.manifest import template
from metadata.extract import extract
from moderate.samples import samples
from pictures import limits
from pictures.decode import open_picture
from pictures.formats import FORMATS
from tests.support import bombs, lying_heif
from tests.support.boundaries import refusal
from tests.support.heif_files import heic
from tests.support.pictures import plain_file
from validate.rules import check_declared

if TYPE_CHECKING:
    from collections.abc import Callable

Size = tuple[int, int]


def patched(format_name: str, mark: bytes, offset: int, code: str, *numbers: int) -> bytes:
    """A file with numbers written at an offset from a mark."""
    data = bytearray(plain_file(format_name))
    struct.pack_into(code, data, data.index(mark) + offset, *numbers)
    return bytes(data)


def webp(size: Size) -> bytes:
    """The header of an extended WebP."""
    sides = (side - 1 for side in size)
    canvas = b"".join(side.to_bytes(3, "little") for side in sides)
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def avif(size: Size) -> bytes:
    return lying_heif.one_picture(lying_heif.av1_data(size), kind=b"av01", stated=size)


CLAIMS: dict[str, Callable[[Size], bytes]] = {
    "PNG": lambda size: bombs.png(size=size),
    "JPEG": lambda size: patched("JPEG", b"\xff\xc0", 5, ">HH", size[1], size[0]),
    "GIF": lambda size: bombs.gif((0, 0, *size), screen=(1, 1)),
    "TIFF": lambda size: bombs.tiff({256: (4, 1, size[0]), 257: (4, 1, size[1])}),
    "BMP": lambda size: patched("BMP", b"BM", 18, "<ii", *size),
    "WEBP": webp,
    "AVIF": avif,
    "HEIF": lambda size: heic(claims_size=size),
    "JPEG2000": lambda size: bombs.jpeg2000_size(plain_file("JPEG2000"), size, size),
    "ICO": lambda size: bombs.icon(((0, 0), bombs.png(size=size))),
}
LARGEST = {
    # 100 megapixels: medium format. Lower where a decoder takes more memory for a pixel.
    **dict.fromkeys(("PNG", "JPEG", "GIF", "TIFF", "BMP", "HEIF"), (10_000, 10_000)),
    "WEBP": (10_000, 6_000),
    "AVIF": (10_000, 6_000),
    "JPEG2000": (8_000, 5_000),
    "ICO": (2_048, 2_048),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_picture_has_as_many_pixels_as_its_decoder_can_hold(name: str) -> None:
    width, height = LARGEST[name]

    assert refusal(CLAIMS[name]((width, height))) == ""
    assert refusal(CLAIMS[name]((width, height + 1))).startswith("too_many_pixels: ")


@pytest.mark.parametrize("name", CLAIMS)
def test_a_deployment_may_allow_fewer_pixels(name: str) -> None:
    claims = CLAIMS[name]

    assert refusal(claims((100, 100)), max_pixels=10_000) == ""
    assert refusal(claims((100, 101)), max_pixels=10_000).startswith("too_many_pixels: ")


@pytest.mark.parametrize("name", ["AVIF", "JPEG2000"])
def test_a_decoder_is_kept_from_more_pixels_than_it_can_hold(name: str) -> None:
    width, height = LARGEST[name]
    with pytest.raises(ValidationError) as raised:
        open_picture(CLAIMS[name]((width, height * 2)), max_pixels=100_000_000)

    assert raised.value.reason is Reason.TOO_MANY_PIXELS


def test_an_icon_is_kept_small_where_it_is_only_described() -> None:
    with pytest.raises(ValidationError) as raised:
        extract(bombs.icon(((0, 0), plain_file("PNG", (2_100, 2_000)))), store_gps=False)

    assert raised.value.reason is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("name", ["PNG", "TIFF", "JPEG2000", "ICO", "HEIF", "AVIF"])
def test_a_side_has_as_many_pixels_as_fit_into_16_bits(name: str) -> None:
    claims = CLAIMS[name]

    assert refusal(claims((65_535, 1))) == ""
    assert refusal(claims((1, 65_535))) == ""
    assert refusal(claims((65_536, 1))).startswith("too_many_pixels: ")
    assert refusal(claims((1, 65_536))).startswith("too_many_pixels: ")


@pytest.mark.parametrize(
    ("width", "reason"), [(65_500, Reason.CORRUPT), (65_501, Reason.TOO_MANY_PIXELS)]
)
def test_a_side_of_a_converted_picture_fits_into_a_jpeg(width: int, reason: Reason) -> None:
    """The file is damaged, because its picture is smaller; too long comes before that."""
    with pytest.raises(ValidationError) as raised:
        convert_picture(heic(claims_size=(width, 1)), "HEIF", max_pixels=100_000_000)

    assert raised.value.reason is reason


def test_the_template_deploys_the_limits_that_were_measured() -> None:
    parameters = template()["Parameters"]
    deployed = [int(parameters[name]["Default"]) for name in ("MaxUploadBytes", "MaxPixels")]

    assert deployed == [limits.UPLOAD_BYTES, limits.PIXELS] == [52_428_800, 100_000_000]


# ------------------------------------------------------------------------- what is looked at
def polyglot(end: int) -> bytes:
    """A JPEG whose first segment opens a comment of JavaScript that closes at an offset."""
    script = b"*/=1;alert(1)//"
    return (b"\xff\xd8\xff\xe0/*".ljust(end - 3, b"\0") + script).ljust(200_000, b"\0")


@pytest.mark.parametrize(("end", "is_seen"), [(12_000, True), (65_536, True), (65_537, False)])
def test_a_script_is_looked_for_in_the_first_read_of_a_file(end: int, is_seen: bool) -> None:
    assert refusal(polyglot(end)).startswith("type_mismatch: ") is is_seen


def test_a_warning_quotes_the_start_of_a_declared_type() -> None:
    (warning,) = check_declared("uploads/a.jpg", "application/" + "x" * 1_000, FORMATS["JPEG"])

    assert f" application/{'x' * 52} " in warning


# ----------------------------------------------------------------------------- what is made
def test_a_sheet_of_noise_has_less_chroma_instead_of_too_many_bytes() -> None:
    """In full quality it has 8 MB, and Rekognition takes 5."""
    colors = random.Random(1).randbytes(1920 * 1920 * 3).translate(bytes(128) + b"\xff" * 128)
    file = io.BytesIO()
    Image.frombytes("RGB", (1920, 1920), colors).save(file, "BMP")
    (sample,) = samples(file.getvalue(), "BMP", max_pixels=10_000_000)

    assert 2_000_000 < len(sample) < 5_000_000
    assert Image.open(io.BytesIO(sample)).quantization == quantization_of(75)  # type: ignore[attr-defined]


def quantization_of(quality: int) -> dict[int, list[int]]:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=quality)
    return Image.open(file).quantization  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("step", "milliseconds"),
    [("Decode", 25_000), ("Resize", 5_000), ("Encode", 10_000), ("Sample", 25_000)],
)
def test_a_step_begins_while_there_is_time_for_it(step: str, milliseconds: int) -> None:
    def begin(left: int) -> str:
        try:
            with Budget(lambda: left).stage(step), nullcontext():
                return "begun"
        except ValidationError as error:
            return error.reason

    assert [begin(left) for left in (60_000, milliseconds, milliseconds - 1, 0)] == [
        "begun", "begun", "too_slow", "too_slow",
    ]  # fmt: skip

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
from PIL import Image, features

from image_pipeline.errors import Reason, ValidationError
from pictures.decode import decode, frame_count, open_picture
from pictures.orientation import display_size, orientation, upright
from tests.support.exif_blocks import Value, ascii_text, exif_block
from tests.support.pictures import (
    animation,
    file_of,
    orientation_exif,
    photo,
    psnr,
    quarters,
    stored_as,
)

SIZE = (96, 64)
FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"]


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_header_is_read_without_decoding(format_name: str) -> None:
    picture = open_picture(file_of(quarters(SIZE), format_name))

    assert (picture.format, picture.size, frame_count(picture)) == (format_name, SIZE, 1)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_picture_is_decoded_from_bytes_or_from_a_file(format_name: str) -> None:
    data = file_of(quarters(SIZE), format_name)

    from_bytes, from_file = open_picture(data), open_picture(io.BytesIO(data), format_name)
    for picture in (from_bytes, from_file):
        decode(picture)

    assert from_bytes.tobytes() == from_file.tobytes()


@pytest.mark.parametrize("format_name", ["PPM", "TGA", "PCX", "ICNS", "EPS", "SGI"])
def test_formats_that_only_pillow_knows_are_unsupported(format_name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        open_picture(file_of(quarters(SIZE), format_name))

    assert caught.value.reason is Reason.UNSUPPORTED_FORMAT


def test_a_file_is_opened_only_as_the_requested_format() -> None:
    with pytest.raises(ValidationError) as caught:
        open_picture(file_of(quarters(SIZE), "PNG"), "JPEG")

    assert caught.value.reason is Reason.CORRUPT


def test_opening_imports_only_the_decoder_of_that_format() -> None:
    script = (
        "import sys; from pictures.decode import open_picture;"
        "open_picture(sys.stdin.buffer.read());"
        "print(*sorted(name for name in sys.modules if name.endswith('ImagePlugin')))"
    )
    data = file_of(quarters(SIZE), "WEBP")

    loaded = subprocess.run(
        [sys.executable, "-c", script],
        input=data,
        capture_output=True,
        check=True,
        env={"PYTHONPATH": "layers/common:layers/imaging"},
    ).stdout

    assert loaded.split() == [b"PIL.WebPImagePlugin"]


def test_too_many_pixels_are_refused_before_decoding() -> None:
    data = file_of(quarters(SIZE), "PNG")

    assert open_picture(data, max_pixels=96 * 64).size == SIZE
    with pytest.raises(ValidationError) as caught:
        open_picture(data, max_pixels=96 * 64 - 1)

    assert caught.value.reason is Reason.TOO_MANY_PIXELS
    assert "6,144" in caught.value.message


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP"])
def test_every_frame_counts_as_pixels(format_name: str) -> None:
    data = animation([quarters(SIZE), photo(SIZE), photo(SIZE, 2)], format_name)

    assert frame_count(open_picture(data)) == 3
    with pytest.raises(ValidationError):
        open_picture(data, max_pixels=2 * 96 * 64)


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_corrupt(format_name: str, kept: float) -> None:
    options = {"compression": "tiff_lzw"} if format_name == "TIFF" else {}
    data = file_of(photo((400, 300)), format_name, **options)

    with pytest.raises(ValidationError) as caught:
        decode(open_picture(data[: int(len(data) * kept)], format_name))

    assert caught.value.reason is Reason.CORRUPT
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"restart_marker_rows": 1}])
def test_a_truncated_jpeg_with_an_end_marker_is_corrupt(options: dict[str, int]) -> None:
    data = file_of(photo((400, 300)), "JPEG", **options)
    ending = data[: len(data) // 2].rstrip(b"\xff") + b"\xff\xd9"

    with pytest.raises(ValidationError) as caught:
        decode(open_picture(ending))

    assert caught.value.reason is Reason.CORRUPT


def scan_starts(data: bytes) -> list[int]:
    return [found.start() for found in re.finditer(b"\xff\xda", data)]


def closed(data: bytes) -> bytes:
    return data.rstrip(b"\xff") + b"\xff\xd9"


@pytest.mark.parametrize("scan", range(9))
def test_a_progressive_jpeg_truncated_within_a_scan_is_corrupt(scan: int) -> None:
    data = file_of(photo((400, 300)), "JPEG", progressive=True)
    start, following = scan_starts(data)[scan : scan + 2]

    with pytest.raises(ValidationError) as caught:
        decode(open_picture(closed(data[: start + (following - start) // 3])))

    assert caught.value.reason is Reason.CORRUPT


@pytest.mark.parametrize("scan", range(1, 10))
def test_a_progressive_jpeg_may_end_after_any_scan(scan: int) -> None:
    data = file_of(photo((401, 303)), "JPEG", progressive=True)
    tables = data.rfind(b"\xff\xc4", 0, scan_starts(data)[scan])
    end = tables if tables > scan_starts(data)[scan - 1] else scan_starts(data)[scan]

    picture = open_picture(data[:end] + b"\xff\xd9")
    decode(picture)

    assert psnr(picture, photo((401, 303))) > 20


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"quality": 30}])
def test_complete_progressive_jpegs_are_complete_in_every_encoding(options: dict[str, int]) -> None:
    endings = set()
    for seed in range(24):
        picture = photo((96 + seed, 64), seed=seed).convert("L" if seed % 4 == 0 else "RGB")
        data = file_of(picture, "JPEG", progressive=True, **options)
        decode(open_picture(data))
        endings.add(data[-3] & 1)

    assert endings == {0, 1}


@pytest.mark.parametrize("size", [(9, 300), (3, 64), (401, 303), (16, 16)])
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_a_complete_progressive_jpeg_is_complete_at_any_scale(
    size: tuple[int, int], scale: int
) -> None:
    data = file_of(photo(size), "JPEG", progressive=True)
    picture = open_picture(data[: scan_starts(data)[-1]] + b"\xff\xd9")  # without its last bits
    picture.draft("RGB", (size[0] // scale or 1, size[1] // scale or 1))
    decode(picture)

    assert psnr(picture, photo(size).resize(picture.size, Image.Resampling.BOX)) > 20


@pytest.mark.parametrize("trailing", [b"\0" * 10, b"MotionPhoto_Data" * 100, b"\xff\xd9"])
def test_a_jpeg_with_trailing_bytes_is_complete(trailing: bytes) -> None:
    data = file_of(photo((400, 300)))
    alone, followed = open_picture(data), open_picture(data + trailing)
    decode(alone)
    decode(followed)

    assert followed.tobytes() == alone.tobytes()


@pytest.mark.parametrize("color", [(128, 128, 128), (0, 0, 0), (255, 255, 255)])
def test_a_jpeg_of_uniform_gray_is_complete(color: tuple[int, int, int]) -> None:
    picture = open_picture(file_of(Image.new("RGB", (400, 300), color)))
    decode(picture)

    assert picture.getpixel((399, 299)) == color


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0"])
def test_a_signature_alone_is_corrupt(data: bytes) -> None:
    with pytest.raises(ValidationError):
        open_picture(data)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("value", range(1, 9))
def test_the_orientation_brings_the_stored_pixels_upright(format_name: str, value: int) -> None:
    shown = quarters(SIZE)
    stored = stored_as(shown, value)
    options = {"lossless": True} if format_name == "WEBP" else {"quality": 95}
    picture = open_picture(file_of(stored, format_name, exif=orientation_exif(value), **options))
    decode(picture)

    assert orientation(picture) == value
    assert display_size(picture) == SIZE
    turned = upright(picture.convert("RGB"), orientation(picture))
    assert turned.size == SIZE
    for place in ((10, 10), (80, 10), (10, 50), (80, 50)):
        wanted, found = shown.getpixel(place), turned.getpixel(place)
        assert isinstance(wanted, tuple)
        assert isinstance(found, tuple)
        assert max(abs(a - b) for a, b in zip(wanted, found, strict=True)) < 12


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate"])
@pytest.mark.parametrize("value", range(1, 9))
def test_a_tiff_is_decoded_upright(compression: str, value: int) -> None:
    shown = quarters(SIZE)
    data = file_of(
        stored_as(shown, value), "TIFF", compression=compression, tiffinfo={0x0112: value}
    )
    picture = open_picture(data)

    assert (orientation(picture), display_size(picture)) == (1, SIZE)
    decode(picture)
    assert (orientation(picture), picture.size) == (1, SIZE)
    assert picture.convert("RGB").tobytes() == shown.tobytes()


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"Exif\0\0",
        b"Exif\0\0II*\0",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0" + b"\xff" * 64,
        orientation_exif(0),
        orientation_exif(9),
        orientation_exif(65535),
        exif_block({0x0112: ascii_text("sideways")}),
        exif_block({0x0112: Value(3, 0, b"")}),
    ],
)
def test_an_unreadable_orientation_is_ignored(exif: bytes) -> None:
    picture = open_picture(file_of(quarters(SIZE), "PNG", exif=exif))
    picture.info["exif"] = exif

    assert orientation(picture) == 1


def test_alpha_is_known_from_the_header() -> None:
    opaque, transparent = quarters(SIZE), quarters(SIZE).convert("RGBA")
    palette = quarters(SIZE).quantize(8)

    assert not open_picture(file_of(opaque, "PNG")).has_transparency_data
    assert open_picture(file_of(transparent, "PNG")).has_transparency_data
    assert not open_picture(file_of(palette, "PNG")).has_transparency_data
    assert open_picture(file_of(palette, "PNG", transparency=0)).has_transparency_data


def test_the_pillow_wheel_has_a_decoder_for_each_format() -> None:
    assert all(features.check(name) for name in ("jpg", "webp", "avif", "libtiff", "littlecms2"))


def test_an_avif_sequence_with_a_time_scale_of_zero_is_corrupt() -> None:
    data = bytearray(file_of(quarters(SIZE), "AVIF", save_all=True, append_images=[photo(SIZE)]))
    at = data.index(b"mdhd") + 4
    times = 16 if data[at] else 8  # two of 64 or of 32 bits, before the ticks per second
    data[at + 4 + times : at + 8 + times] = bytes(4)

    with pytest.raises(ValidationError) as refusal:
        decode(open_picture(bytes(data)))
    assert refusal.value.reason is Reason.CORRUPT

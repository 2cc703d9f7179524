"""Flaws next to the pixels: the picture is shown as it is without them."""

from __future__ import annotations

import io
import random
import struct
import zlib
from itertools import product
from typing import TYPE_CHECKING

import pytest

from convert.decode import convert_picture
from image_pipeline.errors import ValidationError
from metadata.extract import extract
from pictures import limits
from pictures.formats import FORMATS
from tests.support import bombs
from tests.support.exif_blocks import camera_exif
from tests.support.heif_files import (
    HEVC_CONFIGURATION,
    HEVC_DATA,
    Item,
    box,
    full_box,
    heif_file,
)
from tests.support.jpeg_files import segment
from tests.support.pictures import file_of, photo, picture_of
from tests.support.profiles import display_p3
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

SPECS = parse_specs("all=200x200:inside:png:80")
PICTURE = photo((60, 40))
EXIF, PROFILE = camera_exif(), display_p3()


def shown(data: bytes) -> bytes:
    """The pixels of a picture that every step accepts."""
    name = examine(io.BytesIO(data), "uploads/a", "", limits.PIXELS).format
    if FORMATS[name].is_converted:
        converted = convert_picture(data, name, max_pixels=limits.PIXELS)
        data, name = converted.data, converted.format
    extract(data, store_gps=True)
    files = render(data, SPECS, format_name=name, max_pixels=limits.PIXELS)
    return picture_of(files[0].data).convert("RGBA").tobytes()


def warnings(data: bytes) -> str:
    """What is said of a picture that is shown."""
    said: list[str] = []
    render(data, SPECS, warn=said.append)
    return "; ".join(said)


def flawed(content: bytes) -> Iterator[bytes]:
    """The content of a part: empty, cut in three places, too long, and of wrong values."""
    for length in (0, 1, len(content) // 2, len(content) - 1):
        yield content[:length]
    yield content + b"\1\2\3\4\5"
    yield random.Random(1).randbytes(len(content) + 8)
    yield b"\xff" * len(content)
    yield bytes(len(content))


# -------------------------------------------------------------------------------------------- PNG
CHUNKS = {
    b"sRGB": b"\0",
    b"gAMA": struct.pack(">I", 45_455),
    b"cHRM": struct.pack(">8I", 31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000),
    b"pHYs": struct.pack(">IIB", 2_835, 2_835, 1),
    b"iCCP": b"profile\0\0" + zlib.compress(b"no profile at all" * 20),
    b"tEXt": b"Title\0words",
    b"zTXt": b"Title\0\0" + zlib.compress(b"words"),
    b"iTXt": b"Title\0\1\0en\0Title\0" + zlib.compress(b"words"),
    b"tIME": struct.pack(">H5B", 2024, 1, 2, 3, 4, 5),
    b"bKGD": struct.pack(">3H", 1, 2, 3),
    b"hIST": bytes(64),
    b"sBIT": b"\x08\x08\x08",
    b"sPLT": b"name\0\x08" + bytes(60),
    b"eXIf": EXIF,
    b"oFFs": bytes(9),
    b"sCAL": b"\0011\0001",
    b"juMb": bytes(30),
    b"acTL": struct.pack(">II", 1, 0),
}
# Without effect on the pixels if they are whole, whatever they hold.
PIXELS_MAY_CHANGE = {b"gAMA", b"cHRM"}


def with_chunk(chunk: bytes, place: bytes = b"IDAT") -> bytes:
    data = file_of(PICTURE, "PNG")
    at = data.index(place) - 4
    return data[:at] + chunk + data[at:]


@pytest.mark.parametrize("place", [b"IDAT", b"IEND"])
@pytest.mark.parametrize("kind", CHUNKS)
def test_a_flawed_chunk_does_not_refuse_a_png(kind: bytes, place: bytes) -> None:
    right = picture_of(file_of(PICTURE, "PNG")).convert("RGBA").tobytes()
    for content in flawed(CHUNKS[kind]):
        if kind == b"acTL" and len(content) >= 8 and int.from_bytes(content[:4], "big") > 5_000:
            continue  # a limit
        pixels = shown(with_chunk(bombs.chunk(kind, content), place))
        is_whole = len(content) == len(CHUNKS[kind])
        assert pixels == right or (is_whole and kind in PIXELS_MAY_CHANGE)


@pytest.mark.parametrize("place", [b"IDAT", b"IEND"])
@pytest.mark.parametrize("kind", [*CHUNKS, b"tRNS", b"fcTL"])
def test_a_chunk_with_a_wrong_checksum_is_skipped(kind: bytes, place: bytes) -> None:
    right = picture_of(file_of(PICTURE, "PNG")).convert("RGBA").tobytes()
    for content in flawed(CHUNKS.get(kind, bytes(26))):
        chunk = bombs.chunk(kind, content)
        assert shown(with_chunk(chunk[:-1] + bytes((chunk[-1] ^ 1,)), place)) == right


@pytest.mark.parametrize("kind", CHUNKS)
def test_a_chunk_that_is_there_twice_does_not_refuse_a_png(kind: bytes) -> None:
    chunk = bombs.chunk(kind, CHUNKS[kind])
    assert shown(with_chunk(chunk + chunk)) == shown(with_chunk(chunk))


@pytest.mark.parametrize("missing", range(12, 80, 3))
def test_a_png_that_ends_within_a_text_after_its_pixels_is_shown(missing: int) -> None:
    data = with_chunk(bombs.chunk(b"tEXt", b"Title\0" + b"words" * 10), b"IEND")
    assert shown(data[:-missing]) == shown(data)


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("picture", [PICTURE, PICTURE.quantize(16), PICTURE.convert("LA")])
def test_a_png_whose_pixels_have_a_wrong_checksum_is_shown(
    picture: Image.Image, pieces: int
) -> None:
    data = file_of(picture, "PNG")
    at = data.index(b"IDAT") - 4
    end = at + 8 + int.from_bytes(data[at : at + 4], "big")
    wrong = data[at + 8 : end - 4] + b"\0\0\0\1"
    step = len(wrong) // pieces + 1
    parts = [bombs.chunk(b"IDAT", wrong[each : each + step]) for each in range(0, len(wrong), step)]
    assert shown(data[:at] + b"".join(parts) + data[end + 4 :]) == shown(data)
    with pytest.raises(ValidationError):
        shown(data[:at] + bombs.chunk(b"IDAT", wrong[:-40]) + data[end + 4 :])


def test_a_profile_after_the_pixels_does_not_count() -> None:
    profile = bombs.chunk(b"iCCP", b"P3\0\0" + zlib.compress(PROFILE))
    plain = shown(file_of(PICTURE, "PNG"))
    assert shown(with_chunk(profile, b"IEND")) == plain
    assert shown(with_chunk(profile, b"IDAT")) != plain


def test_transparent_colors_of_a_palette_count_after_the_palette_only() -> None:
    data = file_of(PICTURE.quantize(16), "PNG")
    alphas, plain = bombs.chunk(b"tRNS", bytes(16)), shown(data)
    for place, is_right in ((b"PLTE", False), (b"IDAT", True), (b"IEND", False)):
        at = data.index(place) - 4
        assert (shown(data[:at] + alphas + data[at:]) != plain) is is_right


# ------------------------------------------------------------------------------------------- JPEG
SEGMENTS = {
    "JFIF": (0xE0, b"JFIF\0\1\1\1\0\x48\0\x48\0\0"),
    "JFIF with a thumbnail": (0xE0, b"JFIF\0\1\1\1\0\x48\0\x48\4\4" + bytes(48)),
    "JFXX": (0xE0, b"JFXX\0\x10" + bytes(20)),
    "EXIF": (0xE1, b"Exif\0\0" + EXIF),
    "XMP": (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"),
    "extended XMP": (0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 40),
    "ICC": (0xE2, b"ICC_PROFILE\0\1\1" + bytes(200)),
    "ICC of two": (0xE2, b"ICC_PROFILE\0\1\2" + PROFILE),
    "ICC of none": (0xE2, b"ICC_PROFILE\0\0\0" + PROFILE),
    "MPF": (0xE2, b"MPF\0II*\0\x08\0\0\0" + bytes(40)),
    "FlashPix": (0xE2, b"FPXR\0" + bytes(30)),
    "Ducky": (0xEC, b"Ducky\0\1\0\4\0\0\0\x3c\0\0"),
    "Photoshop": (0xED, b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0\0\0\0\x10" + bytes(16)),
    "comment": (0xFE, b"a comment"),
}


@pytest.mark.parametrize("numbers", [(0, 0), (0, 1), (2, 1), (1, 2), (9, 9)])
def test_a_part_of_a_profile_with_a_wrong_number_does_not_count(numbers: tuple[int, int]) -> None:
    data = file_of(PICTURE)
    part = segment(0xE2, b"ICC_PROFILE\0" + bytes(numbers) + PROFILE)
    assert shown(data[:2] + part + data[2:]) == shown(data)
    assert "ignored a broken ICC profile" in warnings(data[:2] + part + data[2:])


@pytest.mark.parametrize(
    "content", [b"", b"name", b"name\0\1" + zlib.compress(PROFILE), b"name\0\0" + PROFILE]
)
@pytest.mark.parametrize("is_stated_elsewhere", [False, True])
def test_a_damaged_profile_of_a_png_is_reported_unless_its_colors_are_stated_elsewhere(
    content: bytes, *, is_stated_elsewhere: bool
) -> None:
    chunk = bombs.chunk(b"iCCP", content) + bombs.chunk(b"sRGB", b"\0") * is_stated_elsewhere
    said = warnings(with_chunk(chunk))
    assert ("ignored a broken ICC profile" in said) is not is_stated_elsewhere


ADOBE = b"Adobe\0\x64\0\0\0\0\1"


@pytest.mark.parametrize("name", SEGMENTS)
def test_a_flawed_segment_does_not_refuse_a_jpeg(name: str) -> None:
    marker, content = SEGMENTS[name]
    data = file_of(PICTURE)
    right, start = shown(data), data.index(b"\xff\xdb")
    contents = [*flawed(content), *(content[:length] for length in range(min(len(content), 30)))]
    for each, keeps_jfif in product(contents, (False, True)):
        kept = data[2:] if keeps_jfif else data[start:]
        assert shown(data[:2] + segment(marker, each) + kept) == right


@pytest.mark.parametrize("length", range(12))
def test_an_adobe_segment_that_is_too_short_is_ignored(length: int) -> None:
    data = file_of(PICTURE)
    assert shown(data[:2] + segment(0xEE, ADOBE[:length]) + data[2:]) == shown(data)


# --------------------------------------------------------------------------- GIF, WebP and TIFF
@pytest.mark.parametrize(
    "extension",
    [b"!\xf9\3\0\0\0\0", b"!\xf9\5\0\0\0\0\0\0", b"!\xf9\0", b"!\xff\0", b"!\xfe\0", b"!\x99\2ab\0",
     b"!\xff\x0bNETSCAPE2.0\1\1\0", b"!\xff\x0bNETSCAPE2.0\5\1\0\0\0\0\0", b"!\xff\x02AB\0",
     b"!\1\x0c" + bytes(12) + b"\0"],
)  # fmt: skip
def test_a_flawed_extension_does_not_refuse_a_gif(extension: bytes) -> None:
    data = file_of(PICTURE.quantize(64), "GIF")
    at = data.index(b",", 13 + 3 * 64)
    assert shown(data[:at] + extension + data[at:]) == shown(data)


@pytest.mark.parametrize("length", range(1, 30))
def test_a_gif_that_ends_within_the_header_of_a_later_frame_is_shown(length: int) -> None:
    """The later frame has a palette of its own, so its header is long."""
    data = file_of(PICTURE.quantize(16), "GIF")
    frame = b"!\xf9\4\0\0\0\0\0," + struct.pack("<4HB", 0, 0, 60, 40, 0x87) + bytes(768)
    assert shown(data[:-1] + frame[:length]) == shown(data)


@pytest.mark.parametrize(
    ("kind", "flag", "content"), [(b"EXIF", 8, EXIF), (b"XMP ", 4, b"<x:xmpmeta/>")]
)
def test_flawed_metadata_does_not_refuse_a_webp(kind: bytes, flag: int, content: bytes) -> None:
    plain = file_of(PICTURE, "WEBP")
    canvas = struct.pack("<I", flag) + (59).to_bytes(3, "little") + (39).to_bytes(3, "little")
    for each in flawed(content):
        added = kind + struct.pack("<I", len(each)) + each + bytes(len(each) % 2)
        body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + plain[12:] + added
        assert shown(b"RIFF" + struct.pack("<I", len(body)) + body) == shown(plain)


ASCII, BYTE, SHORT, LONG, RATIONAL, UNDEFINED = 2, 1, 3, 4, 5, 7
FAR = 99_999


@pytest.mark.parametrize(
    "field",
    [(700, (BYTE, 900, FAR)), (34_675, (UNDEFINED, 900, FAR)), (34_675, (UNDEFINED, 0, 0)),
     (34_665, (LONG, 1, FAR)), (34_665, (LONG, 1, 24)), (34_853, (LONG, 1, FAR)),
     (33_723, (UNDEFINED, 900, FAR)), (34_377, (UNDEFINED, 900, FAR)), (305, (ASCII, 900, FAR)),
     (305, (ASCII, 4, 0x41414141)), (282, (RATIONAL, 1, FAR)), (282, (SHORT, 1, 72)),
     (40_000, (99, 1, 5)), (40_000, (0, 1, 5)), (306, (ASCII, 4, 0x41414141)),
     (274, (SHORT, 1, 9)), (274, (ASCII, 1, 0x31)), (296, (SHORT, 1, 77)), (339, (SHORT, 1, 4)),
     (330, (LONG, 1, FAR)), (285, (ASCII, 900, FAR)), (301, (SHORT, 256, FAR))],
)  # fmt: skip
def test_a_flawed_field_does_not_refuse_a_tiff(field: tuple[int, tuple[int, int, int]]) -> None:
    tag, entry = field
    assert shown(bombs.tiff({tag: entry})) == shown(bombs.tiff())


# --------------------------------------------------------------------- HEIF, AVIF and JPEG 2000
def content_of(kind: bytes, data: bytes) -> bytes:
    """The content of the first box of a type."""
    at = data.index(kind)
    return data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]


def assigned(*properties: int, item: int = 1, flags: int = 0) -> bytes:
    """A list of the properties of an item, in one byte each or, with flags, in two."""
    length = 2 if flags else 1
    packed = b"".join(index.to_bytes(length, "big") for index in properties)
    head = struct.pack(">IHB", 1, item, len(properties))
    return full_box(b"ipma", head + packed, flags=flags)


LISTS = {
    "one": assigned(1, 2, 3),
    "twice the same": assigned(1, 2, 3) * 2,
    "divided": assigned(1) + assigned(2, 3),
    "divided, of other lengths": assigned(1, 2) + assigned(3, flags=1),
    "of another item": assigned(1, 2, 3) + assigned(2, item=9),
    "with a property that is not there": assigned(1, 2, 3, 77),
}


@pytest.mark.parametrize("lists", LISTS)
@pytest.mark.parametrize("name", ["AVIF", "HEIF"])
def test_several_lists_of_properties_do_not_refuse_a_picture(name: str, lists: str) -> None:
    size = full_box(b"ispe", struct.pack(">II", 96, 64))
    depths = full_box(b"pixi", b"\3\x08\x08\x08")
    if name == "AVIF":
        coded = file_of(PICTURE.resize((96, 64)), "AVIF")
        configuration = box(b"av1C", content_of(b"av1C", coded))
        item, brand = Item(1, b"av01", content_of(b"mdat", coded)), b"avif"
    else:
        configuration = box(b"hvcC", HEVC_CONFIGURATION)
        item, brand = Item(1, b"hvc1", HEVC_DATA), b"heic"
    properties = [size, configuration, depths]
    right = heif_file([item], properties, brand, LISTS["one"])
    data = heif_file([item], properties, brand, LISTS[lists])
    assert shown(data) == shown(right)


@pytest.mark.parametrize("content", [b"", b"\1", b"\2\0\0", b"\2\0\0\0", b"\1\0\0\0\0\0"])
def test_colors_that_are_too_short_do_not_refuse_a_jpeg_2000(content: bytes) -> None:
    data = file_of(PICTURE, "JPEG2000")
    header = content_of(b"jp2h", data)
    at, colors = data.index(b"jp2h") - 4, box(b"colr", content_of(b"colr", data))
    flawed_header = box(b"jp2h", header.replace(colors, box(b"colr", content)))
    assert shown(data[:at] + flawed_header + data[at + 8 + len(header) :]) == shown(data)


@pytest.mark.parametrize("content", list(flawed(box(b"resc", struct.pack(">4H2B", *[72] * 6)))))
def test_a_flawed_resolution_does_not_refuse_a_jpeg_2000(content: bytes) -> None:
    data = file_of(PICTURE, "JPEG2000")
    at, header = data.index(b"jp2h") - 4, content_of(b"jp2h", data)
    flawed_header = box(b"jp2h", header + box(b"res ", content))
    assert shown(data[:at] + flawed_header + data[at + 8 + len(header) :]) == shown(data)

"""Gain maps are recognized and recorded; the base picture is what is shown."""

from __future__ import annotations

import struct

import pytest
from PIL import Image

from convert.decode import convert_picture
from metadata.extract import extract
from tests.support.color_files import avif_with, cicp, png_with
from tests.support.heif_files import (
    HEIC_SIZE,
    HEVC_CONFIGURATION,
    HEVC_DATA,
    Item,
    box,
    full_box,
    heif_file,
)
from tests.support.pictures import file_of, photo
from thumbnail.renditions import parse_specs, pixels_of

ULTRA_HDR, ISO, APPLE = "gain_map_ultra_hdr", "gain_map_iso_21496_1", "gain_map_apple"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
HDRGM = b'<x xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>'
OF_APPLE = b'<x xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/"/>'
ISO_IDENTIFIER = b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4)
APPLE_TYPE = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"
SIZE = (48, 32)


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(*segments: bytes, shade: int = 0) -> bytes:
    picture = photo(SIZE) if not shade else Image.new("L", SIZE, shade)
    data = file_of(picture, "JPEG", quality=95)
    return data[:2] + b"".join(segments) + data[2:]


def multi_picture(first: bytes, *others: bytes, order: str = ">") -> bytes:
    """A JPEG with further ones after it, and the index that leads to them (CIPA DC-007)."""
    count = 1 + len(others)
    length = 2 + 2 + 4 + 8 + 2 + 3 * 12 + 4 + 16 * count
    base = 2 + 2 + 2 + 4
    entries, at = (
        struct.pack(f"{order}IIIHH", 0x030000, len(first), 0, 0, 0),
        len(first) + length + 2,
    )
    for other in others:
        entries += struct.pack(f"{order}IIIHH", 0, len(other), at - base, 0, 0)
        at += len(other)
    index = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}IH", 8, 3)
    index += struct.pack(f"{order}HHI4s", 0xB000, 7, 4, b"0100")
    index += struct.pack(f"{order}HHII", 0xB001, 4, 1, count)
    index += struct.pack(f"{order}HHII", 0xB002, 7, 16 * count, 8 + 2 + 36 + 4) + bytes(4)
    head = segment(0xE2, b"MPF\0" + index + entries)
    return first[:2] + head.ljust(length + 2, b"\0") + first[2:] + b"".join(others)


def hdr_of(data: bytes) -> str | None:
    return extract(data, store_gps=False).hdr


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ([segment(0xE1, XMP + HDRGM)], [segment(0xE1, XMP + HDRGM)], ULTRA_HDR),
        ([], [segment(0xE1, XMP + HDRGM)], ULTRA_HDR),
        ([segment(0xE2, ISO_IDENTIFIER)], [segment(0xE2, ISO_IDENTIFIER)], ISO),
        ([segment(0xE1, XMP + HDRGM), segment(0xE2, ISO_IDENTIFIER)], [], ISO),
        ([], [segment(0xE1, XMP + OF_APPLE)], APPLE),
        ([], [], None),
        ([segment(0xE1, b"Exif\0\0" + HDRGM)], [segment(0xE2, b"urn:iso:else")], None),
    ],
)
def test_the_gain_map_of_a_jpeg_is_recorded(
    first: list[bytes], second: list[bytes], kind: str | None, order: str
) -> None:
    data = multi_picture(jpeg(*first), jpeg(*second, shade=90), order=order)

    assert hdr_of(data) == kind


def test_the_base_picture_of_a_jpeg_is_shown() -> None:
    plain = jpeg()
    data = multi_picture(jpeg(segment(0xE1, XMP + HDRGM)), jpeg(shade=90))
    specs = parse_specs("a=48x48:inside:png")

    assert pixels_of(data, specs)[0].tobytes() == pixels_of(plain, specs)[0].tobytes()


@pytest.mark.parametrize("cut", range(12, 100, 8))
def test_a_damaged_index_is_ignored(cut: int) -> None:
    data = multi_picture(jpeg(), jpeg(segment(0xE1, XMP + OF_APPLE), shade=90))
    damaged = data[:cut] + b"\xff" * 3 + data[cut + 3 :]

    assert hdr_of(damaged) in {APPLE, None}


def test_a_gain_map_of_endless_segments_does_not_refuse_the_picture() -> None:
    many = b"".join(segment(0xEF, b"") for _ in range(5_000))

    assert hdr_of(multi_picture(jpeg(), jpeg(many, shade=90))) is None


def with_items(*extra: Item, properties: tuple[bytes, ...] = ()) -> bytes:
    kept = [box(b"hvcC", HEVC_CONFIGURATION), full_box(b"ispe", struct.pack(">II", *HEIC_SIZE))]
    first = Item(1, b"hvc1", HEVC_DATA, (1, 2))
    return heif_file([first, *extra], [*kept, *properties], b"heic")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (with_items(), None),
        (with_items(Item(2, b"tmap", bytes(62), (2,), (b"dimg", (1, 1)), 1)), ISO),
        (
            with_items(
                Item(2, b"hvc1", HEVC_DATA, (1, 2, 3), (b"auxl", (1,)), 1),
                properties=(full_box(b"auxC", APPLE_TYPE),),
            ),
            APPLE,
        ),
        (
            with_items(
                Item(2, b"hvc1", HEVC_DATA, (1, 2, 3), (b"auxl", (1,)), 1),
                properties=(full_box(b"auxC", b"urn:mpeg:hevc:2015:auxid:2\0"),),
            ),
            None,
        ),
    ],
)
def test_the_gain_map_of_a_heif_is_recorded(data: bytes, kind: str | None) -> None:
    made = convert_picture(data, "HEIF", max_pixels=100_000)

    assert extract(made.data, store_gps=False, conversion=made.conversion).hdr == kind


def test_hdr_with_a_gain_map_is_both() -> None:
    coded = box(b"colr", b"nclx" + struct.pack(">HHHB", 9, 16, 6, 0x80))
    first = Item(1, b"hvc1", HEVC_DATA, (1, 2, 3))
    kept = [box(b"hvcC", HEVC_CONFIGURATION), full_box(b"ispe", struct.pack(">II", *HEIC_SIZE))]
    tone_map = Item(2, b"tmap", bytes(62), (2,), (b"dimg", (1, 1)), 1)

    made = convert_picture(
        heif_file([first, tone_map], [*kept, coded], b"heic"), "HEIF", max_pixels=9_000
    )

    assert made.conversion.hdr == f"PQ, {ISO}"


def test_pictures_without_a_gain_map_have_none() -> None:
    assert hdr_of(avif_with(photo(SIZE))) is None
    assert hdr_of(file_of(photo(SIZE), "WEBP")) is None
    assert hdr_of(png_with(photo(SIZE), cicp(9, 16))) == "PQ"

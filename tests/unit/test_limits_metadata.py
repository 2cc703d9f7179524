"""Limits on what is read of a picture's metadata, as absolute numbers."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from convert.exif_segment import exif_segment
from metadata.extract import extract
from pictures import exif
from pictures.icc_name import profile_name
from tests.support import bombs
from tests.support.exif_blocks import (
    Fields,
    Value,
    ascii_text,
    byte,
    exif_block,
    long,
    rational,
    short,
    signed_rational,
)

if TYPE_CHECKING:
    from metadata.image_metadata import ImageMetadata

DAMAGED = "The EXIF data is damaged; what could be read was kept."
MAKE, MODEL = 0x010F, 0x0110


def saved(format_name: str, block: bytes = b"") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, format_name, exif=block)
    return file.getvalue()


def read(
    image: Fields | None = None, photo: Fields | None = None, gps: Fields | None = None
) -> ImageMetadata:
    return extract(saved("PNG", exif_block(image, photo, gps)), store_gps=True)


def make(metadata: ImageMetadata) -> str | None:
    return metadata.camera.make if metadata.camera else None


def iso(value: Value) -> int | None:
    found = read(photo={0x8827: value}).exposure
    return found.iso if found else None


# The busiest directories of real files, those of DNG, have about 100 fields.
@pytest.mark.parametrize(
    ("fields", "found", "warnings"),
    [(100, "Lumen", ()), (512, "Lumen", ()), (513, None, (DAMAGED,)), (60_000, None, (DAMAGED,))],
)
def test_fields_of_a_directory(fields: int, found: str | None, warnings: tuple[str, ...]) -> None:
    other = struct.pack("<HHII", 0xFE00, 3, 1, 0) * (fields - 1)
    last = struct.pack("<HHII", MAKE, 2, 6, 8 + 2 + 12 * fields + 4)
    directory = struct.pack("<H", fields) + other + last + bytes(4)
    block = b"Exif\0\0II*\0" + struct.pack("<I", 8) + directory + b"Lumen\0"

    metadata = extract(saved("PNG", block), store_gps=False)

    assert (make(metadata), metadata.warnings) == (found, warnings)


@pytest.mark.parametrize(("place", "sensitivity"), [(1, 800), (16, 800), (17, None)])
def test_values_of_a_field(place: int, sensitivity: int | None) -> None:
    assert iso(short(*[0] * (place - 1), 800)) == sensitivity


@pytest.mark.parametrize(("length", "sensitivity"), [(3, 800), (64, 800), (65, 80)])
def test_characters_of_a_number(length: int, sensitivity: int) -> None:
    assert iso(ascii_text("800".zfill(length))) == sensitivity


# The longest names of lenses have some 60 characters.
@pytest.mark.parametrize(("length", "is_cut"), [(64, False), (256, False), (257, True)])
def test_characters_of_a_text(length: int, is_cut: bool) -> None:
    metadata = read({MAKE: ascii_text("x" * length)})

    assert make(metadata) == ("x" * 255 + "…" if is_cut else "x" * length)
    assert metadata.warnings == (
        ("A text in the EXIF data is longer than 256 characters; it was cut.",) if is_cut else ()
    )


def in_png(packet: bytes, *, packed: bool) -> bytes:
    content = b"\1\0\0\0" + zlib.compress(packet) if packed else b"\0\0\0\0" + packet
    return bombs.png(bombs.chunk(b"iTXt", b"XML:com.adobe.xmp\0" + content))


# Real packets have a few kB.
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("end", "found"),
    [(8_000, "Lumen"), (262_144, "Lumen"), (262_145, None), (2_000_000, None)],
)
def test_bytes_of_an_xmp_packet(end: int, found: str | None, packed: bool) -> None:
    fact = b' tiff:Make="Lumen"'
    packet = bytes(end - len(fact)) + fact

    assert make(extract(in_png(packet, packed=packed), store_gps=False)) == found


# ----------------------------------------------------------------------------- color profiles
def profile_of_tags(count: int) -> bytes:
    """An ICC profile whose name is the last of this many tags."""
    table = 128 + 4 + 12 * count
    tags = struct.pack(">4sII", b"none", 0, 0) * (count - 1)
    tags += struct.pack(">4sII", b"desc", table, 30)
    text = b"desc" + bytes(4) + struct.pack(">I", 6) + b"Lumen\0"
    return bytes(128) + struct.pack(">I", count) + tags + text


def profile_of_languages(count: int) -> bytes:
    """An ICC profile whose name is English in the last of this many languages."""
    at = 16 + 12 * count
    records = struct.pack(">4sII", b"deDE", 2, at) * (count - 1)
    records += struct.pack(">4sII", b"enUS", 2, at + 2)
    text = b"mluc" + bytes(4) + struct.pack(">II", count, 12) + records
    text += "DE".encode("utf-16-be")
    return bytes(128) + struct.pack(">I4sII", 1, b"desc", 144, len(text)) + text


# LittleCMS reads 100 tags.
@pytest.mark.parametrize(("count", "name"), [(10, "Lumen"), (100, "Lumen"), (101, None)])
def test_tags_of_a_profile(count: int, name: str | None) -> None:
    assert profile_name(profile_of_tags(count)) == name


@pytest.mark.parametrize(("count", "name"), [(1, "E"), (38, "E"), (100, "E"), (101, "D")])
def test_languages_of_the_name_of_a_profile(count: int, name: str) -> None:
    assert profile_name(profile_of_languages(count)) == name


@pytest.mark.parametrize("kind", [b"desc", b"mluc", b"text"])
def test_the_name_of_a_profile_is_as_long_as_any_text(kind: bytes) -> None:
    name = "Ω" * 256 if kind == b"mluc" else "x" * 256
    text = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 257) + name.encode() + b"\0",
        b"mluc": b"mluc" + bytes(4) + struct.pack(">II4sII", 1, 12, b"enUS", 512, 28)
        + name.encode("utf-16-be"),
        b"text": b"text" + bytes(4) + name.encode() + b"\0",
    }[kind]  # fmt: skip
    profile = bytes(128) + struct.pack(">I4sII", 1, b"desc", 144, len(text)) + text

    assert profile_name(profile) == name


# -------------------------------------------------------------- numbers that cannot be true
# The finest drum scanners have 20,000 dots per inch.
@pytest.mark.parametrize(
    ("dots", "dpi"), [(20_000, (20_000, 72)), (100_000, (100_000, 72)), (100_001, None)]
)
def test_dots_per_inch(dots: int, dpi: tuple[float, float] | None) -> None:
    exif = exif_block({0x011A: rational((dots, 1)), 0x011B: rational((72, 1)), 0x0128: short(2)})

    assert extract(saved("JPEG", exif), store_gps=False).dpi == dpi


@pytest.mark.parametrize(
    ("value", "seconds"), [(64, 5.42101086e-20), (65, None), (-64, 1.84467441e19), (-65, None)]
)
def test_time_as_a_power_of_two(value: int, seconds: float | None) -> None:
    found = read(photo={0x9201: signed_rational((value, 1))}).exposure

    assert (found.exposure_time if found else None) == seconds


@pytest.mark.parametrize(("value", "f_number"), [(64, 4_294_967_300), (65, None)])
def test_aperture_as_a_power_of_two(value: int, f_number: float | None) -> None:
    found = read(photo={0x9202: signed_rational((value, 1))}).exposure

    assert (found.f_number if found else None) == f_number


@pytest.mark.parametrize("tag", [0x829A, 0x829D, 0x920A, 0x8827])
@pytest.mark.parametrize(("number", "is_found"), [(10**9, True), (10**9 + 1, False)])
def test_measures(tag: int, number: int, is_found: bool) -> None:
    assert (read(photo={tag: long(number)}).exposure is not None) is is_found


@pytest.mark.parametrize(
    ("meters", "below", "altitude"),
    [
        (8_849, 0, 8_849),
        (100_000, 0, 100_000),
        (100_001, 0, None),
        (10_935, 1, -10_935),
        (12_000, 1, -12_000),
        (12_001, 1, None),
    ],
)
def test_altitudes_from_the_deepest_sea_to_the_edge_of_space(
    meters: int, below: int, altitude: int | None
) -> None:
    gps = {
        1: ascii_text("N"), 2: rational((10, 1)), 3: ascii_text("E"), 4: rational((20, 1)),
        5: byte(below), 6: rational((meters, 1)),
    }  # fmt: skip
    found = read(gps=gps).gps

    assert found is not None
    assert found.altitude == altitude


@pytest.mark.parametrize(
    ("year", "is_believed"), [(999, False), (1_000, True), (2_999, True), (3_000, False)]
)
def test_years(year: int, is_believed: bool) -> None:
    found = read(photo={0x9003: ascii_text(f"{year:04}:06:01 10:30:00")}).captured_at

    assert found == (f"{year:04}-06-01T10:30:00" if is_believed else None)


@pytest.mark.parametrize(("boxes", "found"), [(4, "Lumen"), (995, "Lumen"), (996, None)])
def test_boxes_of_a_jpeg_2000(boxes: int, found: str | None) -> None:
    """A plain file has five boxes before the one with the EXIF."""
    content = b"uuidJpgTiffExif->JP2" + exif_block({MAKE: ascii_text("Lumen")})
    more = struct.pack(">I4s", 8, b"free") * boxes + struct.pack(">I", len(content) + 4)

    assert make(extract(saved("JPEG2000") + more + content, store_gps=False)) == found


# ------------------------------------------------------ the EXIF that a converted picture keeps
def kept(photo: Fields) -> exif.Exif:
    """What is left of the fields of a picture once it is converted."""
    return exif.read(exif_segment(exif.read(exif_block({MAKE: ascii_text("Lumen")}, photo))))


def filled(length: int) -> Value:
    return Value(7, length, bytes(length))


@pytest.mark.parametrize(("length", "is_kept"), [(64, True), (1_024, True), (1_025, False)])
def test_bytes_of_a_field_that_goes_along(length: int, is_kept: bool) -> None:
    assert (0x9100 in kept({0x9100: filled(length)}).photo) is is_kept


@pytest.mark.parametrize(
    ("last", "is_kept"),
    # 19 fields of 988 bytes and the 12 that describe each leave 1,000.
    [(988, True), (1_000, True), (1_001, False)],
)
def test_bytes_of_a_directory_that_goes_along(last: int, is_kept: bool) -> None:
    fields = {0x9300 + index: filled(988) for index in range(19)}

    assert (0x9400 in kept(fields | {0x9400: filled(last)}).photo) is is_kept

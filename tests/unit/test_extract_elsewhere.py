"""Metadata outside EXIF: PNG texts, XMP packets, JPEG 2000 boxes."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from convert.decode import convert_picture
from image_pipeline.models import to_dict
from metadata.extract import extract
from metadata.image_metadata import Exposure
from pictures import limits
from tests.support import bombs
from tests.support.camera_files import dng
from tests.support.exif_blocks import ascii_text, byte, exif_block, short
from tests.support.heif_files import box, heic
from tests.support.iptc_data import iptc
from tests.support.pictures import plain_file, quarters

if TYPE_CHECKING:
    from collections.abc import Callable

    from metadata.image_metadata import ImageMetadata

HEADER_END = 33
JPEG2000_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
JPEG2000_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
BIG_ENDIAN_EXIF = exif_block(
    {0x0131: ascii_text("Editor")}, {0x9003: ascii_text("    :  :     :  :  ")}, order=">",
    identifier=b"",
)  # fmt: skip
ATTRIBUTES = (
    b"<x:xmpmeta><rdf:Description tiff:Make=\"Lumen\" tiff:Model='One &amp; Only'"
    b' exif:DateTimeOriginal="2024-06-01T10:30:00+02:00" exif:ExposureTime="1/125"'
    b' exif:GPSLatitude="52,31.5N" exif:GPSLongitude="13,24.1E" tiff:Orientation="6"/></x:xmpmeta>'
)
ELEMENTS = (
    b"<x:xmpmeta><tiff:Make>Lumen</tiff:Make><tiff:Model>\n One &amp; Only</tiff:Model>"
    b"<photoshop:DateCreated>2024-06-01T10:30:00+02:00</photoshop:DateCreated>"
    b"<exif:ExposureTime>1/125</exif:ExposureTime><exif:ISOSpeedRatings><rdf:Seq>"
    b"<rdf:li>400</rdf:li></rdf:Seq></exif:ISOSpeedRatings></x:xmpmeta>"
)


def png(*chunks: bytes, **options: Any) -> bytes:
    plain = plain_file("PNG", **options)
    return plain[:HEADER_END] + b"".join(chunks) + plain[HEADER_END:]


def legacy(kind: str, content: bytes) -> bytes:
    text = f"\n{kind}\n{len(content):8}\n{content.hex()}\n".encode()
    return bombs.chunk(b"zTXt", f"Raw profile type {kind}\0\0".encode() + zlib.compress(text))


def converted(data: bytes, format_name: str) -> bytes:
    return convert_picture(data, format_name, max_pixels=1_000_000).data


def described(data: bytes) -> ImageMetadata:
    return extract(data, store_gps=True)


def in_png(packet: bytes) -> bytes:
    return png(bombs.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet))


def with_packet(packet: bytes) -> dict[str, bytes]:
    keyword = b"XML:com.adobe.xmp\0"
    jpeg, segment = plain_file("JPEG"), b"http://ns.adobe.com/xap/1.0/\0" + packet
    tags = Image.Exif()
    tags[700] = packet
    return {
        "JPEG": jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + jpeg[2:],
        "PNG": in_png(packet),
        "PNG compressed": png(bombs.chunk(b"iTXt", keyword + b"\1\0\0\0" + zlib.compress(packet))),
        "PNG simple": png(bombs.chunk(b"zTXt", keyword + b"\0" + zlib.compress(packet))),
        "PNG legacy": png(legacy("xmp", packet)),
        "WEBP": plain_file("WEBP", xmp=packet),
        "AVIF": plain_file("AVIF", xmp=packet),
        "TIFF": plain_file("TIFF", exif=tags),
        "JPEG2000": plain_file("JPEG2000") + box(b"uuid", JPEG2000_XMP + packet),
        "JPEG2000 XML": plain_file("JPEG2000") + box(b"xml ", packet),
        "HEIF": converted(heic(xmp=packet), "HEIF"),
        "HEIF with EXIF": converted(heic(xmp=packet, exif=BIG_ENDIAN_EXIF), "HEIF"),
        "HEIF with alpha": converted(heic(xmp=packet, with_alpha=True), "HEIF"),
    }


@pytest.mark.parametrize("packet", [ATTRIBUTES, ELEMENTS], ids=["attributes", "elements"])
@pytest.mark.parametrize("name", with_packet(b""))
def test_xmp_is_read_where_exif_is_missing(name: str, packet: bytes) -> None:
    metadata = described(with_packet(packet)[name])

    assert metadata.camera
    assert (metadata.camera.make, metadata.camera.model) == ("Lumen", "One & Only")
    assert metadata.captured_at == "2024-06-01T10:30:00+02:00"
    assert metadata.exposure
    assert metadata.exposure.exposure_time == 1 / 125
    assert metadata.exposure.iso == (400 if packet is ELEMENTS else None)


@pytest.mark.parametrize("name", with_packet(b""))
def test_xmp_gives_neither_orientation_nor_position(name: str) -> None:
    metadata = described(with_packet(ATTRIBUTES)[name])

    assert (metadata.width, metadata.height) == ((96, 64) if "HEIF" in name else (40, 30))
    # Converted pictures are upright.
    assert metadata.orientation == (1 if "HEIF" in name else None)
    assert metadata.gps is None


def test_the_xmp_of_a_raw_is_read_where_exif_is_missing() -> None:
    file = dng(quarters(), image={700: byte(*ATTRIBUTES)})
    metadata = described(converted(file, "RAW"))

    assert metadata.camera
    assert (metadata.camera.make, metadata.camera.model) == ("Lumen", "L1 Mark II")
    assert metadata.captured_at == "2024-06-01T10:30:00+02:00"


def test_what_the_exif_of_a_heif_lacks_comes_from_its_xmp() -> None:
    exif = exif_block(
        {0x010F: ascii_text("Lumen"), 0x0110: ascii_text("Two")},
        {0x8827: short(200, order=">"), 0x9003: ascii_text("2020:02:02 20:20:20")},
        order=">",
        identifier=b"",
    )
    metadata = described(converted(heic(xmp=ELEMENTS, exif=exif), "HEIF"))

    assert metadata.camera
    assert (metadata.camera.make, metadata.camera.model) == ("Lumen", "Two")
    assert metadata.captured_at == "2020-02-02T20:20:20"
    assert metadata.exposure == Exposure(iso=200, exposure_time=1 / 125)


def test_an_xml_box_that_holds_no_xmp_says_nothing() -> None:
    data = plain_file("JPEG2000") + box(b"xml ", b'<gml tiff:Make="Lumen"/>')
    assert described(data).camera is None


def test_iptc_in_a_box_of_a_jpeg_2000_is_read() -> None:
    data = iptc({55: "20240709", 60: "101112+0200"})
    file = plain_file("JPEG2000") + box(b"uuid", JPEG2000_IPTC + data)
    assert described(file).captured_at == "2024-07-09T10:11:12+02:00"


def test_exif_takes_precedence_over_xmp() -> None:
    exif = exif_block({0x0110: ascii_text("Two"), 0x0132: ascii_text("2020:02:02 20:20:20")})
    metadata = described(plain_file("WEBP", exif=exif, xmp=ATTRIBUTES))

    assert metadata.camera
    assert (metadata.camera.make, metadata.camera.model) == ("Lumen", "Two")
    # The packet has the time of exposure, the EXIF only that of the last change.
    assert metadata.captured_at == "2024-06-01T10:30:00+02:00"


@pytest.mark.parametrize(
    "packet",
    [
        b"xmp:a>" * 150_000,
        b'tiff:Make="' * 90_000,
        b"tiff:Make" + b" " * 900_000,
        b'exif:ExposureTime="1/0" exif:FNumber="999999999999/1" tiff:Make="' + b"\xff" * 900 + b'"',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]> tiff:Make="&b;"',
    ],
    ids=["elements", "quotes", "spaces", "numbers", "entities"],
)
def test_a_hostile_packet_says_nothing(packet: bytes) -> None:
    record = json.dumps(to_dict(described(in_png(packet))), ensure_ascii=False)

    assert len(record) < 1_000
    assert record.isprintable()
    assert "root:" not in record


@pytest.mark.parametrize(
    ("packet", "longest"),
    [
        (lambda length: b"tiff:Make" + b" " * length + b'="Lumen"', 64),
        (lambda length: b"tiff:Make=" + b" " * length + b'"Lumen"', 64),
        (lambda length: b"tiff:Make>" + b" " * length + b"<rdf:Seq><rdf:li>Lumen<", 64),
        (lambda length: b"tiff:Make><rdf:Seq>" + b" " * length + b"<rdf:li>Lumen<", 64),
        (lambda length: b'tiff:Make="Lumen' + b" " * (length - 5) + b'"', 1024),
        (lambda length: b"tiff:Make='Lumen" + b" " * (length - 5) + b"'", 1024),
        (lambda length: b"tiff:Make>Lumen" + b" " * (length - 5) + b"<", 1024),
    ],
    ids=["name", "equals", "element", "list", "quoted", "single-quoted", "text"],
)
def test_the_search_for_a_property_has_bounds(packet: Callable[[int], bytes], longest: int) -> None:
    """Without them, a packet of half-open properties takes the square of its length."""
    found = described(in_png(packet(longest))).camera
    beyond = described(in_png(packet(longest + 1))).camera

    assert found
    assert found.make == "Lumen"
    assert beyond is None


def test_a_png_names_its_software_and_its_last_change() -> None:
    made_at = struct.pack(">H5B", 2024, 6, 1, 8, 30, 0)
    software = bombs.chunk(b"tEXt", b"Software\0Lumen\xa9 Studio")
    metadata = described(png(software, bombs.chunk(b"tIME", made_at)))

    assert metadata.camera
    assert metadata.camera.software == "Lumen© Studio"
    assert metadata.captured_at == "2024-06-01T08:30:00Z"


@pytest.mark.parametrize("moment", [b"\x07\xe8\x0d\x01\0\0\0", b"\x07\xe8", bytes(7)])
def test_an_impossible_date_of_a_png_is_omitted(moment: bytes) -> None:
    assert described(png(bombs.chunk(b"tIME", moment))).captured_at is None


def test_exif_in_a_png_text_is_read_but_its_orientation_is_not_applied() -> None:
    exif = exif_block({0x010F: ascii_text("Lumen"), 0x0112: short(6)})
    metadata = described(png(legacy("exif", b"Exif\0\0" + exif)))

    assert metadata.camera
    assert metadata.camera.make == "Lumen"
    assert (metadata.width, metadata.height) == (40, 30)


@pytest.mark.parametrize("length_is_known", [True, False])
def test_exif_in_a_box_of_a_jpeg_2000_is_read(length_is_known: bool) -> None:
    content = b"uuidJpgTiffExif->JP2" + exif_block({0x010F: ascii_text("Lumen")})
    length = len(content) + 4 if length_is_known else 0
    metadata = described(plain_file("JPEG2000") + struct.pack(">I", length) + content)

    assert metadata.camera
    assert metadata.camera.make == "Lumen"


def test_a_png_text_is_inflated_only_up_to_the_limit() -> None:
    bomb = bombs.chunk(b"zTXt", b"Software\0\0" + bombs.deflated(2 * limits.METADATA_TEXT_BYTES))
    assert described(png(bomb)).camera is None

"""What each XMP property and PNG chunk means, and what a converted picture keeps of its EXIF."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from convert.exif_segment import exif_segment
from metadata.extract import extract
from metadata.image_metadata import Camera, Exposure
from pictures import exif
from tests.support import bombs
from tests.support.exif_blocks import (
    Fields,
    ascii_text,
    exif_block,
    rational,
    short,
)
from tests.support.pictures import plain_file

if TYPE_CHECKING:
    from metadata.image_metadata import ImageMetadata


# ----------------------------------------------------------------------------------------- XMP
def with_xmp(packet: bytes) -> ImageMetadata:
    return extract(plain_file("WEBP", xmp=packet), store_gps=True)


TIME = "2024-06-01T10:30:00"
XMP = {
    'tiff:Make="Lumen"': {"camera": Camera(make="Lumen")},
    'tiff:Model="Lumen"': {"camera": Camera(model="Lumen")},
    'tiff:Software="Lumen"': {"camera": Camera(software="Lumen")},
    'exifEX:LensModel="Lumen"': {"camera": Camera(lens="Lumen")},
    'exif:ExposureTime="1/250"': {"exposure": Exposure(exposure_time=0.004)},
    'exif:FNumber="28/10"': {"exposure": Exposure(f_number=2.8)},
    'exif:FNumber="2.8"': {"exposure": Exposure(f_number=2.8)},
    'exif:FocalLength="50/1"': {"exposure": Exposure(focal_length=50.0)},
    'exif:ISOSpeedRatings="400"': {"exposure": Exposure(iso=400)},
    'exifEX:PhotographicSensitivity="400"': {"exposure": Exposure(iso=400)},
    f'exif:DateTimeOriginal="{TIME}"': {"captured_at": TIME},
    f'photoshop:DateCreated="{TIME}"': {"captured_at": TIME},
    f'xmp:CreateDate="{TIME}"': {"captured_at": TIME},
    f'xap:CreateDate="{TIME}"': {"captured_at": TIME},
    f'xmp:ModifyDate="{TIME}"': {"captured_at": TIME},
    f'xap:ModifyDate="{TIME}"': {"captured_at": TIME},
    "tiff:Make='Lumen'": {"camera": Camera(make="Lumen")},
    'tiff:Make = "Lumen"': {"camera": Camera(make="Lumen")},
    "<tiff:Make>Lumen</tiff:Make>": {"camera": Camera(make="Lumen")},
    "<exif:ISOSpeedRatings> <rdf:Seq> <rdf:li>400</rdf:li>": {"exposure": Exposure(iso=400)},
    'tiff:Make="&lt;A&gt; &amp;amp; &quot;B&apos;"': {"camera": Camera(make="<A> &amp; \"B'")},
    'tiff:Make="" tiff:Make="Lumen"': {"camera": Camera(make="Lumen")},
    'tiff:Make="Lumen" tiff:Make="Other"': {"camera": Camera(make="Lumen")},
    'exif:FNumber="1/0"': {},
    'dc:Make="Lumen" tiff:Maker="Lumen" exif:Model="Lumen" aux:Lens="Lumen"': {},
    'exif:GPSLatitude="52,31.5N" exif:GPSLongitude="13,24.1E"': {},
    'tiff:Orientation="6"': {},
}


@pytest.mark.parametrize("packet", XMP)
def test_each_property_of_xmp_has_its_meaning(packet: str) -> None:
    metadata = with_xmp(packet.encode())

    found = {
        name: value
        for name in ("camera", "exposure", "captured_at", "gps", "orientation")
        if (value := getattr(metadata, name)) is not None
    }
    assert found == XMP[packet]


def test_the_date_of_the_exposure_counts_before_the_others_of_xmp() -> None:
    packet = (
        b'xmp:ModifyDate="2023-01-01T00:00:00" xmp:CreateDate="2022-01-01T00:00:00"'
        b' photoshop:DateCreated="2021-01-01T00:00:00"'
    )
    original = b' exif:DateTimeOriginal="2020-01-01T00:00:00"'

    assert with_xmp(packet + original).captured_at == "2020-01-01T00:00:00"
    assert with_xmp(packet).captured_at == "2021-01-01T00:00:00"


# ----------------------------------------------------------------------------------------- PNG
def with_chunk(kind: bytes, content: bytes) -> ImageMetadata:
    return extract(bombs.png(bombs.chunk(kind, content)), store_gps=True)


def hexadecimal(content: bytes, packed: bool) -> bytes:
    text = b"\nkind\n" + f"{len(content):8}".encode() + b"\n" + content.hex().encode() + b"\n"
    return b"\0" + zlib.compress(text) if packed else text


LUMEN = exif_block({0x010F: ascii_text("Lumen")})
PACKET = b' tiff:Make="Lumen"'
MAKE, SOFTWARE = Camera(make="Lumen"), Camera(software="Lumen")
CHUNKS = [
    (b"eXIf", LUMEN.removeprefix(b"Exif\0\0"), MAKE),
    (b"tEXt", b"Software\0Lumen", SOFTWARE),
    (b"zTXt", b"Software\0\0" + zlib.compress(b"Lumen"), SOFTWARE),
    (b"iTXt", b"Software\0\0\0\0\0Lumen", None),
    (b"tEXt", b"Source\0Lumen", None),
    (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PACKET, MAKE),
    (b"iTXt", b"XML:com.adobe.xmp\0\0\0en\0name\0" + PACKET, MAKE),
    (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(PACKET), MAKE),
    (b"tEXt", b"XML:com.adobe.xmp\0" + PACKET, MAKE),
    (b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(PACKET), MAKE),
    *(
        (kind, b"Raw profile type " + name + b"\0" + hexadecimal(content, kind == b"zTXt"), MAKE)
        for kind in (b"tEXt", b"zTXt")
        for name, content in ((b"exif", LUMEN), (b"APP1", LUMEN), (b"xmp", PACKET))
    ),
    (b"tEXt", b"Raw profile type iptc\0" + hexadecimal(LUMEN, packed=False), None),
    (b"tEXt", b"Raw profile type exif\0" + hexadecimal(LUMEN[6:], packed=False), None),
    (b"iTXt", b"Raw profile type exif\0" + hexadecimal(LUMEN, packed=False), None),
    (b"tEXt", b"Raw profile type exif\0\nkind\n 3\nno hexadecimal", None),
    (b"zTXt", b"Software\0\0not packed at all", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "content", "camera"), CHUNKS)
def test_each_chunk_of_a_png_has_its_meaning(
    kind: bytes, content: bytes, camera: Camera | None
) -> None:
    assert with_chunk(kind, content).camera == camera


def test_the_time_of_a_png_is_in_utc() -> None:
    moment = struct.pack(">H5B", 2024, 6, 1, 8, 30, 59)

    assert with_chunk(b"tIME", moment).captured_at == "2024-06-01T08:30:59Z"


# -------------------------------------------------------- the EXIF of a converted picture
IMAGE_TAGS = (
    0x010E, 0x010F, 0x0110, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B, 0x8298,
    0x829A, 0x829D, 0x8827, 0x9003, 0x9004, 0x9201, 0x9202, 0x920A,
)  # fmt: skip
NOT_OF_A_JPEG = (0x0100, 0x0111, 0x0117, 0x014A, 0x0103, 0xC612, 0x828E, 0x02BC, 0x8773, 0x83BB)


@pytest.mark.parametrize(
    ("directory", "tag", "is_kept"),
    [
        *(("image", tag, True) for tag in IMAGE_TAGS),
        *(("image", tag, False) for tag in NOT_OF_A_JPEG),
        *(("photo", tag, True) for tag in (0x829A, 0x9000, 0x9003, 0xA001, 0xA434, 0xA430)),
        # Maker note, user comment, interoperability.
        *(("photo", tag, False) for tag in (0x927C, 0x9286, 0xA005)),
        *(("gps", tag, True) for tag in (0x00, 0x01, 0x02, 0x1D, 0x1F)),
        *(("gps", tag, False) for tag in (0x20, 0x100)),
    ],
)
def test_what_goes_along_with_a_converted_picture(directory: str, tag: int, is_kept: bool) -> None:
    fields: dict[str, Fields] = {"image": {0x010F: ascii_text("Lumen")}, "photo": {}, "gps": {}}
    fields[directory][tag] = ascii_text("abc")

    kept = exif.read(
        exif_segment(exif.read(exif_block(fields["image"], fields["photo"], fields["gps"])))
    )

    assert (tag in getattr(kept, directory)) is is_kept
    assert kept.orientation == 1
    assert not kept.damaged


@pytest.mark.parametrize("order", ["<", ">"])
def test_fields_go_along_byte_for_byte_in_their_order(order: str) -> None:
    photo = {0x829A: rational((1, 250), order=order), 0xA434: ascii_text("odd")}
    source = exif.read(exif_block({0x0112: short(6, order=order)}, photo, order=order))

    kept = exif.read(exif_segment(source))

    assert {tag: bytes(field.data) for tag, field in kept.photo.items()} == {
        tag: value.data for tag, value in photo.items()
    }
    assert kept.orientation == 1

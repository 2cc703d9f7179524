"""Reads camera, exposure and date from an XMP packet, for pictures whose EXIF lacks them.

Photo editors and converters keep these in XMP (ISO 16684-1) where a format has no EXIF. The packet
is searched with patterns, not parsed as XML, so entities and includes have no effect.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from pictures.exif import Directory, Exif, Field
from pictures.limits import METADATA_TEXT_BYTES, TEXT_CHARACTERS

# An attribute, or an element that may hold a list, of which the first value is used.
# Every repetition is bounded, so that the search takes time linear in the length of the packet.
_PROPERTY = re.compile(
    rb"(tiff|exif|exifEX|xmp|xap|photoshop):(\w{1,32})\s{0,64}"
    rb"(?:=\s{0,64}(?:\"([^\"<]{0,1024})\"|'([^'<]{0,1024})')"
    rb"|>\s{0,64}(?:<rdf:Seq>\s{0,64}<rdf:li>)?([^<]{0,1024})<)"
)
_IMAGE_TAGS = {
    b"tiff:Make": 0x010F,
    b"tiff:Model": 0x0110,
    b"tiff:Software": 0x0131,
    b"xmp:ModifyDate": 0x0132,
}
_PHOTO_TAGS = {
    b"exif:DateTimeOriginal": 0x9003,
    b"photoshop:DateCreated": 0x9003,
    b"xmp:CreateDate": 0x9004,
    b"exifEX:LensModel": 0xA434,
    b"exif:ExposureTime": 0x829A,
    b"exif:FNumber": 0x829D,
    b"exif:FocalLength": 0x920A,
    b"exif:ISOSpeedRatings": 0x8827,
    b"exifEX:PhotographicSensitivity": 0x8827,
}
_GPS_TAGS = {b"exif:GPSTimeStamp": 0x001D}  # date and time in one, unlike in EXIF
_DATES, _DATE_LENGTH = {0x0132, 0x9003, 0x9004, 0x001D}, 20
_RATIONAL = re.compile(rb"\d{1,12}/\d{1,12}")
_ENTITIES = (
    (b"&lt;", b"<"),
    (b"&gt;", b">"),
    (b"&quot;", b'"'),
    (b"&apos;", b"'"),
    (b"&amp;", b"&"),
)
_TEXT = 2  # EXIF's ASCII


def read_xmp(packet: bytes) -> Exif:
    """Return what the packet says about camera, exposure and date, as EXIF fields."""
    found: dict[bytes, bytes] = {}
    for match in _PROPERTY.finditer(packet[:METADATA_TEXT_BYTES]):
        prefix, name, *values = match.groups()
        prefix = b"xmp" if prefix == b"xap" else prefix  # the name until 2004
        value = next((value for value in values if value), b"").strip()
        if value:
            found.setdefault(prefix + b":" + name, value[: 4 * TEXT_CHARACTERS])
    image, photo, gps = (_directory(found, tags) for tags in (_IMAGE_TAGS, _PHOTO_TAGS, _GPS_TAGS))
    return Exif(image, photo, gps)


def completed(exif: Exif, xmp: Exif) -> Exif:
    """Return the EXIF, completed from the XMP; never its position or orientation.

    A date of zeros and blanks counts as missing.
    """
    image, photo, gps = (
        second | {tag: field for tag, field in first.items() if not _is_unset_date(tag, field)}
        for first, second in ((exif.image, xmp.image), (exif.photo, xmp.photo), (exif.gps, xmp.gps))
    )
    return replace(exif, image=image, photo=photo, gps=gps)


def _is_unset_date(tag: int, field: Field) -> bool:
    return tag in _DATES and not bytes(field.data[:_DATE_LENGTH]).strip(b"0: \0")


def _directory(found: dict[bytes, bytes], tags: dict[bytes, int]) -> Directory:
    directory: Directory = {}
    for name, tag in tags.items():
        if name in found:
            text = memoryview(_plain(found[name]))
            directory.setdefault(tag, Field(_TEXT, "<", text))
    return directory


def _plain(value: bytes) -> bytes:
    """Return a value without XML escapes, a fraction as a decimal number."""
    if _RATIONAL.fullmatch(value):
        top, bottom = map(int, value.split(b"/"))
        return str(float(Fraction(top, bottom))).encode() if bottom else b""
    for entity, character in _ENTITIES:
        value = value.replace(entity, character)
    return value

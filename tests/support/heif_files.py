"""Makes HEIC and AVIF files in memory; a HEIC around one picture that is encoded already.

The coded picture and its alpha mask are here as text, so that every run tests the same bytes
whatever encoder a wheel holds: what pillow-heif 1.8.1 put into the `hvcC` and `mdat` boxes for
`from_pillow(picture).save(file, quality=50)`, for `quarters()` and for a mask that is black
in the top left quarter and white elsewhere.
"""

from __future__ import annotations

import struct
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.pictures import file_of

if TYPE_CHECKING:
    from PIL import Image

HEIC_SIZE = (96, 64)

HEVC_CONFIGURATION = b64decode(
    "AQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMA"
    "kAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQA=="
)
HEVC_DATA = b64decode(
    "AAAAhCgBrxOAecKTVEf//mCdv/aF6f/BoyWQqgvxig+h6v/XxCeAQjDAbKhK/yVydq0k0z+D6fsQEQmxp+G8WqwY"
    "4O72v/vV4R+dHR/86UBum/gl9hLMXzdTVIEst/XsyB9AQTx99JoioZIdQ6DPLYXf5qfUwHGh/x4VPUiSeoctXQu/"
    "e7B+sA=="
)
# The same pixels with the color of each (`chroma=444`), which for these is the same data.
_FULL_CHROMA_CONFIGURATION = b64decode(
    "AQQIAAAAnjgAAAAAHvAA/P/4+AAADwNgAAEAF0ABDAH//wQIAAADAJ44AAADAAAeugJAYQABACpCAQEECAAAAwCe"
    "OAAAAwAAHpAGECCy3UklNc3AQ0GBAAADABkAAAMAAQhiAAEACEQBwXKGDAIk"
)
_MASK_CONFIGURATION = b64decode(
    "AQQIAAAAn/gAAAAAHvAA/Pz4+AAADwNgAAEAF0ABDAH//wQIAAADAJ/4AAADAAAeugJAYQABACZCAQEECAAAAwCf"
    "+AAAAwAAHsDCBBZbqSSmubAgAAADAyAAAAMAIWIAAQAHRAHBcrAiQA=="
)
_MASK_DATA = b64decode(
    "AAAASygBrid5C5UR///dcNAt1b96AAqU9A1DEcx2hdqIi1EWTQonysfwC/npamaHZfURswlDb0kod+PNXwvfFXZM"
    "shLUl/qb/cwCXuNK4A=="
)
# Gray of 10 and of 12 bits, a quarter of white on the left and three quarters on the right.
_DEEP_GRAY = {
    10: (
        b64decode(
            "AQQIAAAAnfgAAAAAHvAA/Pz6+gAADwNgAAEAF0ABDAH//wQIAAADAJ34AAADAAAeugJAYQABACdCAQEECAAA"
            "AwCd+AAAAwAAHsDCBBNlupJKa5sCAAADADIAAAMAAhBiAAEAB0QBwXKwIkA="
        ),
        b64decode("AAAAFygBrifD9Nv//9bkpC3Vv2E3whPG3epg"),
    ),
    12: (
        b64decode(
            "AQQIAAAAmfgAAAAAHvAA/Pz8/AAADwNgAAEAF0ABDAH//wQIAAADAJn4AAADAAAeugJAYQABACdCAQEECAAA"
            "AwCZ+AAAAwAAHsDCBBFKW6kkprmwIAAAAwMgAAADACFiAAEAB0QBwXKwIkA="
        ),
        b64decode("AAAAFygBrifD9P1f//hVCAt1b+Jh1ITxt3qY"),
    ),
}
_ALPHA_URN = b"urn:mpeg:hevc:2015:auxid:1\0"
_PICTURE, _ALPHA, _EXIF, _XMP, _FIRST_EXTRA = 1, 2, 3, 4, 10
_HIDDEN = 1
_DEPTH_OF_LUMA = 17  # in an `hvcC`: ISO/IEC 14496-15, 8.3.3.1


@dataclass(frozen=True)
class Item:
    """One item: number, type, content, its properties by position, and what it refers to.

    `pieces` is how often its location names its content, all in one.
    """

    number: int
    kind: bytes
    data: bytes
    properties: tuple[int, ...] = ()
    reference: tuple[bytes, tuple[int, ...]] | None = None
    flags: int = 0
    pieces: int = 1


def heic(
    *,
    exif: bytes | None = None,
    xmp: bytes | None = None,
    icc: bytes | None = None,
    quarter_turns: int = 0,
    mirror_axis: int | None = None,
    with_alpha: bool = False,
    extra_pictures: int = 0,
    claims_size: tuple[int, int] = HEIC_SIZE,
    coding: bytes = b"hvc1",
    exif_type: bytes = b"Exif",
    brand: bytes = b"heic",
    gray_bits: int | None = None,
    full_chroma: bool = False,
) -> bytes:
    """A HEIC that shows `quarters()`.

    Args:
        exif: a TIFF block to attach, without identifier.
        xmp: an XMP packet to attach.
        icc: a color profile to attach.
        quarter_turns: of its `irot`, anti-clockwise.
        mirror_axis: of its `imir`, applied after the turn: 0 upside down, 1 left to right.
        with_alpha: whether the top left quarter is transparent.
        extra_pictures: how many more pictures, as in a burst.
        claims_size: the size that its `ispe` states.
        coding: the type of its picture items; another one than `hvc1` names another codec.
        exif_type: the type of the EXIF item.
        brand: the major brand.
        gray_bits: shows the alpha mask as a gray picture that states this depth; in truth it
            has 8 bits.
        full_chroma: whether it is coded in 4:4:4 instead of 4:2:0.
    """
    configuration = _FULL_CHROMA_CONFIGURATION if full_chroma else HEVC_CONFIGURATION
    properties = [
        box(b"hvcC", configuration),
        full_box(b"ispe", struct.pack(">II", *claims_size)),
        box(b"hvcC", _MASK_CONFIGURATION),
        full_box(b"auxC", _ALPHA_URN),
        box(b"colr", b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)),
    ]
    if icc is not None:
        properties.append(box(b"colr", b"prof" + icc))
    described = (1, 2, *range(5, len(properties) + 1))
    if quarter_turns:
        properties.append(box(b"irot", bytes([quarter_turns])))
    if mirror_axis is not None:
        properties.append(box(b"imir", bytes([mirror_axis])))
    transforms = tuple(range(len(described) + 3, len(properties) + 1))
    items = [Item(_PICTURE, coding, HEVC_DATA, described + transforms)]
    if with_alpha:
        mask = (3, 2, 4, *transforms)
        items.append(Item(_ALPHA, coding, _MASK_DATA, mask, (b"auxl", (_PICTURE,)), _HIDDEN))
    if exif is not None:
        content = struct.pack(">I", 6) + b"Exif\0\0" + exif
        items.append(Item(_EXIF, exif_type, content, (), (b"cdsc", (_PICTURE,)), _HIDDEN))
    if xmp is not None:
        items.append(Item(_XMP, b"mime", xmp, (), (b"cdsc", (_PICTURE,)), _HIDDEN))
    extra = range(_FIRST_EXTRA, _FIRST_EXTRA + extra_pictures)
    items += [Item(number, coding, HEVC_DATA, (1, 2, 5)) for number in extra]
    if gray_bits is not None:
        stated = bytearray(_MASK_CONFIGURATION)
        stated[_DEPTH_OF_LUMA] = 0xF8 | (gray_bits - 8)
        properties[0] = box(b"hvcC", bytes(stated))
        items[0] = Item(_PICTURE, coding, _MASK_DATA, described + transforms)
    return heif_file(items, properties, brand)


def heic_of_several_lists() -> bytes:
    """A HEIC whose list of properties is divided, and names one that is not there."""
    properties = [
        box(b"hvcC", HEVC_CONFIGURATION),
        full_box(b"ispe", struct.pack(">II", *HEIC_SIZE)),
    ]
    lists = full_box(b"ipma", struct.pack(">IHB2B", 1, _PICTURE, 2, 1, 77))
    lists += full_box(b"ipma", struct.pack(">IHBH", 1, _PICTURE, 1, 2), flags=1)
    return heif_file([Item(_PICTURE, b"hvc1", HEVC_DATA)], properties, b"heic", lists)


def deep_gray_heic(bits: int) -> bytes:
    """A HEIC in gray of 10 or 12 bits: a quarter of white on the left, three on the right."""
    configuration, data = _DEEP_GRAY[bits]
    properties = [
        box(b"hvcC", configuration),
        full_box(b"ispe", struct.pack(">II", *HEIC_SIZE)),
    ]
    return heif_file([Item(_PICTURE, b"hvc1", data, (1, 2))], properties, b"heic")


def heif_file(
    items: list[Item],
    properties: list[bytes],
    brand: bytes,
    lists: bytes | None = None,
    *groups: bytes,
) -> bytes:
    """A file of items, the first of which is shown; their data one after the other.

    `lists` are the boxes that assign properties to items; those of the items when left out.
    `groups` are boxes of related items.
    """
    head = box(b"ftyp", brand + bytes(4) + b"mif1heic")
    lists = associations(items) if lists is None else lists
    data_at = len(head) + len(_meta(items, properties, lists, 0, *groups)) + 8
    content = b"".join(item.data for item in items)
    return head + _meta(items, properties, lists, data_at, *groups) + box(b"mdat", content)


def _meta(
    items: list[Item], properties: list[bytes], lists: bytes, data_at: int, *groups: bytes
) -> bytes:
    """ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12, 9.3."""
    references = b"".join(
        _reference(item.number, *item.reference) for item in items if item.reference
    )
    boxes = [
        full_box(b"hdlr", bytes(4) + b"pict" + bytes(13)),
        full_box(b"pitm", struct.pack(">H", items[0].number)),
        _locations(items, data_at),
        full_box(b"iinf", struct.pack(">H", len(items)) + b"".join(map(_entry, items))),
        full_box(b"iref", references) if references else b"",
        box(b"iprp", box(b"ipco", b"".join(properties)) + lists),
        *groups,
    ]
    return full_box(b"meta", b"".join(boxes))


def _reference(number: int, kind: bytes, others: tuple[int, ...]) -> bytes:
    return box(kind, struct.pack(f">HH{len(others)}H", number, len(others), *others))


def _entry(item: Item) -> bytes:
    content = struct.pack(">HH", item.number, 0) + item.kind + b"\0"
    if item.kind == b"mime":
        content += b"application/rdf+xml\0"
    return full_box(b"infe", content, version=2, flags=item.flags)


def _locations(items: list[Item], data_at: int) -> bytes:
    entries = b""
    for item in items:
        entries += struct.pack(">HHH", item.number, 0, item.pieces)
        entries += struct.pack(">II", data_at, len(item.data)) * item.pieces
        data_at += len(item.data)
    return full_box(b"iloc", struct.pack(">HH", 0x4400, len(items)) + entries)


def associations(items: list[Item]) -> bytes:
    """The list of the properties of items."""
    described = [item for item in items if item.properties]
    entries = b"".join(
        struct.pack(">HB", item.number, len(item.properties)) + bytes(item.properties)
        for item in described
    )
    return full_box(b"ipma", struct.pack(">I", len(described)) + entries)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def full_box(kind: bytes, content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes([version]) + flags.to_bytes(3, "big") + content)


def avif(*pictures: Image.Image, exif: bytes = b"", icc: bytes | None = None) -> bytes:
    """An AVIF of one picture or a sequence; the EXIF orientation becomes its `irot`."""
    first, *others = pictures
    return file_of(
        first,
        "AVIF",
        quality=90,
        exif=exif,
        icc_profile=icc,
        save_all=bool(others),
        append_images=others,
    )

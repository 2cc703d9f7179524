"""Outputs contain nothing of a file but its picture: every byte of each is searched."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from convert.decode import convert_picture
from image_pipeline.models import to_dict
from metadata.extract import extract
from moderate.samples import samples
from tests.support import bombs
from tests.support.camera_files import dng
from tests.support.exif_blocks import ascii_text, exif_block, rational
from tests.support.heif_files import heic
from tests.support.pictures import file_of, plain_file
from tests.support.profiles import display_p3
from thumbnail.renditions import parse_specs, render

MARKER = "Wanda-lives-here-4711"
PLANTED = MARKER.encode()
LATITUDE = ((52, 1), (31, 1), (12345, 1000))
SPECS = parse_specs(
    "a=32x32:cover:webp:80,b=64x64:inside:jpeg:85,c=64x64:inside:png:80,d=64x64:inside:avif:60"
)
# The chunks of a file that contains only pixels.
PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}


def hidden_everywhere() -> bytes:
    """EXIF with the marker as artist, comment, maker note, place, and in a thumbnail."""
    thumbnail = plain_file("JPEG", comment=PLANTED)
    place = {1: ascii_text("N"), 2: rational(*LATITUDE), 3: ascii_text("E"), 4: rational(*LATITUDE),
             0x1B: ascii_text(MARKER)}  # fmt: skip
    return (
        exif_block(
            {0x010F: ascii_text("Lumen"), 0x013B: ascii_text(MARKER), 0x8298: ascii_text(MARKER)},
            photo={
                0x927C: ascii_text(MARKER * 9, 7),
                0x9286: ascii_text("ASCII\0\0\0" + MARKER, 7),
            },
            gps=place,
        )
        + thumbnail
    )


def xmp() -> bytes:
    return b"<?xpacket?><x:xmpmeta xmlns:x='adobe:ns:meta/'>" + PLANTED + b"</x:xmpmeta>"


def iptc() -> bytes:
    caption = struct.pack(">BBBH", 0x1C, 2, 120, len(PLANTED)) + PLANTED
    return b"8BIM\x04\x04\0\0" + struct.pack(">I", len(caption)) + caption


def photo(mode: str = "RGB") -> Image.Image:
    return Image.radial_gradient("L").resize((96, 64)).convert(mode)


def jpeg() -> bytes:
    data = file_of(photo(), "JPEG", exif=hidden_everywhere(), icc_profile=display_p3(MARKER))
    segments = (
        b"\xe1http://ns.adobe.com/xap/1.0/\0" + xmp(),
        b"\xe1http://ns.adobe.com/xmp/extension/\0" + bytes(40) + xmp(),
        b"\xedPhotoshop 3.0\0" + iptc(),
        b"\xe2MPF\0" + PLANTED,
        b"\xe0JFXX\0\x10" + plain_file("JPEG", comment=PLANTED),
        b"\xfe" + PLANTED,
    )
    added = b"".join(
        b"\xff" + segment[:1] + struct.pack(">H", len(segment) + 1) + segment[1:]
        for segment in segments
    )
    return data[:2] + added + data[2:] + PLANTED


def mpo() -> bytes:
    """Build a file of two pictures, with everything hidden in the second."""
    second = jpeg()
    data = file_of(photo(), "MPO", save_all=True, append_images=[photo()])
    start = data.index(b"\xff\xd9") + 2
    length = struct.pack("<L", len(data) - start)
    assert data.count(length) == 1
    return data[:start].replace(length, struct.pack("<L", len(second))) + second


def png() -> bytes:
    text, legacy = zlib.compress(PLANTED), "\nexif\n8\n" + (b"Exif\0\0" + PLANTED).hex()
    data = file_of(photo(), "PNG", exif=hidden_everywhere(), icc_profile=display_p3(MARKER))
    added = (
        bombs.chunk(b"tEXt", b"Comment\0" + PLANTED),
        bombs.chunk(b"zTXt", b"Author\0\0" + text),
        bombs.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp()),
        bombs.chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(legacy.encode())),
    )
    return data[:33] + b"".join(added) + data[33:-12] + added[0] + data[-12:] + PLANTED


def gif() -> bytes:
    data = file_of(photo(), "GIF", comment=PLANTED)
    packet = b"\x21\xff\x0bXMP DataXMP" + bytes([len(PLANTED)]) + PLANTED + b"\0"
    at = data.index(b"\x21\xfe")
    return data[:at] + packet + data[at:] + PLANTED


def tiff() -> bytes:
    fields = {270: MARKER, 315: MARKER, 305: MARKER, 33723: PLANTED, 34377: iptc(), 700: xmp()}
    tags: Any = Image.Exif()
    tags.load(hidden_everywhere())
    for tag, value in fields.items():
        tags[tag] = value
    return file_of(photo(), "TIFF", exif=tags, icc_profile=display_p3(MARKER))


SOURCES = {
    "JPEG": jpeg(),
    "MPO": mpo(),
    "PNG": png(),
    "GIF": gif(),
    "WEBP": file_of(
        photo(), "WEBP", exif=hidden_everywhere(), xmp=xmp(), icc_profile=display_p3(MARKER)
    ),
    "TIFF": tiff(),
    "AVIF": file_of(
        photo(), "AVIF", exif=hidden_everywhere(), xmp=xmp(), icc_profile=display_p3(MARKER)
    ),
    "JPEG2000": file_of(photo(), "JPEG2000", comment=MARKER),
    "HEIF": heic(exif=hidden_everywhere(), xmp=xmp(), icc=display_p3(MARKER)) + PLANTED,
    "RAW": dng(photo(), image={0x013B: ascii_text(MARKER)}, preview=jpeg()),
}


def outputs(name: str) -> dict[str, bytes]:
    """Make every file that others get to see of a picture."""
    data, format_name = SOURCES[name], "JPEG" if name == "MPO" else name
    if name in {"HEIF", "RAW"}:
        converted = convert_picture(data, name, max_pixels=1_000_000)
        data, format_name = converted.data, converted.format
    made = {
        rendition.content_type: rendition.data
        for rendition in render(data, SPECS, format_name=format_name)
    }
    shown = samples(data, format_name, max_pixels=1_000_000)
    return made | {f"sample {index}": sample for index, sample in enumerate(shown)}


def spellings() -> list[bytes]:
    text = [MARKER.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be")]
    place = [struct.pack(f"{order}6I", *sum(LATITUDE, ())) for order in "<>"]
    return [*text, *place, PLANTED.hex().encode(), base64.b64encode(PLANTED)[:-4], b"Lumen",
            b"Exif", b"xpacket", b"8BIM", b"acsp", b"http"]  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_no_output_contains_the_planted_text(name: str) -> None:
    made = outputs(name)
    assert len(made) == 5
    for kind, data in made.items():
        assert [words for words in spellings() if words in data] == [], kind
        assert set(Image.open(io.BytesIO(data)).info) <= {
            "jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression",
            "loop", "background", "timestamp", "duration",
        }  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_contains_the_planted_text(name: str) -> None:
    assert PLANTED in SOURCES[name]


@pytest.mark.parametrize("name", SOURCES)
def test_outputs_contain_only_pixels(name: str) -> None:
    made = outputs(name)
    png_file, webp_file = made["image/png"], made["image/webp"]
    assert {kind for kind, _ in _parts(png_file, 8, ">I4s", 4)} <= PNG_CHUNKS
    assert {kind for kind, _ in _parts(webp_file, 12, "<4sI", 0)} <= WEBP_CHUNKS
    assert not {b"Exif", b"mime", b"xml "} & {
        made["image/avif"][at : at + 4] for at in range(len(made["image/avif"]))
    }
    for kind, data in made.items():
        if kind.startswith("sample") or kind == "image/jpeg":
            assert _segments(data) <= {0xC0, 0xC2, 0xC4, 0xDA, 0xDB, 0xE0}


def _parts(data: bytes, at: int, head: str, trailing: int) -> list[tuple[bytes, int]]:
    """List name and length of the parts of a PNG or a WebP."""
    found = []
    while at + 8 <= len(data):
        one, two = struct.unpack_from(head, data, at)
        name, length = (one, two) if isinstance(one, bytes) else (two, one)
        found.append((name, length))
        at += 8 + length + trailing + (length % 2 if not trailing else 0)
    return found


def _segments(data: bytes) -> set[int]:
    """Return the markers before the first scan of a JPEG."""
    at, found = 2, set()
    while data[at] == 0xFF:
        found.add(data[at + 1])
        if data[at + 1] == 0xDA:
            break
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return found


@pytest.mark.parametrize("name", ["JPEG", "MPO", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_record_contains_neither_names_nor_places_by_default(name: str) -> None:
    hidden = json.dumps(to_dict(extract(SOURCES[name], store_gps=False)))
    assert "52.5" not in hidden
    assert MARKER not in hidden.replace(f'"icc_profile": "{MARKER}"', "").replace(
        f'"software": "{MARKER}"', ""
    )

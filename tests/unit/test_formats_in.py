"""Each variant of each format is accepted by every reader, or refused by name."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from moderate.samples import samples
from pictures import limits
from tests.support import bombs
from tests.support.exif_blocks import camera_exif
from tests.support.jpeg_files import ARITHMETIC
from tests.support.jxl_files import with_metadata
from tests.support.pictures import color_at, file_of, is_near, picture_of, plain_file
from tests.support.profiles import display_p3
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

if TYPE_CHECKING:
    from image_pipeline.models import Facts

SIZE = (200, 120)
SPECS = parse_specs("small=100x100:inside:png:80,large=400x400:inside:jpeg:90")
RED = (210, 40, 40)


def photo(mode: str = "RGB") -> Image.Image:
    """Blue, and red on the right."""
    picture = Image.new("RGB", SIZE, (30, 60, 200))
    picture.paste(RED, (140, 0, 200, 120))
    return picture.convert(mode)


def saved(name: str, mode: str = "RGB", **options: Any) -> bytes:
    return file_of(photo(mode), name, **options)


def taken(data: bytes, key: str = "uploads/a") -> Facts:
    """Facts from the examination, after every other reader has accepted the file too."""
    facts = examine(io.BytesIO(data), key, "", limits.PIXELS)
    renditions = render(data, SPECS, format_name=facts.format, max_pixels=limits.PIXELS)
    shown = Image.open(io.BytesIO(renditions[0].data)).convert("RGB")
    assert abs(shown.width / shown.height - (facts.width or 0) / (facts.height or 1)) < 0.03
    assert samples(data, facts.format, max_pixels=limits.PIXELS)
    metadata = extract(data, store_gps=True)
    assert (metadata.width, metadata.height) == (facts.width, facts.height)
    return facts


def right_color(data: bytes) -> tuple[int, ...]:
    file = io.BytesIO(render(data, SPECS)[0].data)
    color = Image.open(file).convert("RGB").getpixel((90, 30))
    assert isinstance(color, tuple)
    return color


def refused(data: bytes, key: str = "uploads/a", content_type: str = "") -> Reason:
    with pytest.raises(ValidationError) as refusal:
        examine(io.BytesIO(data), key, content_type, limits.PIXELS)
    return refusal.value.reason


def mpo(second: tuple[int, int]) -> bytes:
    return file_of(photo(), "MPO", save_all=True, append_images=[Image.new("RGB", second)])


def icon_of_bmp() -> bytes:
    picture = photo("RGBA").resize((48, 48))
    return file_of(picture, "ICO", bitmap_format="bmp", sizes=[(48, 48)])


ACCEPTED = {
    "JPEG": saved("JPEG"),
    "JPEG progressive": saved("JPEG", progressive=True),
    "JPEG gray": saved("JPEG", "L"),
    "JPEG CMYK": saved("JPEG", "CMYK"),
    "JPEG without JFIF": (lambda data: data[:2] + data[20:])(saved("JPEG")),
    "JPEG with trailing bytes": saved("JPEG") + bytes(5000) + b"PK\3\4 a trailing zip",
    "MPO": mpo((120, 200)),
    "PNG 1": saved("PNG", "1"),
    "PNG palette": saved("PNG", "P"),
    "PNG gray with alpha": saved("PNG", "LA"),
    "PNG 16": saved("PNG", "I;16"),
    "PNG RGBA": saved("PNG", "RGBA"),
    "PNG tRNS": saved("PNG", transparency=(30, 60, 200)),
    "APNG": saved("PNG", save_all=True, append_images=[photo().rotate(180)]),
    "GIF": saved("GIF", save_all=True, append_images=[photo().rotate(180)]),
    "WEBP": saved("WEBP"),
    "WEBP lossless": saved("WEBP", "RGBA", lossless=True),
    "WEBP animated": saved("WEBP", save_all=True, append_images=[photo().rotate(180)]),
    "AVIF": saved("AVIF"),
    "AVIF sequence": saved("AVIF", save_all=True, append_images=[photo().rotate(180)]),
    **{f"TIFF {name}": saved("TIFF", compression=name)
       for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")},
    "TIFF G4": saved("TIFF", "1", compression="group4"),
    "TIFF G3": saved("TIFF", "1", compression="group3"),
    "TIFF CMYK": saved("TIFF", "CMYK"),
    "TIFF 16": saved("TIFF", "I;16"),
    "TIFF float": saved("TIFF", "F"),
    "TIFF pages": saved("TIFF", save_all=True, append_images=[photo()]),
    "BigTIFF": saved("TIFF", big_tiff=True),
    "BMP": saved("BMP"),
    "BMP palette": saved("BMP", "P"),
    "JXL": saved("JXL"),
    "JXL lossy": saved("JXL", "RGBA", lossless=False),
    "JXL gray": saved("JXL", "L"),
    "JXL with a profile": saved("JXL", icc_profile=display_p3()),
    "JXL of inks": saved("JXL", black=photo("L")),
    "JXL animated": saved("JXL", save_all=True, append_images=[photo().rotate(180)]),
    "JXL in boxes": with_metadata(saved("JXL"), exif=camera_exif()),
    "JPEG2000": saved("JPEG2000"),
    "JPEG2000 lossy": saved("JPEG2000", irreversible=True, quality_layers=[20]),
    "JPEG2000 codestream": saved("JPEG2000", no_jp2=True),
    "JPEG2000 gray": saved("JPEG2000", "L"),
    "JPEG2000 tiles": saved("JPEG2000", "RGBA", tile_size=(64, 64)),
    "ICO": saved("ICO", "RGBA", sizes=[(64, 64), (16, 16)]),
    "ICO of BMP": icon_of_bmp(),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_variant_is_accepted_as_its_format(name: str) -> None:
    stated = name.split()[0].removeprefix("Big").removeprefix("A" if name == "APNG" else "~")
    assert taken(ACCEPTED[name]).format == {"MPO": "JPEG"}.get(stated, stated)


@pytest.mark.parametrize("name", ["JPEG CMYK", "TIFF CMYK"])
def test_cmyk_is_shown_in_its_colors(name: str) -> None:
    red, green, blue = right_color(ACCEPTED[name])
    assert red > 1.5 * max(green, blue)


@pytest.mark.parametrize("name", ["BigTIFF", "JPEG2000", "MPO", "AVIF"])
def test_a_variant_is_shown_in_its_colors(name: str) -> None:
    color = right_color(ACCEPTED[name])
    assert max(abs(is_ - was) for is_, was in zip(color, RED, strict=True)) < 40


def test_the_second_picture_of_an_mpo_is_ignored() -> None:
    data = bytearray(mpo((1000, 1000)))
    second = data.index(b"\xff\xd8", data.index(b"\xff\xd9")) if b"\xff\xd9" in data else 0
    frame = data.index(b"\xff\xc0", second) + 5
    data[frame : frame + 4] = struct.pack(">HH", 65_000, 65_000)
    assert taken(bytes(data)).frames == 1


def test_later_pages_of_a_tiff_are_not_decoded() -> None:
    first = bombs.tiff()
    second = bombs.tiff({256: (4, 1, 60_000), 257: (4, 1, 60_000)})[24:]
    data = first[:-4] + struct.pack("<I", len(first)) + second
    assert taken(data).frames == 2
    assert extract(data, store_gps=False).frames == 2


@pytest.mark.parametrize("bits", [12, 16])
def test_a_jpeg_of_more_than_eight_bits_is_refused_by_name(bits: int) -> None:
    data = bytearray(saved("JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 1], data[frame + 4] = 0xC1, bits
    with pytest.raises(ValidationError, match=f"JPEG of {bits} bits") as refusal:
        examine(io.BytesIO(bytes(data)), "uploads/a.jpg", "image/jpeg", limits.PIXELS)
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "XML"),
        (b"%PDF-1.7\n", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        (b"\xc5\xd0\xd3\xc6" + bytes(30), "PostScript"),
        (b"8BPS\0\1" + bytes(30), "Photoshop"),
        (b"\0\0\0\x20ftypmp42" + bytes(30), "video"),
        (b"\0\0\0\x14ftypqt  " + bytes(30), "video"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"\x1aE\xdf\xa3" + bytes(30), "video"),
        (b"PK\3\4" + bytes(30), "ZIP"),
        (b"<html><body>", "web page"),
        (b"#!/bin/sh\n", "not a picture"),
        (b"/* XPM */\nstatic char *a[] = {", "not a picture"),
        (b"P6\n1 1\n255\nabc", "Netpbm"),
        (b"\0\0\1\0\0\0" + bytes(30), "not a picture"),
        (b"\0\1\0\0\0\x0f" + bytes(30), "not a picture"),
    ],
)
def test_other_files_are_refused_with_a_guess_of_their_kind(data: bytes, word: str) -> None:
    with pytest.raises(ValidationError, match=word) as refusal:
        examine(io.BytesIO(data), "uploads/a.jpg", "image/jpeg", limits.PIXELS)
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT


def _javascript(signature: bytes, rest: bytes) -> bytes:
    return signature + b"/*" + rest + b"*/=1;alert(1)//"


def _tar() -> bytes:
    header = bytearray(saved("GIF")[:100].ljust(512, b"\0"))
    header[257:263], header[148:156] = b"ustar\0", b" " * 8
    header[148:155] = b"%06o\0" % sum(header)
    return bytes(header)


@pytest.mark.parametrize(
    "data",
    [
        _javascript(b"GIF89a", saved("GIF")[8:]),
        b"GIF89a=1;alert(document.cookie);/* and so on */" + bytes(40),
        _javascript(b"BM", saved("BMP")[4:]),
        _javascript(b"RIFF", saved("WEBP")[6:]),
        _javascript(b"\xff\xd8\xff\xe0", bytes(12_072)),
        _tar(),
    ],
    ids=["GIF comment", "GIF text", "BMP", "WEBP", "JPEG", "tar"],
)
def test_a_polyglot_is_refused(data: bytes) -> None:
    assert refused(data) is Reason.TYPE_MISMATCH


@pytest.mark.parametrize("size", [(0x2A2F, 1), (0x313D, 2)])
def test_a_picture_whose_size_reads_like_a_comment_is_accepted(size: tuple[int, int]) -> None:
    data = plain_file("GIF", size)
    assert examine(io.BytesIO(data), "uploads/a.gif", "", limits.PIXELS).width == size[0]


@pytest.mark.parametrize("name", ["GIF", "APNG", "WEBP animated"])
def test_a_truncated_animation_is_shown_by_its_first_frame(name: str) -> None:
    if name == "WEBP animated":
        assert refused(ACCEPTED[name][:-9]) is Reason.CORRUPT  # its header states its length
        return
    data = ACCEPTED[name]
    second = data.index(b"fdAT") if name == "APNG" else data.rindex(b"\x21\xf9\x04")
    cut = data[: second + 40]
    assert render(cut, SPECS)
    assert samples(cut, name.removeprefix("A"), max_pixels=limits.PIXELS)


@pytest.mark.parametrize("name", ["JPEG", "PNG RGBA", "BMP", "TIFF tiff_lzw", "WEBP", "AVIF",
                                  "JPEG2000", "ICO"])  # fmt: skip
def test_a_truncated_picture_is_corrupt(name: str) -> None:
    data = ACCEPTED[name][: len(ACCEPTED[name]) * 2 // 3]
    with pytest.raises(ValidationError) as refusal:
        taken(data)
    assert refusal.value.reason is Reason.CORRUPT


JPEG_CODINGS = {
    "lossless JPEG": b"\xff\xc3",
    "hierarchical JPEG": b"\xff\xc5",
    "JPEG-LS": b"\xff\xf7",
}


@pytest.mark.parametrize("name", JPEG_CODINGS)
def test_a_jpeg_of_another_coding_is_refused_by_name(name: str) -> None:
    data = saved("JPEG").replace(b"\xff\xc0", JPEG_CODINGS[name])
    with pytest.raises(ValidationError, match=f"is a {name}, .* save it as an ordinary") as refusal:
        examine(io.BytesIO(data), "uploads/a.jpg", "image/jpeg", limits.PIXELS)
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT


def test_a_jpeg_in_arithmetic_coding_is_shown() -> None:
    assert taken(ARITHMETIC).format == "JPEG"
    red, blue = (color_at(picture_of(ARITHMETIC), x, 0.5) for x in (0.1, 0.9))
    assert is_near(red, RED, 40)
    assert is_near(blue, (40, 60, 210), 40)


def test_a_long_jpeg_in_arithmetic_coding_is_shown() -> None:
    """Decoders of it take no file in parts: this one is longer than what Pillow reads at once."""
    comments = (b"\xff\xfe\xff\xff" + bytes(65_533)) * 3
    assert taken(ARITHMETIC[:2] + comments + ARITHMETIC[2:]).format == "JPEG"


def test_a_png_of_an_iphone_app_is_refused_by_name() -> None:
    data = saved("PNG")
    apples = data[:8] + bombs.chunk(b"CgBI", b"\x50\x00\x20\x06") + data[8:]
    with pytest.raises(ValidationError, match=r"Xcode .*; upload the original") as refusal:
        examine(io.BytesIO(apples), "uploads/a.png", "image/png", limits.PIXELS)
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT


def box(kind: bytes, content: bytes = bytes(40)) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


@pytest.mark.parametrize(
    ("brand", "contents", "word"),
    [
        (b"mjp2", [b"moov", b"mdat"], "a video in Motion JPEG 2000"),
        (b"jpm ", [b"mhdr", b"page", b"mdat"], "a JPM document"),
        (b"jpx ", [b"jp2h", b"ftbl", b"mdat"], "a JPX with its picture in fragments"),
        (b"jpx ", [b"jp2h", b"jpch", b"comp"], "a JPX without a picture of its own"),
    ],
)
def test_a_relative_of_jpeg_2000_is_refused_by_name(
    brand: bytes, contents: list[bytes], word: str
) -> None:
    start = b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"ftyp", brand + bytes(4) + brand)
    data = start + b"".join(map(box, contents))
    with pytest.raises(ValidationError, match=f"is {word}.*; save it as") as refusal:
        examine(io.BytesIO(data), "uploads/a.jpx", "", limits.PIXELS)
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT
    assert refused(start) is Reason.CORRUPT


def test_a_jpeg_2000_of_one_subsampled_channel_is_refused_by_name() -> None:
    data = bytearray(saved("JPEG2000", "L"))
    sampling = data.index(b"\xff\x51") + 41
    assert data[sampling : sampling + 2] == b"\1\1"
    data[sampling : sampling + 2] = b"\2\1"
    with pytest.raises(ValidationError, match=r"that is subsampled .*; save it") as refusal:
        examine(io.BytesIO(bytes(data)), "uploads/a.jp2", "", limits.PIXELS)
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT


def test_a_jpeg_of_two_channels_is_refused_by_name() -> None:
    data = bytearray(saved("JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 9] = 2
    with pytest.raises(ValidationError, match=r"JPEG of 2 channels, .*; save it") as refusal:
        examine(io.BytesIO(bytes(data)), "uploads/a.jpg", "", limits.PIXELS)
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT

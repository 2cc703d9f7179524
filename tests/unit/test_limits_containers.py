"""Limits on PNG, JPEG, GIF, WebP and ICO as absolute numbers: real files pass, bombs do not."""

from __future__ import annotations

import io
import struct
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pictures.decode import open_picture
from tests.support import bombs
from tests.support.boundaries import Boundary, refusal
from tests.support.counted_file import CountedFile
from tests.support.pictures import plain_file
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1_048_576


def png_of_chunks(count: int) -> bytes:
    """A PNG of this many chunks, four of which every PNG has: IHDR, IDAT, IEND and one more."""
    return bombs.png(*[bombs.chunk(b"aaAa")] * (count - 3))


def png_with_profile(length: int) -> bytes:
    return bombs.png(bombs.chunk(b"iCCP", b"name\0\0" + bombs.deflated(length)))


def png_with_text(kind: bytes, before: bytes, length: int) -> bytes:
    return bombs.png(bombs.chunk(kind, before + bombs.deflated(length)))


def png_of_texts(length: int) -> bytes:
    """A PNG whose texts have this many bytes in all once they are inflated, in pieces of 1 MiB."""
    full, rest = (
        bombs.chunk(b"zTXt", b"k\0\0" + bombs.deflated(each)) for each in (MIB, length % MIB)
    )
    return bombs.png(*[full] * (length // MIB), rest)


def apng(frames: int) -> bytes:
    return bombs.png(bombs.chunk(b"acTL", struct.pack(">II", frames, 0)))


def gif_of_frames(count: int) -> bytes:
    return bombs.gif(*[(0, 0, 1, 1)] * count, screen=(1, 1))


def gif_of_blocks(count: int, length: int = 1) -> bytes:
    """A GIF of one frame, in this many data blocks."""
    start = bombs.gif((0, 0, 1, 1), screen=(1, 1)).removesuffix(b"\x02\x44\x01\x00;")
    return start + (bytes([length]) + bytes(length)) * count + b"\x00;"


def gif_of_side(side: int) -> bytes:
    """A GIF with a frame that reaches this far to the right."""
    return bombs.gif((side - 1, 0, 1, 1), screen=(1, 1))


def jpeg_of_segments(count: int) -> bytes:
    """A JPEG of this many segments; a plain one has eight and the start of its scan."""
    return bombs.jpeg_with(*[b"\xfe"] * (count - 9))


def jpeg_with_junk(length: int) -> bytes:
    return b"\xff\xd8\xff\xfe\0\2" + bytes(length) + plain_file("JPEG")[2:]


def jpeg_with_profile(length: int) -> bytes:
    """A JPEG with a profile in segments of 65,535 bytes, with this many bytes in all."""
    lengths = [65_535] * (length // 65_535) + [length % 65_535] * bool(length % 65_535)
    return bombs.jpeg_with(*[b"\xe2" + bytes(each - 2) for each in lengths])


def jpeg_of_scans(count: int, size: tuple[int, int] = (40, 30)) -> bytes:
    """A progressive JPEG of this many scans, ten of which Pillow writes."""
    jpeg = bombs.jpeg_of_scans(count - 9)
    header = b"\xff\xc2\x00\x11\x08"
    old = header + struct.pack(">HH", 30, 40)
    assert jpeg.count(b"\xff\xda") == count
    assert jpeg.count(old) == 1
    return jpeg.replace(old, header + struct.pack(">HH", size[1], size[0]))


def webp(*chunks: bytes) -> bytes:
    """An extended WebP of 4 × 4 pixels with chunks after its header."""
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\3\0\0\3\0\0" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_of_chunks(count: int) -> bytes:
    return webp(*[b"JUNK\0\0\0\0"] * (count - 1))


def webp_of_frames(count: int) -> bytes:
    return webp(*[b"ANMF\0\0\0\0"] * count)


def icon_of_pictures(count: int) -> bytes:
    """An icon of this many pictures, all of them the same 16 × 16 pixels of a file."""
    picture = plain_file("PNG", (16, 16))
    return b"\0\0\1\0" + struct.pack("<H", count) + struct.pack(
        "<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), 6 + 16 * count
    ) * count + picture * count  # fmt: skip


BOUNDARIES = {
    # libpng writes 50 MiB in 8,192 bytes a chunk.
    "PNG chunks": Boundary(png_of_chunks, 6_400, 65_536, 1_000_000, "chunks", format_name="PNG"),
    # Printers' profiles have up to 3 MB, and other formats allow 8 MiB.
    "PNG profile": Boundary(
        png_with_profile, 3_000_000, 8 * MIB, 20 * MIB, "bytes in an inflated text or color profile"
    ),
    "PNG zTXt": Boundary(
        partial(png_with_text, b"zTXt", b"k\0\0"),
        500_000,
        8 * MIB,
        20 * MIB,
        "bytes in an inflated text or color profile",
    ),
    "PNG iTXt": Boundary(
        partial(png_with_text, b"iTXt", b"k\0\1\0\0\0"),
        500_000,
        8 * MIB,
        20 * MIB,
        "bytes in an inflated text or color profile",
    ),
    "PNG texts": Boundary(png_of_texts, 500_000, 16 * MIB, 300 * MIB, "text"),
    # Eight minutes at ten a second.
    "APNG frames": Boundary(apng, 4_800, 5_000, 1_000_000, "frames"),
    "GIF frames": Boundary(gif_of_frames, 4_800, 5_000, 20_000, "frames", format_name="GIF"),
    # 50 MiB in blocks of 255 bytes.
    "GIF blocks": Boundary(
        gif_of_blocks, 206_000, 300_000, 3_000_000, "data blocks", format_name="GIF"
    ),
    "GIF side": Boundary(gif_of_side, 10_000, 65_535, 65_536, "pixels", "too_many_pixels"),
    # 255 of a profile, a hundred of a depth map.
    "JPEG segments": Boundary(jpeg_of_segments, 365, 4_096, 100_000, "metadata segments"),
    "JPEG junk": Boundary(jpeg_with_junk, 10, MIB, 20 * MIB, "bytes between its parts"),
    "JPEG profile": Boundary(
        jpeg_with_profile, 3_000_000, 8 * MIB, 16_000_000, "bytes in its color profile"
    ),
    # mozjpeg writes up to 64.
    "JPEG scans": Boundary(
        jpeg_of_scans, 64, 1_000, 20_000, "passes over its pixels", format_name="JPEG"
    ),
    "JPEG scans of 100 megapixels": Boundary(
        partial(jpeg_of_scans, size=(10_000, 10_000)),
        64,
        64,
        900,
        "passes over its pixels",
        format_name="JPEG",
    ),
    "WebP chunks": Boundary(webp_of_chunks, 15_000, 19_999, 100_000, "chunks"),
    "WebP frames": Boundary(webp_of_frames, 4_800, 5_000, 15_000, "frames"),
    "ICO pictures": Boundary(icon_of_pictures, 12, 256, 60_000, "pictures", format_name="ICO"),
}


@pytest.mark.parametrize("name", BOUNDARIES)
def test_real_files_pass_and_so_does_the_largest_allowed(name: str) -> None:
    limit = BOUNDARIES[name]

    assert [limit.refusal(number) for number in (limit.real, limit.most)] == ["", ""]


@pytest.mark.parametrize("name", BOUNDARIES)
def test_one_more_is_refused_and_so_is_a_bomb(name: str) -> None:
    limit = BOUNDARIES[name]

    assert [limit.refuses(number) for number in (limit.most + 1, limit.bomb)] == [True, True]


def png_of_50_mib() -> bytes:
    """What libpng writes of pixels that cannot be compressed."""
    return bombs.png(*[bombs.chunk(b"IDAT", bytes(8_192))] * 6_399)


def gif_of_50_mib() -> bytes:
    return gif_of_blocks(204_790, 255)


@pytest.mark.parametrize("build", [png_of_50_mib, gif_of_50_mib])
def test_a_file_of_50_mib_opens(build: Callable[[], bytes]) -> None:
    data = build()

    assert 52_400_000 < len(data) < 52_600_000
    assert open_picture(data, max_pixels=100_000_000).size[0] in {1, 4}


def test_an_icon_of_more_pictures_than_a_decoder_takes_is_not_an_icon() -> None:
    assert refusal(icon_of_pictures(256)) == ""
    assert refusal(icon_of_pictures(257)).startswith("unsupported_format: ")


# --------------------------------------------------------------------------- the EXIF of a WebP
def webp_turned_by(exif_length: int, *, junk: int = 0) -> bytes:
    """A WebP of 8 × 4 pixels whose EXIF is this long and says at its end to turn the picture."""
    entry = struct.pack("<HHHII", 1, 0x0112, 3, 1, 6)
    block = b"II*\0" + struct.pack("<I", exif_length - len(entry))
    exif = block.ljust(exif_length - len(entry), b"\0") + entry + bytes(junk)
    data = bytearray(webp(b"EXIF" + struct.pack("<I", len(exif)) + exif))
    data[24] = 7  # width less one
    return bytes(data)


@pytest.mark.parametrize(("length", "size"), [(65_533 - 8, (4, 8)), (65_536, (4, 8)),
                                              (65_537, (8, 4))])  # fmt: skip
def test_an_orientation_counts_as_far_as_a_jpeg_could_hold_it(
    length: int, size: tuple[int, int]
) -> None:
    facts = examine(io.BytesIO(webp_turned_by(length)), "uploads/a", "", 1_000)

    assert (facts.width, facts.height) == size


def test_a_long_exif_of_a_webp_is_not_read_to_its_end() -> None:
    file = CountedFile(webp_turned_by(60_000, junk=4 * MIB))

    assert examine(file, "uploads/a", "", 1_000).height == 8
    assert file.bytes_read < 200_000

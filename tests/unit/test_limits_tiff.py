"""Limits on TIFF and camera RAW as absolute numbers: real files pass, bombs do not."""

from __future__ import annotations

import io
import struct
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

import pytest
from PIL import Image

from convert.decode import convert_picture
from image_pipeline.errors import ValidationError
from pictures.decoders.dng_extent import is_cut_short
from pictures.preflight.tiff import check
from tests.support import bombs
from tests.support.boundaries import MAX_PIXELS, Boundary, refusal
from tests.support.camera_files import LOSSLESS_JPEG, dng, dng_around
from tests.support.exif_blocks import long
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable

SHORT, LONG, UNDEFINED = 3, 4, 7
PIECES_AT = 8
"""Where the pixels of `bombs.tiff` are."""


def tiff_of_pages(count: int, fields: int = 0) -> bytes:
    """A TIFF of this many pages, the later ones of a few fields that mean nothing."""
    first = bombs.tiff()
    at, length = len(first), 2 + 12 * fields + 4
    body = struct.pack("<H", fields) + struct.pack("<HHII", 65_000, SHORT, 1, 0) * fields
    pages = [body + struct.pack("<I", at + length * page) for page in range(1, count - 1)]
    following = struct.pack("<I", at) if count > 1 else bytes(4)
    return first[:-4] + following + b"".join(pages) + (body + bytes(4)) * (count > 1)


def tiff_of_fields(count: int) -> bytes:
    """A TIFF of 4,096 pages with this many fields in all; the first has nine."""
    pages, rest = divmod(count - 9, 4_095)
    data = bytearray(tiff_of_pages(4_096, pages))
    if rest:  # the last page has the others
        at = len(data) - (2 + 12 * pages + 4)
        body = struct.pack("<HHII", 65_000, SHORT, 1, 0) * (pages + rest)
        data[at:] = struct.pack("<H", pages + rest) + body + bytes(4)
    return bytes(data)


def big_tiff_of_fields(count: int) -> bytes:
    """A BigTIFF of one page with this many fields."""
    entry = struct.pack("<HHQQ", 65_000, SHORT, 1, 0)
    return struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, count) + entry * count + bytes(8)


def tiff_of_pieces(tag: int, count: int) -> bytes:
    return bombs.tiff({tag: (LONG, count, PIECES_AT)})


def tiff_with_tile(width: int, *, height: int, side: int = 4) -> bytes:
    """A TIFF of a square of `side` pixels in tiles of a size."""
    size = {256: (LONG, 1, side), 257: (LONG, 1, side)}
    return bombs.tiff(size | {322: (LONG, 1, width), 323: (LONG, 1, height)})


def tiff_of_64_bits(height: int) -> bytes:
    """A TIFF 8,192 pixels wide, of 8 bytes each, which Pillow has no layout for."""
    return bombs.tiff({256: (LONG, 1, 8_192), 257: (LONG, 1, height), 258: (SHORT, 1, 64)})


WHOLE = "TIFF"
BOUNDARIES = {
    # Books have hundreds of pages, films a few thousand.
    "pages": Boundary(tiff_of_pages, 3_000, 4_096, 50_000, "pages", format_name=WHOLE),
    # 16 fields on each of 4,096 pages.
    "fields": Boundary(tiff_of_fields, 65_536, 65_536, 1_000_000, "fields", format_name=WHOLE),
    "fields of one page": Boundary(
        big_tiff_of_fields, 200, 65_536, 1_000_000, "fields", format_name=WHOLE
    ),
    # Four channels of 65,535 rows in strips of their own.
    **{
        f"pieces by tag {tag}": Boundary(
            partial(tiff_of_pieces, tag),
            262_140,
            262_144,
            2_621_440,
            "strips or tiles",
            format_name=WHOLE,
        )
        for tag in (273, 279, 324, 325)
    },
    "profile": Boundary(
        lambda length: bombs.tiff({34675: (UNDEFINED, length, PIECES_AT)}),
        3_000_000,
        8_388_608,
        84_000_000,
        "bytes in its color profile",
        format_name=WHOLE,
    ),
    "tile": Boundary(
        partial(tiff_with_tile, height=4_096),
        512,
        4_096,
        60_000,
        "pixels in a tile",
        format_name=WHOLE,
    ),
    "tile of a large picture": Boundary(
        partial(tiff_with_tile, height=10_000, side=6_000),
        6_000,
        7_200,
        60_000,
        "pixels in a tile",
        format_name=WHOLE,
    ),
    "bytes of an unusual layout": Boundary(
        tiff_of_64_bits, 4_000, 4_096, 12_000, "bytes per pixel"
    ),
}


@pytest.mark.parametrize("name", BOUNDARIES)
def test_real_files_pass_and_so_does_the_largest_allowed(name: str) -> None:
    limit = BOUNDARIES[name]

    assert [limit.refusal(number) for number in (limit.real, limit.most)] == ["", ""]


@pytest.mark.parametrize("name", BOUNDARIES)
def test_one_more_is_refused_and_so_is_a_bomb(name: str) -> None:
    limit = BOUNDARIES[name]

    assert [limit.refuses(number) for number in (limit.most + 1, limit.bomb)] == [True, True]


def test_a_tile_has_up_to_sixteen_mebipixels() -> None:
    assert refusal(tiff_with_tile(4_096, height=4_096), WHOLE) == ""
    assert "pixels in a tile" in refusal(tiff_with_tile(24_929, height=673), WHOLE)  # one more


@pytest.mark.parametrize(("samples", "reason"), [(8, ""), (9, "unsupported_format")])
def test_a_pixel_of_an_unusual_layout_has_up_to_eight_samples(samples: int, reason: str) -> None:
    bits = struct.pack(f"<{samples}H", *[12] * samples)
    base = bombs.tiff({277: (SHORT, 1, samples), 262: (SHORT, 1, 2), 258: (SHORT, samples, 0)})
    entry = struct.pack("<HHII", 258, SHORT, samples, 0)
    data = base.replace(entry, struct.pack("<HHII", 258, SHORT, samples, len(base))) + bits

    assert refusal(data).partition(":")[0] == reason


class Sparse(io.RawIOBase):
    """A file with something at its start and at one more place, and nothing in between."""

    def __init__(self, start: bytes, place: int, content: bytes) -> None:
        super().__init__()
        self._pieces = {0: start, place: content}
        self._at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        place = max(place for place in self._pieces if place <= self._at)
        data = self._pieces[place][self._at - place :]
        data = data if size < 0 else data[:size]
        self._at += len(data)
        return data


TERABYTE = 2**40


@pytest.mark.parametrize(("place", "is_read"), [(100, True), (5 * TERABYTE - 1_000_000, True),
                                                (5 * TERABYTE, True),
                                                (5 * TERABYTE + 1, False)])  # fmt: skip
def test_a_directory_is_read_as_far_as_an_object_of_s3_can_be_long(
    place: int, is_read: bool
) -> None:
    start = struct.pack("<2sHHHQ", b"II", 43, 8, 0, place)
    bomb = struct.pack("<QHHQQQ", 1, 273, LONG, 1_000_000, 8, 0)
    file = cast("BinaryIO", Sparse(start, place, bomb))
    found = ""
    try:
        check(file, MAX_PIXELS, header_only=False)
    except ValidationError as error:
        found = str(error)

    assert ("strips or tiles" in found) is is_read


# ------------------------------------------------------------------------- TIFF or camera RAW
def tiff_chain(directories: int) -> bytes:
    """A TIFF of this many directories, each inside the one before; the last has sensor data."""
    length = 2 + 12 + 4
    links = [
        struct.pack("<HHHIII", 1, 330, LONG, 1, 8 + length * (index + 1), 0)
        for index in range(directories - 1)
    ]
    last = struct.pack("<HHHIII", 1, 262, LONG, 1, 32803, 0)
    return b"II*\0" + struct.pack("<I", 8) + b"".join(links) + last


def tiff_star(directories: int) -> bytes:
    """A TIFF of one directory with this many inside, the last of which has sensor data."""
    table = 8 + 18
    plain, last = (struct.pack("<HHHIII", 1, 262, LONG, 1, kind, 0) for kind in (1, 32803))
    at = table + 4 * directories
    offsets = b"".join(struct.pack("<I", at + 18 * index) for index in range(directories))
    head = struct.pack("<HHHIII", 1, 330, LONG, directories, table, 0)
    return b"II*\0" + struct.pack("<I", 8) + head + offsets + plain * (directories - 1) + last


def tiff_late(fields: int) -> bytes:
    """A TIFF whose last field, of this many, names it a DNG."""
    plain = struct.pack("<HHII", 65_000, SHORT, 1, 0)
    last = struct.pack("<HHI4B", 50706, 1, 4, 1, 4, 0, 0)
    body = struct.pack("<H", fields) + plain * (fields - 1) + last + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + body


@pytest.mark.parametrize(
    ("build", "real", "most"),
    [(tiff_chain, 4, 16), (tiff_star, 4, 8), (tiff_late, 200, 512)],
    ids=["directories in one another", "directories side by side", "fields"],
)
def test_a_raw_is_recognized_as_deep_as_cameras_go(
    build: Callable[[int], bytes], real: int, most: int
) -> None:
    def is_raw(number: int) -> bool:
        try:
            return examine(io.BytesIO(build(number)), "uploads/a", "", MAX_PIXELS).format == "RAW"
        except ValidationError:  # a TIFF without pixels
            return False

    assert [is_raw(number) for number in (real, most, most + 1)] == [True, True, False]


# ------------------------------------------------------------------------------------- RAW
SHOWN = (96, 64)


def raw_of_sensor(width: int) -> bytes:
    """A DNG of a sensor 64 pixels high, of which 96 in width are shown."""
    shown = {0xC68D: long(0, 0, SHOWN[1], SHOWN[0])}
    return dng(Image.new("RGB", (width, SHOWN[1]), "gray"), image=shown)


def reason_of_raw(data: bytes, max_pixels: int) -> str:
    try:
        convert_picture(data, "RAW", max_pixels=max_pixels)
    except ValidationError as error:
        return error.reason
    return ""


@pytest.mark.parametrize(
    ("width", "reason"),
    # A twelfth of masked borders is the widest seen; a quarter is allowed.
    [(96, ""), (104, ""), (120, ""), (122, "too_many_pixels"), (960, "too_many_pixels")],
)
def test_a_sensor_may_have_a_quarter_more_pixels_than_are_shown(width: int, reason: str) -> None:
    assert reason_of_raw(raw_of_sensor(width), SHOWN[0] * SHOWN[1]) == reason


def hollow_raw(length: int) -> bytes:
    """A DNG of 700 × 700 pixels, in a file of this many bytes, none of which is of a pixel."""
    header = len(dng_around(b"", (700, 700), bits=16, compression=LOSSLESS_JPEG))
    return dng_around(bytes(length - header), (700, 700), bits=16, compression=LOSSLESS_JPEG)


@pytest.mark.parametrize(
    ("length", "reason"), [(61_250, ""), (6_125, ""), (6_124, "corrupt"), (500, "corrupt")]
)
def test_a_raw_without_a_tenth_of_a_bit_for_each_pixel_is_corrupt(length: int, reason: str) -> None:
    assert reason_of_raw(hollow_raw(length), MAX_PIXELS) == reason


def lossless_jpeg(size: tuple[int, int]) -> bytes:
    """A lossless JPEG of one gray, in one bit for each pixel: no coding makes it shorter."""
    width, height = size
    frame = struct.pack(">BHHB3s", 16, height, width, 1, b"\0\x11\0")
    table = b"\0\1" + bytes(15) + b"\0"
    segments = ((0xC3, frame), (0xC4, table), (0xDA, b"\1\0\0\1\0\0"))
    head = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
        for marker, content in segments
    )
    return b"\xff\xd8" + head + bytes(-(-width * height // 8)) + b"\xff\xd9"


def test_the_shortest_lossless_coding_is_long_enough() -> None:
    coded = lossless_jpeg((640, 480))
    raw = dng_around(coded, (640, 480), bits=16, compression=LOSSLESS_JPEG)

    assert reason_of_raw(raw, MAX_PIXELS) == ""


def dng_of_pieces(count: int) -> bytes:
    """The directory of a DNG whose last tile, of this many, is not in the file."""
    at = 8 + 2 + 3 * 12 + 4
    lengths_at = at + 4 * count
    head = struct.pack("<2sHIH", b"II", 42, 8, 3)
    head += struct.pack("<HHII", 0x0144, LONG, count, at)
    head += struct.pack("<HHII", 0x0145, LONG, count, lengths_at)
    head += struct.pack("<HHI4B", 0xC612, 1, 4, 1, 4, 0, 0) + bytes(4)
    offsets = struct.pack("<I", 8) * count
    return head + offsets + struct.pack("<I", 1) * (count - 1) + struct.pack("<I", 10**9)


@pytest.mark.parametrize(
    ("count", "is_seen"),
    # 100 megapixels in tiles of 40 × 40.
    [(1, True), (62_500, True), (65_536, True), (65_537, False)],
)
def test_the_end_of_each_piece_of_a_dng_is_known(count: int, is_seen: bool) -> None:
    assert is_cut_short(dng_of_pieces(count)) is is_seen

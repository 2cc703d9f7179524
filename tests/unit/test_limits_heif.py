"""Limits on HEIF and AVIF as absolute numbers: real files pass, bombs do not."""

from __future__ import annotations

import io
import struct
from functools import partial

import pytest

from pictures.containers.heif_items import read_items
from tests.support import lying_heif
from tests.support.boundaries import Boundary, refusal
from tests.support.heif_files import HEVC_DATA, Item, box, full_box, heic, heif_file

WHOLE = "HEIF"
MIB = 1_048_576


def inside_list(data: bytes, content: bytes) -> bytes:
    """A HEIF with further boxes at the end of its list of pictures, which its data follows."""
    at = data.index(b"meta") - 4
    (length,) = struct.unpack_from(">I", data, at)
    locations = data.index(b"iloc") + 12
    grown = bytearray(data)
    for entry in range(int.from_bytes(data[locations - 2 : locations], "big")):
        place = locations + 14 * entry + 6
        (offset,) = struct.unpack_from(">I", data, place)
        struct.pack_into(">I", grown, place, offset + len(content))
    struct.pack_into(">I", grown, at, length + len(content))
    return bytes(grown[: at + length] + content + grown[at + length :])


def of_list_bytes(length: int) -> bytes:
    """A HEIC whose list of pictures has this many bytes."""
    plain = heic()
    at = plain.index(b"meta") - 4
    used = int.from_bytes(plain[at : at + 4], "big") - 8
    return inside_list(plain, box(b"free", bytes(length - used - 8)))


def of_boxes_in_file(count: int) -> bytes:
    """A HEIC of this many boxes, two of which it needs."""
    plain = heic()
    return plain + box(b"free", b"") * (count - plain.count(b"ftyp") - 2)


def of_boxes_in_list(count: int) -> bytes:
    """A HEIC of this many boxes in its list of pictures, five of which it needs."""
    return inside_list(heic(), box(b"free", b"") * (count - 5))


def of_items(count: int) -> bytes:
    return heic(extra_pictures=count - 1)


def of_tiles(count: int) -> bytes:
    """A HEIC of this many tiles of 64 × 64 in one grid, all of them one item."""
    sizes = ((64, 64), (1_280, 1_280))
    properties = [full_box(b"ispe", struct.pack(">II", *size)) for size in sizes]
    shape = bytes([0, 1, 19, 19]) + struct.pack(">II", 1_280, 1_280)
    items = [
        Item(1, b"grid", shape, (2,), (b"dimg", (2,) * count)),
        Item(2, b"jpeg", b"coded", (1,), flags=1),
    ]
    return heif_file(items, properties, b"heic")


def of_depth(count: int) -> bytes:
    """A picture inside this many others."""
    return lying_heif.chain(count + 1)


def of_pieces(count: int) -> bytes:
    """A HEIC whose picture is in this many pieces, an empty one again and again."""
    data = heif_file(
        [Item(1, b"jpeg", b"", (1,), pieces=count)],
        [full_box(b"ispe", struct.pack(">II", 64, 64))],
        b"heic",
    )
    return data + bytes(64)


def of_tile_pixels(tile: int) -> bytes:
    """A HEIC of 10,000 × 10,000 pixels in a grid of 20 × 20 square tiles."""
    canvas = (10_000, 10_000)
    properties = [full_box(b"ispe", struct.pack(">II", *size)) for size in ((tile, tile), canvas)]
    items = [
        Item(1, b"grid", bytes([0, 1, 19, 19]) + struct.pack(">II", *canvas), (2,),
             (b"dimg", (2,) * 400)),
        Item(2, b"jpeg", b"coded", (1,), flags=1),
    ]  # fmt: skip
    return heif_file(items, properties, b"heic")


def of_canvas(width: int) -> bytes:
    """A HEIC 10,000 pixels high that is stated to be this wide."""
    return heic(claims_size=(width, 10_000))


def av1_of_units(count: int, kind: int = 5) -> bytes:
    """An AVIF whose coded picture has this many pieces; metadata may come before pixels."""
    plain = lying_heif.av1_picture((64, 64))
    own = 3  # a temporal delimiter, the sequence header and the frame
    data = bytes([kind << 3 | 2, 0]) * (count - own) + plain
    return lying_heif.one_picture(data, kind=b"av01", stated=(64, 64))


def hevc_of_units(count: int) -> bytes:
    """A HEIC whose coded picture has this many pieces, all but one of them empty."""
    return lying_heif.one_picture((struct.pack(">I", 2) + b"\x4e\x01") * (count - 1) + HEVC_DATA)


def hevc_of_unit_bytes(length: int) -> bytes:
    unit = struct.pack(">I", length) + b"\x4e\x01" + bytes(length - 2)
    return lying_heif.one_picture(unit + HEVC_DATA)


def film_of_frames(count: int) -> bytes:
    """An AVIF with a film of this many frames of 64 × 64 pixels."""
    entry = bytes(4) + b"av01" + bytes(24) + struct.pack(">HH", 64, 64)
    tables = full_box(b"stsd", struct.pack(">I", 1) + entry)
    tables += full_box(b"stsz", struct.pack(">II", 1, count))
    track = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", tables))))
    picture = lying_heif.one_picture(
        lying_heif.av1_picture((64, 64)), kind=b"av01", stated=(64, 64)
    )
    return picture + box(b"moov", track)


BOUNDARIES = {
    # That of a tiled phone picture of 200 megapixels.
    "list": Boundary(of_list_bytes, 140_000, 4 * MIB, 20 * MIB, "bytes in its list of pictures"),
    "boxes of the file": Boundary(of_boxes_in_file, 20, 4_095, 100_000, "boxes"),
    "boxes of the list": Boundary(of_boxes_in_list, 20, 4_095, 100_000, "boxes"),
    # Each tile is an item: those of 200 megapixels in 512 × 512, and a few more.
    "items": Boundary(of_items, 810, 1_000, 10_000, "parts"),
    "tiles": Boundary(of_tiles, 800, 1_000, 60_000, "tiles"),
    # A grid that is turned, toned and overlaid.
    "pictures within pictures": Boundary(of_depth, 3, 3, 40, "pictures within pictures"),
    "pieces of a picture": Boundary(of_pieces, 4, 32, 60_000, "pieces of a picture"),
    # Tiles of 512 × 512 make 10,240 × 10,240 pixels of 10,000 × 10,000.
    "pixels of tiles": Boundary(
        of_tile_pixels, 512, 559, 5_000, "pixels in the parts of its picture"
    ),
    "pixels": Boundary(of_canvas, 9_000, 10_000, 60_000, "pixels", "too_many_pixels"),
    "pixels in front of the decoder": Boundary(
        of_canvas, 10_000, 12_500, 60_000, "pixels", "too_many_pixels", WHOLE
    ),
    # Encoders write three.
    "pieces of AV1": Boundary(
        av1_of_units, 3, 999, 100_000, "pieces of coded data", format_name="AVIF"
    ),
    "padding in AV1": Boundary(
        partial(av1_of_units, kind=15), 3, 999, 100_000, "pieces of coded data", format_name="AVIF"
    ),
    # One for every 64 × 64 of 100 megapixels.
    "pieces of HEVC": Boundary(
        hevc_of_units, 25_000, 65_535, 500_000, "pieces of coded data", format_name=WHOLE
    ),
    "bytes of a piece of HEVC": Boundary(
        hevc_of_unit_bytes,
        5_000_000,
        16 * MIB,
        40 * MIB,
        "bytes in a piece of coded data",
        format_name=WHOLE,
    ),
    "frames of a film": Boundary(film_of_frames, 4_800, 5_000, 1_000_000, "frames"),
}


@pytest.mark.parametrize("name", BOUNDARIES)
def test_real_files_pass_and_so_does_the_largest_allowed(name: str) -> None:
    limit = BOUNDARIES[name]

    assert [limit.refusal(number) for number in (limit.real, limit.most)] == ["", ""]


@pytest.mark.parametrize("name", BOUNDARIES)
def test_one_more_is_refused_and_so_is_a_bomb(name: str) -> None:
    limit = BOUNDARIES[name]

    assert [limit.refuses(number) for number in (limit.most + 1, limit.bomb)] == [True, True]


def with_brands(length: int) -> bytes:
    """A HEIC whose first box has this many bytes, of brands that nobody knows."""
    plain = heic()
    first = int.from_bytes(plain[:4], "big")
    return struct.pack(">I4s4sI", length, b"ftyp", b"heic", 0).ljust(length, b"x") + plain[first:]


@pytest.mark.parametrize(
    ("length", "is_heif"), [(16, True), (64, True), (4_096, True), (4_100, False)]
)
def test_the_box_of_brands_is_short(length: int, is_heif: bool) -> None:
    found = refusal(with_brands(length))

    assert found.startswith("unsupported_format") is not is_heif


@pytest.mark.parametrize(("number", "is_placed"), [(999, True), (1_000, False)])
def test_no_more_items_are_placed_than_there_may_be(number: int, is_placed: bool) -> None:
    """The lists of places and of properties count their entries themselves."""
    plain = heic(extra_pictures=999)
    locations, links = plain.index(b"iloc") + 12, plain.index(b"ipma") + 12
    entry = struct.pack(">HHHII", 5_000, 0, 1, 7, 9)
    grown = bytearray(plain)
    grown[locations + 14 * number : locations + 14 * (number + 1)] = entry
    struct.pack_into(">H", grown, locations - 2, 2_000)
    struct.pack_into(">I", grown, links - 4, 2_000)

    items = read_items(io.BytesIO(bytes(grown)))

    assert items is not None
    assert (5_000 in items.by_number) is is_placed

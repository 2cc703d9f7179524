"""Limits on JPEG 2000 as absolute numbers: real files pass, bombs do not."""

from __future__ import annotations

import struct
from functools import partial

import pytest

from tests.support import bombs
from tests.support.boundaries import Boundary, refusal

WHOLE = "JPEG2000"
SIZE, STYLE, QUANTIZATION = 0x51, 0x52, 0x5C


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def codestream(
    size: tuple[int, int],
    tile: tuple[int, int] | None = None,
    *,
    components: int = 1,
    style: bytes | None = None,
    further: bytes = b"",
    origin: tuple[int, int] = (0, 0),
) -> bytes:
    """The header of a codestream, and one part of a tile without data, up to the end."""
    end = (origin[0] + size[0], origin[1] + size[1])
    shape = struct.pack(">H8IH", 0, *end, *origin, *(tile or size), *origin, components)
    return b"".join((
        b"\xff\x4f",
        segment(SIZE, shape + b"\7\1\1" * components),
        segment(STYLE, style or bombs.jpeg2000_style()),
        segment(QUANTIZATION, b"\x40" + b"\x48" * 100),
        further,
        segment(0x90, struct.pack(">HIBB", 0, 0, 0, 1)) + b"\xff\x93",
    ))  # fmt: skip


def of_pixels(width: int) -> bytes:
    return codestream((width, 1_000))


def of_tiles(count: int) -> bytes:
    return codestream((count, 1), (1, 1), style=bombs.jpeg2000_style(levels=0))


def of_components(count: int) -> bytes:
    return codestream((64, 64), components=count)


def rectangle(area: int) -> tuple[int, int]:
    """Width and height of a rectangle of exactly this area, as flat as possible."""
    height = next(side for side in range(1, area) if area % side == 0 and area // side <= 65_535)
    return area // height, height


def of_precincts(count: int, components: int = 1) -> bytes:
    """This many precincts of 1 × 1 for each component, in a single resolution."""
    style = struct.pack(">BBHB5B", 1, 0, 1, 0, 0, 4, 4, 0, 1) + b"\0"
    return codestream(rectangle(count), components=components, style=style)


def of_blocks(width: int, components: int = 1) -> bytes:
    """Code-blocks of 4 × 4 in a picture 1,000 pixels high."""
    style = bombs.jpeg2000_style(levels=0, block=4)
    return codestream((width, 1_000), components=components, style=style)


def of_layers(count: int, *, tiles: int = 100) -> bytes:
    """Layers of tiles of 64 × 64, each of which is one precinct."""
    style = bombs.jpeg2000_style(levels=0, layers=count)
    return codestream((64 * tiles, 64), (64, 64), style=style)


def of_segments(count: int) -> bytes:
    """A header of this many segments; three, and those of the one tile, are needed."""
    return codestream((64, 64), further=segment(0x64, b"") * (count - 5))


def of_boxes(count: int) -> bytes:
    """Boxes in front of the codestream, and the one around it."""
    free = struct.pack(">I4s", 8, b"free") * (count - 2)
    return b"\0\0\0\x0cjP  \r\n\x87\n" + free + struct.pack(">I4s", 0, b"jp2c") + codestream((9, 9))


BOUNDARIES = {
    # OpenJPEG takes 24 bytes a pixel with alpha.
    "pixels": Boundary(of_pixels, 24_000, 40_000, 60_000, "pixels", "too_many_pixels"),
    # 40 megapixels in tiles of 128 × 128.
    "tiles": Boundary(of_tiles, 2_442, 8_192, 65_535, "tiles", format_name=WHOLE),
    "channels": Boundary(of_components, 3, 4, 16_384, "channels", format_name=WHOLE),
    # 40 megapixels of four channels in precincts of 64 × 64 are 52,000.
    "precincts": Boundary(
        of_precincts, 52_000, 100_000, 20_000_000, "precincts", format_name=WHOLE
    ),
    "precincts of four channels": Boundary(
        partial(of_precincts, components=4),
        13_000,
        25_000,
        10_000_000,
        "precincts",
        format_name=WHOLE,
    ),
    # 40 megapixels of four channels in code-blocks of 32 × 32 are 208,000.
    "code-blocks": Boundary(of_blocks, 3_328, 8_000, 36_000, "code-blocks", format_name=WHOLE),
    "code-blocks of four channels": Boundary(
        partial(of_blocks, components=4), 832, 2_000, 9_000, "code-blocks", format_name=WHOLE
    ),
    # Archives have up to 50.
    "layers": Boundary(of_layers, 50, 40_000, 65_535, "layers", format_name=WHOLE),
    "layers of one tile": Boundary(
        partial(of_layers, tiles=1_000), 50, 4_000, 65_535, "layers", format_name=WHOLE
    ),
    # Two in each of a few parts of 2,442 tiles.
    "segments": Boundary(of_segments, 10_000, 100_000, 1_000_000, "segments", format_name=WHOLE),
    "boxes": Boundary(of_boxes, 12, 1_000, 100_000, "boxes", format_name=WHOLE),
}


@pytest.mark.parametrize("name", BOUNDARIES)
def test_real_files_pass_and_so_does_the_largest_allowed(name: str) -> None:
    limit = BOUNDARIES[name]

    assert [limit.refusal(number) for number in (limit.real, limit.most)] == ["", ""]


@pytest.mark.parametrize("name", BOUNDARIES)
def test_one_more_is_refused_and_so_is_a_bomb(name: str) -> None:
    limit = BOUNDARIES[name]

    assert [limit.refuses(number) for number in (limit.most + 1, limit.bomb)] == [True, True]


# ------------------------------------------------------- where a style of tiles may be stated
def style_of_component(*, block: int = 64, precinct: int = 0, wide: bool = False) -> bytes:
    """The style of one component (COC): its number, then as for all but without layers."""
    style = bombs.jpeg2000_style(levels=0, block=block, precinct=precinct)
    return segment(0x53, (b"\0\0" if wide else b"\0") + style[0:1] + style[5:])


SMALL_BLOCKS = bombs.jpeg2000_style(levels=0, block=4)


def two_tiles(data_of_first: bytes, style_of_second: bytes) -> bytes:
    """A codestream of two tiles of 9,000 × 1,000 pixels: data in one, a header in the other."""
    head = codestream((18_000, 1_000), (9_000, 1_000))
    head = head[: head.index(b"\xff\x90")]
    first = struct.pack(">HIBB", 0, 14 + len(data_of_first), 0, 1)
    own = segment(STYLE, style_of_second)
    second = struct.pack(">HIBB", 1, 14 + len(own), 0, 1)
    return b"".join((
        head,
        segment(0x90, first), b"\xff\x93", data_of_first,
        segment(0x90, second), own, b"\xff\x93\xff\xd9",
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (codestream((9_000, 1_000), style=SMALL_BLOCKS), "code-blocks"),
        (codestream((9_000, 1_000), further=style_of_component(block=4)), "code-blocks"),
        (codestream((9_000, 1_000), further=style_of_component(precinct=2)), "precincts"),
        (codestream((9_000, 1_000), further=segment(STYLE, SMALL_BLOCKS)), "code-blocks"),
        (bombs.jpeg2000((9_000, 1_000), style_of_tiles=SMALL_BLOCKS), "code-blocks"),
        (two_tiles(b"data", SMALL_BLOCKS), "code-blocks"),
        (two_tiles(segment(STYLE, SMALL_BLOCKS), bombs.jpeg2000_style()), ""),
        (codestream((9_000, 1_000), further=style_of_component()), ""),
        (codestream((9_000, 1_000)), ""),
    ],
    ids=["header", "component", "precincts of a component", "second header", "tile", "later tile",
         "data like a header", "usual component", "usual header"],
)  # fmt: skip
def test_every_place_that_divides_tiles_counts(data: bytes, word: str) -> None:
    limit = Boundary(lambda _: data, 0, 0, 0, word, format_name=WHOLE)

    assert limit.refuses(1) is bool(word)
    assert bool(limit.refusal(1)) is bool(word)


def style(block: int = 0x44, precincts: bytes = b"") -> bytes:
    """One resolution; a byte of sides of blocks, and the sides of precincts, as exponents."""
    return (
        struct.pack(">BBHB5B", bool(precincts), 0, 1, 0, 0, block % 16, block // 16, 0, 1)
        + precincts
    )


@pytest.mark.parametrize(
    ("data", "word"),
    [
        # 90 × 91 tiles and 91 × 91.
        (codestream((9_000, 91), (100, 1), style=style()), ""),
        (codestream((9_100, 91), (100, 1), style=style()), "tiles"),
        (codestream((91, 9_100), (1, 100), style=style()), "tiles"),
        # What counts is how far the picture is from where its tiles begin.
        (codestream((8_000, 5_000), (128, 128), origin=(60_000, 3_000_000)), ""),
        # Blocks of 8 × 8, of 4 × 8, of 8 × 4, and of 4 × 1,024.
        (codestream((8_000, 4_000), style=style(0x11)), ""),
        (codestream((8_008, 4_000), style=style(0x11)), "code-blocks"),
        (codestream((8_000, 4_000), style=style(0x10)), "code-blocks"),
        (codestream((8_000, 4_000), style=style(0x01)), "code-blocks"),
        (codestream((40_000, 1_000), style=style(0x80)), ""),
        (codestream((40_000, 900), style=style(0x00)), "code-blocks"),
        (codestream((4, 65_535), components=4, style=style(0x80)), ""),
        # Precincts 1 × 4 and 4 × 1 pixels: 60,000 of them are allowed, 120,000 are not.
        (codestream((60_000, 4), style=style(0x44, b"\x20")), ""),
        (codestream((60_000, 4), style=style(0x44, b"\x10")), "precincts"),
        (codestream((4, 60_000), style=style(0x44, b"\x02")), ""),
        (codestream((4, 60_000), style=style(0x44, b"\x01")), "precincts"),
        # A box that claims to be longer than the file.
        (b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s", 10**9, b"jp2c")
         + codestream((9_000, 1_000), style=SMALL_BLOCKS), "code-blocks"),
    ],
)  # fmt: skip
def test_tiles_blocks_and_precincts_count_in_both_directions(data: bytes, word: str) -> None:
    limit = Boundary(lambda _: data, 0, 0, 0, word, format_name=WHOLE)

    assert limit.refusal(1) == "" if not word else limit.refuses(1)


@pytest.mark.parametrize("length", [0, 1, 4, 20, 43])
def test_a_header_that_ends_early_is_for_the_decoder_to_refuse(length: int) -> None:
    assert refusal(codestream((9_000, 1_000))[:length], WHOLE) == ""


@pytest.mark.parametrize("size", [(20_000, 5_001), (65_536, 1), (1, 65_536)])
def test_too_many_pixels_are_refused_by_the_codestream(size: tuple[int, int]) -> None:
    assert refusal(codestream(size), WHOLE).startswith("too_many_pixels: ")

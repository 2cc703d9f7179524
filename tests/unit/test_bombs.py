"""Files that claim or cost too much are refused at once, without the memory that they claim."""

from __future__ import annotations

import ast
import io
import re
import struct
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from moderate.samples import samples
from tests.support import bombs
from tests.support.counted_file import CountedFile
from tests.support.heif_files import heic
from tests.support.pictures import plain_file
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PIXELS = 100_000_000
SPECS = parse_specs("small=40x40:inside:webp:80")
ROOT = Path(__file__).parents[2]
BIG = struct.pack(">II", 65_000, 65_000)


def _too_large() -> dict[str, bytes]:
    bmp, webp = bytearray(plain_file("BMP")), bytearray(plain_file("WEBP"))
    bmp[18:26] = struct.pack("<ii", 65_000, 65_000)
    still = webp.index(b"VP8 ") + 14
    webp[still : still + 4] = struct.pack("<HH", 16_383, 16_383)
    jpeg = bytearray(plain_file("JPEG"))
    frame = jpeg.index(b"\xff\xc0") + 5
    jpeg[frame : frame + 4] = struct.pack(">HH", 65_000, 65_000)
    avif = plain_file("AVIF")
    return {
        "PNG": bombs.png(size=(65_000, 65_000)),
        "JPEG": bytes(jpeg),
        "GIF screen": bombs.gif((0, 0, 1, 1), screen=(65_000, 65_000)),
        "GIF frame": bombs.gif((0, 0, 10, 10), (65_000, 65_000, 535, 535)),
        "TIFF": bombs.tiff({256: (4, 1, 65_000), 257: (4, 1, 65_000)}),
        "BMP": bytes(bmp),
        "WEBP": bytes(webp),
        "AVIF": avif.replace(struct.pack(">II", 40, 30), BIG),
        "HEIF": heic(claims_size=(65_000, 65_000)),
        "JPEG2000": bombs.jpeg2000_size(plain_file("JPEG2000"), (65_000, 65_000)),
        "JXL": b"\xff\x0a" + (3 << 1 | 64_999 << 3 | 1 << 33).to_bytes(40, "little"),
        "ICO of PNG": bombs.icon(((0, 0), bombs.png(size=(65_000, 65_000)))),
        "ICO of BMP": bombs.icon(((16, 16), struct.pack("<Iii", 40, 65_000, 130_000))),
    }


def _too_complex() -> dict[str, bytes]:
    bomb, style = bombs.deflated(100 * bombs.MIB), bombs.jpeg2000_style
    webp = plain_file("WEBP") + b"JUNK\0\0\0\0" * (20_000)
    webp = webp[:4] + struct.pack("<I", len(webp) - 8) + webp[8:]
    text = bombs.chunk(b"tEXt", b"key\0" + bytes(65_000))
    profile = [b"\xe2ICC_PROFILE\0" + bytes([1, 200]) + bytes(65_000)] * 130
    return {
        "PNG iCCP": bombs.png(bombs.chunk(b"iCCP", b"name\0\0" + bomb)),
        "PNG zTXt": bombs.png(bombs.chunk(b"zTXt", b"key\0\0" + bomb)),
        "PNG iTXt": bombs.png(bombs.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb)),
        "PNG texts": bombs.png(*[text] * 300),
        "PNG chunks": bombs.png(*[bombs.chunk(b"aaAa")] * (65_537)),
        "APNG frames": bombs.png(bombs.chunk(b"acTL", struct.pack(">II", 1_000_000, 0))),
        "GIF frames": bombs.gif(*[(0, 0, 1, 1)] * 5_001, screen=(1, 1)),
        "JPEG segments": bombs.jpeg_with(*[b"\xfe"] * 4_097),
        "JPEG profile": bombs.jpeg_with(*profile),
        "JPEG junk": b"\xff\xd8\xff\xfe\0\2" + bytes(2 * bombs.MIB) + plain_file("JPEG")[2:],
        "TIFF pages": _pages(4_097),
        "TIFF strips": bombs.tiff({273: (4, 262_145, 8)}),
        "TIFF tile": bombs.tiff({322: (4, 1, 60_000), 323: (4, 1, 60_000)}),
        "TIFF profile": bombs.tiff({34675: (7, 8 * bombs.MIB + 1, 8)}),
        "WEBP chunks": webp,
        "JPEG2000 channels": bombs.jpeg2000((64, 64), tile=(1, 1), components=16_384),
        "JPEG2000 precincts": bombs.jpeg2000((2000, 2000), style=style(precinct=2)),
        "JPEG2000 code-blocks": bombs.jpeg2000((6000, 6000), style=style(block=4)),
        "JPEG2000 layers": bombs.jpeg2000((2000, 2000), style=style(layers=65_535, precinct=128)),
        "JPEG2000 layers of tiles": bombs.jpeg2000(
            (90, 90), tile=(1, 1), style=style(layers=65_535)
        ),
        "HEIF items": heic(extra_pictures=1_000),
        "HEIF tiles": _with_tiles(1_001),
        "JPEG2000 tiles": bombs.jpeg2000_size(plain_file("JPEG2000", (400, 300)), tile=(1, 1)),
        "ICO pictures": bombs.icon(*[((0, 0), bombs.png(bombs.chunk(b"zTXt", b"k\0\0" + bomb)))]),
    }


def _pages(number: int) -> bytes:
    """A TIFF of a chain of directories, the later ones empty."""
    first = bombs.tiff()
    at = len(first)
    tail = b"".join(
        struct.pack("<HI", 0, at + 6 * page) for page in range(1, number)
    ) + struct.pack("<HI", 0, 0)
    return first[:-4] + struct.pack("<I", at) + tail


def _with_tiles(number: int) -> bytes:
    """A HEIC whose references name one picture this many times as a tile of another."""
    data = heic(exif=b"II*\0\x08\0\0\0\0\0\0\0\0\0")
    references = struct.pack(">HH", 1, number) + struct.pack(">H", 10) * number
    box = struct.pack(">I4s", 8 + len(references), b"dimg") + references
    at, meta = data.index(b"iref") - 4, data.index(b"meta") - 4
    old = int.from_bytes(data[at : at + 4], "big")
    new = struct.pack(">I4sI", 12 + len(box), b"iref", 0) + box
    grown = bytearray(data[:at] + new + data[at + old :])
    length = int.from_bytes(grown[meta : meta + 4], "big") + len(new) - old
    grown[meta : meta + 4] = struct.pack(">I", length)
    return bytes(grown)


TOO_LARGE, TOO_COMPLEX = _too_large(), _too_complex()


@dataclass(frozen=True)
class Refusal:
    """Why the examination refuses a file, what it read for that, and its peak of memory."""

    reason: Reason
    bytes_read: int
    reads: int
    memory: int


def refusal_of(data: bytes) -> Refusal:
    file = CountedFile(data)
    tracemalloc.start()
    with pytest.raises(ValidationError) as raised:
        examine(file, "uploads/a", "", MAX_PIXELS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return Refusal(raised.value.reason, file.bytes_read, file.reads, peak)


@pytest.mark.parametrize("name", TOO_LARGE)
def test_too_many_pixels_are_refused_by_the_header(name: str) -> None:
    refusal = refusal_of(TOO_LARGE[name])

    assert refusal.reason is Reason.TOO_MANY_PIXELS
    assert refusal.bytes_read < 100_000
    assert refusal.reads < 200
    assert refusal.memory < 4 * bombs.MIB


@pytest.mark.parametrize("name", [name for name in TOO_COMPLEX if not name.startswith("ICO")])
def test_a_file_built_to_cost_time_or_memory_is_refused(name: str) -> None:
    refusal = refusal_of(TOO_COMPLEX[name])

    assert refusal.reason is Reason.TOO_COMPLEX
    assert refusal.bytes_read < 40 * bombs.MIB
    assert refusal.reads < 70_000
    assert refusal.memory < 40 * bombs.MIB


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            bombs.jpeg2000((2000, 3000), style_of_tiles=bombs.jpeg2000_style(block=4)),
            "too_complex",
        ),
        (
            bombs.png(after=bombs.chunk(b"zTXt", b"k\0\0" + bombs.deflated(9 * bombs.MIB))),
            "too_complex",
        ),
        (TOO_COMPLEX["ICO pictures"], "too_complex"),
        (bombs.icon_of_itself(250, 8 * bombs.MIB), "too_complex"),
        (bombs.gif(comment=b"\1a" * 3_000_000), "too_complex"),
        (bombs.jpeg_of_scans(1_000), "too_complex"),
        (bombs.gif((0, 0, 10, 10), (0, 0, 65_535, 65_535)), "too_many_pixels"),
        (bombs.icon(((16, 16), bombs.png(size=(65_000, 65_000)))), "too_many_pixels"),
    ],
    ids=[
        "a tile's own code-blocks",
        "text after the pixels",
        "text in an icon",
        "icon of itself",
        "blocks of a GIF",
        "scans",
        "later frame",
        "icon",
    ],
)
def test_a_bomb_that_the_header_does_not_show_is_refused_before_decoding(
    data: bytes, reason: str
) -> None:
    uses: list[Callable[[], object]] = [
        lambda: render(data, SPECS, max_pixels=MAX_PIXELS),
        lambda: samples(data, _format(data), max_pixels=MAX_PIXELS),
    ]
    if reason == "too_complex":  # metadata is read without a limit on the pixels
        uses.append(lambda: extract(data, store_gps=False))
    for use in uses:
        with pytest.raises(ValidationError) as refusal:
            use()
        assert refusal.value.reason == reason


def _format(data: bytes) -> str:
    kinds = {
        b"\x89": "PNG",
        b"\xff\xd8": "JPEG",
        b"G": "GIF",
        b"\0": "ICO",
        b"\xff\x4f": "JPEG2000",
    }
    return next(name for start, name in kinds.items() if data.startswith(start))


@pytest.mark.parametrize(
    "options",
    [
        {"tile_size": (64, 64), "num_resolutions": 6},
        {"precinct_size": (128, 128), "codeblock_size": (32, 32)},
        {"quality_layers": [60, 40, 20, 10, 1], "progression": "RPCL"},
        {"codeblock_size": (4, 4), "num_resolutions": 1},
    ],
)
def test_a_jpeg_2000_in_any_usual_division_is_accepted(options: dict[str, Any]) -> None:
    data = plain_file("JPEG2000", (500, 300), **options)
    assert examine(io.BytesIO(data), "uploads/a.jp2", "", MAX_PIXELS).width == 500
    assert render(data, SPECS, max_pixels=MAX_PIXELS)


def test_fewer_scans_are_allowed_of_more_pixels() -> None:
    few = bombs.jpeg_of_scans(90, (2000, 2000))
    assert render(few, SPECS, max_pixels=MAX_PIXELS)
    many = few.replace(b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 2000, 2000),
                       b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 9999, 9999))  # fmt: skip
    with pytest.raises(ValidationError) as refusal:
        render(many, SPECS, max_pixels=MAX_PIXELS)
    assert refusal.value.reason is Reason.TOO_COMPLEX


def test_a_tiff_directory_that_points_at_itself_is_read_once() -> None:
    data = bombs.tiff(next_offset=24)
    assert examine(io.BytesIO(data), "uploads/a.tif", "", MAX_PIXELS).frames == 1


@pytest.mark.parametrize("offset", [1 << 63, (1 << 64) - 1])
def test_an_offset_beyond_any_file_is_corrupt(offset: int) -> None:
    big = struct.pack("<2sHHHQ", b"II", 43, 8, 0, offset)
    box = struct.pack(">I4s4xI4sQ", 12, b"jP  ", 1, b"free", offset) + bytes(40)
    for data in (big, b"\0\0\0\x0cjP  \r\n\x87\n" + box[12:]):
        assert refusal_of(data).reason is Reason.CORRUPT


@pytest.mark.parametrize("number", [2, 5_000])
def test_an_animation_of_the_most_frames_allowed_is_accepted(number: int) -> None:
    data = bombs.gif(*[(0, 0, 10, 10)] * number)
    assert examine(io.BytesIO(data), "uploads/a.gif", "", MAX_PIXELS).frames == number


def test_no_limit_is_kept_elsewhere() -> None:
    """Other modules read limits from one place, and define none of their own."""
    own = {"MAX_SIDE"}  # of renditions: it limits the deployer, not uploads
    sources = [*(ROOT / "functions").rglob("*.py"), *(ROOT / "layers").rglob("*.py")]
    found = {
        (source.name, target.id)
        for source in sources
        if source.name != "limits.py"
        for node in ast.parse(source.read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.BinOp)
        for target in node.targets
        if isinstance(target, ast.Name) and re.search("MAX|MOST|LIMIT", target.id)
    }
    assert {name for _, name in found} == own


def test_the_limit_of_one_picture_does_not_leak_into_the_next() -> None:
    before = Image.MAX_IMAGE_PIXELS
    assert render(plain_file("PNG"), SPECS, max_pixels=1_200)
    assert before == Image.MAX_IMAGE_PIXELS
    assert render(plain_file("PNG", (400, 300)), SPECS)

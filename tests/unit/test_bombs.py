"""Files that claim or cost too much are refused at once, and nothing that they claim is taken."""

from __future__ import annotations

import ast
import io
import re
import struct
import time
import tracemalloc
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from moderate.samples import samples
from pictures import limits
from tests.support import bombs
from tests.support.heif_files import heic
from tests.support.pictures import plain_file
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable

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
        "ICO of PNG": bombs.icon(((0, 0), bombs.png(size=(65_000, 65_000)))),
        "ICO of BMP": bombs.icon(((16, 16), struct.pack("<Iii", 40, 65_000, 130_000))),
    }


def _too_complex() -> dict[str, bytes]:
    bomb, style = bombs.deflated(100 * bombs.MIB), bombs.jpeg2000_style
    webp = plain_file("WEBP") + b"JUNK\0\0\0\0" * (limits.WEBP_CHUNKS + 1)
    webp = webp[:4] + struct.pack("<I", len(webp) - 8) + webp[8:]
    text = bombs.chunk(b"tEXt", b"key\0" + bytes(65_000))
    profile = [b"\xe2ICC_PROFILE\0" + bytes([1, 200]) + bytes(65_000)] * 130
    return {
        "PNG iCCP": bombs.png(bombs.chunk(b"iCCP", b"name\0\0" + bomb)),
        "PNG zTXt": bombs.png(bombs.chunk(b"zTXt", b"key\0\0" + bomb)),
        "PNG iTXt": bombs.png(bombs.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb)),
        "PNG texts": bombs.png(*[text] * 300),
        "PNG chunks": bombs.png(*[bombs.chunk(b"aaAa")] * (limits.PNG_CHUNKS + 1)),
        "APNG frames": bombs.png(bombs.chunk(b"acTL", struct.pack(">II", 1_000_000, 0))),
        "GIF frames": bombs.gif(*[(0, 0, 1, 1)] * (limits.FRAMES + 1), screen=(1, 1)),
        "JPEG segments": bombs.jpeg_with(*[b"\xfe"] * (limits.JPEG_SEGMENTS + 1)),
        "JPEG profile": bombs.jpeg_with(*profile),
        "JPEG junk": b"\xff\xd8\xff\xfe\0\2" + bytes(2 * limits.JPEG_JUNK) + plain_file("JPEG")[2:],
        "TIFF pages": _pages(limits.TIFF_PAGES + 1),
        "TIFF strips": bombs.tiff({273: (4, limits.TIFF_PIECES + 1, 8)}),
        "TIFF tile": bombs.tiff({322: (4, 1, 60_000), 323: (4, 1, 60_000)}),
        "TIFF profile": bombs.tiff({34675: (7, limits.ICC_BYTES + 1, 8)}),
        "WEBP chunks": webp,
        "JPEG2000 channels": bombs.jpeg2000((64, 64), tile=(1, 1), components=16_384),
        "JPEG2000 precincts": bombs.jpeg2000((2000, 2000), style=style(precinct=2)),
        "JPEG2000 code-blocks": bombs.jpeg2000((6000, 6000), style=style(block=4)),
        "JPEG2000 layers": bombs.jpeg2000((2000, 2000), style=style(layers=65_535, precinct=128)),
        "JPEG2000 layers of tiles": bombs.jpeg2000(
            (90, 90), tile=(1, 1), style=style(layers=65_535)
        ),
        "HEIF items": heic(extra_pictures=limits.HEIF_ITEMS),
        "HEIF tiles": _with_tiles(limits.HEIF_TILES + 1),
        "JPEG2000 tiles": bombs.jpeg2000_size(plain_file("JPEG2000", (400, 300)), tile=(1, 1)),
        "ICO pictures": bombs.icon(*[((0, 0), bombs.png(bombs.chunk(b"zTXt", b"k\0\0" + bomb)))]),
    }


def _pages(number: int) -> bytes:
    """A TIFF of directories that follow each other, the later ones empty."""
    first = bombs.tiff()
    at = len(first)
    tail = b"".join(
        struct.pack("<HI", 0, at + 6 * page) for page in range(1, number)
    ) + struct.pack("<HI", 0, 0)
    return first[:-4] + struct.pack("<I", at) + tail


def _with_tiles(number: int) -> bytes:
    """A HEIC with a list of references that name one picture as so many tiles of another."""
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


def reason_and_cost(data: bytes) -> tuple[Reason, float, int]:
    """Why the examination refuses a file, in how many CPU seconds, and the peak of its memory."""
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(ValidationError) as refusal:
        examine(io.BytesIO(data), "uploads/a", "", limits.PIXELS)
    seconds, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return refusal.value.reason, seconds, peak


@pytest.mark.parametrize("name", TOO_LARGE)
def test_pixels_are_refused_by_the_header(name: str) -> None:
    reason, seconds, peak = reason_and_cost(TOO_LARGE[name])

    assert reason is Reason.TOO_MANY_PIXELS
    assert (seconds < 0.5, peak < 4 * bombs.MIB) == (True, True)


@pytest.mark.parametrize("name", [name for name in TOO_COMPLEX if not name.startswith("ICO")])
def test_what_is_built_to_cost_time_or_memory_is_refused(name: str) -> None:
    reason, seconds, peak = reason_and_cost(TOO_COMPLEX[name])

    assert reason is Reason.TOO_COMPLEX
    # Tracing alone makes counting 65,536 chunks take half a second.
    assert (seconds < 2, peak < 40 * bombs.MIB) == (True, True)


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
        (bombs.gif(comment=b"\1a" * (10 * limits.GIF_BLOCKS)), "too_complex"),
        (bombs.jpeg_of_scans(limits.JPEG_SCANS), "too_complex"),
        (bombs.gif((0, 0, 10, 10), (0, 0, 65_535, 65_535)), "too_many_pixels"),
        (bombs.icon(((16, 16), bombs.png(size=(65_000, 65_000)))), "too_many_pixels"),
    ],
    ids=[
        "a tile's own code-blocks",
        "text behind the pixels",
        "text in an icon",
        "icon of itself",
        "blocks of a GIF",
        "scans",
        "later frame",
        "icon",
    ],
)
def test_what_only_the_whole_file_shows_is_refused_before_it_is_decoded(
    data: bytes, reason: str
) -> None:
    uses: list[Callable[[], object]] = [
        lambda: render(data, SPECS, max_pixels=limits.PIXELS),
        lambda: samples(data, _format(data), max_pixels=limits.PIXELS),
    ]
    if reason == "too_complex":  # the metadata are read without a limit on the pixels
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
def test_a_jpeg_2000_may_be_divided_in_any_usual_way(options: dict[str, Any]) -> None:
    data = plain_file("JPEG2000", (500, 300), **options)
    assert examine(io.BytesIO(data), "uploads/a.jp2", "", limits.PIXELS).width == 500
    assert render(data, SPECS, max_pixels=limits.PIXELS)


def test_many_scans_of_many_pixels_are_refused_sooner() -> None:
    few = bombs.jpeg_of_scans(90, (2000, 2000))
    assert render(few, SPECS, max_pixels=limits.PIXELS)
    many = few.replace(b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 2000, 2000),
                       b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 9999, 9999))  # fmt: skip
    with pytest.raises(ValidationError) as refusal:
        render(many, SPECS, max_pixels=limits.PIXELS)
    assert refusal.value.reason is Reason.TOO_COMPLEX


def test_a_directory_that_leads_back_to_itself_ends() -> None:
    data = bombs.tiff(next_offset=24)
    assert examine(io.BytesIO(data), "uploads/a.tif", "", limits.PIXELS).frames == 1


@pytest.mark.parametrize("offset", [1 << 63, (1 << 64) - 1])
def test_an_offset_beyond_any_file_is_no_crash(offset: int) -> None:
    big = struct.pack("<2sHHHQ", b"II", 43, 8, 0, offset)
    box = struct.pack(">I4s4xI4sQ", 12, b"jP  ", 1, b"free", offset) + bytes(40)
    for data in (big, b"\0\0\0\x0cjP  \r\n\x87\n" + box[12:]):
        reason, _, _ = reason_and_cost(data)
        assert reason is Reason.CORRUPT


@pytest.mark.parametrize("number", [2, limits.FRAMES])
def test_as_many_frames_as_allowed_pass(number: int) -> None:
    data = bombs.gif(*[(0, 0, 10, 10)] * number)
    assert examine(io.BytesIO(data), "uploads/a.gif", "", limits.PIXELS).frames == number


def test_formats_whose_decoders_need_more_memory_may_have_fewer_pixels() -> None:
    assert [limits.pixels_for(name, limits.PIXELS) for name in ("JPEG", "WEBP")] == [
        limits.PIXELS,
        limits.PIXELS_OF["WEBP"],
    ]
    assert limits.pixels_for("WEBP", 7) == 7


def test_the_template_deploys_the_limits_that_were_measured() -> None:
    text = (ROOT / "template.yaml").read_text().partition("\nConditions:")[0]
    parameters = yaml.safe_load(text)["Parameters"]
    assert int(parameters["MaxUploadBytes"]["Default"]) == limits.UPLOAD_BYTES
    assert int(parameters["MaxPixels"]["Default"]) == limits.PIXELS


def test_every_limit_says_why() -> None:
    source = (ROOT / "layers/imaging/pictures/limits.py").read_text().splitlines()
    numbers = [n for n, line in zip(count(), source, strict=False) if line[:1].isupper()]
    after = [source[number + 1] for number in numbers if " = " in source[number]]
    assert [line[:3] for line in after] == ['"""'] * len(after)


def test_no_limit_is_kept_elsewhere() -> None:
    """A module may name the largest of something, but its number is among the others."""
    own = {"MAX_SIDE"}  # of renditions: a limit on whoever deploys
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


def test_an_icon_is_kept_small_where_it_is_only_described() -> None:
    data = bombs.icon(((0, 0), plain_file("PNG", (2_100, 2_000))))
    with pytest.raises(ValidationError) as refusal:
        extract(data, store_gps=False)
    assert refusal.value.reason is Reason.TOO_MANY_PIXELS


def test_the_limit_of_one_picture_is_not_that_of_the_next() -> None:
    before = Image.MAX_IMAGE_PIXELS
    assert render(plain_file("PNG"), SPECS, max_pixels=1_200)
    assert before == Image.MAX_IMAGE_PIXELS
    assert render(plain_file("PNG", (400, 300)), SPECS)

"""PNGs with unusual or damaged chunks besides their pixels."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from moderate.samples import samples
from pictures import limits
from tests.support import bombs
from tests.support.pictures import file_of, picture_of
from tests.support.profiles import display_p3
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable

SPECS = parse_specs("a=40x40:inside:png:80")
HEADER_END = 33
FACTS = ("transparency", "icc_profile", "exif", "dpi", "bbox", "interlace", "gamma", "duration")
COLORS = ("indianred", "green", "blue")


def picture(mode: str = "RGB", color: str = "indianred") -> Image.Image:
    image = Image.new("RGB", (20, 10), color)
    image.paste("white", (0, 0, 10, 10))
    return image.convert(mode)


def saved(mode: str = "RGB", profile: bytes = b"") -> bytes:
    return file_of(picture(mode), "PNG", icc_profile=profile)


def animated() -> bytes:
    first, *others = (picture(color=color) for color in COLORS)
    return file_of(first, "PNG", save_all=True, append_images=others)


def outputs(data: bytes) -> list[bytes]:
    """Renditions and samples of the file, after examination and metadata have read it."""
    examine(io.BytesIO(data), "uploads/a.png", "", limits.PIXELS)
    extract(data, store_gps=True)
    made = [rendition.data for rendition in render(data, SPECS, format_name="PNG")]
    return made + samples(data, "PNG", max_pixels=limits.PIXELS)


@pytest.mark.parametrize("mode", ["RGB", "P"])
@pytest.mark.parametrize("name", FACTS)
def test_a_text_chunk_named_like_a_property_is_ignored(name: str, mode: str) -> None:
    words = name.encode() + b"\0"
    texts = (
        bombs.chunk(b"tEXt", words + b"5"),
        bombs.chunk(b"zTXt", words + b"\0" + zlib.compress(b"\xff")),
        bombs.chunk(b"iTXt", words + b"\0\0\0\0five"),
    )
    plain = saved(mode)
    for text in texts:
        for at in (HEADER_END, len(plain) - 12):
            assert outputs(plain[:at] + text + plain[at:]) == outputs(plain)


def test_a_large_printer_profile_is_accepted() -> None:
    small = display_p3()
    large = small + random.Random(1).randbytes(2 * bombs.MIB)
    large = struct.pack(">I", len(large)) + large[4:]

    assert extract(saved(profile=large), store_gps=False).icc_profile == "Display P3"
    assert outputs(saved(profile=large)) == outputs(saved(profile=small)) != outputs(saved())


def _replaced(kind: bytes, change: tuple[int, bytes], data: bytes) -> bytes:
    """The file with bytes of the first chunk of a kind changed, and its checksum updated."""
    at = data.index(kind) - 4
    length = int.from_bytes(data[at : at + 4], "big")
    content = bytearray(data[at + 8 : at + 8 + length])
    content[change[0] : change[0] + len(change[1])] = change[1]
    return data[:at] + bombs.chunk(kind, bytes(content)) + data[at + 12 + length :]


def _damaged() -> dict[str, bytes]:
    whole = animated()
    control = whole.index(b"fcTL") - 4
    return {
        "no frames announced": _replaced(b"acTL", (0, bytes(4)), whole),
        "announced twice": whole[:HEADER_END] + whole[HEADER_END:control] + whole[HEADER_END:],
        "never announced": whole[:HEADER_END] + whole[control:],
        "frames out of order": _replaced(b"fdAT", (0, struct.pack(">I", 9)), whole),
        "a frame beside the canvas": _replaced(b"fcTL", (12, struct.pack(">I", 9)), whole),
        "a first frame that is smaller": _replaced(b"fcTL", (4, struct.pack(">I", 1)), whole),
        "a frame of no size": _replaced(b"fcTL", (4, bytes(4)), whole),
        "a frame without pixels": whole[:control] + whole[control : control + 38] * 2
        + whole[control + 38 :],
    }  # fmt: skip


@pytest.mark.parametrize("name", _damaged())
def test_a_damaged_animation_is_treated_as_a_still(name: str) -> None:
    data = _damaged()[name]
    assert outputs(data) == outputs(saved())
    assert extract(data, store_gps=False).frames == 1


def test_an_intact_animation_is_animated() -> None:
    assert extract(animated(), store_gps=False).frames == len(COLORS)
    (sheet,) = samples(animated(), "PNG", max_pixels=limits.PIXELS)
    assert picture_of(sheet).width > len(COLORS) * picture_of(animated()).width


def with_wrong_checksum(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind)
    end = at + 4 + int.from_bytes(data[at - 4 : at], "big")
    return data[:end] + bytes(4) + data[end + 4 :]


@pytest.mark.parametrize("kind", [b"tEXt", b"iCCP", b"tRNS", b"prVt"])
def test_an_ancillary_chunk_with_a_wrong_checksum_is_ignored(kind: bytes) -> None:
    added = bombs.chunk(b"tEXt", b"Comment\0hello") + bombs.chunk(b"prVt", b"hello")
    if kind == b"tRNS":
        added += bombs.chunk(b"tRNS", struct.pack(">3H", 255, 255, 255))
    plain, data = saved(), saved(profile=display_p3() if kind == b"iCCP" else b"")
    data = data[:HEADER_END] + added + data[HEADER_END:]

    assert outputs(with_wrong_checksum(data, kind)) == outputs(plain)


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE"])
def test_a_critical_chunk_with_a_wrong_checksum_is_corrupt(kind: bytes) -> None:
    with pytest.raises(ValidationError) as caught:
        outputs(with_wrong_checksum(saved("P"), kind))
    assert caught.value.reason is Reason.CORRUPT


def extracted(data: bytes) -> object:
    return extract(data, store_gps=True)


def rendered(data: bytes) -> object:
    return render(data, SPECS, format_name="PNG")


def sampled(data: bytes) -> object:
    return samples(data, "PNG", max_pixels=limits.PIXELS)


@pytest.mark.parametrize("use", [extracted, rendered, sampled])
def test_a_palette_image_without_a_palette_is_corrupt(use: Callable[[bytes], object]) -> None:
    data = saved("P")
    start = data.index(b"PLTE") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4], "big")
    with pytest.raises(ValidationError) as caught:
        use(data[:start] + data[end:])
    assert caught.value.reason is Reason.CORRUPT

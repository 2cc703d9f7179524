"""The base of an AVIF with a gain map is shown, also where libavif does not know the gain map."""

from __future__ import annotations

import io
import struct

import pytest

from pictures.containers.boxes import boxes, content, find, whole
from pictures.decode import decode, open_picture
from pictures.decoders.tone_mapped import without_tone_mapped
from tests.support.heif_files import Item, avif, box, full_box, heif_file
from tests.support.pictures import quarters

SIZE = (96, 64)


def with_gain_map(parameters: bytes) -> bytes:
    """Wrap the data of an AVIF, and add a tone-mapped picture of it."""
    plain = io.BytesIO(avif(quarters(SIZE)))
    everything = whole(plain)
    coded = content(plain, find(plain, everything, b"mdat"), 100_000)
    meta = find(plain, everything, b"meta")
    assert meta
    (properties,) = [
        each for each in boxes(plain, meta.start + 4, meta.end) if each.kind == b"iprp"
    ]
    configuration = content(plain, find(plain, properties, b"ipco", b"av1C"), 1_000)
    kept = [
        box(b"av1C", configuration),
        full_box(b"ispe", struct.pack(">II", *SIZE)),
        full_box(b"pixi", bytes((3, 8, 8, 8))),
    ]
    items = [
        Item(1, b"av01", coded, (1, 2, 3)),
        Item(2, b"av01", coded, (1, 2, 3), flags=1),
        Item(3, b"tmap", parameters, (2, 3), (b"dimg", (1, 2)), 0),
    ]
    either = full_box(b"altr", struct.pack(">4I", 9, 2, 3, 1))
    made = heif_file(items, kept, b"avif", None, box(b"grpl", either))
    brands = find(io.BytesIO(made), whole(io.BytesIO(made)), b"ftyp")
    assert brands
    return made[: brands.end - 4] + b"tmap" + made[brands.end :]


@pytest.mark.parametrize("parameters", [bytes(62), b"\0\0\1\0\0" + bytes(57), b"", b"\xff" * 200])
def test_the_base_is_shown(parameters: bytes) -> None:
    picture = open_picture(with_gain_map(parameters))
    decode(picture)
    assert picture.size == SIZE
    corner = picture.convert("RGB").getpixel((10, 10))
    assert isinstance(corner, tuple)
    assert corner[0] > 200
    assert max(corner[1:]) < 60


def test_a_file_without_one_is_not_changed() -> None:
    data = avif(quarters(SIZE))
    assert without_tone_mapped(data) == data
    assert without_tone_mapped(b"") == b""

"""Hostile EXIF yields its readable fields and warnings, never an error or a large record."""

from __future__ import annotations

import json
import struct
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from image_pipeline.models import to_dict
from metadata.extract import extract
from tests.support.exif_blocks import (
    Value,
    ascii_text,
    camera_exif,
    exif_block,
    long,
    rational,
    short,
)
from tests.support.pictures import plain_file
from tests.support.work import counting_lines

if TYPE_CHECKING:
    from metadata.image_metadata import ImageMetadata

DAMAGED = "The EXIF data is damaged; what could be read was kept."


def extracted(block: bytes) -> ImageMetadata:
    return extract(plain_file("PNG", (8, 8), "L", exif=block), store_gps=True)


def make(text: bytes, kind: int = 2) -> str | None:
    camera = extracted(exif_block({0x010F: ascii_text(text, kind)})).camera
    return camera.make if camera else None


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (b"  Lumen  \0\0\0", "Lumen"),
        (b"Lumen\0junk behind the end", "Lumen"),
        ("Fotógrafo Ltda.".encode(), "Fotógrafo Ltda."),
        ("Caméra".encode("latin-1"), "Caméra"),
        ("50 €".encode("cp1252"), "50 €"),
        ("Lumen Ω".encode("utf-16"), "Lumen Ω"),
        ("Lumen".encode("utf-16-le"), "Lumen"),
        ("Lumen".encode("utf-16-be"), "Lumen"),
        ("カメラ".encode(), "カメラ"),
        (b"two\r\nlines\tand a tab", "two  lines and a tab"),
        (b"bell\x07 escape\x1b[31m delete\x7f", "bell escape[31m delete"),
        ("evil\u202egnp.exe\u2066\u200b".encode(), "evilgnp.exe"),
        ("half \ud800 pair".encode("utf-8", "surrogatepass"), None),
        (b"\0\0\0\0", None),
        (b"\x01\x02\x03", None),
    ],
)
def test_texts_become_one_printable_line(written: bytes, read_as: str | None) -> None:
    text = make(written)

    if read_as is not None or text is None:
        assert text == read_as
    assert all(unicodedata.category(character)[0] != "C" for character in text or "")


@pytest.mark.parametrize("kind", [1, 2, 7, 129])
def test_texts_of_every_type_that_holds_bytes(kind: int) -> None:
    assert make(b"Lumen", kind) == "Lumen"


def test_a_text_of_a_megabyte_is_truncated_with_a_warning() -> None:
    metadata = extracted(exif_block({0x010F: ascii_text("x" * 1_000_000)}))

    assert metadata.camera is not None
    assert metadata.camera.make == "x" * 255 + "…"
    assert metadata.warnings == (
        "A text in the EXIF data is longer than 256 characters; it was cut.",
    )


@pytest.mark.parametrize(
    "value",
    [short(1, 2), rational((1, 1)), Value(9, 1, b"\xff\xff\xff\xff"), Value(99, 1, b"abcd")],
)
def test_a_numeric_name_is_ignored(value: Value) -> None:
    metadata = extracted(exif_block({0x010F: value, 0x0110: ascii_text("L1")}))

    assert metadata.camera is not None
    assert (metadata.camera.make, metadata.camera.model) == (None, "L1")


@pytest.mark.parametrize(
    "value",
    [
        Value(12, 1, struct.pack("<d", float("nan"))),
        Value(11, 1, struct.pack("<f", float("inf"))),
        Value(12, 1, struct.pack("<d", 1e300)),
        ascii_text("nan"),
        ascii_text("a lot"),
        Value(5, 0, b""),
        Value(7, 3, b"\xff\xfe\xfd"),
    ],
)
def test_invalid_numbers_are_omitted(value: Value) -> None:
    photo = dict.fromkeys((33434, 33437, 34855, 37386, 37377, 37378), value)

    metadata = extracted(exif_block({0x0112: value}, photo, {2: value, 4: value, 6: value}))

    assert metadata.exposure is None
    assert metadata.orientation is None
    assert metadata.gps is None


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_out_of_range_is_ignored(orientation: int) -> None:
    metadata = extracted(exif_block({0x0112: short(orientation)}))

    assert metadata.orientation is None
    assert (metadata.width, metadata.height) == (8, 8)


def test_directories_that_form_a_loop_are_read_once() -> None:
    block = exif_block({0x010F: ascii_text("Lumen"), 0x8769: long(8), 0x8825: long(8)})

    metadata = extracted(block)

    assert metadata.camera is not None
    assert metadata.camera.make == "Lumen"


@pytest.mark.parametrize(
    "field",
    [
        struct.pack("<HHII", 0x0131, 2, 0xFFFFFFFF, 8),
        struct.pack("<HHII", 0x0131, 12, 0x20000001, 8),
        struct.pack("<HHII", 0x0131, 2, 100, 0xFFFFFF00),
        struct.pack("<HHII", 0x0131, 0, 1, 0),
    ],
)
def test_a_field_with_data_outside_the_block_is_dropped_alone(field: bytes) -> None:
    entries = struct.pack("<HHI4s", 0x010F, 2, 4, b"Abc\0") + field
    block = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4)

    metadata = extracted(block)

    assert metadata.camera is not None
    assert metadata.camera.make == "Abc"
    assert DAMAGED in metadata.warnings


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff",
        b"Exif\0\0<xml>not a TIFF</xml>",
        b"Exif\0\0Exif\0\0II*\0\x08\0\0\0\0\0",
        b"\0" * 100,
    ],
)
def test_invalid_blocks_are_ignored(block: bytes) -> None:
    metadata = extracted(block)

    assert metadata.camera is None
    assert (metadata.width, metadata.height, metadata.mode) == (8, 8, "L")


def test_of_sixty_thousand_fields_few_are_read() -> None:
    fields = b"".join(struct.pack("<HHII", 0x010F, 2, 1000, 8) for _ in range(60_000))
    block = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 60_000) + fields + bytes(4)

    metadata, lines = counting_lines(lambda: extracted(block))

    assert lines < 60_000
    assert DAMAGED in metadata.warnings


@settings(max_examples=200, deadline=None)
@given(
    cuts=st.lists(
        st.tuples(st.integers(6, 700), st.binary(min_size=1, max_size=6)), min_size=1, max_size=12
    ),
    length=st.integers(6, 800),
    order=st.sampled_from("<>"),
)
def test_no_corruption_raises(cuts: list[tuple[int, bytes]], length: int, order: str) -> None:
    block = bytearray(camera_exif(order=order))
    for position, patch in cuts:
        block[position : position + len(patch)] = patch

    metadata = extracted(bytes(block[:length]))

    text = json.dumps(to_dict(metadata), allow_nan=False)
    assert len(text) < 4_000
    assert len(metadata.warnings) <= 5

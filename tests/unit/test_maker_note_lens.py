"""The names of lenses that only maker notes have."""

from __future__ import annotations

import pytest

from convert.decode import convert_picture
from metadata.extract import extract
from tests.support.camera_files import dng
from tests.support.exif_blocks import Value, ascii_text, exif_block, short
from tests.support.heif_files import heic
from tests.support.maker_notes import olympus, with_maker_note, with_own_offsets
from tests.support.pictures import plain_file, quarters

LENS = "EF24-70mm f/2.8L II USM"
OLD, NEW, OM = b"OLYMP\0\1\0", b"OLYMPUS\0II\3\0", b"OM SYSTEM\0\0\0II\4\0"
PANASONIC, LEICA = b"Panasonic\0\0\0", b"LEICA\0"
NOTES = {
    "Canon": with_maker_note("Canon", {0x0095: ascii_text(LENS)}),
    "Canon, big-endian": with_maker_note("Canon", {0x0095: ascii_text(LENS)}, order=">"),
    "Canon, padded": with_maker_note("Canon", {0x0095: ascii_text(LENS + "\0" * 40)}),
    "Olympus": olympus("OLYMPUS CORPORATION", NEW, LENS),
    "Olympus, long pointer": olympus("OLYMPUS IMAGING CORP.", NEW, LENS, kind=4),
    "Olympus, big-endian": olympus("OLYMPUS", b"OLYMPUS\0MM\3\0", LENS, order=">"),
    "Olympus, before": olympus("OLYMPUS IMAGING CORP.", OLD, LENS),
    "Olympus, within": olympus("OLYMPUS IMAGING CORP.", OLD, LENS, is_within=True),
    "OM System": olympus("OM Digital Solutions", OM, LENS),
    "Panasonic": with_maker_note("Panasonic", {0x0051: ascii_text(LENS)}, PANASONIC),
    "Leica by Panasonic": with_maker_note("LEICA", {0x0051: ascii_text(LENS)}, LEICA + b"\0\0"),
    "Leica": with_own_offsets("LEICA CAMERA AG", LEICA + b"\6\0", {0x0303: ascii_text(LENS)}),
}


def lens(block: bytes) -> str | None:
    camera = extract(plain_file("PNG", exif=b"Exif\0\0" + block), store_gps=False).camera
    return camera.lens if camera else None


@pytest.mark.parametrize("name", NOTES)
def test_the_lens_is_read_from_maker_notes(name: str) -> None:
    assert lens(NOTES[name]) == LENS


@pytest.mark.parametrize(
    "text",
    [
        "OLYMPUS M.12-40mm F2.8",
        "LUMIX G VARIO 14-42/F3.5-5.6",
        "Vario-Elmar T 1:3.5-5.6 / 18-56mm ASPH.",
        "18-55 mm",
        "TAMRON SP 90mm F/2.8 Di VC USD MACRO1:1 F004",
    ],
)
def test_names_of_lenses(text: str) -> None:
    assert lens(with_maker_note("Canon", {0x0095: ascii_text(text)})) == text


@pytest.mark.parametrize(
    "value",
    [
        ascii_text(""),
        ascii_text("----"),
        ascii_text("NO-LENS"),
        ascii_text("N/A"),
        ascii_text("2004:06:01 10:30:00"),
        ascii_text(b"\x01\x02 50mm \xff"),
        ascii_text("x" * 200 + "50mm"),
        ascii_text("50mm", kind=7),
        short(50),
    ],
)
def test_what_is_no_name_of_a_lens_is_omitted(value: Value) -> None:
    assert lens(with_maker_note("Canon", {0x0095: value})) is None


@pytest.mark.parametrize(
    "block",
    [
        with_maker_note("Lumen", {0x0095: ascii_text(LENS)}),
        with_maker_note("NIKON", {0x0095: ascii_text(LENS)}),
        olympus("OLYMPUS", NEW[:8] + b"MM\3\0", LENS),
        olympus("OLYMPUS", NEW, LENS, kind=3),
        with_own_offsets("OLYMPUS", NEW, {0x2010: Value(13, 1, b"\xff\xff\xff\x7f")}),
        with_own_offsets("OLYMPUS", NEW, {0x2010: Value(13, 1, b"\x0c\0\0\0")}),
        with_own_offsets("OLYMPUS", NEW, {0x2010: Value(13, 0, b"")}),
        with_own_offsets("OLYMPUS", NEW, {0x0203: ascii_text(LENS)}),
    ],
)
def test_another_layout_has_no_lens(block: bytes) -> None:
    assert lens(block) is None


@pytest.mark.parametrize("name", NOTES)
def test_a_note_truncated_anywhere_does_not_fail(name: str) -> None:
    block = NOTES[name]
    found = [lens(block[:end]) for end in range(8, len(block))]
    assert all(each is None or LENS.startswith(each) for each in found)


def test_exif_takes_precedence_over_the_maker_note() -> None:
    camera = {0x010F: ascii_text("Panasonic")}
    note = PANASONIC + b"\0\0"
    exif = exif_block(camera, {0xA434: ascii_text("Other"), 0x927C: Value(7, len(note), note)})
    assert lens(exif.removeprefix(b"Exif\0\0")) == "Other"


@pytest.mark.parametrize("name", ["Olympus", "Leica", "OM System"])
def test_a_converted_picture_keeps_the_lens(name: str) -> None:
    converted = convert_picture(heic(exif=NOTES[name]), "HEIF", max_pixels=1_000_000)
    camera = extract(converted.data, store_gps=False).camera
    assert camera
    assert camera.lens == LENS
    assert b"OLYMPUS\0" not in converted.data


def test_a_raw_keeps_the_lens() -> None:
    fields = NEW + b"\1\0" + b"\x10\x20\x0d\0\1\0\0\0\x1e\0\0\0" + bytes(4)
    text = LENS.encode() + b"\0"
    fields += b"\1\0\3\2\2\0" + bytes([len(text)]) + b"\0\0\0\x30\0\0\0" + bytes(4) + text
    file = dng(
        quarters(),
        image={0x010F: ascii_text("OLYMPUS CORPORATION")},
        photo={0x927C: Value(7, len(fields), fields)},
    )
    camera = extract(
        convert_picture(file, "RAW", max_pixels=1_000_000).data, store_gps=False
    ).camera
    assert camera
    assert camera.lens == LENS

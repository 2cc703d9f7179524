"""Camera, exposure, time and place are read from EXIF in every container."""

from __future__ import annotations

import pytest
from PIL import Image

from metadata.extract import extract
from metadata.image_metadata import Camera, Exposure, Gps, ImageMetadata
from tests.support.exif_blocks import (
    Fields,
    Value,
    ascii_text,
    byte,
    camera_exif,
    directory,
    exif_block,
    long,
    rational,
    short,
    signed_rational,
)
from tests.support.maker_notes import with_maker_note
from tests.support.pictures import plain_file

CAMERA = Camera("Lumen", "L1 Mark II", "L 50mm F1.8", "Firmware 1.2")
EXPOSURE = Exposure(iso=400, f_number=2.8, exposure_time=0.004, focal_length=50.0)
MOMENT = "2024-06-01T10:30:00.125+02:00"


def read(
    image: Fields | None = None,
    photo: Fields | None = None,
    gps: Fields | None = None,
    order: str = "<",
) -> ImageMetadata:
    """The metadata of a PNG (whose EXIF may have any size) with these fields."""
    return extract(plain_file("PNG", exif=exif_block(image, photo, gps, order)), store_gps=True)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_camera_exposure_and_time_in_each_container(format_name: str, order: str) -> None:
    metadata = extract(plain_file(format_name, exif=camera_exif(order=order)), store_gps=False)

    assert metadata.camera == CAMERA
    assert metadata.exposure == EXPOSURE
    assert metadata.captured_at == MOMENT
    assert metadata.warnings == ()


def test_a_tiff_is_its_own_exif() -> None:
    exif = Image.Exif()
    exif.load(camera_exif())

    metadata = extract(plain_file("TIFF", exif=exif), store_gps=True)

    assert metadata.camera == CAMERA
    assert metadata.exposure == EXPOSURE
    assert metadata.gps == Gps(53.55, 9.9916667, 12.5)


def test_an_exif_chunk_after_the_pixels_of_a_png_is_found_without_decoding() -> None:
    plain = plain_file("PNG", exif=b"")
    with_chunk = plain_file("PNG", exif=camera_exif(orientation=6))
    start = with_chunk.index(b"eXIf") - 4
    chunk = with_chunk[start : start + 12 + int.from_bytes(with_chunk[start : start + 4], "big")]
    end = plain.index(b"IEND") - 4
    pixels = plain.index(b"IDAT") + 4
    damaged = plain[:pixels] + b"\xff" + plain[pixels + 1 : end] + chunk + plain[end:]

    metadata = extract(damaged, store_gps=False)

    assert metadata.camera == CAMERA
    assert (metadata.width, metadata.height) == (30, 40)


def test_gps_is_stored_only_on_request() -> None:
    picture = plain_file("JPEG", exif=camera_exif())

    assert extract(picture, store_gps=True).gps == Gps(53.55, 9.9916667, 12.5)
    assert extract(picture, store_gps=False).gps is None


@pytest.mark.parametrize(
    ("reference", "latitude"), [("S", -33.857), ("s", -33.857), ("South", -33.857)]
)
def test_south_west_and_below_sea_level_are_negative(reference: str, latitude: float) -> None:
    gps = {
        1: ascii_text(reference),
        2: rational((33857, 1000)),
        3: ascii_text("W"),
        4: rational((70, 1), (30, 1), (36, 1)),
        5: byte(1),
        6: rational((4, 1)),
    }

    assert read(gps=gps).gps == Gps(latitude, -70.51, -4.0)


@pytest.mark.parametrize(
    ("latitude", "reference"),
    [
        (rational((91, 1), (0, 1), (0, 1)), "N"),
        (rational((0, 0), (0, 0), (0, 0)), "N"),
        (rational((10, 1), (0, 0), (5, 1)), "N"),
        (rational((10, 1), (0, 1), (0, 1)), "?"),
        (rational((10, 1), (0, 1), (0, 1)), ""),
        (signed_rational((-10, 1), (0, 1), (0, 1)), "N"),
    ],
)
def test_an_impossible_position_is_omitted_with_a_warning(latitude: Value, reference: str) -> None:
    east = {3: ascii_text("E"), 4: rational((10, 1), (0, 1), (0, 1))}

    metadata = read(gps={1: ascii_text(reference), 2: latitude, **east})

    assert metadata.gps is None
    assert metadata.warnings == ("The GPS position could not be read.",)


def test_a_receiver_without_a_fix_gives_neither_position_nor_warning() -> None:
    nothing = rational((0, 0), (0, 0), (0, 0))

    metadata = read(gps={1: ascii_text(""), 2: nothing, 3: ascii_text(""), 4: nothing})

    assert (metadata.gps, metadata.warnings) == (None, ())


@pytest.mark.parametrize(
    ("photo", "iso"),
    [
        ({0x8827: short(100)}, 100),
        ({0x8827: short(0, 800)}, 800),
        ({0x8827: long(204800)}, 204800),
        ({0x8827: ascii_text("320")}, 320),
        ({0x8827: short(65535), 0x8832: long(102400)}, 102400),
        ({0x8827: short(65535), 0x8833: long(409600), 0x8832: long(1)}, 409600),
        ({0x8833: long(3200)}, 3200),
        ({0x8827: short(65535)}, 65535),
        ({0x8827: short(0)}, None),
    ],
)
def test_sensitivity(photo: Fields, iso: int | None) -> None:
    exposure = read(photo=photo).exposure

    assert (exposure.iso if exposure else None) == iso


def iso(block: bytes) -> int | None:
    exposure = extract(plain_file("PNG", exif=b"Exif\0\0" + block), store_gps=False).exposure
    return exposure.iso if exposure else None


def canon(*facts: int, order: str = "<") -> Fields:
    return {4: short(2 * len(facts) + 2, *facts, order=order)}


NIKON = b"Nikon\0\2\x10\0\0"
MAKER_NOTES = {
    "Canon": with_maker_note("Canon", canon(32, 160, 0, 0)),
    "Canon, big-endian": with_maker_note("Canon", canon(32, 160, 0, order=">"), order=">"),
    "Nikon": with_maker_note("NIKON CORPORATION", {2: short(0, 200)}),
    "Nikon, own header": with_maker_note(
        "NIKON CORPORATION", {2: short(0, 200, order=">")}, NIKON + b"MM\0*\0\0\0\x08",
        note_order=">",
    ),
    "Casio": with_maker_note("CASIO", {0x14: short(200)}),
    "Casio, later": with_maker_note(
        "CASIO COMPUTER CO.,LTD", {0x3014: short(200, order=">")}, b"QVC\0\0\0", note_order=">"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MAKER_NOTES)
def test_iso_is_read_from_maker_notes(name: str) -> None:
    assert iso(MAKER_NOTES[name]) == 200


def test_exif_takes_precedence_over_the_maker_note() -> None:
    note = directory({0x14: short(200)}, 0)
    exif = {0x927C: Value(7, len(note), note), 0x8827: short(100)}
    assert iso(exif_block({0x010F: ascii_text("CASIO")}, exif, identifier=b"")) == 100


@pytest.mark.parametrize(
    "block",
    [
        with_maker_note(
            "Canon", {4: short(99, 32, 160)}
        ),  # the length is wrong: the note was moved
        with_maker_note("Canon", canon(65535, 65535, 0)),
        with_maker_note("Canon", canon(32)),
        with_maker_note("Canon", {4: long(8, 32, 160, 0)}),
        with_maker_note("NIKON", {2: short(0, 1)}),
        with_maker_note("NIKON", {2: short(7)}),
        with_maker_note("NIKON", {2: ascii_text("no number")}),
        with_maker_note("NIKON", {2: short(0, 200)}, NIKON),
        with_maker_note("NIKON", {}, NIKON + b"MM\0*\0\0\0\x08\0")[:-5],
        with_maker_note("Lumen", {2: short(0, 200), 4: short(8, 32, 160, 0), 0x14: short(200)}),
    ],
)
def test_an_implausible_maker_note_is_ignored(block: bytes) -> None:
    assert iso(block) is None


@pytest.mark.parametrize("name", MAKER_NOTES)
def test_a_maker_note_truncated_anywhere_does_not_fail(name: str) -> None:
    block = MAKER_NOTES[name]
    assert {iso(block[:end]) for end in range(8, len(block), 3)} <= {None, 200}


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        ({0x829A: rational((1, 120))}, Exposure(exposure_time=0.00833333333)),
        ({0x829A: rational((30, 1))}, Exposure(exposure_time=30.0)),
        ({0x9201: signed_rational((3, 1))}, Exposure(exposure_time=0.125)),
        ({0x9202: rational((4, 1))}, Exposure(f_number=4.0)),
        ({0x829D: rational((0, 1)), 0x920A: rational((0, 1))}, None),
        ({0x829A: rational((1, 0)), 0x829D: rational((0, 0))}, None),
        ({0x9201: signed_rational((2000000000, 1))}, None),
    ],
)
def test_exposure_is_read_from_apex_values_and_never_from_nonsense(
    photo: Fields, expected: Exposure | None
) -> None:
    assert read(photo=photo).exposure == expected


def test_fields_in_the_other_directory_are_found() -> None:
    metadata = read(
        image={0x829A: rational((1, 60)), 0x9003: ascii_text("2020:01:02 03:04:05")},
        photo={0x010F: ascii_text("Lumen"), 0x0110: ascii_text("L1")},
    )

    assert metadata.camera == Camera("Lumen", "L1")
    assert metadata.exposure == Exposure(exposure_time=0.0166666667)
    assert metadata.captured_at == "2020-01-02T03:04:05"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2024:06:01 10:30:00", "2024-06-01T10:30:00"),
        ("2024-06-01T10:30:00Z", "2024-06-01T10:30:00Z"),
        ("2024/06/01 10:30:00", "2024-06-01T10:30:00"),
        ("2024: 6: 1  9:30:00", "2024-06-01T09:30:00"),
        ("2024: 6: 1 9:30:00", "2024-06-01T09:30:00"),
        ("20240601 10:30:00.25", "2024-06-01T10:30:00.25"),
        ("2024:06:01 10:30:00+0530", "2024-06-01T10:30:00+05:30"),
        ("1503:01:01 00:00:00", "1503-01-01T00:00:00"),
        ("2023:02:29 10:30:00", None),
        ("2024:06:01 24:61:00", None),
        ("0001:01:01 00:00:00", None),
        ("9999:12:31 23:59:59", None),
        ("yesterday", None),
    ],
)
def test_dates(written: str, read_as: str | None) -> None:
    metadata = read(photo={0x9003: ascii_text(written)})

    assert metadata.captured_at == read_as
    assert bool(metadata.warnings) is (read_as is None)


@pytest.mark.parametrize("unset", ["0000:00:00 00:00:00", "    :  :     :  :  ", "", "\0"])
def test_an_unset_clock_gives_neither_date_nor_warning(unset: str) -> None:
    metadata = read(
        image={0x0132: ascii_text("2024:06:02 09:00:00")}, photo={0x9003: ascii_text(unset)}
    )

    assert metadata.captured_at == "2024-06-02T09:00:00"
    assert metadata.warnings == ()


@pytest.mark.parametrize("offset", ["+25:00", "+02:75", "local", "   :  "])
def test_an_invalid_offset_is_omitted(offset: str) -> None:
    photo = {0x9003: ascii_text("2024:06:01 10:30:00"), 0x9011: ascii_text(offset)}

    assert read(photo=photo).captured_at == "2024-06-01T10:30:00"

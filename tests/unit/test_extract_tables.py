"""What each EXIF field means, entry by entry."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from metadata.extract import extract
from metadata.image_metadata import Camera, Exposure, Gps
from tests.support.exif_blocks import (
    Fields,
    Value,
    ascii_text,
    byte,
    exif_block,
    rational,
    short,
    signed_rational,
)
from tests.support.pictures import plain_file

if TYPE_CHECKING:
    from metadata.image_metadata import ImageMetadata


def read(
    image: Fields | None = None,
    photo: Fields | None = None,
    gps: Fields | None = None,
    *,
    order: str = "<",
) -> ImageMetadata:
    return extract(plain_file("PNG", exif=exif_block(image, photo, gps, order)), store_gps=True)


# ------------------------------------------------------------------------------------ position
def place(
    latitude: str = "N", longitude: str = "E", altitude: Value | None = None
) -> tuple[Gps | None, tuple[str, ...]]:
    gps = {
        1: ascii_text(latitude), 2: rational((10, 1), (30, 1), (36, 1)),
        3: ascii_text(longitude), 4: rational((20, 1), (6, 1), (0, 1)),
        6: rational((125, 10)),
    }  # fmt: skip
    if altitude is not None:
        gps[5] = altitude
    metadata = read(gps=gps)
    return metadata.gps, metadata.warnings


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        ("N", "E", (10.51, 20.1)),
        ("S", "E", (-10.51, 20.1)),
        ("N", "W", (10.51, -20.1)),
        ("S", "W", (-10.51, -20.1)),
        ("n", "e", (10.51, 20.1)),
        ("s", "w", (-10.51, -20.1)),
        ("South", "West", (-10.51, -20.1)),
    ],
)
def test_a_hemisphere_gives_its_sign(
    latitude: str, longitude: str, expected: tuple[float, float]
) -> None:
    found, warnings = place(latitude, longitude)

    assert found is not None
    assert (found.latitude, found.longitude) == expected
    assert warnings == ()


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("E", "E"), ("W", "E"), ("N", "N"), ("N", "S"), ("", "E"), ("N", "")],
)
def test_a_hemisphere_of_the_other_axis_gives_no_place(latitude: str, longitude: str) -> None:
    assert place(latitude, longitude) == (None, ("The GPS position could not be read.",))


@pytest.mark.parametrize(
    ("reference", "altitude"),
    # 0 and 1: above and below sea level; 2 and 3: above and below the ellipsoid.
    [(None, 12.5), (byte(0), 12.5), (byte(1), -12.5), (byte(2), 12.5), (byte(3), -12.5),
     (byte(4), 12.5), (short(1), -12.5)],
)  # fmt: skip
def test_an_altitude_below_its_reference_is_negative(
    reference: Value | None, altitude: float
) -> None:
    found, _ = place(altitude=reference)

    assert found is not None
    assert found.altitude == altitude


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (rational((90, 1)), 90.0),
        (rational((89, 1), (60, 1)), 90.0),
        (rational((0, 1), (0, 1), (36, 1)), 0.01),
        (rational((1, 3)), 0.3333333),
        (rational((1, 1), (0, 1), (0, 1), (9, 1)), 1.0),
        (rational((10, 1), (30, 1), (0, 0)), 10.5),
        (rational((90, 1), (0, 1), (1, 1)), None),
    ],
)
def test_degrees_are_the_sum_of_their_parts(degrees: Value, expected: float | None) -> None:
    east = {3: ascii_text("E"), 4: rational((180, 1))}
    found = read(gps={1: ascii_text("N"), 2: degrees, **east}).gps

    assert (found.latitude if found else None) == expected
    assert found is None or found.longitude == 180.0


def test_a_longitude_beyond_180_is_no_place() -> None:
    gps = {1: ascii_text("N"), 2: rational((1, 1)), 3: ascii_text("E"), 4: rational((1801, 10))}

    assert read(gps=gps).gps is None


# ---------------------------------------------------------------------- camera and exposure
CAMERA = {
    0x010F: Camera(make="Lumen"),
    0x0110: Camera(model="Lumen"),
    0xA434: Camera(lens="Lumen"),
    0x0131: Camera(software="Lumen"),
}


@pytest.mark.parametrize("tag", CAMERA)
@pytest.mark.parametrize("directory", ["image", "photo"])
def test_each_name_has_its_tag(tag: int, directory: str) -> None:
    fields: Fields = {tag: ascii_text("Lumen")}
    found = (read(fields) if directory == "image" else read(photo=fields)).camera

    assert found == CAMERA[tag]


@pytest.mark.parametrize(
    ("tag", "belongs_in_photo"),
    [(0x010F, False), (0x0110, False), (0x0131, False), (0xA434, True)],
)
def test_a_name_counts_first_where_it_belongs(tag: int, belongs_in_photo: bool) -> None:
    found = read({tag: ascii_text("image")}, {tag: ascii_text("photo")}).camera

    assert found is not None
    names = {found.make, found.model, found.lens, found.software} - {None}
    assert names == {"photo" if belongs_in_photo else "image"}


@pytest.mark.parametrize("tag", [0x829A, 0x829D, 0x920A])
def test_the_exposure_counts_first_in_the_photo_directory(tag: int) -> None:
    found = read({tag: rational((1, 1))}, {tag: rational((2, 1))}).exposure

    assert found is not None
    assert {found.exposure_time, found.f_number, found.focal_length} == {2.0, None}


EXPOSURE = [
    ({0x829A: rational((1, 250))}, Exposure(exposure_time=0.004)),
    ({0x829D: rational((28, 10))}, Exposure(f_number=2.8)),
    ({0x920A: rational((50, 1))}, Exposure(focal_length=50.0)),
    ({0x8827: short(400)}, Exposure(iso=400)),
    ({0x9201: signed_rational((-1, 1))}, Exposure(exposure_time=2.0)),
    ({0x9201: signed_rational((8, 1))}, Exposure(exposure_time=0.00390625)),
    ({0x9202: rational((3, 1))}, Exposure(f_number=2.82842712)),
    ({0x9202: rational((8, 1))}, Exposure(f_number=16.0)),
    # The value itself counts before its logarithm.
    ({0x829A: rational((1, 4)), 0x9201: rational((9, 1))}, Exposure(exposure_time=0.25)),
    ({0x829D: rational((4, 1)), 0x9202: rational((9, 1))}, Exposure(f_number=4.0)),
    ({0x829A: rational((0, 1)), 0x9201: rational((2, 1))}, Exposure(exposure_time=0.25)),
]


@pytest.mark.parametrize(("fields", "expected"), EXPOSURE)
@pytest.mark.parametrize("directory", ["image", "photo"])
def test_each_fact_of_the_exposure_has_its_tag(
    fields: Fields, expected: Exposure, directory: str
) -> None:
    metadata = read(fields) if directory == "image" else read(photo=fields)

    assert metadata.exposure == expected


@pytest.mark.parametrize(
    ("fields", "iso"),
    [
        ({0x8827: 65_534, 0x8833: 1, 0x8832: 2, 0x8831: 3}, 65_534),
        ({0x8827: 65_535, 0x8833: 1, 0x8832: 2, 0x8831: 3}, 1),
        ({0x8827: 65_535, 0x8832: 2, 0x8831: 3}, 2),
        ({0x8827: 65_535, 0x8831: 3}, 3),
        ({0x8833: 70_000}, 70_000),
        ({0x8832: 70_000}, 70_000),
        ({0x8831: 70_000}, 70_000),
        ({0x8833: 0, 0x8832: 70_000}, 70_000),
        ({0x8830: 2, 0x8834: 3}, None),  # what kind it is; a latitude
    ],
)
def test_sensitivities_beyond_16_bits_count_in_order(
    fields: dict[int, int], iso: int | None
) -> None:
    found = read(photo={tag: Value(4, 1, struct.pack("<I", fields[tag])) for tag in fields})

    assert (found.exposure.iso if found.exposure else None) == iso


KINDS = {
    1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q",
    18: "Q",
}  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_type_of_number_is_read(kind: int, order: str) -> None:
    value = Value(kind, 1, struct.pack(order + KINDS[kind], 100))

    assert read(photo={0x920A: value}, order=order).exposure == Exposure(focal_length=100.0)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("kind", "code"), [(5, "II"), (10, "ii")])
def test_each_type_of_fraction_is_read(kind: int, code: str, order: str) -> None:
    value = Value(kind, 1, struct.pack(order + code, 7, 2))

    assert read(photo={0x920A: value}, order=order).exposure == Exposure(focal_length=3.5)


@pytest.mark.parametrize("kind", [6, 8, 9, 10, 11, 12, 17])
def test_each_signed_type_can_be_negative(kind: int) -> None:
    code = KINDS.get(kind, "i")
    numbers = (-1, 1) if kind == 10 else (-1,)
    value = Value(kind, 1, struct.pack(f"<{len(numbers)}{code}", *numbers))

    assert read(photo={0x9201: value}).exposure == Exposure(exposure_time=2.0)


@pytest.mark.parametrize("kind", [3, 4, 13, 16, 18])
def test_each_type_of_pointer_leads_to_its_directory(kind: int) -> None:
    photo_at = 8 + 2 + 12 + 4
    photo = struct.pack("<HHHIHHI", 1, 0x8827, 3, 1, 400, 0, 0)
    number = struct.pack("<" + KINDS[kind], photo_at)
    if len(number) > 4:
        number = struct.pack("<I", photo_at + len(photo))
    head = struct.pack("<HHHI", 1, 0x8769, kind, 1) + number.ljust(4, b"\0") + bytes(4)
    block = b"Exif\0\0II*\0" + struct.pack("<I", 8) + head + photo + struct.pack("<Q", photo_at)

    assert extract(plain_file("PNG", exif=block), store_gps=False).exposure == Exposure(iso=400)


# ---------------------------------------------------------------------------------------- time
CLOCKS = {"exposure": (0x9003, 0x9291, 0x9011), "digitizing": (0x9004, 0x9292, 0x9012),
          "last change": (0x0132, 0x9290, 0x9010)}  # fmt: skip


@pytest.mark.parametrize("name", CLOCKS)
def test_each_clock_has_its_fraction_and_its_offset(name: str) -> None:
    time, fraction, offset = CLOCKS[name]
    photo = {
        time: ascii_text("2024:06:01 10:30:00"),
        fraction: ascii_text("25"),
        offset: ascii_text("+05:30"),
    }
    # Those of the other clocks say nothing about this one.
    for other in CLOCKS:
        if other != name:
            photo |= {CLOCKS[other][1]: ascii_text("99"), CLOCKS[other][2]: ascii_text("-11:00")}

    assert read(photo=photo).captured_at == "2024-06-01T10:30:00.25+05:30"


def test_the_clock_of_the_exposure_counts_first_then_that_of_digitizing() -> None:
    fields = {
        CLOCKS[name][0]: ascii_text(f"202{year}:01:01 00:00:00") for year, name in enumerate(CLOCKS)
    }
    found = []
    while fields:
        found.append(read(photo=fields).captured_at)
        del fields[next(iter(fields))]

    assert found == ["2020-01-01T00:00:00", "2021-01-01T00:00:00", "2022-01-01T00:00:00"]


@pytest.mark.parametrize(
    ("offset", "expected"),
    [("Z", "Z"), ("+00:00", "+00:00"), ("-09:30", "-09:30"), ("+1400", "+14:00"), ("+14:59",
     "+14:59"), ("+15:00", ""), ("+05:60", ""), ("5:30", "")],
)  # fmt: skip
def test_offsets_of_places_on_earth(offset: str, expected: str) -> None:
    photo = {0x9003: ascii_text("2024:06:01 10:30:00"), 0x9011: ascii_text(offset)}

    assert read(photo=photo).captured_at == "2024-06-01T10:30:00" + expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024:06:01 10:30", "2024-06-01T10:30:00"),
        ("2024:06:01 10:30:15.5Z", "2024-06-01T10:30:15.5Z"),
        ("2024:06:01 10:30:15 -0330", "2024-06-01T10:30:15-03:30"),
    ],
)
def test_a_time_may_lack_its_seconds_or_carry_its_offset(written: str, expected: str) -> None:
    assert read(photo={0x9003: ascii_text(written)}).captured_at == expected


def test_a_time_that_cannot_be_read_gives_a_warning() -> None:
    metadata = read(photo={0x9003: ascii_text("2024:13:01 10:30:00")})

    assert metadata.captured_at is None
    assert metadata.warnings == ("A date in the EXIF data could not be read.",)


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [("1", ".1"), ("123456", ".123456"), ("1234567", ".123456"), ("x", "")],
)
def test_fractions_of_a_second(fraction: str, expected: str) -> None:
    photo = {0x9003: ascii_text("2024:06:01 10:30:00"), 0x9291: ascii_text(fraction)}

    assert read(photo=photo).captured_at == "2024-06-01T10:30:00" + expected


# ---------------------------------------------------------------------------------- resolution
@pytest.mark.parametrize(
    ("unit", "dpi"), [(None, (100, 50)), (1, (100, 50)), (2, (100, 50)), (3, (254, 127))]
)
def test_each_unit_of_resolution(unit: int | None, dpi: tuple[float, float]) -> None:
    fields = {0x011A: rational((100, 1)), 0x011B: rational((50, 1))}
    if unit is not None:
        fields[0x0128] = short(unit)

    assert extract(plain_file("JPEG", exif=exif_block(fields)), store_gps=False).dpi == dpi


@pytest.mark.parametrize(
    ("unit", "dpi"),
    # None, dots per inch, dots per centimeter; the EXIF counts where JFIF has no unit.
    [(0, (72, 72)), (1, (100, 50)), (2, (254, 127)), (3, (72, 72))],
)
def test_each_unit_of_jfif(unit: int, dpi: tuple[float, float]) -> None:
    exif = exif_block({0x011A: rational((72, 1)), 0x011B: rational((72, 1)), 0x0128: short(2)})
    data = bytearray(plain_file("JPEG", exif=exif))
    at = data.index(b"JFIF\0") + 7
    data[at : at + 5] = struct.pack(">BHH", unit, 100, 50)

    assert extract(bytes(data), store_gps=False).dpi == dpi

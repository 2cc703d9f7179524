"""When a picture was taken, from every place where it may be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, TiffImagePlugin

from metadata.extract import extract
from tests.support import bombs
from tests.support.exif_blocks import Fields, ascii_text, exif_block, rational
from tests.support.iptc_data import in_jpeg, iptc, resource, resources, with_iptc
from tests.support.pictures import file_of, plain_file

if TYPE_CHECKING:
    from metadata.image_metadata import ImageMetadata

EXPOSED, DIGITIZED, CHANGED = 0x9003, 0x9004, 0x0132
OFFSET, OFFSET_EXPOSED, OFFSET_DIGITIZED = 0x9010, 0x9011, 0x9012
WRITTEN, MOMENT, DAY = "2024:07:09 10:11:12", "2024-07-09T10:11:12", "2024-07-09"
OTHER_OFFSET = "The UTC offset of the capture time is that of another date in the file."
OTHER_TIME = "The time of day of the capture is that of another date in the file."
FROM_GPS = "The capture time is that of the GPS position."
ONLY_DAY = "The capture time is known only to the day."
IPTC: dict[int, str | bytes] = {55: "20240709", 60: "101112+0200"}


def described(jpeg: bytes) -> ImageMetadata:
    return extract(jpeg, store_gps=False)


def jpeg(texts: dict[int, str] | None = None, gps: Fields | None = None, xmp: str = "") -> bytes:
    fields = {tag: ascii_text(text) for tag, text in (texts or {}).items()}
    options: Any = {"xmp": xmp.encode()} if xmp else {}
    return plain_file("JPEG", exif=exif_block({}, fields, gps), **options)


def found(data: bytes) -> tuple[str | None, tuple[str, ...]]:
    metadata = described(data)
    return metadata.captured_at, metadata.warnings


@pytest.mark.parametrize(
    ("offset", "expected"),
    [("+2:00", "+02:00"), ("+02", "+02:00"), ("+0200", "+02:00"), ("Z", "Z"), ("UTC", "Z")],
)
def test_the_offset_of_the_exposure_is_known(offset: str, expected: str) -> None:
    data = jpeg({EXPOSED: WRITTEN, OFFSET_EXPOSED: offset})
    assert found(data) == (MOMENT + expected, ())


@pytest.mark.parametrize("tag", [OFFSET, OFFSET_DIGITIZED])
def test_a_lone_offset_is_taken_for_that_of_the_exposure(tag: int) -> None:
    data = jpeg({EXPOSED: WRITTEN, DIGITIZED: WRITTEN, CHANGED: WRITTEN, tag: "+02:00"})
    assert found(data) == (MOMENT + "+02:00", (OTHER_OFFSET,))


def test_the_own_offset_counts_before_any_other() -> None:
    texts = {EXPOSED: WRITTEN, OFFSET: "+05:00", OFFSET_DIGITIZED: "+06:00"}
    assert found(jpeg(texts | {OFFSET_EXPOSED: "+02:00"})) == (MOMENT + "+02:00", ())
    assert found(jpeg(texts))[0] == MOMENT + "+06:00"


def test_an_offset_that_cannot_be_read_gives_a_warning() -> None:
    data = jpeg({EXPOSED: WRITTEN, OFFSET_EXPOSED: "+25:00"})
    assert found(data) == (MOMENT, ("The UTC offset of a date could not be read.",))


@pytest.mark.parametrize("blank", ["   :  ", "", "\0", ":"])
def test_a_blank_offset_is_none(blank: str) -> None:
    assert found(jpeg({EXPOSED: WRITTEN, OFFSET_EXPOSED: blank})) == (MOMENT, ())


@pytest.mark.parametrize(
    ("written", "expected", "precision"),
    [("2024:07:09", DAY, "day"), ("2024:07:00 00:00:00", "2024-07", "month"),
     ("2024:  :     :  :  ", "2024", "year")],
)  # fmt: skip
def test_a_date_without_a_time(written: str, expected: str, precision: str) -> None:
    warning = f"The capture time is known only to the {precision}."
    assert found(jpeg({EXPOSED: written, OFFSET_EXPOSED: "+02:00"})) == (expected, (warning,))


@pytest.mark.parametrize("written", [WRITTEN + "\0\0\0", WRITTEN + "\0junk", WRITTEN + "   "])
def test_padding_is_ignored(written: str) -> None:
    assert found(jpeg({EXPOSED: written})) == (MOMENT, ())


def test_a_date_without_a_time_gets_that_of_the_same_day() -> None:
    same = {EXPOSED: "2024:07:09", DIGITIZED: WRITTEN, OFFSET_DIGITIZED: "+02:00"}
    assert found(jpeg(same)) == (MOMENT + "+02:00", (OTHER_TIME,))
    for other in ("2024:07:10 10:11:12", "2024:07:09 00:00:00"):
        assert found(jpeg({EXPOSED: "2024:07:09", DIGITIZED: other})) == (DAY, (ONLY_DAY,))


# ------------------------------------------------------------------------------------------ XMP
@pytest.mark.parametrize(
    "name", ["exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"]
)
@pytest.mark.parametrize(
    ("written", "expected", "precision"),
    [
        ("2024", "2024", "year"),
        ("2024-07", "2024-07", "month"),
        ("2024-07-09", DAY, "day"),
        ("2024-07-09T10:11", "2024-07-09T10:11:00", ""),
        ("2024-07-09T10:11+02:00", "2024-07-09T10:11:00+02:00", ""),
        ("2024-07-09T10:11:12.5Z", MOMENT + ".5Z", ""),
    ],
)
def test_a_date_of_xmp_may_end_anywhere(
    name: str, written: str, expected: str, precision: str
) -> None:
    warnings = (f"The capture time is known only to the {precision}.",) if precision else ()
    assert found(jpeg(xmp=f'<a {name}="{written}"/>')) == (expected, warnings)


def test_xmp_is_used_where_exif_has_a_blank() -> None:
    blank = {EXPOSED: "    :  :     :  :  "}
    packet = '<a exif:DateTimeOriginal="2024-07-09T10:11:12+02:00"/>'
    assert found(jpeg(blank, xmp=packet)) == (MOMENT + "+02:00", ())


def test_the_offset_of_the_same_moment_in_xmp_is_used() -> None:
    packet = '<a exif:DateTimeOriginal="2024-07-09T10:11:12+02:00"/>'
    assert found(jpeg({EXPOSED: WRITTEN}, xmp=packet)) == (MOMENT + "+02:00", (OTHER_OFFSET,))
    other = packet.replace("10:11:12", "10:11:13")
    assert found(jpeg({EXPOSED: WRITTEN}, xmp=other)) == (MOMENT, ())


def test_an_unset_date_of_xmp_is_none() -> None:
    assert found(jpeg(xmp='<a exif:DateTimeOriginal="0-00-00T00:00:00-05:00"/>')) == (None, ())


# ------------------------------------------------------------------------------------------ GPS
def gps(date: str = "2024:07:09", seconds: tuple[int, int] = (12, 1)) -> Fields:
    return {0x0007: rational((8, 1), (11, 1), seconds), 0x001D: ascii_text(date)}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (gps(), "2024-07-09T08:11:12Z"),
        (gps("2024-07-09"), "2024-07-09T08:11:12Z"),
        (gps(seconds=(1234, 100)), "2024-07-09T08:11:12.34Z"),
        (gps(seconds=(59_9999, 10_000)), "2024-07-09T08:11:59.999Z"),
        (
            {0x0007: ascii_text("08:11:12"), 0x001D: ascii_text("2024:07:09")},
            "2024-07-09T08:11:12Z",
        ),
    ],
)
def test_the_time_of_the_position_is_in_utc(fields: Fields, expected: str) -> None:
    assert found(jpeg(gps=fields)) == (expected, (FROM_GPS,))


def test_the_time_of_the_position_counts_before_the_last_change_only() -> None:
    assert found(jpeg({CHANGED: "2025:01:01 00:00:00"}, gps()))[0] == "2024-07-09T08:11:12Z"
    assert found(jpeg({DIGITIZED: WRITTEN}, gps())) == (MOMENT, ())


@pytest.mark.parametrize(
    "fields",
    [
        {0x001D: ascii_text("2024:07:09")},
        gps(seconds=(12, 0)),
        {0x0007: rational((25, 0), (0, 0), (0, 0)), 0x001D: ascii_text("2024:07:09")},
    ],
)
def test_a_position_may_have_a_day_only(fields: Fields) -> None:
    assert found(jpeg(gps=fields)) == (DAY, (FROM_GPS, ONLY_DAY))


def test_a_time_of_a_position_without_its_day_is_none() -> None:
    assert found(jpeg(gps={0x0007: gps()[0x0007]})) == (None, ())


def test_the_time_of_a_position_in_xmp_is_read() -> None:
    packet = '<a exif:GPSTimeStamp="2024-07-09T08:11:12Z"/>'
    assert found(jpeg(xmp=packet)) == ("2024-07-09T08:11:12Z", (FROM_GPS,))


# ----------------------------------------------------------------------------------------- IPTC
def png_text(kind: bytes, content: bytes) -> bytes:
    hexadecimal = b"\n" + kind + f"\n{len(content):8}\n".encode() + content.hex().encode() + b"\n"
    text = b"Raw profile type " + kind + b"\0" + hexadecimal
    return bombs.png(bombs.chunk(b"tEXt", text))


def tiff(tag: int, kind: int, content: bytes) -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[tag] = kind
    tags[tag] = content
    return file_of(Image.new("RGB", (4, 3)), "TIFF", tiffinfo=tags)


def with_every_place_of_iptc() -> dict[str, bytes]:
    data = iptc(IPTC)
    plain = plain_file("JPEG")
    return {
        "JPEG": in_jpeg(plain, resources(data)),
        "JPEG, over three segments": in_jpeg(plain, resources(data), pieces=3),
        "JPEG, without resources": in_jpeg(plain, data),
        "PNG": png_text(b"iptc", data),
        "PNG, with resources": png_text(b"iptc", resources(data)),
        "PNG, all resources": png_text(b"8bim", resources(data)),
        "TIFF": tiff(0x83BB, 7, data),
        "TIFF, in Photoshop's resources": tiff(0x8649, 1, resources(data)),
    }


@pytest.mark.parametrize("name", with_every_place_of_iptc())
def test_iptc_is_read_wherever_it_is(name: str) -> None:
    assert found(with_every_place_of_iptc()[name]) == (MOMENT + "+02:00", ())


@pytest.mark.parametrize(
    ("datasets", "expected"),
    [
        ({55: "20240709", 60: "101112"}, MOMENT),
        ({60: "101112-0330", 55: "20240709"}, MOMENT + "-03:30"),
        ({62: "20240709", 63: "101112+0200"}, MOMENT + "+02:00"),
        ({62: "20200101", 55: "20240709", 60: "101112"}, MOMENT),
        ({55: "2024:07:09", 60: "10:11:12+02:00"}, MOMENT + "+02:00"),
        ({5: "A title", 80: b"\xff\xfe\x1c\x02", 55: "20240709"}, DAY),
        ({55: "20240700"}, "2024-07"),
        ({55: "20240000"}, "2024"),
        ({60: "101112+0200"}, None),
        ({55: "00000000", 60: "000000"}, None),
        ({}, None),
    ],
)
def test_dates_of_iptc(datasets: dict[int, str | bytes], expected: str | None) -> None:
    assert found(with_iptc(plain_file("JPEG"), datasets))[0] == expected


def test_exif_and_xmp_count_before_iptc() -> None:
    data = with_iptc(jpeg({EXPOSED: "2020:01:01 00:00:01"}), IPTC)
    assert found(data) == ("2020-01-01T00:00:01", ())
    data = with_iptc(jpeg({DIGITIZED: "2020:01:01 00:00:01"}), IPTC)
    assert found(data)[0] == MOMENT + "+02:00"


def test_iptc_gives_a_day_its_time_but_no_time_its_offset() -> None:
    assert found(with_iptc(jpeg({EXPOSED: "2024:07:09"}), IPTC)) == (
        MOMENT + "+02:00",
        (OTHER_TIME,),
    )
    assert found(with_iptc(jpeg({EXPOSED: WRITTEN}), IPTC)) == (MOMENT, ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"8BIM",
        b"8BIM\x04\x04\xff",
        resource(0x0404, b"")[:-2],
        b"8BIM\x04\x04\0\0\xff\xff\xff\xff" + iptc(IPTC)[:9],
        resource(0x0BB7, b"x" * 9) * 300 + resource(0x0404, iptc(IPTC)),
        resource(0x0404, iptc(dict.fromkeys(range(50), "")) * 50 + iptc(IPTC)),
        resource(0x0404, b"\x1c\x02\x37\x80\x04\0\0\0\x08" + b"20240709"),
        resource(0x0404, b"\x1c\x02\x37\xff\xff"),
        resource(0x0404, iptc(IPTC, record=1)),
    ],
)
def test_damaged_or_endless_iptc_says_nothing(data: bytes) -> None:
    assert found(in_jpeg(plain_file("JPEG"), data or b"\0"))[0] is None

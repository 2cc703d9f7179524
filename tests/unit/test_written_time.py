"""Dates and times as cameras and software write them."""

from __future__ import annotations

import pytest

from metadata.written_time import END_OF_DAY, NO_OFFSET, offset_of, read_time

ARABIC = {str(digit): chr(0x0660 + digit) for digit in range(10)}
DAY, MOMENT = "2024-07-09", "2024-07-09T10:11:12"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024:07:09 10:11:12", MOMENT),
        ("2024-07-09 10:11:12", MOMENT),
        ("2024/07/09 10:11:12", MOMENT),
        ("2024.07.09 10.11.12", MOMENT),
        ("2024:07:09 10-11-12", MOMENT),
        ("2024:07:09-10:11:12", MOMENT),
        ("2024:07:09_10:11:12", MOMENT),
        ("2024-07-09T10:11:12", MOMENT),
        ("2024:7:9 10:11:12", MOMENT),
        ("2024: 7: 9 10:11:12", MOMENT),
        ("2024: 7: 9  9:01: 2", "2024-07-09T09:01:02"),
        ("2024 07 09 10:11:12", MOMENT),
        ("20240709 101112", MOMENT),
        ("20240709101112", MOMENT),
        ("20240709T101112", MOMENT),
        ("2024:07:09 101112", MOMENT),
        ("2024:07:09 10:11", "2024-07-09T10:11:00"),
        ("2024:07:09 1011", "2024-07-09T10:11:00"),
        ("2024:07:09 10:11:12.345", MOMENT + ".345"),
        ("2024:07:09 10:11:12,345", MOMENT + ".345"),
        ("2024:07:09 10:11:12:345", MOMENT + ".345"),
        ("2024:07:09 10:11:12.1234567", MOMENT + ".123456"),
        ("".join(ARABIC.get(each, each) for each in "2024:07:09 10:11:12"), MOMENT),
        ("2024:07:09 10:11:12 Berlin", MOMENT),
        ("2024:07:09 10:11:12 America/New_York", MOMENT),
    ],
)
def test_spellings_of_one_moment(written: str, expected: str) -> None:
    found = read_time(written)
    assert found
    assert (found.text, found.has_time, found.offset, found.warning) == (expected, True, "", None)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("10:11:12 PM", "22:11:12"),
        ("10:11:12PM", "22:11:12"),
        ("10:11:12 pm", "22:11:12"),
        ("10:11:12 p.m.", "22:11:12"),
        ("10:11:12 AM", "10:11:12"),
        ("12:11:12 AM", "00:11:12"),
        ("12:11:12 PM", "12:11:12"),
        ("22:11:12 PM", "22:11:12"),
        ("00:11:12 AM", "00:11:12"),
        ("10:11 PM", "22:11:00"),
        ("PM 10:11:12", "22:11:12"),
        ("下午10:11:12", "22:11:12"),
        ("上午10:11:12", "10:11:12"),
        ("午後10:11:12", "22:11:12"),
        ("오후 10:11:12", "22:11:12"),
    ],
)
def test_clocks_of_twelve_hours(time: str, expected: str) -> None:
    found = read_time(f"2024:07:09 {time}")
    assert found
    assert found.text == f"{DAY}T{expected}"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024:07:09", DAY),
        ("2024-07-09", DAY),
        ("20240709", DAY),
        ("2024:07:09 ", DAY),
        ("2024:07:09   :  :  ", DAY),
        ("2024:07:09 unknown", DAY),
        ("2024:07:09 10", DAY),
        ("2024-07", "2024-07"),
        ("2024:07:00", "2024-07"),
        ("2024:07:00 00:00:00", "2024-07"),
        ("2024:07:     :  :  ", "2024-07"),
        ("20240700", "2024-07"),
        ("2024", "2024"),
        ("2024:00:00 00:00:00", "2024"),
        ("2024:  :     :  :  ", "2024"),
        ("20240000", "2024"),
    ],
)
def test_a_date_says_no_more_than_is_known(written: str, expected: str) -> None:
    found = read_time(written, "99")
    assert found
    assert (found.text, found.has_time, found.offset) == (expected, False, "")


@pytest.mark.parametrize(
    ("written", "expected"),
    [("2024:07:09 24:00:00", "2024-07-10T00:00:00"), ("2024:12:31 24:00", "2025-01-01T00:00:00")],
)
def test_hour_24_is_the_end_of_the_day(written: str, expected: str) -> None:
    found = read_time(written)
    assert found
    assert (found.text, found.warning) == (expected, END_OF_DAY)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "0000:07:09 10:11:12",
        "0999:07:09",
        "3000:07:09",
        "9999:12:31 23:59:59",
        "2024:13:01",
        "2024:13:01 10:11:12",
        "2023:02:29",
        "2024:07:32 10:11:12",
        "2024:07:09 25:11:12",
        "2024:07:09 24:00:01",
        "2024:07:09 10:60:12",
        "2024:07:09 10:11:60",
        "202407",
        "12345",
        "1720519872",
        "-2024:07:09",
    ],
)
def test_what_no_calendar_or_clock_shows_is_not_read(written: str) -> None:
    assert read_time(written) is None


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ("Z", "Z"),
        ("z", "Z"),
        ("UTC", "Z"),
        ("GMT", "Z"),
        ("+02:00", "+02:00"),
        ("+2:00", "+02:00"),
        ("+0200", "+02:00"),
        ("+200", "+02:00"),
        ("+02", "+02:00"),
        ("+2", "+02:00"),
        ("-03:30", "-03:30"),
        ("-0330", "-03:30"),
        ("+ 2:00", "+02:00"),
        ("UTC+2", "+02:00"),
        ("GMT-05:00", "-05:00"),
        ("+02:00 DST", "+02:00"),
        ("+14:00", "+14:00"),
    ],
)
def test_spellings_of_an_offset(offset: str, expected: str) -> None:
    assert offset_of(offset) == offset_of(f" {offset} ") == expected
    for separator in ("", " "):
        found = read_time(f"2024:07:09 10:11:12.5{separator}{offset}")
        assert found
        assert (found.text, found.offset, found.warning) == (MOMENT + ".5", expected, None)


@pytest.mark.parametrize("offset", ["+25:00", "+02:75", "+15", "-12345"])
def test_an_offset_of_no_place_on_earth_is_omitted_with_a_warning(offset: str) -> None:
    assert offset_of(offset) == ""
    found = read_time(f"2024:07:09 10:11:12{offset}")
    assert found
    assert (found.text, found.offset, found.warning) == (MOMENT, "", NO_OFFSET)


@pytest.mark.parametrize("offset", ["", "5:30", "local", "   :  ", "Europe/Berlin"])
def test_what_is_no_offset_is_none(offset: str) -> None:
    assert offset_of(offset) == ""


def test_a_fraction_may_be_written_elsewhere() -> None:
    for written, fraction, expected in (
        ("2024:07:09 10:11:12", "25", MOMENT + ".25"),
        ("2024:07:09 10:11:12.5", "25", MOMENT + ".5"),
        ("2024:07:09 10:11:12", "x", MOMENT),
    ):
        found = read_time(written, fraction)
        assert found
        assert found.text == expected


@pytest.mark.parametrize("written", ["1" * 256, " " * 256, "2024:" + ":" * 251, "2024:07:09 " * 23])
def test_long_texts_say_nothing_new(written: str) -> None:
    found = read_time(written)
    assert found is None or found.text in {"2024", "1111-11-11", DAY}

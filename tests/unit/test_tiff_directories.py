"""The directories of a TIFF: both byte orders, BigTIFF, chains, loops and sub-directories."""

from __future__ import annotations

import io
import struct

import pytest

from pictures.containers.tiff_pages import page_count
from pictures.formats.sensor_data import holds_sensor_data

KINDS = [("<", False), (">", False), ("<", True), (">", True)]
IDS = ["little-endian", "big-endian", "little-endian BigTIFF", "big-endian BigTIFF"]
SHORT, LONG = 3, 4
Field = tuple[int, int, int]


def header(order: str, is_big: bool, first: int) -> bytes:
    mark = b"II" if order == "<" else b"MM"
    if is_big:
        return mark + struct.pack(f"{order}HHHQ", 43, 8, 0, first)
    return mark + struct.pack(f"{order}HI", 42, first)


def directory(order: str, is_big: bool, following: int, *fields: Field) -> bytes:
    """A directory of fields of one value each: tag, type and value."""
    count, number, offset = ("Q", "HHQ", "Q") if is_big else ("H", "HHI", "I")
    data = struct.pack(order + count, len(fields))
    for tag, kind, value in fields:
        data += struct.pack(order + number, tag, kind, 1)
        data += struct.pack(order + ("H" if kind == SHORT else "I"), value).ljust(
            8 if is_big else 4, b"\0"
        )
    return data + struct.pack(order + offset, following)


def chain(order: str, is_big: bool, pages: int, *, closed: bool = False) -> bytes:
    """A TIFF of this many pages of one field; `closed`, the last leads back to the first."""
    start = len(header(order, is_big, 0))
    length = len(directory(order, is_big, 0, (256, SHORT, 9)))
    offsets = [start + length * page for page in range(pages)]
    following = [*offsets[1:], offsets[0] if closed else 0]
    return header(order, is_big, start) + b"".join(
        directory(order, is_big, offset, (256, SHORT, 9)) for offset in following
    )


@pytest.mark.parametrize(("order", "is_big"), KINDS, ids=IDS)
def test_pages_are_counted_in_each_kind_of_tiff(order: str, is_big: bool) -> None:
    assert page_count(io.BytesIO(chain(order, is_big, 3))) == 3


@pytest.mark.parametrize(("order", "is_big"), KINDS, ids=IDS)
def test_a_loop_of_directories_ends(order: str, is_big: bool) -> None:
    assert page_count(io.BytesIO(chain(order, is_big, 3, closed=True))) == 3


@pytest.mark.parametrize(("order", "is_big"), KINDS, ids=IDS)
def test_a_chain_ends_where_the_file_does(order: str, is_big: bool) -> None:
    data = chain(order, is_big, 3)
    last = len(directory(order, is_big, 0, (256, SHORT, 9)))

    assert page_count(io.BytesIO(data[: len(data) - last])) == 2
    assert page_count(io.BytesIO(data[: len(data) - last + 1])) == 2


@pytest.mark.parametrize(("order", "is_big"), KINDS, ids=IDS)
def test_a_tiff_without_a_directory_has_one_page(order: str, is_big: bool) -> None:
    assert page_count(io.BytesIO(header(order, is_big, 0))) == 1
    assert page_count(io.BytesIO(header(order, is_big, 9_999))) == 1


def with_sub_directories(order: str, *photometric: int) -> bytes:
    """A TIFF of one directory with others inside, of one photometric interpretation each."""
    plain = directory(order, False, 0, (330, LONG, 0))
    at = 8 + len(plain)
    inside = [directory(order, False, 0, (262, SHORT, kind)) for kind in photometric]
    if len(photometric) == 1:
        return header(order, False, 8) + directory(order, False, 0, (330, LONG, at)) + inside[0]
    table = at + 4 * len(photometric)
    offsets = [table + len(inside[0]) * index for index in range(len(photometric))]
    entry = struct.pack(f"{order}HHHIII", 1, 330, LONG, len(photometric), at, 0)
    pointers = struct.pack(f"{order}{len(offsets)}I", *offsets)
    return header(order, False, 8) + entry + pointers + b"".join(inside)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("photometric", "is_raw"),
    [((32803,), True), ((2,), False), ((2, 32803), True), ((34892, 6), True), ((2, 6, 1), False)],
)
def test_sensor_data_is_found_in_sub_directories(
    photometric: tuple[int, ...], is_raw: bool, order: str
) -> None:
    assert holds_sensor_data(io.BytesIO(with_sub_directories(order, *photometric))) is is_raw


def test_a_directory_inside_itself_is_read_once() -> None:
    data = header("<", False, 8) + directory("<", False, 0, (330, LONG, 8))

    assert holds_sensor_data(io.BytesIO(data)) is False

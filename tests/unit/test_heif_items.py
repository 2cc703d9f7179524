"""The list of pictures of an HEIF, in every version of each of its boxes."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest

from pictures.containers.boxes import boxes, find, whole
from pictures.containers.heif_items import read_items
from tests.support.heif_files import box, full_box

if TYPE_CHECKING:
    from pictures.containers.heif_items import Items


def items(*parts: bytes, after: bytes = b"") -> Items:
    """What is read of a file with a list of pictures of these boxes."""
    found = read_items(
        io.BytesIO(box(b"ftyp", b"heic") + full_box(b"meta", b"".join(parts)) + after)
    )
    assert found is not None
    return found


def test_a_file_without_a_list_has_no_items() -> None:
    assert read_items(io.BytesIO(box(b"ftyp", b"heic") + box(b"mdat", b"data"))) is None


@pytest.mark.parametrize(("version", "code"), [(0, ">H"), (1, ">I")])
def test_the_primary_picture(version: int, code: str) -> None:
    primary = full_box(b"pitm", struct.pack(code, 0x1234), version)

    assert items(primary).primary == 0x1234
    assert items().primary is None


@pytest.mark.parametrize(("version", "count"), [(0, ">H"), (1, ">I")])
@pytest.mark.parametrize(("entry_version", "number"), [(2, ">H"), (3, ">I")])
def test_the_type_of_each_item(version: int, count: str, entry_version: int, number: str) -> None:
    entries = b"".join(
        full_box(b"infe", struct.pack(number, each) + b"\0\0" + kind + b"\0", entry_version)
        for each, kind in ((7, b"hvc1"), (8, b"grid"))
    )
    found = items(full_box(b"iinf", struct.pack(count, 2) + entries, version))

    assert {each: item.kind for each, item in found.by_number.items()} == {7: b"hvc1", 8: b"grid"}


@pytest.mark.parametrize(("version", "code"), [(0, "H"), (1, "I")])
def test_what_an_item_refers_to(version: int, code: str) -> None:
    def reference(kind: bytes, source: int, *others: int) -> bytes:
        return box(kind, struct.pack(f">{code}H{len(others)}{code}", source, len(others), *others))

    content = (
        reference(b"dimg", 1, 2, 3, 2) + reference(b"auxl", 4, 1) + reference(b"cdsc", 5, 1)
        + reference(b"thmb", 6, 1) + reference(b"dimg", 1, 9)
    )  # fmt: skip
    found = items(full_box(b"iref", content, version)).by_number

    assert found[1].parts == [2, 3, 2, 9]
    assert {each for each, item in found.items() if item.is_auxiliary} == {4}
    assert {each for each, item in found.items() if item.parts} == {1}


def size(width: int, height: int) -> bytes:
    return full_box(b"ispe", struct.pack(">II", width, height))


@pytest.mark.parametrize(("version", "number"), [(0, "H"), (1, "I")])
@pytest.mark.parametrize(("flags", "place"), [(0, "B"), (1, "H")])
def test_the_properties_of_an_item(version: int, number: str, flags: int, place: str) -> None:
    essential = 0x80 if flags == 0 else 0x8000
    kept = box(b"ipco", size(40, 30) + box(b"irot", b"\1") + size(80, 60))
    links = struct.pack(
        f">I{number}B2{place}{number}B3{place}", 2, 7, 2, 1, essential | 2, 8, 3, 1, 3, 99
    )
    found = items(box(b"iprp", kept + full_box(b"ipma", links, version, flags))).by_number

    assert (found[7].size, found[7].property(b"irot")) == ((40, 30), b"\1")
    assert (found[8].size, found[8].property(b"irot")) == ((80, 60), b"")  # the last one counts


def test_a_size_has_32_bits() -> None:
    kept = box(b"ipco", full_box(b"ispe", struct.pack(">II", 0x01020304, 0x05060708) + b"more"))
    links = full_box(b"ipma", struct.pack(">IHBB", 1, 7, 1, 1))

    assert items(box(b"iprp", kept + links)).by_number[7].size == (0x01020304, 0x05060708)


def test_an_item_without_a_size_has_none() -> None:
    assert items(full_box(b"pitm", b"\0\1")).by_number[1].size == (0, 0)


def locations(version: int, *, index: int = 0, base: int = 4, method: int = 0) -> bytes:
    """The places of item 7: two pieces at 100 and 300 from 1,000, of 10 and of 20 bytes."""
    count = struct.pack(">H" if version < 2 else ">I", 1)
    entry = struct.pack(">H" if version < 2 else ">I", 7)
    if version:
        entry += struct.pack(">H", method)
    entry += struct.pack(">H", 0) + (1_000).to_bytes(base, "big") + struct.pack(">H", 2)
    for offset, length in ((100, 10), (300, 20)):
        entry += bytes(index if version else 0) + struct.pack(">IH", offset, length)
    sizes = 4 << 12 | 2 << 8 | base << 4 | (index if version else 0)
    return full_box(b"iloc", struct.pack(">H", sizes) + count + entry, version)


@pytest.mark.parametrize("base", [2, 4, 8])
@pytest.mark.parametrize(("version", "index"), [(0, 0), (1, 0), (1, 4), (2, 0), (2, 8)])
def test_where_the_data_of_an_item_is(version: int, index: int, base: int) -> None:
    found = items(locations(version, index=index, base=base)).by_number

    assert found[7].extents == [(1_100, 1_110), (1_300, 1_320)]


@pytest.mark.parametrize("version", [1, 2])
def test_data_inside_the_list_is_found_from_its_own_start(version: int) -> None:
    found = items(locations(version, method=1), box(b"idat", bytes(9)))
    content_at = 12 + 12 + len(locations(version)) + 8

    assert found.by_number[7].extents == [
        (content_at + 1_100, content_at + 1_110), (content_at + 1_300, content_at + 1_320),
    ]  # fmt: skip


# --------------------------------------------------------------------------------------- boxes
USER_TYPE = bytes(range(16))


def long_box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (box(b"free", b"abc"), [(b"free", b"abc")]),
        (box(b"free", b""), [(b"free", b"")]),
        (long_box(b"free", b"abc"), [(b"free", b"abc")]),
        (struct.pack(">I4s", 0, b"free") + b"up to the end", [(b"free", b"up to the end")]),
        (box(b"uuid", USER_TYPE + b"abc"), [(USER_TYPE, b"abc")]),
        (long_box(b"uuid", USER_TYPE + b"abc"), [(USER_TYPE, b"abc")]),
        (box(b"one_", b"1") + long_box(b"two_", b"2") + box(b"free", b""),
         [(b"one_", b"1"), (b"two_", b"2"), (b"free", b"")]),
        (box(b"one_", b"1") + struct.pack(">I4s", 7, b"free"), [(b"one_", b"1")]),
        (box(b"one_", b"1") + struct.pack(">I4s", 9, b"free"), [(b"one_", b"1")]),
        (box(b"one_", b"1") + struct.pack(">I4sQ", 1, b"free", 15), [(b"one_", b"1")]),
        (struct.pack(">I4s", 20, b"uuid") + bytes(40), []),
        (b"\0\0\0\x08fre", []),
        (b"", []),
    ],
)  # fmt: skip
def test_each_form_of_a_box(data: bytes, expected: list[tuple[bytes, bytes]]) -> None:
    file = io.BytesIO(b"before" + data)

    assert [
        (found.kind, file.getvalue()[found.start : found.end])
        for found in boxes(file, 6, 6 + len(data))
    ] == expected


def test_a_box_is_found_by_its_path() -> None:
    data = box(b"moov", box(b"free", b"") + box(b"trak", box(b"mdia", b"1")) + box(b"trak", b"2"))
    file = io.BytesIO(data)

    found = find(file, whole(file), b"moov", b"trak", b"mdia")
    assert found is not None
    assert data[found.start : found.end] == b"1"
    assert find(file, whole(file), b"moov", b"none", b"mdia") is None
    assert find(file, whole(file)) == whole(file)

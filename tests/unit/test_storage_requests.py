"""Which ranges of an object are asked for: as few and as large as a reader needs."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import aws, storage
from image_pipeline.s3_file import S3File

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Account

KIB, MIB = 1024, 1024 * 1024
BLOCK = 64 * KIB


@pytest.fixture
def ranges(account: Account) -> Iterator[list[str | None]]:
    """The ranges that S3 is asked for, from now on; None for a whole object."""
    asked: list[str | None] = []
    events, name = aws.s3().meta.events, "provide-client-params.s3.GetObject"

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(params.get("Range"))

    events.register(name, note)
    yield asked
    events.unregister(name, note)


def opened(account: Account, size: int, content_type: str = "image/jpeg") -> S3File:
    data = bytes(number % 251 for number in range(size))
    return S3File(account.upload("uploads/a", data, content_type), size)


def test_the_first_block_is_fetched_at_once_with_the_content_type(
    account: Account, ranges: list[str | None]
) -> None:
    file = opened(account, 3 * BLOCK, "image/webp")

    assert ranges == ["bytes=0-65535"]
    assert (file.content_type, file.fetched) == ("image/webp", BLOCK)


def test_a_small_object_is_asked_for_no_further_than_its_end(
    account: Account, ranges: list[str | None]
) -> None:
    file = opened(account, 100)

    assert file.read() == bytes(range(100))
    assert ranges == ["bytes=0-99"]
    assert file.fetched == 100


def test_a_sequential_reader_gets_four_blocks_at_once(
    account: Account, ranges: list[str | None]
) -> None:
    file = opened(account, 10 * BLOCK)

    assert len(file.read()) == 10 * BLOCK
    assert ranges == [
        "bytes=0-65535",
        f"bytes={BLOCK}-{5 * BLOCK - 1}",
        f"bytes={5 * BLOCK}-{9 * BLOCK - 1}",
        f"bytes={9 * BLOCK}-{10 * BLOCK - 1}",
    ]
    assert file.fetched == 10 * BLOCK


def test_a_reader_that_jumps_gets_the_one_block_that_it_wants(
    account: Account, ranges: list[str | None]
) -> None:
    file = opened(account, 10 * BLOCK)
    file.seek(7 * BLOCK - 1)

    assert file.read(1) == bytes([(7 * BLOCK - 1) % 251])
    assert ranges[1:] == [f"bytes={6 * BLOCK}-{7 * BLOCK - 1}"]
    file.seek(6 * BLOCK)
    assert file.read(1) == bytes([6 * BLOCK % 251])
    assert len(ranges) == 2


def test_one_read_stops_at_the_end_of_a_block_and_the_next_goes_on(account: Account) -> None:
    file = opened(account, 2 * BLOCK)
    file.seek(BLOCK - 3)
    buffer = bytearray(10)

    assert file.readinto(buffer) == 3
    assert buffer[:3] == bytes(number % 251 for number in range(BLOCK - 3, BLOCK))
    assert file.tell() == BLOCK
    assert file.readinto(buffer) == 10
    assert file.tell() == BLOCK + 10


def test_nothing_is_read_or_fetched_at_the_end_and_past_it(
    account: Account, ranges: list[str | None]
) -> None:
    file = opened(account, BLOCK)
    for position in (BLOCK, BLOCK + 5):
        file.seek(position)
        assert file.readinto(bytearray(10)) == 0
        assert file.read(10) == file.read() == file.read(None) == b""
        assert file.tell() == position
    assert file.readinto(bytearray()) == 0
    assert len(ranges) == 1


def test_a_file_can_be_read_and_seeked_but_not_before_its_start(account: Account) -> None:
    file = opened(account, 10)

    assert file.readable()
    assert file.seekable()
    assert file.seek(-10, io.SEEK_END) == 0
    with pytest.raises(ValueError, match="negative seek position"):
        file.seek(-1)
    with pytest.raises(ValueError, match="negative seek position"):
        file.seek(-11, io.SEEK_END)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (5, [None]),
        (16 * MIB - 1, [None]),
        (16 * MIB, [(0, 8 * MIB), (8 * MIB, 16 * MIB)]),
        (16 * MIB + 1, [(0, 8 * MIB), (8 * MIB, 16 * MIB), (16 * MIB, 16 * MIB + 1)]),
    ],
)
def test_only_a_large_object_is_read_in_parts(
    account: Account,
    ranges: list[str | None],
    size: int,
    expected: list[tuple[int, int] | None],
) -> None:
    source = account.upload("uploads/a", b"0123456789abcdef" * (size // 16 + 1))

    storage.read(source, size)

    assert sorted(map(str, ranges)) == sorted(
        str(part and f"bytes={part[0]}-{part[1] - 1}") for part in expected
    )


def test_the_digest_of_an_object_is_that_of_all_its_bytes(account: Account) -> None:
    data = bytes(range(256)) * 5000  # more than one piece

    assert storage.sha256(account.upload("uploads/a", data)) == hashlib.sha256(data).hexdigest()

"""JPEGs without an end marker: whole pictures are accepted, truncated ones are not."""

from __future__ import annotations

import random
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from pictures.decode import decode, open_picture
from tests.support.jpeg_files import of_separate_scans, without_pixels
from tests.support.pictures import file_of, grain, photo

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = (203, 149)  # neither is a multiple of a block
END = b"\xff\xd9"


def saved(mode: str = "RGB", **options: Any) -> Callable[[], bytes]:
    return partial(file_of, photo(SIZE).convert(mode), **options)


KINDS: dict[str, Callable[[], bytes]] = {
    "4:2:0": saved(),
    "4:2:2": saved(subsampling="4:2:2"),
    "4:4:4 of optimized codes": saved(subsampling="4:4:4", optimize=True),
    "gray": saved("L"),
    "CMYK": saved("CMYK"),
    "restart markers": saved(restart_marker_rows=1),
    "many restart markers": saved(restart_marker_blocks=1),
    "progressive": saved(progressive=True),
    "progressive gray": saved("L", progressive=True),
    "progressive CMYK": saved("CMYK", progressive=True),
    "progressive restart markers": saved(progressive=True, restart_marker_blocks=5),
    "separate scans": partial(of_separate_scans, photo(SIZE)),
    "one color": partial(file_of, photo((1, 1)).resize(SIZE)),
    "one pixel": partial(file_of, photo((1, 1))),
}
# As phones append it: a block of data, its directory, and the directory's length.
PHONE = random.Random(5).randbytes(6000) + b"SEFH" + bytes(20) + b"\x18\0\0\0SEFT"
TRAILERS = {
    "nothing": b"",
    "zeros": bytes(5000),
    "a phone's data": PHONE,
    "a text": b"A text that some software appends. " * 40,
    "another JPEG": file_of(photo((64, 48))),
    "half a marker": b"\xff",
}


@cache
def picture(kind: str) -> bytes:
    """The file of a kind, up to its end marker."""
    return KINDS[kind]().removesuffix(END)


def pixels(data: bytes, scale: int = 1) -> bytes:
    opened = open_picture(data, "JPEG")
    opened.draft(None, (opened.width // scale or 1, opened.height // scale or 1))
    decode(opened)
    return bytes(Image.Image.tobytes(opened))


def refusal(data: bytes) -> str:
    """The reason of the refusal of a file; empty if it is accepted."""
    try:
        pixels(data)
    except ValidationError as error:
        return error.reason
    return ""


@pytest.mark.parametrize("scale", [1, 8])
@pytest.mark.parametrize("trailer", TRAILERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_picture_without_an_end_marker_is_shown(
    kind: str, trailer: str, scale: int
) -> None:
    whole = picture(kind)
    assert pixels(whole + TRAILERS[trailer], scale) == pixels(whole + END, scale)


@pytest.mark.parametrize("trailer", ["nothing", "zeros", "a phone's data", "another JPEG"])
@pytest.mark.parametrize("missing", [40, 400, 2000])
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"one color", "one pixel"}))
def test_a_truncated_picture_is_corrupt_whatever_follows(
    kind: str, missing: int, trailer: str
) -> None:
    assert refusal(picture(kind)[:-missing] + TRAILERS[trailer]) == "corrupt"


@pytest.mark.parametrize("missing", range(1, 9))
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"one color"}))
def test_a_picture_that_lacks_its_last_bytes_is_corrupt(kind: str, missing: int) -> None:
    assert refusal(picture(kind)[:-missing]) == "corrupt"


@pytest.mark.parametrize("after", [b"", PHONE], ids=["", "and a phone's data"])
@pytest.mark.parametrize("missing", [8, 40, 400])
@pytest.mark.parametrize("kind", ["4:2:0", "4:2:2", "gray", "CMYK", "restart markers",
                                  "separate scans"])  # fmt: skip
def test_a_truncated_picture_that_was_closed_again_is_corrupt(
    kind: str, missing: int, after: bytes
) -> None:
    assert refusal(picture(kind)[:-missing] + END + after) == "corrupt"


@pytest.mark.parametrize("kind", ["4:2:0", "progressive"])
def test_a_truncated_picture_that_was_filled_with_zeros_and_closed_is_corrupt(kind: str) -> None:
    assert refusal(picture(kind)[:-400] + bytes(400) + END) == "corrupt"


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:0"])
@pytest.mark.parametrize("end", [b"", END, END + PHONE])
def test_a_last_block_of_middle_gray_is_no_damage(
    subsampling: str, end: bytes, *, progressive: bool
) -> None:
    drawn = photo(SIZE)
    drawn.paste((128, 128, 128), (SIZE[0] - 40, SIZE[1] - 40, *SIZE))
    data = file_of(drawn, progressive=progressive, subsampling=subsampling)
    assert refusal(data.removesuffix(END) + end) == ""


def test_swapped_restart_markers_are_damage_where_there_is_no_end_marker() -> None:
    data = picture("restart markers")
    assert refusal(data.replace(b"\xff\xd1", b"\xff\xd5", 1)) == "corrupt"


def test_a_scan_of_a_picture_without_its_codes_is_corrupt() -> None:
    data = bytearray(picture("4:2:0"))
    data[data.index(b"\xff\xc4") + 1] = 0xFE  # the definition becomes a comment
    assert refusal(bytes(data)) == "corrupt"


@pytest.mark.parametrize(("missing", "reason"), [(0, ""), (20_000, "corrupt")])
@pytest.mark.parametrize(
    ("size", "progressive"), [((3600, 2400), False), ((1800, 1300), True)], ids=["8 MB", "2 MB"]
)
def test_a_long_picture_is_judged_by_two_decodes(
    size: tuple[int, int], missing: int, reason: str, *, progressive: bool
) -> None:
    data = file_of(grain(size), quality=100, progressive=progressive).removesuffix(END)
    assert len(data) > (2 if progressive else 8) * 1024 * 1024
    assert refusal(data[: len(data) - missing]) == reason


@pytest.mark.parametrize(("scans", "reason"), [(25, "corrupt"), (26, "too_complex")])
def test_blocks_in_all_scans_of_a_picture_without_an_end_marker(scans: int, reason: str) -> None:
    """Each scan has 1,562,500 blocks, and all of them are empty."""
    assert refusal(without_pixels((10_000, 10_000), scans)) == reason


@pytest.mark.parametrize("comment", [b"", END, bytes(60_000)])
@pytest.mark.parametrize("size", [SIZE, (1600, 1200)])
def test_a_picture_with_two_scans_of_all_components_is_refused(
    comment: bytes, size: tuple[int, int]
) -> None:
    """libjpeg would show the first one, ffmpeg the second."""
    first, second = file_of(grain(size)), file_of(photo(size))
    between = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    scan = second[second.index(b"\xff\xda") :]

    with pytest.raises(ValidationError) as caught:
        decode(open_picture(first.removesuffix(END) + between + scan))

    assert caught.value.reason is Reason.CORRUPT

"""Every place of an HEIF or AVIF that states a size, and where the frames of a film are."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest

from pictures.containers import read_at
from pictures.preflight.heif import tracks
from tests.support import lying_heif
from tests.support.boundaries import refusal
from tests.support.heif_files import HEVC_DATA, Item, avif, box, full_box, heic, heif_file
from tests.support.pictures import quarters
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable

HUGE, SMALL = (16_000, 16_000), (64, 64)


def ispe(size: tuple[int, int]) -> bytes:
    return full_box(b"ispe", struct.pack(">II", *size))


def derived(kind: bytes, data: bytes) -> bytes:
    """A picture derived from one of another codec, which is not examined."""
    items = [
        Item(1, kind, data, (1,), (b"dimg", (2,))),
        Item(2, b"jpeg", b"coded", (1,), flags=1),
    ]
    return heif_file(items, [ispe(SMALL)], b"heic")


def grid(size: tuple[int, int], *, wide: bool) -> bytes:
    return derived(b"grid", bytes([0, wide, 0, 0]) + struct.pack(">II" if wide else ">HH", *size))


def overlay(size: tuple[int, int], *, wide: bool) -> bytes:
    fill = struct.pack(">4H", 1, 2, 3, 4)
    return derived(b"iovl", bytes([0, wide]) + fill + struct.pack(">II" if wide else ">HH", *size))


@pytest.mark.parametrize("build", [grid, overlay])
@pytest.mark.parametrize("wide", [False, True], ids=["16 bits", "32 bits"])
@pytest.mark.parametrize(
    ("size", "reason"),
    [(SMALL, ""), ((12_500, 10_000), ""), (HUGE, "too_many_pixels"), ((1, 12_501), "")],
)
def test_the_canvas_of_a_derived_picture_counts(
    build: Callable[..., bytes], wide: bool, size: tuple[int, int], reason: str
) -> None:
    assert refusal(build(size, wide=wide), "HEIF").partition(":")[0] == reason


@pytest.mark.parametrize("side", [65_535, 65_536])
def test_a_canvas_of_32_bits_may_have_longer_sides_than_a_decoder_counts(side: int) -> None:
    found = refusal(grid((side, 1), wide=True), "HEIF")

    assert found.startswith("too_many_pixels: ") is (side == 65_536)


def of_parts(kind: bytes, parts: int) -> bytes:
    """A picture of 40 megapixels, made of this many parts of the same size."""
    items = [
        Item(1, kind, bytes(20), (1,), (b"dimg", tuple(range(2, 2 + parts)))),
        *(Item(number, b"jpeg", b"coded", (1,), flags=1) for number in range(2, 2 + parts)),
    ]
    return heif_file(items, [ispe((8_000, 5_000))], b"heic")


@pytest.mark.parametrize("kind", [b"grid", b"iovl", b"iden", b"tmap"])
def test_the_parts_of_each_kind_of_derived_picture_add_up(kind: bytes) -> None:
    assert refusal(of_parts(kind, 3), "HEIF") == ""
    assert "parts" in refusal(of_parts(kind, 4), "HEIF")


@pytest.mark.parametrize("kind", [b"hvc1", b"av01", b"mime"])
def test_a_coded_picture_has_no_parts(kind: bytes) -> None:
    assert refusal(of_parts(kind, 4), "HEIF") == ""


@pytest.mark.parametrize("kind", [b"hvc1", b"hev1"])
def test_each_kind_of_hevc_is_searched_for_sizes(kind: bytes) -> None:
    unit = lying_heif.parameter_set(HUGE)
    data = struct.pack(">I", len(unit)) + unit + HEVC_DATA
    configuration = box(b"hvcC", bytes(21) + b"\3\0")
    file = heif_file([Item(1, kind, data, (1, 2))], [configuration, ispe(SMALL)], b"heic")

    assert refusal(file, "HEIF").startswith("too_many_pixels: ")
    assert refusal(file) == ""  # the header does not show it


@pytest.mark.parametrize("prefix", [1, 2, 4])
def test_the_lengths_of_hevc_data_have_the_stated_size(prefix: int) -> None:
    unit = lying_heif.parameter_set(HUGE)
    data = len(unit).to_bytes(prefix, "big") + unit
    configuration = box(b"hvcC", bytes(21) + bytes([0xFC | prefix - 1, 0]))
    file = heif_file([Item(1, b"hvc1", data, (1, 2))], [configuration, ispe(SMALL)], b"heic")

    assert refusal(file, "HEIF").startswith("too_many_pixels: ")


@pytest.mark.parametrize(("turns", "size"), [(0, (96, 64)), (1, (64, 96)), (2, (96, 64)),
                                             (3, (64, 96)), (5, (64, 96))])  # fmt: skip
def test_quarter_turns_are_part_of_the_size(turns: int, size: tuple[int, int]) -> None:
    facts = examine(io.BytesIO(heic(quarter_turns=turns)), "uploads/a", "", 10_000)

    assert (facts.width, facts.height) == size


# --------------------------------------------------------------------------------------- films
PICTURES = [lying_heif.av1_picture(SMALL), lying_heif.av1_data(HUGE, SMALL)]
CODED, HIDDEN = PICTURES


def film(
    frames: list[bytes],
    runs: list[tuple[int, int]],
    *,
    size: tuple[int, int] = SMALL,
    coding: bytes = b"av01",
    offsets: bytes = b"stco",
    same_length: bool = False,
) -> bytes:
    """A film whose chunks have, from one on to the next named, a number of frames each."""
    chunks: list[bytes] = []
    per_chunk, left = dict(runs), list(frames)
    count = 0
    while left:
        count = per_chunk.get(len(chunks) + 1, count)
        chunks.append(b"".join(left[:count]))
        left = left[count:]
    head = box(b"ftyp", b"avis" + bytes(4) + b"avis")
    places = [len(head) + 8]
    for chunk in chunks[:-1]:
        places.append(places[-1] + len(chunk))
    entry = bytes(4) + coding + bytes(24) + struct.pack(">HH", *size)
    lengths = b"" if same_length else b"".join(struct.pack(">I", len(each)) for each in frames)
    of_all = len(frames[0]) if same_length else 0
    code = "I" if offsets == b"stco" else "Q"
    tables = b"".join((
        full_box(b"stsd", struct.pack(">I", 1) + entry),
        full_box(b"stsz", struct.pack(">II", of_all, len(frames)) + lengths),
        full_box(b"stsc", struct.pack(">I", len(runs))
                 + b"".join(struct.pack(">III", *run, 1) for run in runs)),
        full_box(offsets, struct.pack(f">I{len(places)}{code}", len(places), *places)),
    ))  # fmt: skip
    track = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", tables))))
    return head + box(b"mdat", b"".join(chunks)) + box(b"moov", track)


@pytest.mark.parametrize("offsets", [b"stco", b"co64"])
@pytest.mark.parametrize(
    "runs",
    [[(1, 5)], [(1, 1)], [(1, 2)], [(1, 2), (2, 1), (3, 2)], [(1, 1), (3, 3)]],
    ids=["one chunk", "one each", "two each", "several", "more later"],
)
@pytest.mark.parametrize("place", range(5))
def test_each_frame_of_a_film_is_found(
    place: int, runs: list[tuple[int, int]], offsets: bytes
) -> None:
    frames = [CODED] * 5
    assert refusal(film(frames, runs, offsets=offsets), "AVIF") == ""
    frames[place] = HIDDEN

    assert refusal(film(frames, runs, offsets=offsets), "AVIF").startswith("too_many_pixels: ")


@pytest.mark.parametrize("place", range(3))
def test_frames_of_one_length_are_found(place: int) -> None:
    length = max(map(len, PICTURES))
    # Padding of AV1 makes them equally long.
    equal = [each + bytes([15 << 3]) + bytes(length - len(each)) for each in PICTURES]
    frames = [equal[0]] * 3
    assert refusal(film(frames, [(1, 3)], same_length=True), "AVIF") == ""
    frames[place] = equal[1]

    found = refusal(film(frames, [(1, 3)], same_length=True), "AVIF")
    assert found.startswith("too_many_pixels: ")


def test_the_stated_size_of_a_film_counts_for_each_frame() -> None:
    def found(count: int, coding: bytes = b"av01") -> str:
        data = film([CODED] * count, [(1, count)], size=(6_000, 4_000), coding=coding)
        return refusal(data, "AVIF").partition(":")[0]

    assert [found(4), found(5)] == ["", "too_many_pixels"]
    assert found(5, b"hvc1") == ""  # which is never decoded


def test_a_track_says_its_coding_its_size_and_its_frames() -> None:
    (track,) = tracks(io.BytesIO(film([CODED] * 3, [(1, 3)], size=(300, 200))))

    assert (track.coding, track.width, track.height, track.frames) == (b"av01", 300, 200, 3)


@pytest.mark.parametrize(
    "data",
    [
        box(b"ftyp", b"avif"),
        box(b"moov", box(b"mvhd", bytes(20))),
        box(b"moov", box(b"trak", box(b"mdia", b""))),
        box(b"moov", box(b"tref", box(b"mdia", box(b"minf", box(b"stbl", b""))))),
    ],
)
def test_a_file_without_tables_of_frames_has_no_tracks(data: bytes) -> None:
    assert list(tracks(io.BytesIO(data))) == []


def test_an_avif_that_is_a_sequence_only_has_the_size_of_its_track() -> None:
    sequence = avif(quarters(), quarters().rotate(180)).replace(b"meta", b"free", 1)

    facts = examine(io.BytesIO(sequence), "uploads/a.avifs", "", 100_000)

    assert (facts.format, facts.width, facts.height, facts.frames) == ("AVIF", 96, 64, 2)


def test_lengths_and_positions_beyond_any_file_read_what_there_is() -> None:
    file = io.BytesIO(b"abc")

    assert read_at(file, 1, 2**64 - 1) == b"bc"
    assert read_at(file, 2**64 - 1, 1) == b""

"""The code points of color that AV1 and HEVC data state, whichever fields come before them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from pictures.colorimetry.heif import stated_color
from pictures.colorimetry.hevc import hevc_code_points
from pictures.preflight.coded_size import av1_code_points
from tests.support.color_files import coded_avif, heic_with
from tests.unit.test_coded_sizes import (
    AV1_SIZE,
    FULL,
    LEVEL_5,
    PROFILE,
    SIZE,
    configuration,
    golomb,
    nal_unit,
    packed,
    unit,
)

P3, PQ = 12, 16
CODES = f"1 {P3:08b} {PQ:08b} {1:08b}"
LONG = f"0 0 00000 {LEVEL_5} {AV1_SIZE}"
TOOLS = "1111 1 11"  # with an order of frames
HEADERS = {
    "short form of a still": f"000 1 1 01000 {AV1_SIZE} 101 010 0 0 {CODES}",
    "short form, 10 bits of gray": f"000 1 1 01000 {AV1_SIZE} 101 010 1 1 {CODES}",
    "short form, 4:4:4": f"001 1 1 01000 {AV1_SIZE} 101 010 0 {CODES}",
    "short form, 12 bits": f"010 1 1 01000 {AV1_SIZE} 101 010 1 1 0 {CODES}",
    "short form, 8 bits of 4:2:2": f"010 1 1 01000 {AV1_SIZE} 101 010 0 0 {CODES}",
    "long form": f"{FULL} {LONG} 0 101 {TOOLS} 1 1 011 010 0 0 {CODES}",
    "numbered frames": f"{FULL} {LONG} 1 0101 010 101 {TOOLS} 1 1 011 010 0 0 {CODES}",
    "no order": f"{FULL} {LONG} 0 101 0000 0 1 1 010 0 0 {CODES}",
    "forced screen content": f"{FULL} {LONG} 0 101 0000 0 0 1 0 1 010 0 0 {CODES}",
    "no screen content": f"{FULL} {LONG} 0 101 0000 0 0 0 010 0 0 {CODES}",
}


def codes_of(data: bytes) -> tuple[int, int] | None:
    return av1_code_points(io.BytesIO(b"before" + data), 6, 6 + len(data))


@pytest.mark.parametrize("name", HEADERS)
def test_av1_states_its_colors_after_its_optional_fields(name: str) -> None:
    assert codes_of(unit(1, packed(HEADERS[name]))) == (P3, PQ)


def test_av1_may_state_no_colors() -> None:
    assert codes_of(unit(1, packed(f"000 1 1 01000 {AV1_SIZE} 101 010 0 0 0 11111111"))) is None
    assert codes_of(unit(6, b"pixels")) is None
    assert codes_of(b"") is None


def test_the_data_of_an_avif_counts_where_no_property_names_its_colors() -> None:
    named = coded_avif(Image.new("RGB", (16, 16)), P3, PQ)
    start = named.index(b"mdat") + 4
    data = unit(1, packed(HEADERS["short form of a still"]))
    silent = named[:start].replace(b"colrnclx", b"freenclx") + data + named[start + len(data) :]

    assert stated_color(io.BytesIO(named), None).color_space == "P3, PQ (nclx)"
    assert stated_color(io.BytesIO(silent), None).color_space == "P3, PQ (AV1)"


# ---------------------------------------------------------------------------------------- HEVC
def numbers(*values: int) -> str:
    return " ".join(map(golomb, values))


BEFORE = f"0000 000 1 {PROFILE} 01011010 {numbers(0, 1, *SIZE)}"
DEPTHS = numbers(2, 2, 4)  # of luma and chroma; bits of an order, less 4
BLOCKS = f"1 {numbers(4, 2, 5)} {numbers(0, 3, 0, 3, 0, 0)}"
SHOWN = f"0 0 1 101 0 1 {P3:08b} {PQ:08b} {1:08b}"
REST = f"00 0 {golomb(0)} 0 00 1 {SHOWN}"
LISTS = " ".join(
    " ".join(
        f"1 {golomb(8) if size > 1 else ''} {numbers(*[1] * min(64, 16 << 2 * size))}"
        if index % 2
        else f"0 {golomb(0)}"
        for index in range(2 if size == 3 else 6)
    )
    for size in range(4)
)
SETS = (
    f"{numbers(3, 1, 1)} {golomb(0)} 1 {golomb(0)} 0"  # one picture before, one after
    f" 1 1 {golomb(2)} 1 01 00"  # predicted: used, kept, dropped
    f" 0 {numbers(0, 1)} {golomb(4)} 1"
)
PARAMETERS = {
    "least": f"0 {DEPTHS} {BLOCKS} 0 {REST}",
    "a window": f"1 {numbers(0, 3, 0, 4)} {DEPTHS} {BLOCKS} 0 {REST}",
    "plain scaling lists": f"0 {DEPTHS} {BLOCKS} 1 0 {REST}",
    "scaling lists": f"0 {DEPTHS} {BLOCKS} 1 1 {LISTS} {REST}",
    "samples without coding": (
        f"0 {DEPTHS} {BLOCKS} 0 01 1 0111 0111 {numbers(0, 2)} 1 {golomb(0)} 0 00 1 {SHOWN}"
    ),
    "reference pictures": f"0 {DEPTHS} {BLOCKS} 0 00 0 {SETS} 0 00 1 {SHOWN}",
    "long-term pictures": (
        f"0 {DEPTHS} {BLOCKS} 0 00 0 {golomb(0)} 1 {golomb(2)} {'10' * 9} 00 1 {SHOWN}"
    ),
    "an aspect and overscan": (
        f"0 {DEPTHS} {BLOCKS} 0 00 0 {golomb(0)} 0 00 1"
        f" 1 11111111 {'01' * 16} 1 1 1 101 1 1 {P3:08b} {PQ:08b} {1:08b}"
    ),
    "a known aspect": (
        f"0 {DEPTHS} {BLOCKS} 0 00 0 {golomb(0)} 0 00 1"
        f" 1 00000001 0 1 101 1 1 {P3:08b} {PQ:08b} {1:08b}"
    ),
}
SILENT = {
    "no display": f"0 {DEPTHS} {BLOCKS} 0 00 0 {golomb(0)} 0 00 0",
    "no signal": f"0 {DEPTHS} {BLOCKS} 0 00 0 {golomb(0)} 0 00 1 0 0 0",
    "no colors": f"0 {DEPTHS} {BLOCKS} 0 00 0 {golomb(0)} 0 00 1 0 0 1 101 1 0",
    "too many sets": f"0 {DEPTHS} {BLOCKS} 0 00 0 {golomb(65)} {'1' * 900}",
    "too many pictures": f"0 {DEPTHS} {BLOCKS} 0 00 0 {numbers(1, 9, 9)} {'1' * 900}",
    "too many long-term pictures": f"0 {DEPTHS} {BLOCKS} 0 00 0 {golomb(0)} 1 {golomb(33)}",
    "nothing": "",
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_hevc_states_its_colors_after_its_optional_fields(name: str) -> None:
    unit_of_all = nal_unit(f"{BEFORE} {PARAMETERS[name]}")

    assert hevc_code_points(configuration([unit_of_all])) == (P3, PQ)


@pytest.mark.parametrize("name", SILENT)
def test_hevc_may_state_no_colors(name: str) -> None:
    assert hevc_code_points(configuration([nal_unit(f"{BEFORE} {SILENT[name]}")])) is None


def test_layers_of_hevc_have_numbers_of_their_own() -> None:
    start = f"0000 001 1 {PROFILE} 01011010 00 {'00' * 7} {numbers(0, 1, *SIZE)}"
    blocks = f"1 {numbers(4, 2, 5)} {numbers(4, 2, 5)} {numbers(0, 3, 0, 3, 0, 0)}"

    found = hevc_code_points(configuration([nal_unit(f"{start} 0 {DEPTHS} {blocks} 0 {REST}")]))

    assert found == (P3, PQ)


def test_the_data_of_a_heic_counts_where_no_property_names_its_colors() -> None:
    assert stated_color(io.BytesIO(heic_with()), None).color_space == "sRGB (HEVC)"

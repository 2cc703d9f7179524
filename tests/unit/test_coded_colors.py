"""The code points of color that AV1 data states, whichever optional fields come before them."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from pictures.colorimetry.heif import stated_color
from pictures.preflight.coded_size import av1_code_points
from tests.support.color_files import coded_avif
from tests.unit.test_coded_sizes import AV1_SIZE, FULL, LEVEL_5, packed, unit

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

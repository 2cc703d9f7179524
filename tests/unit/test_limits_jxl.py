"""Limits on JPEG XL: what would cost too much is refused before it is decoded, or while it is."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from pictures import limits
from pictures.containers import jxl_boxes
from pictures.decode import decode, open_picture
from tests.support.jxl_files import Jxl, box, compressed_box, container
from tests.support.pictures import animation, quarters
from validate.examine import examine


def header(width: int, height: int, extra_channels: int = 0) -> bytes:
    """The header of a codestream with a number of extra channels, the lowest bit first."""
    fields = [(0, 1), (3, 2), (height - 1, 30), (0, 3), (3, 2), (width - 1, 30)]
    fields += [(0, 1), (0, 1)]  # not all default, no extra fields
    fields += [(0, 1), (0, 2), (1, 1)]  # 8 bits
    fields += [(3, 2), (extra_channels - 1, 12)] if extra_channels else [(0, 2)]
    number = at = 0
    for value, bits in fields:
        number |= value << at
        at += bits
    return b"\xff\x0a" + number.to_bytes(100, "little")


def refusal(data: bytes, max_pixels: int = limits.PIXELS) -> Reason | None:
    try:
        examine(io.BytesIO(data), "uploads/a", "", max_pixels)
    except ValidationError as error:
        return error.reason
    return None


def refusal_of_decoding(data: bytes) -> Reason | None:
    try:
        decode(open_picture(data))
    except ValidationError as error:
        return error.reason
    return None


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize(
    ("size", "extra_channels", "expected"),
    [
        ((10_000, 5_000), 0, None),
        ((10_000, 5_001), 0, Reason.TOO_MANY_PIXELS),
        ((9_000, 4_000), 1, None),
        ((9_000, 4_001), 1, Reason.TOO_MANY_PIXELS),
        ((limits.SIDE, 1), 0, None),
        ((limits.SIDE + 1, 1), 0, Reason.TOO_MANY_PIXELS),
        ((1 << 30, 1 << 30), 0, Reason.TOO_MANY_PIXELS),
        ((100, 100), limits.JXL_CHANNELS, None),
        ((100, 100), limits.JXL_CHANNELS + 1, Reason.TOO_COMPLEX),
        ((100, 100), 4_096, Reason.TOO_COMPLEX),
    ],
)
def test_size_and_channels_are_limited(
    size: tuple[int, int], extra_channels: int, expected: Reason | None, *, wrapped: bool
) -> None:
    codestream = header(*size, extra_channels)
    data = container(box(b"jxlc", codestream)) if wrapped else codestream

    assert refusal(data) is expected


def test_the_frames_of_an_animation_count() -> None:
    data = animation([Image.new("RGB", (40, 30), (level, 0, 0)) for level in range(20)], "JXL")

    assert refusal(data, 40 * 30 * 20) is None
    assert refusal(data, 40 * 30 * 20 - 1) is Reason.TOO_MANY_PIXELS


def test_the_number_of_frames_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    data = animation([Image.new("RGB", (40, 30), (level, 0, 0)) for level in range(20)], "JXL")

    monkeypatch.setattr(limits, "FRAMES", 20)
    assert refusal(data) is None
    monkeypatch.setattr(limits, "FRAMES", 19)
    assert refusal(data) is Reason.TOO_COMPLEX


def test_the_pixels_of_all_layers_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A still may have any number of layers, all of which are decoded."""
    data = Jxl(layered=True).file([quarters((40, 30))] * 20)

    monkeypatch.setattr(limits, "JXL_LAYER_PIXELS", 20 * 40 * 30)
    assert refusal_of_decoding(data) is None
    assert open_picture(data).n_frames == 1  # type: ignore[attr-defined]
    monkeypatch.setattr(limits, "JXL_LAYER_PIXELS", 20 * 40 * 30 - 1)
    assert refusal_of_decoding(data) is Reason.TOO_COMPLEX


def test_a_decoder_gets_no_more_memory_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Jxl().file(quarters((300, 200)))

    assert refusal_of_decoding(data) is None
    monkeypatch.setattr(limits, "JXL_MEMORY", 1_000_000)
    assert refusal_of_decoding(data) is Reason.TOO_EXPENSIVE


def test_memory_is_given_back_after_each_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from pictures.jxl.memory import Budget

    budgets: list[Budget] = []

    def kept(most: int) -> Budget:
        budgets.append(Budget(most))
        return budgets[-1]

    monkeypatch.setattr("pictures.jxl.decoder.Budget", kept)
    decode(open_picture(Jxl().file(quarters())))

    assert [budget.used for budget in budgets] == [0, 0]


def test_boxes_are_searched_up_to_a_limit() -> None:
    codestream = box(b"jxlc", Jxl().file(quarters()))

    assert refusal(container(box(b"free", b"") * (limits.JXL_BOXES - 3), codestream)) is None
    assert refusal(container(box(b"free", b"") * limits.JXL_BOXES, codestream)) is Reason.CORRUPT


def test_decompressed_metadata_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    data = container(compressed_box(b"xml ", b"x" * 65_000))

    monkeypatch.setattr(limits, "JXL_METADATA_BYTES", 1_000)

    assert jxl_boxes.xmp(data) == b"x" * 1_000

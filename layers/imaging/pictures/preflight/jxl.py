"""Limits on a JPEG XL, and its size, from the header of its codestream (ISO/IEC 18181-1).

A picture of any size may have thousands of extra channels and frames; memory that its frames take
beyond its own size is limited while it is decoded (`pictures.jxl.memory`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from image_pipeline.refusals import corrupt, too_complex, too_many_pixels
from pictures import limits
from pictures.containers import read_at
from pictures.containers.jxl_boxes import CODESTREAM, codestream_start
from pictures.preflight.header import Header

_HEADER_BYTES = 1_024  # names of a few extra channels included
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))

Choice = tuple[int, int]
"""Bits to read, and what is added to them."""
_SIDE: tuple[Choice, ...] = ((9, 1), (13, 1), (18, 1), (30, 1))
_PREVIEW_EIGHTHS: tuple[Choice, ...] = ((0, 16), (0, 32), (5, 1), (9, 33))
_PREVIEW_SIDE: tuple[Choice, ...] = ((6, 1), (8, 65), (10, 321), (12, 1345))
_TICKS: tuple[Choice, ...] = ((0, 100), (0, 1000), (10, 1), (30, 1))
_TICKS_DIVISOR: tuple[Choice, ...] = ((0, 1), (0, 1001), (8, 1), (10, 1))
_LOOPS: tuple[Choice, ...] = ((0, 0), (3, 0), (16, 0), (32, 0))
_BITS: tuple[Choice, ...] = ((0, 8), (0, 10), (0, 12), (6, 1))
_CHANNELS: tuple[Choice, ...] = ((0, 0), (0, 1), (4, 2), (12, 1))


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `Format.check`. The frames of an animation are counted when it is opened."""
    _checked(file, max_pixels)


def read_header(file: BinaryIO, name: str, max_pixels: int) -> Header:  # noqa: ARG001
    """Return the size and the number of frames; those of an animation are spread over the file.

    Raises:
        ValidationError: `corrupt`, `too_complex` or `too_many_pixels`.
    """
    image = _checked(file, max_pixels)
    frames = _frames(file) if image.is_animated else 1
    if frames > limits.FRAMES:
        raise too_complex("frames")
    return Header(image.width, image.height, frames, image.orientation)


def _frames(file: BinaryIO) -> int:
    from pictures.decode import reading
    from pictures.jxl.decoder import Decoder

    with reading(), Decoder(read_at(file, 0, -1), only_header=True) as decoder:
        return decoder.facts().frames


@dataclass(frozen=True)
class _Image:
    """What the header says; the size is the one before the orientation."""

    width: int
    height: int
    orientation: int = 1
    is_animated: bool = False
    extra_channels: int = 0


class _Bits:
    """Reads bits from the lowest of the first byte on.

    Raises:
        EOFError: after the last one.
    """

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise EOFError
        number = self._number & (1 << count) - 1
        self._number >>= count
        return number

    def choice(self, choices: tuple[Choice, ...]) -> int:
        """Read one of four choices, then as many bits as it says."""
        count, offset = choices[self.read(2)]
        return self.read(count) + offset


def _checked(file: BinaryIO, max_pixels: int) -> _Image:
    image = _read(file)
    if image.extra_channels > limits.JXL_CHANNELS:
        raise too_complex("channels")
    width, height = image.width, image.height
    if image.extra_channels:
        max_pixels = min(max_pixels, limits.JXL_CHANNEL_PIXELS)
    if max(width, height) > limits.SIDE or width * height > max_pixels:
        raise too_many_pixels(width, height, 1, max_pixels, limits.SIDE)
    return image


def _read(file: BinaryIO) -> _Image:
    start = codestream_start(file, _HEADER_BYTES)
    if not start.startswith(CODESTREAM):
        raise corrupt()
    try:
        return _image(_Bits(start[len(CODESTREAM) :]))
    except EOFError as error:
        raise corrupt() from error


def _image(bits: _Bits) -> _Image:
    width, height = _size(bits)
    orientation, is_animated = 1, False
    if bits.read(1):  # all default
        return _Image(width, height)
    if bits.read(1):  # extra fields
        orientation = bits.read(3) + 1
        if bits.read(1):
            _size(bits)  # that it is meant to be shown at
        if bits.read(1):
            _skip_preview(bits)
        is_animated = bool(bits.read(1))
        if is_animated:
            bits.choice(_TICKS)
            bits.choice(_TICKS_DIVISOR)
            bits.choice(_LOOPS)
            bits.read(1)  # time codes
    is_float = bits.read(1)
    bits.choice(_BITS)  # other numbers of as many bits if it is in floating point
    bits.read(4 * is_float)
    bits.read(1)  # 16 bits suffice
    return _Image(width, height, orientation, is_animated, bits.choice(_CHANNELS))


def _size(bits: _Bits) -> tuple[int, int]:
    """Read width and height in pixels; the width may be a ratio of the height."""
    is_small = bits.read(1)

    def side() -> int:
        return 8 * (bits.read(5) + 1) if is_small else bits.choice(_SIDE)

    height = side()
    ratio = bits.read(3)
    if not ratio:
        return side(), height
    across, down = _RATIOS[ratio - 1]
    return height * across // down, height


def _skip_preview(bits: _Bits) -> None:
    choices = _PREVIEW_EIGHTHS if bits.read(1) else _PREVIEW_SIDE
    bits.choice(choices)
    if not bits.read(3):
        bits.choice(choices)

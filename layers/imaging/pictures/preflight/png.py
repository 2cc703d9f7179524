"""Limits on a PNG: a sequence of chunks (PNG specification, third edition, chapters 5 and 11)."""

from __future__ import annotations

import re
import struct
import zlib
from typing import BinaryIO

from image_pipeline.refusals import too_complex, unsupported_format
from pictures import limits
from pictures.containers import read_at
from pictures.containers.png_chunks import chunks, is_sound

_LARGEST_NUMBER = (1 << 31) - 1  # chapter 7.1
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})
_FRAME_CONTROL_LENGTH = 26
_IPHONE = b"CgBI"  # Apple's: other order of channels, other compression
_ANIMATION_LENGTH = 8
_CONTROLS = frozenset({b"acTL", b"fcTL"})
_NUMBERED = frozenset({b"fcTL", b"fdAT"})
# A control chunk precedes the data of each frame; the still may be a frame or not.
_LETTERS = {b"fcTL": "c", b"fdAT": "d", b"IDAT": "i"}
_IN_ORDER = re.compile("c?i*(cd+)*c?")


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `Format.check`; compressed texts and profiles are inflated no further than allowed.

    Raises:
        ValidationError: `too_complex`; `unsupported_format` for Apple's variant for apps.
    """
    texts = 0
    for kind, position, length in chunks(file):
        if header_only and kind == b"IDAT":
            return
        if kind == _IPHONE:
            what = "The picture is a PNG in the form that Xcode gives the pictures of an app"
            raise unsupported_format(what, "upload the original, or open it on a Mac and export it")
        if kind == b"acTL":
            # With an invalid number decoders show the picture as a still.
            is_valid = length >= _ANIMATION_LENGTH and is_sound(file, kind, position, length)
            if is_valid and limits.FRAMES < _number(file, position) <= _LARGEST_NUMBER:
                raise too_complex("frames")
        elif kind == b"iCCP" or kind in _TEXTS:
            data = read_at(file, position, min(length, limits.PNG_TEXT_BYTES))
            texts += _inflated_length(kind, data)
            if texts > limits.PNG_TEXT_BYTES:
                raise too_complex("text")


def has_sound_animation(file: BinaryIO, *, header_only: bool) -> bool:
    """Return whether the picture has a valid animation (chapter 11.3.6).

    Args:
        file: the PNG, seekable.
        header_only: stop at the pixels of the still.
    """
    canvas = struct.unpack(">II", read_at(file, 16, 8).ljust(8, b"\0"))
    order, numbers, announced = "", 0, 0
    for kind, position, length in chunks(file):
        if kind == b"IDAT" and (header_only or not announced):
            break
        if kind == b"acTL":
            announced += 1
            if length < _ANIMATION_LENGTH or not 0 < _number(file, position) <= _LARGEST_NUMBER:
                return False
        elif kind in _NUMBERED:
            if _number(file, position) != numbers:
                return False
            numbers += 1
        if kind == b"fcTL":
            control = read_at(file, position, length)
            if not _is_inside(control, canvas) or (not order and not _covers(control, canvas)):
                return False
        if kind in _CONTROLS and not is_sound(file, kind, position, length):
            return False
        order += _LETTERS.get(kind, "")
    has_frames = header_only or _LETTERS[b"fcTL"] in order
    return announced == 1 and has_frames and _IN_ORDER.fullmatch(order) is not None


def _is_inside(control: bytes, canvas: tuple[int, ...]) -> bool:
    """Return whether a frame is not empty and entirely on the canvas."""
    if len(control) < _FRAME_CONTROL_LENGTH:
        return False
    width, height, left, top = struct.unpack_from(">4I", control, 4)
    is_on_canvas = left + width <= canvas[0] and top + height <= canvas[1]
    return bool(width and height and is_on_canvas)


def _covers(control: bytes, canvas: tuple[int, ...]) -> bool:
    """Return whether a frame is all of the canvas, which a still that is a frame has to be."""
    return struct.unpack_from(">4I", control, 4) == (*canvas, 0, 0)


def _number(file: BinaryIO, position: int) -> int:
    return int.from_bytes(read_at(file, position, 4), "big")


def _inflated_length(kind: bytes, data: bytes) -> int:
    """Return the inflated length of a text or a profile in bytes."""
    packed = _packed(kind, data)
    if packed is None:
        return len(data)
    try:
        # One byte more than allowed is enough to tell.
        inflated = zlib.decompressobj().decompress(packed, limits.PNG_INFLATED_BYTES + 1)
    except zlib.error:  # the decoder reports it
        return len(data)
    if len(inflated) > limits.PNG_INFLATED_BYTES:
        raise too_complex("bytes in an inflated text or color profile")
    return len(inflated)


def _packed(kind: bytes, data: bytes) -> bytes | None:
    """Return the deflated part of a chunk, if it has one."""
    _, _, rest = data.partition(b"\0")
    if kind in {b"zTXt", b"iCCP"}:
        return rest[1:]
    if kind == b"iTXt" and rest[:1] == b"\x01":
        _, _, after_language = rest[2:].partition(b"\0")
        return after_language.partition(b"\0")[2]
    return None

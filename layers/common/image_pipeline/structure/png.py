"""How a PNG is built: chunk after chunk (PNG specification, third edition, chapters 5 and 11)."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from image_pipeline import limits
from image_pipeline.structure import read_at, too_complex

_SIGNATURE_LENGTH, _FRAME = 8, 12  # around the data of a chunk: length, type, checksum
_LARGEST = 1 << 31  # chapter 7.1: no number in a PNG is larger
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `check_structure`; compressed texts and profiles are inflated no further than allowed."""
    position, texts = _SIGNATURE_LENGTH, 0
    for _ in range(limits.PNG_CHUNKS):
        head = read_at(file, position, 8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8 or kind == b"IEND" or (header_only and kind == b"IDAT"):
            return
        # A number that is none at all makes decoders show the picture as a still.
        if kind == b"acTL" and limits.FRAMES < int.from_bytes(file.read(4), "big") <= _LARGEST:
            raise too_complex("frames")
        if kind == b"iCCP" or kind in _TEXTS:
            texts += _inflated_length(kind, file.read(min(length, limits.PNG_TEXT_BYTES)))
            if texts > limits.PNG_TEXT_BYTES:
                raise too_complex("text")
        position += length + _FRAME
    raise too_complex("chunks")


def _inflated_length(kind: bytes, data: bytes) -> int:
    """How many bytes a text or a profile has once it is inflated."""
    packed = _packed(kind, data)
    if packed is None:
        return len(data)
    try:
        # One byte more than allowed is enough to know.
        inflated = zlib.decompressobj().decompress(packed, limits.PNG_INFLATED_BYTES + 1)
    except zlib.error:  # for the decoder to say
        return len(data)
    if len(inflated) > limits.PNG_INFLATED_BYTES:
        raise too_complex("bytes in a text or colour profile once that is unpacked")
    return len(inflated)


def _packed(kind: bytes, data: bytes) -> bytes | None:
    """The deflated part of a chunk, if it has one."""
    _, _, rest = data.partition(b"\0")
    if kind in {b"zTXt", b"iCCP"}:
        return rest[1:]
    if kind == b"iTXt" and rest[:1] == b"\x01":
        _, _, after_language = rest[2:].partition(b"\0")
        return after_language.partition(b"\0")[2]
    return None

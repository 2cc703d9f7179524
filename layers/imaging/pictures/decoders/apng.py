"""The frames of an APNG, each as a PNG of its own (PNG specification, third edition, 11.3.6)."""

from __future__ import annotations

import io
import struct
import zlib
from functools import partial
from typing import TYPE_CHECKING

from pictures.containers.png_chunks import chunks
from pictures.decoders.composition import Disposal, Frame
from pictures.layouts import eight_bit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from PIL import Image
    from PIL.ImageFile import ImageFile

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DISPOSALS = {1: Disposal.CLEAR, 2: Disposal.RESTORE}
_SOURCE = 0
_NUMBER_LENGTH = 4  # before the data of an `fdAT`
# Besides the header, all that pixels depend on; colors are converted later.
_OF_PIXELS = frozenset({b"PLTE", b"tRNS"})


def frames(data: bytes, open_png: Callable[[IO[bytes], str], ImageFile]) -> list[Frame]:
    """Return the frames of a PNG with a valid animation.

    Args:
        data: the whole file.
        open_png: opens the picture that each frame is.
    """
    file = io.BytesIO(data)
    shared: list[tuple[bytes, bytes]] = []
    made: list[Frame] = []
    control, parts, announced = b"", list[bytes](), 0
    for kind, position, length in chunks(file):
        content = data[position : position + length]
        if kind in _OF_PIXELS or kind == b"IHDR":
            shared.append((kind, content))
        elif kind == b"acTL":
            announced = int.from_bytes(content[:4], "big")
        elif kind == b"fcTL":
            made += _frame(control, shared, parts, open_png)
            control, parts = content, []
        elif kind == b"IDAT" and control:
            parts.append(content)
        elif kind == b"fdAT":
            parts.append(content[_NUMBER_LENGTH:])
    return [*made, *_frame(control, shared, parts, open_png)][:announced]


def may_be_misread(frames: list[Frame], opened: ImageFile) -> bool:
    """Return whether Pillow composes frames otherwise.

    It mixes them by the alpha of the new one, clears them to a color, and draws them on a still
    that is not one of them.
    """
    has_alpha = opened.has_transparency_data
    return (
        bool(getattr(opened, "default_image", False))
        or any(frame.disposal is not Disposal.KEEP for frame in frames[:-1])
        or (has_alpha and any(not frame.replaces for frame in frames))
    )


def _frame(
    control: bytes,
    shared: list[tuple[bytes, bytes]],
    parts: list[bytes],
    open_png: Callable[[IO[bytes], str], ImageFile],
) -> Iterator[Frame]:
    """Yield the frame of a control chunk, if it has any data."""
    if not control or not parts:
        return
    width, height, left, top = struct.unpack_from(">4I", control, 4)
    disposal, blend = control[24], control[25]
    decode = partial(_pixels, (width, height), tuple(shared), parts, open_png)
    box = (left, top, left + width, top + height)
    kind = _DISPOSALS.get(disposal, Disposal.KEEP)
    yield Frame(box, kind, replaces=blend == _SOURCE, decode=decode)


def _pixels(
    size: tuple[int, int],
    shared: tuple[tuple[bytes, bytes], ...],
    parts: list[bytes],
    open_png: Callable[[IO[bytes], str], ImageFile],
) -> Image.Image:
    written = [_SIGNATURE]
    for kind, content in shared:
        is_header = kind == b"IHDR"
        written += _chunk(kind, struct.pack(">2I", *size) + content[8:] if is_header else content)
    written += _chunk(b"IDAT", b"".join(parts))
    written += _chunk(b"IEND", b"")
    picture = open_png(io.BytesIO(b"".join(written)), "")
    picture.load()
    return eight_bit(picture).convert("RGBA")


def _chunk(kind: bytes, content: bytes) -> list[bytes]:
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return [struct.pack(">I", len(content)), kind, content, struct.pack(">I", checksum)]

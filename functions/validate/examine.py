"""Examines a file, reading only its header."""

from __future__ import annotations

from typing import BinaryIO

from image_pipeline.models import Facts
from pictures.formats import identify
from pictures.limits import POLYGLOT_BYTES
from validate.polyglot import check_polyglot
from validate.rules import check_bytes, check_declared, check_dimensions, unknown_format


def examine(
    file: BinaryIO, key: str, content_type: str, max_pixels: int, *, content_encoding: str = ""
) -> Facts:
    """Return the facts about an acceptable picture.

    Args:
        file: the upload, seekable.
        key: its object key, for the extension.
        content_type: as declared by the uploader; empty if not at all.
        max_pixels: the largest width × height × frames to accept.
        content_encoding: as declared by the uploader; empty if not at all.

    Raises:
        ValidationError: the file is not acceptable, for its reason.
    """
    head = file.read(POLYGLOT_BYTES)
    known = identify(file, head)
    if known is None:
        raise unknown_format(head, content_encoding)
    check_bytes(head)
    check_polyglot(head)
    warnings = check_declared(key, content_type, known)
    header = known.read_header(file, max_pixels)
    if header is None:  # only the conversion can tell the size
        return Facts(known.name, known.content_type, warnings=warnings)
    width, height = header.displayed_size
    shown = known.shown_frames(header.frames)
    check_dimensions(width, height, shown, known.most_pixels(max_pixels))
    return Facts(known.name, known.content_type, width, height, header.frames, warnings)

"""Decodes untrusted bytes to text that is safe to store and show."""

from __future__ import annotations

from image_pipeline.printable import ELLIPSIS, printable, shortened
from pictures.limits import TEXT_CHARACTERS

_LOOKED_AT = 8 * TEXT_CHARACTERS  # bytes; any more would be cut off


def readable(data: bytes | memoryview) -> str:
    """Return the text in some bytes of a file, as one line of printable characters.

    It ends at the first NUL. UTF-8 and UTF-16 are recognized; other bytes are read as Windows-1252,
    which old cameras and old Windows software write. Control characters, marks that change the
    direction of writing, private and unassigned characters are removed; tabs and line ends become
    spaces.

    Returns:
        At most `TEXT_CHARACTERS` characters, with an ellipsis at the end of a text that was cut;
        empty if nothing readable is there.
    """
    return shortened(printable(_decoded(bytes(data[:_LOOKED_AT]))), TEXT_CHARACTERS)


def is_shortened(text: str) -> bool:
    """Return whether `readable` shortened this text."""
    return len(text) == TEXT_CHARACTERS and text.endswith(ELLIPSIS)


def _decoded(data: bytes) -> str:
    if encoding := _utf_16(data):
        return data.decode(encoding, errors="replace").partition("\0")[0]
    data = data.partition(b"\0")[0]
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if len(data) == _LOOKED_AT and error.start > _LOOKED_AT - 4:
            return data[: error.start].decode()  # the limit split the last character
        return data.decode("cp1252", errors="replace")


def _utf_16(data: bytes) -> str | None:
    """Return which UTF-16 the bytes are in, by their mark or by a NUL in every other byte."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:8]
    if len(head) >= 4 and any(head[:2]):
        if not any(head[1::2]) and all(head[0:4:2]):
            return "utf-16-le"
        if not any(head[0::2]) and all(head[1:4:2]):
            return "utf-16-be"
    return None

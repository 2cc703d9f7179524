"""Detects polyglots: pictures that are also an archive or a script from their first byte."""

from __future__ import annotations

import re

from image_pipeline.refusals import type_mismatch

# Where the bytes after a signature are free to choose, a JavaScript comment can start there and
# hide the picture; the signature becomes a variable or a label. The length of a real BMP or RIFF
# is even and never begins with "/", an odd byte. The width of a GIF, the first segment's length in
# a JPEG and the size of a JPEG XL may happen to begin a comment, so its end is required too.
_FREE = (
    (b"GIF8", 6, re.compile(rb"\*/")),
    (b"BM", 2, re.compile(b"")),
    (b"RIFF", 4, re.compile(b"")),
    (b"\xff\xd8\xff", 4, re.compile(rb"\*/\s*[=:]")),
    (b"\xff\x0a", 2, re.compile(rb"\*/\s*[=:\w]")),
)
_COMMENT = b"/*"
_SCRIPT_STARTS = (
    b"#!",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"<",
)  # possible as the length of a first box
_TEXT = frozenset(b"\t\n\r") | frozenset(range(0x20, 0x7F))
_TEXT_LENGTH = 32
_TAR_MARK_AT, _TAR_CHECKSUM = 257, slice(148, 156)
_TAR_HEADER_LENGTH = 512


def check_polyglot(head: bytes) -> None:
    """Refuse a picture that a browser could run or a program could unpack.

    Data appended to a picture is harmless: nothing here, and no rendition, keeps it.

    Raises:
        ValidationError: it is one (`type_mismatch`).
    """
    what = "a script" if _is_script(head) else "an archive" if _is_tar(head) else None
    if what:
        contradiction = f"The file is a picture and {what} at once"
        raise type_mismatch(contradiction, "export the picture again")


def _is_script(head: bytes) -> bool:
    if head.startswith(_SCRIPT_STARTS):
        return True
    for signature, free, end in _FREE:
        if head.startswith(signature):
            is_comment = head[free : free + 2] == _COMMENT and end.search(head, free + 2)
            return bool(is_comment) or _is_text(head[free : free + _TEXT_LENGTH])
    return False


def _is_text(data: bytes) -> bool:
    """Return whether only text follows; the sizes and flags of a picture contain zeros."""
    return len(data) == _TEXT_LENGTH and _TEXT.issuperset(data)


def _is_tar(head: bytes) -> bool:
    """Return whether a picture is the file name at the start of a tar archive."""
    if head[_TAR_MARK_AT : _TAR_MARK_AT + 5] != b"ustar":
        return False
    header = head[:_TAR_HEADER_LENGTH]
    blanked = sum(header) - sum(header[_TAR_CHECKSUM]) + 8 * ord(" ")
    stated = bytes(header[_TAR_CHECKSUM]).strip(b"\0 ")
    return stated.isdigit() and int(stated, 10) == int(f"{blanked:o}")

"""Files that are a picture and, read from their first byte, an archive or a program too."""

from __future__ import annotations

import re

from image_pipeline.refusals import type_mismatch

# Where a signature leaves the next bytes to whoever writes the file, a comment of JavaScript can
# begin that hides the picture from it; behind it the signature becomes a variable or a label. The
# length of a BMP or a RIFF is even, and so never begins with the "/" that is an odd number; the
# width of a GIF and the length of a JPEG's first segment may happen to be a comment's start.
_FREE = (
    (b"GIF8", 6, re.compile(rb"\*/")),
    (b"BM", 2, re.compile(b"")),
    (b"RIFF", 4, re.compile(b"")),
    (b"\xff\xd8\xff", 4, re.compile(rb"\*/\s*[=:]")),
)
_COMMENT = b"/*"
_SCRIPT_STARTS = (b"#!", b"PK\x03\x04", b"PK\x05\x06", b"<")  # as the length of a first box
_TEXT = frozenset(b"\t\n\r") | frozenset(range(0x20, 0x7F))
_TEXT_LENGTH = 32
_TAR_MARK_AT, _TAR_CHECKSUM = 257, slice(148, 156)
_TAR_HEADER_LENGTH = 512


def check_polyglot(head: bytes) -> None:
    """Refuse a picture that a browser could be led to run or a program to unpack.

    What is appended to a picture is no matter: nothing here, and no rendition, keeps it.

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
    """No picture goes on in letters: sizes and flags contain zeros."""
    return len(data) == _TEXT_LENGTH and _TEXT.issuperset(data)


def _is_tar(head: bytes) -> bool:
    """A tar archive begins with the name of a file, which may be the start of a picture."""
    if head[_TAR_MARK_AT : _TAR_MARK_AT + 5] != b"ustar":
        return False
    header = head[:_TAR_HEADER_LENGTH]
    blanked = sum(header) - sum(header[_TAR_CHECKSUM]) + 8 * ord(" ")
    stated = bytes(header[_TAR_CHECKSUM]).strip(b"\0 ")
    return stated.isdigit() and int(stated, 10) == int(f"{blanked:o}")

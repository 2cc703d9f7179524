"""Finds IPTC data among Photoshop's image resources.

Source: adobe.com/devnet-apps/photoshop/fileformatashtml, Image Resources Section.
"""

from __future__ import annotations

from pictures.limits import PHOTOSHOP_RESOURCES

IDENTIFIER = b"Photoshop 3.0\0"
"""What the segments of a JPEG begin with that hold image resources."""

_MARKS = {b"8BIM", b"PHUT", b"DCSR", b"AgHg", b"MeSa"}
_IPTC = 0x0404
_IPTC_MARK = b"\x1c"  # of the first dataset, where no resource is around them
_HEAD_LENGTH = 6  # mark and number


def iptc_in(resources: bytes | memoryview) -> memoryview:
    """Return the IPTC data in image resources, or the whole of it if it is IPTC data itself."""
    block = memoryview(resources)
    if block[: len(IDENTIFIER)] == IDENTIFIER:
        block = block[len(IDENTIFIER) :]
    if block[:1] == _IPTC_MARK:
        return block
    at = 0
    for _ in range(PHOTOSHOP_RESOURCES):
        head = block[at : at + _HEAD_LENGTH + 1]
        if len(head) <= _HEAD_LENGTH or bytes(head[:4]) not in _MARKS:
            break
        # The name is a length and as many characters, padded to an even size; so are the data.
        at += _HEAD_LENGTH + (head[6] + 2) // 2 * 2
        size = int.from_bytes(block[at : at + 4], "big")
        at += 4
        if int.from_bytes(head[4:6], "big") == _IPTC:
            return block[at : at + size]
        at += (size + 1) // 2 * 2
    return block[:0]

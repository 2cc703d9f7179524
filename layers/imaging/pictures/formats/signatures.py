"""Tells formats by how their files begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pictures.limits import FTYP_BYTES, ICO_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF_BRANDS = {b"avif", b"avis"}
_GENERIC_HEIF_BRANDS = {b"mif1", b"mif2", b"msf1"}
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_CANON_CR2, _CANON_CR3 = b"CR", b"crx "
# Header sizes that may follow the file header of a BMP; "BM" alone also begins ordinary text.
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_RAW = (
    b"FUJIFILMCCD-RAW",
    b"IIRO",  # Olympus
    b"IIRS",
    b"MMOR",
    b"IIU\x00",  # Panasonic, Leica
    b"FOVb",  # Sigma
    b"\x00MRM",  # Minolta
)


def starts_with(*signatures: bytes) -> Callable[[bytes], bool]:
    """Return a test for files that start with one of some signatures."""
    return lambda head: head.startswith(signatures)


def webp(head: bytes) -> bool:
    """Tell a WebP."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def tiff(head: bytes) -> bool:
    """Tell a TIFF; a camera RAW in a TIFF container begins alike, see `formats.identify`."""
    return head.startswith(_TIFF) and head[8:10] != _CANON_CR2


def bmp(head: bytes) -> bool:
    """Tell a BMP."""
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS


def ico(head: bytes) -> bool:
    """Tell an icon: its signature is three zeros and a one, so its first entry is checked too."""
    count, offset = int.from_bytes(head[4:6], "little"), int.from_bytes(head[18:22], "little")
    return (
        head[:4] == b"\0\0\1\0"
        and 1 <= count <= ICO_ENTRIES
        and head[9:10] == b"\0"
        and offset >= 6 + 16 * count
    )


def avif(head: bytes) -> bool:
    """Tell an AVIF among the ISO base media files, by its brands."""
    major, brands = _brands(head)
    return bool(brands & _AVIF_BRANDS) and major not in _HEIF_BRANDS | {_CANON_CR3}


def heif(head: bytes) -> bool:
    """Tell an HEIF among the ISO base media files, by its brands."""
    major, brands = _brands(head)
    if brands & _AVIF_BRANDS:
        return major in _HEIF_BRANDS
    return major in _HEIF_BRANDS | _GENERIC_HEIF_BRANDS


def raw(head: bytes) -> bool:
    """Tell a camera RAW with a signature of its own, Canon's CR2 or Canon's CR3."""
    is_cr2 = head.startswith(_TIFF) and head[8:10] == _CANON_CR2
    return is_cr2 or head.startswith(_RAW) or _brands(head)[0] == _CANON_CR3


def _brands(head: bytes) -> tuple[bytes, set[bytes]]:
    """Return the major brand of an ISO base media file and all its brands; none for other files."""
    length = int.from_bytes(head[:4], "big")
    if head[4:8] != b"ftyp" or length > FTYP_BYTES:
        return b"", set()
    end = min(length, len(head))
    major = head[8:12]
    return major, {major} | {head[start : start + 4] for start in range(16, end - 3, 4)}

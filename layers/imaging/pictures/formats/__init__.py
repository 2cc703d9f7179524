"""The formats that are let in, told by the first bytes of a file and by nothing else.

Names are Pillow's, plus HEIF and RAW for what Pillow alone does not read.
"""

from __future__ import annotations

from dataclasses import dataclass

from pictures.limits import FTYP_BYTES, ICO_ENTRIES

HEAD_LENGTH = 512
"""How many bytes `sniff` wants: enough for every signature and for the brands of an HEIF."""


@dataclass(frozen=True)
class Format:
    """A format: its name here, and the media types and extensions that files of it carry."""

    name: str
    content_types: tuple[str, ...]
    extensions: tuple[str, ...]

    @property
    def content_type(self) -> str:
        """The media type that it is recorded under."""
        return self.content_types[0]


_CAMERAS = "adobe-dng canon-cr2 canon-cr3 nikon-nef nikon-nrw sony-arw sony-sr2 sony-srf fuji-raf"
_CAMERAS += " panasonic-rw2 panasonic-raw olympus-orf pentax-pef samsung-srw kodak-dcr sigma-x3f"
_RAW_EXTENSIONS = "dng cr2 cr3 nef nrw arw srf sr2 raf rw2 orf pef srw 3fr erf dcr kdc mos mrw rwl"
_RAW_EXTENSIONS += " iiq x3f raw"

FORMATS = {
    known.name: known
    for known in (
        Format(
            "JPEG",
            ("image/jpeg", "image/jpg", "image/pjpeg", "image/mpo"),
            ("jpg", "jpeg", "jpe", "jfif", "mpo"),
        ),
        Format("PNG", ("image/png", "image/apng", "image/x-png"), ("png", "apng")),
        Format("GIF", ("image/gif",), ("gif",)),
        Format("WEBP", ("image/webp",), ("webp",)),
        Format("TIFF", ("image/tiff", "image/tif"), ("tif", "tiff")),
        Format("BMP", ("image/bmp", "image/x-ms-bmp", "image/x-bmp"), ("bmp", "dib")),
        Format(
            "JPEG2000",
            ("image/jp2", "image/jpx", "image/jpm", "image/j2k", "image/x-jp2", "image/jpeg2000"),
            ("jp2", "j2k", "jpf", "jpx", "j2c", "jpc", "jpm"),
        ),
        Format("ICO", ("image/vnd.microsoft.icon", "image/x-icon", "image/ico"), ("ico",)),
        Format("AVIF", ("image/avif", "image/avif-sequence"), ("avif", "avifs")),
        Format(
            "HEIF",
            ("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"),
            ("heic", "heif", "hif", "heics", "heifs"),
        ),
        Format(
            "RAW",
            ("image/x-raw", "image/tiff", *(f"image/x-{name}" for name in _CAMERAS.split())),
            tuple(_RAW_EXTENSIONS.split()),
        ),
    )
}
CONVERTED = frozenset({"HEIF", "RAW"})
"""The formats that become a JPEG before anything else reads them."""

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"FUJIFILMCCD-RAW", "RAW"),
    (b"IIRO", "RAW"),  # Olympus
    (b"IIRS", "RAW"),
    (b"MMOR", "RAW"),
    (b"IIU\x00", "RAW"),  # Panasonic, Leica
    (b"FOVb", "RAW"),  # Sigma
    (b"\x00MRM", "RAW"),  # Minolta
)
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF_BRANDS = {b"avif", b"avis"}
_GENERIC_HEIF_BRANDS = {b"mif1", b"mif2", b"msf1"}
# Sizes of the headers that follow the file header of a BMP; "BM" alone begins many a text.
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}


def sniff(head: bytes) -> str | None:
    """The name of the format that a file begins like, or None if it is not one let in.

    A camera RAW in a TIFF container looks like any TIFF here: `validate.tiff` tells them apart.

    Args:
        head: the first `HEAD_LENGTH` bytes, fewer if the file is shorter.
    """
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head.startswith(_TIFF):
        return "RAW" if head[8:10] == b"CR" else "TIFF"  # Canon's CR2
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if _is_icon(head):
        return "ICO"
    if head[4:8] == b"ftyp" and int.from_bytes(head[:4], "big") <= FTYP_BYTES:
        return _sniff_brands(head)
    return None


def _is_icon(head: bytes) -> bool:
    """Its signature alone is three zeros and a one; the first entry of its list says more."""
    count, offset = int.from_bytes(head[4:6], "little"), int.from_bytes(head[18:22], "little")
    return (
        head[:4] == b"\0\0\1\0"
        and 1 <= count <= ICO_ENTRIES
        and head[9:10] == b"\0"
        and offset >= 6 + 16 * count
    )


def _sniff_brands(head: bytes) -> str | None:
    """HEIF, AVIF and Canon's CR3 are ISO base media files; their brands tell them apart."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    brands = {major} | {head[start : start + 4] for start in range(16, length - 3, 4)}
    if major == b"crx ":
        return "RAW"
    if brands & _AVIF_BRANDS and major not in _HEIF_BRANDS:
        return "AVIF"
    if major in _HEIF_BRANDS or (major in _GENERIC_HEIF_BRANDS and brands & _HEIF_BRANDS):
        return "HEIF"
    return "HEIF" if major in _GENERIC_HEIF_BRANDS else None

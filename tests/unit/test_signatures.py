"""What the first bytes of a file say: every signature, entry by entry."""

from __future__ import annotations

import io
import struct

import pytest

from image_pipeline.errors import Reason, ValidationError
from pictures.formats import FORMATS, sniff
from tests.support.boundaries import refusal
from validate.examine import examine
from validate.rules import unknown_format


def brands(major: bytes, *compatible: bytes) -> bytes:
    """The first box of an ISO base media file."""
    return struct.pack(">I4s4s4x", 16 + 4 * len(compatible), b"ftyp", major) + b"".join(compatible)


def bmp(header: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<I", header) + bytes(40)


def icon(count: int, offset: int, reserved: int = 0) -> bytes:
    return struct.pack("<HHHBBBBHHII", 0, 1, count, 16, 16, 0, reserved, 1, 32, 99, offset)


HEIF_BRANDS = ("heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs",
               "mif1", "mif2", "msf1")  # fmt: skip
SIGNATURES = [
    (b"\xff\xd8\xff\xe0", "JPEG"),
    (b"\xff\xd8\xff\xdb", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"RIFF\x24\0\0\0WEBP", "WEBP"),
    (b"II*\0\x08\0\0\0", "TIFF"),
    (b"MM\0*\0\0\0\x08", "TIFF"),
    (b"II+\0\x08\0\0\0", "TIFF"),
    (b"MM\0+\0\x08\0\0", "TIFF"),
    *((bmp(header), "BMP") for header in (12, 16, 40, 52, 56, 64, 108, 124)),
    (icon(1, 22), "ICO"),
    (icon(256, 6 + 16 * 256), "ICO"),
    (b"II*\0\x10\0\0\0CR\x02\0", "RAW"),  # Canon CR2
    (brands(b"crx ", b"crx ", b"isom"), "RAW"),  # Canon CR3
    (b"FUJIFILMCCD-RAW 0201", "RAW"),
    (b"IIRO\x08\0\0\0", "RAW"),  # Olympus
    (b"IIRS\x08\0\0\0", "RAW"),  # Olympus
    (b"MMOR\0\0\0\x08", "RAW"),  # Olympus
    (b"IIU\0\x18\0\0\0", "RAW"),  # Panasonic, Leica
    (b"FOVb\0\0\2\0", "RAW"),  # Sigma
    (b"\0MRM\0\0\1\0", "RAW"),  # Minolta
    *(
        (brands(major.encode()), "HEIF")
        for major in [
            "heic",
            "heix",
            "heim",
            "heis",
            "hevc",
            "hevx",
            "hevm",
            "hevs",
            "mif1",
            "mif2",
            "msf1",
        ]
    ),
    (brands(b"mif1", b"heic"), "HEIF"),
    (brands(b"heic", b"mif1", b"avif"), "HEIF"),
    (brands(b"avif"), "AVIF"),
    (brands(b"avis"), "AVIF"),
    (brands(b"mif1", b"miaf", b"avif"), "AVIF"),
    (brands(b"msf1", b"avis"), "AVIF"),
    (brands(b"mif2", b"avif", b"heic"), "AVIF"),
    (brands(b"isom", b"avif"), "AVIF"),
]


@pytest.mark.parametrize(("head", "name"), SIGNATURES)
def test_each_signature_names_its_format(head: bytes, name: str) -> None:
    assert sniff(head) is FORMATS[name]
    assert sniff(head + bytes(500)) is FORMATS[name]


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xd8",
        b"GIF88a",
        b"\x89PNG\n\x1a\n\r",
        b"RIFF\x24\0\0\0WAVE",
        b"LIST\x24\0\0\0WEBP",
        b"II*\x01",
        b"MM*\0",
        b"BM and more words than a header",
        *(bmp(header) for header in (0, 13, 41, 128)),
        icon(0, 6),
        icon(257, 6 + 16 * 257),
        icon(1, 21),
        icon(2, 37),
        icon(1, 22, reserved=1),
        b"\0\0\2\0" + icon(1, 22)[4:],  # a mouse pointer
        b"FUJIFILM",
        b"IIRX",
        brands(b"isom", b"mp42"),
        brands(b"isom", b"heic"),
        brands(b"qt  "),
        brands(b"avci"),
        brands(b"crx2"),
        b"\0\0\0\x10free" + b"heic" + bytes(4),
        struct.pack(">I", 16) + b"ftypisom\0\0\0\0" + b"avif",  # after the list of brands
    ],
)
def test_other_first_bytes_name_no_format(head: bytes) -> None:
    assert sniff(head.ljust(40, b"\0") if head[4:8] != b"ftyp" else head) is None


def tiff(*entries: tuple[int, int, int], order: str = "<", magic: int = 42) -> bytes:
    """A TIFF of one directory of fields: tag, type and value."""
    directory = struct.pack(f"{order}H", len(entries))
    for tag, kind, value in entries:
        code = "HH" if kind == 3 else "I"
        numbers = (value, 0) if kind == 3 else (value,)
        directory += struct.pack(f"{order}HHI{code}", tag, kind, 1, *numbers)
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(f"{order}HI", magic, 8) + directory + bytes(4)


SHORT, LONG = 3, 4
SENSOR, LINEAR, VERSION = (262, SHORT, 32803), (262, SHORT, 34892), (50706, LONG, 4)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("entry", [SENSOR, LINEAR, VERSION, (262, LONG, 32803), (262, LONG, 34892)])
def test_a_tiff_with_sensor_data_is_a_raw(entry: tuple[int, int, int], order: str) -> None:
    data = tiff((256, SHORT, 40), entry, order=order)

    assert examine(io.BytesIO(data), "uploads/a", "", 10_000).format == "RAW"


@pytest.mark.parametrize(
    "data",
    [
        tiff((262, SHORT, 2)),
        tiff((262, SHORT, 32844)),  # LogL
        tiff((263, SHORT, 32803)),
        tiff((50707, LONG, 4)),
        tiff(SENSOR, magic=43),  # no camera writes a BigTIFF
    ],
)
def test_any_other_tiff_is_not(data: bytes) -> None:
    assert refusal(data).partition(":")[0] in {"corrupt", "unsupported_format"}


# ------------------------------------------------------------------- what the refusal calls it
KINDS = [
    (b"%PDF-1.7", "a PDF document"),
    (b"%pdf-1.7", "a PDF document"),
    (b"<svg xmlns=", "an SVG drawing"),
    (b" \r\n\t<SVG>", "an SVG drawing"),
    (b"8BPS\0\1", "a Photoshop document"),
    (b"%!PS-Adobe-3.0", "a PostScript document"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript document"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\0\0\1\xba", "a video"),
    (b"FLV\1\5", "a video"),
    (b"\0\0\0\x18ftypmp42", "a video"),
    (b"\0\0\0\x1cftypjpeg", "an HEIF in another form than HEIC"),
    (b"\0\0\0\x10ftypmif3heic", "an HEIF in another form than HEIC"),
    (b"\0\0\0\x1cmoovjpeg", "a video"),
    (b"\0\0\0\x08moov", "a video"),
    (b"\0\0\0\x08mdat", "a video"),
    (b"RIFF\x24\0\0\0AVI LIST", "a video"),
]


@pytest.mark.parametrize(("head", "kind"), KINDS)
def test_a_file_of_another_kind_is_called_by_its_name(head: bytes, kind: str) -> None:
    error = unknown_format(head)

    assert error.reason is Reason.UNSUPPORTED_FORMAT
    accepted = ", ".join(name for name in FORMATS if name != "RAW")
    assert error.message == f"The file is {kind}; accepted are {accepted} and camera RAW."


@pytest.mark.parametrize(
    "head", [b"hello", b"", b"\0" * 40, b"RIFF\x24\0\0\0WAVE", b"\0\0\0\x08free", b"x%PDF-1.7"]
)
def test_a_file_of_no_known_kind_is_called_that(head: bytes) -> None:
    with pytest.raises(ValidationError, match="is not a picture of a known format; accepted are"):
        raise unknown_format(head)

"""Small pictures to damage: one or more of each accepted format."""

from __future__ import annotations

from functools import cache
from typing import Any

from PIL import Image

from tests.support import bombs
from tests.support.animations import (
    BLUE,
    CLEAR,
    FAINT_BLUE,
    RED,
    RESTORE,
    Frame,
    apng,
    gif,
    webp,
)
from tests.support.bitmaps import icon, of_one_color, run_length_coded
from tests.support.camera_files import dng, unreadable_dng
from tests.support.color_files import (
    P3_CHROMATICITIES,
    avif_with,
    chrm,
    cicp,
    clap,
    coded_avif,
    gama,
    heic_with,
    jp2_with,
    mdcv,
    png_with,
)
from tests.support.exif_blocks import camera_exif
from tests.support.heif_files import heic, heic_of_several_lists
from tests.support.iptc_data import with_iptc
from tests.support.jpeg_files import ARITHMETIC, of_separate_scans
from tests.support.jxl_files import LINEAR, Jxl, box, compressed_box, container, with_metadata
from tests.support.lying_heif import grid
from tests.support.maker_notes import olympus
from tests.support.pictures import animation, file_of
from tests.support.profiles import display_p3
from tests.support.tiff_files import FLOAT, Tiff
from tests.support.tiff_pages import tiff_after_its_copy

_SIZE = (48, 32)
_LENS_IN_NOTE = olympus("OLYMPUS", b"OLYMPUS\0II\3\0", "OLYMPUS M.12-40mm F2.8")


def _picture(mode: str = "RGB") -> Image.Image:
    picture = Image.radial_gradient("L").resize(_SIZE)
    return Image.merge("RGB", (picture, picture.rotate(180), picture.rotate(90))).convert(mode)


def _saved(name: str, mode: str = "RGB", **options: Any) -> bytes:
    return file_of(_picture(mode), name, **options)


def _animated(name: str, **options: Any) -> bytes:
    others = [_picture().rotate(turn) for turn in (30, 60)]
    return _saved(name, save_all=True, append_images=others, **options)


@cache
def seeds() -> dict[str, bytes]:
    """The files by name; a name begins with that of the format."""
    exif, icc = camera_exif(), display_p3()
    return {
        "JPEG": _saved("JPEG", exif=b"Exif\0\0" + exif, icc_profile=icc, comment=b"words"),
        "JPEG with a maker note": _saved("JPEG", exif=b"Exif\0\0" + _LENS_IN_NOTE),
        "JPEG with IPTC": with_iptc(_saved("JPEG"), {55: "20240709", 60: "101112+0200"}),
        "JPEG progressive": _saved("JPEG", progressive=True),
        "JPEG without an end": _saved("JPEG", restart_marker_blocks=7)[:-2],
        "JPEG progressive without an end": _saved("JPEG", progressive=True)[:-2] + b"trailer",
        "JPEG arithmetic": ARITHMETIC,
        "JPEG of separate scans": of_separate_scans(_picture()),
        "JPEG CMYK": _saved("JPEG", "CMYK"),
        "PNG": _saved("PNG", "RGBA", exif=exif, icc_profile=icc),
        "PNG 16": _saved("PNG", "I;16"),
        "PNG palette": _saved("PNG", "P", transparency=3),
        "PNG animated": _animated("PNG"),
        "PNG texts": bombs.png(bombs.chunk(b"zTXt", b"key\0\0" + bombs.deflated(1000))),
        "PNG named facts": bombs.png(bombs.chunk(b"tEXt", b"transparency\0exif\0icc_profile\0")),
        "PNG of HDR": png_with(_picture(), cicp(9, 16), mdcv(600)),
        "PNG of a gamma": png_with(_picture("L"), gama(1.8), chrm(P3_CHROMATICITIES)),
        "GIF": _saved("GIF", "P"),
        "GIF animated": _animated("GIF", disposal=2),
        "WEBP": _saved("WEBP", exif=exif, icc_profile=icc),
        "WEBP lossless": _saved("WEBP", "RGBA", lossless=True),
        "WEBP animated": _animated("WEBP"),
        "TIFF": _saved("TIFF", exif=exif, icc_profile=icc),
        "TIFF LZW": _saved("TIFF", "RGBA", compression="tiff_lzw"),
        "TIFF JPEG": _saved("TIFF", compression="jpeg"),
        "TIFF G4": _saved("TIFF", "1", compression="group4"),
        "TIFF pages": _animated("TIFF"),
        "TIFF big": _saved("TIFF", big_tiff=True),
        "TIFF of 12 bits": Tiff(bits=12, tile=16, planar=True, packed=True).file(),
        "TIFF of floats": Tiff("RGBA", 32, FLOAT, alpha=1, order=">").file(),
        "TIFF of differences": Tiff(bits=32, tile=16, packed=True, predictor=2).file(),
        "TIFF of half floats": Tiff(bits=16, kind=FLOAT, packed=True, predictor=3).file(),
        "TIFF of inks": Tiff("CMYKA", 16, photometric=5, alpha=1, planar=True).file(),
        "TIFF of CIELab": Tiff(bits=16, photometric=8).file(),
        "TIFF of YCbCr": Tiff(bits=8, photometric=6, subsampling=(2, 1)).file(),
        "TIFF of LogLuv": Tiff(bits=32, kind=FLOAT, photometric=32845, compression=34676).file(),
        "TIFF of 65,536 colors": Tiff(
            "L", 16, photometric=3, color_map=tuple(range(65536)) * 3
        ).file(),
        "TIFF after its copy": tiff_after_its_copy(),
        "BMP": _saved("BMP"),
        "BMP palette": _saved("BMP", "P"),
        "BMP of runs": run_length_coded(b"\x0c\1\0\5\1\2\0\1\2\0\0\0\0\2\1\1\x09\2\0\1"),
        "BMP with alpha": of_one_color(0x80C86432),
        "BMP of few bits": of_one_color(0xFC00, (0x7C00, 0x3E0, 0x1F, 0x8000), bits=16),
        "ICO with a mask": icon(0x00C86432, b"\xf0\0\0\0"),
        "PNG animated in parts": apng(
            Frame(RED, disposal=CLEAR), Frame(FAINT_BLUE, (2, 2, 9, 9)), still=BLUE
        ),
        "GIF animated in parts": gif(
            Frame(RED, (2, 2, 9, 9), RESTORE), Frame(BLUE, (4, 4, 30, 30))
        ),
        "WEBP animated in parts": webp(Frame(RED, (2, 2, 9, 9)), Frame(BLUE, (4, 4, 8, 8))),
        "AVIF": _saved("AVIF", exif=exif, icc_profile=icc),
        "AVIF animated": _animated("AVIF"),
        "AVIF cropped": avif_with(_picture(), clap(30, 20, 4, 4)),
        "AVIF of HDR": coded_avif(_picture(), 9, 18),
        "JPEG2000": _saved("JPEG2000"),
        "JPEG2000 of CIELab": jp2_with(_picture(), b"\1\0\0\0\0\0\16" + bytes(28)),
        "JPEG2000 with a profile": jp2_with(_picture(), b"\2\0\0" + icc),
        "JPEG2000 tiles": _saved("JPEG2000", "RGBA", tile_size=(16, 16)),
        "ICO": _saved("ICO", "RGBA", sizes=[(32, 32), (16, 16)]),
        "ICO of BMP": _saved("ICO", "RGBA", sizes=[(32, 32)], bitmap_format="bmp"),
        "JXL": _saved("JXL"),
        "JXL lossy": _saved("JXL", "RGBA", lossless=False),
        "JXL animated": animation([_picture("RGBA"), _picture("RGBA").rotate(30)], "JXL"),
        "JXL CMYK": _saved("JXL", black=_picture("L")),
        "JXL with a profile": _saved("JXL", icc=icc, orientation=6),
        "JXL linear": Jxl(bits=16, transfer=LINEAR).file(_picture(), bytes(6 * 48 * 32)),
        "JXL in boxes": with_metadata(_saved("JXL"), exif=exif, xmp=b"<x:xmpmeta/>"),
        "JXL with Brotli": container(
            compressed_box(b"Exif", bytes(4) + exif), box(b"jxlc", _saved("JXL"))
        ),
        "HEIF": heic(exif=exif, icc=icc, with_alpha=True, quarter_turns=1, extra_pictures=1),
        "HEIF cropped": heic_with(clap(30, 20)),
        "HEIF gray": heic(gray_bits=8),
        "HEIF of several lists": heic_of_several_lists(),
        "HEIF tiles": grid(4, canvas=(384, 64), stated=(384, 64)),
        "RAW with a preview only": unreadable_dng(
            file_of(_picture().resize((640, 480))), (700, 500), sensor=bytes(9_000)
        ),
        "RAW": dng(_picture(), preview=_saved("JPEG")),
    }

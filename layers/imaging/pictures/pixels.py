"""Opening and decoding pictures with Pillow, by an allow-list, and turning them upright.

`open_picture` reads the header, `decode` the pixels. Whatever Pillow raises about the bytes becomes
a `ValidationError` here, and only here. Colours are the business of `pictures.color`.
"""

from __future__ import annotations

import io
import struct
import sys
import warnings
import zlib
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import IO, TYPE_CHECKING, cast

from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from pictures import exif, limits
from pictures.formats import HEAD_LENGTH, sniff
from pictures.preflight import check_structure, too_many_pixels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from PIL.ImageFile import ImageFile
    from PIL.JpegImagePlugin import JpegImageFile

# Of freed memory glibc keeps twice the largest block it ever had back, 64 MB at most. The rest goes
# back to the system, and to get it again for the next image costs a fault per page. So it is shown
# a large block, which nothing is written to: 10 % of the CPU of renditions.
bytes(2**25 - 2**16)

# Of the picture at hand. Pillow asks for its limit wherever one turns out larger than its header
# says: in later frames of a GIF, in the pictures of an icon.
_most_pixels = ContextVar("_most_pixels", default=sys.maxsize)

# One plugin per format: all of them cost 62 ms of a cold start, and each is attack surface.
# JPEG names the class, not the factory, which looks for the further pictures of an MPO.
_PLUGINS = {
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNG": ("pictures.decoders.png", "PngImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "TIFF": ("pictures.decoders.tiff", "TiffImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "JPEG2000": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "ICO": ("PIL.IcoImagePlugin", "IcoImageFile"),
    "AVIF": ("PIL.AvifImagePlugin", "AvifImageFile"),
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's plugins raise about malformed bytes; UnidentifiedImageError is an OSError.
_MALFORMED = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    ArithmeticError,  # an overflow, a time scale of zero
    RuntimeError,  # libavif's other errors
    struct.error,
    zlib.error,
)


def open_picture(
    source: bytes | IO[bytes], format_name: str | None = None, *, max_pixels: int | None = None
) -> ImageFile:
    """Read the header of a picture; its pixels stay where they are until `decode`.

    Args:
        source: the whole file, or a seekable file to read it from.
        format_name: as in `pictures.formats`; told by the first bytes when left out.
        max_pixels: the largest width × height × frames to accept; None for no limit.

    Raises:
        ValidationError: `unsupported_format`, `corrupt`, `too_many_pixels` or `too_complex`.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    if format_name is None:
        file.seek(0)
        format_name = sniff(file.read(HEAD_LENGTH))
    if format_name not in _PLUGINS:
        raise ValidationError(
            Reason.UNSUPPORTED_FORMAT, "This kind of file is not supported; upload a photo."
        )
    most = limits.pixels_for(format_name, max_pixels or sys.maxsize)
    _most_pixels.set(most)
    is_whole = isinstance(source, bytes)
    check_structure(cast("BinaryIO", file), format_name, most, header_only=not is_whole)
    module, opener = _PLUGINS[format_name]
    plugin = import_module(module)
    with reading():
        file.seek(0)
        # Not Image.open: that imports five plugins first, whatever the format.
        picture = cast("ImageFile", getattr(plugin, opener)(file, ""))
        _require_palette(picture)
        # The pages of a TIFF are no frames: only the first is decoded.
        frames = 1 if format_name == "TIFF" else frame_count(picture)
    if picture.width * picture.height * frames > most:
        raise too_many_pixels(picture.width, picture.height, frames, most)
    return picture


def decode(picture: ImageFile) -> None:
    """Decode the current frame of an opened picture.

    Raises:
        ValidationError: the file is damaged or ends too early (`corrupt`).
    """
    with reading():
        file = picture.fp
        start = file.tell() if file else 0
        picture.load()
        _require_palette(picture)
        if picture.format == "JPEG" and file:
            _require_whole_jpeg(picture, file, start)


def _require_palette(picture: ImageFile) -> None:
    """Refuse numbers of colours without the colours, which Pillow fails on only later."""
    if picture.mode in {"P", "PA"} and picture.palette is None:
        raise EOFError


def _require_whole_jpeg(picture: ImageFile, file: IO[bytes], scan: int) -> None:
    """Refuse a JPEG of which a part is missing, which Pillow decodes without complaint."""
    from pictures.decoders import jpeg_ending

    is_progressive = "progressive" in picture.info
    if not is_progressive and not jpeg_ending.looks_cut_short(picture):
        return
    file.seek(0)
    data = file.read()
    if jpeg_ending.looks_cut_short(picture) and jpeg_ending.is_cut_short(data, scan):
        raise EOFError
    if is_progressive and jpeg_ending.is_blurred(cast("JpegImageFile", picture), data, scan):
        raise EOFError


@contextmanager
def reading() -> Iterator[None]:
    """Translate what Pillow raises about malformed bytes into `ValidationError`: mostly `corrupt`.

    For every step that reads from an opened picture: decoding, seeking, asking for EXIF.
    """
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = _most_pixels.get() // 2  # Pillow raises at twice its limit
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise ValidationError(
            Reason.TOO_MANY_PIXELS, "Part of the picture is too large; upload a smaller one."
        ) from error
    except MemoryError as error:
        raise ValidationError(
            Reason.TOO_EXPENSIVE, "The picture takes more memory than allowed; make it smaller."
        ) from error
    except _MALFORMED as error:
        raise ValidationError(
            Reason.CORRUPT, "The file is damaged or incomplete; export the picture again."
        ) from error
    finally:
        Image.MAX_IMAGE_PIXELS = before


def frame_count(picture: ImageFile) -> int:
    """How many frames or pages the file has; some formats are read through for that.

    Ask before `decode`, which lets go of the file of a TIFF.
    """
    if picture.format == "TIFF":
        # Pillow would set every page up to be decoded, and refuse the file for one too large.
        from pictures.preflight import tiff

        return tiff.page_count(cast("BinaryIO", picture.fp))
    return int(getattr(picture, "n_frames", 1))


def orientation(picture: ImageFile) -> int:
    """The EXIF orientation, 1 to 8, that is still to be applied to the pixels as decoded.

    Anything unreadable or out of range is 1. A TIFF's is always 1, because Pillow turns those
    itself; an AVIF's is that of its `irot` and `imir` boxes, which Pillow reports as EXIF. A PNG
    may keep its EXIF behind the pixels: ask after `decode`.
    """
    data = picture.info.get("exif")
    if picture.format == "TIFF" or not isinstance(data, bytes):
        return 1
    return exif.read(data).orientation or 1


def display_size(picture: ImageFile) -> tuple[int, int]:
    """Width and height in pixels as displayed: after the orientation."""
    width, height = picture.size
    return (height, width) if orientation(picture) >= 5 else (width, height)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The image turned and mirrored as an EXIF orientation from 1 to 8 says."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def has_alpha(picture: Image.Image) -> bool:
    """Whether the picture can have transparent pixels, told without decoding it."""
    return picture.has_transparency_data

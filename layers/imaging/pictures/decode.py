"""Opens and decodes pictures with Pillow, in the formats of the registry and no others.

`open_picture` reads the header, `decode` the pixels. Everything that Pillow raises about the bytes
becomes a `ValidationError` here, and only here.
"""

from __future__ import annotations

import io
import struct
import sys
import warnings
import zlib
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, cast

from PIL import Image

from image_pipeline.refusals import (
    corrupt,
    too_expensive,
    too_many_pixels,
    too_many_pixels_inside,
    unsupported_format,
)
from pictures import limits
from pictures.formats import FORMATS, HEAD_LENGTH, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from PIL.ImageFile import ImageFile

    from pictures.formats import Format

# Limit for the current picture. Pillow checks its own limit wherever a picture turns out larger
# than its header states: in later frames of a GIF, in the pictures of an icon.
_most_pixels = ContextVar("_most_pixels", default=sys.maxsize)

# Raised by Pillow's plugins for malformed bytes; UnidentifiedImageError is an OSError.
_MALFORMED = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    ArithmeticError,  # an overflow, a time scale of zero
    RuntimeError,  # other errors of libavif
    struct.error,
    zlib.error,
)


def open_picture(
    source: bytes | IO[bytes], format_name: str | None = None, *, max_pixels: int | None = None
) -> ImageFile:
    """Open a picture by reading its header; `decode` reads the pixels.

    Args:
        source: the whole file, or a seekable file to read it from.
        format_name: a name in `pictures.formats`; told by the first bytes when left out.
        max_pixels: the largest width × height × frames to accept; None for no limit.

    Raises:
        ValidationError: `unsupported_format`, `corrupt`, `too_many_pixels` or `too_complex`.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    known = FORMATS.get(format_name) if format_name else _sniffed(file)
    if known is None or known.is_converted:
        raise unsupported_format("This kind of file is not supported", "upload a photo")
    most = known.most_pixels(max_pixels or sys.maxsize)
    _most_pixels.set(most)
    known.check(cast("BinaryIO", file), most, header_only=not isinstance(source, bytes))
    with reading():
        file.seek(0)
        # Not Image.open, which imports five plugins first, whatever the format.
        picture = _opened(known, file)
        _require_palette(picture)
        frames = frame_count(picture) if known.is_animated else 1
    if picture.width * picture.height * frames > most:
        raise too_many_pixels(picture.width, picture.height, frames, most, limits.SIDE)
    return picture


def _opened(known: Format, file: IO[bytes]) -> ImageFile:
    try:
        return known.open(file)
    except SyntaxError:  # this is also how Pillow reports a size of nothing
        from pictures.preflight.stated_size import check_sides

        check_sides(cast("BinaryIO", file), known.name)
        raise


def _sniffed(file: IO[bytes]) -> Format | None:
    file.seek(0)
    return sniff(file.read(HEAD_LENGTH))


def decode(picture: ImageFile) -> None:
    """Decode the current frame of an opened picture.

    Raises:
        ValidationError: the file is damaged or ends too early (`corrupt`).
    """
    with reading():
        picture.load()
        _require_palette(picture)


def _require_palette(picture: ImageFile) -> None:
    """Refuse palette indices without a palette, on which Pillow fails only later."""
    if picture.mode in {"P", "PA"} and picture.palette is None:
        raise EOFError


@contextmanager
def reading() -> Iterator[None]:
    """Translate what Pillow raises about malformed bytes into refusals, mostly `corrupt`.

    Surrounds everything that reads from an opened picture: decoding, seeking, reading EXIF.
    """
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = _most_pixels.get() // 2  # Pillow raises at twice its limit
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise too_many_pixels_inside() from error
    except MemoryError as error:
        raise too_expensive() from error
    except _MALFORMED as error:
        raise corrupt() from error
    finally:
        Image.MAX_IMAGE_PIXELS = before


def frame_count(picture: ImageFile) -> int:
    """Return how many frames or pages the file has; some formats are read through for that.

    Call it before `decode`, which closes the file of a TIFF.
    """
    return int(getattr(picture, "n_frames", 1)) - _has_separate_still(picture)


def is_animation(picture: ImageFile) -> bool:
    """Return whether `seek` has more to choose from than what `decode` shows at once."""
    return frame_count(picture) > 1 or _has_separate_still(picture)


def seek(picture: ImageFile, frame: int) -> None:
    """Go to a frame, counted from 0, for `decode`; surround it with `reading`."""
    place = frame + _has_separate_still(picture)
    if place or picture.tell():
        picture.seek(place)


def _has_separate_still(picture: ImageFile) -> bool:
    """Return whether an APNG holds a picture, for old viewers, that is not one of its frames.

    Pillow counts it as the first frame; browsers never show it.
    """
    return bool(getattr(picture, "default_image", False))

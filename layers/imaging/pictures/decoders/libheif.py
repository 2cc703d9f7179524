"""Decodes HEIC and HEIF with pillow-heif (libheif and libde265)."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pillow_heif
from PIL import Image

from image_pipeline.models import Conversion
from image_pipeline.refusals import corrupt, too_complex, unsupported_format
from pictures.colorimetry.gain_maps import of_heif
from pictures.colorimetry.heif import stated_color, with_known_code_points
from pictures.colorimetry.stated import hdr_of
from pictures.decoders.decoded import Decoded, check_size
from pictures.decoders.property_lists import with_one_list
from pictures.exif import read
from pictures.icc_name import profile_name
from pictures.preflight.heif import check, no_still, primary_item, tracks
from pictures.xmp import completed, read_xmp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pillow_heif import HeifFile, HeifImage

    from image_pipeline.errors import ValidationError

# Only the primary picture is decoded, so errors in previews and depth maps do not matter.
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False

# pillow-heif trusts the stated bit depth of gray pictures. Where the pixels have another one, its
# own removal of padding and scaling to 16 bits writes out of bounds.
_AS_DECODED = {"remove_stride": False, "hdr_to_16bit": False}


def decode(data: bytes, max_pixels: int) -> Decoded:
    """Decode the primary picture of an HEIF.

    libheif applies its `irot` and `imir` properties. The EXIF orientation repeats them and is only
    reported (ISO/IEC 23000-22, 7.3.6.7: readers of HEIF do not apply it).

    Raises:
        ValidationError: `too_many_pixels`, before anything is decoded; `unsupported_format` for
            other codecs than HEVC and for an image sequence without a still; `too_complex` beyond
            libheif's own limits; `corrupt`.
    """
    file = io.BytesIO(data)
    check(file, max_pixels, header_only=False)
    # The pictures of a burst or a stereo pair are not frames.
    frames = max((track.frames for track in tracks(file)), default=0)
    if frames and primary_item(file) is None:
        raise no_still()
    with _reading():
        readable = with_one_list(with_known_code_points(data))
        primary = _primary(pillow_heif.open_heif(readable, **_AS_DECODED))
        width, height = primary.size
        check_size(width, height, max_pixels)
        image = _image(primary)
    info: dict[str, Any] = primary.info
    exif = completed(read(info.get("exif") or b""), read_xmp(info.get("xmp") or b""))
    profile = stated_color(file, info.get("icc_profile"))
    conversion = Conversion(
        width=image.width,
        height=image.height,
        mode=image.mode,
        frames=max(frames, 1),
        has_alpha=primary.has_alpha,
        orientation=exif.orientation,
        icc_profile=profile_name(profile.icc) if profile.icc else None,
        color_space=profile.color_space,
        hdr=hdr_of(profile, of_heif(data)),
    )
    return Decoded(image, profile, exif, conversion, info.get("chroma") == 444)


def _primary(file: HeifFile) -> HeifImage:
    """Return the primary picture; pillow-heif omits pictures that libheif cannot decode."""
    primary = next((image for image in file if image.info["primary"]), None)
    if primary is None:
        raise _unsupported()
    return primary


def _image(picture: HeifImage) -> Image.Image:
    picture.load()
    if not picture.mode.startswith("I;"):
        colors: Image.Image = picture.to_pillow()
        return colors.convert("RGBA") if picture.premultiplied_alpha else colors
    # Gray of 10 or 12 bits: Pillow checks that the lines are long enough.
    gray = Image.frombytes("I;16", picture.size, picture.data, "raw", "I;16", picture.stride)
    info: dict[str, Any] = picture.info
    scale = 1 << max(0, 16 - info["bit_depth"])
    return gray.point(lambda level: level * scale)


@contextmanager
def _reading() -> Iterator[None]:
    """Translate what pillow-heif raises into refusals, by the kind of libheif error."""
    try:
        yield
    except SyntaxError as error:
        raise _unsupported() from error
    except RuntimeError as error:
        if "limit" in str(error).lower():
            raise too_complex("parts, or larger ones,") from error
        if "loading plugin" in str(error):  # for a codec that this libheif was built without
            raise _unsupported() from error
        raise corrupt() from error
    except (ValueError, EOFError, OSError, TypeError, IndexError) as error:
        raise corrupt() from error


def _unsupported() -> ValidationError:
    return unsupported_format(
        "This HEIF file holds no picture in HEVC, the coding of HEIC", "save it as a JPEG"
    )

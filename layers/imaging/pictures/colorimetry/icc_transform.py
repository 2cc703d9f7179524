"""Conversions to sRGB with LittleCMS."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageCms

if TYPE_CHECKING:
    from pictures.colorimetry.stated import ColorSpace, StatedColor

# Layouts that a profile of each color space can describe.
_SPACES = {"GRAY": {"L", "LA"}, "RGB": {"L", "LA", "RGB", "RGBA"}, "CMYK": {"CMYK"}}
_GRAY = _SPACES["GRAY"]
_RAMP = bytes(range(256))
_RGB = "RGB "
_PROBE_STEPS = 11  # in each direction of the RGB cube
# Levels. Rounding makes profiles of sRGB differ by 1; the nearest of other profiles, sRGB with a
# plain gamma of 2.2, differs by 9 in dark colors (199 profiles of public pictures).
_INVISIBLE = 1


@dataclass(frozen=True)
class _GrayLevels:
    """Converts gray: 256 levels need no color engine for each pixel.

    There are three tables where a profile gives gray a tint.
    """

    tables: tuple[bytes, ...]

    @classmethod
    def of(cls, colors: bytes) -> _GrayLevels:
        """Return the conversion to the RGB colors of all levels."""
        channels = tuple(colors[start::3] for start in range(3))
        is_tinted = any(not _are_same(channels[1], other) for other in channels)
        return cls(channels if is_tinted else channels[1:2])

    def apply(self, image: Image.Image) -> Image.Image:
        """Return a gray image converted."""
        channels = [image.point(list(table)) for table in self.tables]
        return Image.merge("RGB", channels) if len(channels) == 3 else channels[0]


Transform = _GrayLevels | ImageCms.ImageCmsTransform


def embedded(mode: str, profile: bytes) -> tuple[Transform | None, str | None]:
    """Return the transform by an embedded profile, or the warning why there is none.

    Both are None for a profile that changes nothing visible.
    """
    try:
        space = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space.strip()
        if mode not in _SPACES.get(space, ()):
            return None, f"ignored an ICC profile for {space}"
        # Neither browsers nor libvips compensate for black.
        transform = built(mode, profile, compensates_black=False)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        return None, f"ignored a broken ICC profile: {error}"
    if not _shows_white(mode, transform):
        return None, "ignored an ICC profile that turns white into a dark color"
    return (None if _changes_nothing(transform) else transform), None


def named(mode: str, space: ColorSpace, peak: float | None) -> Transform:
    """Return the transform of a named color space, for gray or RGB.

    Args:
        mode: the layout of the images.
        space: that they are in.
        peak: the brightest light of an HDR picture in cd/m², if it is known.
    """
    from pictures.colorimetry import named_profile, tone_mapping

    is_gray = mode in _GRAY
    if not space.transfer.hdr:
        return built(mode, named_profile.profile_of(space, is_gray=is_gray))
    if is_gray:
        return _GrayLevels((tone_mapping.gray_levels(space, peak),))
    return built(mode, tone_mapping.profile_of(space, peak))


def deep_gray_levels(color: StatedColor) -> list[int] | None:
    """Return the level in sRGB of each of 65,536 levels of gray.

    None if the color is not one of gray, changes nothing visible or cannot be used.
    """
    if color.space:
        has_light = color.space.has_other_colors and not color.space.transfer.hdr
        return _levels_of_light(color.space) if has_light else None
    if color.icc is None or embedded("L", color.icc)[0] is None:
        return None
    source = ImageCms.ImageCmsProfile(io.BytesIO(color.icc))
    if source.profile.xcolor_space == _RGB:
        return None
    srgb = ImageCms.createProfile("sRGB")
    exact = ImageCms.buildTransform(source, srgb, "I;16", "RGB", flags=ImageCms.Flags.NOOPTIMIZE)
    levels = struct.pack("<65536H", *range(1 << 16))
    ramp = Image.frombytes("I;16", (256, 256), levels)
    return list(exact.apply(ramp).getchannel("G").tobytes())


def _levels_of_light(space: ColorSpace) -> list[int]:
    from pictures.colorimetry.transfer_functions import encoded

    lights = (space.transfer.light(level / 65535) for level in range(1 << 16))
    return [round(255 * encoded(min(max(light, 0.0), 1.0))) for light in lights]


def built(mode: str, profile: bytes, *, compensates_black: bool = True) -> Transform:
    """Return the transform by a profile that fits the layout; the intent is perceptual.

    Args:
        mode: the layout of the images.
        profile: an ICC profile.
        compensates_black: whether the darkest color becomes black, where LittleCMS can do that.

    Raises:
        PyCMSError: LittleCMS cannot use the profile; OSError: it cannot read it.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    # LittleCMS compensates for black if the profile to convert to is of version 4, as its own is.
    # Without tables there is nothing to compensate for.
    if compensates_black or source.profile.is_matrix_shaper:
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    else:
        from pictures.colorimetry.code_points import SRGB
        from pictures.colorimetry.named_profile import profile_of

        srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile_of(SRGB, is_gray=False)))
    if mode in _GRAY:
        modes = ("RGB" if source.profile.xcolor_space == _RGB else "L", "RGB")
        ramp = Image.frombytes("L", (len(_RAMP), 1), _RAMP).convert(modes[0])
        # Optimized, dark gray of a linear profile would be 10 levels off.
        exact = ImageCms.buildTransform(source, srgb, *modes, flags=ImageCms.Flags.NOOPTIMIZE)
        return _GrayLevels.of(exact.apply(ramp).tobytes())
    modes = (mode, "RGBA" if mode == "RGBA" else "RGB")
    return ImageCms.buildTransform(source, srgb, *modes)


def _shows_white(mode: str, transform: Transform) -> bool:
    if isinstance(transform, _GrayLevels):
        return min(table[-1] for table in transform.tables) >= 128
    paper = transform.apply(Image.new(mode, (1, 1), 0 if mode == "CMYK" else "white"))
    return min(paper.convert("RGB").tobytes()) >= 128


def _changes_nothing(transform: Transform) -> bool:
    """Return whether a transform leaves colors unchanged, whatever its profile is called."""
    if isinstance(transform, _GrayLevels):
        return all(_are_same(_RAMP, table) for table in transform.tables)
    if transform.input_mode not in {"RGB", "RGBA"}:
        return False
    before = _probe().convert(transform.input_mode)
    difference = ImageChops.difference(before, transform.apply(before))
    return max(difference.tobytes()) <= _INVISIBLE


def _are_same(before: bytes, after: bytes) -> bool:
    return all(abs(old - new) <= _INVISIBLE for old, new in zip(before, after, strict=True))


@cache
def _probe() -> Image.Image:
    """Return every gray, and colors on a grid that is finer in the dark."""
    last = _PROBE_STEPS - 1
    levels = [round(255 * (step / last) ** 1.5) for step in range(_PROBE_STEPS)]
    colors = [(red, green, blue) for red in levels for green in levels for blue in levels]
    colors += [(level, level, level) for level in range(256)]
    return Image.frombytes("RGB", (len(colors), 1), b"".join(map(bytes, colors)))

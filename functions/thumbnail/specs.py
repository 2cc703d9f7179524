"""Parses the `Renditions` parameter: the renditions to make of each picture.

    Renditions  = rendition, rendition, …
    rendition   = name=WIDTHxHEIGHT:fit:format[:quality][:x2][:x3]
    fit         = cover | attention | inside | contain | contain(COLOR)
    format      = webp | jpeg | png | avif | jxl

    thumbnail=150x150:attention:webp:80:x2,card=600x400:contain(#f5f5f5):jpeg,full=1920x1080:inside:avif:60

`x2` and `x3` add the same rendition for screens of that density: `thumbnail=150x150:…:x2` makes
`thumbnail` at 150×150 and `thumbnail-x2` at 300×300.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NoReturn

from image_pipeline.errors import ConfigError
from image_pipeline.object_keys import CONVERTED_NAME
from thumbnail.encode import Format

MAX_SIDE = 5120
"""Pixels: a 5K screen. A canvas of that size takes 105 MB."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SIZE = re.compile(r"([0-9]{1,6})x([0-9]{1,6})")
_FIT = re.compile(r"([a-z]+)(?:\(([^()]*)\))?")
_DENSITIES = {"x2": 2, "x3": 3}


class Fit(StrEnum):
    """How a picture fits into its box; none of them enlarges it.

    `cover` crops to the aspect ratio of the box around the center, `attention` around the part that
    draws the eye; `inside` keeps the whole picture; `contain` does too, and fills the box.
    """

    COVER = "cover"
    ATTENTION = "attention"
    INSIDE = "inside"
    CONTAIN = "contain"


@dataclass(frozen=True)
class RenditionSpec:
    """One rendition to make.

    `width` and `height` are the box in pixels, `quality` is 1 to 100, `background` is the sRGB
    color and alpha, 0 to 255 each, that `contain` fills the box with.
    """

    name: str
    width: int
    height: int
    fit: Fit
    format: Format
    quality: int
    background: tuple[int, int, int, int] = (255, 255, 255, 255)


def parse_specs(text: str) -> tuple[RenditionSpec, ...]:
    """Parse the `Renditions` parameter, in the syntax above.

    Raises:
        ConfigError: it is malformed; the message shows the offending part and what is expected.
    """
    specs = [spec for item in text.split(",") for spec in _parse(item.strip(), text)]
    seen: set[str] = set()
    for spec in specs:
        # Files may be downloaded to file systems that ignore case.
        if spec.name.lower() in seen:
            _refuse(spec.name, text, "is the name of two renditions")
        seen.add(spec.name.lower())
    return tuple(specs)


def _parse(item: str, text: str) -> list[RenditionSpec]:
    """Parse one rendition with its densities."""
    if not item:
        _refuse(item, text, "is not a rendition; expected name=WIDTHxHEIGHT:fit:format:quality")
    name, _, rest = item.partition("=")
    if not _NAME.fullmatch(name):
        _refuse(name, item, "is not a name: letters, digits, - and _, 64 at most")
    if name == CONVERTED_NAME:
        _refuse(name, item, "is reserved by the pipeline")
    fields = rest.split(":")
    if len(fields) < 3:
        _refuse(item, text, "is incomplete; expected name=WIDTHxHEIGHT:fit:format:quality")
    size, fit, encoding, *options = fields
    width, height = _parse_size(size, item)
    kind, background = _parse_fit(fit, item)
    if encoding not in set(Format):
        _refuse(encoding, item, f"is not a format: {', '.join(Format)}")
    quality = Format(encoding).default_quality
    if options and options[0] not in _DENSITIES:
        quality = _parse_quality(options.pop(0), item)
    spec = RenditionSpec(name, width, height, kind, Format(encoding), quality, background)
    return [spec, *(_denser(spec, option, item) for option in options)]


def _parse_size(size: str, item: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(size)
    width, height = (int(side) for side in match.groups()) if match else (0, 0)
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        _refuse(size, item, f"is not a size: WIDTHxHEIGHT, each 1 to {MAX_SIDE} pixels")
    return width, height


def _parse_fit(fit: str, item: str) -> tuple[Fit, tuple[int, int, int, int]]:
    match = _FIT.fullmatch(fit)
    kind, color = match.groups() if match else ("", None)
    if kind not in set(Fit):
        _refuse(fit, item, f"is not a fit: {', '.join(Fit)}")
    if color is None:
        return Fit(kind), (255, 255, 255, 255)
    if kind != Fit.CONTAIN:
        _refuse(fit, item, "has a color, which only contain can use")
    return Fit.CONTAIN, _parse_color(color, item)


def _parse_color(color: str, item: str) -> tuple[int, int, int, int]:
    if color == "transparent":
        return (255, 255, 255, 0)  # white where the format has no transparency
    from PIL import ImageColor

    try:
        red, green, blue, *alpha = ImageColor.getrgb(color)
    except ValueError:
        _refuse(color, item, "is not a color: transparent, a CSS name, #rgb, #rrggbb or #rrggbbaa")
    return red, green, blue, alpha[0] if alpha else 255


def _parse_quality(quality: str, item: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", quality) or not 1 <= int(quality) <= 100:
        _refuse(quality, item, "is neither a quality from 1 to 100 nor a density x2 or x3")
    return int(quality)


def _denser(spec: RenditionSpec, option: str, item: str) -> RenditionSpec:
    """Return the same rendition at a higher density."""
    density = _DENSITIES.get(option)
    if density is None:
        _refuse(option, item, f"is not a density: {', '.join(_DENSITIES)}")
    name, width, height = f"{spec.name}-{option}", spec.width * density, spec.height * density
    if max(width, height) > MAX_SIDE:
        _refuse(option, item, f"makes {width}x{height}, and a side is at most {MAX_SIDE} pixels")
    return replace(spec, name=name, width=width, height=height)


def _refuse(part: str, whole: str, why: str) -> NoReturn:
    message = f"Renditions: {part!r} in {whole!r} {why}"
    raise ConfigError(message)

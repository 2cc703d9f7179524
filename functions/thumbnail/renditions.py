"""The rendition engine: makes renditions from the bytes of one picture. Pure.

A picture is decoded no larger than needed. Boxes are computed for the pixels as stored, each output
is resampled from a shared pyramid of halved pictures, and operations that are expensive per pixel
(color conversion, rotation) are applied to the small outputs only.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from PIL import Image

from pictures.color import SrgbTransform, flatten, srgb_transform
from pictures.decode import open_picture
from pictures.orientation import orientation, upright
from pictures.still import decode_still
from thumbnail.attention import OVERVIEW, focus_of
from thumbnail.crop import cut_for, moved
from thumbnail.encode import encode
from thumbnail.placeholder import SIDE, placeholder_of
from thumbnail.pyramid import Pyramid, pyramid_of
from thumbnail.specs import Fit, RenditionSpec, parse_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from image_pipeline.models import Placeholder
    from pictures.cut import Cut

__all__ = ["Rendition", "RenditionSpec", "parse_specs", "pixels_of", "render", "threads_for"]

_MEMORY_PER_VCPU = 1769  # MB; docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html


@dataclass(frozen=True)
class Rendition:
    """A finished rendition; width and height in pixels."""

    name: str
    content_type: str
    width: int
    height: int
    data: bytes


@dataclass(frozen=True)
class _Source:
    """A decoded picture as stored, with what is still to be applied to each output."""

    size: tuple[int, int]
    orientation: int
    pyramid: Pyramid
    colors: SrgbTransform


def render(
    data: bytes,
    specs: Sequence[RenditionSpec],
    *,
    format_name: str | None = None,
    max_pixels: int | None = None,
    threads: int = 1,
    warn: Callable[[str], object] | None = None,
    describe: Callable[[Placeholder], object] | None = None,
    stage: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> list[Rendition]:
    """Make the renditions of a picture, in the order of the specs.

    Args:
        data: the whole file.
        specs: what to make of it.
        format_name: as in `pictures.formats`; told by the first bytes when left out.
        max_pixels: the largest width × height × frames to decode; None for no limit.
        threads: how many renditions are made at once, see `threads_for`.
        warn: is called with what was ignored, such as a broken color profile.
        describe: is called with the placeholder, which is computed only for it.
        stage: surrounds each of the steps Decode, Resize and Encode, to time them.

    Raises:
        ValidationError: the file is damaged, of an unsupported format, or has too many pixels.
    """
    with stage("Decode"):
        source = _decoded(data, specs, format_name, max_pixels)
    if warn and source.colors.warning:
        warn(source.colors.warning)
    with ThreadPoolExecutor(threads) as pool:
        side_by_side = pool.map if threads > 1 else map
        with stage("Resize"):
            images = list(side_by_side(partial(_finished, source), specs))
            if describe:
                describe(placeholder_of(_overview(source)))
        with stage("Encode"):
            files = list(side_by_side(encode, images, specs))
    return [
        Rendition(spec.name, f"image/{spec.format}", image.width, image.height, file)
        for spec, image, file in zip(specs, images, files, strict=True)
    ]


def threads_for(memory_mb: int, cpus: int) -> int:
    """Return the number of threads that makes renditions fastest in a Lambda function.

    Pillow releases the GIL while it resamples and encodes: two threads take 0.82 times as long
    with more than one vCPU, and save nothing otherwise.

    Args:
        memory_mb: the function's memory, to which its CPU share is proportional.
        cpus: the number of CPUs that the process may run on.
    """
    return 2 if memory_mb > _MEMORY_PER_VCPU and cpus > 1 else 1


def pixels_of(data: bytes, specs: Sequence[RenditionSpec]) -> list[Image.Image]:
    """Return the renditions of a picture before encoding, to measure them.

    Raises:
        ValidationError: the file is damaged or of an unsupported format.
    """
    source = _decoded(data, specs, None, None)
    return [_finished(source, spec) for spec in specs]


def _decoded(
    data: bytes, specs: Sequence[RenditionSpec], format_name: str | None, max_pixels: int | None
) -> _Source:
    picture = open_picture(data, format_name, max_pixels=max_pixels)
    size = picture.size
    cuts = [_cut(spec, size, orientation(picture)) for spec in specs]
    still = decode_still(picture, data, min(cuts, key=attrgetter("shrink")))
    if still.scale == 1:  # frames of a GIF and pictures of an icon may be larger than stated
        size = still.image.size
    shrinks = [_cut(spec, size, still.orientation).shrink for spec in specs]
    pyramid = pyramid_of(still, *shrinks)
    return _Source(size, still.orientation, pyramid, srgb_transform(pyramid.mode, still.profile))


def _cut(spec: RenditionSpec, size: tuple[int, int], orientation: int) -> Cut:
    """Return the cut for the picture as stored."""
    is_on_its_side = orientation >= 5
    box = (spec.height, spec.width) if is_on_its_side else (spec.width, spec.height)
    return cut_for(spec.fit, box, size)


def _finished(source: _Source, spec: RenditionSpec) -> Image.Image:
    """Return the pixels of a rendition: cut, in sRGB, upright, on its background."""
    cut = _cut(spec, source.size, source.orientation)
    if spec.fit is Fit.ATTENTION:
        focus = focus_of(source.pyramid.overview(OVERVIEW), cut.part(source.size))
        cut = moved(cut, source.size, focus)
    image = source.colors.apply(source.pyramid.resampled(cut))
    image = upright(image, source.orientation)
    if spec.fit is Fit.CONTAIN:
        image = _contained(image, spec)
    return image if spec.format.keeps_alpha else flatten(image)


def _overview(source: _Source) -> Image.Image:
    """Return the whole picture as shown, from the smallest level."""
    image = source.colors.apply(source.pyramid.overview(SIDE))
    return upright(image, source.orientation)


def _contained(image: Image.Image, spec: RenditionSpec) -> Image.Image:
    """Return the image centered in its box, on the background color."""
    box = Image.new("RGBA", (spec.width, spec.height), spec.background)
    place = ((spec.width - image.width) // 2, (spec.height - image.height) // 2)
    box.alpha_composite(image.convert("RGBA"), place)
    return box.convert("RGB") if spec.background[3] == 255 else box

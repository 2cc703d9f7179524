"""Makes the JPEGs that Rekognition judges: everything that renditions show, as they show it."""

from __future__ import annotations

import io
from contextlib import nullcontext
from typing import TYPE_CHECKING

from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from moderate import scales, sheets
from pictures import limits
from pictures.color import BLACK, WHITE, flatten, srgb_transform
from pictures.decode import open_picture, reading
from pictures.orientation import upright
from pictures.still import decode_frame, decode_overview, spread_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from PIL.ImageFile import ImageFile

    from pictures.still import Still

_MIN_SIDE = limits.REKOGNITION_SIDES[0]
# The second only for sheets of noise, which the first makes larger than Rekognition accepts.
_ENCODINGS = ((90, "4:4:4"), (75, "4:2:0"))
_SAME = 2  # levels; lossy encoders change what stands still by as much


def samples(
    data: bytes,
    format_name: str,
    *,
    max_pixels: int,
    stage: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> list[bytes]:
    """Return what Rekognition is shown of a picture: one or two JPEGs.

    They are made of the same still as the renditions, upright and in sRGB. A picture with
    transparency is shown on white and on black: whatever shows on another color shows, with at
    least as much contrast, on one of these. Where a profile gives other sizes another look, these
    are shown, too (`moderate.scales`). A long picture is shown in overlapping tiles. An animation
    is shown by the frame that is published and by a few of the others. Views that look the same are
    shown once. All of it stands side by side on sheets (`moderate.sheets`); what the published
    frame shows never shares a second sheet with the others.

    Args:
        data: the whole file.
        format_name: as in `pictures.formats`; not HEIF or RAW, which are converted first.
        max_pixels: the largest width × height × frames to decode.
        stage: surrounds the stage Sample, once for each frame and each JPEG, to time it.

    Raises:
        ValidationError: `unsupported_format`, `too_many_pixels`, `too_complex` or `corrupt`.
    """
    with stage("Sample"):
        picture = open_picture(data, format_name, max_pixels=max_pixels)
        frames = _spread(picture)
        shrink = max(picture.size) / max(sheets.seen_size(*picture.size))
        still = decode_overview(picture, data, shrink)
        published = _distinct(_published(still), [])
    others: list[Image.Image] = []
    further = [frame for frame in frames if frame != still.frame]
    picture = open_picture(data, format_name, max_pixels=max_pixels) if further else picture
    for frame in further:
        with stage("Sample"):
            try:
                views = _views(decode_frame(picture, data, frame))
            except ValidationError as error:
                # Of a damaged animation, the frames before the damage are judged.
                if error.reason is not Reason.CORRUPT:
                    raise
                break
            others += _distinct(views, [*published, *others])
    made = []
    for sheet in _sheets(_tiled(published), _tiled(others)):
        with stage("Sample"):
            made.append(_jpeg(sheet))
    return made


def _spread(picture: ImageFile) -> list[int]:
    with reading():
        return spread_frames(picture, limits.MODERATED_FRAMES)


def _published(still: Still) -> list[Image.Image]:
    """Return the still as renditions of all sizes show it."""
    size = sheets.seen_size(*still.image.size)
    colors = srgb_transform(still.image.mode, still.profile)
    shown = scales.shown_at_scales(still.image, size, colors)
    return [view for image in shown for view in _on_backgrounds(image, still.orientation)]


def _views(still: Still) -> list[Image.Image]:
    """Return the whole still as it is on each background that makes a difference."""
    image = scales.resized(still.image, sheets.seen_size(*still.image.size))
    colors = srgb_transform(image.mode, still.profile)
    return _on_backgrounds(colors.apply(image), still.orientation)


def _on_backgrounds(image: Image.Image, orientation: int) -> list[Image.Image]:
    backgrounds = (WHITE, BLACK) if image.mode in {"LA", "RGBA"} else (WHITE,)
    turned = upright(image, orientation)
    return [flatten(turned, background).convert("RGB") for background in backgrounds]


def _distinct(views: list[Image.Image], seen: list[Image.Image]) -> list[Image.Image]:
    """Return the views that look like no other and like none of those already seen."""
    kept: list[Image.Image] = []
    for view in views:
        if not any(_look_the_same(view, other) for other in (*seen, *kept)):
            kept.append(view)
    return kept


def _look_the_same(one: Image.Image, other: Image.Image) -> bool:
    from PIL import ImageChops

    if one.size != other.size:
        return False
    differences = ImageChops.difference(one, other).getextrema()
    return all(isinstance(band, tuple) and band[1] <= _SAME for band in differences)


def _tiled(views: list[Image.Image]) -> list[Image.Image]:
    return [view.crop(box) for view in views for box in sheets.tiles(view.size)]


def _sheets(published: list[Image.Image], others: list[Image.Image]) -> Iterator[Image.Image]:
    """Yield the sheets with all parts."""
    parts = [*published, *others]
    places = sheets.plan([part.size for part in published], [part.size for part in others])
    for number in range(places[-1].sheet + 1):
        on_sheet = [
            (part, at.box) for part, at in zip(parts, places, strict=True) if at.sheet == number
        ]
        yield _drawn(on_sheet)


def _drawn(parts: list[tuple[Image.Image, sheets.Box]]) -> Image.Image:
    """Return a sheet, no larger than needed and at least as large as Rekognition accepts."""
    used = max(box[2] for _, box in parts), max(box[3] for _, box in parts)
    size = max(used[0], _MIN_SIDE), max(used[1], _MIN_SIDE)
    margin = (size[0] - used[0]) // 2, (size[1] - used[1]) // 2
    sheet = Image.new("RGB", size, WHITE)
    for part, (left, top, right, bottom) in parts:
        made = scales.resized(part, (right - left, bottom - top))
        sheet.paste(made, (left + margin[0], top + margin[1]))
    return sheet


def _jpeg(image: Image.Image) -> bytes:
    for quality, subsampling in _ENCODINGS:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, subsampling=subsampling, icc_profile=None)
        if file.tell() <= limits.REKOGNITION_SAMPLE_BYTES:
            break
    return file.getvalue()

"""Everything that reads untrusted bytes, one function after the other, as in the pipeline."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from convert.decode import Converted, convert_picture
from image_pipeline.errors import ValidationError
from image_pipeline.models import to_dict
from metadata.extract import extract
from moderate.in_place import is_shown_as_stored
from moderate.samples import samples
from pictures.formats import FORMATS
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PIXELS = 1_000_000
_MAX_RECORD = 64 * 1024
_SPECS = parse_specs("small=20x20:cover:webp:80,large=90x90:inside:jpeg:85")


def survive(data: bytes, format_name: str) -> str:
    """Put a file through every function.

    Args:
        data: the file.
        format_name: of the picture that it was; also tried where the examination refuses it.

    Returns:
        `accepted`, or the reason of the first refusal. Whatever else is raised is a bug.
    """
    steps: list[Callable[[], object]] = [
        lambda: examine(io.BytesIO(data), "uploads/a", "", MAX_PIXELS)
    ]
    if FORMATS[format_name].is_converted:
        steps.append(lambda: _process(convert_picture(data, format_name, max_pixels=MAX_PIXELS)))
    else:
        steps.append(lambda: _render(data, format_name))
        steps.append(lambda: is_shown_as_stored(io.BytesIO(data), format_name, MAX_PIXELS))
        steps.append(lambda: samples(data, format_name, max_pixels=MAX_PIXELS))
        steps.append(lambda: _describe(data))
    reasons = [reason for step in steps if (reason := _refusal(step))]
    return reasons[0] if reasons else "accepted"


def _refusal(step: Callable[[], object]) -> str | None:
    try:
        step()
    except ValidationError as error:
        return error.reason
    return None


def _process(converted: Converted) -> None:
    """A converted picture is intact: no later step may refuse it."""
    _render(converted.data, converted.format)
    samples(converted.data, converted.format, max_pixels=MAX_PIXELS)
    _describe(converted.data)


def _render(data: bytes, format_name: str) -> None:
    for rendition in render(data, _SPECS, format_name=format_name, max_pixels=MAX_PIXELS):
        assert rendition.data


def _describe(data: bytes) -> None:
    """Check that a record is short and printable."""
    record = json.dumps(to_dict(extract(data, store_gps=True)), ensure_ascii=False, allow_nan=False)
    assert len(record.encode()) < _MAX_RECORD
    assert record.isprintable()

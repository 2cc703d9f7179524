"""The rules for accepting a file: pure decisions on facts that need no decode."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from image_pipeline import refusals
from pictures.formats import FORMATS
from pictures.limits import CONTENT_TYPE_CHARACTERS, SIDE
from validate.mistaken import CHANGED, is_changed_text, mistaken

if TYPE_CHECKING:
    from image_pipeline.errors import ValidationError
    from pictures.formats import Format

# Types that browsers execute: a picture declared as one is an attack or a mistake.
_EXECUTABLE_TYPES = {
    "application/ecmascript",
    "application/javascript",
    "application/xhtml+xml",
    "application/xml",
    "image/svg+xml",
    "text/ecmascript",
    "text/html",
    "text/javascript",
    "text/xml",
}
_EXECUTABLE_EXTENSIONS = {"htm", "html", "js", "mjs", "shtml", "svg", "svgz", "xhtml", "xml"}
# Sent by uploaders that do not know the type.
_NO_TYPE = {"", "application/octet-stream", "binary/octet-stream"}


def check_size(size: int, limit: int) -> None:
    """Refuse an empty file and one of more bytes than the limit."""
    if size == 0:
        raise refusals.empty()
    if size > limit:
        raise refusals.too_large(size, limit)


def unknown_format(head: bytes, content_encoding: str = "") -> ValidationError:
    """Return the refusal of a file of no known format, with what it seems to be."""
    return refusals.unsupported_format(*mistaken(head, content_encoding))


def check_bytes(head: bytes) -> None:
    """Refuse a picture whose bytes were converted like a text."""
    if is_changed_text(head):
        raise refusals.unsupported_format(*CHANGED)


def check_declared(key: str, content_type: str, known: Format) -> tuple[str, ...]:
    """Compare the declared extension and Content-Type with the content.

    Returns:
        Warnings for a picture of another format than declared, which is accepted.

    Raises:
        ValidationError: declared as something that browsers execute (`type_mismatch`).
    """
    extension = PurePosixPath(key).suffix.lower().removeprefix(".")
    declared = content_type.partition(";")[0].strip().lower()
    if extension in _EXECUTABLE_EXTENSIONS or declared in _EXECUTABLE_TYPES:
        what = f".{extension}" if extension in _EXECUTABLE_EXTENSIONS else declared
        contradiction = f"The file is a {known.name} picture but is declared as {what}"
        raise refusals.type_mismatch(contradiction, "rename it")
    warnings = []
    if _names_another_type(extension, known.extensions):
        warnings.append(f"the extension .{extension} is not one of {known.name}")
    if declared not in _NO_TYPE and declared not in known.content_types:
        warnings.append(
            f"the Content-Type {declared[:CONTENT_TYPE_CHARACTERS]} is not that of {known.name}"
        )
    return tuple(warnings)


def check_dimensions(width: int, height: int, frames: int, max_pixels: int) -> None:
    """Refuse a picture without pixels, with too long a side, or too many pixels over all frames."""
    if width < 1 or height < 1:
        raise refusals.without_pixels(width, height)
    if max(width, height) > SIDE or width * height * frames > max_pixels:
        raise refusals.too_many_pixels(width, height, frames, max_pixels, SIDE)


def _names_another_type(extension: str, extensions: tuple[str, ...]) -> bool:
    """Return whether an extension is known for another type."""
    if extension in extensions:
        return False
    a_picture = any(extension in each.extensions for each in FORMATS.values())
    return a_picture or mimetypes.guess_type(f"name.{extension}")[0] is not None

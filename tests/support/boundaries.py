"""Limits on untrusted files as absolute numbers: what passes, and what is refused."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image_pipeline.errors import ValidationError
from pictures.formats import FORMATS
from validate.examine import examine

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PIXELS = 100_000_000
"""Width × height × frames that the template allows by default."""


TOO_COMPLEX = "The file has more {} than real pictures have; export the picture again."


@dataclass(frozen=True)
class Boundary:
    """One limit: how many of something real files have, how many pass, and a fixed bomb.

    `build` makes a file with a given number of them. A refusal has `reason`; `word` is what the
    message calls them, exactly for `too_complex`, and else a part of it.
    With a `format_name` the preflight reads the whole file, as in front of a decoder; without
    one the file is examined by its header, as an upload is.
    """

    build: Callable[[int], bytes]
    real: int
    most: int
    bomb: int
    word: str
    reason: str = "too_complex"
    format_name: str | None = None

    def refusal(self, number: int) -> str:
        """Reason and message for a file with this many; empty if it is accepted."""
        return refusal(self.build(number), self.format_name)

    def refuses(self, number: int) -> bool:
        """Whether a file with this many is refused for this limit, and for no other."""
        reason, _, message = self.refusal(number).partition(": ")
        is_named = self.word in message
        if self.reason == "too_complex":
            is_named = message == TOO_COMPLEX.format(self.word)
        return reason == self.reason and is_named


def refusal(data: bytes, format_name: str | None = None, max_pixels: int = MAX_PIXELS) -> str:
    """Reason and message of the refusal of a file; empty if it is accepted.

    Args:
        data: the file.
        format_name: of the preflight of a whole file; None to examine the header.
        max_pixels: the largest width × height × frames to accept.
    """
    try:
        if format_name is None:
            examine(io.BytesIO(data), "uploads/a", "", max_pixels)
        else:
            FORMATS[format_name].check(io.BytesIO(data), max_pixels, header_only=False)
    except ValidationError as error:
        return str(error)
    return ""

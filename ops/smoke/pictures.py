"""The pictures that the smoke test uploads, made in memory, and what should become of each."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from image_pipeline.errors import Reason
from image_pipeline.status import Status
from local import sample

if TYPE_CHECKING:
    from collections.abc import Mapping

_FRAMES = 3
_ANIMATION = (320, 240)
_HEIC = (800, 600)
REPLACED = "replaced.jpg"


@dataclass(frozen=True)
class Expected:
    """An outcome: status, reason, and whether renditions can be downloaded."""

    status: str
    reason: str | None = None

    @property
    def has_renditions(self) -> bool:
        """Whether the API returns URLs."""
        return self.status == Status.APPROVED

    def __str__(self) -> str:
        return f"{self.status} ({self.reason})" if self.reason else self.status


DELETED = Expected(Status.DELETED, Reason.OBJECT_DELETED)


@dataclass(frozen=True)
class Picture:
    """A file to upload; `label` names it in the tables."""

    label: str
    name: str
    content_type: str
    data: bytes
    expected: Expected


def pictures(parameters: Mapping[str, str]) -> list[Picture]:
    """Make the pictures that are uploaded first.

    Args:
        parameters: of the stack: without a moderation service, what is fine goes to review.
    """
    fine = expected_of_a_picture(parameters)
    corrupt = Expected(Status.REJECTED, Reason.CORRUPT)
    whole = sample.jpeg()
    return [
        Picture("first", REPLACED, "image/jpeg", _jpeg(_turned()), fine),
        Picture("good", "good.jpg", "image/jpeg", whole, fine),
        Picture("HEIC", "photo.heic", "image/heic", _heic(), fine),
        Picture("broken", "broken.jpg", "image/jpeg", whole[: len(whole) // 3], corrupt),
        Picture("animated", "animated.gif", "image/gif", _gif(), fine),
    ]


def replacement(parameters: Mapping[str, str]) -> Picture:
    """Make the picture that takes the place of the first one."""
    picture = sample.picture().resize(_HEIC)
    fine = expected_of_a_picture(parameters)
    return Picture("second", REPLACED, "image/jpeg", _jpeg(picture), fine)


def expected_of_a_picture(parameters: Mapping[str, str]) -> Expected:
    """Return the outcome of a picture in which no moderator finds anything."""
    if parameters.get("ModerationProvider") == "NONE":
        return Expected(Status.REVIEW, Reason.MODERATION_MANUAL)
    return Expected(Status.APPROVED)


def _turned() -> Image.Image:
    return sample.picture().resize(_HEIC).transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _heic() -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(sample.picture().resize(_HEIC)).save(buffer, quality=60)
    return buffer.getvalue()


def _gif() -> bytes:
    scene = sample.picture().resize(_ANIMATION)
    frames = [scene.rotate(10 * number) for number in range(_FRAMES)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=200, loop=0)
    return buffer.getvalue()

"""What an upload can make Rekognition answer: at most two calls, whatever is in it or throttled."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.support.handlers import load_handler
from tests.support.pictures import animation, file_of, photo
from tests.support.profiles import display_p3

from .conftest import ENVIRONMENT
from .step_calls import image_of
from .test_kept_answers import throttled

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Account, Context

MOST = 2
MOST_ATTEMPTS = 60
Size = tuple[int, int]


def frames(number: int, size: Size, mode: str = "RGB") -> list[Image.Image]:
    """Frames that all differ; with alpha, each shows other things on white and on black."""
    made = [photo(size).rotate(9 * n).convert(mode) for n in range(number)]
    if mode == "RGBA":
        for n, frame in enumerate(made):
            frame.putalpha(Image.new("L", size, 40 + 12 * n))
    return made


def still(mode: str, size: Size, format_name: str, **options: Any) -> bytes:
    return file_of(photo(size).convert(mode), format_name, **options)


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "many frames": ("GIF", lambda: animation(frames(12, (660, 660)), "GIF")),
    "long frames": ("GIF", lambda: animation(frames(7, (90, 2000)), "GIF")),
    "long and transparent": ("PNG", lambda: animation(frames(6, (2000, 100), "RGBA"), "PNG")),
    "transparent": ("WEBP", lambda: animation(frames(6, (650, 640), "RGBA"), "WEBP")),
    "a still in many tiles": ("PNG", lambda: still("RGBA", (60, 3000), "PNG")),
    "a still in a wide profile": (
        "TIFF",
        lambda: still("RGB", (900, 700), "TIFF", icc_profile=display_p3()),
    ),
}


@dataclass
class Rekognition:
    """Throttles half of the calls; counts the answers about each sheet."""

    randomness: random.Random
    calls: list[bytes] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)

    def detect_moderation_labels(self, **question: Any) -> dict[str, Any]:
        self.calls.append(question["Image"]["Bytes"])
        if self.randomness.random() < 0.5:
            raise throttled()
        self.answered.append(self.calls[-1])
        return {"ModerationLabels": [], "ModerationModelVersion": "7.0"}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_upload_is_answered_twice_at_most(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    format_name, made = HOSTILE[name]
    rekognition = Rekognition(random.Random(name))
    monkeypatch.setattr("image_pipeline.aws.rekognition", lambda: rekognition)
    module = load_handler("moderate", ENVIRONMENT, monkeypatch)
    image = image_of(account, made(), format_name)

    for _ in range(MOST_ATTEMPTS):
        before = len(rekognition.answered)
        asked = len(rekognition.calls)
        try:
            verdict = module.handler({"image": image}, context)
        except type(throttled()):
            assert rekognition.calls[asked] not in rekognition.answered[:before]
            continue
        break

    assert verdict["verdict"] == "approved"
    assert 1 <= len(rekognition.answered) <= MOST
    assert len(set(rekognition.answered)) == len(rekognition.answered)

"""What became of one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_GOOD = {"approved", "review", "rejected"}


@dataclass(frozen=True)
class Outcome:
    """The outcome of one file.

    Args:
        file: as it was named.
        status: of the image; `failed` also when it has no record.
        seconds: from the upload to the end of the execution.
        states: of the state machine, in the order in which they were entered.
        image: the API's answer, or None.
        explanation: of what went wrong, in one line.
        unreadable: the API or a rendition's URL did not answer as it should.
        saved: the renditions as they were saved.
    """

    file: str
    status: str
    seconds: float
    states: tuple[str, ...]
    image: dict[str, Any] | None
    explanation: str = ""
    unreadable: bool = False
    saved: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the pipeline let the file down."""
        return self.unreadable or self.status not in _GOOD

    @property
    def image_id(self) -> str | None:
        """The image's id, if there is a record of it."""
        return self.image["image_id"] if self.image else None

    @property
    def reason(self) -> str | None:
        """The code of why the image is not approved."""
        return self.image.get("reason") if self.image else None

    def as_json(self) -> dict[str, Any]:
        """The item of the output of `--json`."""
        return {
            "file": self.file,
            "image_id": self.image_id,
            "status": self.status,
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
            "states": list(self.states),
            "image": self.image,
        }

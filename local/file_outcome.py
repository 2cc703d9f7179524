"""The outcome of one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_SUCCESSFUL = {"approved", "review", "rejected", "skipped"}
NOT_DONE = "not done"  # the status of a file whose processing was interrupted


@dataclass(frozen=True)
class FileOutcome:
    """The outcome of one file.

    Args:
        file: as it was named.
        status: of the image; `failed` also if it has no record. A file that did not reach the
            pipeline is `skipped`, `unreadable` or `not done`.
        seconds: from the upload to the end of the execution.
        states: of the state machine, in the order in which they were entered.
        image: the API's answer, or None.
        explanation: what went wrong, in one line.
        incomplete: the API did not answer, or a rendition could not be downloaded or saved.
        saved: the paths of the saved renditions.
    """

    file: str
    status: str
    seconds: float = 0.0
    states: tuple[str, ...] = ()
    image: dict[str, Any] | None = None
    explanation: str = ""
    incomplete: bool = False
    saved: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the file makes the whole run fail."""
        return self.incomplete or self.status not in _SUCCESSFUL

    @property
    def image_id(self) -> str | None:
        """The image's id, if there is a record of it."""
        return self.image["image_id"] if self.image else None

    @property
    def reason(self) -> str | None:
        """The code of the reason why the image is not approved."""
        return self.image.get("reason") if self.image else None

    def as_json(self) -> dict[str, Any]:
        """The item in the output of `--json`."""
        return {
            "file": self.file,
            "image_id": self.image_id,
            "status": self.status,
            "reason": self.reason,
            "explanation": self.explanation or None,
            "seconds": round(self.seconds, 3),
            "states": list(self.states),
            "image": self.image,
        }

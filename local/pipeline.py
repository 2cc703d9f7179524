"""One file's way through the pipeline: uploaded, followed, asked about, downloaded."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from local import web
from local.executions import follow
from local.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.aws.offline import OfflineAws
    from local.uploads import Upload

_ENDINGS = {"image/jpeg": "jpg", "image/svg+xml": "svg"}
_OPEN = {"pending", "processing"}


@dataclass(frozen=True)
class Pipeline:
    """The pipeline in an offline AWS.

    Args:
        aws: opened.
        metadata: of every object that is uploaded.
        folder: where renditions go, each image's into one of its own.
        stopping: set to stop following executions.
    """

    aws: OfflineAws
    metadata: dict[str, str]
    folder: Path
    stopping: threading.Event = field(default_factory=threading.Event)

    def process(self, upload: Upload, entered: Callable[[str], None] | None) -> Outcome:
        """Put a file through the pipeline.

        Args:
            upload: the file.
            entered: called with the name of each state that its execution enters, if anybody
                wants to know.

        Raises:
            StoppedError: the pipeline is stopping.
        """
        start = time.monotonic()
        execution = follow(self.aws, self._start(upload), entered, self.stopping)
        outcome = Outcome(
            file=str(upload.path),
            status="failed",
            seconds=time.monotonic() - start,
            states=execution.states,
            image=None,
            explanation=execution.explanation,
        )
        try:
            return self._with_image(outcome, web.image_by_key(self.aws.api_url, upload.key))
        except OSError as unreadable:  # urllib's errors are
            return replace(outcome, unreadable=True, explanation=str(unreadable))

    def _with_image(self, outcome: Outcome, image: dict[str, Any] | None) -> Outcome:
        if image is None:
            return outcome
        # Nothing works on it any more, whatever an open record hopes.
        status = outcome.status if image["status"] in _OPEN else image["status"]
        return replace(outcome, status=status, image=image, saved=tuple(self._save(image)))

    def _start(self, upload: Upload) -> str:
        declared = {"ContentType": upload.content_type} if upload.content_type else {}
        with upload.path.open("rb") as file:
            answer = self.aws.client("s3").put_object(
                Bucket=self.aws.deployment.ref("UploadsBucket"),
                Key=upload.key,
                Body=file,
                Metadata=self.metadata,
                **declared,
            )
        executions = self.aws.delivery.executions_of(upload.key, answer.get("VersionId"))
        if not executions:
            message = f"no execution was started for {upload.key}"
            raise RuntimeError(message)
        return executions[0]

    def _save(self, image: dict[str, Any]) -> list[str]:
        """Download the renditions through their URLs."""
        saved = []
        for rendition in image.get("renditions", []):
            kind = rendition["content_type"]
            ending = _ENDINGS.get(kind) or kind.rpartition("/")[2]
            name = re.sub(r"[^\w-]", "_", rendition["name"])
            path = self.folder / image["image_id"] / f"{name}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            web.download(rendition["url"], path)
            saved.append(str(path))
        return saved

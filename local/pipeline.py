"""One file's way through the pipeline: uploaded, followed, looked up, downloaded."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local import web
from local.executions import StoppedError, follow
from local.file_outcome import NOT_DONE, FileOutcome
from local.uploads import printable, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local.aws.offline import OfflineAws
    from local.executions import Execution
    from local.moderated import Moderated
    from local.uploads import Upload

_ENDINGS = {"image/jpeg": "jpg", "image/svg+xml": "svg"}
_OPEN = {"pending", "processing"}
_SECONDS_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True)
class Pipeline:
    """The pipeline in an offline AWS.

    Args:
        aws: opened.
        metadata: of every uploaded object.
        folder: where renditions and moderated pictures are saved, one subfolder for each image.
        moderated: holds the pictures that were moderated.
        stopping: set to stop following executions.
    """

    aws: OfflineAws
    metadata: dict[str, str]
    folder: Path
    moderated: Moderated
    stopping: threading.Event = field(default_factory=threading.Event)

    def process(self, upload: Upload, entered: Callable[[str], None] | None) -> FileOutcome:
        """Put a file through the pipeline, and free everything that it occupied.

        Args:
            upload: the file.
            entered: called with the name of each state that its execution enters.
        """
        try:
            outcome = self._outcome(upload, entered)
        except StoppedError:
            return FileOutcome(str(upload.path), NOT_DONE)
        if self.stopping.is_set() and outcome.failed:
            return FileOutcome(str(upload.path), NOT_DONE)  # stopping is what made it fail
        return outcome

    def _outcome(self, upload: Upload, entered: Callable[[str], None] | None) -> FileOutcome:
        file = str(upload.path)
        try:
            data = upload.path.read_bytes()
        except OSError as error:
            return FileOutcome(file, "unreadable", explanation=reason(error))
        start = time.monotonic()
        try:
            version = self._upload(upload, data)
        except (BotoCoreError, ClientError) as error:
            return FileOutcome(file, "failed", explanation=str(error))
        del data  # while the execution runs, one copy in S3 is enough
        executions = list(self._executions(upload.key, version, entered))
        if not executions:
            return FileOutcome(file, "failed", explanation="the upload started no execution")
        execution = executions[-1]
        outcome = FileOutcome(
            file,
            "failed",
            seconds=time.monotonic() - start,
            states=execution.states,
            explanation=execution.explanation,
        )
        outcome = self._with_image(outcome, upload.key)
        objects = {"UploadsBucket": upload.key}
        if outcome.image_id:
            objects["RenditionsBucket"] = f"{outcome.image_id}/"
        for each in executions:
            self.aws.forget(each.arn, objects)
        return outcome

    def _upload(self, upload: Upload, data: bytes) -> str:
        """Upload a file; the id of its version."""
        declared = {"ContentType": upload.content_type} if upload.content_type else {}
        answer = self.aws.client("s3").put_object(
            Bucket=self.aws.deployment.ref("UploadsBucket"),
            Key=upload.key,
            Body=data,
            Metadata=self.metadata,
            **declared,
        )
        return str(answer["VersionId"])

    def _executions(
        self, key: str, version: str, entered: Callable[[str], None] | None
    ) -> Iterator[Execution]:
        """Follow the executions of an upload: one, or with a queue as many as it takes."""
        told = 0
        while True:
            # In this order: what has left the queue has started all of its executions.
            is_queued = self._is_queued(version)
            started = self.aws.delivery.executions_of(key, version)
            if len(started) > told:
                yield follow(self.aws, started[told], entered, self.stopping)
                told += 1
            elif not is_queued:
                return
            elif self.stopping.wait(_SECONDS_BETWEEN_LOOKS):
                raise StoppedError(key)

    def _is_queued(self, version: str) -> bool:
        deployment = self.aws.deployment
        if "UploadsQueue" not in deployment.resources:
            return False
        arn = str(deployment.resources["UploadsQueue"].attributes["Arn"])
        return self.aws.queues.holds(arn, version)

    def _with_image(self, outcome: FileOutcome, key: str) -> FileOutcome:
        """Add what the API says about the image; save its renditions and what was moderated."""
        try:
            image = web.image_by_key(self.aws.api_url, key)
            if image is None:
                return outcome
            # No execution works on the image any more, so a record that is still open failed.
            status = outcome.status if image["status"] in _OPEN else image["status"]
            outcome = replace(outcome, status=status, image=image)
            files = [(path, web.download(url)) for path, url in self._renditions(image)]
            files += self._judged(image["image_id"])
        except OSError as error:  # includes urllib's errors
            return replace(outcome, incomplete=True, explanation=str(error))
        try:
            for path, data in files:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        except OSError as error:
            message = f"not saved: {printable(str(error.filename))}: {reason(error)}"
            return replace(outcome, incomplete=True, explanation=message)
        return replace(outcome, saved=tuple(str(path) for path, _ in files))

    def _judged(self, image_id: str) -> Iterator[tuple[Path, bytes]]:
        """Where each moderated picture is saved, and its bytes."""
        for name, picture in self.moderated.taken(image_id):
            yield self.folder / image_id / name, picture

    def _renditions(self, image: dict[str, Any]) -> Iterator[tuple[Path, str]]:
        """Where each rendition is saved, and its URL."""
        for rendition in image.get("renditions", []):
            kind = rendition["content_type"]
            ending = _ENDINGS.get(kind) or kind.rpartition("/")[2]
            name = re.sub(r"[^\w-]", "_", rendition["name"])
            yield self.folder / image["image_id"] / f"{name}.{ending}", rendition["url"]

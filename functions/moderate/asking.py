"""Asks Rekognition about a picture: the file itself where it shows the same, otherwise sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from image_pipeline import storage
from image_pipeline.observability import count_bytes, stage
from image_pipeline.s3_file import S3File
from moderate.in_place import is_shown_as_stored, may_fit
from moderate.rekognition import in_s3, labels_as_stored, moderation_labels
from pictures import limits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from mypy_boto3_rekognition.type_defs import ImageTypeDef

    from image_pipeline.budget import Budget
    from image_pipeline.models import Picture, ValidatedImage
    from image_pipeline.records import Records
    from moderate.known_answers import KnownAnswers

    Answer = dict[str, Any]


@dataclass(frozen=True)
class Asking:
    """How Rekognition is asked.

    Args:
        adapter: the ARN of a project version; None for the base model.
        min_confidence: the lowest confidence of labels, in percent.
        max_pixels: of a picture that is decoded.
        answers_table: where answers are kept for other pictures; None if they are not.
        keep_days: for how long.
    """

    adapter: str | None
    min_confidence: float
    max_pixels: int
    answers_table: str | None
    keep_days: int

    def answers(self, image: ValidatedImage, records: Records, budget: Budget) -> Sequence[Answer]:
        """Return one answer about the file itself, or one about each sheet of what is shown."""
        picture = image.picture
        # By a name that does not tell the content, Rekognition could read what has replaced the
        # upload.
        if picture.object.etag is None and self._is_shown_as_stored(picture):
            answer = self._answer_as_stored(picture)
            if answer is not None:
                return [answer]
        from moderate.answers import KeptAnswers  # imported here: milliseconds for most photos

        kept = KeptAnswers(records, image.claim, f"{self.adapter} {self.min_confidence}")
        return kept.ask(self._sheets(picture, budget), self._ask)

    def _answer_as_stored(self, picture: Picture) -> Answer | None:
        """Return the answer about the file itself; None if Rekognition does not accept it."""
        known, source = self._known_answers(), in_s3(picture.object)

        def show(shown: ImageTypeDef) -> Any:
            return labels_as_stored(shown, self.min_confidence, self.adapter)

        # A version never changes, but what a name without one stands for may, between two reads.
        is_pinned = picture.object.version_id is not None
        if known is None or not (is_pinned or picture.bytes <= limits.REKOGNITION_SAMPLE_BYTES):
            return cast("Answer | None", show(source))
        data = _download(picture)
        return known.ask(data, lambda: show(source if is_pinned else {"Bytes": data}))

    def _is_shown_as_stored(self, picture: Picture) -> bool:
        if not may_fit(picture.format, picture.bytes):
            return False
        with stage("Header"):
            file = S3File(picture.object, picture.bytes)
            is_shown = is_shown_as_stored(cast("BinaryIO", file), picture.format, self.max_pixels)
        count_bytes("In", file.fetched)
        return is_shown

    def _ask(self, sheet: bytes) -> Any:
        def show() -> Any:
            return moderation_labels({"Bytes": sheet}, self.min_confidence, self.adapter)

        known = self._known_answers()
        return known.ask(sheet, show) if known else show()

    def _known_answers(self) -> KnownAnswers | None:
        if self.answers_table is None:
            return None
        from moderate.known_answers import KnownAnswers  # imported here: few stacks keep answers

        return KnownAnswers(self.answers_table, self.keep_days, self.adapter, self.min_confidence)

    def _sheets(self, picture: Picture, budget: Budget) -> list[bytes]:
        from moderate.samples import samples

        data = _download(picture)
        return samples(data, picture.format, max_pixels=self.max_pixels, stage=budget.stage)


def _download(picture: Picture) -> bytes:
    with stage("Download"):
        data = storage.read(picture.object, picture.bytes)
    count_bytes("In", len(data))
    return data

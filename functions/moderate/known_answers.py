"""Keeps Rekognition's answers by the digest of what it was shown, so that it sees nothing twice.

An answer is found again by the SHA-256 of the bytes that Rekognition was shown, by its adapter and
by the version of its model. Only the function that showed the bytes knows their digest and writes
the table, so that no upload can put an answer under the digest of another picture. What is kept are
labels, not verdicts: the policy of today is applied to them.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode, encode_item
from image_pipeline.observability import count, logger, stage
from moderate.verdict import KEPT

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = dict[str, Any]

_DAY = 24 * 3600
_LABELS, _VERSION = "ModerationLabels", "ModerationModelVersion"
_UNAVAILABLE = (BotoCoreError, ClientError)


@dataclass(frozen=True)
class KnownAnswers:
    """The table of answers.

    Args:
        table_name: of the table, whose key is `id`.
        days: how long to keep an answer.
        adapter: that Rekognition is asked with; None for the base model.
        min_confidence: that Rekognition is asked for, in percent.
    """

    table_name: str
    days: int
    adapter: str | None
    min_confidence: float

    def ask(self, shown: bytes, ask: Callable[[], Answer | None]) -> Answer | None:
        """Return the answer about bytes; `ask` is called if none is known, and shows just these.

        An error of the table is logged: Rekognition is asked, or the answer is not kept.
        """
        digest = hashlib.sha256(shown).hexdigest()
        with stage("KnownAnswers"):
            found = self._find(digest)
        if found is not None:
            count("AnswersReused", 1)
            return found
        answer = ask()
        if answer is not None and _LABELS in answer and answer.get(_VERSION):
            with stage("KnownAnswers"):
                self._keep(digest, answer)
        return answer

    def _find(self, digest: str) -> Answer | None:
        """Return a kept answer of the model that has answered last, if it tells enough."""
        try:
            latest = self._get(self._latest())
            kept = latest and self._get(self._name(digest, latest["version"]))
        except _UNAVAILABLE:
            logger.warning("kept answers cannot be read", exc_info=True)
            return None
        # Asked for higher confidences than now, an answer lacks labels.
        if latest is None or kept is None or kept["min_confidence"] > self.min_confidence:
            return None
        labels = [
            label
            for label in json.loads(kept["labels"])
            if label["Confidence"] >= self.min_confidence
        ]
        return {_LABELS: labels, _VERSION: latest["version"], KEPT: True}

    def _keep(self, digest: str, answer: Answer) -> None:
        version = answer[_VERSION]
        labels = json.dumps(answer[_LABELS], separators=(",", ":"))
        try:
            # First, so that answers of a model that is gone are not found any more.
            self._put(self._latest(), version=version)
            self._put(
                self._name(digest, version), labels=labels, min_confidence=self.min_confidence
            )
        except _UNAVAILABLE:
            logger.warning("answer not kept", exc_info=True)

    def _latest(self) -> str:
        return self._name("latest", "")

    def _name(self, digest: str, version: str) -> str:
        return "/".join((digest, version, self.adapter or ""))

    def _get(self, name: str) -> dict[str, Any] | None:
        answer = aws.dynamodb().get_item(
            TableName=self.table_name, Key={"id": encode(name)}, ConsistentRead=True
        )
        found = decode_item(answer["Item"]) if "Item" in answer else None
        # DynamoDB deletes what has expired within days, not at once.
        return found if found and found["expires"] > time.time() else None

    def _put(self, name: str, **facts: Any) -> None:
        expires = int(time.time()) + self.days * _DAY
        item = encode_item({"id": name, "expires": expires, **facts})
        aws.dynamodb().put_item(TableName=self.table_name, Item=item)

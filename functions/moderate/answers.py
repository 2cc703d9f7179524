"""Keeps Rekognition's answers about the sheets of a picture, so that no retry pays for one again.

An answer is kept in the record, under the claim, before Rekognition is asked about the next sheet.
A retry makes the same sheets again and asks only about those that have no answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from image_pipeline.history import MODERATION_ANSWERS
from image_pipeline.observability import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from image_pipeline.models import Claim
    from image_pipeline.records import Records

    Answer = dict[str, Any]

_ANSWERED = ("ModerationLabels", "ModerationModelVersion")


@dataclass(frozen=True)
class KeptAnswers:
    """The answers in the record of one upload.

    `question` is everything besides the sheet that decides an answer: the settings of the call.
    """

    records: Records
    claim: Claim
    question: str

    def ask(self, sheets: Sequence[bytes], ask: Callable[[bytes], Answer]) -> list[Answer]:
        """Return the answers about sheets in their order; `ask` is called where none is kept.

        Raises:
            Superseded: the claim is lost, so the answers are of no use.
        """
        if len(sheets) == 1:
            return [ask(sheets[0])]
        kept = self._kept()
        answers = []
        for number, sheet in enumerate(sheets, 1):
            name = self._name(sheet)
            if name not in kept:
                kept[name] = ask(sheet)
                if number < len(sheets):
                    self._keep(kept)
            answers.append(kept[name])
        return answers

    def _name(self, sheet: bytes) -> str:
        """Name an answer by all that decides it, so that no other sheet or setting can match."""
        digest = hashlib.sha256(sheet).hexdigest()
        return hashlib.sha256(f"{self.question}\n{digest}".encode()).hexdigest()

    def _kept(self) -> dict[str, Answer]:
        record = self.records.require_open_claim(self.claim)
        found = record.get(MODERATION_ANSWERS, {})
        return {name: answer for name, answer in found.items() if _is_answer(answer)}

    def _keep(self, answers: dict[str, Answer]) -> None:
        facts = {
            name: {part: answer[part] for part in _ANSWERED if part in answer}
            for name, answer in answers.items()
        }
        try:
            self.records.note(self.claim, {MODERATION_ANSWERS: facts})
        except (BotoCoreError, ClientError):
            # An error would make a retry pay again; Rekognition may well answer the next call.
            logger.warning("answer not kept", exc_info=True)


def _is_answer(found: Any) -> bool:
    return isinstance(found, dict) and all(part in found for part in _ANSWERED)

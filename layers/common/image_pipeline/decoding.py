"""Notes in the record that decoding has begun, so that a kill can be laid at the picture's door.

Lambda says that it stopped a function, but not during what. A picture is only to blame while it is
decoded: the downloads before and the uploads after wait for S3. Most pictures take one attempt, so
the first attempt notes nothing. Step Functions gives up after the second kill, when every attempt
since the first kill has written its notes.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline.history import DECODING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_pipeline.models import Claim
    from image_pipeline.records import Records


@dataclass(frozen=True)
class DecodingNote:
    """The note of one attempt, under its claim.

    Every method raises `Superseded` if it has to write and the claim is not held.
    """

    records: Records
    claim: Claim
    retry: int

    def begin(self) -> None:
        """Remove the note that an earlier attempt may have left; called first of all."""
        if self.retry > 1:
            self.records.note(self.claim, {DECODING: False})

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Keep the note while the picture is decoded; after an error, it stays."""
        if self.retry > 0:
            self.records.note(self.claim, {DECODING: True})
        yield
        if self.retry > 0:
            self.records.note(self.claim, {DECODING: False})


def was_decoding(record: dict[str, Any] | None) -> bool:
    """Whether the last attempt of a step that was killed was decoding."""
    return record is not None and record.get(DECODING) is True

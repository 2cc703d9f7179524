"""Decides which execution works on what: the record follows what the bucket holds.

Events may arrive late, twice, out of order or never, so an event is only a hint. An execution reads
the record, then asks S3 what the key holds now, and writes its claim on the condition that the
record has not changed since it was read. Every claim is therefore based on a look at the bucket
that is later than the claim before it, and none can put an older state over a newer one. No clocks
and no sequencers of different origins are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from image_pipeline.claim_rules import is_free, is_held, is_unannounced
from image_pipeline.claimed_record import claim_events, opened, recorded, started_over
from image_pipeline.current import Current, current
from image_pipeline.earlier import may_reuse
from image_pipeline.errors import Superseded, Unannounced
from image_pipeline.history import event as told
from image_pipeline.identity import comparable_sequencer, following_sequencer, image_id
from image_pipeline.models import Claim, S3Object, Upload
from image_pipeline.observability import identify
from image_pipeline.records import ChangedError, ending, version_of

if TYPE_CHECKING:
    from image_pipeline.events import ObjectEvent
    from image_pipeline.records import Records

    Record = dict[str, Any]

# Every failed attempt means that another execution has made progress.
_ATTEMPTS = 10


@dataclass(frozen=True)
class Claiming:
    """Claims records.

    Args:
        records: the table of records.
        id_salt: the salt of the image ids.
        keep_last_approved: whether the renditions of an approved version stay readable while a
            newer version is in work.
    """

    records: Records
    id_salt: bytes
    keep_last_approved: bool

    def record(self, event: ObjectEvent) -> Record | None:
        """Return the record of the image that an event is about."""
        return self.records.get(image_id(event.key, self.id_salt))

    def claim(self, event: ObjectEvent, execution: str) -> tuple[Claim, Upload]:
        """Claim the record for what the bucket holds now; idempotent per execution.

        Returns:
            The claim, and the upload to work on; without a version if the object is gone.

        Raises:
            Superseded: there is nothing to do, or another execution does it.
            Unannounced: an earlier try of the same message has done it.
        """
        self._identify(event, execution)
        for _ in range(_ATTEMPTS):
            record = self.record(event)
            found = current(event.bucket, event.key)
            if record is not None and is_held(record, execution):
                return recorded(event.bucket, record)
            if not is_free(record, found, event, execution):
                if record is not None and is_unannounced(record, execution):
                    raise Unannounced("an earlier try has finished the record")
                raise Superseded("another execution works on this version, or has finished it")
            claim, upload = self._next(event, execution, record, found)
            try:
                claimed = opened(claim, upload, record, event, keeps=self.keep_last_approved)
                self.records.replace(claimed, record, claim_events(claim, upload, record, event))
            except ChangedError:
                continue
            return replace(claim, reuse=may_reuse(claimed)), upload
        raise Superseded("the record kept changing")

    def finished(self, event: ObjectEvent, execution: str) -> tuple[Record, Claim, Upload]:
        """Return the record that an earlier try of the same message has finished.

        Raises:
            Superseded: the record has changed since.
        """
        self._identify(event, execution)
        record = self.record(event)
        if record is None or not is_unannounced(record, execution):
            raise Superseded("the record is not what an earlier try has left")
        return record, *recorded(event.bucket, record)

    def take_over(
        self, event: ObjectEvent, execution: str, version: str | None
    ) -> tuple[Claim, Upload]:
        """Claim the record to end an execution in an error, and start the record over.

        Everything that the execution wrote is replaced, even its outcome. Only the notes of the
        uploader and of a decoding step, and the last approved version, stay. Steps of the execution
        that are still running lose their claim, because its holder has another name from now on.

        Args:
            event: that started the execution.
            execution: its ARN.
            version: what it has worked on, if it got so far.

        Raises:
            Superseded: the record is not this execution's to change.
        """
        self._identify(event, execution)
        for _ in range(_ATTEMPTS):
            record = self.record(event)
            if record is not None and record.get("execution") in {execution, ending(execution)}:
                claim, upload = recorded(event.bucket, record)
                claimed = started_over(record, execution)
                events = []
            else:
                found = self._look(event, record)
                worked_on = version or event.version_id
                is_other = found is not None and worked_on not in {None, found.version}
                if is_other or not is_free(record, found, event, execution):
                    raise Superseded("the record is of another version, or was finished")
                claim, upload = self._next(event, execution, record, found)
                claimed = opened(claim, upload, record, event, keeps=self.keep_last_approved)
                events = claim_events(claim, upload, record, event)
            holder = ending(execution)
            events.append(told("stopped", execution=execution))
            try:
                self.records.replace({**claimed, "execution": holder}, record, events)
            except ChangedError:
                continue
            return Claim(claim.image_id, claim.sequencer, holder), upload
        raise Superseded("the record kept changing")

    def _identify(self, event: ObjectEvent, execution: str) -> None:
        identify(Claim(image_id(event.key, self.id_salt), "", execution))

    def _look(self, event: ObjectEvent, record: Record | None) -> Current | None:
        """Ask S3; if it cannot answer, believe the event about an image without a record."""
        try:
            return current(event.bucket, event.key)
        except (ClientError, BotoCoreError):
            if record is not None or not event.is_creation:
                raise
            return Current(event.version_id, event.etag or "", event.size or 0, event.time)

    def _next(
        self, event: ObjectEvent, execution: str, record: Record | None, found: Current | None
    ) -> tuple[Claim, Upload]:
        """Return the claim that follows the one in the record, and the upload it is for."""
        known = record["sequencer"] if record and "sequencer" in record else ""
        sequencer = event.sequencer or ""
        if not sequencer or comparable_sequencer(sequencer) < known:
            is_same = record is not None and found and version_of(record) == found.version
            sequencer = known if is_same else following_sequencer(known)
        claim = Claim(image_id(event.key, self.id_salt), comparable_sequencer(sequencer), execution)
        if found is None:
            return claim, Upload(S3Object(event.bucket, event.key), 0, sequencer, event.time)
        is_announced = event.is_creation and event.version_id == found.version_id
        where = S3Object(
            event.bucket,
            event.key,
            found.version_id,
            None if found.is_versioned else found.etag,
        )
        uploaded_at = event.time if is_announced else found.modified
        return claim, Upload(
            where, found.size, sequencer, uploaded_at, found.version, found.archived
        )

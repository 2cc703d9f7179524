"""Decides which execution works on what: the record follows what the bucket holds.

Events may arrive late, twice, out of order or never, so an event is only a hint. An execution reads
the record, then asks S3 what the key holds now, and writes its claim on the condition that the
record has not changed since it was read. Every claim is therefore based on a look at the bucket
that is later than the claim before it, and none can put an older state over a newer one. No clocks
and no sequencers of different origins are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from image_pipeline.claim_rules import is_free, is_held, last_approved
from image_pipeline.current import Current, current
from image_pipeline.errors import Superseded
from image_pipeline.events import S3, SWEEP
from image_pipeline.history import DECODING, UPLOADER, now
from image_pipeline.history import event as told
from image_pipeline.identity import comparable_sequencer, following_sequencer, image_id
from image_pipeline.models import Claim, S3Object, Upload
from image_pipeline.observability import identify
from image_pipeline.records import ChangedError, ending, version_of
from image_pipeline.status import Status

if TYPE_CHECKING:
    from image_pipeline.events import ObjectEvent
    from image_pipeline.records import Records

    Record = dict[str, Any]

# What of a record stays when its own execution starts it over.
_STAYS = (
    *("image_id", "owner", "created_at", "key", "uploaded_at", "sequencer", "announced_as"),
    *("open", "version", "archived", "restarts", "displaced", "last_approved", "decision"),
    *("upload", DECODING),
)
# What belongs to the image, whatever its key holds.
_OF_THE_KEY = ("owner", "created_at")
# Every failed attempt means that another execution has made progress.
_ATTEMPTS = 10
# Executions that lost a record while they worked; more overwrites than this at once are no upload.
_REMEMBERED = 50


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
        """
        self._identify(event, execution)
        for _ in range(_ATTEMPTS):
            record = self.record(event)
            found = current(event.bucket, event.key)
            if record is not None and is_held(record, execution):
                return recorded(event.bucket, record)
            if not is_free(record, found, event, execution):
                raise Superseded("another execution works on this version, or has finished it")
            claim, upload = self._next(event, execution, record, found)
            try:
                opened = self._opened(claim, upload, record, event)
                self.records.replace(opened, record, _claimed(claim, upload, record, event))
            except ChangedError:
                continue
            return claim, upload
        raise Superseded("the record kept changing")

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
                opened = _started_over(record, execution)
                events = []
            else:
                found = self._look(event, record)
                worked_on = version or event.version_id
                is_other = found is not None and worked_on not in {None, found.version}
                if is_other or not is_free(record, found, event, execution):
                    raise Superseded("the record is of another version, or was finished")
                claim, upload = self._next(event, execution, record, found)
                opened = self._opened(claim, upload, record, event)
                events = _claimed(claim, upload, record, event)
            holder = ending(execution)
            events.append(told("stopped", execution=execution))
            try:
                self.records.replace({**opened, "execution": holder}, record, events)
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

    def _opened(
        self, claim: Claim, upload: Upload, known: Record | None, event: ObjectEvent
    ) -> Record:
        """Return the record in `processing`."""
        record: Record = {
            "image_id": claim.image_id,
            "status": Status.PROCESSING,
            "open": claim.image_id[0],
            "key": upload.object.key,
            "uploaded_at": upload.uploaded_at,
            "claimed_at": now(),
            "sequencer": claim.sequencer,
            "announced_as": upload.sequencer,
            "execution": claim.execution,
            **({"source": _source(upload)} if upload.version else {}),
        }
        if upload.version != upload.object.version_id:
            record["version"] = upload.version
        if upload.archived:
            record["archived"] = True
        if known is None:
            return record
        record |= {name: known[name] for name in _OF_THE_KEY if name in known}
        if version_of(known) == upload.version:
            record |= {"decision": known["decision"]} if "decision" in known else {}
            restarts = known.get("restarts", 0) + (event.source == SWEEP)
            record |= {"restarts": restarts} if restarts else {}
        displaced = [*known.get("displaced", [])]
        if known["status"] == Status.PROCESSING and "execution" in known:
            displaced.append(known["execution"])
        record |= {"displaced": displaced[-_REMEMBERED:]} if displaced else {}
        kept = last_approved(known) if self.keep_last_approved and upload.version else None
        return record | ({"last_approved": kept} if kept else {})


def _claimed(
    claim: Claim, upload: Upload, known: Record | None, event: ObjectEvent
) -> list[Record]:
    """Return the events that a claim adds to the history."""
    why = None if event.source == S3 else event.source.rpartition(".")[2]
    claimed = told("claimed", execution=claim.execution, version=upload.version, why=why)
    if upload.version is None or (known is not None and version_of(known) == upload.version):
        return [claimed]
    is_by_caller = known is not None and known["status"] == Status.PENDING and "owner" in known
    by = known["owner"] if known is not None and is_by_caller else UPLOADER
    uploaded = told("uploaded", by, upload.uploaded_at, version=upload.version, bytes=upload.size)
    return [uploaded, claimed]


def _source(upload: Upload) -> Record:
    source: Record = {"bytes": upload.size}
    facts = {"version_id": upload.object.version_id, "etag": upload.object.etag}
    return source | {name: fact for name, fact in facts.items() if fact}


def recorded(bucket: str, record: Record) -> tuple[Claim, Upload]:
    """Return the claim and the upload that a record is of."""
    source = record.get("source", {})
    where = S3Object(bucket, record["key"], source.get("version_id"), source.get("etag"))
    claim = Claim(record["image_id"], record["sequencer"], record["execution"])
    upload = Upload(
        where,
        source.get("bytes", 0),
        str(record.get("announced_as", record["sequencer"])),
        record["uploaded_at"],
        version_of(record),
        "archived" in record,
    )
    return claim, upload


def _started_over(record: Record, execution: str) -> Record:
    """Return the record of an execution as it was when it was claimed, with the notes."""
    source = {
        name: fact
        for name, fact in record.get("source", {}).items()
        if name in {"bytes", "version_id", "etag"}
    }
    return {
        **{name: record[name] for name in _STAYS if name in record},
        "status": Status.PROCESSING,
        "open": record["image_id"][0],
        "claimed_at": now(),
        "execution": execution,
        **({"source": source} if source else {}),
    }

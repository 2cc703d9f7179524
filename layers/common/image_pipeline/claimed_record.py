"""The record of an image as a claim opens it, with the events that tell of the claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline.claim_rules import last_approved
from image_pipeline.earlier import may_reuse, reusable
from image_pipeline.events import S3, SWEEP
from image_pipeline.history import DECODING, EARLIER, UPLOADER, now
from image_pipeline.history import event as told
from image_pipeline.models import Claim, S3Object, Upload
from image_pipeline.records import version_of
from image_pipeline.status import Status

if TYPE_CHECKING:
    from image_pipeline.events import ObjectEvent

    Record = dict[str, Any]

# What of a record stays when its own execution starts it over.
_STAYS = (
    *("image_id", "owner", "created_at", "key", "uploaded_at", "sequencer", "announced_as"),
    *("open", "version", "archived", "restarts", "displaced", "last_approved", "decision"),
    *("upload", DECODING),
)
# What belongs to the image, whatever its key holds.
_OF_THE_KEY = ("owner", "created_at")
# Executions that lost a record while they worked; more overwrites than this at once are no upload.
_REMEMBERED = 50


def opened(
    claim: Claim, upload: Upload, known: Record | None, event: ObjectEvent, *, keeps: bool
) -> Record:
    """Return the record that a claim opens.

    Args:
        claim: on the record.
        upload: to work on.
        known: the record before, if there was one.
        event: that started the execution.
        keeps: whether the renditions of an approved version stay readable.
    """
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
        earlier = reusable(known) if event.reuse else {}
        record |= {EARLIER: earlier} if earlier else {}
    displaced = [*known.get("displaced", [])]
    if known["status"] == Status.PROCESSING and "execution" in known:
        displaced.append(known["execution"])
    record |= {"displaced": displaced[-_REMEMBERED:]} if displaced else {}
    kept = last_approved(known) if keeps and upload.version else None
    return record | ({"last_approved": kept} if kept else {})


def claim_events(
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
    names = (record["image_id"], record["sequencer"], record["execution"])
    claim = Claim(*names, reuse=may_reuse(record))
    upload = Upload(
        where,
        source.get("bytes", 0),
        str(record.get("announced_as", record["sequencer"])),
        record["uploaded_at"],
        version_of(record),
        "archived" in record,
    )
    return claim, upload


def started_over(record: Record, execution: str) -> Record:
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

"""Results of an earlier execution for the same version of an object, which steps may reuse.

Only an event that allows it, such as those of a backfill, keeps them: in the open record, because
metadata must not enter an execution history. Each step compares the digest of what it would apply
with the digest that the earlier result was made with, and works as ever if they differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline.history import EARLIER
from image_pipeline.records import holds
from image_pipeline.status import Status

if TYPE_CHECKING:
    from image_pipeline.models import Claim
    from image_pipeline.records import Records

    Record = dict[str, Any]

_RESULTS = ("renditions", "placeholder", "source", "metadata", "moderation", "fingerprint")


def reusable(record: Record) -> Record:
    """Return the results in a finished record; empty if it is not finished or has none."""
    is_finished = record["status"] in {Status.APPROVED, Status.REVIEW, Status.REJECTED}
    if not is_finished or "fingerprint" not in record:
        return {}
    return {name: record[name] for name in _RESULTS if name in record}


def may_reuse(record: Record) -> bool | None:
    """Return what the claim on an open record tells the steps."""
    return True if EARLIER in record else None


def read_earlier(records: Records, claim: Claim) -> Record:
    """Read the earlier results in the record that is held; no request if there are none.

    Raises:
        Superseded: the claim is lost, so the results may be of another version.
    """
    if not claim.reuse:
        return {}
    earlier: Record = records.require_open_claim(claim).get(EARLIER, {})
    return earlier


def of_held(record: Record | None, claim: Claim) -> Record:
    """Return the earlier results in a record that was read, if it is open and the claim is held."""
    if record is None or not holds(record, claim, Status.PROCESSING):
        return {}
    earlier: Record = record.get(EARLIER, {})
    return earlier


def is_made_with(earlier: Record, part: str, digest: str) -> bool:
    """Return whether a part of earlier results was made with what a digest stands for."""
    made_with: Record = earlier.get("fingerprint", {})
    return made_with.get(part) == digest

"""What has to hold of every upload, whatever went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.uploads import Left

TERMINAL = {"approved", "review", "rejected"}


def holes(left: Left, *, may_repeat: bool, unrecordable: bool = False) -> list[str]:
    """What does not hold; empty if all is well.

    Args:
        left: what an upload left.
        may_repeat: the fault hides from Step Functions that a message was sent.
        unrecordable: it is one that keeps the pipeline from writing down that it failed.
    """
    return [
        *_recorded(left, unrecordable),
        *_renditions(left),
        *_told(left, may_repeat),
        *_moderated(left),
    ]


def _recorded(left: Left, unrecordable: bool) -> list[str]:
    """One terminal record, or a failure that is seen and can be started again."""
    failed = [each for each in left.executions if each.status != "SUCCEEDED"]
    status = left.record.get("status")
    if not left.executions:
        return [] if left.buried else ["neither an execution nor a dead event"]
    if failed:
        # Open, the record is the sweep's: what could not be recorded at all.
        seen = {"failed", "processing"} if unrecordable else {"failed"}
        return [] if status in seen else [f"failed execution, record {status}"]
    found = [] if status in TERMINAL else [f"execution succeeded, record {status}"]
    if left.record.get("source", {}).get("version_id") != left.version:
        found.append("the record is of another version")
    return found


def _renditions(left: Left) -> list[str]:
    """Those that the record names, all of its own version, and no others."""
    named = {rendition["key"] for rendition in left.record.get("renditions", [])}
    found = []
    if missing := named - left.renditions:
        found.append(f"missing renditions {sorted(missing)}")
    if orphans := left.renditions - named:
        found.append(f"orphans {sorted(orphans)}")
    if any(left.version not in key for key in left.renditions):
        found.append("renditions of another version")
    if left.record.get("status") == "approved" and not named:
        found.append("approved without renditions")
    return found


def _told(left: Left, may_repeat: bool) -> list[str]:
    """One message per outcome; where Step Functions cannot know, repeated under the same id."""
    if left.record.get("status") not in TERMINAL:
        return []
    ids = [message["id"] for message in left.messages]
    last = f"{left.version}/{left.record['status']}"
    if not ids or not ids[-1].endswith(last):
        return [f"messages {ids} for {last}"]
    found = [] if len(ids) == 1 or may_repeat else [f"{len(ids)} messages"]
    return found if len(set(ids)) == 1 else [*found, f"different messages {ids}"]


def _moderated(left: Left) -> list[str]:
    """Approved only with an answer of Rekognition, in this version's own execution."""
    if left.record.get("status") != "approved":
        return []
    answered = left.moderated and left.record.get("moderation", {}).get("model_version")
    return [] if answered else ["approved without an answer of Rekognition"]


def essence(left: Left) -> Any:
    """What two uploads of the same bytes have in common when nothing tells them apart."""
    record = left.record
    source = {name: fact for name, fact in record["source"].items() if name != "version_id"}
    made = [
        {name: fact for name, fact in rendition.items() if name not in {"key", "version_id"}}
        for rendition in record.get("renditions", [])
    ]
    told = {name: record.get(name) for name in ("status", "reason", "metadata", "moderation")}
    return {**told, "source": source, "renditions": made, "kept": len(left.renditions)}

"""What holds for every upload, whatever goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline.history import HISTORY, facts, rebuilt
from image_pipeline.tries import TRIES, try_of

if TYPE_CHECKING:
    from tests.faults.trial import Left

TERMINAL = {"approved", "review", "rejected"}
ANNOUNCED = {*TERMINAL, "failed"}


def violations(left: Left, *, may_repeat: bool, unrecordable: bool = False) -> list[str]:
    """Name the invariants that an upload violates; empty if all hold.

    Args:
        left: what the upload left.
        may_repeat: the fault hides from Step Functions that a message was sent.
        unrecordable: the fault keeps the pipeline from recording its own failure.
    """
    return [
        *_record(left, unrecordable),
        *_renditions(left),
        *_messages(left, may_repeat, unrecordable),
        *_moderation(left),
        *history(left.record),
    ]


def tried(left: Left, *, unsent: bool) -> list[str]:
    """In Express: what failed at the last try is a dead event, what did not is in no queue.

    Args:
        left: what the upload left.
        unsent: the rule has given up sending the event, perhaps without need.
    """
    messages: dict[str, list[str]] = {}
    for each in left.executions:
        own = try_of(each.arn)
        messages.setdefault(own.message if own else "", []).append(each.status)
    failed = [tries for tries in messages.values() if tries[-1] != "SUCCEEDED"]
    # Without an execution, it is the rule or the dispatch function that has failed.
    expected = len(failed) + unsent if messages else 1
    found = []
    if left.buried != expected:
        found.append(f"{left.buried} dead events instead of {expected}")
    found += [f"given up after {len(tries)} tries" for tries in failed if len(tries) < TRIES]
    found += [f"{len(tries)} tries" for tries in messages.values() if len(tries) > TRIES]
    return found


def _record(left: Left, unrecordable: bool) -> list[str]:
    """One terminal record, or a failure that is visible and can be started again."""
    # In Express, a try that fails is followed by another.
    counted = left.executions[-1:] if left.is_express else left.executions
    failed = [each for each in counted if each.status != "SUCCEEDED"]
    status = left.record.get("status")
    if not left.executions:
        return [] if left.buried else ["neither an execution nor a dead event"]
    if failed:
        # The sweep takes care of a record that could not even be marked as failed.
        expected = {"failed", "processing"} if unrecordable else {"failed"}
        return [] if status in expected else [f"failed execution, record {status}"]
    found = [] if status in TERMINAL else [f"execution succeeded, record {status}"]
    if left.record.get("source", {}).get("version_id") != left.version:
        found.append("the record is of another version")
    return found


def _renditions(left: Left) -> list[str]:
    """The renditions that the record names exist, all of its own version, and no others."""
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


def _messages(left: Left, may_repeat: bool, unrecordable: bool) -> list[str]:
    """One message per outcome; repeated with the same id only if Step Functions cannot know.

    A failure that was put right by a later execution was an outcome as well. One that was recorded
    only after Step Functions had given up recording it is not announced.
    """
    if left.record.get("status") not in ANNOUNCED:
        return []
    ids = [message["id"] for message in left.messages]
    if unrecordable and left.record["status"] == "failed" and not ids:
        return []
    last = f"{left.version}/{left.record['status']}"
    if not ids or not ids[-1].endswith(last):
        return [f"messages {ids} for {last}"]
    own = [
        each for each in ids if left.record["status"] == "failed" or not each.endswith("/failed")
    ]
    found = [] if len(own) == 1 or may_repeat else [f"{len(own)} messages"]
    return found if len(set(own)) == 1 else [*found, f"different messages {ids}"]


def _moderation(left: Left) -> list[str]:
    """Approved only with an answer of Rekognition for this version."""
    if left.record.get("status") != "approved":
        return []
    answered = left.moderated and left.record.get("moderation", {}).get("model_version")
    return [] if answered else ["approved without an answer of Rekognition"]


def history(record: dict[str, Any] | None) -> list[str]:
    """The events of the record rebuild it."""
    is_rebuilt = not record or rebuilt(record[HISTORY]) == facts(record)
    return [] if is_rebuilt else ["the history does not rebuild the record"]


def essence(left: Left) -> Any:
    """Reduce what is left to what two uploads of the same bytes have in common."""
    record = left.record
    source = {name: fact for name, fact in record["source"].items() if name != "version_id"}
    made = [
        {name: fact for name, fact in rendition.items() if name not in {"key", "version_id"}}
        for rendition in record.get("renditions", [])
    ]
    facts = {name: record.get(name) for name in ("status", "reason", "metadata", "moderation")}
    # Without its tags: an upload whose tags may not be read is processed all the same.
    notes = record.get("upload", {}).get("metadata")
    return {
        **facts,
        "source": source,
        "renditions": made,
        "placeholder": record.get("placeholder"),
        "notes": notes,
        "kept": len(left.renditions),
    }

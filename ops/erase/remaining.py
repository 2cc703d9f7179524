"""Says what remains of erased pictures, and for how long; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def remaining(parameters: Mapping[str, str]) -> list[str]:
    """Return lines about what nobody can erase one by one, for a stack with these parameters."""
    days = parameters.get("LogRetentionDays", "LogRetentionDays")
    kept: tuple[tuple[str, str, str], ...] = (
        ("backups of the table", "35 days", "records as they were: erase again after a restore"),
        ("histories of executions", "90 days", "keys, sizes, addresses, BlurHashes, labels"),
        ("stream of the table", "one day", "records as they were"),
        ("log groups", f"{days} days", "image ids, errors, callers and addresses of the API"),
        ("queues", "14 days", "keys, image ids, statuses, addresses"),
        ("lists of backfills", "30 days", "keys"),
        ("traces of X-Ray", "30 days", "image ids"),
        ("the read model", "7 days", "image ids, so that late changes bring nothing back"),
        ("unfinished requests", "one day", "their Idempotency-Key, as a digest"),
        ("uploads in parts", "one day", "parts that were never completed"),
        ("subscribers, webhooks", "as long as they keep it", "what they were told: tell them"),
    )
    answers = parameters.get("KeepAnswersDays", "0")
    if answers != "0":
        kept += (("answers of Rekognition", f"{answers} days", "labels, without key, owner or id"),)
    title = "what remains, for how long, and of what:"
    return [title, *(f"  {what:25}{long:25}{which}" for what, long, which in kept)]

"""The notification of an outcome: JSON for programs, a subject and a few sentences for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from image_pipeline.printable import printable


@dataclass(frozen=True)
class Words:
    """The texts of a notification for people, by status.

    Args:
        subject: ASCII, for the first words of a subject of at most 100 characters.
        happened: what became of the upload; continues a sentence that begins with its key.
        now: what that means and what to do, after the explanation that the outcome gives itself.
    """

    subject: str
    happened: str
    now: str


WORDS = {
    "approved": Words(
        "Image approved", "was approved", "Its renditions can be read now: ask the API for URLs."
    ),
    "review": Words("Image needs review", "needs a decision", "It cannot be seen until then."),
    "rejected": Words("Image rejected", "was rejected", "It cannot be seen."),
    "failed": Words(
        "Image failed", "has failed", "An alarm has gone off; its execution can be started again."
    ),
    "deleted": Words(
        "Image deleted", "is gone from the bucket", "Its renditions were deleted as well."
    ),
}
"""By terminal status."""


def notification(message: dict[str, Any]) -> dict[str, Any]:
    """Return what the state machine publishes about an outcome.

    Args:
        message: the body of the notification, as docs/api.md documents it.

    Returns:
        `{"status", "reason", "message", "subject", "email"}`. Status and reason are the attributes
        of the notification; the reason is "none" if there is none, since an attribute cannot be
        empty. The message is its body for programs. Subject and email are for people.
    """
    words, reason = WORDS[message["status"]], message.get("reason")
    return {
        "status": message["status"],
        "reason": reason or "none",
        "message": message,
        # Nothing that an uploader wrote: SNS refuses anything but ASCII without line breaks.
        "subject": f"{words.subject} ({reason})" if reason else words.subject,
        "email": _email(message, words),
    }


def publication(told: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of Publish, as the state `NotifyUser` has them."""
    texts = {"default": json.dumps(told["message"]), "email": told["email"]}
    attributes = {
        name: {"DataType": "String", "StringValue": told[name]} for name in ("status", "reason")
    }
    return {
        "Subject": told["subject"],
        "MessageStructure": "json",
        "Message": json.dumps(texts),
        "MessageAttributes": attributes,
    }


def _email(message: dict[str, Any], words: Words) -> str:
    key = printable(message["key"]).replace('"', "'")
    sentences = [f'The upload "{key}" {words.happened}.', message.get("message", ""), words.now]
    facts = {
        "Image": message["image_id"],
        "Reason": message.get("reason"),
        "Uploaded at": message["uploaded_at"],
    }
    lines = [f"{name}: {fact}" for name, fact in facts.items() if fact]
    return "\n".join([" ".join(filter(None, sentences)), "", *lines, ""])

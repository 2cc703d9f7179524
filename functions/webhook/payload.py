"""The body of a webhook, made from a notification as the topic sends it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

# What may be in a header, and what no receiver has to escape.
_ID = re.compile(r"[!-~]{1,2048}")
_STATUS = re.compile(r"[a-z_]{1,64}")


class MalformedError(Exception):
    """A message is not a notification; trying again does not change it."""


@dataclass(frozen=True)
class Webhook:
    """A webhook.

    Args:
        id: the same for every delivery of an outcome.
        image_id: of the image that it is about.
        body: the JSON to sign and to send.
    """

    id: str
    image_id: str
    body: bytes


def webhook(notification: str, sent_at: float) -> Webhook:
    """Return the webhook of a notification.

    Args:
        notification: JSON, as docs/api.md documents it.
        sent_at: when it was sent, in seconds since 1970; stands in for a missing `processed_at`.

    Raises:
        MalformedError: it is not a notification.
    """
    data = _read(notification)
    identifier, status = data.get("id"), data.get("status")
    if not (isinstance(identifier, str) and _ID.fullmatch(identifier)):
        raise MalformedError("the notification has no id")
    if not (isinstance(status, str) and _STATUS.fullmatch(status)):
        raise MalformedError("the notification has no status")
    kind = f"image.{status}"
    at = data.get("processed_at") or _iso(sent_at)
    # ASCII, whatever a file name holds: no receiver reads other bytes than it verifies.
    body = json.dumps({"type": kind, "timestamp": at, "data": data}, separators=(",", ":"))
    return Webhook(identifier, str(data.get("image_id")), body.encode())


def _read(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedError("the notification is not JSON") from error
    if not isinstance(data, dict):
        raise MalformedError("the notification is not a JSON object")
    return data


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _iso(seconds: float) -> str:
    time = datetime.fromtimestamp(seconds, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

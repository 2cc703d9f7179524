"""Signs webhooks by the convention of Standard Webhooks (github.com/standard-webhooks)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

from image_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PREFIX = "whsec_"
# The convention asks for 24 to 64 bytes.
_SHORTEST_KEY, _LONGEST_KEY = 24, 64


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for: base64, with or without `whsec_`.

    Raises:
        ConfigError: it is not a secret of the convention; the message does not contain it.
    """
    text = secret.strip().removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError("the secret of the webhook is not base64") from None
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        message = f"the secret of the webhook has {len(key)} bytes, not 24 to 64"
        raise ConfigError(message)
    return key


def signed_headers(
    keys: Sequence[bytes], webhook_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the headers with which a receiver verifies a body.

    Args:
        keys: one signature is made with each; a receiver needs only one of them.
        webhook_id: the same for every delivery of an outcome.
        timestamp: of this delivery, in seconds since 1970.
        body: the bytes to send.
    """
    signed = b".".join([webhook_id.encode(), str(timestamp).encode(), body])
    digests = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            f"v1,{base64.b64encode(digest).decode()}" for digest in digests
        ),
    }

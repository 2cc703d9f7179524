"""The id of an image, and the order of its uploads."""

from __future__ import annotations

import base64
import hashlib
import hmac

ID_PATTERN = "[a-z2-7]{26}"
"""Regular expression that matches every image id."""

# 26 base32 characters hold 130 bits of the digest: keys never collide in practice.
_ID_LENGTH = 26
# S3 documents no maximum length; the values seen in its events have 16 to 18 digits.
_SEQUENCER_LENGTH = 64


def image_id(key: str, salt: bytes = b"") -> str:
    """Compute the id of the image at an object key: the same key is always the same image.

    Args:
        key: of the object; any text has an id, even a lone surrogate, which no key contains.
        salt: secret without which the id cannot be computed from the key; b"" for none.
    """
    data = key.encode(errors="surrogatepass")
    digest = hmac.digest(salt, data, "sha256") if salt else hashlib.sha256(data).digest()
    return base64.b32encode(digest).decode().lower()[:_ID_LENGTH]


def lease_id(image_id: str) -> str:
    """Return the id of the lease of an image in the table of kept answers."""
    return f"lease#{image_id}"


def following_sequencer(sequencer: str) -> str:
    """Return the smallest comparable sequencer after a given one; after "" the smallest of all."""
    if not sequencer:
        return "0" * _SEQUENCER_LENGTH
    return f"{int(comparable_sequencer(sequencer), 16) + 1:0{_SEQUENCER_LENGTH}X}"


def comparable_sequencer(sequencer: str) -> str:
    """Pad a sequencer, so that two of the same key can be compared as strings.

    S3 says to right-pad the shorter of two with zeros and to compare them as hexadecimal strings
    (docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
    """
    return sequencer.upper().ljust(_SEQUENCER_LENGTH, "0")

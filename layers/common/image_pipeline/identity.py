"""Who an image is, and which of two uploads of it is the newer one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

# 26 base32 characters hold 130 bits of the digest: keys never collide in practice.
_ID_LENGTH = 26
_ID_PATTERN = re.compile(r"[a-z2-7]{26}")
# S3 documents no maximum length; the values seen in its events have 16 to 18 digits.
_SEQUENCER_LENGTH = 64


def image_id(key: str, salt: bytes = b"") -> str:
    """The id of the image at an object key: the same key is always the same image.

    Args:
        key: of the object; what is no key, such as half a surrogate pair, has an id of its own.
        salt: with it, only who knows it can tell the id from the key; b"" for none.
    """
    data = key.encode(errors="surrogatepass")
    digest = hmac.digest(salt, data, "sha256") if salt else hashlib.sha256(data).digest()
    return base64.b32encode(digest).decode().lower()[:_ID_LENGTH]


def is_image_id(text: str) -> bool:
    """Whether a text has the form of an image id."""
    return _ID_PATTERN.fullmatch(text) is not None


def following_sequencer(sequencer: str) -> str:
    """The least comparable sequencer after a given one; after none ("") the least of all."""
    if not sequencer:
        return "0" * _SEQUENCER_LENGTH
    return f"{int(comparable_sequencer(sequencer), 16) + 1:0{_SEQUENCER_LENGTH}X}"


def comparable_sequencer(sequencer: str) -> str:
    """A sequencer that can be compared as a string with another one of the same key.

    S3 says to right-pad the shorter of two with zeros and compare them as hexadecimal strings
    (docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
    """
    return sequencer.upper().ljust(_SEQUENCER_LENGTH, "0")

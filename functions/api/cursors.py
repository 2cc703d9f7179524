"""The opaque `next` of a list: a position, signed for one caller and one set of filters."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, NamedTuple

from api.errors import BadRequestError, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNATURE_BYTES = 16


class Cursors(NamedTuple):
    """Signs positions, and checks what comes back.

    Args:
        key: returns the secret key; called only when a list has more than one page.
        request: what a cursor is valid for: the caller's own filters and the owner.
    """

    key: Callable[[], bytes]
    request: tuple[str | None, ...]

    def sign(self, position: str) -> str:
        """Return the cursor of the page that follows a position."""
        text = position.encode()
        return urlsafe_b64encode(self._signature(text) + text).decode().rstrip("=")

    def position(self, cursor: str) -> str:
        """Return the position that was signed.

        Raises:
            BadRequestError: the cursor was not made by this API, or for another request.
        """
        try:
            data = urlsafe_b64decode(cursor.encode("ascii") + b"==")
        except ValueError:
            data = b""
        text = data[_SIGNATURE_BYTES:]
        # Bits and characters that the decoder ignores must not pass for the cursor either.
        is_as_made = urlsafe_b64encode(data).decode().rstrip("=") == cursor
        if not is_as_made or not hmac.compare_digest(
            data[:_SIGNATURE_BYTES], self._signature(text)
        ):
            message = "Pass `next` on unchanged, along with the same filters as before."
            raise BadRequestError(message, Fault("next", message))
        return text.decode()

    def _signature(self, text: bytes) -> bytes:
        signed = json.dumps(["list", *self.request]).encode() + b"\0" + text
        return hmac.digest(self.key(), signed, "sha256")[:_SIGNATURE_BYTES]

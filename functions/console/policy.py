"""What a browser lets the page do: load its own files, and talk to the stack and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def security_headers(
    uploads: str, renditions: Iterable[str], sign_in: str | None
) -> dict[str, str]:
    """Return the headers that restrict the page.

    Args:
        uploads: URL of the bucket to which the page uploads.
        renditions: URLs that renditions are read from.
        sign_in: URL where the page asks for tokens; None if the API asks for none.
    """
    pictures = _origins(renditions)
    connected = _origins([uploads, *renditions, *([sign_in] if sign_in else [])])
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": " ".join(["'self'", *connected]),
        "img-src": " ".join(["'self'", "blob:", *pictures]),
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return {
        "content-security-policy": "; ".join(map(" ".join, directives.items())),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=31536000",
        "x-content-type-options": "nosniff",
    }


def _origins(urls: Iterable[str]) -> list[str]:
    """Return the scheme and host of each URL, once."""
    return list(dict.fromkeys("/".join(url.split("/")[:3]) for url in urls))

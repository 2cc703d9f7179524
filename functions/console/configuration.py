"""What the page has to know of the deployment, as `config.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.suffixes import SUFFIXES

if TYPE_CHECKING:
    from console.sign_in import SignIn


def configuration(max_upload_bytes: int, sign_in: SignIn | None) -> dict[str, Any]:
    """Return the contents of `config.json`.

    Args:
        max_upload_bytes: the largest file that the deployment accepts.
        sign_in: how to sign in; None if anybody may call the API.
    """
    return {
        # Relative to the page, so that a base path of a custom domain needs no setting.
        "api": "..",
        "sign_in": None if sign_in is None else sign_in._asdict(),
        "max_upload_bytes": max_upload_bytes,
        "formats": {"accept": ",".join(f".{suffix}" for suffix in SUFFIXES)},
        "video": False,
    }

"""What the page has to know of the deployment, as `config.json`."""

from __future__ import annotations

from typing import Any

# Suffixes for the file picker, which hides files of other types; the page asks the API all the same.
_SUFFIXES = (
    *("jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "gif", "webp", "avif", "jxl"),
    *("heic", "heif", "hif", "tif", "tiff", "bmp", "dib", "ico", "jp2", "j2k", "jpx", "jpf"),
    *("dng", "cr2", "cr3", "nef", "nrw", "arw", "sr2", "srf", "raf", "rw2", "orf", "pef"),
    *("srw", "dcr", "x3f"),
)


def configuration(max_upload_bytes: int, sign_in: dict[str, Any] | None) -> dict[str, Any]:
    """Return the contents of `config.json`.

    Args:
        max_upload_bytes: the largest file that the deployment accepts.
        sign_in: how to sign in; None if anybody may call the API.
    """
    return {
        # Relative to the page, so that a base path of a custom domain needs no setting.
        "api": "..",
        "sign_in": sign_in,
        "max_upload_bytes": max_upload_bytes,
        "formats": {"accept": ",".join(f".{suffix}" for suffix in _SUFFIXES)},
        "video": False,
    }

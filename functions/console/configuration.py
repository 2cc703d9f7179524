"""What the page has to know of the deployment, as `config.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.sign_in import SignIn

# Those of the formats that the pipeline reads, which are known to a layer that this function does
# without; a test compares. The content decides, not the suffix: this is for the file picker.
_SUFFIXES = (
    *(
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "mpo",
        "png",
        "apng",
        "gif",
        "webp",
        "tif",
        "tiff",
        "bmp",
        "dib",
    ),
    *("jp2", "j2k", "jpf", "jpx", "j2c", "jpc", "jpm", "ico", "avif", "avifs", "jxl"),
    *("heic", "heif", "hif", "heics", "heifs"),
    *("dng", "cr2", "cr3", "nef", "nrw", "arw", "srf", "sr2", "raf", "rw2", "orf", "pef", "srw"),
    *("3fr", "erf", "dcr", "kdc", "mos", "mrw", "rwl", "iiq", "x3f", "raw"),
)


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
        "formats": {"accept": ",".join(f".{suffix}" for suffix in _SUFFIXES)},
        "video": False,
    }

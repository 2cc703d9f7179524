"""Content types that an upload may declare.

Those of the formats that the pipeline reads, which are known to a layer that this function does
without; a test compares. The last one is for pictures of a type that browsers do not know.
"""

from __future__ import annotations

CONTENT_TYPES = (
    *("image/jpeg", "image/jpg", "image/pjpeg", "image/mpo"),
    *("image/png", "image/apng", "image/x-png", "image/gif", "image/webp"),
    *("image/tiff", "image/tif", "image/bmp", "image/x-ms-bmp", "image/x-bmp"),
    *("image/jp2", "image/jpx", "image/jpm", "image/j2k", "image/x-jp2", "image/jpeg2000"),
    *("image/vnd.microsoft.icon", "image/x-icon", "image/ico"),
    *("image/avif", "image/avif-sequence", "image/jxl"),
    *("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"),
    *("image/x-raw", "image/x-adobe-dng", "image/x-canon-cr2", "image/x-canon-cr3"),
    *("image/x-nikon-nef", "image/x-nikon-nrw", "image/x-sony-arw", "image/x-sony-sr2"),
    *("image/x-sony-srf", "image/x-fuji-raf", "image/x-panasonic-rw2", "image/x-panasonic-raw"),
    *("image/x-olympus-orf", "image/x-pentax-pef", "image/x-samsung-srw"),
    *("image/x-kodak-dcr", "image/x-sigma-x3f"),
    "application/octet-stream",
)

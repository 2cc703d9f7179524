"""Pictures for who has no folder of photos at hand: sizes, layouts and profiles of real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pictures import file_of, orientation_exif, photo
from tests.profiles import display_p3

if TYPE_CHECKING:
    from pathlib import Path


def draw(folder: Path) -> Path:
    """Draw the set into a folder; returns the folder."""
    phone = photo((4032, 3024))
    (folder / "12mp.jpg").write_bytes(file_of(phone, quality=92))
    (folder / "12mp-p3-turned.jpg").write_bytes(
        file_of(phone, quality=92, icc_profile=display_p3(), exif=orientation_exif(6))
    )
    (folder / "12mp-progressive.jpg").write_bytes(file_of(phone, quality=92, progressive=True))
    (folder / "12mp.png").write_bytes(file_of(phone, "PNG", compress_level=3))
    (folder / "24mp.jpg").write_bytes(file_of(photo((6000, 4000)), quality=92))
    (folder / "48mp.jpg").write_bytes(file_of(photo((8064, 6048)), quality=90))
    return folder

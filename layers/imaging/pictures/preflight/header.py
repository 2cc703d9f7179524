"""What the header of a picture says: size, frames and orientation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """Width and height in pixels as stored, frames, and the EXIF orientation (1 to 8)."""

    width: int
    height: int
    frames: int = 1
    orientation: int = 1

    @property
    def displayed_size(self) -> tuple[int, int]:
        """Width and height in pixels once the orientation is applied."""
        turned = self.orientation >= 5
        return (self.height, self.width) if turned else (self.width, self.height)

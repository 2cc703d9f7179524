"""The metadata that is kept of a picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Camera:
    """The camera."""

    make: str | None = None
    model: str | None = None
    lens: str | None = None
    software: str | None = None


@dataclass(frozen=True)
class Exposure:
    """The exposure; `exposure_time` in seconds, `focal_length` in millimeters."""

    iso: int | None = None
    f_number: float | None = None
    exposure_time: float | None = None
    focal_length: float | None = None


@dataclass(frozen=True)
class Gps:
    """The position in decimal degrees, north and east positive; `altitude` in meters."""

    latitude: float
    longitude: float
    altitude: float | None = None


@dataclass(frozen=True)
class ImageMetadata:
    """The metadata of a picture.

    `width` and `height` are as displayed. `mode` is Pillow's name for the pixel layout. `dpi` is
    (horizontal, vertical). `captured_at` is ISO 8601, with the offset from UTC if it is known, and
    ends with the day, the month or the year if no more is known. `orientation` is the EXIF value, 1
    to 8. `color_space` is one that the file names without a profile. `hdr` is PQ or HLG, which
    renditions show tone-mapped.
    """

    width: int
    height: int
    mode: str
    frames: int
    animated: bool
    has_alpha: bool
    dpi: tuple[float, float] | None = None
    icc_profile: str | None = None
    color_space: str | None = None
    hdr: str | None = None
    captured_at: str | None = None
    camera: Camera | None = None
    exposure: Exposure | None = None
    orientation: int | None = None
    gps: Gps | None = None
    warnings: tuple[str, ...] = ()

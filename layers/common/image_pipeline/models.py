"""The data that passes between states and into the record, as frozen dataclasses.

`to_dict` and `from_dict` convert them to JSON-ready dictionaries and back. An unknown fact is
`None` in a dataclass and missing from the dictionary.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_type_hints

T = TypeVar("T")


@dataclass(frozen=True)
class S3Object:
    """One version of one object.

    `version_id` is None in a bucket without versioning. `etag` is given where the version id does
    not tell one content from another; reads then ask for that content.
    """

    bucket: str
    key: str
    version_id: str | None = None
    etag: str | None = None


@dataclass(frozen=True)
class Upload:
    """The object under a key: `size` in bytes, `uploaded_at` in ISO 8601, UTC.

    `version` tells it from every other object that the key ever had, in a bucket without versioning
    too. It is None if the object is gone. An `archived` object is unreadable until it is restored.
    """

    object: S3Object
    size: int
    sequencer: str
    uploaded_at: str
    version: str | None = None
    archived: bool = False


@dataclass(frozen=True)
class Claim:
    """The right of one execution to write the record of one image.

    `reuse` tells that the record has earlier results which the steps may take over; None if not.
    """

    image_id: str
    sequencer: str
    execution: str
    reuse: bool | None = None


@dataclass(frozen=True)
class Facts:
    """Facts from the header of a picture, known before any decode.

    `width` and `height` are in pixels as displayed, after the EXIF orientation. They are None only
    for a camera RAW whose header lacks them; the conversion measures it.
    """

    format: str
    content_type: str
    width: int | None = None
    height: int | None = None
    frames: int = 1
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversion:
    """Facts about the source of a converted picture that the picture itself does not contain."""

    width: int
    height: int
    mode: str
    frames: int = 1
    has_alpha: bool = False
    orientation: int | None = None
    icc_profile: str | None = None
    color_space: str | None = None
    hdr: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """The object that the branches decode: the upload, or the JPEG or PNG converted from it."""

    object: S3Object
    format: str
    bytes: int
    conversion: Conversion | None = None


@dataclass(frozen=True)
class Placeholder:
    """A picture in a few characters, to paint before it has arrived, and to find near-duplicates.

    `blurhash` is a BlurHash, `dominant_color` is `#rrggbb` in sRGB, None if all is transparent, and
    `difference_hash` is 64 bits in hexadecimal. `made_with` is the digest of what made it and the
    renditions, for `fingerprint` of the record.
    """

    blurhash: str
    difference_hash: str
    dominant_color: str | None = None
    made_with: str | None = None


@dataclass(frozen=True)
class ValidatedImage:
    """Output of `ValidateImage`, input of every later step."""

    claim: Claim
    upload: Upload
    facts: Facts
    picture: Picture


def to_dict(instance: Any) -> dict[str, Any]:
    """Convert a dataclass instance to nested dictionaries and lists, without unknown facts."""
    return {
        field.name: _plain(value)
        for field in dataclasses.fields(instance)
        if (value := getattr(instance, field.name)) is not None
    }


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_dict(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def from_dict(model: type[T], data: dict[str, Any]) -> T:
    """Convert the output of `to_dict` back to a dataclass instance; unknown keys are ignored."""
    hints = get_type_hints(model)
    return model(**{name: _typed(hints[name], data[name]) for name in hints if name in data})


def _typed(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint):
        return from_dict(hint, value)  # type: ignore[arg-type]
    if isinstance(value, list):
        return tuple(_typed(get_args(hint)[0], item) for item in value)
    for option in get_args(hint):  # the `X` of `X | None`
        if dataclasses.is_dataclass(option):
            return from_dict(option, value)  # type: ignore[arg-type]
    return value

"""What each function reads from its environment: once, at cold start, and nowhere else.

A field `max_pixels` is the environment variable `MAX_PIXELS`. A missing or malformed variable
raises `ConfigError` with its name, so a bad deployment fails at the first invocation and says why.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from image_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


@dataclass(frozen=True)
class ValidateConfig:
    """Limits of what is let in. Pixels are width × height × frames."""

    table_name: str
    max_upload_bytes: int
    max_pixels: int


@dataclass(frozen=True)
class ConvertConfig:
    """Where a converted picture goes, and how large it may be."""

    table_name: str
    renditions_bucket: str
    max_pixels: int


@dataclass(frozen=True)
class ThumbnailConfig:
    """The renditions to make, in the syntax of `thumbnail.renditions.parse_specs`."""

    table_name: str
    renditions_bucket: str
    renditions: str
    max_pixels: int


@dataclass(frozen=True)
class MetadataConfig:
    """Whether the place where a picture was taken may be kept."""

    table_name: str
    store_gps: bool


@dataclass(frozen=True)
class ModerateConfig:
    """The moderation policy. Confidences are percentages, labels are taxonomy names."""

    moderation_review_confidence: float
    moderation_reject_confidence: float
    moderation_ignored_labels: tuple[str, ...]
    max_pixels: int


@dataclass(frozen=True)
class StoreConfig:
    """Where the outcome is written and where superseded renditions are removed."""

    table_name: str
    renditions_bucket: str


@dataclass(frozen=True)
class RejectConfig:
    """Where the refusal is written and where half-made renditions are removed."""

    table_name: str
    renditions_bucket: str


@dataclass(frozen=True)
class SweepConfig:
    """Where to look, after how many seconds, and how many uploads to start again at a time."""

    table_name: str
    uploads_bucket: str
    state_machine_arn: str
    overdue_seconds: int
    restarts_per_sweep: int


@dataclass(frozen=True)
class ApiConfig:
    """What the API reads and for how many seconds its URLs live."""

    table_name: str
    renditions_bucket: str
    url_lifetime_seconds: int


def load(config: type[T], environ: Mapping[str, str] = os.environ) -> T:
    """Read one of the dataclasses above from the environment.

    Raises:
        ConfigError: a variable is missing or its text does not fit the field's type.
    """
    values = {}
    for field in fields(config):  # type: ignore[arg-type]
        variable = field.name.upper()
        try:
            text = environ[variable]
        except KeyError as missing:
            message = f"environment variable {variable} is not set"
            raise ConfigError(message) from missing
        try:
            values[field.name] = _PARSERS[str(field.type)](text)
        except ValueError as malformed:
            message = f"environment variable {variable}: {text!r} is not a valid {field.type}"
            raise ConfigError(message) from malformed
    return config(**values)


def _non_empty(text: str) -> str:
    if not text:
        raise ValueError
    return text


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError
    return text == "true"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


_PARSERS: dict[str, Callable[[str], Any]] = {
    "str": _non_empty,
    "int": int,
    "float": float,
    "bool": _boolean,
    "tuple[str, ...]": _names,
}

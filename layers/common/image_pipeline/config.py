"""Reads the settings of a function from its environment, once, at the cold start.

Settings are a frozen dataclass in the function's handler; defining one takes 0.7 ms, so there is no
common module of them. The field `max_pixels` is the environment variable `MAX_PIXELS`. A missing
or malformed variable raises `ConfigError` with its name, so that a wrong deployment fails at the
first invocation and says why.
"""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from image_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


def load(config: type[T], environ: Mapping[str, str] = os.environ) -> T:
    """Read settings from the environment.

    Args:
        config: the dataclass of the settings.
        environ: environment variables.

    Raises:
        ConfigError: a variable is missing, or its text is not valid for the field's type.
    """
    values = {}
    for field in fields(config):  # type: ignore[arg-type]
        variable = field.name.upper()
        try:
            text = environ[variable]
        except KeyError as error:
            message = f"environment variable {variable} is not set"
            raise ConfigError(message) from error
        try:
            values[field.name] = _PARSERS[str(field.type)](text)
        except ValueError as error:
            message = f"environment variable {variable}: {text!r} is not a valid {field.type}"
            raise ConfigError(message) from error
    return config(**values)


def names_endpoint(service: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment replaces AWS's endpoint of a service, as offline."""
    return any(map(environ.get, ("AWS_ENDPOINT_URL", f"AWS_ENDPOINT_URL_{service}")))


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
    "str | None": lambda text: text or None,
    "int": int,
    "float": float,
    "bool": _boolean,
    "bytes": str.encode,  # may be empty
    "tuple[str, ...]": _names,
}

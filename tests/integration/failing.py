"""Functions that fail on purpose, to be put in the place of others."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def raising(error: Exception, times: int = 1000) -> Callable[..., Any]:
    """Make a function that raises a number of times, and then answers without labels."""
    left = [times]

    def call(*_: Any, **__: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise error.with_traceback(None)  # else it grows with every attempt
        return {"ModerationLabels": [], "ModerationModelVersion": "stand-in"}

    return call


def named(error_type: str) -> Exception:
    """Make an error that Step Functions sees under a name that Lambda would give."""
    error: Exception = type(error_type, (Exception,), {})("stopped")
    return error


def then_as_before(where: str, failing: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that fails first, and then does what the original does."""
    module, _, name = where.rpartition(".")
    genuine = getattr(importlib.import_module(module), name)

    def call(*args: Any, **options: Any) -> Any:
        failing()
        return genuine(*args, **options)

    return call

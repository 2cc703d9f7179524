"""Replacing what moto does inside, for as long as the offline AWS runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replaced(owner: Any, name: str, replacement: Any) -> Iterator[None]:
    """Put `replacement` in the place of an attribute of a class or module of moto's.

    Raises:
        AttributeError: there is no such attribute: this moto is not the one that is pinned.
    """
    original = vars(owner).get(name, getattr(owner, name))  # a static method stays one
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextmanager
def added(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Give a class of moto's an attribute that it lacks.

    Raises:
        AttributeError: it has one by now, which should be looked at instead.
    """
    if hasattr(owner, name):
        message = f"{owner.__name__} already has {name}"
        raise AttributeError(message)
    setattr(owner, name, value)
    try:
        yield
    finally:
        delattr(owner, name)

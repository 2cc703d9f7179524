"""Context managers that replace attributes of moto while the offline AWS runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replaced(owner: Any, name: str, replacement: Any) -> Iterator[None]:
    """Replace an attribute of a class or module of moto.

    Raises:
        AttributeError: there is no such attribute: this moto is not the pinned version.
    """
    original = vars(owner).get(name, getattr(owner, name))  # keeps a static method static
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextmanager
def added(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Add an attribute that a class of moto lacks.

    Raises:
        AttributeError: moto has the attribute now, which may make the addition unnecessary.
    """
    if hasattr(owner, name):
        message = f"{owner.__name__} already has {name}"
        raise AttributeError(message)
    setattr(owner, name, value)
    try:
        yield
    finally:
        delattr(owner, name)

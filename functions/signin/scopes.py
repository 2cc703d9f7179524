"""Which scopes of the API the groups of the user pool stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

READ, WRITE, REVIEW = "images:read", "images:write", "images:review"
GROUPS = {"uploaders": (READ, WRITE), "reviewers": (READ, WRITE, REVIEW)}
"""The groups that the template makes; a person in none of them may nothing."""
_KEPT = {"openid"}


def granted(groups: Iterable[str]) -> list[str]:
    """Return the scopes of a person, by their groups; unknown groups stand for none."""
    held = {scope for group in groups for scope in GROUPS.get(group, ())}
    return [scope for scope in (READ, WRITE, REVIEW) if scope in held]


def refused(groups: Iterable[str], asked: Iterable[str]) -> list[str]:
    """Return the scopes to keep out of the token of a person.

    Args:
        groups: of the person.
        asked: the scopes that the token would have otherwise.
    """
    kept = _KEPT | set(granted(groups))
    return sorted({READ, WRITE, REVIEW, *asked} - kept)

"""Asks whether pictures are to be erased."""

from __future__ import annotations

import sys

from local.errors import UsageError


def asked(number: int) -> bool:
    """Ask the person at the terminal, who has to type `erase`.

    Raises:
        UsageError: there is nobody to ask.
    """
    if not sys.stdin.isatty():
        message = "nobody can be asked, because there is no terminal: add --yes"
        raise UsageError(message)
    return input(f"{number:,} pictures go and cannot be restored. Type erase: ").strip() == "erase"

"""The files in one line of text, as `make run IMAGE=…` passes them."""

from __future__ import annotations

import glob
import shlex
from pathlib import Path


def split(text: str) -> list[str]:
    """Split a text into file names, in the first way in which all of them exist.

    A name may contain spaces, quotes and dollars: the whole text may be one name, or names
    separated by spaces, or words quoted as in a shell, with `~` and wildcards.
    """
    ways = [[text], text.split(), _shell_words(text)]
    return next((names for names in ways if all(Path(name).exists() for name in names)), ways[-1])


def _shell_words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:  # a quote that is not closed is part of a name
        words = text.split()
    return [name for word in words for name in _expanded(word)]


def _expanded(word: str) -> list[str]:
    path = str(Path(word).expanduser()) if word.startswith("~") else word
    return [path] if Path(path).exists() else sorted(glob.glob(path)) or [path]  # noqa: PTH207

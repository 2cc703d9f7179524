"""Clears the memory that a C library uses before it has written to it.

LibRaw shows memory that it never wrote to as pixels of some damaged files. What was there before
would be shown, such as the picture of another upload, and other pixels in each run.
"""

from __future__ import annotations

import ctypes
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_M_PERTURB = -6  # glibc's malloc.h
_ZEROS, _AS_IT_IS = 0xFF, 0  # the complement of what allocated memory is filled with


@contextmanager
def zeroed_memory() -> Iterator[None]:
    """Let glibc fill all memory that is allocated with zeros; another C library does nothing.

    LibRaw takes no measurable time longer for that.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        yield
        return
    mallopt(_M_PERTURB, _ZEROS)
    try:
        yield
    finally:
        mallopt(_M_PERTURB, _AS_IT_IS)

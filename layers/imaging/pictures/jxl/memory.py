"""Limits how much memory libjxl takes for one file."""

from __future__ import annotations

import ctypes
from functools import cache

from pictures.jxl.library import Allocate, Free, MemoryManager


class Budget:
    """An allocator that fails once a number of bytes is in use, which libjxl reports as an error.

    A frame may be larger than the picture, and up to eight stay in memory for later ones, so no
    size in a header bounds what a decoder takes.
    """

    def __init__(self, most: int) -> None:
        self._left = most
        self._sizes: dict[int, int] = {}
        self.is_exceeded = False
        self.manager = MemoryManager(None, Allocate(self._allocate), Free(self._free))

    @property
    def used(self) -> int:
        """Bytes that are in use."""
        return sum(self._sizes.values())

    def _allocate(self, _: object, size: int) -> int | None:
        address: int | None = None
        if size <= self._left:
            address = _libc().malloc(size)
        if not address:
            self.is_exceeded = True
            return None
        self._sizes[address] = size
        self._left -= size
        return address

    def _free(self, _: object, address: int | None) -> None:
        if address:
            self._left += self._sizes.pop(address)
            _libc().free(address)


@cache
def _libc() -> ctypes.PyDLL:
    # PyDLL keeps the GIL: giving it up for every allocation would take longer than malloc.
    libc = ctypes.PyDLL(None)
    libc.malloc.argtypes, libc.malloc.restype = (ctypes.c_size_t,), ctypes.c_void_p
    libc.free.argtypes, libc.free.restype = (ctypes.c_void_p,), None
    return libc

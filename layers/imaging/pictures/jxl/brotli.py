"""Decompresses Brotli with the library that libjxl is linked to."""

from __future__ import annotations

import ctypes
from ctypes import c_int, c_size_t, c_void_p

from pictures.jxl.library import libbrotlidec

_CHUNK = 65_536
_NEEDS_MORE_OUTPUT = 3  # BrotliDecoderResult


def decompressed(data: bytes, most: int) -> bytes:
    """Return what some data decompresses to, at most `most` bytes; less if it is damaged."""
    library = libbrotlidec()
    create, destroy = library.BrotliDecoderCreateInstance, library.BrotliDecoderDestroyInstance
    create.argtypes, create.restype = (c_void_p,) * 3, c_void_p
    destroy.argtypes, destroy.restype = (c_void_p,), None
    step = library.BrotliDecoderDecompressStream
    sizes, places = ctypes.POINTER(c_size_t), ctypes.POINTER(c_void_p)
    step.argtypes, step.restype = (c_void_p, sizes, places, sizes, places, sizes), c_int
    state = create(None, None, None)
    if not state:
        raise MemoryError
    output, source = bytearray(), ctypes.create_string_buffer(data, len(data))
    left, place = c_size_t(len(data)), c_void_p(ctypes.addressof(source))
    chunk, result = ctypes.create_string_buffer(_CHUNK), _NEEDS_MORE_OUTPUT
    try:
        while result == _NEEDS_MORE_OUTPUT and len(output) < most:
            room, target = c_size_t(_CHUNK), c_void_p(ctypes.addressof(chunk))
            result = step(state, left, place, room, target, None)
            output += chunk.raw[: _CHUNK - room.value]
    finally:
        destroy(state)
    return bytes(output[:most])

"""Memory that LibRaw does not write to holds no picture of another upload."""

from __future__ import annotations

import ctypes

import pytest
import rawpy

from convert.decode import convert_picture
from image_pipeline.errors import ValidationError
from pictures.decoders.zeroed_memory import zeroed_memory
from tests.support.camera_files import dng
from tests.support.pictures import photo

LIBC = ctypes.CDLL(None)
LENGTH = 5_000
pytestmark = pytest.mark.skipif(not hasattr(LIBC, "mallopt"), reason="not glibc")


def allocated() -> bytes:
    """The content of a block as it is allocated."""
    LIBC.malloc.restype, LIBC.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    block = LIBC.malloc(LENGTH)
    content = ctypes.string_at(block, LENGTH)
    ctypes.memset(block, 0x41, LENGTH)  # for the next allocation
    LIBC.free(block)
    return content


def test_allocated_memory_is_zero_for_a_while() -> None:
    allocated()
    with zeroed_memory():
        assert allocated() == allocated() == bytes(LENGTH)
    allocated()
    assert allocated() != bytes(LENGTH)


def test_libraw_gets_memory_without_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def refuse(*_: object) -> None:
        seen.append(allocated())
        raise rawpy.LibRawDataError(b"damaged")

    allocated()
    monkeypatch.setattr("pictures.decoders.libraw.rawpy.imread", refuse)
    with pytest.raises(ValidationError):
        convert_picture(dng(photo((96, 64))), "RAW", max_pixels=10_000)
    assert seen == [bytes(LENGTH)]

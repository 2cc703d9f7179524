"""An object in S3 as a file that is read in ranges."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from image_pipeline import aws
from image_pipeline.storage import content_of, unreadable_is_refused

if TYPE_CHECKING:
    from image_pipeline.models import S3Object

# 64 KiB contain the header of nearly every picture; later parts are read in larger pieces.
_BLOCK = 64 * 1024
_READ_AHEAD = 4


class S3File(io.RawIOBase):
    """An object as a seekable file that fetches only the blocks that are read.

    Args:
        source: the object to read.
        size: its length in bytes.

    `content_type` and `content_encoding` are as declared by the uploader, `metadata` the user
    metadata without the prefix of its names, `tag_count` the number of tags, 0 where the caller may
    not read them. `fetched` is the number of bytes fetched so far.
    """

    def __init__(self, source: S3Object, size: int) -> None:
        super().__init__()
        self._source = source
        self._size = size
        self._position = 0
        self._blocks: dict[int, bytes] = {}
        self.content_type = ""
        self.content_encoding = ""
        self.metadata: dict[str, str] = {}
        self.tag_count = 0
        self.fetched = 0
        self._fetch(0, 1)

    def readable(self) -> bool:
        """Return true."""
        return True

    def seekable(self) -> bool:
        """Return true."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position in bytes; nothing is fetched."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Read up to the end of the current block."""
        view = memoryview(buffer)
        index, start = divmod(self._position, _BLOCK)
        if self._position >= self._size or not view:
            return 0
        if index not in self._blocks:
            # A reader that goes from one block to the next will need the ones after it.
            self._fetch(index, _READ_AHEAD if index - 1 in self._blocks else 1)
        piece = self._blocks[index][start : start + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def read(self, size: int | None = -1) -> bytes:
        """Read `size` bytes, fewer only at the end of the file; all remaining if negative."""
        remaining = max(self._size - self._position, 0)
        wanted = remaining if size is None or size < 0 else min(size, remaining)
        data = bytearray(wanted)
        filled = 0
        while filled < wanted and (got := self.readinto(memoryview(data)[filled:])):
            filled += got
        del data[filled:]  # a slice would be another copy
        return bytes(data)

    def _fetch(self, first: int, count: int) -> None:
        start = first * _BLOCK
        end = min(start + count * _BLOCK, self._size)
        # No range of an empty object can be asked for.
        span: Any = {"Range": f"bytes={start}-{end - 1}"} if end else {}
        with unreadable_is_refused():
            answer = aws.s3().get_object(**content_of(self._source), **span)
            data = answer["Body"].read()
        self.content_type = answer["ContentType"]
        self.content_encoding = answer.get("ContentEncoding", "")
        self.metadata, self.tag_count = answer["Metadata"], answer.get("TagCount", 0)
        self.fetched += len(data)
        for offset in range(0, len(data), _BLOCK):
            self._blocks[first + offset // _BLOCK] = data[offset : offset + _BLOCK]

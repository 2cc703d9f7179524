"""A file that counts what is read from it: the work of a reader, without a clock."""

from __future__ import annotations

import io


class CountedFile(io.BytesIO):
    """A file in memory; `bytes_read` and `reads` say how much of it was read, how often."""

    bytes_read = 0
    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        """Read as `BytesIO` does, and count it."""
        data = super().read(size)
        self.bytes_read += len(data)
        self.reads += 1
        return data

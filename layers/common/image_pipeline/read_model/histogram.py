"""A histogram of times, whose counts can be added and subtracted; pure.

A bucket is as wide as an eighth of an octave: a time that is read from it is at most 5 percent off.
Only buckets that a time has fallen into take room: those of an hour are some twenty.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PER_OCTAVE = 8


def bucket_of(milliseconds: int) -> int:
    """Return the number of the bucket of a time, from 0 on."""
    return round(_PER_OCTAVE * math.log2(max(milliseconds, 1)))


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the time, in milliseconds, that a share of all times does not exceed.

    Args:
        counts: how many times are in each bucket. Negative ones count as none.
        share: such as 0.5 for the median.

    Returns:
        The middle of the bucket that holds it; None if all buckets are empty.
    """
    rank = math.ceil(share * sum(max(each, 0) for each in counts.values()))
    passed = 0
    for bucket, count in sorted(counts.items()):
        passed += max(count, 0)
        if passed >= rank > 0:
            return float(2 ** (bucket / _PER_OCTAVE))
    return None

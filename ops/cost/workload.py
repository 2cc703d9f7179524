"""What a stack has to do in a month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.cost.model import HOURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ops.cost.usage import Measured, Usage

SECONDS = HOURS * 3600
"""Of a month."""

ORDINARY = {
    "photo": 0.55,
    "heic": 0.25,
    "small": 0.10,
    "png": 0.05,
    "animation": 0.03,
    "refused": 0.02,
}
"""The mix of ordinary pictures: shares of the kinds of uploads. An assumption."""


@dataclass(frozen=True)
class Workload:
    """What a stack has to do in a month.

    Args:
        pictures: uploads.
        mix: shares of their kinds, which add up to 1.
        creates: POST /images for each upload.
        reads: GET /images/{id} for each upload.
        views: of one rendition for each upload.
        kept: months for which uploads and renditions are kept.
        cold: share of invocations that start an execution environment.
        repeated: share of uploads whose pixels Rekognition has been shown before.
        people: who sign in to the console.
        visits: of the console.
    """

    pictures: float
    mix: Mapping[str, float]
    creates: float = 1.0
    reads: float = 2.0
    views: float = 10.0
    kept: float = 12.0
    cold: float = 0.01
    repeated: float = 0.0
    people: float = 0.0
    visits: float = 0.0

    def shares(self, measured: Measured) -> list[tuple[float, Usage]]:
        """Return the share of each kind that is in the mix, and what one of it uses."""
        return [(share, measured.kinds[kind]) for kind, share in self.mix.items() if share]


def mixed(shares: Mapping[str, float], kinds: Iterable[str]) -> dict[str, float]:
    """Return a mix whose shares add up to 1.

    Raises:
        ValueError: a kind is unknown, or there is no share.
    """
    known = list(kinds)
    unknown = sorted(set(shares) - set(known))
    total = sum(shares.values())
    if unknown or total <= 0 or min(shares.values()) < 0:
        message = f"a mix is like photo=3,heic=1, of {', '.join(known)}"
        raise ValueError(message)
    return {name: share / total for name, share in shares.items()}

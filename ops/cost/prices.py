"""The table of prices, prices.toml; the cost model, benchmarks and tests read it here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

TABLE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True)
class Price:
    """A price in US dollars.

    Args:
        name: in the table.
        service: on whose bill it appears.
        unit: what is counted.
        tiers: the price of a unit in each volume tier of a month.
        bounds: the upper bounds of all tiers but the last, in units.
        free: units of each month that are always free.
        date: when it was written down.
        source: AWS's page.
        seen: a text in which it was found; None if none was.
    """

    name: str
    service: str
    unit: str
    tiers: tuple[float, ...]
    bounds: tuple[float, ...]
    free: float
    date: date
    source: str
    seen: str | None

    @property
    def usd(self) -> float:
        """The price of a unit in the first tier."""
        return self.tiers[0]

    def cost(self, quantity: float, *, free_tier: bool = True, volume_tiers: bool = True) -> float:
        """Return what a month's quantity costs.

        Args:
            quantity: in units.
            free_tier: do not bill the units that are free.
            volume_tiers: apply the tiers; otherwise every unit costs as much as the first. The
                free units lie before the first tier, as in AWS's examples.
        """
        billed = max(0.0, quantity - self.free) if free_tier else quantity
        if not volume_tiers:
            return billed * self.usd
        total, lower = 0.0, 0.0
        for price, upper in zip(self.tiers, (*self.bounds, float("inf")), strict=True):
            total += max(0.0, min(billed, upper) - lower) * price
            lower = upper
        return total


@cache
def prices() -> Mapping[str, Price]:
    """Return every price of the table by its name."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {name: _price(name, row) for name, row in table.items() if isinstance(row, dict)}


def price(name: str) -> Price:
    """Return a price."""
    return prices()[name]


def _price(name: str, row: Mapping[str, Any]) -> Price:
    usd = row["usd"] if isinstance(row["usd"], list) else [row["usd"]]
    return Price(
        name=name,
        service=row["service"],
        unit=row["unit"],
        tiers=tuple(each / row.get("per", 1) for each in usd),
        bounds=tuple(row.get("up_to", ())),
        free=row.get("free", 0),
        date=row["date"],
        source=row["source"],
        seen=row.get("seen"),
    )

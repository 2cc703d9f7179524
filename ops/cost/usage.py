"""What one upload, one request or one sweep uses, as it was measured offline.

`python -m benchmarks.cost` writes docs/cost_usage.json.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RECORD = Path(__file__).parents[2] / "docs" / "cost_usage.json"
TRANSITION_SECONDS, PUBLISH_SECONDS = 0.025, 0.05
"""To enter a state and to answer sns:Publish; assumed, as in docs/performance.md."""


@dataclass(frozen=True)
class Invocations:
    """Invocations of a function: their number, and CPU and waiting in seconds of each."""

    requests: float
    cpu: float
    waiting: float


@dataclass(frozen=True)
class Usage:
    """What something uses.

    Args:
        states: that its execution enters.
        stages: functions in sequence, those of a stage at the same time.
        functions: invocations by logical id.
        quantities: of the other services, by the names of their prices, and `logs_bytes`.
        stored: bytes that it adds to each bucket and table, and, as `Records`, to what a read of
            its record is charged for.
    """

    states: tuple[str, ...]
    stages: tuple[tuple[str, ...], ...]
    functions: Mapping[str, Invocations]
    quantities: Mapping[str, float]
    stored: Mapping[str, float]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Usage:
        """Return the usage of a row of the record."""
        return cls(
            states=tuple(row["states"]),
            stages=tuple(map(tuple, row["stages"])),
            functions={name: Invocations(**each) for name, each in row["functions"].items()},
            quantities=row["quantities"],
            stored=row["stored"],
        )

    def row(self) -> dict[str, Any]:
        """Return it as a row of the record."""
        return asdict(self)


@dataclass(frozen=True)
class Measured:
    """The record.

    Args:
        kinds: by the name of a kind of upload.
        requests: by `read` and `create`: GET /images/{id} and POST /images.
        sweep: one that finds nothing to do.
        dispatch: the function that waits for an Express execution, without that wait.
        init: CPU seconds of the first call of an execution environment, beyond those of every call.
        parallel: vCPUs that a function makes use of at most, where that is more than one.
        metrics: custom metrics that a stack emits, each with its dimensions.
    """

    kinds: Mapping[str, Usage]
    requests: Mapping[str, Usage]
    sweep: Usage
    dispatch: Invocations
    init: Mapping[str, float]
    parallel: Mapping[str, float]
    metrics: int


@cache
def measured() -> Measured:
    """Read the record."""
    row = json.loads(RECORD.read_text(encoding="utf-8"))
    return Measured(
        kinds={name: Usage.of(each) for name, each in row["kinds"].items()},
        requests={name: Usage.of(each) for name, each in row["requests"].items()},
        sweep=Usage.of(row["sweep"]),
        dispatch=Invocations(**row["dispatch"]),
        init=row["init"],
        parallel=row["parallel"],
        metrics=row["metrics"],
    )


def averaged(shares: Iterable[tuple[float, Usage]]) -> dict[str, float]:
    """Return the average of what is stored, by bucket and table."""
    sums: dict[str, float] = defaultdict(float)
    for share, usage in shares:
        for name, size in usage.stored.items():
            sums[name] += share * size
    return dict(sums)

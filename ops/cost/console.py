"""What people who use the console use in a month: the page, lists of images and tokens; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cost import model
from ops.cost.upload import functions, services
from ops.cost.usage import Invocations, Usage

if TYPE_CHECKING:
    from ops.cost.stack import Stack
    from ops.cost.usage import Measured
    from ops.cost.workload import Workload

MINUTES = 10
"""Of a visit; assumed, as that it stays in the gallery."""
SECONDS_BETWEEN_LISTS, LISTED = 10, 40
"""How often the gallery looks for new pictures, and how many it asks for."""

_LISTS = MINUTES * 60 // SECONDS_BETWEEN_LISTS
# The page, its settings and two files, which a browser keeps for a year.
_FILES = 4
# One at the beginning; they are valid for an hour.
_TOKENS = 1
_LOG_BYTES = 1000
_FILE, _TOKEN = Invocations(1, 0.005, 0.0), Invocations(1, 0.002, 0.0)


def used(stack: Stack, measured: Measured, work: Workload) -> dict[str, float]:
    """Return everything that visits and people use, but for traces."""
    parts = [
        model.times(
            number, model.added(services(each), functions(stack, measured, each, work.cold))
        )
        for number, each in visited(stack, measured, work)
    ]
    return model.added(*parts, {"cognito_people": work.people} if work.people else {})


def visited(stack: Stack, measured: Measured, work: Workload) -> list[tuple[float, Usage]]:
    """Return how often requests are made, and what one of each kind uses."""
    if not work.visits:
        return []
    requests = [
        (_LISTS, _list(measured)),
        (_FILES, _request("ConsoleFunction", _FILE, {"api_requests": 1})),
    ]
    if stack.has_user_pool:
        requests.append((_TOKENS, _request("SigninFunction", _TOKEN, {})))
    return [(work.visits * number, usage) for number, usage in requests]


def _list(measured: Measured) -> Usage:
    """Return what a list uses: as much as if each image had been asked for, but in one request."""
    one = measured.requests["read"]
    (name,) = one.functions
    invoked = one.functions[name]
    reads = LISTED * one.quantities["dynamodb_reads"]
    return _request(
        name,
        Invocations(1, LISTED * invoked.cpu, invoked.waiting),
        {"dynamodb_reads": reads, "api_requests": 1},
    )


def _request(function: str, invoked: Invocations, quantities: dict[str, float]) -> Usage:
    return Usage((), (), {function: invoked}, {"logs_bytes": _LOG_BYTES, **quantities}, {})

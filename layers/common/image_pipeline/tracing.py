"""X-Ray subsegments, for the invocations that X-Ray samples and for no others.

The SDK and its asyncio take 35 ms to import. By default X-Ray samples one request a second and a
twentieth of the rest, so nearly every cold start does without them.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools import Tracer


def is_sampled() -> bool:
    """Whether the invocation in work is traced: Lambda says so anew for each."""
    return "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")


@cache
def _tracer() -> Tracer:
    from aws_lambda_powertools import Tracer

    return Tracer(patch_modules=("botocore",))  # patching everything costs 29 ms more


@contextmanager
def subsegment(name: str) -> Iterator[None]:
    """Surround a step with a subsegment, which also keeps the error that leaves it."""
    if not is_sampled():
        yield
        return
    with _tracer().provider.in_subsegment(name=f"## {name}"):
        yield


def annotate(name: str, value: str) -> None:
    """Make the trace findable by a value."""
    if is_sampled():
        _tracer().put_annotation(name, value)

"""X-Ray subsegments, for sampled invocations only.

The SDK, with asyncio, takes 35 ms to import. By default X-Ray samples one request per second and
5 % of the others, so that nearly every cold start avoids the import.
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
    """Whether the current invocation is traced; Lambda sets the variable for each one."""
    return "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")


@cache
def _tracer() -> Tracer:
    from aws_lambda_powertools import Tracer

    return Tracer(patch_modules=("botocore",))  # patching everything costs 29 ms more


@contextmanager
def subsegment(name: str) -> Iterator[None]:
    """Surround a stage with a subsegment, which also records an error that is raised in it."""
    if not is_sampled():
        yield
        return
    with _tracer().provider.in_subsegment(name=f"## {name}"):
        yield


def annotate(name: str, value: str) -> None:
    """Annotate the trace with a value by which it can be found."""
    if is_sampled():
        _tracer().put_annotation(name, value)

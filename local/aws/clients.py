"""The boto3 clients of the offline AWS itself: their calls are those of no function and no role."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from local.aws.environment import REGION

# With a checksum, botocore sends a body in chunks, and both it and moto take a time quadratic in
# its size: 55 s for 200 MB.
_UNCHUNKED = Config(request_checksum_calculation="when_required")


@cache
def client_of(service: str) -> Any:
    """Return the client of a service; making one takes longer than most calls.

    It is made once for the process: moto answers it whenever it was made.
    """
    return boto3.client(service, region_name=REGION, config=_UNCHUNKED)  # type: ignore[call-overload]

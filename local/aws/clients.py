"""The boto3 clients of the offline AWS itself: their calls are those of no function and no role."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from local.aws.environment import CREDENTIALS, REGION

# With a checksum, botocore sends a body in chunks, and both it and moto take a time quadratic in
# its size: 55 s for 200 MB.
_UNCHUNKED = Config(request_checksum_calculation="when_required")


@cache
def client_of(service: str) -> Any:
    """Return the client of a service; making one takes longer than most calls.

    It is made once for the process: moto answers it whenever it was made, and its credentials are
    not those of the environment at that moment.
    """
    return boto3.client(  # type: ignore[call-overload]
        service,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=_UNCHUNKED,
    )

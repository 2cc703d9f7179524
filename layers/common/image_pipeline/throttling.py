"""Recognizes throttles, and those among them that botocore has no classes for.

Step Functions sees only the name of an error's class. The throttles of S3, such as `SlowDown`, are
plain `ClientError` in botocore, like a refused permission, and would share its few retries.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

# "503" and "429" are the answers to a HeadObject, which have no body.
_CODES = {
    "429",
    "503",
    "BandwidthLimitExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


def is_throttle(error: Exception) -> bool:
    """Whether a service refused a call for want of capacity."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _CODES


def is_named(error: Exception) -> bool:
    """Whether Step Functions sees what an error is by the name of its class."""
    return type(error) is not ClientError

"""Imports the handler that reads, and sends it requests: `api_requests.py COUNT`.

It prints the CPU milliseconds of each. `benchmarks.api` runs it with the code of several commits.
"""

from __future__ import annotations

import io
import json
import sys
import time
from typing import Any

import api.handler as api

_ID = "a" * 26
_RENDITIONS = [
    {"M": {name: {"S": f"{name}-{number}"} for name in ("name", "key", "version_id")}}
    for number in range(4)
]
_ITEM = {
    "image_id": {"S": _ID},
    "status": {"S": "approved"},
    "key": {"S": "uploads/photo.jpg"},
    "uploaded_at": {"S": "2026-05-01T12:00:00Z"},
    "created_at": {"S": "2026-05-01T12:00:00.000Z"},
    "revision": {"N": "4"},
    "renditions": {"L": _RENDITIONS},
    "metadata": {"M": {"width": {"N": "3024"}, "height": {"N": "4032"}}},
}
_EVENT = {
    "version": "2.0",
    "routeKey": "GET /images/{id}",
    "headers": {"host": "api", "accept": "*/*"},
    "pathParameters": {"id": _ID},
    "requestContext": {
        "requestId": "request",
        "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/benchmark"}},
    },
}


class _Context:
    """What Powertools reads of the context."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


def _answer(_: Any, request: Any) -> Any:
    from botocore.awsrequest import AWSResponse, HeadersDict

    headers: Any = HeadersDict({"content-type": "application/x-amz-json-1.0"})
    return AWSResponse(request.url, 200, headers, _Raw(json.dumps({"Item": _ITEM}).encode()))


def _milliseconds() -> float:
    start = time.process_time()
    answer = api.handler(_EVENT, _Context())  # type: ignore[arg-type]
    spent = time.process_time() - start
    if answer["statusCode"] != 200 or "versionId=version_id-3" not in answer["body"]:
        raise SystemExit(answer)
    return spent * 1000


def main() -> None:
    """Send the requests."""
    count = int(sys.argv[1])
    if count:
        from botocore.httpsession import URLLib3Session

        setattr(URLLib3Session, "send", _answer)  # noqa: B010 - mypy refuses an assignment
    times = [_milliseconds() for _ in range(count)]
    print(json.dumps(times))


if __name__ == "__main__":
    main()

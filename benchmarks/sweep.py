"""What the sweep takes for a thousand keys, for one restart and for one request to S3.

    python -m benchmarks.sweep [--pages N] [--json FILE]

The code of the function runs with real clients, which sign every request and parse every answer.
Answers of AWS are made beforehand: TLS and the network are not measured. CPU time is that of all
threads. At the sweep's MemorySize a function has one vCPU, of which Python's threads use one.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.awsrequest import AWSResponse
from rich.console import Console
from rich.table import Table

from image_pipeline import aws
from image_pipeline.workflow import Workflow
from local.aws.environment import isolated
from sweep.bucket_walk import walk_over_bucket
from sweep.pacing import Time
from sweep.rounds import Round
from sweep.starting import Starter
from sweep.state import State
from sweep.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KEYS, _ROUNDS = 1000, 3
_LISTED = "Fri, 01 May 2026 12:00:00 GMT"
_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:image-pipeline"
_VERSION_ID = "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8g"
_VERSION = """<Version><Key>{key}</Key><VersionId>{version}</VersionId>
<IsLatest>true</IsLatest><LastModified>2026-05-01T10:00:00.000Z</LastModified>
<ETag>&quot;828ef3fdfa96f00ad9f27c383fc9ac7f&quot;</ETag><Size>434234</Size>
<StorageClass>STANDARD</StorageClass>
<Owner><ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID></Owner></Version>"""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.sweep")
    arguments.add_argument("--pages", type=int, default=20, help="of a thousand keys (default 20)")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    with isolated():
        known = cpu_seconds_of_a_key(options.pages)
        results = {
            "compare_1000_keys_cpu_s": round(known * 1000, 3),
            "restart_cpu_s": round(_cpu_seconds(2, known=False) / (2 * _KEYS) - known, 4),
            "head_cpu_s": round(_head_cpu_seconds(), 4),
        }
    table = Table("what", "CPU seconds")
    for name, seconds in results.items():
        table.add_row(name, str(seconds))
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def cpu_seconds_of_a_key(pages: int = 20) -> float:
    """Measure the CPU seconds of comparing a key with its record; no AWS account is reached."""
    with isolated():
        rounds = (_cpu_seconds(pages, known=True) for _ in range(_ROUNDS))
        return min(rounds) / (pages * _KEYS)


def _cpu_seconds(pages: int, *, known: bool) -> float:
    """Compare pages of keys with records that exist or do not."""
    with ThreadPoolExecutor(10) as pool, _answering(pages, known=known):
        starter = Starter("uploads", Workflow(_MACHINE), frozenset(), room=1_000_000)
        walker = Walker(
            *("images", "uploads", b"", timedelta(seconds=60)),
            *(starter, Time(lambda: 100_000, 0), pool),
        )
        state = mock.Mock(spec=State, bucket=Round())
        with mock.patch("sweep.starting.Pacer.wait"):
            begin = time.process_time()
            walk_over_bucket(walker, state)
            taken = time.process_time() - begin
    if starter.started != (0 if known else pages * _KEYS):
        message = f"{starter.started} started, {starter.errors[:1]}"
        raise SystemExit(message)
    return taken


def _head_cpu_seconds() -> float:
    with ThreadPoolExecutor(10) as pool, _answering(1, known=True):
        walker = Walker("", "uploads", b"", timedelta(0), mock.Mock(), mock.Mock(), pool)
        with mock.patch("sweep.walker.Pacer.wait"):
            begin = time.process_time()
            list(walker.heads(f"uploads/{number}" for number in range(_KEYS)))
            return (time.process_time() - begin) / _KEYS


@contextmanager
def _answering(pages: int, *, known: bool) -> Iterator[None]:
    """Context manager in which AWS's answers are those of a bucket of some pages."""
    listed = iter(range(pages))
    makers: dict[str, tuple[Any, Callable[[Any], bytes]]] = {
        "s3.ListObjectVersions": (aws.s3(), lambda _: _page(next(listed), pages)),
        "s3.HeadObject": (aws.s3(), lambda _: b""),
        "dynamodb.BatchGetItem": (aws.dynamodb(), lambda request: _batch(request, known=known)),
        "sfn.StartExecution": (aws.stepfunctions(), lambda _: _started()),
    }
    registered = []
    for name, (client, make) in makers.items():

        def answer(request: Any, make: Any = make, **_: Any) -> AWSResponse:
            return _response(request.url, make(request))

        client.meta.events.register_first(f"before-send.{name}", answer)
        registered.append((client, f"before-send.{name}", answer))
    try:
        yield
    finally:
        for client, event, answer in registered:
            client.meta.events.unregister(event, answer)


def _response(url: str, body: bytes) -> AWSResponse:
    headers: Any = {
        "date": _LISTED,
        "last-modified": _LISTED,
        "etag": '"e"',
        "content-length": str(len(body)),
    }
    raw: Any = io.BytesIO(body)
    raw.stream = lambda *_, **__: iter([body])
    return AWSResponse(url, 200, headers, raw)


def _key(number: int) -> str:
    return f"uploads/2026/05/01/{number:012}-IMG_4711.jpeg"


def _page(page: int, pages: int) -> bytes:
    versions = "".join(
        _VERSION.format(key=_key(number), version=_VERSION_ID)
        for number in range(page * _KEYS, (page + 1) * _KEYS)
    )
    more = page + 1 < pages
    marker = (
        f"<NextKeyMarker>{_key(page)}</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>"
    )
    return (
        f"<ListVersionsResult><IsTruncated>{str(more).lower()}</IsTruncated>"
        f"{marker if more else ''}{versions}</ListVersionsResult>"
    ).encode()


def _batch(request: Any, *, known: bool) -> bytes:
    asked = json.loads(request.body)["RequestItems"]["images"]["Keys"]
    items = [
        {
            "image_id": key["image_id"],
            "key": {"S": _key(0)},
            "status": {"S": "approved"},
            "version": {"S": _VERSION_ID},
            "source": {"M": {"version_id": {"S": _VERSION_ID}}},
        }
        for key in asked
    ]
    return json.dumps({"Responses": {"images": items if known else []}}).encode()


def _started() -> bytes:
    return json.dumps({"executionArn": _MACHINE, "startDate": 1.7e9}).encode()


if __name__ == "__main__":
    main()

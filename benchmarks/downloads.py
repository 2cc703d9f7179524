"""Downloads of large objects over several connections, compared with one.

    python -m benchmarks.downloads [--latency MS] [--json FILE]

A server on this machine stands in for S3. It waits before each answer and limits the megabytes per
second of each connection and of all connections together. S3 serves roughly 90 MB/s per connection;
the total of Lambda's network is not documented, so it varies here. *Whole* is one request, *parts*
is image_pipeline.storage.read. Encryption is not included.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import statistics
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from rich.console import Console
from rich.table import Table

from image_pipeline import aws, storage
from image_pipeline.models import S3Object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

_MB = 1_000_000
_SIZES = (17, 24, 50)  # from the size on that storage.read splits
_PER_CONNECTION = 90
_TOTALS = (75, 150, 300)
_PIECE = 64 * 1024
_ROUNDS = 5


class Link(NamedTuple):
    """Megabytes per second of each connection and of all, and seconds before an answer."""

    per_connection: int
    total: int
    latency: float


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.downloads")
    arguments.add_argument("--latency", type=float, default=20, help="ms (default 20)")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    results = []
    for total in _TOTALS:
        link = Link(_PER_CONNECTION, total, options.latency / 1000)
        with _served(link) as url, _reading_from(url):
            results += [{"mb_per_second_total": total, **_measured(size)} for size in _SIZES]
    _print(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def _measured(megabytes: int) -> dict[str, Any]:
    size = megabytes * _MB
    source = S3Object("bucket", str(size), "version")  # the key is the size that the server sends
    ways: dict[str, Callable[[], bytes]] = {
        "whole": lambda: aws.s3().get_object(Bucket="bucket", Key=source.key)["Body"].read(),
        "parts": lambda: storage.read(source, size),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for turn in range(_ROUNDS + 1):
        for name, read in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            if len(read()) != size:
                message = f"{name}: the object is incomplete"
                raise SystemExit(message)
            if turn:  # the first turn connects
                taken[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    result: dict[str, Any] = {"mb": megabytes}
    for name, rounds in taken.items():
        walls, cpus = zip(*rounds, strict=True)
        result[f"{name}_ms"] = round(statistics.median(walls) * 1000)
        result[f"{name}_cpu_ms"] = round(statistics.median(cpus) * 1000)
    return result


@contextmanager
def _served(link: Link) -> Iterator[str]:
    """Run the server in a process of its own, which takes no CPU from ours; yield its URL."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(link, theirs))
    server.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        server.terminate()
        server.join()


def _serve(link: Link, connection: Connection) -> None:
    all_connections = _RateLimit(link.total)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            size = int(self.path.split("?")[0].rpartition("/")[2])
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            length = int(asked[2]) - int(asked[1]) + 1 if asked else size
            time.sleep(link.latency)
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            own = _RateLimit(link.per_connection)
            for start in range(0, length, _PIECE):
                piece = min(_PIECE, length - start)
                own.take(piece)
                all_connections.take(piece)
                self.wfile.write(bytes(piece))

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the name in the base class
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    connection.send(server.server_port)
    server.serve_forever()


class _RateLimit:
    """A limit in megabytes per second."""

    def __init__(self, rate: int) -> None:
        self._seconds_per_byte = 1 / (rate * _MB)
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def take(self, count: int) -> None:
        """Wait for as long as a number of bytes takes."""
        with self._lock:
            self._free_at = max(self._free_at, time.monotonic() - 0.01)
            self._free_at += count * self._seconds_per_byte
            free_at = self._free_at
        time.sleep(max(0.0, free_at - time.monotonic()))


@contextmanager
def _reading_from(url: str) -> Iterator[None]:
    """Point the client of the functions at the server."""
    environment = {
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    aws.s3.cache_clear()
    with mock.patch.dict(os.environ, environment):
        yield
    aws.s3.cache_clear()


def _print(results: list[dict[str, Any]]) -> None:
    headings = (
        "MB/s total",
        "MB",
        "whole ms",
        "parts ms",
        "ratio",
        "whole CPU ms",
        "parts CPU ms",
    )
    table = Table(*headings)
    for row in results:
        table.add_row(
            str(row["mb_per_second_total"]),
            str(row["mb"]),
            str(row["whole_ms"]),
            str(row["parts_ms"]),
            f"{row['parts_ms'] / row['whole_ms']:.2f}",
            str(row["whole_cpu_ms"]),
            str(row["parts_cpu_ms"]),
        )
    Console().print(table)


if __name__ == "__main__":
    main()

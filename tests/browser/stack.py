"""`serve` as a process of its own, and what tests ask of it behind the page's back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3

from image_pipeline.attribute_values import decode_item
from image_pipeline.identity import image_id
from local import web
from local.aws.environment import REGION
from local.aws.ports import listening
from local.aws.taxonomy import METADATA
from tests.support.waiting import await_condition

if TYPE_CHECKING:
    from collections.abc import Iterator

SCOPES = "images:read images:write images:review"
_STACK = "image-pipeline"
_READY = "Ctrl-C stops it."
_SECONDS_TO_STOP = 30
_LINES = 200


@dataclass(frozen=True)
class Stack:
    """A running `serve`.

    Args:
        api_url: of the HTTP API, which serves the page.
        s3_url: of S3 and every other AWS API.
        issuer_url: of the issuer of tokens.
        lines: the last ones that it printed.
    """

    api_url: str
    s3_url: str
    issuer_url: str
    lines: deque[str] = field(repr=False)

    @property
    def console(self) -> str:
        """The URL of the page."""
        return f"{self.api_url}/console"

    @property
    def origins(self) -> frozenset[str]:
        """The origins that the page may ask."""
        return frozenset({self.api_url, self.s3_url, self.issuer_url})

    def client(self, service: str) -> Any:
        """Make a boto3 client."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=self.s3_url,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of the resources, by their logical ids."""
        found = self.client("cloudformation").describe_stack_resources(StackName=_STACK)
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in found["StackResources"]
        }

    def token(self, subject: str, scopes: str = SCOPES) -> str:
        """Return a token of the issuer."""
        answer = web.post(f"{self.issuer_url}/token", client_id=subject, scope=scopes)
        return str(answer["access_token"])

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request to the API as a reviewer who owns nothing; return the answer's body.

        Raises:
            urllib.error.HTTPError: the API refuses.
        """
        sent = {"authorization": f"Bearer {self.token('clerk')}", **headers}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.api_url}{path}",
            data,
            sent | {"content-type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return {"etag": answer.headers.get("etag"), **(json.loads(text) if text else {})}

    def decide(self, image: str, decision: str) -> None:
        """Decide about an image without the page."""
        etag = self.ask("GET", f"/images/{image}")["etag"]
        self.ask("POST", f"/images/{image}/review", {"decision": decision}, **{"if-match": etag})

    def put(self, key: str, data: bytes, labels: str = "", **declared: Any) -> str:
        """Upload a picture without the page; return its id.

        Args:
            key: of the object.
            data: the file.
            labels: those that moderation finds, as in `Alcohol=60`.
            declared: further arguments of PutObject.
        """
        notes = {METADATA: labels} if labels else {}
        self.client("s3").put_object(
            Bucket=self.names["UploadsBucket"],
            Key=key,
            Body=data,
            Metadata=notes,
            ContentType="image/jpeg",
            **declared,
        )
        return image_id(key)

    def record(self, image: str) -> dict[str, Any]:
        """Read the record of an image; {} if there is none."""
        found = self.client("dynamodb").get_item(
            TableName=self.names["ImagesTable"], Key={"image_id": {"S": image}}, ConsistentRead=True
        )
        return decode_item(found.get("Item", {}))

    def await_status(self, image: str, *wanted: str) -> dict[str, Any]:
        """Wait until an image has one of these statuses; return its record.

        Raises:
            AssertionError: it has not, for a minute.
        """
        record: dict[str, Any] = {}

        def reached() -> bool:
            nonlocal record
            record = self.record(image)
            return record.get("status") in wanted

        try:
            await_condition(reached)
        except TimeoutError:
            said = "\n".join(self.lines)
            message = f"{record} is not {' or '.join(wanted)}:\n{said}"
            raise AssertionError(message) from None
        return record

    def reviewable(self, key: str, data: bytes, labels: str = "Alcoholic Beverages=60") -> str:
        """Upload a picture that a person has to decide about; return its id."""
        found = self.put(key, data, labels)
        self.await_status(found, "review")
        return found


@contextmanager
def running(auth: str = "jwt", **parameters: str) -> Iterator[Stack]:
    """Context manager that runs `serve`.

    Args:
        auth: who may call the API, none or jwt.
        parameters: of the template.
    """
    api, s3, issuer = _free_ports(3)
    command = [sys.executable, "-u", "-m", "local", "serve", "--auth", auth]
    command += ["--api-port", str(api), "--s3-port", str(s3), "--issuer-port", str(issuer)]
    command += [each for pair in parameters.items() for each in ("--parameter", "=".join(pair))]
    lines = deque[str](maxlen=_LINES)
    serving = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    ready = threading.Event()
    reader = threading.Thread(target=_read, args=(serving, lines, ready), daemon=True)
    reader.start()
    try:
        ready.wait()
        assert serving.poll() is None, "\n".join(lines)
        urls = [f"http://127.0.0.1:{port}" for port in (api, s3, issuer)]
        yield Stack(urls[0], urls[1], urls[2], lines)
    finally:
        serving.send_signal(signal.SIGINT)
        try:
            serving.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            serving.kill()
            serving.wait()
        reader.join()
        if serving.stdout:
            serving.stdout.close()


def _read(serving: subprocess.Popen[str], lines: deque[str], ready: threading.Event) -> None:
    assert serving.stdout is not None
    for line in serving.stdout:
        lines.append(line.rstrip())
        if _READY in line:
            ready.set()
    serving.wait()
    ready.set()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(listening("127.0.0.1", 0)) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]

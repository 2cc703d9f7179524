"""The uploads that `serve` starts with, under the names that the events in events/ use.

The events name object versions and executions. Because these exist, every function can be invoked
with its event, in any order and by any tool.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local import sample
from local.aws.environment import ACCOUNT, REGION
from local.executions import follow
from local.manifest import steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws


TIME = "2026-05-01T12:00:00Z"
"""Time of the upload in the sample events."""


@dataclass(frozen=True)
class Seed:
    """A sample upload and the execution that processes it.

    Args:
        execution: name of the execution.
        key: of the object.
        content_type: as declared.
        draw: makes the bytes of the upload.
        sequencer: smaller than that of any upload to a running server, so that uploads win.
        stays_open: only claim the record, for functions that refuse finished images; the
            execution is then only a name.
    """

    execution: str
    key: str
    content_type: str
    draw: Callable[[], bytes]
    sequencer: str
    stays_open: bool = False

    def created(self, bucket: str, at: str = TIME) -> dict[str, Any]:
        """Build the event "Object Created" of a time; without one it is the same in every run."""
        data = self.draw()
        return {
            "version": "0",
            "id": "17793124-05d4-b198-2fde-7ededc63b103",
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": ACCOUNT,
            "time": at,
            "region": REGION,
            "resources": [f"arn:aws:s3:::{bucket}"],
            "detail": {
                "version": "0",
                "bucket": {"name": bucket},
                "object": {
                    "key": self.key,
                    "size": len(data),
                    "etag": hashlib.md5(data, usedforsecurity=False).hexdigest(),
                    "version-id": f"version-of-{self.execution}",
                    "sequencer": self.sequencer,
                },
                "request-id": "N4N7GDK58NMKJ12R",
                "requester": ACCOUNT,
                "source-ip-address": "127.0.0.1",
                "reason": "PutObject",
            },
        }


PHOTO = Seed("sample", "uploads/sample.jpg", "image/jpeg", sample.jpeg, "0000000000000000A1")
OPEN = Seed(
    "sample-open",
    "uploads/sample-open.jpg",
    "image/jpeg",
    sample.jpeg,
    "0000000000000000A2",
    stays_open=True,
)
RAW = Seed(
    "sample-raw",
    "uploads/sample-open.dng",
    "image/x-adobe-dng",
    sample.dng,
    "0000000000000000A3",
    stays_open=True,
)
REFUSED = Seed(
    "sample-refused", "uploads/sample.txt", "text/plain", sample.text, "0000000000000000A4"
)
SEEDS = (PHOTO, OPEN, RAW, REFUSED)


# The picture in the event of each step: one that is still open, unless the step needs another.
_PICTURES = {"convert": RAW, "store": PHOTO, "reject": REFUSED}
IN_EVENTS = {step.package: _PICTURES.get(step.package, OPEN) for step in steps()}


def plant(aws: OfflineAws, *seeds: Seed, finish_all: bool = False, at: str = TIME) -> None:
    """Upload samples and process them.

    Args:
        aws: opened.
        seeds: the pictures.
        finish_all: also finish those that should stay open.
        at: the time of their upload, in ISO 8601, UTC.
    """
    executions = []
    for seed in seeds:
        event = seed.created(aws.deployment.ref("UploadsBucket"), at)
        version = event["detail"]["object"]["version-id"]
        aws.place(seed.key, version, seed.draw(), seed.content_type)
        if finish_all or not seed.stays_open:
            executions.append(_start(aws, seed.execution, event))
        else:
            _claim(aws, seed.execution, event)
    for arn in executions:
        follow(aws, arn)


def _start(aws: OfflineAws, execution: str, event: dict[str, Any]) -> str:
    started = aws.client("stepfunctions").start_execution(
        stateMachineArn=aws.deployment.ref("ImagePipelineStateMachine"),
        name=execution,
        input=json.dumps(event),
    )
    return str(started["executionArn"])


def _claim(aws: OfflineAws, execution: str, event: dict[str, Any]) -> None:
    machine = aws.deployment.ref("ImagePipelineStateMachine")
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{execution}"
    aws.client("lambda").invoke(
        FunctionName=aws.deployment.ref("ValidateFunction"),
        Payload=json.dumps({"event": event, "execution": arn}),
    )

"""What `serve` starts with: two sample pictures, processed under the names that events/ uses.

The events there name object versions and an execution. Here they come true, so that a function
can be invoked with its event in any order, and by any tool.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import sample, web
from local.executions import follow

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws

EVENTS = Path(__file__).parents[1] / "events"
KEY = "uploads/sample.jpg"
# The event of each upload, the name of its execution, what draws it, its Content-Type.
_UPLOADS: tuple[tuple[str, str, Callable[[], bytes], str], ...] = (
    ("object_created.json", "sample", sample.jpeg, "image/jpeg"),
    ("object_created_raw.json", "sample-raw", sample.dng, "image/x-adobe-dng"),
)


def plant(aws: OfflineAws) -> None:
    """Put the sample pictures into the uploads bucket and take them through the pipeline."""
    stepfunctions = aws.client("stepfunctions")
    executions = []
    for file, name, draw, content_type in _UPLOADS:
        event: dict[str, Any] = json.loads((EVENTS / file).read_text(encoding="utf-8"))
        created = event["detail"]["object"]
        aws.place(created["key"], created["version-id"], draw(), content_type)
        started = stepfunctions.start_execution(
            stateMachineArn=aws.deployment.ref("ImagePipelineStateMachine"),
            name=name,
            input=json.dumps(event),
        )
        executions.append(started["executionArn"])
    for arn in executions:
        follow(stepfunctions, arn)


def image_id(aws: OfflineAws) -> str:
    """The id of the first sample picture."""
    image = web.image_by_key(aws.api_url, KEY)
    if image is None:
        message = f"there is no record of {KEY}"
        raise RuntimeError(message)
    return str(image["image_id"])

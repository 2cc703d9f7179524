"""Records the events in events/ from a run of the pipeline: `python -m local.recording`.

Needed after a change to the state machine's payloads, or to the bytes that Pillow writes.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from image_pipeline.identity import image_id
from local import web
from local.aws.environment import ACCOUNT, REGION, isolated
from local.aws.moto_patches import replaced
from local.aws.offline import OfflineAws
from local.aws.processes import Processes
from local.manifest import of_package
from local.seeds import IN_EVENTS, PHOTO, SEEDS, plant

if TYPE_CHECKING:
    from local.aws.deployment import Deployment
    from local.aws.invocation import Answer
    from local.seeds import Seed

EVENTS = Path(__file__).parents[1] / "events"
# The event of a schedule without input; the offline AWS does not run schedules.
_SCHEDULED = {
    "version": "0",
    "id": "6fb4a1a0-3a4b-4ae6-9a0d-2a9f7b3f3c11",
    "detail-type": "Scheduled Event",
    "source": "aws.scheduler",
    "account": ACCOUNT,
    "time": "2026-05-01T12:00:00Z",
    "region": REGION,
    "resources": [f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/image-pipeline-sweep"],
    "detail": "{}",
}
_BACKFILL = {
    "items": [{"key": PHOTO.key}],
    "batch": {
        "backfill": "backfill-20260501-120000-000",
        "run": "backfill-20260501-120000-000-run1",
        "since": "2026-05-01T12:00:00.000Z",
        "only": "",
        "source": "prefix",
    },
}
_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_NOTIFICATION = {
    "id": f"{image_id(PHOTO.key)}/version-of-sample/approved",
    "image_id": image_id(PHOTO.key),
    "status": "approved",
    "key": PHOTO.key,
    "version_id": "version-of-sample",
    "sequencer": PHOTO.sequencer,
    "uploaded_at": "2026-05-01T12:00:00Z",
    "processed_at": "2026-05-01T12:00:02.113Z",
}
_ENDPOINT = "http://host.docker.internal:4566"  # this machine, as a container addresses it


def record() -> dict[str, Any]:
    """Record the content of every file in events/, by name."""
    heard: dict[str, list[Any]] = {}
    invoke = Processes.invoke

    def listening(processes: Processes, name: str, payload: str) -> Answer:
        function = name.partition(":")[0]  # without its version
        heard.setdefault(function, []).append(json.loads(payload))
        return invoke(processes, name, payload)

    with (
        replaced(Processes, "invoke", listening),
        OfflineAws(functions="processes", parameters={"ApiAuth": "IAM"}) as aws,
    ):
        deployment = aws.deployment
        plant(aws, *SEEDS, finish_all=True)
        web.image_by_key(aws.api_url, PHOTO.key)
        aws.streams.settle()
    payloads = {
        name: _about(seed, heard[deployment.ref(of_package(name).logical_id)])
        for name, seed in IN_EVENTS.items()
    }
    request = _without_accidents(heard[deployment.ref("ApiFunction")][-1])
    refused = payloads["reject"]["event"]
    refused["error"] = _without_trace(refused["error"])
    return {
        "backfill.json": _BACKFILL,
        "object_created.json": PHOTO.created(deployment.ref("UploadsBucket")),
        "api_get_image.json": request,
        "apiwrite_delete_image.json": _deletion(request),
        "projector.json": _last_change(heard[deployment.ref("ProjectorFunction")]),
        "sweep.json": _SCHEDULED,
        "dispatch.json": _queued(PHOTO.created(deployment.ref("UploadsBucket")), "UploadsQueue"),
        "webhook.json": _queued(_NOTIFICATION, "WebhooksQueue"),
        "local-env.json": {"Parameters": _environment(deployment)},
        **{f"{name}.json": payload for name, payload in payloads.items()},
    }


def _about(seed: Seed, payloads: list[Any]) -> Any:
    return next(payload for payload in payloads if f'"{seed.key}"' in json.dumps(payload))


def _last_change(batches: list[Any]) -> dict[str, Any]:
    """Return a batch of the last change of the demo picture, with the same times in every run."""
    records = [each for batch in batches for each in batch["Records"]]
    record = [each for each in records if f'"{PHOTO.key}"' in json.dumps(each)][-1]
    change = record["dynamodb"] | {
        "ApproximateCreationDateTime": 1777636802,
        "SequenceNumber": "100000000000000000001",
    }
    text = json.dumps({**record, "eventID": "0" * 32, "dynamodb": change})
    return {"Records": [json.loads(_MILLISECONDS.sub("2026-05-01T12:00:02.000Z", text))]}


def _queued(message: dict[str, Any], queue: str) -> dict[str, Any]:
    """Return the event with which Lambda passes a message on from a queue.

    The demo deploys neither: it has nobody to send webhooks to, and its executions are Standard.
    """
    body = json.dumps(message)
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:image-pipeline-{queue}-local"
    record = {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1777636802113",
            "SenderId": ACCOUNT,
            "ApproximateFirstReceiveTimestamp": "1777636802150",
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }
    return {"Records": [record]}


def _without_trace(error: dict[str, str]) -> dict[str, str]:
    """Remove this machine's paths from an error."""
    cause = {**json.loads(error["Cause"]), "requestId": "request", "stackTrace": []}
    return {**error, "Cause": json.dumps(cause)}


def _without_accidents(request: dict[str, Any]) -> dict[str, Any]:
    """Remove everything from a request to the API that differs between runs."""
    host = "127.0.0.1:3000"
    context = request["requestContext"]
    return {
        **request,
        "headers": {"host": host, "accept": "*/*"},
        "requestContext": {
            **context,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {**context["http"], "userAgent": "curl/8.0"},
            "requestId": "request",
            "time": "01/May/2026:12:00:00 +0000",
            "timeEpoch": 1777636800000,
        },
    }


def _deletion(request: dict[str, Any]) -> dict[str, Any]:
    """Turn a request for an image into one to delete an image, which the demo does not have."""
    parameters = {"id": "a" * 26}
    path, key = "/images/{id}".format(**parameters), "DELETE /images/{id}"
    context = request["requestContext"]
    http = {**context["http"], "method": "DELETE", "path": path}
    changed = {name: value for name, value in request.items() if name != "queryStringParameters"}
    return {
        **changed,
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": "",
        "requestContext": {**context, "http": http, "routeKey": key},
        "pathParameters": parameters,
    }


def _environment(deployment: Deployment) -> dict[str, str]:
    """Collect the variables that hold names of resources, which `sam local` does not know."""
    names = {resource.ref for resource in deployment.resources.values()}
    return {"AWS_ENDPOINT_URL": _ENDPOINT} | {
        name: value
        for function in deployment.functions.values()
        for name, value in sorted(function.environment.items())
        if value in names
    }


def main() -> None:
    """Write every file."""
    with isolated():
        for name, content in record().items():
            text = json.dumps(content, indent=2, ensure_ascii=False)
            (EVENTS / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The built functions under the AWS runtime interface emulator, from upload event to API answer.

`make emulate` builds them for x86-64 and runs this; it needs an interpreter of the runtime's own
minor version, which nobody must have for `make test`.
"""

from __future__ import annotations

import functools
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from PIL import Image

from benchmarks.emulator import Function, running
from local.manifest import ROOT, images_table, steps
from tests.build.artefacts import Artefacts, runtime_python
from tests.support.camera_files import dng
from tests.support.heif_files import HEIC_SIZE, heic
from tests.support.pictures import gradient_file
from tests.template.documents import properties

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:image-pipeline:one"
STATE_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:image-pipeline"
NAMES = {
    "ImagesTable": "images",
    "RenditionsBucket": "renditions",
    "UploadsBucket": "uploads",
    "ImagePipelineStateMachine": STATE_MACHINE,
}
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Rekognition(BaseHTTPRequestHandler):
    """Stands in for Rekognition, which moto lacks; finds no labels."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"ModerationLabels": [], "ModerationModelVersion": "7.0"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


class Cloud:
    """The AWS services that the functions call, on 127.0.0.1."""

    def __init__(self, endpoint: str, rekognition: str) -> None:
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_REKOGNITION": rekognition,
            "AWS_DEFAULT_REGION": "us-east-1",
            "LAMBDA_TASK_ROOT": "/var/task",  # libraries detect Lambda by it
            **{name.upper(): value for name, value in CREDENTIALS.items()},
        }
        client = functools.partial(
            boto3.client, region_name="us-east-1", endpoint_url=endpoint, **CREDENTIALS
        )
        self._s3, dynamodb = client("s3"), client("dynamodb")
        for bucket in ("uploads", "renditions"):
            self._s3.create_bucket(Bucket=bucket)
        dynamodb.create_table(TableName="images", **images_table())
        client("stepfunctions").create_state_machine(
            name=STATE_MACHINE.rpartition(":")[2],
            definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
            roleArn="arn:aws:iam::123456789012:role/states",
        )

    def upload(self, key: str, data: bytes) -> dict[str, Any]:
        """Upload a picture and return the event that EventBridge would send."""
        self._s3.put_object(Bucket="uploads", Key=key, Body=data)
        return {
            "detail-type": "Object Created",
            "source": "aws.s3",
            "time": "2026-05-01T12:00:00Z",
            "detail": {
                "bucket": {"name": "uploads"},
                "object": {"key": key, "size": len(data), "etag": "e", "sequencer": "0A"},
            },
        }

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Invoke a built function in a new execution environment and return its answer."""
        path = Artefacts(ROOT / ".aws-sam" / "x86_64").import_path(function)
        path.append(ROOT / ".build" / "awslambdaric")
        # As by default: no queue of uploads, and requests that are signed.
        deployed = properties(function, ApiAuth="IAM", Console="false", WorkflowType="STANDARD")
        variables = deployed["Environment"]["Variables"]
        given = {name: str(NAMES.get(value, value)) for name, value in variables.items()}
        handler = deployed["Handler"]
        interpreter = runtime_python()
        assert interpreter, "no Python of the runtime's minor version is installed"
        with running(Function(handler, path, self.environment | given), interpreter) as built:
            return built.invoke(event)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with _serving(Rekognition) as rekognition:
        yield Cloud(f"http://{host}:{port}", rekognition)
    server.stop()


@pytest.mark.parametrize("function", [step.logical_id for step in steps()])
def test_every_handler_starts(cloud: Cloud, function: str) -> None:
    with pytest.raises(RuntimeError, match='"errorType": "KeyError"'):
        cloud.invoke(function, {})


def test_a_sweep_finds_nothing_to_restart(cloud: Cloud) -> None:
    assert cloud.invoke("SweepFunction", {}) == {"restarted": 0, "given_up": 0}


def test_a_jpeg_from_event_to_answer(cloud: Cloud) -> None:
    event = cloud.upload("uploads/a+b c%20é.jpg", gradient_file(size=(1600, 1200)))
    image = cloud.invoke("ValidateFunction", {"event": event, "execution": EXECUTION})
    answer = _process(cloud, image)
    assert answer["status"] == "approved"
    assert answer["source"]["width"] == 1600
    assert {rendition["name"] for rendition in answer["renditions"]} == {
        "thumbnail",
        "medium",
        "large",
        "preview",
    }


@pytest.mark.parametrize(
    ("name", "data", "size"),
    [
        ("holiday.heic", heic(), HEIC_SIZE),
        ("camera.dng", dng(Image.linear_gradient("L").convert("RGB")), (256, 256)),
    ],
    ids=["heic", "raw"],
)
def test_heic_and_raw_are_converted_first(
    cloud: Cloud, name: str, data: bytes, size: tuple[int, int]
) -> None:
    event = cloud.upload(f"uploads/{name}", data)
    image = cloud.invoke("ValidateFunction", {"event": event, "execution": EXECUTION})
    picture = cloud.invoke("ConvertFunction", {"image": image})
    assert picture["format"] == "JPEG"
    answer = _process(cloud, {**image, "picture": picture})
    assert answer["status"] == "approved"
    assert (answer["source"]["width"], answer["source"]["height"]) == size


def test_a_refusal_is_recorded(cloud: Cloud) -> None:
    event = cloud.upload("uploads/text.jpg", b"no picture at all")
    with pytest.raises(RuntimeError) as refused:
        cloud.invoke("ValidateFunction", {"event": event, "execution": EXECUTION})
    cause = json.loads(str(refused.value))
    assert cause["errorType"] == "ValidationError"
    error = {"Error": cause["errorType"], "Cause": str(refused.value)}
    outcome = cloud.invoke(
        "RejectFunction", {"event": {**event, "error": error}, "execution": EXECUTION}
    )
    assert (outcome["status"], outcome["reason"]) == ("rejected", "unsupported_format")


def _process(cloud: Cloud, image: dict[str, Any]) -> Any:
    """Run the steps that follow the conversion, and return the answer of the API."""
    results = {
        "renditions": cloud.invoke("ThumbnailFunction", {"image": image})["renditions"],
        "source": cloud.invoke("MetadataFunction", {"image": image})["source"],
        "verdict": cloud.invoke("ModerateFunction", {"image": image}),
    }
    cloud.invoke("StoreFunction", {"image": image, "results": results})
    image_id = image["claim"]["image_id"]
    event = {
        "version": "2.0",
        "routeKey": "GET /images/{id}",
        "rawPath": f"/images/{image_id}",
        "pathParameters": {"id": image_id},
        "requestContext": {"authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/a"}}},
    }
    return json.loads(cloud.invoke("ApiFunction", event)["body"])


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()

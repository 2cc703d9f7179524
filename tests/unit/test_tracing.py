"""Traces as the X-Ray daemon receives them, from a process with the environment of Lambda."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

HANDLER = """
import json, sys
from image_pipeline.models import Claim
from image_pipeline.observability import identify, observed, stage

@observed
def handler(event, context):
    identify(Claim("an-image", "0A", "an-execution"))
    with stage("Decode"):
        return {}

class Context:
    function_name = invoked_function_arn = aws_request_id = "function"
    memory_limit_in_mb = 512

handler({}, Context())
print("aws_xray_sdk" in sys.modules, file=sys.stderr)
"""


def run(sampled: int, daemon: socket.socket) -> tuple[list[dict[str, Any]], str]:
    """Run the handler; return the documents sent to the daemon, and whether it imported the SDK."""
    host, port = daemon.getsockname()
    trace = f"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={sampled}"
    done = subprocess.run(
        [sys.executable, "-c", HANDLER],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": "layers/common",
            "LAMBDA_TASK_ROOT": "/var/task",
            "_X_AMZN_TRACE_ID": trace,
            "AWS_XRAY_DAEMON_ADDRESS": f"{host}:{port}",
            "POWERTOOLS_SERVICE_NAME": "image-pipeline",
            "POWERTOOLS_METRICS_NAMESPACE": "ImagePipeline",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(b"", (host, port))
    daemon.settimeout(60)
    documents = []
    while datagram := daemon.recv(65_536):
        documents.append(json.loads(datagram.split(b"\n", 1)[1]))
    return documents, done.stderr.strip()


@pytest.fixture
def daemon() -> Any:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        yield listening


def test_a_sampled_invocation_is_traced_by_stage_and_annotated_with_its_image(
    daemon: socket.socket,
) -> None:
    documents, imported = run(1, daemon)
    assert imported == "True"
    assert {document["name"] for document in documents} == {"## Handler", "## Decode"}
    handler = next(document for document in documents if document["name"] == "## Handler")
    assert handler["annotations"] == {"image_id": "an-image"}


def test_an_invocation_that_is_not_sampled_does_not_import_the_sdk(
    daemon: socket.socket,
) -> None:
    assert run(0, daemon) == ([], "False")

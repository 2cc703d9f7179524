"""`python -m ops smoke` against a running `python -m local serve`, as against a deployed stack."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.integration.test_cli import ROOT, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

CREDENTIALS = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
STATES = {
    *("ValidateImage", "ConvertToJPEG", "GenerateThumbnail", "ExtractMetadata", "RunModeration"),
    *("StoreResults", "RejectImage", "NotifyUser"),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the AWS APIs of a running `serve`, whose HTTP API requires signatures."""
    folder: Path = tmp_path_factory.mktemp("served")
    s3_port, api_port = free_ports(2)
    ports = ["--s3-port", str(s3_port), "--api-port", str(api_port)]
    with subprocess.Popen(
        [sys.executable, "-m", "local", "serve", *ports, "--auth", "iam"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            for line in process.stdout:
                if "Ctrl-C" in line:
                    break
            yield f"http://127.0.0.1:{s3_port}"
        finally:
            process.kill()


@contextmanager
def smoke(endpoint: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Context manager in which the smoke test of the served stack runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "ops", "smoke", "--timeout", "120", *options],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": endpoint,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def found(endpoint: str) -> dict[str, list[Any]]:
    """What a smoke test makes, as far as it is there."""

    def client(service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name="us-east-1",
            endpoint_url=endpoint,
            **CREDENTIALS,
        )

    outputs = {
        each["OutputKey"]: each["OutputValue"]
        for each in client("cloudformation").describe_stacks()["Stacks"][0]["Outputs"]
    }
    listings = {
        bucket: client("s3").list_object_versions(Bucket=outputs[bucket], Prefix=prefix)
        for bucket, prefix in (("UploadsBucketName", "uploads/smoke"), ("RenditionsBucketName", ""))
    }
    queues = client("sqs").list_queues().get("QueueUrls", [])
    return {
        **{
            bucket: [*listing.get("Versions", []), *listing.get("DeleteMarkers", [])]
            for bucket, listing in listings.items()
        },
        "queues": [url for url in queues if "smoke" in url],
        "subscriptions": client("sns").list_subscriptions()["Subscriptions"],
    }


def test_a_stack_that_works_passes_and_nothing_stays(served: str) -> None:
    before = found(served)
    with smoke(served) as process:
        out, err = process.communicate(timeout=300)
    lines = out.splitlines()
    assert err == ""
    assert lines[-1] == "all is well", out
    outcomes = {line.split()[0]: line.split() for line in lines if " ok " in line}
    assert {label: words[2] for label, words in outcomes.items()} == {
        **dict.fromkeys(("first", "second", "good", "HEIC", "animated"), "approved"),
        "broken": "rejected",
        "deleted": "deleted",
    }
    stages = {line.split()[0]: line.split()[1:] for line in lines if line.split()[0] in STATES}
    assert set(stages) == STATES
    heading = next(line for line in lines if line.startswith("seconds")).split()[1:]
    assert set(heading) == set(outcomes)
    converted = dict(zip(heading, stages["ConvertToJPEG"], strict=True))
    assert {label for label, seconds in converted.items() if seconds != "–"} == {"HEIC"}
    assert found(served) == before


def test_a_broken_part_is_named_and_nothing_stays(served: str) -> None:
    before = found(served)
    with smoke(served, "--api-url", "http://127.0.0.1:9") as process:
        out, err = process.communicate(timeout=300)
    assert err == ""
    assert "good: the API does not answer: " in out
    assert out.splitlines()[-1] == "wrong: 7, listed above"
    assert found(served) == before


def test_an_interrupt_removes_everything(served: str) -> None:
    before = found(served)
    with smoke(served) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("uploading"):
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "removed: uploads with all versions, renditions, subscription and queue" in out
    assert err.splitlines()[-1].startswith("python -m ops smoke: stopped")
    assert "Traceback" not in err
    assert found(served) == before

"""The common layer alone, as the functions without compiled code have it.

An interpreter that sees neither the project nor its environment runs what was built: a service
that was pruned too far, or a package that nobody pinned, shows here and not in the account.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.build.artefacts import Artefacts

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "LAMBDA_TASK_ROOT": "/var/task",
    "POWERTOOLS_SERVICE_NAME": "image-pipeline",
    "POWERTOOLS_METRICS_NAMESPACE": "ImagePipeline",
    "TABLE_NAME": "images",
    "RENDITIONS_BUCKET": "renditions",
    "URL_LIFETIME_SECONDS": "900",
    "ID_SALT": "",
    "PYTHONDONTWRITEBYTECODE": "1",
}
CONTEXT = """
from types import SimpleNamespace
context = SimpleNamespace(
    function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="r")
"""


@pytest.mark.parametrize("function", ["ApiFunction", "StoreFunction", "RejectFunction"])
def test_the_handler_can_be_imported(built: Artefacts, function: str) -> None:
    module = f"{function.removesuffix('Function').lower()}.handler"
    answer = _run(built, function, f"import json, {module} as h; print(json.dumps(h.__file__))")
    assert answer == str(built.folder(function) / module.replace(".", "/")) + ".py"


def test_it_can_be_imported_outside_lambda_too(built: Artefacts) -> None:
    """Under the emulator, or in a shell: there the X-Ray SDK makes a client of its own."""
    script = "import os, json; del os.environ['LAMBDA_TASK_ROOT']; import api.handler; print('0')"
    assert _run(built, "ApiFunction", script) == 0


def test_the_handler_answers(built: Artefacts) -> None:
    event = {"pathParameters": {"id": "not-an-id"}, "rawPath": "/images/not-an-id"}
    script = f"{CONTEXT}\nimport json\nfrom api.handler import handler\n"
    answer = _run(built, "ApiFunction", f"{script}print(json.dumps(handler({event}, context)))")
    assert answer["statusCode"] == 400


@pytest.mark.parametrize(
    ("client", "operations"),
    [
        (
            "s3",
            [
                "get_object",
                "put_object",
                "delete_object",
                "list_objects_v2",
                "put_object_tagging",
            ],
        ),
        ("dynamodb", ["get_item", "put_item", "update_item"]),
        ("rekognition", ["detect_moderation_labels"]),
        ("stepfunctions", ["start_execution"]),
    ],
)
def test_the_services_in_use_are_there(
    built: Artefacts, client: str, operations: list[str]
) -> None:
    script = f"""
import json
from image_pipeline import aws
client = aws.{client}()
print(json.dumps([name for name in {operations} if not hasattr(client, name)]))
"""
    assert _run(built, "ApiFunction", script) == []


def test_urls_are_signed_and_pages_are_listed(built: Artefacts) -> None:
    script = """
import json
from image_pipeline import aws, storage
pages = aws.s3().get_paginator("list_objects_v2")
print(json.dumps(storage.presigned_url("renditions", "a/b.webp", 60)))
"""
    url = _run(built, "ApiFunction", script)
    assert url.startswith("https://renditions.s3.amazonaws.com/a/b.webp?")
    assert "X-Amz-Signature=" in url


def test_credentials_are_found_as_in_lambda(built: Artefacts) -> None:
    script = """
import json, botocore.session
print(json.dumps(botocore.session.get_session().get_credentials().method))
"""
    assert _run(built, "ApiFunction", script) == "env"


def _run(built: Artefacts, function: str, script: str) -> Any:
    path = os.pathsep.join(map(str, built.import_path(function)))
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],  # -S: nothing of this environment's packages
        env={**ENVIRONMENT, "PYTHONPATH": path},
        cwd=built.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])

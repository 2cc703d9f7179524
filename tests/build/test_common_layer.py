"""The common layer alone, as the functions without compiled code use it.

The interpreter sees neither the project nor its environment, only the build. A botocore operation
that was pruned, or a missing package, fails here and not in the account.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local.manifest import ROOT, Function, images_table, without_layer
from tests.template.documents import properties
from tests.unit.conftest import ENVIRONMENT as VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.build.artefacts import Artefacts

pytestmark = pytest.mark.slow  # each test starts an interpreter that compiles what it imports

ENVIRONMENT = VARIABLES | {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "LAMBDA_TASK_ROOT": "/var/task",
    "PYTHONDONTWRITEBYTECODE": "1",
}
# A client of image_pipeline.aws, and the operation that is called.
CALL = re.compile(r"aws\.(\w+)\(\)\.(?:get_paginator\(\s*\"|generate_presigned_url\(\s*\")?(\w+)")
CONTEXT = """
from types import SimpleNamespace
context = SimpleNamespace(
    function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="r")
"""


ANSWERS = {
    "RekognitionService.DetectModerationLabels": {
        "ModerationLabels": [{"Name": "Alcohol", "Confidence": 99.5}]
    },
    "secretsmanager.GetSecretValue": {"ARN": "a", "Name": "n", "SecretString": "value"},
    "AWSCognitoIdentityProviderService.ListUserPoolClients": {"UserPoolClients": []},
    "AmazonSQS.ChangeMessageVisibility": {},
    "AWSStepFunctions.StartExecution": {"executionArn": "arn", "startDate": 1777636800.0},
    "AWSStepFunctions.DescribeExecution": {"status": "RUNNING"},
    "AWSStepFunctions.ListExecutions": {"executions": []},
    None: {"SamplingRuleRecords": []},  # X-Ray identifies operations by path
}


class OtherServices(BaseHTTPRequestHandler):
    """Answers operations that moto does not, in the format of the API references."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(ANSWERS[self.headers["X-Amz-Target"]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[dict[str, str]]:
    """Environment that points to services on 127.0.0.1, with an empty bucket and table."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    account: Any = {
        "endpoint_url": f"http://{host}:{port}",
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    boto3.client("s3", **account).create_bucket(Bucket="renditions")
    boto3.client("dynamodb", **account).create_table(TableName="images", **images_table())
    with HTTPServer(("127.0.0.1", 0), OtherServices) as others:
        threading.Thread(target=others.serve_forever, daemon=True).start()
        elsewhere = f"http://127.0.0.1:{others.server_port}"
        yield {
            "AWS_ENDPOINT_URL": account["endpoint_url"],
            **{
                f"AWS_ENDPOINT_URL_{name}": elsewhere
                for name in (
                    "COGNITO_IDENTITY_PROVIDER",
                    "REKOGNITION",
                    "SECRETS_MANAGER",
                    "SFN",
                    "SQS",
                    "XRAY",
                )
            },
        }
        others.shutdown()
    server.stop()


@pytest.mark.parametrize("function", without_layer("ImagingLayer"), ids=lambda each: each.package)
def test_the_handler_can_be_imported(built: Artefacts, function: Function) -> None:
    module = f"{function.package}.handler"
    variables = properties(function.logical_id)["Environment"]["Variables"]
    script = f"import json, {module} as h; print(json.dumps(h.__file__))"
    answer = _run(
        built, function.logical_id, script, {name: str(each) for name, each in variables.items()}
    )
    assert answer == str(built.folder(function.logical_id) / module.replace(".", "/")) + ".py"


def test_it_can_be_imported_outside_lambda(built: Artefacts) -> None:
    """Outside Lambda, the X-Ray SDK creates a client when it is imported."""
    script = "import os, json; del os.environ['LAMBDA_TASK_ROOT']; import api.handler; print('0')"
    assert _run(built, "ApiFunction", script) == 0


def test_the_handler_answers(built: Artefacts) -> None:
    event = {"routeKey": "GET /images/{id}", "pathParameters": {"id": "not-an-id"}}
    script = f"{CONTEXT}\nimport json\nfrom api.handler import handler\n"
    answer = _run(built, "ApiFunction", f"{script}print(json.dumps(handler({event}, context)))")
    assert answer["statusCode"] == 400


def test_forms_can_be_signed(built: Artefacts) -> None:
    """botocore signs them by the description of an operation that nothing calls."""
    script = "import json\nfrom api.upload_forms import upload_form\n"
    form = "upload_form('uploads', 'uploads/a.jpg', 'image/jpeg', 1, {}, 60)"
    answer = _run(built, "ApiWriteFunction", f"{script}print(json.dumps({form}))")
    assert answer["url"] == "https://uploads.s3.us-east-1.amazonaws.com/"
    assert answer["fields"]["key"] == "uploads/a.jpg"


def test_every_operation_in_use_is_in_the_layer(built: Artefacts) -> None:
    sources = [*(ROOT / "functions").rglob("*.py"), *(ROOT / "layers").rglob("*.py")]
    used = {call for source in sources for call in CALL.findall(source.read_text("utf-8"))}
    assert len(used) >= 10
    script = f"""
import json
from image_pipeline import aws
missing = [call for call in {sorted(used)} if not hasattr(getattr(aws, call[0])(), call[1])]
print(json.dumps(missing))
"""
    assert _run(built, "ApiFunction", script) == []


def test_clients_have_no_documentation(built: Artefacts) -> None:
    script = """
import json, sys
from image_pipeline import aws
documentation = sorted(name for name in sys.modules if name.startswith(("botocore.docs", "html")))
print(json.dumps([str(aws.s3().get_object.__doc__), documentation]))
"""
    expected = ["botocore.docs", "botocore.docs.docstring", "botocore.docs.utils"]
    assert _run(built, "ApiFunction", script) == ["", expected]


def test_modules_for_http2_are_not_imported(built: Artefacts) -> None:
    script = """
import json, sys
import api.handler
print(json.dumps([name in sys.modules for name in ("urllib3.http2", "importlib.metadata")]))
"""
    assert _run(built, "ApiFunction", script) == [True, False]


def test_the_build_leaves_other_copies_of_botocore_alone(built: Artefacts) -> None:
    # Installers hard-link files from their cache, so a write would change every copy.
    assert boto3.session.Session().get_available_regions("ec2")


def test_objects_are_written_and_read_and_removed(built: Artefacts, cloud: dict[str, str]) -> None:
    script = """
import json
from image_pipeline import storage
from image_pipeline.errors import ValidationError
from image_pipeline.models import S3Object
there = S3Object("renditions", "a/b.webp")
storage.write(there.bucket, there.key, b"bytes", "image/webp")
storage.tag_rejected(there)
found = [storage.read(there, 5).decode(), storage.sha256(there)[:8], *storage.read_tags(there)]
found += [each.key for each in storage.list_versions("renditions", "a/")]
storage.delete(storage.list_versions("renditions", "a/"))
found += [str(left) for left in storage.list_versions("renditions", "a/")]
try:
    storage.read(there, 5)
except ValidationError as error:
    found.append(error.reason)
print(json.dumps(found))
"""
    found = _run(built, "ApiFunction", script, cloud)
    assert found == [
        "bytes", "277089d9", "image-pipeline-status", "a/b.webp", "object_deleted"
    ]  # fmt: skip


def test_records_are_written_and_read_and_found(built: Artefacts, cloud: dict[str, str]) -> None:
    script = """
import json
from image_pipeline import aws
from image_pipeline.history import event
from image_pipeline.models import Claim
from image_pipeline.records import ChangedError, Records
from image_pipeline.status import Status
records = Records("images")
claim = Claim("an-image", "0B", "an-execution")
opened = {"image_id": "an-image", "open": "a", "claimed_at": "now", "sequencer": "0B",
          "execution": "an-execution", "status": Status.PROCESSING}
records.replace(opened, None, [event("claimed")])
records.update(claim, {"metadata": {"width": 3}}, event("described"))
found = [records.get("an-image")["metadata"]]
try:
    records.replace(opened, None, [event("claimed")])
except ChangedError:
    found.append("changed")
key = {"image_id": {"S": "an-image"}}
index = {"IndexName": "open", "KeyConditionExpression": "#open = :open",
         "ExpressionAttributeNames": {"#open": "open"},
         "ExpressionAttributeValues": {":open": {"S": "a"}}}
found.append(len(aws.dynamodb().query(TableName="images", **index)["Items"]))
found.append(len(aws.dynamodb().scan(TableName="images")["Items"]))
batch = aws.dynamodb().batch_get_item(RequestItems={"images": {"Keys": [key]}})
found.append(len(batch["Responses"]["images"]))
again = {"TableName": "images", "Key": key, "ConditionExpression": "attribute_not_exists(image_id)",
         "UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "b"}}}
try:
    aws.dynamodb().transact_write_items(TransactItems=[{"Update": again}])
except aws.dynamodb().exceptions.TransactionCanceledException as error:
    found.append(error.response["CancellationReasons"][0]["Code"])
print(json.dumps(found))
"""
    found = _run(built, "ApiFunction", script, cloud)
    assert found == [{"width": 3}, "changed", 1, 1, 1, "ConditionalCheckFailed"]


def test_the_other_services_are_called_and_their_answers_parsed(
    built: Artefacts, cloud: dict[str, str]
) -> None:
    script = """
import json, botocore.session
from image_pipeline import aws, stack_secrets
labels = aws.rekognition().detect_moderation_labels(Image={"Bytes": b"picture"})
execution = aws.stepfunctions().start_execution(stateMachineArn="a", name="n", input="{}")
described = aws.stepfunctions().describe_execution(executionArn="a")["status"]
listed = aws.stepfunctions().list_executions(stateMachineArn="a")["executions"]
rules = botocore.session.get_session().create_client("xray").get_sampling_rules()
answers = [execution["startDate"].year, described, listed, "NextToken" in rules]
answers.append(stack_secrets.read("a").decode())
answers.append(aws.cognito().list_user_pool_clients(UserPoolId="us-east-1_a")["UserPoolClients"])
aws.sqs().change_message_visibility(QueueUrl="https://q", ReceiptHandle="a", VisibilityTimeout=1)
print(json.dumps([labels["ModerationLabels"], *answers]))
"""
    found = _run(built, "ApiFunction", script, cloud)
    assert found == [
        [{"Name": "Alcohol", "Confidence": 99.5}],
        2026,
        "RUNNING",
        [],
        False,
        "value",
        [],
    ]


def test_invalidations_are_asked_for_and_errors_of_cloudfront_parsed(
    built: Artefacts, cloud: dict[str, str]
) -> None:
    script = """
import json
from botocore.exceptions import ClientError
from image_pipeline import distribution, storage
storage.withdraw = lambda version: True
from image_pipeline.models import S3Object
try:
    distribution.withdraw("E1", [S3Object("renditions", "image/version/large.webp", "v")])
except ClientError as error:
    print(json.dumps(error.response["Error"]["Code"]))
"""
    assert _run(built, "StoreFunction", script, cloud) == "NoSuchDistribution"


def test_urls_are_signed_and_pages_are_listed(built: Artefacts) -> None:
    script = """
import json
from image_pipeline import aws, storage
from image_pipeline.models import S3Object
pages = aws.s3().get_paginator("list_object_versions")
print(json.dumps(storage.presigned_url(S3Object("renditions", "a/b.webp", "v"), 60)))
"""
    url = _run(built, "ApiFunction", script)
    assert url.startswith("https://renditions.s3.us-east-1.amazonaws.com/a/b.webp?versionId=v&")
    assert "X-Amz-Signature=" in url


def test_credentials_are_found_as_in_lambda(built: Artefacts) -> None:
    script = """
import json, botocore.session
print(json.dumps(botocore.session.get_session().get_credentials().method))
"""
    assert _run(built, "ApiFunction", script) == "env"


def _run(
    built: Artefacts, function: str, script: str, environment: dict[str, str] | None = None
) -> Any:
    path = os.pathsep.join(map(str, built.import_path(function)))
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],  # -S: without the packages of this environment
        env={**ENVIRONMENT, **(environment or {}), "PYTHONPATH": path},
        cwd=built.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])

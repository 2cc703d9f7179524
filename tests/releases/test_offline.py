"""The offline AWS refuses what CloudFormation refuses, and divides an alias as Lambda does."""

from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated
from local.errors import TemplateError
from tests.releases.held import Invocations
from tests.releases.trees import Release
from tests.support.pictures import gradient_file

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws import offline
    from local.aws.deploy import deploy
    from local.aws.offline import OfflineAws
    from tests.integration.story import ask

if TYPE_CHECKING:
    from pathlib import Path

ANYBODY = (
    "AWS4-HMAC-SHA256 Credential=local/20260501/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
)
pytestmark = pytest.mark.slow  # each test has an offline AWS of its own

VARIABLE = '        RESERVED_CONCURRENCY: !Sub "${ApiConcurrency}'


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """A release that a test may change."""
    return Release(tmp_path)


def test_a_tenth_of_the_invocations_goes_to_the_version_with_that_weight(release: Release) -> None:
    with OfflineAws() as aws:
        client, function = aws.client("lambda"), aws.deployment.ref("ApiFunction")
        release.change("template.yaml", "Timeout: 29\n", "Timeout: 28\n")
        aws.update(release.template)
        client.update_alias(
            FunctionName=function,
            Name="live",
            FunctionVersion="1",
            RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
        )
        invocations = Invocations(aws)
        with invocations.seen():
            for _ in range(10):
                client.invoke(FunctionName=f"{function}:live", Payload=b"{}")
                client.invoke(FunctionName=function, Qualifier="live", Payload=b"{}")
            client.invoke(FunctionName=f"{function}:2", Payload=b"{}")
    assert invocations.invoked == {("ApiFunction", "1"): 18, ("ApiFunction", "2"): 3}


def test_an_update_that_would_publish_an_unchanged_function_is_refused(release: Release) -> None:
    """As it would be if concurrency, which is no part of a version, were all that changes."""
    release.change("template.yaml", VARIABLE, '        RESERVED_CONCURRENCY: !Sub "')
    with OfflineAws(template=release.template) as aws:
        with pytest.raises(TemplateError, match="exists already"):
            aws.update(release.template, {"ApiConcurrency": "5"})
        aws.update(parameters={"ApiConcurrency": "5"})
        concurrency = aws.client("lambda").get_function_concurrency(
            FunctionName=aws.deployment.ref("ApiFunction")
        )
    assert concurrency["ReservedConcurrentExecutions"] == 5


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("DisplayName: Image pipeline alarms", "DisplayName: Alarms", "update OperationsTopic"),
        ("  UnsentNotificationsQueue:\n    Type", "  OtherQueue:\n    Type", "does not exist"),
    ],
)
def test_an_update_that_is_not_supported_is_refused(
    release: Release, old: str, new: str, refusal: str
) -> None:
    release.change("template.yaml", old, new)
    with OfflineAws() as aws, pytest.raises(TemplateError, match=refusal):
        aws.update(release.template)


def test_an_update_makes_one_index_of_a_table_and_no_more(release: Release) -> None:
    index = "        - IndexName: listed\n"
    first = (
        "        - IndexName: first\n"
        "          KeySchema: [{AttributeName: listed, KeyType: HASH}]\n"
        "          Projection: {ProjectionType: KEYS_ONLY}\n"
    )
    release.change("template.yaml", index, first + first.replace("first", "second") + index)
    with OfflineAws() as aws:
        with pytest.raises(TemplateError, match="one index, not 2"):
            aws.update(release.template)
        release.change("template.yaml", first.replace("first", "second"), "")
        aws.update(release.template)
        table = aws.client("dynamodb").describe_table(TableName=aws.deployment.ref("ImagesTable"))
    names = {each["IndexName"] for each in table["Table"]["GlobalSecondaryIndexes"]}
    assert names == {"open", "listed", "by_status", "by_owner", "first"}


@pytest.mark.parametrize("protected", ["true", "false"])
def test_a_replaced_log_group_stays_if_data_is_protected(release: Release, protected: str) -> None:
    parameters = {"ProtectData": protected, "LogRetentionDays": "7"}
    for ending in ("-${Id}", "\n"):
        old = f"${{AWS::StackName}}-image-pipeline{ending}"
        release.change("template.yaml", old, old.replace("image-pipeline", "new"))
    with OfflineAws(parameters={"ProtectData": protected}) as aws:
        before = aws.deployment.ref("ImagePipelineLogGroup")
        aws.update(release.template, parameters)
        after = aws.deployment.ref("ImagePipelineLogGroup")
        found = aws.client("logs").describe_log_groups()["logGroups"]
    days = {each["logGroupName"]: each["retentionInDays"] for each in found}
    assert after != before
    assert (before in days) is (protected == "true")
    assert {days[name] for name in days if name != before} == {7}


@pytest.mark.parametrize("workflow", ["STANDARD", "EXPRESS"])
def test_what_is_uploaded_while_it_starts_is_processed(
    monkeypatch: pytest.MonkeyPatch, workflow: str
) -> None:
    """As by a script that waits for the port: the answer comes when events are delivered."""
    aws = OfflineAws(parameters={"WorkflowType": workflow})
    key, connected, threads = "uploads/early.jpg", threading.Event(), []

    def upload(address: str, path: str) -> None:
        connection = http.client.HTTPConnection(address, timeout=60)
        connection.connect()
        connected.set()
        connection.request("PUT", path, gradient_file(), {"Authorization": ANYBODY})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()

    def deployed(*given: Any, **named: Any) -> Any:
        found = deploy(*given, **named)
        bucket = found.ref("UploadsBucket")
        given_to_thread = (aws.s3_url.removeprefix("http://"), f"/{bucket}/{key}")
        threads.append(threading.Thread(target=upload, args=given_to_thread))
        threads[0].start()
        assert connected.wait(60)
        return found

    monkeypatch.setattr(offline, "deploy", deployed)
    with aws:
        threads[0].join()
        aws.queues.settle()
        (started,) = [each.arn for each in aws.delivery.started if each.key == key]
        assert aws.progress.await_end(started, 60)
        assert ask(aws, f"/images?key={key}")[1]["status"] == "approved"

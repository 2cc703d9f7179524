"""Each role grants what is called and nothing else; one action less or more is noticed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from image_pipeline.identity import image_id
from local.aws.environment import isolated
from tests.permissions import report

with isolated():
    from local import sample
    from local.aws.offline import OfflineAws
    from local.aws.permissions import Grant, Ledger, Need
    from tests.integration.story import ended, upload
    from tests.permissions.stories import tell


if TYPE_CHECKING:
    from collections.abc import Iterator

SALT = "salt-of-these-tests"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/image-pipeline-ImagesTable-local"


@pytest.fixture(scope="module")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws(parameters={"IdSalt": SALT}) as opened:
        yield opened


@pytest.fixture(scope="module")
def ledger(aws: OfflineAws) -> Ledger:
    return tell(aws)


@pytest.mark.usefixtures("ledger")
def test_all_functions_compute_the_same_salted_ids(aws: OfflineAws) -> None:
    """One that left the salt out would look for records that nobody wrote, or write second ones."""
    records = aws.client("dynamodb").scan(TableName=aws.deployment.ref("ImagesTable"))["Items"]
    keys = {each["image_id"]["S"]: each["key"]["S"] for each in records if "status" in each}
    assert len(keys) > 10
    assert keys == {image_id(key, SALT.encode()): key for key in keys.values()}
    machine = aws.deployment.ref("ImagePipelineStateMachine")
    executions = aws.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    swept = {each["name"].split("-")[1] for each in executions if each["name"].startswith("sweep-")}
    assert swept == {image_id("uploads/permissions/stuck.jpg", SALT.encode())}


def test_no_call_is_refused(ledger: Ledger) -> None:
    assert report.too_little(ledger) == []


def test_nothing_is_granted_that_no_call_uses(ledger: Ledger) -> None:
    assert report.too_much(ledger) == []


def test_the_page_says_what_the_template_grants(ledger: Ledger) -> None:
    written = report.PAGE.read_text(encoding="utf-8")
    assert written == report.page(ledger), "run python -m tests.permissions.report"


def test_any_grant_less_refuses_a_call(ledger: Ledger) -> None:
    """Every call that was made is judged anew, without one of the grants that were used."""
    for grant in ledger.used:
        narrower = copy.copy(ledger)
        narrower.grants = [each for each in ledger.grants if each != grant]
        narrower.refused, narrower.used = [], {}
        for need in list(ledger.needs):
            narrower.allow(need, "")
        assert report.too_little(narrower), grant


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:DeleteItem", TABLE),
        ("dynamodb:*", TABLE),
        ("s3:GetObject", "arn:aws:s3:::image-pipeline-renditionsbucket-local/*"),
        ("lambda:InvokeFunction", "*"),
    ],
)
def test_any_grant_more_is_noticed(ledger: Ledger, action: str, resource: str) -> None:
    wider = copy.copy(ledger)
    more = Grant("StoreFunctionRole", "More", "Allow", action, resource)
    wider.grants = [*ledger.grants, more]
    assert any("StoreFunctionRole" in fault for fault in report.too_much(wider))


def test_a_refused_call_fails_as_it_would_in_aws(aws: OfflineAws, ledger: Ledger) -> None:
    narrower = Ledger(aws.deployment)
    narrower.grants = [
        each
        for each in ledger.grants
        if (each.role, each.action) != ("MetadataFunctionRole", "dynamodb:UpdateItem")
    ]
    with narrower.opened():
        execution = ended(aws, upload(aws, "uploads/refused.jpg", sample.jpeg()))
    assert execution.error == "ClientError"
    assert "AccessDenied" in execution.explanation
    (refused,) = narrower.refused
    assert refused == Need("MetadataFunction", "dynamodb:UpdateItem", TABLE)

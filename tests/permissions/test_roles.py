"""Each role grants exactly what is called; a missing, extra or wider grant fails a test."""

from __future__ import annotations

import dataclasses
import re
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
RENDITIONS = "arn:aws:s3:::image-pipeline-renditionsbucket-local"
CHECK_CLAIM = ("ConvertFunctionRole", "dynamodb:GetItem")
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/image-pipeline-ImagesTable-local"


@pytest.fixture(scope="module")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws(parameters=report.PARAMETERS | {"IdSalt": SALT}) as opened:
        yield opened


@pytest.fixture(scope="module")
def ledger(aws: OfflineAws) -> Ledger:
    return tell(aws)


@pytest.mark.usefixtures("ledger")
def test_all_functions_compute_the_same_salted_ids(aws: OfflineAws) -> None:
    """A function without the salt would look up missing records, or write duplicates."""
    records = aws.client("dynamodb").scan(TableName=aws.deployment.ref("ImagesTable"))["Items"]
    keys = {each["image_id"]["S"]: each["key"]["S"] for each in records if "status" in each}
    assert len(keys) > 10
    assert keys == {image_id(key, SALT.encode()): key for key in keys.values()}
    machine = aws.deployment.ref("ImagePipelineStateMachine")
    executions = aws.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    swept = {each["name"].split("-")[1] for each in executions if each["name"].startswith("sweep-")}
    assert {keys[each].rpartition("/")[2] for each in swept} >= {"stuck.jpg", "hopeless.jpg"}


def test_no_call_is_refused(ledger: Ledger) -> None:
    assert report.too_little(ledger) == []


def test_no_grant_is_unused(ledger: Ledger) -> None:
    assert report.too_much(ledger) == []


def test_the_page_is_current(ledger: Ledger) -> None:
    assert is_current(ledger), "run python -m tests.permissions.report"


def is_current(ledger: Ledger) -> bool:
    """Whether the part of the page for every stack shows these grants and calls."""
    written, _ = report.written()
    return written == report.opening(ledger)


def test_every_role_is_tested(aws: OfflineAws, ledger: Ledger) -> None:
    roles = {name for name, each in aws.deployment.resources.items() if "Role" in each.type}
    assert roles == {grant.role for grant in ledger.grants}


def green(ledger: Ledger, grants: list[Grant]) -> bool:
    """Return whether the tests above would pass with these grants."""
    judged = ledger.judged_by(grants)
    faults = report.too_little(judged) + report.too_much(judged)
    return not faults and is_current(judged)


def test_a_missing_grant_is_noticed(ledger: Ledger) -> None:
    # Those for children of maps are held by tests/template/test_backfill.py: no call uses them.
    children = ("states:DescribeExecution", "states:StopExecution")
    unused = [grant for grant in ledger.unused() if grant.action in children]
    assert {grant.role for grant in unused} == {"BackfillStateMachineRole"}
    for grant in set(ledger.grants) - set(unused):
        fewer = ledger.judged_by([each for each in ledger.grants if each != grant])
        assert report.too_little(fewer), grant


def test_a_missing_grant_is_reported_with_the_call_that_needs_it(ledger: Ledger) -> None:
    fewer = ledger.judged_by(
        [each for each in ledger.grants if (each.role, each.action) != CHECK_CLAIM]
    )
    assert report.too_little(fewer) == [f"ConvertFunction may not dynamodb:GetItem on {TABLE}"]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:DeleteItem", TABLE),
        ("dynamodb:*", TABLE),
        ("s3:DeleteObject", f"{RENDITIONS}/*"),
        ("s3:GetObject*", f"{RENDITIONS}/*"),
        ("s3:ListAllMyBuckets", "*"),
        ("lambda:InvokeFunction", "*"),
    ],
)
def test_an_extra_grant_is_noticed(ledger: Ledger, action: str, resource: str) -> None:
    for role in sorted({grant.role for grant in ledger.grants}):
        more = Grant(role, "More", "Allow", action, resource)
        assert report.too_much(ledger.judged_by([*ledger.grants, more])), role


def test_a_wider_grant_is_noticed(ledger: Ledger) -> None:
    assert green(ledger, ledger.grants)
    for grant in ledger.used:
        if grant.resource == "*":
            continue
        region = re.sub(r"us-east-1:\d+", "*:*", grant.resource)
        bucket = re.sub(r"(:::[^/]+/).+", r"\1*", grant.resource)
        for resource in {"*", f"{grant.resource}*", grant.resource[:-3] + "*", region, bucket}:
            if resource != grant.resource:
                wider = dataclasses.replace(grant, resource=resource)
                rest = [wider if each == grant else each for each in ledger.grants]
                assert not green(ledger, rest), wider


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

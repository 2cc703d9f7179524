"""The comparison of checkov's findings with the baseline; `make check` runs checkov itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.template.scan import Accepted, Finding, accepted, differences, findings

BUCKET = Finding("CKV_AWS_18", "AWS::S3::Bucket.UploadsBucket", "access logging")
KNOWN = Accepted("CKV_AWS_18", ("AWS::S3::Bucket.*",), "They would hold file names.")


@pytest.mark.parametrize("entry", accepted(), ids=lambda entry: entry.check)
def test_every_exception_is_for_resources_and_has_a_reason(entry: Accepted) -> None:
    assert entry.resources
    assert len(entry.reason.split()) >= 10
    assert entry.reason.endswith(".")


def test_a_listed_finding_is_no_difference() -> None:
    assert differences([BUCKET], [KNOWN]) == []


@pytest.mark.parametrize(
    "finding",
    [
        BUCKET._replace(check="CKV_AWS_21"),
        BUCKET._replace(resource="AWS::SNS::Topic.OutcomesTopic"),
    ],
)
def test_another_finding_is_a_difference(finding: Finding) -> None:
    (line,) = differences([BUCKET, finding], [KNOWN])
    assert line == f"{finding.check} {finding.resource}: access logging"


def test_an_exception_that_is_not_found_any_more_is_a_difference() -> None:
    more = KNOWN._replace(resources=(*KNOWN.resources, "AWS::SNS::Topic.OutcomesTopic"))
    (line,) = differences([BUCKET], [more])
    assert line == "CKV_AWS_18 AWS::SNS::Topic.OutcomesTopic: is not found any more"


def test_an_exception_without_a_reason_is_a_difference() -> None:
    assert differences([BUCKET], [KNOWN._replace(reason="")]) == ["CKV_AWS_18: has no reason"]


@pytest.mark.parametrize(
    "summary", [{}, {"resource_count": 0}, {"resource_count": 5, "parsing_errors": 1}]
)
def test_a_template_that_was_not_read_is_an_error(summary: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="has not read the template"):
        findings({"summary": summary, "results": {"failed_checks": []}})


def test_findings_are_read_from_a_report() -> None:
    failed = {"check_id": BUCKET.check, "resource": BUCKET.resource, "check_name": BUCKET.name}
    report = {"summary": {"resource_count": 1}, "results": {"failed_checks": [failed]}}
    assert findings(report) == [BUCKET]

"""Environment variables: from a parameter or resource, through a variable, to a function."""

from __future__ import annotations

from typing import Any

import pytest

from tests.template.documents import FUNCTIONS, properties, resources, written

# A value of its own for every parameter, so that two that are swapped are told apart.
GIVEN = {
    "Architecture": "x86_64",
    "Renditions": "only=11x12:inside:png",
    "MaxUploadBytes": "1001",
    "MaxPixels": "1002",
    "ModerationReviewConfidence": "13",
    "ModerationRejectConfidence": "14",
    "ModerationIgnoredLabels": "Alcohol,Gambling",
    "UrlLifetimeSeconds": "15",
    "StoreGps": "true",
    "UploadOrigins": "https://one.example",
    "NotificationEmail": "one@example.com",
    "OperationsEmail": "two@example.com",
    "LogRetentionDays": "7",
    "ReservedConcurrency": "16",
    "IdSalt": "0123456789abcdef",
    "ProtectData": "true",
}
COMMON = {
    "POWERTOOLS_SERVICE_NAME": "image-pipeline",
    "POWERTOOLS_METRICS_NAMESPACE": "ImagePipeline",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}
TABLE = {"TABLE_NAME": "ImagesTable"}
RENDITIONS = {"RENDITIONS_BUCKET": "RenditionsBucket"}
MAX_PIXELS = {"MAX_PIXELS": 1002}
SALT = {"ID_SALT": "0123456789abcdef"}
VARIABLES: dict[str, dict[str, Any]] = {
    "ValidateFunction": TABLE | {"MAX_UPLOAD_BYTES": 1001} | MAX_PIXELS | SALT,
    "ConvertFunction": TABLE | RENDITIONS | MAX_PIXELS,
    "ThumbnailFunction": TABLE | RENDITIONS | {"RENDITIONS": "only=11x12:inside:png"} | MAX_PIXELS,
    "MetadataFunction": TABLE | {"STORE_GPS": "true"},
    "ModerateFunction": {
        "MODERATION_REVIEW_CONFIDENCE": 13,
        "MODERATION_REJECT_CONFIDENCE": 14,
        "MODERATION_IGNORED_LABELS": "Alcohol,Gambling",
    }
    | MAX_PIXELS,
    "StoreFunction": TABLE | RENDITIONS,
    "RejectFunction": TABLE | RENDITIONS | SALT,
    "SweepFunction": TABLE
    | {
        "UPLOADS_BUCKET": "UploadsBucket",
        "STATE_MACHINE_ARN": "ImagePipelineStateMachine",
        "OVERDUE_SECONDS": "4500",
        "RESTARTS_PER_SWEEP": "100",
    }
    | SALT,
    "ApiFunction": TABLE | RENDITIONS | {"URL_LIFETIME_SECONDS": 15} | SALT,
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_variable_has_the_value_of_its_own_parameter(function: str) -> None:
    variables = properties(function, **GIVEN)["Environment"]["Variables"]
    assert variables == COMMON | VARIABLES[function]


def test_every_parameter_changes_what_is_deployed() -> None:
    assert set(written()["Parameters"]) == set(GIVEN)
    unused = [name for name, value in GIVEN.items() if resources(**{name: value}) == resources()]
    assert unused == []


def test_local_invocations_may_set_the_endpoint_of_aws_and_deployments_do_not() -> None:
    # sam local --env-vars passes on only variables that the template declares.
    declared = written()["Globals"]["Function"]["Environment"]["Variables"]
    assert declared["AWS_ENDPOINT_URL"] == {"Ref": "AWS::NoValue"}

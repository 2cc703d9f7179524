"""Environment variables: each function receives the value of the right parameter or resource."""

from __future__ import annotations

import pytest

from tests.template.contracts import CONTRACTS, GIVEN
from tests.template.documents import FUNCTIONS, given_to_sam, properties, written

_ISSUER = ("JwtIssuer", "JwtAudience")
COMMON = {
    "POWERTOOLS_SERVICE_NAME": "AWS::StackName",
    "POWERTOOLS_METRICS_NAMESPACE": "ImagePipeline",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_variable_has_the_value_of_its_own_parameter(function: str) -> None:
    # It exists only without an issuer.
    given = GIVEN | dict.fromkeys(_ISSUER, "") if function == "SigninFunction" else GIVEN
    variables = properties(function, **given)["Environment"]["Variables"]
    # Read by none: see test_releases.
    assert variables.pop("RESERVED_CONCURRENCY") == "16/17/18"
    assert variables.pop("COLD_STARTS", None) in {"PROVISIONED", "SNAPSTART", None}
    assert variables == COMMON | CONTRACTS[function].variables


def test_every_parameter_changes_what_is_deployed() -> None:
    assert set(written()["Parameters"]) == set(GIVEN)
    # Read only together: a rule requires all of a group.
    groups = (
        {
            "ApiAuth": "JWT",
            "JwtIssuer": "https://other.example",
            "JwtAudience": "other",
            "Console": "true",
            "ConsoleClientId": "other",
        },
        {
            "CustomDomainName": "other.example",
            "CertificateArn": f"{GIVEN['CertificateArn']}-other",
        },
        {
            "Delivery": "CLOUDFRONT",
            "CloudFrontPublicKey": GIVEN["CloudFrontPublicKey"].replace("A", "B"),
            "CloudFrontPrivateKeySecret": "other",
        },
        {"ApiColdStarts": "PROVISIONED", "ApiProvisionedConcurrency": "7"},
        {"StepsColdStarts": "PROVISIONED", "StepsProvisionedConcurrency": "7"},
    )

    def is_used(name: str, value: str) -> bool:
        group = next((each for each in groups if name in each), {})
        # The default of these tests is another one than the template's.
        alone = {
            "ApiAuth": "NONE",
            "Console": "false",
            "Delivery": "PRESIGNED",
            "ApiColdStarts": "NONE",
            "WorkflowType": "STANDARD",
        }
        other = {**group, name: alone.get(name, value)}
        return given_to_sam(**group) != given_to_sam(**other)

    assert [name for name, value in GIVEN.items() if not is_used(name, value)] == []


def test_only_local_invocations_can_set_the_endpoint_of_aws() -> None:
    # sam local --env-vars passes on only variables that the template declares.
    declared = written()["Globals"]["Function"]["Environment"]["Variables"]
    assert declared["AWS_ENDPOINT_URL"] == {"Ref": "AWS::NoValue"}

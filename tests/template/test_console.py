"""The console: its function, and the user pool of the people who sign in to it."""

from __future__ import annotations

from typing import Any

import pytest

from local.errors import TemplateError
from signin.scopes import GROUPS
from tests.template.documents import of_type, outputs, properties, resources

URL = "https://ImagesApi.execute-api.AWS::Region.AWS::URLSuffix/console/"
OTHER = {"ApiAuth": "JWT", "JwtIssuer": "https://issuer.example", "JwtAudience": "one"}
AUDIENCE = "https://image-pipeline.invalid/AWS::StackName"
DOMAIN = {
    "CustomDomainName": "images.example.com",
    "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/one",
}


def cognito(**parameters: str) -> dict[str, Any]:
    return {
        name: found
        for name, found in resources(**parameters).items()
        if found["Type"].startswith("AWS::Cognito::")
    }


def variables(**parameters: str) -> dict[str, str]:
    found: dict[str, str] = properties("ConsoleFunction", **parameters)["Environment"]["Variables"]
    return found


@pytest.mark.parametrize(
    "parameters",
    [
        {"ApiAuth": "NONE", "Console": "true"},
        {"ApiAuth": "IAM", "Console": "false"},
        {**OTHER, "Console": "false"},
        {**OTHER, "Console": "true", "ConsoleClientId": "page"},
    ],
)
def test_a_pool_is_made_only_where_people_would_have_none(parameters: dict[str, str]) -> None:
    found = resources(**parameters)
    assert cognito(**parameters) == {}
    assert "SigninFunction" not in found
    assert ("ConsoleFunction" in found) == (parameters["Console"] == "true")
    assert ("ConsoleUrl" in outputs(**parameters)) == (parameters["Console"] == "true")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"ApiAuth": "IAM", "Console": "true"}, "no AWS credentials"),
        ({"ApiAuth": "JWT"}, "needs JwtIssuer"),
        ({"ApiAuth": "JWT", "Console": "true", "JwtAudience": "one"}, "audience of its own"),
        ({**OTHER, "Console": "true"}, "needs ConsoleClientId"),
    ],
)
def test_what_does_not_work_together_is_refused(parameters: dict[str, str], reason: str) -> None:
    with pytest.raises(TemplateError, match=reason):
        resources(**parameters)


def test_the_page_is_told_where_people_sign_in() -> None:
    assert variables()["SIGN_IN_URL"] == "https://UserPoolDomain.auth.AWS::Region.amazoncognito.com"
    assert variables()["USER_POOL_ID"] == "UserPool"
    assert variables()["TOKEN_RESOURCE"] == AUDIENCE
    other = variables(**OTHER, Console="true", ConsoleClientId="page")
    assert (other["SIGN_IN_URL"], other["CLIENT_ID"]) == (OTHER["JwtIssuer"], "page")
    assert (other["USER_POOL_ID"], other["TOKEN_RESOURCE"]) == ("", "")
    assert variables(ApiAuth="NONE", Console="true")["SIGN_IN_URL"] == ""


def test_the_api_accepts_the_tokens_of_the_pool_that_are_for_this_stack() -> None:
    scheme = properties("ImagesApi")["Body"]["components"]["securitySchemes"]["Caller"]
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer["jwtConfiguration"] == {
        "issuer": "UserPool.ProviderURL",
        "audience": [AUDIENCE],
    }


def test_only_administrators_create_people() -> None:
    pool = properties("UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    # Others have no triggers that change access tokens.
    assert pool["UserPoolTier"] == "ESSENTIALS"
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 15


def test_people_survive_the_stack_if_its_data_do() -> None:
    kept = resources(ProtectData="true")["UserPool"]
    assert kept["DeletionPolicy"] == "RetainExceptOnCreate"
    assert kept["UpdateReplacePolicy"] == "Retain"
    assert kept["Properties"]["DeletionProtection"] == "ACTIVE"
    lost = resources()["UserPool"]
    assert (lost["DeletionPolicy"], lost["UpdateReplacePolicy"]) == ("Delete", "Delete")
    assert lost["Properties"]["DeletionProtection"] == "INACTIVE"


def test_the_trigger_that_chooses_scopes_is_asked_for_every_token() -> None:
    trigger = properties("UserPool")["LambdaConfig"]
    assert trigger == {
        "PreTokenGeneration": "SigninFunctionAliaslive",
        "PreTokenGenerationConfig": {
            "LambdaArn": "SigninFunction.Arn:live",
            "LambdaVersion": "V2_0",
        },
    }
    (permission,) = (
        found
        for found in of_type("AWS::Lambda::Permission").values()
        if found["Principal"] == "cognito-idp.amazonaws.com"
    )
    assert permission["FunctionName"] == "SigninFunctionAliaslive"
    assert permission["SourceArn"] == "UserPool.Arn"


def test_the_groups_are_those_that_the_trigger_knows() -> None:
    groups = of_type("AWS::Cognito::UserPoolGroup").values()
    assert {group["GroupName"] for group in groups} == set(GROUPS)


@pytest.mark.parametrize("domain", [{}, DOMAIN])
def test_the_page_is_a_public_client_that_uses_the_code_flow(domain: dict[str, str]) -> None:
    client = properties("UserPoolClient", **domain)
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    # Scopes of the API come from the groups alone.
    assert client["AllowedOAuthScopes"] == ["openid"]
    assert client["RefreshTokenRotation"]["Feature"] == "ENABLED"
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["RefreshTokenValidity"] <= 24
    assert client["TokenValidityUnits"]["RefreshToken"] == "hours"
    pages = [URL, *(["https://images.example.com/console/"] if domain else [])]
    assert client["CallbackURLs"] == client["LogoutURLs"] == pages


def test_the_domain_of_the_pool_is_that_of_no_other_stack() -> None:
    assert properties("UserPoolDomain")["Domain"] == "images-AWS::StackId"
    assert properties("UserPoolBranding")["ClientId"] == "UserPoolClient"


def test_the_address_of_the_page_is_an_output() -> None:
    assert outputs(ApiAuth="JWT", Console="true")["ConsoleUrl"] == URL
    assert outputs(ApiAuth="JWT", Console="true")["UserPoolId"] == "UserPool"

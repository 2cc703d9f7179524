"""The HTTP API: routes, authorization, throttling and access log."""

from __future__ import annotations

import json
from typing import Any

from api.routes import READS
from api.write_routes import WRITES
from tests.template.documents import of_type, properties

ROUTES = READS | WRITES
ANY = "x-amazon-apigateway-any-method"
TOKENS = {"ApiAuth": "JWT", "JwtIssuer": "https://issuer.example/", "JwtAudience": "one,two"}
STAGE = "ImagesApiApiGatewayDefaultStage"
CONSOLE = {
    "GET /console",
    "GET /console/",
    "GET /console/config.json",
    "GET /console/assets/{digest}/{path+}",
}


def test_routes() -> None:
    assert _routes() == set(ROUTES) >= {"GET /images/{id}", "GET /images"}


def test_only_a_stack_with_a_console_has_its_routes() -> None:
    assert _routes(Console="true") - _routes() == CONSOLE
    body = properties("ImagesApi", ApiAuth="NONE", Console="true")["Body"]
    for key in CONSOLE:
        route = body["paths"][key.removeprefix("GET ")]["get"]
        assert "security" not in route
        integration = route["x-amazon-apigateway-integration"]
        assert "functions/ConsoleFunctionAliaslive/invocations" in integration["uri"]


def test_every_route_with_scopes_requires_iam_credentials_by_default() -> None:
    body = properties("ImagesApi", ApiAuth="IAM")["Body"]
    assert _security(body) == {
        key: [{"Caller": []}] if route.scopes else None for key, route in ROUTES.items()
    }
    # As SAM writes it for EnableIamAuthorizer.
    assert body["components"]["securitySchemes"]["Caller"] == {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }


def test_every_route_may_require_a_token_with_one_of_its_scopes() -> None:
    body = properties("ImagesApi", **TOKENS)["Body"]
    # As SAM writes it for JwtConfiguration.
    assert body["components"]["securitySchemes"]["Caller"] == {
        "type": "oauth2",
        "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": {"issuer": "https://issuer.example/", "audience": ["one", "two"]},
        },
    }
    assert _security(body) == {
        key: [{"Caller": [*route.scopes]}] if route.scopes else None
        for key, route in ROUTES.items()
    }


def test_an_open_api_requires_nothing() -> None:
    body = properties("ImagesApi", ApiAuth="NONE")["Body"]
    assert _security(body) == dict.fromkeys(ROUTES)
    assert "security" not in body


def test_every_route_invokes_the_function_of_its_table() -> None:
    paths = properties("ImagesApi")["Body"]["paths"]
    for table, function in ((READS, "ApiFunction"), (WRITES, "ApiWriteFunction")):
        for route in table.values():
            defined = paths[route.path][route.method.lower()]
            integration = defined["x-amazon-apigateway-integration"]
            assert integration["payloadFormatVersion"] == "2.0"
            assert f"functions/{function}Aliaslive/invocations" in integration["uri"]


def _routes(**parameters: str) -> set[str]:
    paths = properties("ImagesApi", **{"ApiAuth": "NONE", **parameters})["Body"]["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def test_callers_are_throttled() -> None:
    settings = properties(STAGE)["DefaultRouteSettings"]
    assert settings == {"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50}


def test_the_access_log_is_json_without_object_keys() -> None:
    settings = properties(STAGE)["AccessLogSettings"]
    assert settings["DestinationArn"] == "ImagesApiLogGroup.Arn"
    entry = json.loads(settings["Format"])
    # No path and no query: the query of GET /images?key=… is an object key.
    assert entry == {
        "requestId": "$context.requestId",
        "requestTime": "$context.requestTime",
        "sourceIp": "$context.identity.sourceIp",
        # Who signed the request, with IAM, or whose token it has, with JWT:
        # docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html.
        "caller": "$context.identity.caller",
        "userArn": "$context.identity.userArn",
        "subject": "$context.authorizer.claims.sub",
        "routeKey": "$context.routeKey",
        "status": "$context.status",
        "responseLength": "$context.responseLength",
        "responseLatency": "$context.responseLatency",
        "integrationStatus": "$context.integrationStatus",
        "integrationError": "$context.integrationErrorMessage",
    }
    assert (
        properties("ImagesApiLogGroup")["LogGroupName"]
        == "/aws/vendedlogs/apigateway/AWS::StackName-images-api"
    )


def test_the_definition_describes_each_route_as_the_function_declares_it() -> None:
    """What an import would warn of: parameters without a schema, routes without responses."""
    paths = properties("ImagesApi")["Body"]["paths"]
    for route in ROUTES.values():
        defined = paths[route.path][route.method.lower()]
        assert defined.get("parameters", []) == [
            {
                "name": each.name,
                "in": each.place,
                "required": each.required,
                "schema": each.schema,
            }
            for each in route.parameters
        ]
        described = {str(code): each.description for code, each in route.responses.items()}
        assert {
            code: each["description"] for code, each in defined["responses"].items()
        } == described


def test_a_warning_of_the_import_does_not_roll_the_deployment_back() -> None:
    assert not properties("ImagesApi").get("FailOnWarnings")


def test_preflight_requests_of_the_given_origins_are_answered_without_credentials() -> None:
    origins = "https://one.example,https://two.example"
    body = properties("ImagesApi", UploadOrigins=origins)["Body"]
    assert body["x-amazon-apigateway-cors"] == {
        "allowOrigins": origins.split(","),
        "allowMethods": ["GET", "POST", "DELETE"],
        "allowHeaders": [
            *("authorization", "content-type", "idempotency-key", "if-match", "if-none-match"),
            *("x-amz-content-sha256", "x-amz-date", "x-amz-security-token"),
        ],
        "exposeHeaders": ["etag", "location", "retry-after", "www-authenticate"],
        "maxAge": 3000,
    }
    # With a route of its own, OPTIONS would require a signature like every other route.
    assert not [path for path, methods in body["paths"].items() if set(methods) & {"options", ANY}]


def _security(body: dict[str, Any]) -> dict[str, Any]:
    """Return what each route requires, by its key."""
    return {
        f"{method.upper()} {path}": route.get("security")
        for path, methods in body["paths"].items()
        for method, route in methods.items()
    }


def test_cursors_are_signed_with_a_secret_that_is_random() -> None:
    secret = properties("CursorSecret")
    assert secret["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}
    assert "SecretString" not in secret


def test_there_is_no_other_api() -> None:
    assert list(of_type("AWS::ApiGatewayV2::Api")) == ["ImagesApi"]

"""The HTTP API: routes, authorization, throttling and access log."""

from __future__ import annotations

import json

from api.routes import ROUTES
from tests.template.documents import of_type, properties

STAGE = "ImagesApiApiGatewayDefaultStage"


def test_routes() -> None:
    paths = properties("ImagesApi")["Body"]["paths"]
    deployed = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert deployed == set(ROUTES) >= {"GET /images/{id}", "GET /images"}


def test_every_route_requires_iam_credentials() -> None:
    body = properties("ImagesApi")["Body"]
    for methods in body["paths"].values():
        for route in methods.values():
            assert route["security"] == [{"AWS_IAM": []}]
    scheme = body["components"]["securitySchemes"]["AWS_IAM"]
    assert scheme["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_every_route_invokes_the_api_function() -> None:
    for methods in properties("ImagesApi")["Body"]["paths"].values():
        for route in methods.values():
            integration = route["x-amazon-apigateway-integration"]
            assert integration["payloadFormatVersion"] == "2.0"
            assert "functions/ApiFunctionAliaslive/invocations" in integration["uri"]


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
        # Who signed the request; both are set where IAM authorizes:
        # docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html.
        "caller": "$context.identity.caller",
        "userArn": "$context.identity.userArn",
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


def test_a_definition_with_warnings_is_not_deployed() -> None:
    assert properties("ImagesApi")["FailOnWarnings"] is True


def test_there_is_no_other_api() -> None:
    assert list(of_type("AWS::ApiGatewayV2::Api")) == ["ImagesApi"]

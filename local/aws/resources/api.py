"""API Gateway HTTP APIs. `local.aws.http_api` serves their routes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local.aws.environment import REGION
from local.aws.resources.registry import Made, call, makes, refuse_changes, updates

if TYPE_CHECKING:
    from local.aws.deployment import Resource
    from local.aws.resources.registry import New


@makes("AWS::ApiGatewayV2::Api")
def api(new: New) -> Made:
    """Create an HTTP API from the OpenAPI document that SAM generates."""
    new.pass_over(["Tags"])
    body, warnings = new.take("Body"), new.take("FailOnWarnings", None)
    identifier = call(
        "apigatewayv2", "create_api", Name=new.name, ProtocolType="HTTP", **new.rest()
    )["ApiId"]
    call(
        "apigatewayv2",
        "reimport_api",
        ApiId=identifier,
        Body=json.dumps(body),
        FailOnWarnings=warnings,
    )
    endpoint = f"https://{identifier}.execute-api.{REGION}.amazonaws.com"
    return Made(identifier, {"ApiId": identifier, "ApiEndpoint": endpoint})


@updates("AWS::ApiGatewayV2::Api")
def updated_api(new: New, existing: Resource) -> Made:
    """Import another OpenAPI document."""
    new.pass_over(["Tags"])
    call(
        "apigatewayv2",
        "reimport_api",
        ApiId=existing.ref,
        Body=json.dumps(new.take("Body")),
        FailOnWarnings=new.take("FailOnWarnings", None),
    )
    refuse_changes(new, existing)
    return Made(existing.ref, existing.attributes)


@makes("AWS::ApiGatewayV2::Stage")
def stage(new: New) -> Made:
    """Create a stage; only the default one is served."""
    name = new.properties["StageName"]
    call("apigatewayv2", "create_stage", **new.rest())
    return Made(name)


@updates("AWS::ApiGatewayV2::Stage")
def updated_stage(new: New, existing: Resource) -> Made:
    """Make a stage anew, because moto cannot change one."""
    name = existing.properties["StageName"]
    call("apigatewayv2", "delete_stage", ApiId=existing.properties["ApiId"], StageName=name)
    return stage(new)


@makes("AWS::ApiGatewayV2::DomainName")
def domain_name(new: New) -> Made:
    """Name a domain, which nothing serves offline."""
    name = new.rest()["DomainName"]
    zone = {"RegionalDomainName": f"d-local.execute-api.{REGION}.amazonaws.com"}
    return Made(name, zone | {"RegionalHostedZoneId": "ZLOCAL"})


@makes("AWS::ApiGatewayV2::ApiMapping")
def api_mapping(new: New) -> Made:
    """Map nothing: the domain is not served."""
    new.rest()
    return Made(new.name)

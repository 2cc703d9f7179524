"""A small API Gateway: serves the routes of the deployed HTTP API.

Each request becomes an event of payload format 2.0 for the function of its route:
docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
A deployed API requires signed requests; here that is optional.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

import boto3
from werkzeug.wrappers import Request, Response

from local.aws import cors
from local.aws.environment import ACCOUNT, REGION
from local.aws.signatures import RefusedError
from local.aws.signed_requests import check_signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

_FUNCTION = re.compile(r"functions/(arn:[^/]+)/invocations")
Auth = Literal["none", "iam"]
_TEXT = re.compile(r"text/|application/(json|xml|javascript|x-www-form-urlencoded)")


@dataclass(frozen=True)
class Route:
    """A route; `key` such as `GET /images/{id}`, `pattern` matches the whole path."""

    key: str
    method: str
    pattern: re.Pattern[str]
    function: str


def deployed_routes(api: str) -> list[Route]:
    """List the routes of an API, those with fewer variables first."""
    gateway = boto3.client("apigatewayv2", region_name=REGION)
    uris = {
        integration["IntegrationId"]: integration["IntegrationUri"]
        for integration in gateway.get_integrations(ApiId=api)["Items"]
    }
    routes = []
    for item in gateway.get_routes(ApiId=api)["Items"]:
        function = _FUNCTION.search(uris[item["Target"].removeprefix("integrations/")])
        if function:
            method, _, path = item["RouteKey"].partition(" ")
            pattern = "".join(map(_pattern, re.split(r"(\{[^}]+\})", path)))
            routes.append(Route(item["RouteKey"], method, re.compile(pattern), function[1]))
    return sorted(routes, key=lambda route: route.key.count("{"))


def _pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part.strip("{}")
    return f"(?P<{name.rstrip('+')}>{'.+' if name.endswith('+') else '[^/]+'})"


class HttpApi:
    """A WSGI application.

    Args:
        api: the id of the deployed API.
        auth: `iam` to refuse unsigned requests, `none` to answer all.
    """

    def __init__(self, api: str, auth: Auth = "none") -> None:
        self._api = api
        self._auth = auth
        self._routes = deployed_routes(api)
        gateway = boto3.client("apigatewayv2", region_name=REGION)
        self._cors: Mapping[str, Any] = gateway.get_api(ApiId=api).get("CorsConfiguration", {})
        self._lambda = boto3.client("lambda", region_name=REGION)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        headers = {name.lower(): value for name, value in request.headers.items()}
        origin = headers.get("origin", "")
        if self._cors and cors.is_preflight(request.method, headers):
            response = Response(status=204, headers=cors.preflight(self._cors, origin))
        else:
            response = self._answer(request)
            response.headers.update(cors.allowed(self._cors, origin))
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        # Matched before decoding: an encoded slash is part of a parameter.
        path = request.environ["RAW_URI"].partition("?")[0]
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match and route.method in {request.method, "ANY"}:
                # A request without a route is 404 even if unsigned.
                if self._auth == "iam" and not _is_signed(request):
                    return _json(403, {"message": "Forbidden"})
                return self._invoke(route, match, request)
        return _json(404, {"message": "Not Found"})

    def _invoke(self, route: Route, match: re.Match[str], request: Request) -> Response:
        event = self._event(route, match, request)
        answer = self._lambda.invoke(FunctionName=route.function, Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            return _json(500, {"message": "Internal Server Error"})
        return _response(payload)

    def _event(self, route: Route, match: re.Match[str], request: Request) -> dict[str, Any]:
        now = time.time()
        raw_path, _, raw_query = request.environ["RAW_URI"].partition("?")
        path = unquote(raw_path)
        optional: dict[str, Any] = {
            "cookies": [f"{name}={value}" for name, value in request.cookies.items()],
            "queryStringParameters": {
                name: ",".join(values) for name, values in request.args.lists()
            },
            "pathParameters": {name: unquote(value) for name, value in match.groupdict().items()},
            **_body(request),
        }
        return {
            "version": "2.0",
            "routeKey": route.key,
            "rawPath": path,
            "rawQueryString": raw_query,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "requestContext": {
                "accountId": ACCOUNT,
                "apiId": self._api,
                "domainName": request.host,
                "domainPrefix": self._api,
                "http": {
                    "method": request.method,
                    "path": path,
                    "protocol": request.environ["SERVER_PROTOCOL"],
                    "sourceIp": request.remote_addr or "127.0.0.1",
                    "userAgent": request.user_agent.string,
                },
                "requestId": secrets.token_urlsafe(12),
                "routeKey": route.key,
                "stage": "$default",
                "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
                "timeEpoch": int(now * 1000),
            },
            "isBase64Encoded": False,
            **{name: value for name, value in optional.items() if value not in ({}, [])},
        }


def _is_signed(request: Request) -> bool:
    """Whether API Gateway accepts the signature; a refusal states no reason."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    url = f"{request.host_url.rstrip('/')}{request.environ['RAW_URI']}"
    try:
        check_signed(request.method, url, headers, request.get_data(), datetime.now(UTC))
    except RefusedError:
        return False
    return True


def _body(request: Request) -> dict[str, Any]:
    data = request.get_data()
    if not data:
        return {}
    if _TEXT.match(request.mimetype):
        return {"body": data.decode()}
    return {"body": base64.b64encode(data).decode(), "isBase64Encoded": True}


def _response(payload: Any) -> Response:
    """Turn a function's result into a response as API Gateway does."""
    if not isinstance(payload, dict) or "statusCode" not in payload:
        return _json(200, payload)
    body = payload.get("body", "")
    data = base64.b64decode(body) if payload.get("isBase64Encoded") else str(body).encode()
    response = Response(data, payload["statusCode"])
    response.headers["content-type"] = "text/plain;charset=utf-8"
    for name, value in payload.get("headers", {}).items():
        response.headers[name] = str(value)
    for cookie in payload.get("cookies", []):
        response.headers.add("set-cookie", cookie)
    return response


def _json(status: int, body: Any) -> Response:
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, status, content_type="application/json")

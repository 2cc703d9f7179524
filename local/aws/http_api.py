"""A small API Gateway: serves the deployed HTTP API.

It requires of each request what the definition of the API requires, and turns it into an event of
payload format 2.0 for the function of its route:
docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from local.aws import cors
from local.aws.api_definition import Signature, routes_of
from local.aws.clients import client_of
from local.aws.environment import ACCOUNT
from local.aws.signatures import RefusedError
from local.aws.signed_requests import USER, check_signed
from local.aws.tokens import TokenError, Tokens, as_event, discovered, scopes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from local.aws.api_definition import Route, Token
    from local.aws.logs.access_log import AccessLog
    from local.aws.tokens import Keys

_TEXT = re.compile(r"text/|application/(json|xml|javascript|x-www-form-urlencoded)")
_FUNCTION_ERROR = "The function returned an error."
_REFUSALS = {401: "Unauthorized", 403: "Forbidden"}


class _UnauthorizedError(Exception):
    """API Gateway refuses the request.

    Args:
        status: 401 or 403.
        challenge: the header www-authenticate, or "".
    """

    def __init__(self, status: int, challenge: str = "") -> None:
        super().__init__(challenge)
        self.status = status
        self.challenge = challenge


class HttpApi:
    """A WSGI application.

    Args:
        api: the id of the deployed API.
        definition: OpenAPI, as deployed: the routes, their functions and who may call them.
        keys: returns the keys of an issuer of tokens.
        access_log: where a line is written for each request.
        told: called with the id of the API, the status and the seconds of each answer.
    """

    def __init__(
        self,
        api: str,
        definition: Mapping[str, Any],
        keys: Keys = discovered,
        access_log: AccessLog | None = None,
        told: Callable[[str, int, float], None] = lambda _api, _status, _seconds: None,
    ) -> None:
        self._api = api
        self._told = told
        self._tokens = Tokens(keys)
        gateway = client_of("apigatewayv2")
        self._cors: Mapping[str, Any] = gateway.get_api(ApiId=api).get("CorsConfiguration", {})
        self._lambda = client_of("lambda")
        self.redeploy(definition, access_log)

    def redeploy(self, definition: Mapping[str, Any], access_log: AccessLog | None) -> None:
        """Serve another definition from the next request on, with another access log."""
        self._routes, self._access_log = routes_of(definition), access_log

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        headers = {name.lower(): value for name, value in request.headers.items()}
        origin = headers.get("origin", "")
        if self._cors and cors.is_preflight(request.method, headers):
            response = Response(status=204, headers=cors.preflight(self._cors, origin))
        else:
            response = self._logged(request)
            response.headers.update(cors.allowed(self._cors, origin))
        return response(environ, start_response)

    def _logged(self, request: Request) -> Response:
        """Answer a request, and write its line to the access log."""
        start = time.perf_counter()
        context, facts = self._context(request), dict[str, Any]()
        response = self._answer(request, context, facts)
        self._told(self._api, response.status_code, time.perf_counter() - start)
        if self._access_log:
            facts |= {
                "status": response.status_code,
                "responseLength": len(response.get_data()),
                "responseLatency": int((time.perf_counter() - start) * 1000),
            }
            self._access_log.write(context, facts)
        return response

    def _answer(self, request: Request, context: dict[str, Any], facts: dict[str, Any]) -> Response:
        """Answer a request.

        Args:
            request: to answer.
            context: what a function learns about the request; receives the route and the caller.
            facts: receives how the function has answered.
        """
        # Matched before decoding: an encoded slash is part of a parameter.
        path = request.environ["RAW_URI"].partition("?")[0]
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match and route.method in {request.method, "ANY"}:
                context["routeKey"] = route.key
                # A request without a route is 404 whoever asks.
                try:
                    authorizer = self._authorize(route, request)
                except _UnauthorizedError as error:
                    return _refusal(error)
                if authorizer:
                    context["authorizer"] = authorizer
                return self._invoke(route, self._event(match, request, context), facts)
        return _json(404, {"message": "Not Found"})

    def _authorize(self, route: Route, request: Request) -> dict[str, Any] | None:
        """Return what a function learns about the caller; None of a route that is open.

        Raises:
            _UnauthorizedError: the request lacks what the route requires.
        """
        if route.required is None:
            return None
        if not isinstance(route.required, Signature):
            return self._bearer(route.required, request)
        if not _is_signed(request):
            raise _UnauthorizedError(403)
        return {
            "iam": {
                "accessKey": USER.access_key,
                "accountId": ACCOUNT,
                "callerId": USER.identifier,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": USER.arn,
                "userId": USER.identifier,
            }
        }

    def _bearer(self, required: Token, request: Request) -> dict[str, Any]:
        given = request.headers.get(required.header, "")
        if not given:
            raise _UnauthorizedError(401, "Bearer")
        token = re.sub(r"\ABearer +", "", given, flags=re.IGNORECASE).strip()
        wanted = " ".join(required.scopes)
        try:
            claims = self._tokens.claims(token, required.issuer, required.audience, time.time())
        except TokenError as error:
            challenge = f'Bearer scope="{wanted}" error="invalid_token" error_description="{error}"'
            raise _UnauthorizedError(401, challenge) from error
        scopes = scopes_of(claims)
        if required.scopes and not set(required.scopes) & set(scopes):
            challenge = f'Bearer scope="{wanted}" error="insufficient_scope"'
            raise _UnauthorizedError(403, challenge)
        # Without scopes of the route, API Gateway leaves the scopes to the function.
        return {"jwt": {"claims": as_event(claims), "scopes": scopes if required.scopes else None}}

    def _invoke(self, route: Route, event: dict[str, Any], facts: dict[str, Any]) -> Response:
        answer = self._lambda.invoke(FunctionName=route.function, Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            facts |= {"integrationStatus": 200, "integrationErrorMessage": _FUNCTION_ERROR}
            return _json(500, {"message": "Internal Server Error"})
        facts["integrationStatus"] = 200
        return _response(payload)

    def _context(self, request: Request) -> dict[str, Any]:
        """Build what is known about a request before its route."""
        now = time.time()
        raw_path = request.environ["RAW_URI"].partition("?")[0]
        return {
            "accountId": ACCOUNT,
            "apiId": self._api,
            "domainName": request.host,
            "domainPrefix": self._api,
            "http": {
                "method": request.method,
                "path": unquote(raw_path),
                "protocol": request.environ["SERVER_PROTOCOL"],
                "sourceIp": request.remote_addr or "127.0.0.1",
                "userAgent": request.user_agent.string,
            },
            "requestId": secrets.token_urlsafe(12),
            "stage": "$default",
            "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now * 1000),
        }

    def _event(
        self, match: re.Match[str], request: Request, context: dict[str, Any]
    ) -> dict[str, Any]:
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
            "routeKey": context["routeKey"],
            "rawPath": path,
            "rawQueryString": raw_query,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "requestContext": context,
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
        with suppress(UnicodeDecodeError):
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


def _refusal(error: _UnauthorizedError) -> Response:
    response = _json(error.status, {"message": _REFUSALS[error.status]})
    if error.challenge:
        response.headers["www-authenticate"] = error.challenge
    return response


def _json(status: int, body: Any) -> Response:
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, status, content_type="application/json")

"""Calls the functions of the API directly, as API Gateway does for a caller that it let in.

A signed request would do only where the API takes those: with ApiAuth=JWT it wants a token, which
an operator does not have. Whoever may invoke the functions may do what every caller may.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.pace import Patience

_ALIAS = "live"
_WHO = "python -m ops erase"
_SCOPES = "images:read images:write images:review"
_NOT_FOUND, _FIRST_ERROR = 404, 400


class RefusedError(Exception):
    """A function has answered with an error."""


@dataclass(frozen=True)
class Functions:
    """The functions of the API of a stack.

    Args:
        client: of Lambda.
        reading: the name of the function that answers what changes nothing.
        writing: the name of the function that answers the rest.
        auth: how the API authorizes: IAM, JWT or NONE.
        patience: with throttles.
    """

    client: Any
    reading: str
    writing: str
    auth: str
    patience: Patience

    def delete(self, image_id: str) -> None:
        """Delete an image; one that is not there, or not any more, is not an error.

        Raises:
            RefusedError: it could not be deleted.
        """
        self._answer(self.writing, "DELETE /images/{id}", pathParameters={"id": image_id})

    def image_id_at(self, key: str) -> str | None:
        """Return the id of the image at a key, None if it has no record; only they know the salt.

        Raises:
            RefusedError: it could not be asked.
        """
        found = self._answer(self.reading, "GET /images/by-key", queryStringParameters={"key": key})
        return None if found is None else str(found["image_id"])

    def _answer(self, function: str, route_key: str, **given: Any) -> dict[str, Any] | None:
        event = json.dumps(request(route_key, self.auth, **given))
        answer = self.patience(
            lambda: self.client.invoke(FunctionName=function, Qualifier=_ALIAS, Payload=event)
        )
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            message = f"{function} failed: {payload.get('errorMessage', payload)}"
            raise RefusedError(message)
        body = json.loads(payload.get("body") or "{}")
        if payload["statusCode"] == _NOT_FOUND:
            return None
        if payload["statusCode"] >= _FIRST_ERROR:
            message = f"{function} answers {payload['statusCode']}: {body.get('detail')}"
            raise RefusedError(message)
        return dict(body)


def request(route_key: str, auth: str, **given: Any) -> dict[str, Any]:
    """Build the event of a request that API Gateway has authorized; pure but for its id.

    Args:
        route_key: of the route, such as `DELETE /images/{id}`.
        auth: how the API authorizes: IAM, JWT or NONE.
        given: parameters of the path and of the query string, under their names in the event.
    """
    authorizers: dict[str, Any] = {
        "IAM": {"iam": {"userArn": _WHO}},
        "JWT": {"jwt": {"claims": {"sub": _WHO, "scope": _SCOPES}}},
    }
    method = route_key.partition(" ")[0]
    return {
        "version": "2.0",
        "routeKey": route_key,
        "headers": {},
        **given,
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "http": {"method": method},
            "authorizer": authorizers.get(auth, {}),
        },
    }

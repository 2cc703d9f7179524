"""Requests with an Idempotency-Key are performed once and answered the same every time.

The header is that of draft-ietf-httpapi-idempotency-key-header. A key belongs to a caller and a
route. The item of a key is written before the request is performed, on the condition that there is
none; it names the request by a digest, and holds the answer once there is one. An item whose time
is over counts as absent, because DynamoDB removes it later: that of an answer after a day, that of
a request without an answer when Lambda has stopped the function that performed it.

Not Powertools' utility: importing it imports boto3, 65 ms and 80 modules of a cold start, and that
of the runtime does not fit the botocore of the layer.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import time
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from api.errors import ConflictError, UnprocessableError
from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode, encode_item
from image_pipeline.observability import logger
from image_pipeline.records import is_condition_unmet

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.routing import Request

    Response = dict[str, Any]

KEPT_SECONDS = 24 * 3600
"""How long an answer is kept."""


class Idempotency(NamedTuple):
    """The answers that are kept.

    Args:
        table_name: of the table that keeps them.
    """

    table_name: str

    def once(
        self,
        route_key: str,
        request: Request,
        perform: Callable[[], Response],
        *,
        seconds: float,
    ) -> Response:
        """Perform a request that has a key, unless that was done before.

        Args:
            route_key: of its route.
            request: with a key.
            perform: returns the answer as API Gateway takes it.
            seconds: after which Lambda stops this function.

        Raises:
            ConflictError: the request is being performed.
            UnprocessableError: the key was used with another request.
        """
        name = _name(route_key, request)
        found = self._taken(name, request, time.time() + seconds)
        if found is not None:
            return _kept(found, request)
        is_final = False
        try:
            answer = perform()
            is_final = answer["statusCode"] < 500
        finally:
            if not is_final:
                self._free(name, request)
        self._keep(name, request, answer)
        return answer

    def _taken(self, name: str, request: Request, until: float) -> dict[str, Any] | None:
        """Write the item of a key; return the one that is there instead, if there is one."""
        item = {
            "id": name,
            "request": _digest(request),
            "holder": request.request_id,
            "expires": math.ceil(until),
        }
        try:
            aws.dynamodb().put_item(
                TableName=self.table_name,
                Item=encode_item(item),
                ConditionExpression="attribute_not_exists(id) OR expires <= :now",
                ExpressionAttributeValues={":now": encode(time.time())},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            answer: Any = error.response
            return decode_item(answer["Item"])
        return None

    def _keep(self, name: str, request: Request, answer: Response) -> None:
        expires = math.ceil(time.time()) + KEPT_SECONDS
        try:
            aws.dynamodb().update_item(
                TableName=self.table_name,
                Key={"id": encode(name)},
                UpdateExpression="SET answer = :answer, expires = :expires",
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues={
                    ":holder": encode(request.request_id),
                    ":answer": encode(_packed(answer)),
                    ":expires": encode(expires),
                },
            )
        except (ClientError, BotoCoreError):
            # What was done stays done, and a caller with an answer does not repeat the request.
            logger.exception("an answer was not kept")

    def _free(self, name: str, request: Request) -> None:
        try:
            aws.dynamodb().delete_item(
                TableName=self.table_name,
                Key={"id": encode(name)},
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues={":holder": encode(request.request_id)},
            )
        except (ClientError, BotoCoreError):
            # Time frees it too. The error that matters is the one that is being raised.
            logger.warning("a key was not freed", exc_info=True)


def _kept(item: dict[str, Any], request: Request) -> Response:
    if item["request"] != _digest(request):
        raise UnprocessableError(
            "This Idempotency-Key was used with another request. Use a new key for a new request."
        )
    if "answer" not in item:
        left = max(1, math.ceil(item["expires"] - time.time()))
        raise ConflictError(
            "The request with this Idempotency-Key is being performed. Repeat it later.",
            headers={"retry-after": str(left)},
        )
    return _unpacked(item["answer"])


def _name(route_key: str, request: Request) -> str:
    """Return the id of the item: of a key, for a caller and a route."""
    caller = request.caller.subject or request.caller.name
    return _sha256([caller, route_key, request.idempotency_key])


def _digest(request: Request) -> str:
    """Return what tells a request from others: all of it that has an effect."""
    return _sha256([request.arguments, request.body, request.if_match])


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _packed(answer: Response) -> str:
    """Compress an answer: the URLs of an upload in many parts are long and much the same."""
    return base64.b85encode(zlib.compress(json.dumps(answer).encode())).decode()


def _unpacked(text: str) -> Response:
    answer: Response = json.loads(zlib.decompress(base64.b85decode(text)))
    return answer

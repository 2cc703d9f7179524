"""Choose the scopes of an access token: a person's groups in, changes to the token out."""

from __future__ import annotations

from image_pipeline.start import start

start()

from typing import TYPE_CHECKING, Any

from image_pipeline.observability import observed
from signin.scopes import granted, refused

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """A version 2 event of Cognito's pre token generation trigger in, with a response out.

    docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
    """
    request = event["request"]
    groups = (request.get("groupConfiguration") or {}).get("groupsToOverride") or []
    token = {
        "scopesToAdd": granted(groups),
        "scopesToSuppress": refused(groups, request.get("scopes") or []),
    }
    return event | {"response": {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": token}}}

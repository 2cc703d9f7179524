"""Fronts of the deployed API that ask of callers what another value of ApiAuth asks."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from local.aws.http_api import HttpApi
from local.aws.tokens import discovered
from tests.template.documents import properties

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws
    from local.aws.tokens import Keys

_INTEGRATION = "x-amazon-apigateway-integration"


def front(aws: OfflineAws, keys: Keys = discovered, **parameters: str) -> HttpApi:
    """Return the API as these parameters would deploy it, in front of the deployed functions."""
    api = aws.deployment.resources["ImagesApi"]
    definition = copy.deepcopy(properties("ImagesApi", **parameters)["Body"])
    for path, methods in definition["paths"].items():
        for method, operation in methods.items():
            deployed = api.properties["Body"]["paths"][path][method]
            operation[_INTEGRATION] = deployed[_INTEGRATION]
    return HttpApi(api.ref, definition, keys)

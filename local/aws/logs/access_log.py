"""The access log of the HTTP API: a line per request, in the format of the stage.

docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.aws.deployment import Resource
    from local.aws.logs.recording import Logs

_VARIABLE = re.compile(r"\$context((?:\.[A-Za-z]+)+)")
_STREAM = "default"


@dataclass(frozen=True)
class AccessLog:
    """The log that the stage of an API names; without a group, none."""

    logs: Logs
    group: str = ""
    format: str = ""

    @classmethod
    def of(cls, resources: Iterable[Resource], logs: Logs) -> AccessLog:
        """Find the settings of the stage."""
        for each in resources:
            settings = each.properties.get("AccessLogSettings")
            if each.type == "AWS::ApiGatewayV2::Stage" and settings:
                group = re.sub(r":\*\Z", "", settings["DestinationArn"]).rpartition(":")[2]
                return cls(logs, group, settings["Format"])
        return cls(logs)

    def write(self, context: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Write the line of a request.

        Args:
            context: `requestContext` of its event.
            facts: of the answer, by the name of their variable.
        """
        if not self.group:
            return
        authorizer = context.get("authorizer", {})
        user = authorizer.get("iam", {})
        known = {
            "requestId": context["requestId"],
            "requestTime": context["time"],
            "requestTimeEpoch": context["timeEpoch"],
            "routeKey": context.get("routeKey"),
            "stage": context["stage"],
            "httpMethod": context["http"]["method"],
            "protocol": context["http"]["protocol"],
            "identity.sourceIp": context["http"]["sourceIp"],
            "identity.userAgent": context["http"]["userAgent"],
            "identity.caller": user.get("callerId"),
            "identity.userArn": user.get("userArn"),
            **{
                f"authorizer.claims.{name}": value
                for name, value in authorizer.get("jwt", {}).get("claims", {}).items()
            },
            **facts,
        }

        def value(match: re.Match[str]) -> str:
            found = known.get(match[1][1:])
            # API Gateway writes a dash for what there is not, and escapes nothing.
            return "-" if found is None else str(found)

        self.logs.write(self.group, _STREAM, _VARIABLE.sub(value, self.format))

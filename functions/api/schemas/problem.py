"""Errors: problem details of the API itself, and the shorter ones of API Gateway."""

from __future__ import annotations

from typing import Any

from api.schemas.fields import array, record, ref, text

SCHEMAS = {
    "Problem": record(
        "Problem details, as RFC 9457 defines them.",
        "type title status detail code request_id error message",
        type=text("Identifies the kind of problem.", format="uri"),
        title=text("The name of the status code."),
        status={"type": "integer", "minimum": 400, "maximum": 599},
        detail=text("What happened, and what to do."),
        code=text("The kind of problem, for programs."),
        request_id=text("Finds the request in the logs."),
        errors=array(ref("Fault"), "What is wrong, if the request itself is at fault."),
        error=text("The same as `code`, for older clients."),
        message=text("The same as `detail`, for older clients."),
    ),
    "Fault": record(
        "One thing that is wrong with a request.",
        "field detail",
        field=text("A parameter, a header, or a field of the body, such as `image_ids[3]`."),
        detail=text("What is wrong with it."),
    ),
    "GatewayError": record(
        "An answer of API Gateway to a request that has not reached the API.",
        "",
        message=text("What happened."),
    ),
}
EXAMPLES: dict[str, Any] = {
    "GatewayError": {"message": "Forbidden"},
}

"""Errors of the API, as problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

# The names of RFC 9110, which Python has since 3.13.
_RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}


class Fault(NamedTuple):
    """One thing that is wrong with a request.

    Args:
        field: the parameter, the header, or the path into the body, such as `image_ids[3]`.
        detail: what is wrong with it.
    """

    field: str
    detail: str


class ApiError(Exception):
    """A request that is answered with an error.

    Args:
        detail: a sentence that tells the caller what to do.
        faults: the offending fields.
        headers: of the answer.
    """

    status = 500
    code = "internal_error"

    def __init__(self, detail: str, *faults: Fault, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults
        self.headers = headers or {}

    def problem(self, request_id: str) -> dict[str, Any]:
        """Return the body of the answer; `error` and `message` are what older clients read."""
        found = [fault._asdict() for fault in self.faults]
        return {
            "type": f"urn:problem-type:image-pipeline:{self.code}",
            "title": _RENAMED.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
            **({"errors": found} if found else {}),
            "error": self.code,
            "message": self.detail,
        }


class BadRequestError(ApiError):
    """The request lacks something, or something in it is malformed."""

    status = 400
    code = "bad_request"


class UnauthorizedError(ApiError):
    """The caller is unknown."""

    status = 401
    code = "unauthorized"


class ForbiddenError(ApiError):
    """The caller may not do this to anything."""

    status = 403
    code = "forbidden"


class NotFoundError(ApiError):
    """What the request names does not exist, or not for this caller."""

    status = 404
    code = "not_found"


class ConflictError(ApiError):
    """The state of the image does not allow it, or another request is in progress."""

    status = 409
    code = "conflict"


class PreconditionFailedError(ApiError):
    """The image is no longer the one that If-Match names."""

    status = 412
    code = "precondition_failed"


class TooLargeError(ApiError):
    """The body of the request is too large."""

    status = 413
    code = "too_large"


class UnsupportedMediaTypeError(ApiError):
    """The body of the request is not JSON."""

    status = 415
    code = "unsupported_media_type"


class UnprocessableError(ApiError):
    """The idempotency key was used with another request."""

    status = 422
    code = "unprocessable"


class PreconditionRequiredError(ApiError):
    """The request needs If-Match."""

    status = 428
    code = "precondition_required"


class UnavailableError(ApiError):
    """A service that the API needs has no capacity right now."""

    status = 503
    code = "unavailable"

"""A gate in front of moto's server: it checks what moto lets pass.

moto accepts presigned URLs and upload forms that are expired, altered or broken, and readers
without any signature. Requests signed in their headers come from the user's own tools and
functions; they are let through under any credentials. What bucket policies deny is refused here,
because moto misreads their conditions.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from werkzeug.formparser import parse_form_data
from werkzeug.wrappers import Request, Response

from local.aws.policies import denies
from local.aws.signatures import RefusedError, check_form, check_presigned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


# Plain HTTP on this machine stands for TLS.
_CONTEXT = {"aws:SecureTransport": "true"}
_ACTIONS = {"PUT": "s3:PutObject", "POST": "s3:PutObject", "DELETE": "s3:DeleteObject"}


class S3Gate:
    """WSGI middleware.

    Args:
        application: moto's server.

    `bucket_policies` holds the policy documents by the name of the bucket.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self.bucket_policies: Mapping[str, Any] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, or answer it as S3 refuses."""
        request = Request(environ)
        if request.method == "PUT" and request.mimetype == "application/x-www-form-urlencoded":
            # What curl and urllib declare by default: moto would take the object for a form.
            environ["CONTENT_TYPE"] = "binary/octet-stream"
        try:
            self._check(request)
        except RefusedError as refused:
            body = (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                f"<Error><Code>{refused.code}</Code>"
                f"<Message>{escape(refused.message)}</Message></Error>"
            )
            response = Response(body, refused.status, content_type="application/xml")
            return response(environ, start_response)
        return self._application(environ, start_response)

    def _check(self, request: Request) -> None:
        now = datetime.now(UTC)
        if request.path.startswith("/moto-api"):
            # A web page could otherwise make its visitor's browser wipe everything.
            raise RefusedError(403, "AccessDenied", "moto's own pages are not served")
        if request.method == "OPTIONS":
            return
        self._check_bucket_policy(request.method, request.path.lstrip("/"), dict(request.headers))
        if "Authorization" in request.headers:
            return
        if "X-Amz-Signature" in request.args:
            url = f"{request.host_url.rstrip('/')}{request.environ['RAW_URI']}"
            headers = {name.lower(): value for name, value in request.headers.items()}
            check_presigned(request.method, url, headers, now)
        elif "Signature" in request.args:
            message = (
                "The authorization mechanism you have provided is not supported. "
                "Please use AWS4-HMAC-SHA256."
            )
            raise RefusedError(400, "InvalidRequest", message)
        elif request.method == "POST" and request.mimetype == "multipart/form-data":
            self._check_form(request, now)
        else:
            raise RefusedError(403, "AccessDenied", "Access Denied")

    def _check_form(self, request: Request, now: datetime) -> None:
        body = request.get_data()
        _, form, files = parse_form_data({**request.environ, "wsgi.input": io.BytesIO(body)})
        file = files.get("file")
        if file is None:
            message = "POST requires exactly one file upload per request."
            raise RefusedError(400, "InvalidArgument", message)
        fields = {name.lower(): value for name, value in form.items()}
        fields["key"] = fields.get("key", "").replace("${filename}", file.filename or "")
        size = file.stream.seek(0, io.SEEK_END)
        for each in files.values():
            each.close()
        bucket = request.path.strip("/").split("/")[0]
        check_form(bucket, fields, size, now)
        self._check_bucket_policy(request.method, f"{bucket}/{fields['key']}", fields)
        request.environ["wsgi.input"] = io.BytesIO(body)  # for moto, which reads it again

    def _check_bucket_policy(self, method: str, resource: str, given: Mapping[str, str]) -> None:
        """Check what headers, or the fields of a form, ask for."""
        policy = self.bucket_policies.get(resource.partition("/")[0])
        if policy is None:
            return
        asked = {f"s3:{name.lower()}": value for name, value in given.items()}
        action = _ACTIONS.get(method, "s3:GetObject")
        if refused := denies(policy, action, f"arn:aws:s3:::{resource}", _CONTEXT | asked):
            message = f"{refused} of the bucket's policy does not allow it"
            raise RefusedError(403, "AccessDenied", message)

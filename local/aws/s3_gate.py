"""WSGI middleware in front of moto's server that checks what moto does not check.

moto accepts presigned URLs and upload forms that are expired, altered or malformed, readers without
a signature, bodies that do not match their checksums, and ACLs on buckets without ACLs. Requests
that are signed in their headers come from the user's own tools and from functions; any credentials
are accepted. Denials by a bucket policy are enforced here, because moto misreads their conditions,
and so are the rules for other origins and the region of the host, which moto ignores.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from moto.s3.models import s3_backends
from werkzeug.wrappers import Request, Response

from local.aws import forms, s3_cors, s3_hosts
from local.aws.cors import is_preflight
from local.aws.environment import ACCOUNT, REGION
from local.aws.payloads import check_integrity, decoded
from local.aws.policies import denies
from local.aws.signatures import RefusedError, check_form, check_presigned
from local.aws.tagging import tags_of_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


# Plain HTTP on this machine stands for TLS.
_CONTEXT = {"aws:SecureTransport": "true"}
_ACTIONS = {"PUT": "s3:PutObject", "POST": "s3:PutObject", "DELETE": "s3:DeleteObject"}
_SIGNED_FOR_S3 = re.compile(r"Credential=[^/,]+/[^/,]+/[^/,]+/s3/aws4_request")
# S3's message, and what to do about it.
_OLD_SIGNATURE = (
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256. "
    "This request has a signature of version 2. Set signature_version to s3v4: "
    "boto3.client('s3', config=Config(signature_version='s3v4')), or "
    "aws configure set default.s3.signature_version s3v4"
)


class S3Gate:
    """WSGI middleware.

    Args:
        application: moto's server.

    Attributes:
        bucket_policies: the policy documents, by the name of the bucket.
        buckets_with_acls: the names of the buckets that accept ACLs.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self.bucket_policies: Mapping[str, Any] = {}
        self.buckets_with_acls: frozenset[str] = frozenset()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, or refuse it as S3 does."""
        received = Request(environ)
        url = f"{received.host_url.rstrip('/')}{environ['RAW_URI']}"
        headers = {name.lower(): value for name, value in received.headers.items()}
        host = s3_hosts.host_of(received.host)
        s3_hosts.as_path_style(environ, host, f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}")
        request = Request(environ)
        bucket = self._bucket(request)
        cors = None if bucket is None else s3_cors.exposed(bucket.cors, request.method, headers)
        try:
            if bucket is not None:
                s3_hosts.check_region(host, bucket.name, bucket.region_name)
                if is_preflight(request.method, headers):
                    answer = s3_cors.preflight(bucket.cors, headers)
                    return Response(headers=answer)(environ, start_response)
            if request.method == "PUT" and request.mimetype == "application/x-www-form-urlencoded":
                # The default of curl and urllib, for which moto parses the object as a form.
                environ["CONTENT_TYPE"] = "binary/octet-stream"
            region = bucket.region_name if bucket else REGION
            application = self._application
            if request.method == "POST" and request.mimetype == "multipart/form-data":
                application = self._post(request, url, region)
            else:
                self._check(request, url, headers, region)
        except RefusedError as error:
            application = _refusal(error)
        return application(environ, _with_cors(start_response, cors))

    def _bucket(self, request: Request) -> Any:
        """The bucket of a path-style request, or None: other services are served here, too."""
        name = request.path.strip("/").split("/")[0]
        return s3_backends[ACCOUNT]["aws"].buckets.get(name) if name else None

    def _check(self, request: Request, url: str, headers: Mapping[str, str], region: str) -> None:
        now = datetime.now(UTC)
        if request.path.startswith("/moto-api"):
            # Otherwise a web page could make its visitor's browser delete everything.
            raise RefusedError(403, "AccessDenied", "moto's own pages are not served")
        if request.method == "OPTIONS":
            return
        self._check_bucket_policy(request.method, request.path.lstrip("/"), headers)
        authorization = headers.get("authorization", "")
        if authorization.startswith("AWS ") or "Signature" in request.args:
            raise RefusedError(400, "InvalidRequest", _OLD_SIGNATURE)
        if "X-Amz-Signature" in request.args:
            check_presigned(request.method, url, headers, now, region)
        elif not authorization:
            raise RefusedError(403, "AccessDenied", "Access Denied")
        elif not _SIGNED_FOR_S3.search(authorization):
            return  # another service of moto's
        if request.method == "PUT":
            self._check_acl(request, headers)
            self._check_body(request, headers)
        tags_of_header(headers.get("x-amz-tagging", ""))

    def _post(self, request: Request, url: str, region: str) -> Response:
        """Store the file of a form, and answer as the form asks."""
        bucket = request.path.strip("/").split("/")[0]
        form = forms.read_form(request.get_data(), request.mimetype_params.get("boundary", ""))
        if "signature" in form.fields and "x-amz-signature" not in form.fields:
            raise RefusedError(400, "InvalidRequest", _OLD_SIGNATURE)
        check_form(bucket, form.fields, len(form.data), datetime.now(UTC), region)
        self._check_bucket_policy(request.method, f"{bucket}/{form.fields['key']}", form.fields)
        self._check_acl(request, {"x-amz-acl": form.fields.get("acl", "")})
        check_integrity(form.data, {**form.fields, "x-amz-content-sha256": ""})
        stored = Response.from_app(self._application, forms.as_put(request.environ, bucket, form))
        where = f"{url.rstrip('/')}/"
        return forms.answer(form, bucket, where, stored) if stored.status_code == 200 else stored

    def _check_bucket_policy(self, method: str, resource: str, given: Mapping[str, str]) -> None:
        """Check the bucket policy against the headers, or the fields of a form."""
        policy = self.bucket_policies.get(resource.partition("/")[0])
        if policy is None:
            return
        asked = {f"s3:{name.lower()}": value for name, value in given.items()}
        action = _ACTIONS.get(method, "s3:GetObject")
        if refused := denies(policy, action, f"arn:aws:s3:::{resource}", _CONTEXT | asked):
            message = f"{refused} of the bucket's policy does not allow it"
            raise RefusedError(403, "AccessDenied", message)

    def _check_acl(self, request: Request, headers: Mapping[str, str]) -> None:
        """Refuse ACLs where the owner of the bucket owns all objects, which is S3's default.

        docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
        """
        bucket, _, key = request.path.strip("/").partition("/")
        canned = headers.get("x-amz-acl", "")
        granted = any(name.startswith("x-amz-grant-") for name in headers)
        sets_acl = granted or canned not in {"", "bucket-owner-full-control"}
        if "acl" in request.args and not canned:
            sets_acl = True
        creates_bucket = not key and request.method == "PUT" and "acl" not in request.args
        if sets_acl and not creates_bucket and bucket not in self.buckets_with_acls:
            message = "The bucket does not allow ACLs"
            raise RefusedError(400, "AccessControlListNotSupported", message)

    def _check_body(self, request: Request, headers: Mapping[str, str]) -> None:
        data, plain = decoded(request.get_data(), headers)
        check_integrity(data, plain)
        _replace_body(request, data)
        if plain == headers:
            return
        for name in headers.keys() | plain.keys():
            variable = name.upper().replace("-", "_")
            if variable not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
                variable = f"HTTP_{variable}"
            request.environ.pop(variable, None)
            if name in plain:
                request.environ[variable] = plain[name]


def _refusal(error: RefusedError) -> Response:
    elements = {"Code": error.code, "Message": error.message, **error.details}
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'
    return Response(body, error.status, content_type="application/xml")


def _with_cors(start_response: StartResponse, cors: Mapping[str, str] | None) -> StartResponse:
    """Replace the headers by which moto's server lets every page read every answer."""
    if cors is None:  # another service, which lets every page read its answers
        return start_response

    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        kept = [
            (name, value)
            for name, value in headers
            if not name.lower().startswith("access-control-") and name.lower() != "vary"
        ]
        return start_response(status, [*kept, *cors.items()], *error)

    return start


def _replace_body(request: Request, body: bytes) -> None:
    """Give moto a body to read; the one that was received has been read."""
    request.environ["wsgi.input"] = io.BytesIO(body)
    request.environ["CONTENT_LENGTH"] = str(len(body))

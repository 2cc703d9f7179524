"""A small CloudFront: serves the deployed distribution of the renditions.

It checks the signature of each request, caches what the bucket's policy lets the distribution read,
and forgets what is invalidated. Plain HTTP on this machine stands for TLS.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError
from moto.cloudfront.models import cloudfront_backends
from moto.s3.models import s3_backends
from werkzeug.wrappers import Request, Response

from local.aws import cors, s3_cors
from local.aws.clients import client_of
from local.aws.environment import ACCOUNT
from local.aws.policies import allows, denies
from local.aws.signatures import RefusedError
from local.aws.signed_urls import PARAMETERS, check_signed_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from local.aws.deployment import Deployment, Resource

DISTRIBUTION = "AWS::CloudFront::Distribution"
_SERVICE = {"Service": "cloudfront.amazonaws.com"}


@dataclass
class Front:
    """A WSGI application.

    Args:
        deployment: returns the stack with the distribution.
        now: returns the time since the epoch, in seconds.
    """

    deployment: Callable[[], Deployment]
    now: Callable[[], float] = time.time
    _cache: dict[str, Response] = field(default_factory=dict)
    _invalidated: int = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        try:
            response = self._answer(request)
        except RefusedError as error:
            text = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
            response = Response(
                f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{text}</Error>',
                error.status,
                content_type="application/xml",
            )
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        (distribution,) = self._of_type(DISTRIBUTION)
        behavior = distribution.properties["DistributionConfig"]["DefaultCacheBehavior"]
        if request.method not in behavior["AllowedMethods"]:
            raise RefusedError(403, "AccessDenied", "This distribution does not allow the method")
        path, _, raw_query = request.environ["RAW_URI"].partition("?")
        query = parse_qsl(raw_query, keep_blank_values=True)
        own = [(name, value) for name, value in query if name not in PARAMETERS]
        url = f"{request.host_url.rstrip('/')}{path}" + (f"?{urlencode(own)}" if own else "")
        check_signed_url(url, dict(query), self._keys(behavior), self.now())
        headers = {name.lower(): value for name, value in request.headers.items()}
        bucket = self._bucket(distribution)
        if request.method == "OPTIONS":
            rules = s3_backends[ACCOUNT]["aws"].get_bucket(bucket).cors
            if not cors.is_preflight(request.method, headers):
                raise RefusedError(400, "BadRequest", "Insufficient information. Origin missing.")
            return Response(headers=s3_cors.preflight(rules, headers))
        forwarded = self._forwarded(behavior, own)
        cached = self._cached(distribution, bucket, path, forwarded)
        response = Response(cached.get_data(), cached.status_code, dict(cached.headers))
        self._add_headers(response, behavior, headers.get("origin", ""))
        return response.make_conditional(
            request.environ, accept_ranges=True, complete_length=len(cached.get_data())
        )

    def _cached(
        self, distribution: Resource, bucket: str, path: str, forwarded: Mapping[str, str]
    ) -> Response:
        self._forget(distribution.ref)
        address = path + (f"?{urlencode(forwarded)}" if forwarded else "")
        if address in self._cache:
            found = self._cache[address]
            found.headers["x-cache"] = "Hit from cloudfront"
            return found
        key, version = unquote(path.lstrip("/")), forwarded.get("versionId")
        self._check_policy(distribution, bucket, key, version)
        given = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
        answer = client_of("s3").get_object(**given)
        response = Response(answer["Body"].read(), content_type=answer["ContentType"])
        response.headers |= {
            "etag": answer["ETag"],
            "cache-control": answer.get("CacheControl", ""),
            "x-amz-version-id": answer.get("VersionId", "null"),
            "x-cache": "Miss from cloudfront",
        }
        self._cache[address] = response
        return response

    def _check_policy(
        self, distribution: Resource, bucket: str, key: str, version: str | None
    ) -> None:
        """Check that the bucket's policy lets the distribution read an object.

        S3 answers the same where there is none, because the distribution may not list the bucket.
        """
        given = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
        try:
            tags = client_of("s3").get_object_tagging(**given)["TagSet"]
        except ClientError as error:
            raise RefusedError(403, "AccessDenied", "Access Denied") from error
        context = {
            "aws:SecureTransport": "true",
            "aws:SourceArn": str(distribution.attributes["Arn"]),
            **{f"s3:ExistingObjectTag/{tag['Key']}": tag["Value"] for tag in tags},
        }
        action = "s3:GetObjectVersion" if version else "s3:GetObject"
        policy = self.deployment().bucket_policies()[bucket]
        about = (action, f"arn:aws:s3:::{bucket}/{key}", context)
        if denies(policy, *about) or not allows(policy, _SERVICE, *about):
            raise RefusedError(403, "AccessDenied", "Access Denied")

    def _forget(self, distribution_id: str) -> None:
        """Apply the invalidations since the last request."""
        backend = cloudfront_backends[ACCOUNT]["aws"]
        all_of_them = backend.invalidations.get(distribution_id, [])
        for invalidation in all_of_them[self._invalidated :]:
            for path in invalidation.paths:
                for address in list(self._cache):
                    is_prefix = path.endswith("*") and address.startswith(path[:-1])
                    if is_prefix or address == path:
                        del self._cache[address]
        self._invalidated = len(all_of_them)

    def _add_headers(self, response: Response, behavior: Mapping[str, Any], origin: str) -> None:
        policy = self._named(behavior["ResponseHeadersPolicyId"])["ResponseHeadersPolicyConfig"]
        for item in policy.get("CustomHeadersConfig", {}).get("Items", []):
            response.headers[item["Header"]] = item["Value"]
        security = policy.get("SecurityHeadersConfig", {})
        if "ContentTypeOptions" in security:
            response.headers["x-content-type-options"] = "nosniff"
        if "ContentSecurityPolicy" in security:
            text = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
            response.headers["content-security-policy"] = text
        if "StrictTransportSecurity" in security:
            seconds = security["StrictTransportSecurity"]["AccessControlMaxAgeSec"]
            response.headers["strict-transport-security"] = f"max-age={seconds}"
        shared = policy["CorsConfig"]
        allowed = {"AllowOrigins": shared["AccessControlAllowOrigins"]["Items"]}
        found = cors.allowed(allowed, origin)
        exposed = shared.get("AccessControlExposeHeaders", {}).get("Items", [])
        if found and exposed:
            found["access-control-expose-headers"] = ", ".join(exposed)
        response.headers.update(found)

    def _forwarded(
        self, behavior: Mapping[str, Any], query: list[tuple[str, str]]
    ) -> dict[str, str]:
        """Return the parameters that the cache policy forwards, which are part of its key."""
        policy = self._named(behavior["CachePolicyId"])["CachePolicyConfig"]
        rules = policy["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"]
        return {name: value for name, value in query if name in rules.get("QueryStrings", [])}

    def _keys(self, behavior: Mapping[str, Any]) -> dict[str, str]:
        """Return the trusted public keys in PEM, by their ids."""
        trusted = {
            key
            for group in behavior["TrustedKeyGroups"]
            for key in self._named(group)["KeyGroupConfig"]["Items"]
        }
        return {
            key.ref: key.properties["PublicKeyConfig"]["EncodedKey"]
            for key in self._of_type("AWS::CloudFront::PublicKey")
            if key.ref in trusted
        }

    def _bucket(self, distribution: Resource) -> str:
        (origin,) = distribution.properties["DistributionConfig"]["Origins"]
        return str(origin["DomainName"]).partition(".s3.")[0]

    def _named(self, ref: str) -> Mapping[str, Any]:
        (found,) = (each for each in self.deployment().resources.values() if each.ref == ref)
        return found.properties

    def _of_type(self, kind: str) -> list[Resource]:
        return [each for each in self.deployment().resources.values() if each.type == kind]

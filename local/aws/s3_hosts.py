"""The host of a request to S3: which bucket it names, and whether that bucket is in its region.

docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html. Behind the address of the offline
S3, every request is path-style; by AWS's own names it is reached with `curl --connect-to`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.aws.signatures import RefusedError

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

GLOBAL = "us-east-1"  # the region that the global host leads to
_AMAZON = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:\.dualstack)?(?:[.-](?P<region>[a-z]+(?:-[a-z]+)+-\d+))?"
    r"\.amazonaws\.com",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"(?P<bucket>.+)\.localhost", re.IGNORECASE)
# Opened before 20 March 2019: only to these does the global host redirect.
_REDIRECTED = {
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1"),
    *("ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2"),
    *("eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
}


@dataclass(frozen=True)
class Host:
    """A host: the bucket that it names, or ""; its region, or "" for the global host.

    The region is None for an address of this machine, which stands for every region.
    """

    bucket: str
    region: str | None


def host_of(name: str) -> Host:
    """Read a Host header."""
    bare = name.rpartition(":")[0] if re.search(r":\d+$", name) else name
    if found := _AMAZON.fullmatch(bare):
        return Host(found["bucket"] or "", (found["region"] or "").lower())
    if found := _LOCAL.fullmatch(bare):
        return Host(found["bucket"], None)
    return Host("", None)


def check_region(host: Host, bucket: str, region: str) -> None:
    """Check that a bucket is in the region that the host of a request names.

    Args:
        host: of the request.
        bucket: that the request is for.
        region: of the bucket.

    Raises:
        RefusedError: S3 sends the client elsewhere.
    """
    if host.region is None or (host.region or GLOBAL) == region:
        return
    endpoint = f"{bucket}.s3.{region}.amazonaws.com"
    details = {"Endpoint": endpoint, "Bucket": bucket}
    if host.region:
        message = "The bucket must be addressed using the endpoint of its region"
        raise RefusedError(301, "PermanentRedirect", message, details)
    if region in _REDIRECTED:
        message = f"Please re-send this request to {endpoint}, which breaks the signature of a URL"
        raise RefusedError(307, "TemporaryRedirect", message, details)
    message = f"The {region} location constraint is incompatible for the global endpoint"
    raise RefusedError(400, "IllegalLocationConstraintException", message, {"Bucket": bucket})


def as_path_style(environ: WSGIEnvironment, host: Host, address: str) -> None:
    """Move the bucket from the host of a request to its path.

    Args:
        environ: of the request.
        host: of the request.
        address: host and port of this server.
    """
    if host == Host("", None):
        return
    environ["HTTP_HOST"] = address
    if host.bucket:
        for name in ("PATH_INFO", "RAW_URI", "REQUEST_URI"):
            environ[name] = f"/{host.bucket}{environ.get(name, '')}"

"""The body of an upload: decoded, and compared with the checksums that came with it.

moto stores whatever arrives, and takes a time quadratic in the size of a body in chunks. Encoding:
docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html; checksums:
docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from local.aws.checksums import ALGORITHMS, checksum
from local.aws.signatures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHECKSUM = "x-amz-checksum-"


def decoded(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Decode a body that may be sent in chunks.

    Args:
        body: as received.
        headers: of the request, by lower-case name.

    Returns:
        The object's data, and the headers as if the body had not been sent in chunks: trailers
        such as checksums are among them.

    Raises:
        RefusedError: the body is truncated or malformed.
    """
    if not headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        return body, dict(headers)
    data, trailers = _unchunked(body)
    if headers.get("x-amz-decoded-content-length", str(len(data))) != str(len(data)):
        raise _incomplete()
    encodings = [each.strip() for each in headers.get("content-encoding", "").split(",")]
    kept = ",".join(each for each in encodings if each and each != "aws-chunked")
    replaced = {
        **headers,
        **trailers,
        "content-encoding": kept,
        "content-length": str(len(data)),
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
        "x-amz-trailer": "",
        "x-amz-decoded-content-length": "",
    }
    return data, {name: value for name, value in replaced.items() if value}


def check_integrity(data: bytes, headers: Mapping[str, str]) -> None:
    """Compare data with the digests in the headers, or form fields, that came with it.

    Raises:
        RefusedError: a digest is malformed or does not match.
    """
    if (digest := headers.get("content-md5")) is not None:
        if len(_base64(digest)) != hashlib.md5(usedforsecurity=False).digest_size:
            raise RefusedError(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
        if _base64(digest) != hashlib.md5(data, usedforsecurity=False).digest():
            message = "The Content-MD5 you specified did not match what we received."
            raise RefusedError(400, "BadDigest", message)
    sha256 = headers.get("x-amz-content-sha256", "")
    if _SHA256.fullmatch(sha256) and sha256 != hashlib.sha256(data).hexdigest():
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise RefusedError(400, "XAmzContentSHA256Mismatch", message)
    _check_checksums(data, headers)


def _check_checksums(data: bytes, headers: Mapping[str, str]) -> None:
    given = {
        name.removeprefix(_CHECKSUM).upper(): value
        for name, value in headers.items()
        if name.removeprefix(_CHECKSUM).upper() in ALGORITHMS
    }
    if len(given) > 1:
        message = (
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
        raise RefusedError(400, "InvalidRequest", message)
    for algorithm, value in given.items():
        computed = checksum(algorithm, data)
        if len(_base64(value)) != len(_base64(computed)):
            message = f"Value for {_CHECKSUM}{algorithm.lower()} header is invalid."
            raise RefusedError(400, "InvalidRequest", message)
        if value != computed:
            message = f"The {algorithm} you specified did not match the calculated checksum."
            raise RefusedError(400, "BadDigest", message)


def _unchunked(body: bytes) -> tuple[bytes, dict[str, str]]:
    """The data of all chunks, and the trailers after the last one."""
    view, chunks, at = memoryview(body), [], 0
    while True:
        end = body.find(b"\r\n", at)
        try:
            size = int(body[at:end].split(b";")[0], 16)
        except ValueError as error:
            raise _incomplete() from error
        at = end + 2
        if size == 0:
            break
        chunks.append(view[at : at + size])
        at += size
        if body[at : at + 2] != b"\r\n":
            raise _incomplete()
        at += 2
    lines = (line.decode("latin-1").partition(":") for line in body[at:].splitlines())
    trailers = {name.strip().lower(): value.strip() for name, _, value in lines if value}
    return b"".join(chunks), trailers


def _base64(text: str) -> bytes:
    """The bytes that a text encodes; none if it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _incomplete() -> RefusedError:
    message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return RefusedError(400, "IncompleteBody", message)

"""Checks signed URLs as CloudFront does.

docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from local.aws.signatures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETERS = ("Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm")
"""What belongs to the signature; CloudFront does not pass it on."""

_HASHES = {"SHA1": SHA1, "SHA256": SHA256}
_ALPHABET = str.maketrans("-_~", "+=/")
_BITS = 2048


def check_signed_url(
    url: str, query: Mapping[str, str], keys: Mapping[str, str], now: float
) -> None:
    """Check the signature of a request and the policy that it is of.

    Args:
        url: of the request, with the parameters that do not belong to the signature.
        query: the parameters of the request.
        keys: the trusted public keys in PEM, by their ids.
        now: the time since the epoch, in seconds.

    Raises:
        RefusedError: CloudFront refuses the request.
    """
    missing = [name for name in ("Policy", "Signature", "Key-Pair-Id") if name not in query]
    if "Key-Pair-Id" in missing:
        raise RefusedError(403, "MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
    if missing:
        raise _denied()  # also for canned policies, which nothing here signs
    policy = _decoded(query["Policy"])
    key = keys.get(query["Key-Pair-Id"])
    algorithm = query.get("Hash-Algorithm", "SHA1")
    if key is None or algorithm not in _HASHES:
        raise _denied()
    _check_signature(key, policy, _decoded(query["Signature"]), algorithm)
    try:
        (statement,) = json.loads(policy)["Statement"]
        allowed = _allows(statement, url, now)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError(403, "MalformedPolicy", "Malformed Policy") from error
    if not allowed:
        raise _denied()


def public_key(pem: str) -> RSAPublicKey | EllipticCurvePublicKey:
    """Read a public key.

    Raises:
        ValueError: it is not one that CloudFront verifies signatures with.
    """
    key = load_pem_public_key(pem.encode())
    if isinstance(key, RSAPublicKey) and key.key_size == _BITS:
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    message = "not a public key of RSA with 2,048 bits or ECDSA P-256"
    raise ValueError(message)


def _check_signature(pem: str, message: bytes, signature: bytes, algorithm: str) -> None:
    key, digest = public_key(pem), _HASHES[algorithm]()
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, message, PKCS1v15(), digest)
        else:
            key.verify(signature, message, ECDSA(digest))
    except InvalidSignature as error:
        raise _denied() from error


def _allows(statement: Mapping[str, Any], url: str, now: float) -> bool:
    condition = statement["Condition"]
    unknown = condition.keys() - {"DateLessThan", "DateGreaterThan"}
    if unknown:
        message = f"the offline CloudFront knows no condition {', '.join(sorted(unknown))}"
        raise LookupError(message)
    until = condition["DateLessThan"]["AWS:EpochTime"]
    since = condition.get("DateGreaterThan", {}).get("AWS:EpochTime", 0)
    return since <= now < until and bool(_pattern(statement["Resource"]).fullmatch(url))


def _pattern(resource: str) -> re.Pattern[str]:
    """Compile a resource, in which `*` stands for anything and `?` for one character."""
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in resource)
    return re.compile("".join(parts))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.translate(_ALPHABET), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError(403, "MalformedPolicy", "Malformed Policy") from error


def _denied() -> RefusedError:
    return RefusedError(403, "AccessDenied", "Access denied")

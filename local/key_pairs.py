"""Throw-away keys with which the offline API signs the URLs of CloudFront."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRET = "offline/cloudfront-key"  # noqa: S105 - its name


class KeyPair(NamedTuple):
    """A private and a public key, in PEM."""

    private: str
    public: str


def made() -> KeyPair:
    """Make a pair of keys for ECDSA P-256, as the documented commands of openssl do."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(private.decode(), public.decode())


def given_or_made(parameters: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parameters of the template with a key pair, if they need one and have none.

    Returns:
        The parameters, and the secrets that have to exist, by name.
    """
    given = dict(parameters)
    wanted = given.get("Delivery") == "CLOUDFRONT"
    if not wanted or given.keys() & {"CloudFrontPublicKey", "CloudFrontPrivateKeySecret"}:
        return given, {}
    pair = made()
    keys = {"CloudFrontPublicKey": pair.public, "CloudFrontPrivateKeySecret": _SECRET}
    return given | keys, {_SECRET: pair.private}

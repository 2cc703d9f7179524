"""Signed URLs of CloudFront: one signature for all renditions of a version.

docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
"""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from api.delivery import Link
from api.expiry import as_text
from image_pipeline import stack_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# CloudFront's own alphabet: signs that need no escape in a query string.
_URL_SAFE = bytes.maketrans(b"+=/", b"-_~")


class CloudFront(NamedTuple):
    """Signed URLs of a distribution.

    Args:
        base_url: of the distribution, without a trailing slash.
        public_key_id: of the public key with which CloudFront checks the signatures.
        private_key_secret: name of the secret with the private key, in PEM.
        lifetime: of the URLs, in seconds.
    """

    base_url: str
    public_key_id: str
    private_key_secret: str
    lifetime: int

    def links(self, renditions: Iterable[dict[str, Any]]) -> list[Link]:
        """Return the URL of each rendition."""
        expires = int(time.time()) + self.lifetime
        signed: dict[str, str] = {}
        links = []
        for rendition in renditions:
            url = f"{self.base_url}/{quote(rendition['key'])}"
            folder = url.rpartition("/")[0]
            if folder not in signed:
                signed[folder] = self._signature(f"{folder}/*", expires)
            version = quote(rendition["version_id"], safe="")
            links.append(Link(f"{url}?versionId={version}&{signed[folder]}", as_text(expires)))
        return links

    def _signature(self, resource: str, expires: int) -> str:
        """Return the parameters that let their bearer read a resource with wildcards."""
        until = {"DateLessThan": {"AWS:EpochTime": expires}}
        statement = {"Resource": resource, "Condition": until}
        policy = json.dumps({"Statement": [statement]}, separators=(",", ":")).encode()
        signature = _signer(self.private_key_secret)(policy)
        return (
            f"Policy={_encoded(policy)}&Signature={_encoded(signature)}"
            f"&Key-Pair-Id={self.public_key_id}&Hash-Algorithm=SHA256"
        )


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).translate(_URL_SAFE).decode()


@cache
def _signer(secret: str) -> Callable[[bytes], bytes]:
    """Return the function that signs with the private key of a secret."""
    # Only here: it is in a layer of its own, which only a stack with a distribution has.
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(stack_secrets.read(secret), password=None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        curve = key
        return lambda message: curve.sign(message, ec.ECDSA(SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        modulus = key
        return lambda message: modulus.sign(message, padding.PKCS1v15(), SHA256())
    message = f"the key in {secret} is neither ECDSA nor RSA"
    raise ValueError(message)

"""URLs of renditions, as the API signs them for CloudFront; `tests/delivery` asks with them."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from api import cloudfront
from api.delivery import Presigned, delivery_of
from image_pipeline import stack_secrets
from local.aws.environment import isolated

with isolated():
    from local.aws.signatures import RefusedError
    from local.aws.signed_urls import check_signed_url

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://d111111abcdef8.cloudfront.net"
RENDITIONS = [
    {"key": f"{folder}/{name}", "version_id": version}
    for folder in ("image/one", "image/two words")
    for name, version in (("large.webp", "3x"), ("medium+.webp", "a&b"))
]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    cloudfront._signer.cache_clear()


def key(kind: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_cloudfront_accepts_the_signatures_of_either_kind_of_key(
    kind: str, form: PrivateFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = key(kind)
    pem = private.private_bytes(Encoding.PEM, form, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    asked = []

    def read(name: str) -> bytes:
        asked.append(name)
        return pem

    monkeypatch.setattr(stack_secrets, "read", read)
    delivery = delivery_of("bucket", 60, URL, "K2JCJMDEHXQW5F", "secret")
    before = int(time.time())
    links = delivery.links(RENDITIONS)
    trusted = {"K2JCJMDEHXQW5F": public.decode()}
    signatures = set()
    for link, rendition in zip(links, RENDITIONS, strict=True):
        parts = urlsplit(link.url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert query["versionId"] == rendition["version_id"]
        base = f"{URL}{parts.path}?versionId={query['versionId']}"
        check_signed_url(base, query, trusted, time.time())
        with pytest.raises(RefusedError):
            check_signed_url(base, query, trusted, before + 70)
        with pytest.raises(RefusedError):
            check_signed_url(base.replace("image/", "other/"), query, trusted, time.time())
        assert not set(query["Signature"] + query["Policy"]) & set("+=/")
        signatures.add(query["Signature"])
    assert asked == ["secret"]
    assert len(signatures) == 2  # one for each version
    assert {link.expires_at for link in links} == {links[0].expires_at}


def test_the_policy_says_what_until_when_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    pem = key("ecdsa").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    monkeypatch.setattr(stack_secrets, "read", lambda _name: pem)
    (link,) = delivery_of("bucket", 60, URL, "K1", "secret").links(RENDITIONS[:1])
    query = parse_qs(urlsplit(link.url).query)
    text = query["Policy"][0].translate(str.maketrans("-_~", "+=/"))
    policy = json.loads(base64.b64decode(text))
    expires = policy["Statement"][0]["Condition"]["DateLessThan"]["AWS:EpochTime"]
    condition = {"DateLessThan": {"AWS:EpochTime": expires}}
    assert policy == {"Statement": [{"Resource": f"{URL}/image/one/*", "Condition": condition}]}
    assert 0 <= expires - time.time() <= 60
    assert link.expires_at == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires))


def test_a_key_that_cannot_sign_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    monkeypatch.setattr(stack_secrets, "read", lambda _name: pem)
    with pytest.raises(ValueError, match="neither ECDSA nor RSA"):
        delivery_of("bucket", 60, URL, "K1", "secret").links(RENDITIONS[:1])


def test_without_a_distribution_urls_are_presigned() -> None:
    assert delivery_of("bucket", 60, None, None, None) == Presigned("bucket", 60)

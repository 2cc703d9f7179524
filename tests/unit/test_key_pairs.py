"""The throw-away keys of `serve` for CloudFront."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from local.aws.parameters import check_overrides
from local.key_pairs import given_or_made
from local.manifest import ROOT


def test_a_stack_with_a_distribution_gets_a_pair_of_keys_that_the_template_accepts() -> None:
    parameters, secrets = given_or_made({"Delivery": "CLOUDFRONT", "UrlLifetimeSeconds": "60"})
    check_overrides(ROOT / "template.yaml", parameters)
    private = load_pem_private_key(secrets[parameters["CloudFrontPrivateKeySecret"]].encode(), None)
    assert private.public_key() == load_pem_public_key(parameters["CloudFrontPublicKey"].encode())
    assert parameters["UrlLifetimeSeconds"] == "60"


def test_keys_of_ones_own_are_left_alone() -> None:
    for given in (
        {},
        {"Delivery": "PRESIGNED"},
        {"Delivery": "CLOUDFRONT", "CloudFrontPublicKey": "a"},
    ):
        assert given_or_made(given) == (given, {})

"""The offline AWS with a distribution, opened once for the tests in this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local import key_pairs
    from local.aws.offline import OfflineAws
    from local.aws.permissions import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = key_pairs.made()
PARAMETERS = {
    "Delivery": "CLOUDFRONT",
    # Consoles turn line breaks into spaces.
    "CloudFrontPublicKey": KEYS.public.strip().replace("\n", " "),
    "CloudFrontPrivateKeySecret": "image-pipeline/private-key",
    "UploadOrigins": "https://one.example",
}
SECRETS = {PARAMETERS["CloudFrontPrivateKeySecret"]: KEYS.private}


@pytest.fixture(scope="package")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws(parameters=PARAMETERS, secrets=SECRETS) as opened:
        yield opened


@pytest.fixture(scope="package", autouse=True)
def ledger(aws: OfflineAws) -> Iterator[Ledger]:
    """The calls of these tests, with the grants that allowed them."""
    ledger = Ledger(aws.deployment)
    with ledger.opened():
        yield ledger
    assert ledger.refused == []

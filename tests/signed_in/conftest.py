"""The offline AWS with a console and a user pool, opened once for the tests in this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws
    from local.aws.permissions import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator


PARAMETERS = {"Console": "true", "ApiAuth": "JWT"}


@pytest.fixture(scope="package")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws(parameters=PARAMETERS) as opened:
        yield opened


@pytest.fixture(scope="package", autouse=True)
def ledger(aws: OfflineAws) -> Iterator[Ledger]:
    """The calls of these tests, with the grants that allowed them."""
    ledger = Ledger(aws.deployment)
    with ledger.opened():
        yield ledger

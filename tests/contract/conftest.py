"""The offline AWS with an API that asks for tokens, for clients that know only its document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.auth import callers
    from local.aws.issuer import Issuer
    from local.aws.offline import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator


ISSUER = Issuer()


@pytest.fixture(scope="package")
def aws() -> Iterator[OfflineAws]:
    """The deployed template; its API asks for tokens of `ISSUER`."""
    with OfflineAws(parameters=callers("jwt", {}), keys=ISSUER.keys) as opened:
        yield opened

"""The offline AWS for the tests of faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from tests.faults.uploads import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws.offline import OfflineAws


@pytest.fixture(scope="package")
def aws() -> Iterator[OfflineAws]:
    """The offline AWS with the deployed template; functions run in this process, one at a time."""
    with opened() as opened_aws:
        yield opened_aws

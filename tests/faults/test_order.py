"""Events that arrive late, twice, out of order or at once; uploads replaced on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():
    from local.aws import events
    from tests.faults.orders import (
        ORDERS,
        STATES,
        check_deleted_before_any_call,
        check_newest,
        check_order,
        check_overwritten_before,
        shuffled,
    )

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


@pytest.mark.parametrize("times", [10, pytest.param(40, marks=pytest.mark.faults)])
def test_of_many_concurrent_overwrites_in_any_order_the_newest_stays(
    aws: OfflineAws, times: int
) -> None:
    key = f"uploads/overwritten/{times}.jpg"
    delivered, mixed = shuffled(aws, key, times)
    with ThreadPoolExecutor(times) as pool:
        list(pool.map(events.publish, mixed))
    check_newest(aws, key, delivered)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_the_order_of_events_does_not_matter(aws: OfflineAws, order: tuple[int, ...]) -> None:
    check_order(aws, order)


@pytest.mark.parametrize("state", STATES)
def test_an_upload_overwritten_before_a_step_ends_as_its_newest_version(
    aws: OfflineAws, state: str
) -> None:
    check_overwritten_before(aws, state)


@pytest.mark.faults
def test_an_upload_deleted_before_any_call_ends_as_deleted(aws: OfflineAws) -> None:
    check_deleted_before_any_call(aws)

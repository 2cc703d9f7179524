"""Calls that fail and events in any order where uploads wait in a queue.

`make faults` tries every call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():
    from local.aws import events
    from tests.faults import page
    from tests.faults.backfill import Backfill
    from tests.faults.matrix import Case, new_sites, sites, try_out
    from tests.faults.orders import (
        ORDERS,
        STATES,
        check_deleted_before_any_call,
        check_newest,
        check_order,
        check_overwritten_before,
        shuffled,
    )
    from tests.faults.trial import FOR_GOOD, Fault, Site
    from tests.faults.uploads import uploads

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

RULE = Site("UploadRule", "sqs", "SendMessage", "", 1)
DISPATCH = Site("DispatchFunction", "stepfunctions", "StartSyncExecution", "", 1)
STORE = Site("StoreFunction", "dynamodb", "UpdateItem", "", 1)


@pytest.mark.parametrize(
    ("site", "kind", "times"),
    [
        (RULE, "throttled", 1),
        (RULE, "access denied", 1),
        (RULE, "answer lost", 2),
        (DISPATCH, "killed after", 2),
        (DISPATCH, "server error", FOR_GOOD),
        (STORE, "answer lost", 2),
        (STORE, "server error", FOR_GOOD),
    ],
    ids=str,
)
def test_no_invariant_is_violated_whatever_fails(
    aws: OfflineAws, site: Site, kind: str, times: int
) -> None:
    assert try_out(aws, Case("plain", Fault(site, kind, times), "EXPRESS")).violations == ()


@pytest.mark.parametrize("times", [10, pytest.param(40, marks=pytest.mark.faults)])
def test_of_many_overwrites_in_any_order_the_newest_stays(aws: OfflineAws, times: int) -> None:
    key = f"uploads/overwritten/{times}.jpg"
    delivered, mixed = shuffled(aws, key, times)
    for event in mixed:  # up to ten of them are in work at once
        events.publish(event)
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


@pytest.mark.faults
def test_a_backfill_is_paused_and_resumed_while_calls_fail(aws: OfflineAws) -> None:
    pictures = 100
    outcome = Backfill(aws, pictures, rate=0.01).run()
    assert outcome.faults.total() > pictures / 20
    assert pictures / 2 <= outcome.started[0]
    # Without an answer of Rekognition, a picture waits for review.
    assert outcome.statuses.keys() <= {"approved", "review"}
    assert outcome.statuses.total() == pictures
    assert set(outcome.outcomes.values()) == {1}
    assert outcome.report == {"done": pictures}


def test_the_page_has_a_row_for_every_call_in_the_order_of_the_workflow(aws: OfflineAws) -> None:
    found = {upload: sites(aws, upload) for upload in uploads()}
    rows = page.rows(page.PATH.read_text(encoding="utf-8"), "EXPRESS")
    assert rows == [str(site) for _, calls in new_sites(found) for site in calls], "run make faults"

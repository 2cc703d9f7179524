"""Which records a rerun selects, what it starts for them, and how patiently."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from image_pipeline.attribute_values import encode, encode_item
from ops.pace import Pace, Patience
from ops.quantities import count, parse_time, positive
from ops.rerun.selection import Selection, execution_name, is_from_rerun
from ops.table import Table

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
MACHINE = "arn:aws:states:us-east-1:123456789012:execution:pipeline"


def record(**facts: Any) -> dict[str, Any]:
    return {
        "image_id": "a" * 26,
        "key": "uploads/shop/a.jpg",
        "status": "failed",
        "reason": "internal_error",
        "claimed_at": "2026-05-01T11:59:00.000Z",
        "processed_at": "2026-05-01T12:00:00.000Z",
        "sequencer": "0A",
        "execution": f"{MACHINE}:one",
        **facts,
    }


@pytest.mark.parametrize(
    ("selection", "selected"),
    [
        (Selection(), True),
        (Selection(statuses=("failed",), reasons=("internal_error",)), True),
        (Selection(statuses=("rejected", "review")), False),
        (Selection(reasons=("stuck",)), False),
        (Selection(prefix="uploads/shop/"), True),
        (Selection(prefix="uploads/other/"), False),
        (Selection(since=NOON), True),
        (Selection(since=NOON + timedelta(seconds=1)), False),
        (Selection(until=NOON), False),
        (Selection(until=NOON + timedelta(seconds=1)), True),
        (Selection(since=NOON - timedelta(hours=1), until=NOON), False),
    ],
)
def test_a_record_is_selected_if_it_meets_every_condition(
    selection: Selection, selected: bool
) -> None:
    assert selection.holds(record()) is selected


def test_a_record_that_is_not_finished_has_the_time_of_its_claim() -> None:
    unfinished = record(status="processing")
    del unfinished["processed_at"], unfinished["reason"]
    assert not Selection(since=NOON).holds(unfinished)
    assert Selection(since=NOON - timedelta(minutes=1)).holds(unfinished)
    assert not Selection(reasons=("stuck",)).holds(unfinished)


@pytest.mark.parametrize(
    "item",
    [{"image_id": "sweep", "key": "uploads/z"}, {"image_id": "sweep"}, record(key=7) | {"key": ""}],
)
def test_what_is_not_a_record_of_an_upload_is_never_selected(item: dict[str, Any]) -> None:
    assert not Selection(prefix="uploads/").holds(item)


@given(st.text(), st.text())
def test_every_attempt_has_one_name_that_step_functions_accepts(
    sequencer: str, execution: str
) -> None:
    attempt = record(sequencer=sequencer, execution=execution)
    name = execution_name(attempt)
    assert name == execution_name(record(sequencer=sequencer, execution=execution, status="x"))
    assert len(name) <= 80
    assert name.replace("-", "").isalnum()
    assert name != execution_name(record(sequencer=sequencer, execution=execution + "2"))
    assert is_from_rerun(record(execution=f"{MACHINE}:{name}"))
    assert is_from_rerun(record(execution=f"{MACHINE}:{name}/ending"))


def test_the_whole_table_is_read_page_by_page_within_its_read_units() -> None:
    pages = [
        {
            "Items": [encode_item(record(image_id=f"{number}" * 26))],
            "ScannedCount": 100,
            "ConsumedCapacity": {"CapacityUnits": 150.0},
            **({"LastEvaluatedKey": {"image_id": encode(str(number))}} if number < 2 else {}),
        }
        for number in range(3)
    ]
    asked: list[dict[str, Any]] = []
    slept: list[float] = []

    class Database:
        def scan(self, **parameters: Any) -> Any:
            asked.append(parameters)
            return pages[len(asked) - 1]

    table = Table(
        Database(),
        "images",
        Pace(300.0, lambda: 0.0, slept.append),
        Patience(slept.append),  # type: ignore[arg-type]
    )
    found = list(table.scan(Selection(prefix="uploads/")))
    assert [each["image_id"][0] for each in found] == ["0", "1", "2"]
    starts = [each.get("ExclusiveStartKey") for each in asked]
    assert starts == [None, {"image_id": {"S": "0"}}, {"image_id": {"S": "1"}}]
    assert table.read == 300
    assert slept == pytest.approx([0.5, 1.0])


class Listed:
    """A table whose index by status lists some images, two on a page.

    Args:
        lists: the ids of images in the first partition of each status.
        leaves: how often it leaves the last key of a batch for another call.
    """

    def __init__(self, lists: dict[str, list[str]], leaves: int = 0) -> None:
        self.lists = lists
        self.asked: list[list[str]] = []
        self._leaves = leaves

    def query(self, **query: Any) -> Any:
        status, _, shard = query["ExpressionAttributeValues"][":partition"]["S"].partition("#")
        ids = self.lists.get(status, []) if shard == "0" else []
        start = int(query.get("ExclusiveStartKey", 0))
        items = [{"image_id": encode(each)} for each in ids[start : start + 2]]
        following = {"LastEvaluatedKey": start + 2} if ids[start + 2 :] else {}
        return {"Items": items, "ConsumedCapacity": {"CapacityUnits": 0.5}, **following}

    def batch_get_item(self, RequestItems: Any, **_: Any) -> Any:  # noqa: N803 - AWS's name
        keys = RequestItems["images"]["Keys"]
        left = keys[-1:] if self._leaves and len(keys) > 1 else []
        self._leaves -= bool(left)
        read = [each["image_id"]["S"] for each in keys if each not in left]
        self.asked.append(read)
        return {
            "Responses": {"images": [encode_item(record(image_id=each)) for each in read]},
            "ConsumedCapacity": [{"CapacityUnits": 3.0}],
            "UnprocessedKeys": {"images": {"Keys": left}} if left else {},
        }


def test_only_records_with_the_status_are_read_within_the_read_units() -> None:
    database, slept = (
        Listed({"failed": list("abcde"), "approved": list("xyz")}, leaves=1),
        list[float](),
    )
    pace = Pace(10.0, lambda: 0.0, slept.append)
    table = Table(database, "images", pace, Patience(slept.append))  # type: ignore[arg-type]
    found = [each["image_id"] for each in table.selected(Selection(statuses=("failed",)))]
    assert found == ["a", "b", "c", "d", "e"]
    assert database.asked == [["a", "b", "c", "d"], ["e"]]
    assert table.read == 5
    # Three pages of the first of eight partitions, seven more pages, and two batches.
    assert slept[-1] == pytest.approx((10 * 0.5 + 3.0) / 10)


def test_a_record_that_moves_to_another_list_meanwhile_is_yielded_once() -> None:
    database = Listed({"failed": [f"f{number}" for number in range(150)], "review": ["r"]})
    table = Table(database, "images", Pace(1e9), Patience(lambda _: None))
    found = []
    for each in table.with_status(("failed", "review")):
        found.append(each["image_id"])
        if each["image_id"] == "f0":  # its rerun ends in review
            database.lists["review"].append("f0")
    assert sorted(found) == sorted([*(f"f{number}" for number in range(150)), "r"])


def test_other_executions_are_not_mistaken_for_a_rerun() -> None:
    assert not is_from_rerun(record())
    assert not is_from_rerun(record(execution=f"{MACHINE}-rerun-a:sweep-b"))
    assert not is_from_rerun({})


def test_the_pace_is_kept_over_calls_of_any_duration() -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(5.0, lambda: now[0], sleep)
    for _ in range(6):
        pace.spend()
    assert sum(slept) == pytest.approx(1.0)
    now[0] += 10  # idle time is not saved up
    pace.spend()
    pace.spend()
    assert sum(slept) == pytest.approx(1.2)
    pace.spend(50)
    pace.spend()
    assert sum(slept) == pytest.approx(1.2 + 0.2 + 10)


def throttle(code: str = "ThrottlingException", status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "StartExecution")


@pytest.mark.parametrize(
    "passing",
    [throttle(), throttle("Anything", 503), EndpointConnectionError(endpoint_url="http://a")],
)
def test_what_may_pass_is_waited_for_at_most_a_minute_at_a_time(passing: Exception) -> None:
    failures, slept, said = [passing] * 12, [], []  # type: ignore[var-annotated]

    def call() -> str:
        if failures:
            raise failures.pop()
        return "started"

    assert Patience(said.append, slept.append)(call) == "started"
    assert len(slept) == len(said) == 12
    assert all(0 <= seconds <= min(60, 2**number) for number, seconds in enumerate(slept))


@pytest.mark.parametrize(
    ("error", "waits"), [(throttle("AccessDeniedException"), 0), (throttle(), 20)]
)
def test_anything_else_and_a_throttle_without_end_are_raised(
    error: ClientError, waits: int
) -> None:
    slept: list[float] = []

    def call() -> None:
        raise error

    with pytest.raises(ClientError):
        Patience(lambda _line: None, slept.append)(call)
    assert len(slept) == waits


def test_times_are_utc_unless_they_have_an_offset() -> None:
    assert parse_time("2026-05-01") == datetime(2026, 5, 1, tzinfo=UTC)
    assert parse_time("2026-05-01T14:00+02:00") == NOON
    assert parse_time("2026-05-01T12:00Z") == NOON
    before = datetime.now(UTC) - timedelta(hours=6)
    assert timedelta() <= parse_time("6h") - before < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((parse_time, text) for text in ("yesterday", "", "6w", "2026-13-01")),
        *((positive, text) for text in ("0", "-1", "nan", "inf", "five")),
        *((count, text) for text in ("0", "-1", "1.5", "")),
    ],
)
def test_quantities_that_make_no_sense_are_refused(parse: Any, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is n"):
        parse(text)

"""Which outcomes `python -m ops webhooks replay` finds, and how it sends them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from image_pipeline.attribute_values import encode_item
from image_pipeline.history import HISTORY, changing, event, facts
from image_pipeline.identity import image_id
from image_pipeline.list_index import list_attributes
from local.errors import UsageError
from ops.arguments import parse
from ops.webhooks.outcomes import Outcome, Period, outcomes_in
from ops.webhooks.replay import Options, replay

from .conftest import TABLE, UPLOADS, Account

DAY = datetime(2026, 5, 2, tzinfo=UTC)
PERIOD = Period(DAY, DAY + timedelta(days=1))
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/webhooks"


def at(hour: int, day: int = 2) -> str:
    return f"2026-05-{day:02}T{hour:02}:00:00.000Z"


def claimed(key: str, hour: int, day: int = 2) -> dict[str, Any]:
    """A record that was claimed at an hour, without a history."""
    return {
        "image_id": image_id(key),
        "key": key,
        "status": "processing",
        "created_at": at(hour, day),
        "uploaded_at": at(hour, day),
        "claimed_at": at(hour, day),
        "sequencer": "0A".ljust(64, "0"),
        "announced_as": "0A",
        "execution": "one",
        "source": {"version_id": "version"},
    }


def told(record: dict[str, Any], *outcomes: dict[str, Any]) -> dict[str, Any]:
    """Append outcomes to the history of a record, which begins with its claim."""
    history = [event("claimed", at=record["claimed_at"]) | {"record": facts(record)}]
    for outcome in outcomes:
        history.append(changing(event(outcome["status"]), outcome))
        record = record | outcome
    return record | {HISTORY: history}


def outcome(status: str, hour: int, day: int = 2, **more: Any) -> dict[str, Any]:
    return {"status": status, "processed_at": at(hour, day), **more}


def found(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.at, each.status) for each in outcomes_in(PERIOD, record, UPLOADS)]


def test_every_outcome_of_a_version_in_the_period_is_found() -> None:
    decision = {"decision": "approve", "by": "somebody", "at": at(20)}
    record = told(
        claimed("uploads/a", 1),
        outcome("review", 2, reason="moderation_review"),
        outcome("approved", 20, decision=decision),
    )
    first, second = outcomes_in(PERIOD, record, UPLOADS)
    identifier = image_id("uploads/a")
    assert first.id == f"{identifier}/version/review"
    assert second.id == f"{identifier}/version/approved/{at(20)}"
    assert json.loads(first.body)["reason"] == "moderation_review"
    assert json.loads(first.body)["processed_at"] == at(2)
    assert json.loads(second.body) == {
        "id": second.id,
        "image_id": identifier,
        "status": "approved",
        "reason": "moderation_review",
        "key": "uploads/a",
        "version_id": "version",
        "sequencer": "0A",
        "uploaded_at": at(1),
        "processed_at": at(20),
    }


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (claimed("uploads/a", 1), []),
        (claimed("uploads/a", 1) | outcome("approved", 2), [(at(2), "approved")]),
        (told(claimed("uploads/a", 1), outcome("failed", 0)), [(at(0), "failed")]),
        (told(claimed("uploads/a", 1), outcome("failed", 0, day=3)), []),
        (told(claimed("uploads/a", 1), outcome("failed", 23, day=1)), []),
        # A repeated attempt writes its outcome again: that is one.
        (
            told(claimed("uploads/a", 1), outcome("failed", 2), outcome("failed", 3)),
            [(at(3), "failed")],
        ),
        (
            told(claimed("uploads/a", 1), outcome("approved", 2), outcome("deleted", 3)),
            [(at(2), "approved"), (at(3), "deleted")],
        ),
    ],
)
def test_other_records(record: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(record) == expected


def test_an_earlier_version_has_nothing_left_to_announce() -> None:
    before = told(claimed("uploads/a", 1), outcome("approved", 2))
    history = [
        {name: value for name, value in each.items() if name not in {"record", "set"}}
        for each in before[HISTORY]
    ]
    now = told(claimed("uploads/a", 5), outcome("rejected", 6))
    assert found(now | {HISTORY: history + now[HISTORY]}) == [(at(6), "rejected")]


class Stack:
    """An account with a stack that has a webhook."""

    def __init__(self, account: Account, url: str = "https://hooks.example/") -> None:
        self.account, self._url = account, url
        self.sent: list[dict[str, Any]] = []
        self.fails_after = 10**9

    def client(self, service: str) -> Any:
        return {"dynamodb": self.account.dynamodb, "sqs": self, "cloudformation": self}[service]

    @property
    def meta(self) -> Any:
        return self.account.dynamodb.meta

    def describe_stacks(self, **_: Any) -> Any:
        outputs = {"ImagesTableName": TABLE, "UploadsBucketName": UPLOADS}
        found = {
            "StackName": "stack",
            "StackStatus": "CREATE_COMPLETE",
            "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()],
            "Parameters": [{"ParameterKey": "WebhookUrl", "ParameterValue": self._url}],
        }
        return {"Stacks": [found]}

    def describe_stack_resource(self, **_: Any) -> Any:
        return {"StackResourceDetail": {"PhysicalResourceId": QUEUE}}

    def send_message(self, **message: Any) -> None:
        if len(self.sent) >= self.fails_after:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "SendMessage")
        self.sent.append(message)

    def put(self, *records: dict[str, Any]) -> None:
        for record in records:
            item = encode_item(record | list_attributes(record))
            self.account.dynamodb.put_item(TableName=TABLE, Item=item)

    def replay(self, **options: Any) -> list[str]:
        lines: list[str] = []
        given = Options(rate=1e9, **options)
        try:
            replay(self, "stack", PERIOD, given, lines.append)  # type: ignore[arg-type]
        except ClientError:
            lines.append("failed")
        return lines


def test_outcomes_are_sent_in_their_order(account: Account) -> None:
    stack = Stack(account)
    early = claimed("uploads/late", 0, day=1) | {"created_at": "2026-04-01T00:00:00.000Z"}
    hours = [5, 3, 9, 1]
    stack.put(
        *(
            told(claimed(f"uploads/{hour}", 0), outcome(status, hour))
            for hour, status in zip(
                hours, ("approved", "rejected", "failed", "deleted"), strict=True
            )
        ),
        claimed("uploads/open", 2),
        told(early, outcome("approved", 4)),  # known before the days that are looked at
    )
    lines = stack.replay()
    bodies = [json.loads(each["MessageBody"]) for each in stack.sent]
    assert [each["key"] for each in bodies] == [f"uploads/{hour}" for hour in sorted(hours)]
    assert {each["QueueUrl"] for each in stack.sent} == {QUEUE}
    assert lines[0] == "4 outcomes of images that were uploaded since 2026-04-30 00:00 UTC"
    assert lines[-1] == "4 sent"
    stack.sent.clear()
    stack.replay(uploaded_since=datetime(2026, 4, 1, tzinfo=UTC))
    assert len(stack.sent) == 5


def test_many_images_are_read_in_parts(account: Account) -> None:
    stack = Stack(account)
    stack.put(*(told(claimed(f"uploads/{n}", 0), outcome("approved", n % 24)) for n in range(130)))
    stack.replay()
    assert len({json.loads(each["MessageBody"])["id"] for each in stack.sent}) == 130


def test_what_is_left_is_told_with_the_time_to_go_on_from(account: Account) -> None:
    stack = Stack(account)
    stack.put(*(told(claimed(f"uploads/{n}", 0), outcome("approved", n)) for n in range(3)))
    stack.fails_after = 1
    assert stack.replay()[-3:] == ["1 sent", f"2 not sent: go on with --since {at(1)}", "failed"]


def test_a_dry_run_sends_nothing(account: Account) -> None:
    stack = Stack(account)
    stack.put(told(claimed("uploads/a", 0), outcome("approved", 1)))
    lines = stack.replay(dry_run=True)
    assert lines[-2:] == [f"{at(1)}  approved  {image_id('uploads/a')}", "1 would be sent"]
    assert stack.sent == []


def test_a_stack_without_a_webhook_is_told(account: Account) -> None:
    with pytest.raises(UsageError, match="has no WebhookUrl"):
        Stack(account, url="").replay()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["replay"],
        ["replay", "--since", "soon"],
        ["replay", "--since", "2h", "--until", "3h"],
        ["replay", "--since", "2h", "--rate", "0"],
        ["send", "--since", "2h"],
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["webhooks", *arguments])
    assert "error: " in capsys.readouterr().err.splitlines()[-1]


def test_times_are_ordered_as_text() -> None:
    """Replays go on from the time of an outcome, which the next command reads."""
    given = parse(["webhooks", "replay", "--since", at(1)])
    assert given.since == datetime(2026, 5, 2, 1, tzinfo=UTC)
    assert Outcome(at(1), "b", "", "", "") < Outcome(at(2), "a", "", "", "")

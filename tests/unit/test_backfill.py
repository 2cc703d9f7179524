"""What a backfill decides about each key of a batch, and the work that it writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from backfill.decisions import DONE_SINCE, Batch, decide
from image_pipeline import aws
from image_pipeline.attribute_values import encode_item
from image_pipeline.errors import Throttled
from image_pipeline.fingerprint import Change, Fingerprint
from image_pipeline.identity import image_id
from ops.backfill import report

from .conftest import RENDITIONS, TABLE

if TYPE_CHECKING:
    from .conftest import Account, Context

NOW = Fingerprint("renditions", "metadata", "policy", "engine")
SINCE = "2026-05-01T12:00:00.000Z"
BEFORE, AFTER = "2026-05-01T11:59:59.999Z", "2026-05-01T12:00:00.001Z"


def batch(*keys: str, only: str = "", source: str = "prefix") -> Batch:
    return Batch("backfill-1", "backfill-1-run1", SINCE, only, source, keys)


def record(status: str = "approved", **facts: Any) -> dict[str, Any]:
    outcome: dict[str, Any] = {"moderation": {"labels": []}, "processed_at": BEFORE}
    return {"status": status, "fingerprint": NOW._asdict(), **outcome, **facts}


def changed(**parts: str) -> dict[str, Any]:
    return record(fingerprint={**NOW._asdict(), **parts})


@pytest.mark.parametrize(
    ("known", "action", "why"),
    [
        (None, Change.ALL, ""),
        (record(), Change.SKIP, "done"),
        (record("failed", processed_at=AFTER), Change.ALL, ""),
        (record("processing"), Change.SKIP, "in work"),
        (record("pending"), Change.SKIP, "nothing was uploaded"),
        (record("deleted"), Change.SKIP, "gone"),
        ({"status": "rejected", "processed_at": BEFORE}, Change.SKIP, "refused as a file"),
        (changed(renditions="others"), Change.RENDITIONS, ""),
        (changed(policy="another"), Change.JUDGE, ""),
        (changed(renditions="others", policy="another"), Change.ALL, ""),
        (changed(metadata="more"), Change.ALL, ""),
        (record(fingerprint={}), Change.ALL, ""),
        (record(fingerprint={}, processed_at=AFTER), Change.SKIP, DONE_SINCE),
    ],
)
def test_the_record_decides(known: dict[str, Any] | None, action: Change, why: str) -> None:
    key = "uploads/a.jpg"
    records = {} if known is None else {image_id(key): known}
    (decision,) = decide(batch(key), records, b"", NOW)
    assert (decision.key, decision.action, decision.why) == (key, action, why)


def test_only_one_kind_of_work_can_be_asked_for() -> None:
    keys = ("uploads/a", "uploads/b")
    records = {image_id(keys[0]): changed(renditions="others")}
    wanted, other = decide(batch(*keys, only="renditions"), records, b"", NOW)
    assert wanted.action is Change.RENDITIONS
    assert (other.action, other.why) == (Change.SKIP, "not asked for: all")


def test_folders_of_the_console_are_skipped() -> None:
    (decision,) = decide(batch("uploads/folder/"), {}, b"", NOW)
    assert (decision.action, decision.why) == (Change.SKIP, "a folder")


@pytest.mark.parametrize("key", ["uploads/a b+c.jpg", "uploads/a%20b.jpg", "uploads/ü.jpg"])
def test_an_inventory_may_encode_its_keys(key: str) -> None:
    from urllib.parse import quote_plus

    records = {image_id(key): record()}
    for named in (key, quote_plus(key, safe="/")):
        (decision,) = decide(batch(named, source="inventory"), records, b"", NOW)
        assert decision.key == key


def test_other_sources_do_not_encode_keys() -> None:
    (decision,) = decide(batch("uploads/a+b%20c"), {}, b"", NOW)
    assert decision.key == "uploads/a+b%20c"


def test_a_key_that_is_named_twice_is_decided_about_once() -> None:
    assert len(decide(batch("uploads/a", "uploads/a"), {}, b"", NOW)) == 1


def invoke(context: Any, *keys: str) -> dict[str, Any]:
    from backfill.handler import handler

    event = {
        "items": [{"key": key} for key in keys],
        "batch": {
            "backfill": "backfill-1",
            "run": "backfill-1-run1",
            "since": SINCE,
            "only": "",
            "source": "prefix",
        },
    }
    found: dict[str, Any] = handler(event, context)
    return found


def work(account: Account) -> list[dict[str, Any]]:
    lines = []
    for key in account.rendition_keys():
        body = account.s3.get_object(Bucket=RENDITIONS, Key=key)["Body"].read()
        lines += [json.loads(line) for line in body.splitlines()]
    return lines


def test_the_work_names_an_execution_for_each_image(account: Account, context: Context) -> None:
    keys = [f"uploads/{number}.jpg" for number in range(130)]
    gone = {"image_id": image_id(keys[0]), "status": "deleted"}
    account.dynamodb.put_item(TableName=TABLE, Item=encode_item(gone))

    decisions = invoke(context, *keys)["decisions"]

    assert decisions[0] == {"key": keys[0], "action": "skip", "why": "gone"}
    assert decisions[1:] == [{"key": key, "action": "all"} for key in keys[1:]]
    lines = work(account)
    assert [line["key"] for line in lines] == keys[1:]
    assert len({line["name"] for line in lines}) == len(lines)
    assert all(line["name"].startswith(f"backfill-{image_id(line['key'])}-") for line in lines)
    assert lines[0]["event"]["detail"]["object"] == {"key": keys[1]}
    assert all(key.startswith("backfill/backfill-1/") for key in account.rendition_keys())


def test_a_repeated_batch_writes_the_same_file(account: Account, context: Context) -> None:
    invoke(context, "uploads/a")
    before = account.rendition_keys()
    invoke(context, "uploads/a")
    assert account.rendition_keys() == before
    assert len(work(account)) == 1


def test_a_batch_without_work_writes_nothing(account: Account, context: Context) -> None:
    assert len(invoke(context, "uploads/folder/")["decisions"]) == 1
    assert account.rendition_keys() == set()


def test_records_that_dynamodb_leaves_out_are_asked_for_again(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, asked = aws.dynamodb(), []
    genuine = client.batch_get_item

    def halved(**given: Any) -> Any:
        keys = given["RequestItems"][TABLE]["Keys"]
        asked.append(len(keys))
        half = (len(keys) + 1) // 2
        given["RequestItems"][TABLE]["Keys"] = keys[:half]
        answer = genuine(**given)
        left = {TABLE: {"Keys": keys[half:]}} if keys[half:] else {}
        return {**answer, "UnprocessedKeys": left}

    monkeypatch.setattr(client, "batch_get_item", halved)
    keys = ["uploads/a", "uploads/b", "uploads/c", "uploads/d"]
    for key in keys:
        item = {"image_id": image_id(key), "status": "deleted"}
        account.dynamodb.put_item(TableName=TABLE, Item=encode_item(item))
    assert {each["why"] for each in invoke(context, *keys)["decisions"]} == {"gone"}
    assert asked == [4, 2, 1]


def test_a_table_that_answers_nothing_is_throttled(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(**given: Any) -> Any:
        return {"Responses": {}, "UnprocessedKeys": given["RequestItems"]}

    monkeypatch.setattr(aws.dynamodb(), "batch_get_item", nothing)
    with pytest.raises(Throttled):
        invoke(context, "uploads/a")
    with pytest.raises(ClientError):
        account.s3.head_object(Bucket=RENDITIONS, Key="backfill/backfill-1/work")


def line(key: str, outcome: str) -> report.Line:
    return report.Line(key, outcome)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ((("run1", "left"), ("run1", "done")), "done"),
        ((("run1", "left"), ("run1", "failed")), "failed"),
        ((("run1", "failed"), ("run2", "left"), ("run2", "done")), "done"),
        ((("run1", "done"), ("run2", "skipped")), "done"),
        ((("run1", "done"), ("run2", "failed")), "done"),
        ((("run9", "failed"), ("run10", "left")), "left"),
        ((("run1", "left"), ("run2", "skipped")), "skipped"),
    ],
)
def test_the_report_has_one_line_for_each_key(
    told: tuple[tuple[str, str], ...], outcome: str
) -> None:
    lines = [(run, line("uploads/a", each)) for run, each in told]
    for order in (lines, lines[::-1]):
        assert report.merged(iter(order)) == [line("uploads/a", outcome)]


def test_the_report_knows_what_an_earlier_run_has_done() -> None:
    assert report.DONE_SINCE == DONE_SINCE
    decided = [
        {"key": "a", "action": "skip", "why": DONE_SINCE},
        {"key": "b", "action": "skip", "why": "gone"},
        {"key": "c", "action": "renditions"},
    ]
    child = {"Status": "SUCCEEDED", "Output": json.dumps({"decisions": decided})}
    assert [each.outcome for each in report._selected(child)] == ["done", "skipped", "left"]


@pytest.mark.parametrize(
    ("status", "outcome"), [("FAILED", "failed"), ("ABORTED", "left"), ("PENDING", "left")]
)
def test_a_batch_that_was_not_decided_about_is_told_by_its_keys(status: str, outcome: str) -> None:
    given = json.dumps({"Items": [{"key": "a"}, {"key": "b"}]})
    child = {"Status": status, "Input": given, "Error": "ConfigError", "Cause": "not JSON"}
    assert [(each.key, each.outcome, each.why) for each in report._selected(child)] == [
        ("a", outcome, "ConfigError"),
        ("b", outcome, "ConfigError"),
    ]


def test_a_failed_image_is_told_with_the_error_of_its_pipeline() -> None:
    given = json.dumps({"key": "a", "action": "all"})
    cause = json.dumps({"Error": "KeyError", "Status": "FAILED"})
    child = {"Status": "FAILED", "Input": given, "Error": "States.TaskFailed", "Cause": cause}
    assert list(report._processed(child)) == [report.Line("a", "failed", "all", "KeyError")]

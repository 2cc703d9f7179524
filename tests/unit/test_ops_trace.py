"""What `python -m ops trace` makes of a record and a history, without AWS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from image_pipeline.errors import Reason
from image_pipeline.status import Status
from ops.trace import timeline
from ops.trace.advice import Advice, Situation, advise, without_record
from ops.trace.printing import Life
from ops.trace.timeline import Entry

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
STORED = {"VersionId": "v1", "IsLatest": True, "Size": 9, "LastModified": NOW}
MESSAGE = "f73accd0-43f6-4960-b553-43a7599461ef"
RERUN = "python -m ops rerun --stack pictures --key 'uploads/a b.jpg'"


def record(status: str, reason: str | None = None, **facts: Any) -> dict[str, Any]:
    return {
        "image_id": "a" * 26,
        "key": "uploads/a b.jpg",
        "status": status,
        "uploaded_at": "2026-11-27T11:59:00Z",
        "source": {"version_id": "v1"},
        **({"reason": reason} if reason else {}),
        **facts,
    }


def situation(**changes: Any) -> Situation:
    known = Situation("pictures", "uploads/a b.jpg", STORED, True, "", "", frozenset(), NOW)
    return known._replace(**changes)


@pytest.mark.parametrize(
    ("given", "found", "state", "following"),
    [
        (record("review", "moderation_review"), {}, "waiting for manual review.", "a reviewer"),
        (record("review", "moderation_unavailable"), {}, "moderation was not available", RERUN),
        (record("approved"), {}, "can be read", "nothing to do"),
        (record("approved", renditions=[{"key": "x"}]), {}, "1 of its renditions", RERUN),
        (record("approved", awaits="announcement"), {}, "announcement is still to come", "sweep"),
        (
            record("rejected", "corrupt", message="Send it again."),
            {},
            "(corrupt)",
            "Send it again.",
        ),
        (record("rejected", "moderation_rejected"), {}, "rejected by moderation", "reviewer"),
        (record("rejected", "archived"), {}, "in an archive", "restore-object"),
        (record("rejected", "too_expensive"), {}, "stopped twice", RERUN),
        (record("failed", "timed_out"), {}, "waited for a day", "quota"),
        (record("failed", "internal_error"), {"error": "KeyError"}, "internal_error", "KeyError"),
        (record("processing"), {"execution": "RUNNING"}, "being processed", "wait"),
        (record("processing"), {"execution": "FAILED"}, "without an outcome", "sweep"),
        (record("processing"), {"execution": "GONE"}, "without an outcome", "sweep"),
        (record("processing"), {"error": "Throttled"}, "waiting for capacity", "quota"),
        (
            record("processing", execution=f"arn:aws:states:eu:1:express:m:{MESSAGE}_2_5:id"),
            {"execution": "FAILED", "error": "KeyError"},
            "Try 2 of 5 of this picture has failed.",
            "(the last one: KeyError); it is tried again within",
        ),
        (
            record("processing", execution=f"arn:aws:states:eu:1:express:m:{MESSAGE}_5_5:id"),
            {"execution": "FAILED", "error": "KeyError"},
            "without an outcome",
            "sweep",
        ),
        (
            record("processing", claimed_at="2026-11-27T01:00:00Z"),
            {"execution": "RUNNING"},
            "for 11 hours",
            "errors",
        ),
        (record("pending"), {"newest": None}, "waiting for its upload", "upload the file"),
        (record("pending"), {}, "no execution has claimed it", "sweep"),
        (record("deleted"), {"newest": None}, "was deleted", "delete marker"),
        (record("approved"), {"newest": {**STORED, "VersionId": "v2"}}, "holds now", "sweep"),
    ],
)
def test_a_sentence_says_what_an_image_waits_for_and_what_to_do(
    given: dict[str, Any], found: dict[str, Any], state: str, following: str
) -> None:
    advice = advise(given, situation(**found))
    assert state in advice.state
    assert following in advice.next


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_status_and_reason_has_advice(status: Status, reason: Reason | None) -> None:
    advice = advise(record(status, reason), situation())
    assert advice.state.endswith(".")
    assert advice.next


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ({"newest": None}, "never been uploaded"),
        ({}, "no execution has looked at it"),
        ({"newest": {"VersionId": "v2", "IsLatest": True}}, "was deleted"),
        ({"newest": None, "versions_known": False}, "no record"),
    ],
)
def test_a_key_without_a_record_is_explained_by_the_bucket(
    found: dict[str, Any], state: str
) -> None:
    assert state in without_record(situation(**found)).state


def test_a_history_is_told_without_the_facts_of_the_picture() -> None:
    arn = "arn:aws:states:us-east-1:123456789012:execution:machine:first"
    events = [
        {"type": "uploaded", "at": "2026-11-27T11:59:00Z", "by": "uploader", "bytes": 1234},
        {"type": "stopped", "at": "2026-11-27T11:59:01.5Z", "by": "pipeline", "execution": arn},
        {
            "type": "described",
            "at": "2026-11-27T11:59:02.000Z",
            "by": "pipeline",
            "set": {"metadata": {"gps": [1.25, 2.5]}},
        },
    ]
    known = record("failed", execution=f"{arn}/ending", history=events)
    told = list(timeline.of_history(known))
    assert told[0] == Entry(
        "2026-11-27T11:59:00.000Z", "record", "uploaded (by uploader, 1,234 bytes)"
    )
    assert told[1].what == "stopped (by pipeline, execution first)"
    assert told[2].what == "described (by pipeline)"
    assert timeline.executions_of(known) == [arn]
    deleted = record("deleted", execution="deletion/a-request", displaced=[arn])
    assert timeline.executions_of(deleted) == [arn]


def test_times_of_s3_are_shown_as_exactly_as_s3_knows_them() -> None:
    entries = [*timeline.of_uploads([STORED]), Entry("2026-11-27T12:00:00.250Z", "log", "finished")]
    life = Life("a" * 26, "key", record("approved"), entries, [], Advice("S", "n"))
    assert "\n12:00:00      S3         upload stored (" in "\n".join(life.lines(100))
    assert "\n12:00:00.250  log        finished" in "\n".join(life.lines(100))


def test_the_history_of_an_execution_tells_states_and_errors() -> None:
    events: list[dict[str, Any]] = [
        {"type": "ExecutionStarted", "executionStartedEventDetails": {"input": "EXIF"}},
        {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "StoreResults"}},
        {"type": "TaskScheduled", "taskScheduledEventDetails": {"parameters": "EXIF"}},
        {
            "type": "TaskFailed",
            "taskFailedEventDetails": {
                "error": "Throttled",
                "cause": '{"errorMessage": "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc no"}',
            },
        },
        {"type": "ExecutionTimedOut"},
    ]
    told = list(
        timeline.of_execution(
            "a:b:c:d:e:execution:m:one", [{**each, "timestamp": NOW} for each in events]
        )
    )
    assert [each.what for each in told] == [
        "one: started",
        "one: StoreResults",
        "one: task failed: Throttled: https://b.s3.amazonaws.com/k?… no",
        "one: timed out",
    ]


def test_log_lines_name_the_function_and_hide_signatures() -> None:
    rows = [
        {
            "@timestamp": "2026-11-27 11:59:00.250",
            "function_name": "pictures-WebhookFunction-1A2B",
            "level": "WARNING",
            "message": "not delivered",
            "attempt": "2",
            "why": "whsec_c2VjcmV0 https://a.example/x?token=1",
        }
    ]
    (entry,) = timeline.of_logs(timeline.Lines(rows, "pictures"))
    assert entry == Entry(
        "2026-11-27T11:59:00.250Z",
        "webhook",
        "webhook: WARNING not delivered (attempt 2, … https://a.example/x?…)",
    )


def test_the_log_of_the_state_machine_stands_in_for_an_express_history() -> None:
    line = (
        '{"id":"7","type":"LambdaFunctionFailed","details":{"error":"KeyError","cause":"no key"},'
        '"event_timestamp":"1795780000000",'
        '"execution_arn":"arn:aws:states:us-east-1:1:express:machine:message_1_5:id"}'
    )
    (entry,) = timeline.of_machine_log([{"message": line}, {"message": "not JSON"}])
    assert entry.what == "message_1_5: function raised an error: KeyError: no key"


@pytest.mark.parametrize("width", [1, 20, 40, 69, 70, 100, 400])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    entries = [Entry("2026-11-27T11:59:00.000Z", "execution", "a" * 300 + " state" * 30)]
    key = "uploads/" + "x" * 200 + "\x1b[31m.jpg"
    life = Life("a" * 26, key, record("failed", "stuck"), entries, ["logs"], Advice("S" * 90, "n"))
    lines = list(life.lines(width))
    assert max(map(len, lines)) <= min(max(width, 25), 120)
    assert "\x1b" not in "".join(lines)
    assert lines[-1] == "Next: n."

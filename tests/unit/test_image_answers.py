"""Answers about one image: tags, waiting, renditions and the history."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from api.waiting import Clock
from image_pipeline.history import event
from image_pipeline.models import Claim
from image_pipeline.status import Status

from .asking import RECORDS, get, image

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Account, Context

pytestmark = pytest.mark.usefixtures("account")
LARGE = {"name": "large", "key": "id/v/large.webp", "version_id": "3x", "width": 8, "bytes": 2}
SMALL = LARGE | {"name": "small", "key": "id/v/small.webp"}
NOW = 1_795_756_990.0


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time; a test may change it."""
    time = [NOW]
    monkeypatch.setattr("api.reads.time.time", lambda: time[0])
    return time


class Passing(Clock):
    """A clock that passes only in pauses, in each of which something may happen."""

    def __init__(self, *happening: Callable[[], Any]) -> None:
        super().__init__()
        self._happening = [*happening]

    def now(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        if self._happening:
            self._happening.pop(0)()


@pytest.fixture
def during(account: Account, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Passing]:
    """Let things happen while an answer is held."""
    from api import handler

    def happening(*steps: Callable[[], Any]) -> Passing:
        clock = Passing(*steps)
        monkeypatch.setattr(handler, "reads", handler.reads._replace(clock=clock))
        return clock

    return happening


def finished(image_id: str, status: Status = Status.APPROVED, **facts: Any) -> None:
    RECORDS.finish(Claim(image_id, "0A", "one"), status, facts)


def described(image_id: str) -> None:
    RECORDS.update(Claim(image_id, "0A", "one"), {"metadata": {}}, event("described"))


def ask(context: Context, image_id: str, **given: Any) -> Any:
    return get(context, "/images/{id}", path={"id": image_id}, **given)


@pytest.mark.parametrize("status", Status)
def test_an_image_that_is_known_as_it_is_is_not_sent_again(
    context: Context, status: Status
) -> None:
    one = image("uploads/one", status, renditions=[LARGE])
    tag = ask(context, one).headers["etag"]
    for known in (tag, f'W/{tag}, "x"', "*"):
        again = ask(context, one, if_none_match=known)
        assert (again.status, again.body, again.headers["etag"]) == (304, None, tag)
    assert ask(context, one, if_none_match='"x"').status == 200
    by_key = get(context, "/images/by-key", key="uploads/one", if_none_match=tag)
    assert by_key.status == get(context, "/images", key="uploads/one", if_none_match=tag).status
    assert by_key.status == 304


def test_the_tag_changes_with_the_image(context: Context) -> None:
    one = image("uploads/one", Status.PROCESSING)
    tag = ask(context, one).headers["etag"]
    finished(one, Status.REVIEW, reason="moderation_review")
    answer = ask(context, one, if_none_match=tag)
    assert (answer.status, answer.body["status"]) == (200, "review")


def test_a_tag_is_forgotten_before_the_urls_of_its_answer_expire(
    context: Context, now: list[float]
) -> None:
    shown = image("uploads/shown", renditions=[LARGE])
    hidden = image("uploads/hidden", Status.REVIEW, renditions=[LARGE])
    tags = {each: ask(context, each).headers["etag"] for each in (shown, hidden)}
    now[0] += 450  # half the lifetime
    assert ask(context, shown, if_none_match=tags[shown]).status == 200
    assert ask(context, hidden, if_none_match=tags[hidden]).status == 304


def test_a_tag_of_an_image_in_work_with_urls_of_an_earlier_version_is_forgotten_too(
    context: Context, now: list[float]
) -> None:
    kept = {"renditions": [LARGE], "version_id": "one"}
    one = image("uploads/one", Status.REVIEW, last_approved=kept)
    tag = ask(context, one).headers["etag"]
    now[0] += 450
    assert ask(context, one, if_none_match=tag).status == 200


@pytest.mark.parametrize("status", Status)
def test_images_in_work_say_when_to_ask_again(context: Context, status: Status) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    answer = ask(context, image("uploads/one", status, created_at=at))
    is_open = status in {Status.PENDING, Status.PROCESSING}
    assert answer.headers.get("retry-after") == ("1" if is_open else None)


def test_an_answer_is_held_until_the_status_changes(
    context: Context, during: Callable[..., Passing]
) -> None:
    one = image("uploads/one", Status.PROCESSING)
    clock = during(lambda: None, lambda: described(one), lambda: finished(one))
    answer = ask(context, one, wait=20)
    assert (answer.status, answer.body["status"]) == (200, "approved")
    assert 0 < clock.slept < 3


def test_an_answer_is_held_no_longer_than_asked(
    context: Context, during: Callable[..., Passing]
) -> None:
    one = image("uploads/one", Status.PROCESSING)
    tag = ask(context, one).headers["etag"]
    clock = during()
    assert ask(context, one, wait=3).body["status"] == "processing"
    assert clock.slept == 3
    assert ask(context, one, wait=1, if_none_match=tag).status == 304
    assert clock.slept == 4


def test_what_is_finished_is_answered_at_once(
    context: Context, during: Callable[..., Passing]
) -> None:
    clock = during()
    assert ask(context, image("uploads/one"), wait=20).status == 200
    assert ask(context, "a" * 26, wait=20).status == 404
    assert clock.slept == 0


def test_a_client_that_knows_a_finished_image_waits_for_another_revision(
    context: Context, during: Callable[..., Passing]
) -> None:
    one = image("uploads/one", Status.REVIEW)
    tag = ask(context, one).headers["etag"]

    def decided() -> None:
        record = RECORDS.get(one)
        assert record
        RECORDS.amend(record, {"status": "approved"}, (), [event("decided", "reviewer")])

    clock = during(lambda: None, decided)
    answer = ask(context, one, wait=20, if_none_match=tag)
    assert (answer.status, answer.body["status"]) == (200, "approved")
    assert clock.slept < 3
    assert ask(context, one, wait=20, if_none_match=tag).status == 200  # it is behind already
    assert clock.slept < 3


def test_an_image_that_is_removed_meanwhile_is_not_found(
    account: Account, context: Context, during: Callable[..., Passing]
) -> None:
    one = image("uploads/one", Status.PENDING)
    key: Any = {"image_id": {"S": one}}
    during(lambda: account.dynamodb.delete_item(TableName="images", Key=key))
    assert ask(context, one, wait=20).status == 404


@pytest.mark.parametrize("wait", ["0", "21", "-1", "1.5", "", "ten"])
def test_a_wait_is_a_number_of_seconds(context: Context, wait: str) -> None:
    answer = ask(context, image("uploads/one"), wait=wait)
    assert (answer.status, answer.body["errors"][0]["field"]) == (400, "wait")


def test_held_time_is_no_latency(
    context: Context, during: Callable[..., Passing], capsys: pytest.CaptureFixture[str]
) -> None:
    during()
    ask(context, image("uploads/one", Status.PROCESSING), wait=20)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (measured,) = (line["AnswerMilliseconds"] for line in lines if "AnswerMilliseconds" in line)
    # Twenty seconds of sleep were only pretended, and are taken off the time that passed.
    assert measured[0] < -10_000


@pytest.mark.parametrize("status", Status)
def test_only_renditions_of_approved_images_are_found(context: Context, status: Status) -> None:
    one = image("uploads/one", status, renditions=[LARGE, SMALL])
    path = {"id": one, "name": "small"}
    answer = get(context, "/images/{id}/renditions/{name}", path=path)
    if status is not Status.APPROVED:
        assert (answer.status, answer.body["code"]) == (404, "not_found")
        return
    assert (answer.status, answer.body) == (307, None)
    assert answer.headers["location"].split("?")[0].endswith("/id/v/small.webp")
    assert "versionId=3x&" in answer.headers["location"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_last_approved_version_has_renditions_too(context: Context) -> None:
    kept = {"renditions": [LARGE], "version_id": "one"}
    one = image("uploads/one", Status.REVIEW, renditions=[SMALL], last_approved=kept)
    for name, status in (("large", 307), ("small", 404), ("huge", 404), ("../x", 400)):
        path = {"id": one, "name": name}
        assert get(context, "/images/{id}/renditions/{name}", path=path).status == status


def test_renditions_and_histories_of_others_are_not_found(context: Context) -> None:
    one = image("uploads/one", owner="me", renditions=[LARGE])
    rendition = {"id": one, "name": "large"}
    for caller, found in (("me", True), ("you", False)):
        answer = get(context, "/images/{id}/renditions/{name}", path=rendition, as_=caller)
        assert answer.status == (307 if found else 404)
        answer = get(context, "/images/{id}/events", path={"id": one}, as_=caller)
        assert answer.status == (200 if found else 404)
        assert ask(context, one, as_=caller).status == (200 if found else 404)


def test_the_history_tells_what_happened_but_nothing_of_the_picture(context: Context) -> None:
    one = image(
        "uploads/one",
        Status.REVIEW,
        reason="moderation_review",
        moderation={"labels": [{"name": "Secret"}]},
        metadata={"camera": "Secret"},
        source={"sha256": "Secret"},
        renditions=[LARGE | {"key": "Secret"}],
        owner="me",
    )
    record = RECORDS.get(one)
    assert record
    about = event("decided", "reviewer", decision="reject", why="Look at it.", note="Awful.")
    RECORDS.amend(record, {"status": "rejected", "metadata": {"camera": "Secret"}}, (), [about])
    answer = get(context, "/images/{id}/events", path={"id": one})
    assert answer.body["image_id"] == one
    assert [each["type"] for each in answer.body["events"]] == ["claimed", "review", "decided"]
    decided = answer.body["events"][-1]
    assert decided.pop("at").endswith("Z")
    assert decided == {
        "type": "decided",
        "by": "reviewer",
        "decision": "reject",
        "why": "Look at it.",
        "note": "Awful.",
    }
    assert "Secret" not in json.dumps(answer.body)
    mine = get(context, "/images/{id}/events", path={"id": one}, as_="me").body["events"]
    assert [each["type"] for each in mine] == ["claimed", "review", "decided"]
    assert "note" not in mine[-1]


def test_an_image_of_an_earlier_release_has_no_history(account: Account, context: Context) -> None:
    one = image("uploads/one")
    key: Any = {"image_id": {"S": one}}
    account.dynamodb.update_item(
        TableName="images", Key=key, UpdateExpression="REMOVE history, revision, created_at"
    )
    assert get(context, "/images/{id}/events", path={"id": one}).body["events"] == []
    assert ask(context, one).headers["etag"].startswith('"0-')

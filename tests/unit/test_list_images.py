"""GET /images: pages, filters, and what a caller may know of."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.models import Claim
from image_pipeline.status import Status
from local.aws.clients import client_of

from .asking import RECORDS, get, image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Account, Context

pytestmark = pytest.mark.usefixtures("account", "secret")


@pytest.fixture
def secret(account: Account) -> None:
    client = client_of("secretsmanager")
    client.create_secret(Name="cursors", SecretString="of a test")


def moment(number: int) -> str:
    return f"2026-11-27T05:{number // 60:02}:{number % 60:02}.000Z"


def images(numbers: range, **given: Any) -> list[str]:
    return [image(f"uploads/{each}", created_at=moment(each), **given) for each in numbers]


def pages(context: Context, **query: Any) -> Iterator[list[str]]:
    following: dict[str, str] = {}
    while True:
        answer = get(context, "/images", **query, **following)
        assert answer.status == 200, answer.body
        yield [each["image_id"] for each in answer.body["images"]]
        if answer.body["next"] is None:
            return
        following = {"next": answer.body["next"]}


def listed(context: Context, **query: Any) -> list[str]:
    return [each for page in pages(context, **query) for each in page]


def test_images_are_listed_newest_first_as_they_are_shown(context: Context) -> None:
    ids = images(range(21))
    answer = get(context, "/images")
    assert [each["image_id"] for each in answer.body["images"]] == ids[:0:-1]
    assert answer.body["images"][0] == get(context, "/images/{id}", path={"id": ids[-1]}).body
    assert [len(page) for page in pages(context)] == [20, 1]


def test_there_is_no_next_after_the_last_image(context: Context) -> None:
    assert get(context, "/images").body == {"images": [], "next": None}
    images(range(6))
    assert [len(page) for page in pages(context, limit=3)] == [3, 3]
    assert [len(page) for page in pages(context, limit=1)] == [1] * 6


def test_images_that_arrive_meanwhile_change_no_later_page(context: Context) -> None:
    ids = images(range(12))
    found = []
    for number, page in enumerate(pages(context, limit=4)):
        found += page
        images(range(100 + number, 101 + number))
    assert found == ids[::-1]


@pytest.mark.parametrize("status", Status)
def test_a_status_selects_images(context: Context, status: Status) -> None:
    ids = {each: image(f"uploads/{each}", each) for each in Status}
    assert listed(context, status=status) == [ids[status]]


def test_deleted_images_are_listed_only_among_the_deleted(context: Context) -> None:
    ids = {image(f"uploads/{each}", each) for each in Status if each is not Status.DELETED}
    gone = image("uploads/gone", Status.DELETED)
    assert set(listed(context, limit=2)) == ids
    assert listed(context, status="deleted") == [gone]


def test_a_changed_status_moves_an_image_to_another_list_at_once(context: Context) -> None:
    (one,) = images(range(1), status=Status.PROCESSING)
    assert listed(context, status="processing") == [one]
    RECORDS.finish(Claim(one, "0A", "one"), Status.REJECTED, {"reason": "corrupt"})
    assert listed(context, status="processing") == []
    assert listed(context, status="rejected") == [one]


PERIODS: list[tuple[dict[str, str], list[int]]] = [
    ({"from_": "2026-11-27T05:00:03Z"}, [3, 4, 5]),
    ({"from_": "2026-11-27T05:00:03.001Z"}, [4, 5]),
    ({"to": "2026-11-27T05:00:03Z"}, [0, 1, 2, 3]),
    ({"to": "2026-11-27T06:00:02.999+01:00"}, [0, 1, 2]),
    ({"from_": "2026-11-27T05:00:01", "to": "2026-11-27T05:00:02Z"}, [1, 2]),
    ({"from_": "2026-11-27", "to": "2026-11-27"}, [0, 1, 2, 3, 4, 5]),
    ({"to": "2026-11-26"}, []),
    ({"from_": "2026-11-28"}, []),
    ({"from_": "2026-11-28", "to": "2026-11-01"}, []),
    ({"from_": "0001-01-01", "to": "9999-12-31"}, [0, 1, 2, 3, 4, 5]),
    ({"from_": "0001-01-01T00:00:00+14:00"}, [0, 1, 2, 3, 4, 5]),
]


def test_a_period_selects_images(context: Context) -> None:
    ids = images(range(6))
    for period, numbers in PERIODS:
        expected = [ids[number] for number in reversed(numbers)]
        assert listed(context, **period) == expected, period
    assert listed(context, **PERIODS[0][0], limit=1, status="approved") == ids[:2:-1]


def test_a_cursor_is_valid_for_its_own_filters_and_caller_alone(context: Context) -> None:
    for owner in ("one", "two"):
        image(f"uploads/{owner}/1", owner=owner)
        image(f"uploads/{owner}/2", owner=owner)
    asked: dict[str, Any] = {"limit": 1, "status": "approved", "from_": "2026-11-27"}
    following = get(context, "/images", as_="one", **asked).body["next"]
    assert get(context, "/images", as_="one", **asked, next=following).status == 200
    assert get(context, "/images", as_="one", **asked | {"limit": 9}, next=following).status == 200
    for other in ({"status": "review"}, {"from_": "2026-11-26"}, {"to": "2026-11-27"}):
        refused = get(context, "/images", as_="one", **asked | other, next=following)
        assert (refused.status, refused.body["errors"][0]["field"]) == (400, "next")
    assert get(context, "/images", as_="two", **asked, next=following).status == 400
    assert get(context, "/images", **asked, next=following).status == 400


def test_a_cursor_that_was_tampered_with_is_refused(context: Context) -> None:
    images(range(2))
    following = get(context, "/images", limit=1).body["next"]
    assert get(context, "/images", limit=1, next=following).status == 200
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in (*range(0, len(following), 9), len(following) - 1):
        for other in alphabet[:: 9 if place < len(following) - 1 else 1]:
            changed = following[:place] + other + following[place + 1 :]
            expected = 200 if changed == following else 400
            assert get(context, "/images", limit=1, next=changed).status == expected
    for changed in (following + "=", following + "A", following[:-1], following + "\n"):
        assert get(context, "/images", limit=1, next=changed).status == 400


def test_callers_without_the_scope_to_review_see_their_own_images_alone(context: Context) -> None:
    mine = [
        image(f"uploads/mine/{each}", each, moment(number), owner="me")
        for number, each in enumerate(Status)
        if each is not Status.DELETED
    ]
    for each in Status:
        image(f"uploads/yours/{each}", each, owner="you")
        image(f"uploads/nobody/{each}", each)
    image("uploads/mine/gone", Status.DELETED, owner="me")
    assert listed(context, as_="me", limit=2) == mine[::-1]
    assert listed(context, as_="me", status="review") == [mine[3]]
    assert listed(context, as_="me#0") == []
    assert len(listed(context, as_="me", scopes="images:review")) == 18
    assert len(listed(context)) == 18


def test_a_few_images_among_many_are_found_in_few_requests(context: Context) -> None:
    wanted = images(range(3), status=Status.REVIEW, owner="me")
    images(range(10, 60), owner="me")
    found = [*pages(context, as_="me", status="review")]
    assert [each for page in found for each in page] == wanted[::-1]
    assert len(found) == 1


def test_what_has_expired_is_not_shown(context: Context) -> None:
    now = int(time.time())
    awaited = image("uploads/awaited", Status.PENDING, moment(0), expires=now + 60)
    expired = image("uploads/expired", Status.PENDING, moment(1), expires=now - 1)
    assert listed(context) == [awaited]
    assert listed(context, status="pending") == [awaited]
    assert get(context, "/images/{id}", path={"id": awaited}).status == 200
    assert get(context, "/images/{id}", path={"id": expired}).status == 404
    assert get(context, "/images/by-key", key="uploads/expired").status == 404


def test_a_page_is_shorter_where_an_answer_would_be_too_large(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.listing._ROOM", 5_000)
    ids = images(range(5), metadata={"camera": "c" * 2_000})
    assert [len(page) for page in pages(context)] == [2, 2, 1]
    assert listed(context) == ids[::-1]
    monkeypatch.setattr("api.listing._ROOM", 10)
    assert [len(page) for page in pages(context)] == [1] * 5


def test_what_the_index_does_not_know_yet_is_not_shown(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index follows the table; records are read themselves."""
    from api import image_index

    kept = images(range(3))
    gone = image("uploads/gone", Status.DELETED, moment(9))
    lagging = image_index._Partition.read

    def read(partition: Any, below: str, size: int) -> Any:
        chunk = lagging(partition, below, size)
        late = f"{moment(9)}#{gone}"
        is_first = partition.partition == "0" and below > late
        return chunk._replace(positions=[late, *chunk.positions]) if is_first else chunk

    monkeypatch.setattr(image_index._Partition, "read", read)
    assert listed(context) == kept[::-1]

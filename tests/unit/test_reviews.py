"""The review queue: leases, near-duplicates, and what reviewers see before a verdict."""

from __future__ import annotations

import importlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from api.leases import LEASE_SECONDS, Leases
from api.review_queue import near
from api.routing import respond
from api.write_routes import WRITES
from image_pipeline.identity import image_id
from image_pipeline.status import Status
from local.manifest import table

from .asking import RECORDS, get, image
from .conftest import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Account, Context

TABLE = ENVIRONMENT["IDEMPOTENCY_TABLE"]
REVIEWER = "images:review"


class Answered(NamedTuple):
    """A status code and a body."""

    status: int
    body: Any


def ask(method: str, path: str, as_: str = "ann", body: Any = None, **given: str) -> Answered:
    """Ask the function that writes, as a reviewer; as nobody in particular for ""."""
    scope = given.pop("scope", REVIEWER)
    module = importlib.import_module("apiwrite.handler")
    claims = {"authorizer": {"jwt": {"claims": {"sub": as_, "scope": scope}}}}
    event = {
        "routeKey": f"{method} {path}",
        "pathParameters": given,
        "headers": {"content-type": "application/json"},
        "body": None if body is None else json.dumps(body),
        "requestContext": {"requestId": "one", **(claims if as_ else {})},
    }
    answer = respond(event, WRITES, module.writes, "JWT" if as_ else "NONE")
    return Answered(answer["statusCode"], json.loads(answer.get("body", "null")))


def following(as_: str = "ann", *skip: str) -> str | None:
    """Take the next image to review, and return its id."""
    status, body = ask("POST", "/reviews/next", as_, {"skip": list(skip)})
    assert status in {200, 204}
    return body["image_id"] if body else None


def queued(number: int, **facts: Any) -> str:
    """Put an image into review, the later the greater its number."""
    at = f"2026-11-27T05:00:{number:02}.000Z"
    return image(f"uploads/{number}.jpg", Status.REVIEW, at, **facts)


@pytest.fixture(autouse=True)
def _leases(account: Account) -> None:
    account.dynamodb.create_table(TableName=TABLE, **table("IdempotencyTable"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which only a test lets pass."""
    now = [1_800_000_000.0]
    monkeypatch.setattr("api.leases.time.time", lambda: now[0])
    return now


def test_two_reviewers_never_get_the_same_image() -> None:
    images = [queued(number) for number in (3, 1, 2)]
    oldest_first = [images[1], images[2], images[0]]
    assert [following("ann"), following("bob"), following("eve")] == oldest_first
    assert following("dan") is None


def test_a_reviewer_who_asks_again_gets_the_same_image_unless_it_is_skipped() -> None:
    first, second = queued(1), queued(2)
    lease = ask("POST", "/reviews/next", body={"skip": []}).body["lease"]["id"]
    again = ask("POST", "/reviews/next", body={})
    assert (again.body["image_id"], again.body["lease"]["id"]) == (first, lease)
    assert following("ann", first) == second
    assert following("ann", first, second) is None


def test_callers_without_names_get_different_images() -> None:
    first, second = queued(1), queued(2)
    assert [following(""), following(""), following("")] == [first, second, None]


def test_a_lease_ends_unless_it_is_renewed(clock: list[float]) -> None:
    waiting = queued(1)
    assert following("ann") == waiting
    clock[0] += LEASE_SECONDS - 1
    assert ask("POST", "/reviews/{id}/lease", id=waiting).status == 200
    clock[0] += LEASE_SECONDS - 1
    assert following("bob") is None
    clock[0] += 1
    assert following("bob") == waiting
    refused = ask("POST", "/reviews/{id}/lease", id=waiting)
    assert (refused.status, refused.body["code"]) == (409, "conflict")


def test_a_released_image_goes_to_the_next_reviewer() -> None:
    waiting = queued(1)
    assert following("ann") == waiting
    assert ask("DELETE", "/reviews/{id}/lease", "bob", id=waiting).status == 409
    assert ask("DELETE", "/reviews/{id}/lease", id=waiting) == (204, None)
    assert ask("DELETE", "/reviews/{id}/lease", id=waiting) == (204, None)
    assert following("bob") == waiting


def test_two_who_ask_at_the_same_moment_get_one_lease_between_them() -> None:
    both = Leases(TABLE)
    assert both.held(["a"]) == {}  # seen by both
    assert both.take("a", "ann") is not None
    assert both.take("a", "bob") is None


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Function that plans what happens between the reads of a request and its next lease.

    Each of the given functions happens between those of the request before it.
    """
    planned: list[Callable[[], object]] = []
    genuine = Leases.take

    def take(*arguments: Any) -> Any:
        if planned:
            planned.pop(0)()
        return genuine(*arguments)

    monkeypatch.setattr(Leases, "take", take)
    return lambda *happening: planned.extend(happening)


@pytest.mark.parametrize("callers", [("bob", "eve", "dan"), ("", "", "")])
def test_reviewers_who_have_all_seen_the_same_image_free_get_different_ones(
    meanwhile: Callable[..., None], callers: tuple[str, ...]
) -> None:
    images = [queued(number) for number in range(len(callers) + 1)]
    got: list[str | None] = []
    meanwhile(*(partial(lambda each: got.append(following(each)), each) for each in callers))
    got.append(following("ann" if callers[0] else ""))
    # Whoever has looked last has written first.
    assert got == images


def test_near_duplicate_that_somebody_takes_meanwhile_is_not_given(
    meanwhile: Callable[..., None],
) -> None:
    looks = {"placeholder": {"difference_hash": "0" * 16}}
    first, second = queued(1, **looks), queued(2, **looks)
    meanwhile(lambda: None, lambda: following("bob"))
    answer = ask("POST", "/reviews/next", body={}).body
    assert (answer["image_id"], answer["near_duplicates"]) == (first, [])
    assert ask("POST", "/reviews/{id}/lease", "bob", id=second).status == 200


def test_lease_that_ends_while_it_is_renewed_belongs_to_whoever_took_it(
    clock: list[float], meanwhile: Callable[..., None]
) -> None:
    waiting = queued(1)
    assert following("ann") == waiting
    clock[0] += LEASE_SECONDS
    meanwhile(lambda: following("bob"))
    assert ask("POST", "/reviews/{id}/lease", "ann", id=waiting).status == 409
    assert ask("DELETE", "/reviews/{id}/lease", "ann", id=waiting).status == 409
    assert ask("POST", "/reviews/{id}/lease", "bob", id=waiting).status == 200


def test_lease_that_somebody_took_over_is_not_released(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = queued(1)
    assert following("ann") == waiting
    genuine = Leases.release

    def release(*arguments: Any) -> None:
        clock[0] += LEASE_SECONDS
        assert following("bob") == waiting
        genuine(*arguments)

    monkeypatch.setattr(Leases, "release", release)
    assert ask("DELETE", "/reviews/{id}/lease", "ann", id=waiting).status == 204
    assert following("eve") is None


def test_as_many_images_are_skipped_as_the_page_names() -> None:
    images = [queued(number) for number in (1, 2)]
    others = [image_id(str(number)) for number in range(999)]
    assert following("ann", *others, images[0]) == images[1]
    assert ask("POST", "/reviews/next", body={"skip": [*others, *images]}).status == 400


def test_a_lease_changes_nothing_of_the_image() -> None:
    waiting = queued(1)
    before = RECORDS.get(waiting)
    answer = ask("POST", "/reviews/next", body={})
    assert RECORDS.get(waiting) == before
    assert before is not None
    assert answer.body["etag"] == f'"{before["revision"]}"'


def test_near_duplicates_are_leased_along_with_an_image() -> None:
    hashes = ("00000000000000ff", "00000000000000fe", "ffff00000000ffff", "00000000000000f0")
    first, close, far, closer = (
        queued(number, placeholder={"difference_hash": each}) for number, each in enumerate(hashes)
    )
    answer = ask("POST", "/reviews/next", body={}).body
    found = [(each["image_id"], each["distance"]) for each in answer["near_duplicates"]]
    assert (answer["image_id"], found) == (first, [(close, 1), (closer, 4)])
    assert following("bob") == far
    assert following("eve") is None


def test_a_picture_without_a_hash_has_no_near_duplicates() -> None:
    hashed = {"image_id": "a", "placeholder": {"difference_hash": "0" * 16}}
    assert near({"image_id": "b"}, [hashed]) == []
    assert near(hashed, [hashed, {"image_id": "b"}]) == []


def test_only_images_in_review_are_in_the_queue() -> None:
    approved = image("uploads/approved.jpg")
    image("uploads/open.jpg", Status.PROCESSING)
    assert following() is None
    assert ask("POST", "/reviews/{id}/lease", id=approved).status == 409
    assert ask("POST", "/reviews/{id}/lease", id="a" * 26).status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/reviews/next"),
        ("POST", "/reviews/{id}/lease"),
        ("DELETE", "/reviews/{id}/lease"),
    ],
)
def test_a_token_needs_the_scope_of_reviewers(method: str, path: str) -> None:
    refused = ask(method, path, body={}, scope="images:read images:write", id="a" * 26)
    assert refused.status == 403


def test_the_length_of_the_queue_is_told(context: Context) -> None:
    asked = {"as_": "ann", "scopes": REVIEWER}
    empty = {"images": 0, "oldest_created_at": None, "leased": 0}
    assert get(context, "/reviews", **asked).body == empty
    for number in (5, 4, 6):
        queued(number)
    following("ann")
    following("bob")
    found = get(context, "/reviews", **asked).body
    assert found == {"images": 3, "oldest_created_at": "2026-11-27T05:00:04.000Z", "leased": 2}
    assert get(context, "/reviews", as_="me").status == 403


RENDITION = {
    "name": "large",
    "key": "one/version/large.webp",
    "version_id": "v1",
    "content_type": "image/webp",
    "width": 2,
    "height": 1,
    "bytes": 3,
}
PLACEHOLDER = {"blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj", "difference_hash": "0" * 16}


def test_reviewers_see_a_picture_before_its_verdict_for_a_minute(context: Context) -> None:
    waiting = queued(1, renditions=[RENDITION], placeholder=PLACEHOLDER)
    answer = get(context, "/reviews/{id}", path={"id": waiting}, as_="ann", scopes=REVIEWER)
    assert answer.status == 200
    (shown,) = answer.body["renditions"]
    assert "X-Amz-Expires=60&" in shown["url"]
    assert not shown.keys() & {"key", "version_id"}
    assert answer.body["placeholder"] == PLACEHOLDER
    plain = get(context, "/images/{id}", path={"id": waiting}, as_="ann", scopes=REVIEWER)
    assert answer.body["image"] == plain.body
    assert answer.body["etag"] == answer.headers["etag"] == plain.headers["etag"]
    assert "renditions" not in plain.body
    refused = get(context, "/reviews/{id}", path={"id": waiting}, as_="me")
    assert refused.status == 403


def test_what_nobody_can_decide_about_is_not_shown(context: Context) -> None:
    as_ann: dict[str, Any] = {"as_": "ann", "scopes": REVIEWER}
    damaged = image("uploads/damaged.jpg", Status.REJECTED, reason="corrupt")
    assert get(context, "/reviews/{id}", path={"id": damaged}, **as_ann).status == 409
    refused = image("uploads/refused.jpg", Status.REJECTED, reason="moderation_rejected")
    assert get(context, "/reviews/{id}", path={"id": refused}, **as_ann).body["renditions"] == []
    assert get(context, "/reviews/{id}", path={"id": "a" * 26}, **as_ann).status == 404

"""Nobody learns of a picture what they may not: a slice of what `make access` walks in full."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.routes import READS
from api.write_routes import WRITES
from image_pipeline.status import Status
from local.aws.environment import ACCOUNT, REGION, isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from moto.sns.models import sns_backends

    from tests.access.asks import ABOUT_IMAGES, MAKES, OPEN
    from tests.access.client import ADMITTED, Ask, Client, read_url, tokens
    from tests.access.opened import opened
    from tests.access.planted import INTERNAL, PIXELS, WORDS, kinds_in
    from tests.access.walk import Walk
    from tests.access.world import STATES, Image, World

if TYPE_CHECKING:
    from collections.abc import Iterator

# Those that differ most; the page is of all states and callers.
SOME = ("approved, newer in review", "rejected by moderation")
CALLERS = ("tampered token", "another owner", "owner")


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[World, Client]]:
    """The offline AWS with tokens, and a client of it."""
    with opened() as both:
        yield both


@pytest.fixture(scope="module")
def world(place: tuple[World, Client]) -> World:
    return place[0]


@pytest.fixture(scope="module")
def client(place: tuple[World, Client]) -> Client:
    return place[1]


@pytest.fixture(scope="module")
def images(world: World) -> dict[str, Image]:
    """An image in some states."""
    return {state: world.image(state) for state in SOME}


@pytest.mark.parametrize("state", SOME[:1])
def test_no_answer_tells_what_the_caller_may_not_know(
    world: World, client: Client, images: dict[str, Image], state: str
) -> None:
    record = world.record(images[state])
    assert record is not None
    assert record["status"] == STATES[state].status
    results = list(Walk(world, client, CALLERS).around(images[state], changes=False))
    assert [each for each in results if each.violations] == []
    # The search for planted facts finds them where they may be.
    told = {kind for each in results if each.caller == "owner" for kind in each.told}
    shown = {kind for name, kind in images[state].secrets.items() if name in images[state].shown()}
    assert told == shown - {INTERNAL}
    assert {each.status for each in results if each.caller == "tampered token"} == {401}


def test_every_status_and_every_route_is_walked() -> None:
    assert {state.status for state in STATES.values()} == set(Status)
    assert set(OPEN) == {"GET /health", "GET /openapi.json"}
    assert {*ABOUT_IMAGES, *MAKES, *OPEN} == set(READS | WRITES)


def test_open_routes_tell_everybody_the_same(client: Client, images: dict[str, Image]) -> None:
    for route in OPEN.values():
        answers = [client.send(caller, Ask(route.method, route.path)) for caller in tokens()]
        assert {(each.status, each.body) for each in answers} == {(200, answers[0].body)}
        for image in images.values():
            assert kinds_in(image.secrets, answers[0].text) == {}


def listed(client: Client, caller: str, query: str = "") -> dict[str, Any]:
    answer = client.send(caller, Ask("GET", f"/images{query}"))
    assert answer.status == 200, answer
    found: dict[str, Any] = json.loads(answer.body)
    return found


def test_a_list_has_only_the_callers_own_images(client: Client, images: dict[str, Image]) -> None:
    def seen_by(caller: str) -> set[str]:
        return {each["image_id"] for each in listed(client, caller)["images"]}

    body = {"filename": "own.jpg", "content_type": "image/jpeg", "bytes": 100}
    # A walk expects that another owner has no image.
    own = json.loads(client.send("reviewer", Ask("POST", "/images", body)).body)["image_id"]
    theirs = {image.image_id for image in images.values()}
    assert seen_by("another owner") == set()
    assert seen_by("owner") >= theirs
    assert own not in seen_by("owner")
    assert seen_by("reviewer") >= {own, *theirs}


def test_a_cursor_is_of_no_use_to_others(client: Client, images: dict[str, Image]) -> None:
    for holder in ADMITTED:
        cursor = listed(client, holder, "?limit=1")["next"]
        altered = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
        for caller, given in (("another owner", cursor), (holder, altered)):
            answer = client.send(caller, Ask("GET", f"/images?limit=1&next={given}"))
            assert answer.status == 400
            for image in images.values():
                assert kinds_in(image.secrets, answer.text) == {}


def test_an_entity_tag_tells_others_nothing(client: Client, images: dict[str, Image]) -> None:
    for image in images.values():
        ask = Ask("GET", f"/images/{image.image_id}")
        tag = client.send("owner", ask).headers["etag"]
        for known in (tag, "*"):
            assert client.send("owner", ask, **{"If-None-Match": known}).status == 304
            assert client.send("another owner", ask, **{"If-None-Match": known}).status == 404


def test_an_idempotency_key_belongs_to_its_caller(client: Client) -> None:
    body = {"filename": "kept.jpg", "content_type": "image/jpeg", "bytes": 100}
    ask, key = Ask("POST", "/images", body), {"Idempotency-Key": "one-key"}
    first = json.loads(client.send("owner", ask, **key).body)
    assert json.loads(client.send("owner", ask, **key).body) == first
    assert json.loads(client.send("reviewer", ask, **key).body)["key"] != first["key"]


def test_only_the_urls_that_were_given_out_have_pictures(
    world: World, client: Client, images: dict[str, Image]
) -> None:
    """Neither altered nor bare URLs, and no URL of an object that was not given out."""
    image = images["approved, newer in review"]
    shown = json.loads(client.send("owner", Ask("GET", f"/images/{image.image_id}")).body)
    given = {rendition["url"] for rendition in shown["renditions"]}
    assert given
    secrets = {name for name, kind in image.secrets.items() if kind == PIXELS}
    stored = _stored(world)
    approved = {url for url in given if read_url(url).status == 200}
    assert approved == given
    for url in given:
        address, _, query = url.partition("?")
        signature = query.rpartition("=")[2]
        changed = "0" if signature[-1] != "0" else "1"
        altered = [
            address,
            url[:-1] + changed,
            url.replace("X-Amz-Expires=", "X-Amz-Expires=9"),
            *(
                url.replace(address, f"{address.partition('/image-pipeline')[0]}/{path}")
                for path in stored
                if not address.endswith(path)
            ),
        ]
        assert {read_url(each).status for each in altered} == {403}
    base = next(iter(given)).partition("/image-pipeline")[0]
    assert {read_url(f"{base}/{path}").status for path in stored} == {403}
    assert secrets


def test_urls_end_with_the_approval(world: World, client: Client) -> None:
    image = world.image("approved")
    shown = json.loads(client.send("owner", Ask("GET", f"/images/{image.image_id}")).body)
    urls = [rendition["url"] for rendition in shown["renditions"]]
    assert {read_url(url).status for url in urls} == {200}
    world.remove(image)
    assert {read_url(url).status for url in urls} == {404}


def test_a_message_tells_only_words(world: World, images: dict[str, Image]) -> None:
    topic = sns_backends[ACCOUNT][REGION].topics[world.aws.deployment.ref("OutcomesTopic")]
    told = "\n".join(str(each) for each in topic.sent_notifications)
    for image in images.values():
        assert image.image_id in told
        assert set(kinds_in(image.secrets, told)) == {WORDS}


def _stored(world: World) -> list[str]:
    """Return the path of every object in both buckets."""
    client = world.aws.client("s3")
    found = []
    for bucket in map(world.aws.deployment.ref, ("UploadsBucket", "RenditionsBucket")):
        listing = client.list_objects_v2(Bucket=bucket)
        found += [f"{bucket}/{each['Key']}" for each in listing.get("Contents", [])]
    return found

"""Keys with special characters: nothing that is derived from one is ever interpreted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery import Presigned
from api.reads import Reads
from api.routes import READS
from api.routing import respond
from api.waiting import Clock
from image_pipeline.events import SWEEP, event_from, look_at
from image_pipeline.identity import ID_PATTERN, image_id
from image_pipeline.models import Claim, S3Object, Upload
from image_pipeline.renditions_bucket import key_prefix
from sweep.listing import Position, list_newest

from .claims import claim_for
from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import Account, Context

AWKWARD = [
    "uploads/../../etc/passwd",
    "uploads//leading",
    "uploads/%2e%2e%2f+ %",
    "uploads/line\r\nSet-Cookie: a=b",
    "uploads/\x01\x1b[31m\x7f\x85",
    "uploads/\u202egpj.exe\u2066\u200f",
    "uploads/<script>alert(1)</script>",
    "uploads/" + "ß" * 508,
    "uploads/🏞️",
]
SALTS = st.sampled_from([b"", b"0123456789abcdef"])
# Keys of S3 are UTF-8: every character but surrogates.
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def upload(key: str) -> Upload:
    return Upload(S3Object("uploads", key, "3sL4kqtJ"), 3, "0A", "2026-05-01T12:00:00Z")


@given(KEYS, SALTS)
def test_a_prefix_contains_nothing_of_the_key(key: str, salt: bytes) -> None:
    claim = Claim(image_id(key, salt), "0A", "execution")
    assert re.fullmatch(r"[a-z2-7]{26}/3sL4kqtJ/", key_prefix(claim, upload(key)))


@given(KEYS)
def test_a_key_survives_every_event_and_message(key: str) -> None:
    event = look_at("uploads", key, SWEEP, "2026-05-01T12:00:00Z")
    assert event_from(json.loads(json.dumps(event))).key == key


@given(st.text(), SALTS)
def test_every_text_has_an_id_even_lone_surrogates(key: str, salt: bytes) -> None:
    assert re.fullmatch(ID_PATTERN, image_id(key, salt))


class Asked:
    """Stands in for the table of records: has one for every id."""

    def get(self, image_id: str) -> dict[str, Any]:
        return {"image_id": image_id, "status": "processing", "uploaded_at": NOW}


READS_OF_ANYTHING = Reads(
    Asked(),  # type: ignore[arg-type]
    Presigned("renditions", 60),
    b"",
    "cursors",
    Clock(),
    "read-model",
    "renditions",
    "idempotency",
)


def answer_to(route: str, **parameters: dict[str, str]) -> tuple[int, dict[str, Any]]:
    answer = respond({"routeKey": route, **parameters}, READS, READS_OF_ANYTHING, "NONE")
    return answer["statusCode"], json.loads(answer["body"])


@given(st.text(min_size=1))
def test_the_api_accepts_every_text_as_a_key(key: str) -> None:
    found = answer_to("GET /images", queryStringParameters={"key": key})
    assert found == (
        200,
        {"image_id": image_id(key), "status": "processing", "uploaded_at": NOW},
    )


@given(st.text(st.characters()))
def test_the_api_accepts_only_ids_as_ids(text: str) -> None:
    status, body = answer_to("GET /images/{id}", pathParameters={"id": f"{text}/"})
    assert (status, body["error"]) == (400, "bad_request")
    assert body["message"] == "An image id has 26 characters, each of a-z or 2-7."


@pytest.mark.parametrize("key", AWKWARD)
def test_the_api_shows_a_key_as_plain_json(account: Account, context: Context, key: str) -> None:
    from api.handler import handler

    event = account.created(S3Object("uploads", key, "gone"), 3)
    claim_for(event)  # of an upload that is gone: moto cannot store under all of these keys
    query = {"key": key}
    request: Any = {"version": "2.0", "routeKey": "GET /images", "queryStringParameters": query}
    answer = handler(request, context)  # type: ignore[arg-type]
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["key"] == key
    assert answer["body"].isascii()
    assert answer["body"].isprintable()
    assert answer["headers"].pop("etag")
    assert answer["headers"].pop("retry-after")
    assert answer["headers"] == {
        "content-type": "application/json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }


def test_the_sweep_finds_awkward_keys_under_their_own_names(account: Account) -> None:
    # moto lists versions unencoded, though botocore asks otherwise, and XML has no such characters.
    keys = {key for key in AWKWARD if "\r" not in key and "\x01" not in key}
    for key in keys:
        account.upload(key, b"data")
    page = list_newest("uploads", "uploads/", Position())
    assert ({newest.key for newest in page.newest}, page.is_last) == (keys, True)

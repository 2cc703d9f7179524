"""Whatever text a key is, nothing that is made of it means anything but that key."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.request import MalformedRequest, requested_image_id
from image_pipeline import storage
from image_pipeline.events import claim_for, event_for, upload_from
from image_pipeline.identity import image_id, is_image_id
from image_pipeline.models import S3Object, Upload
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import key_prefix

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
# Whatever UTF-8 can say: a key of S3 is nothing else.
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def upload(key: str) -> Upload:
    return Upload(S3Object("uploads", key, "3sL4kqtJ"), 3, "0A", "2026-05-01T12:00:00Z")


@given(KEYS, SALTS)
def test_a_prefix_holds_nothing_of_the_key(key: str, salt: bytes) -> None:
    claim = claim_for(upload(key), "execution", salt)
    assert re.fullmatch(r"[a-z2-7]{26}/3sL4kqtJ/", key_prefix(claim, upload(key)))


@given(KEYS)
def test_a_key_survives_every_event_and_message(key: str) -> None:
    assert upload_from(json.loads(json.dumps(event_for(upload(key))))) == upload(key)


@given(st.text(), SALTS)
def test_every_text_has_an_id_even_what_is_no_utf8(key: str, salt: bytes) -> None:
    assert is_image_id(image_id(key, salt))


@given(st.text(st.characters()))
def test_the_api_takes_every_text_for_a_key_and_few_for_an_id(key: str) -> None:
    asked: dict[str, Any] = {"queryStringParameters": {"key": key or "-"}}
    assert is_image_id(requested_image_id(asked, b""))
    with pytest.raises(MalformedRequest, match="An image id has"):
        requested_image_id({"pathParameters": {"id": f"{key}/"}}, b"")


@pytest.mark.parametrize("key", AWKWARD)
def test_the_api_shows_a_key_as_plain_json(account: Account, context: Context, key: str) -> None:
    from api.handler import handler

    Records("images").claim(claim_for(upload(key), "one", b""), upload(key))
    event: Any = {"version": "2.0", "queryStringParameters": {"key": key}}
    answer = handler(event, context)  # type: ignore[arg-type]
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["key"] == key
    assert answer["body"].isascii()
    assert answer["body"].isprintable()
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
    found, after = storage.list_latest("uploads", "uploads/", "")
    assert ({latest.key for latest in found}, after) == (keys, "")

"""The pure parts of a webhook: its body, its signature, and how long it waits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_pipeline.errors import ConfigError
from webhook.payload import MalformedError, webhook
from webhook.signature import key_of, signed_headers
from webhook.waits import ATTEMPTS, retry_after, seconds_until_next

NOTIFICATION = {
    "id": "5ckxvam4h5m3v2i7bbvu5coi3h/one/approved",
    "image_id": "5ckxvam4h5m3v2i7bbvu5coi3h",
    "status": "approved",
    "key": "uploads/Straße \udcff.jpg",
    "processed_at": "2026-11-21T12:00:02.113Z",
}
DAY = 24 * 3600


def test_the_body_is_the_notification_with_type_and_time() -> None:
    made = webhook(json.dumps(NOTIFICATION), 1.5)
    assert json.loads(made.body) == {
        "type": "image.approved",
        "timestamp": "2026-11-21T12:00:02.113Z",
        "data": NOTIFICATION,
    }
    assert (made.id, made.image_id) == (NOTIFICATION["id"], NOTIFICATION["image_id"])
    assert made.body.isascii()


def test_every_attempt_sends_the_same_bytes() -> None:
    text = json.dumps(NOTIFICATION)
    assert webhook(text, 1.5) == webhook(text, 1.5) == webhook(text, 2.5)


def test_a_notification_of_the_last_release_has_the_time_at_which_it_was_sent() -> None:
    old = {name: value for name, value in NOTIFICATION.items() if name != "processed_at"}
    made = webhook(json.dumps(old), 1_700_000_000.25)
    assert json.loads(made.body)["timestamp"] == "2023-11-14T22:13:20.250Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "1",
        "null",
        "{}",
        '{"id": "a"}',
        '{"status": "approved"}',
        '{"id": 1, "status": "approved"}',
        '{"id": "", "status": "approved"}',
        '{"id": "a b", "status": "approved"}',
        '{"id": "a\\r\\nx: y", "status": "approved"}',
        '{"id": "ä", "status": "approved"}',
        '{"id": "a", "status": ["approved"]}',
        '{"id": "a", "status": "Approved!"}',
        '{"id": "a", "status": "approved", "x": NaN}',
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_what_is_not_a_notification_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        webhook(text, 0)


def test_a_published_signature_is_reproduced() -> None:
    """The example of github.com/standard-webhooks/standard-webhooks/blob/main/spec."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(
        [key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_key_signs() -> None:
    headers = signed_headers([b"a" * 24, b"b" * 24], "id", 1, b"body")
    digests = (hmac.digest(key, b"id.1.body", hashlib.sha256) for key in (b"a" * 24, b"b" * 24))
    assert headers["webhook-signature"].split(" ") == [
        f"v1,{base64.b64encode(digest).decode()}" for digest in digests
    ]


@pytest.mark.parametrize("prefix", ["whsec_", ""])
@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_secret_is_base64_with_or_without_its_prefix(prefix: str, ending: str) -> None:
    secret = base64.b64encode(b"k" * 32).decode()
    assert key_of(f"{prefix}{secret}{ending}") == b"k" * 32


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "!" * 32, "A" * 88 + "AAAA", "ä"]
)
def test_another_secret_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(ConfigError) as refused:
        key_of(secret)
    assert not secret or secret not in str(refused.value)


def least(low: float, _high: float) -> float:
    return low


def most(_low: float, high: float) -> float:
    return high


def test_waits_double_up_to_two_hours_and_last_a_day() -> None:
    waits = [seconds_until_next(number, None, least) for number in range(1, ATTEMPTS)]
    assert waits[:4] == [10, 20, 40, 80]
    assert waits[-1] == 7200
    assert waits == sorted(waits)
    longest = sum(seconds_until_next(number, None, most) for number in range(1, ATTEMPTS))
    assert DAY <= sum(waits) < longest <= 32 * 3600
    asked = sum(seconds_until_next(number, 10**9, most) for number in range(1, ATTEMPTS))
    assert asked <= 53 * 3600


@pytest.mark.parametrize("number", [ATTEMPTS, ATTEMPTS + 1, 10**6])
def test_nothing_waits_after_the_last_attempt(number: int) -> None:
    assert seconds_until_next(number, 60, most) == 0


def test_messages_that_fail_together_do_not_come_back_together() -> None:
    chance = random.Random(1)
    waits = {seconds_until_next(11, None, chance.uniform) for _ in range(50)}
    assert len(waits) > 40
    assert min(waits) >= 7200
    assert max(waits) <= 9000


@given(st.integers(1, 10**6), st.none() | st.floats(0, 1e12))
def test_every_wait_is_one_that_sqs_accepts(number: int, asked_for: float | None) -> None:
    wait = seconds_until_next(number, asked_for, most)
    assert isinstance(wait, int)
    assert 0 <= wait <= 12 * 3600


@pytest.mark.parametrize(
    ("status", "header", "expected"),
    [
        (429, "120", 120.0),
        (503, " 120 ", 120.0),
        (503, "Fri, 01 Jan 2027 00:01:00 GMT", 60.0),
        (503, "Thu, 31 Dec 2026 23:59:00 GMT", 0.0),
        (503, "9" * 400, 999_999_999.0),
        (500, "120", None),
        (429, None, None),
        (429, "", None),
        (429, "-5", None),
        (429, "1.5", None),
        (429, "NaN", None),
        (429, "soon", None),
        (429, "Fri, 01 Jan 99999 00:00:00 GMT", None),
    ],
)
def test_the_wait_that_an_answer_asks_for(
    status: int, header: str | None, expected: float | None
) -> None:
    now: Any = 1_798_761_600.0  # 2027-01-01
    assert retry_after(status, header, now) == expected

"""The verification in docs/api.md, run on webhooks that the function posts to a real server."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.notification import WORDS
from tests.docs.pages import section
from tests.support.webhook_receivers import Received, Reply, receiving

from .test_webhook import KEYS, NOTIFICATION, Webhooks

if TYPE_CHECKING:
    from .conftest import Account, Context

SECRETS = [f"whsec_{key}" for key in KEYS]


@pytest.fixture
def is_genuine() -> Any:
    """The function as the page has it."""
    page = section("docs/api.md", "## Webhooks")
    (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(source, names)
    body = source[source.rindex('"""') + 3 :].strip().splitlines()
    assert len(body) == 5
    return names["is_genuine"]


@pytest.fixture
def posted(account: Account, context: Context, monkeypatch: pytest.MonkeyPatch) -> Received:
    """A webhook, signed with both secrets."""
    webhooks = Webhooks(monkeypatch, context)
    webhooks.secrets.put_secret_value(SecretId=webhooks.secret, SecretString=SECRETS[1])
    webhooks.send(json.dumps(NOTIFICATION))
    with receiving() as receiver:
        webhooks.run(receiver.url, webhooks.event())
    (request,) = receiver.requests
    return request


@pytest.mark.parametrize("secret", SECRETS + KEYS)
def test_it_accepts_a_webhook_with_either_secret(
    secret: str, posted: Received, is_genuine: Any
) -> None:
    assert is_genuine(secret, posted.headers, posted.body)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "another"),
        ("webhook-timestamp", "1600000000"),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,ä"),
        ("webhook-signature", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ],
)
def test_it_refuses_changed_headers(
    name: str, value: str, posted: Received, is_genuine: Any
) -> None:
    assert not is_genuine(SECRETS[0], posted.headers | {name: value}, posted.body)


def test_it_refuses_another_body_and_another_secret(posted: Received, is_genuine: Any) -> None:
    for secret, body in ((SECRETS[0], posted.body + b" "), ("whsec_" + "C" * 44, posted.body)):
        assert not is_genuine(secret, posted.headers, body)


def test_it_refuses_a_webhook_that_is_repeated_later(
    posted: Received, is_genuine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = int(posted.headers["webhook-timestamp"]) + 301
    monkeypatch.setattr("time.time", lambda: later)
    assert not is_genuine(SECRETS[0], posted.headers, posted.body)


def test_a_receiver_that_verifies_accepts_what_is_posted(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch, is_genuine: Any
) -> None:
    def answer(request: Received) -> Reply:
        is_mine = is_genuine(SECRETS[0], request.headers, request.body)
        return Reply(204 if is_mine else 401)

    webhooks = Webhooks(monkeypatch, context)
    webhooks.send(json.dumps(NOTIFICATION))
    with receiving(answer) as receiver:
        assert webhooks.run(receiver.url, webhooks.event()) == []


def test_the_page_documents_every_type() -> None:
    page = section("docs/api.md", "## Webhooks")
    assert set(re.findall(r"`image\.(\w+)`", page)) == set(WORDS)

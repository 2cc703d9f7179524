"""Requests with an Idempotency-Key: performed once, and answered the same again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import pytest

from api import idempotency
from api.caller import Caller
from api.errors import ConflictError
from api.idempotency import KEPT_SECONDS, Idempotency
from api.parameters import IDEMPOTENCY_KEY, IF_MATCH
from api.routing import Answer, Body, Request, Response, Route, respond
from image_pipeline import aws
from local.aws.dynamodb import atomic
from local.manifest import table

from .conftest import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Account

TABLE = ENVIRONMENT["IDEMPOTENCY_TABLE"]
KEPT = Idempotency(TABLE)
NOW = 1_795_000_000.5
SECONDS = 20


class Api:
    """An API with one route, which counts how often it is performed."""

    def __init__(self, account: Account) -> None:
        account.dynamodb.create_table(TableName=TABLE, **table("IdempotencyTable"))
        self.performed: list[Request] = []
        self.now = NOW
        self.answer: Callable[[Request], Answer] = lambda request: Answer(
            201, {"number": len(self.performed), "id": request.request_id}, {"etag": '"1"'}
        )

    def ask(self, key: str | None = "a key", body: Any = None, **given: Any) -> dict[str, Any]:
        """Ask and return the whole answer; `path`, `caller` and `if_match` may be given."""
        headers = {"content-type": "application/json"}
        headers |= {} if key is None else {"idempotency-key": key}
        headers |= {"if-match": given["if_match"]} if "if_match" in given else {}
        path = given.get("path", "/things")
        event = {
            "routeKey": f"POST {path}",
            "headers": headers,
            "body": json.dumps(body or {"name": "one"}),
            "requestContext": {
                "requestId": f"request {given.get('request', len(self.performed))}",
                "authorizer": {"iam": {"userArn": given.get("caller", "somebody")}},
            },
        }
        routes = {f"POST {path}": self._route(path)}
        return respond(event, routes, None, "IAM", self.once)

    def once(self, *given: Any) -> dict[str, Any]:
        return KEPT.once(*given, seconds=SECONDS)

    def _route(self, path: str) -> Route:
        def answer(_: Any, request: Request) -> Answer:
            self.performed.append(request)
            return self.answer(request)

        return Route(
            method="POST",
            path=path,
            operation_id="make",
            summary="",
            description="",
            responses={201: Response("")},
            answer=answer,
            scopes=("images:write",),
            parameters=(IDEMPOTENCY_KEY, IF_MATCH),
            body=Body({"type": "object", "required": ["name"]}, {}),
        )


@pytest.fixture
def api(account: Account, monkeypatch: pytest.MonkeyPatch) -> Api:
    found = Api(account)
    monkeypatch.setattr("api.idempotency.time.time", lambda: found.now)
    return found


def code(answer: dict[str, Any]) -> str:
    return str(json.loads(answer["body"])["code"])


def test_a_repeated_request_gets_the_same_answer_byte_for_byte(api: Api) -> None:
    first = api.ask()
    assert (first["statusCode"], first["headers"]["etag"]) == (201, '"1"')
    assert api.ask(request="another") == first
    api.now += KEPT_SECONDS - 1
    assert api.ask() == first
    assert len(api.performed) == 1


def test_an_answer_is_kept_for_a_day_whether_dynamodb_has_removed_it_or_not(api: Api) -> None:
    first = api.ask()
    api.now += KEPT_SECONDS + 1
    assert api.ask() != first
    assert len(api.performed) == 2


def test_without_a_key_each_request_is_performed(api: Api) -> None:
    assert api.ask(key=None) != api.ask(key=None)
    assert len(api.performed) == 2


@pytest.mark.parametrize("other", [{"path": "/others"}, {"caller": "else"}, {"key": "A KEY"}])
def test_a_key_belongs_to_a_caller_and_a_route(api: Api, other: dict[str, str]) -> None:
    api.ask()
    assert api.ask(**other)["statusCode"] == 201
    assert len(api.performed) == 2


@pytest.mark.parametrize("other", [{"body": {"name": "two"}}, {"if_match": '"2"'}])
def test_a_key_cannot_be_used_for_another_request(api: Api, other: dict[str, Any]) -> None:
    first = api.ask(body={"name": "one", "of": 1})
    answer = api.ask(**other)
    assert (answer["statusCode"], code(answer)) == (422, "unprocessable")
    assert len(api.performed) == 1
    # The order of members is no difference.
    assert api.ask(body={"of": 1, "name": "one"}) == first


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\t", "ü", "\x00"])
def test_a_malformed_key_is_refused(api: Api, key: str) -> None:
    answer = api.ask(key)
    assert (answer["statusCode"], code(answer)) == (400, "bad_request")
    assert json.loads(answer["body"])["errors"][0]["field"] == "Idempotency-Key"
    assert api.performed == []


@pytest.mark.parametrize("key", ["k" * 255, " ", '"a quoted key"', "~!@"])
def test_printable_keys_up_to_255_characters_are_taken(api: Api, key: str) -> None:
    assert api.ask(key) == api.ask(key)
    assert len(api.performed) == 1


def test_a_malformed_request_uses_no_key_up(api: Api) -> None:
    assert api.ask(body={"other": 1})["statusCode"] == 400
    assert api.ask()["statusCode"] == 201


def test_a_refusal_is_kept_as_well(api: Api) -> None:
    api.answer = refused
    first = api.ask()
    assert first["statusCode"] == 409
    assert api.ask() == first
    assert len(api.performed) == 1


def refused(_: Request) -> Answer:
    raise ConflictError("not now")


def test_a_request_that_is_being_performed_is_not_performed_at_the_same_time(api: Api) -> None:
    begun, may_end = Event(), Event()

    def slowly(_: Request) -> Answer:
        begun.set()
        assert may_end.wait(10)
        return Answer(201, {"number": 1})

    api.answer = slowly
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(api.ask)
        assert begun.wait(10)
        second = api.ask()
        may_end.set()
        assert first.result()["statusCode"] == 201
    assert (second["statusCode"], code(second)) == (409, "conflict")
    assert int(second["headers"]["retry-after"]) == pytest.approx(SECONDS, abs=1)
    assert api.ask() == first.result()


def test_of_many_equal_requests_at_once_one_is_performed(api: Api) -> None:
    together = Barrier(8)

    def ask(number: int) -> dict[str, Any]:
        together.wait(10)
        return api.ask(request=number)

    with atomic(lambda *_: None), ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(ask, range(8))]
    assert len(api.performed) == 1
    done = [each for each in answers if each["statusCode"] == 201]
    assert all(each == done[0] for each in done)
    assert {each["statusCode"] for each in answers} <= {201, 409}


def test_a_server_error_is_not_kept(api: Api) -> None:
    def throttled(_: Request) -> Answer:
        raise aws.dynamodb().exceptions.ProvisionedThroughputExceededException(
            {"Error": {"Code": "ProvisionedThroughputExceededException"}}, "PutItem"
        )

    works, api.answer = api.answer, throttled
    assert api.ask()["statusCode"] == 503
    api.answer = works
    assert api.ask()["statusCode"] == 201


def test_an_error_frees_the_key_and_is_raised(api: Api) -> None:
    def broken(_: Request) -> Answer:
        raise RuntimeError("broken")

    works, api.answer = api.answer, broken
    with pytest.raises(RuntimeError, match="broken"):
        api.ask()
    api.answer = works
    assert api.ask()["statusCode"] == 201


def test_a_function_that_is_stopped_keeps_the_key_only_as_long_as_it_could_have_run(
    api: Api,
) -> None:
    asked = Request({}, {"name": "one"}, Caller(name="somebody"), {"idempotency-key": "k"}, "dead")
    assert KEPT._taken(idempotency._name("POST /things", asked), asked, api.now + SECONDS) is None
    assert api.ask("k")["statusCode"] == 409
    api.now += SECONDS + 1
    assert api.ask("k", request="alive")["statusCode"] == 201
    # It was not dead: its answer does not replace the other one.
    KEPT._keep(idempotency._name("POST /things", asked), asked, {"statusCode": 299})
    KEPT._free(idempotency._name("POST /things", asked), asked)
    assert api.ask("k")["statusCode"] == 201
    assert len(api.performed) == 1


def test_the_answer_is_given_even_if_it_cannot_be_kept(
    api: Api, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(request: Request) -> Answer:
        account.dynamodb.delete_table(TableName=TABLE)
        return Answer(201, {"id": request.request_id})

    monkeypatch.setattr(api, "answer", gone)
    assert api.ask()["statusCode"] == 201


def test_answers_longer_than_an_item_are_kept(api: Api) -> None:
    url = "https://uploads.s3.amazonaws.com/?X-Amz-Signature="
    parts = [{"url": f"{url}{number:0512x}"} for number in range(1000)]
    api.answer = lambda _: Answer(201, {"parts": parts})
    first = api.ask()
    assert len(first["body"]) > 400_000
    assert api.ask() == first

"""Requests are held to their routes: every malformed one is a problem that names the field."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.caller import READ, REVIEW, WRITE
from api.parameters import IDEMPOTENCY_KEY, IF_MATCH, IMAGE_ID, LINE, LINES, Parameter
from api.routing import Answer, Body, Request, Route, respond

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 8, "pattern": LINE},
        "note": {"type": "string", "maxLength": 100, "pattern": LINES},
        "bytes": {"type": "integer", "minimum": 1, "maximum": 2**40},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "ids": {
            "type": "array",
            "maxItems": 3,
            "items": {"type": "string", "maxLength": 3, "pattern": LINE},
        },
        "tags": {
            "type": "object",
            "maxProperties": 2,
            "propertyNames": {"maxLength": 3},
            "additionalProperties": {"type": "string", "maxLength": 3},
        },
    },
}


def query(name: str, **schema: Any) -> Parameter:
    return Parameter(name, "query", "One.", f"{name} is wrong.", schema, required=False)


def answer(_: Any, request: Request) -> Answer:
    found = {
        "arguments": request.arguments,
        "body": request.body,
        "headers": request.headers,
        "id": request.request_id,
    }
    return Answer(201, found, {"location": "/there"})


ROUTE = Route(
    method="POST",
    path="/images/{id}",
    operation_id="do_it",
    summary="Do it",
    description="Does it.",
    responses={},
    answer=answer,
    scopes=(WRITE, REVIEW),
    parameters=(
        IMAGE_ID,
        query("limit", type="integer", minimum=1, maximum=100, default=20),
        query("whole", type="boolean"),
        query("since", type="string", format="date-time"),
        query("status", type="string", enum=["approved", "review"]),
        query("q", type="string", minLength=2, maxLength=10),
        IF_MATCH,
        IDEMPOTENCY_KEY,
    ),
    body=Body(SCHEMA, {"name": "a"}, bytes=2000),
)
ROUTES = {ROUTE.key: ROUTE}
PATH = {"id": "a" * 26}
JSON = {"content-type": "application/json"}


def ask(
    body: Any = '{"name": "a"}', auth: str = "NONE", **changed: Any
) -> tuple[int, dict[str, Any]]:
    event: dict[str, Any] = {
        "routeKey": ROUTE.key,
        "pathParameters": PATH,
        "headers": JSON,
        "requestContext": {"requestId": "request"},
        "body": body,
        **changed,
    }
    answered = respond(event, ROUTES, None, auth)
    assert answered["headers"]["cache-control"] == "no-store"
    is_error = answered["statusCode"] >= 400
    media_type = "application/problem+json" if is_error else "application/json"
    assert answered["headers"]["content-type"] == media_type
    return answered["statusCode"], json.loads(answered["body"])


def fields(body: dict[str, Any]) -> list[str]:
    return [fault["field"] for fault in body["errors"]]


def test_a_request_that_fits_reaches_its_route() -> None:
    given_ = {"limit": "7", "whole": "", "since": "2026-01-01T00:00:00+02:00", "status": "review"}
    headers = {**JSON, "if-match": '"3"', "idempotency-key": "k", "other": "x"}
    status, found = ask(
        '{"name": "é", "bytes": 1e3}', queryStringParameters=given_, headers=headers
    )
    assert (status, found) == (
        201,
        {
            "arguments": {**PATH, "limit": 7, "whole": True, "since": given_["since"],
                          "status": "review"},
            "body": {"name": "é", "bytes": 1000},
            "headers": {"if-match": '"3"', "idempotency-key": "k"},
            "id": "request",
        },
    )  # fmt: skip


def test_parameters_that_are_left_out_have_their_default_or_are_absent() -> None:
    assert ask()[1]["arguments"] == {**PATH, "limit": 20}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("limit", text)
            for text in (
                "0",
                "101",
                "",
                "1.0",
                "1e1",
                "+1",
                " 1",
                "\N{FULLWIDTH DIGIT ONE}",
                "0x1",
                "1,2",
            )
        ),
        ("limit", "9" * 5000),
        *(("whole", text) for text in ("1", "True", "yes")),
        *(("since", text) for text in ("", "2026", "2026-01-01", "2026-01-01T00:00:00")),
        *(("since", text) for text in ("2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z")),
        *(("since", text) for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")),
        ("since", "٢٠٢٦-01-01T00:00:00Z"),
        *(("status", text) for text in ("", "deleted", "approved,review")),
        *(("q", text) for text in ("a", "a" * 11, "a\0b", "a\nb", "a\ud800b", "ab\x7f")),
    ],
)
def test_a_malformed_parameter_is_named(name: str, value: str) -> None:
    status, body = ask(queryStringParameters={name: value})
    assert (status, body["code"], fields(body)) == (400, "bad_request", [name])
    assert body["detail"] == body["message"] == f"{name} is wrong."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("If-Match", text) for text in ("", "3", '"3', '"3", "4"', '"' + "3" * 200 + '"')),
        *(("Idempotency-Key", text) for text in ("", "k" * 256, "é", "a\0")),
    ],
)
def test_a_malformed_header_is_named(name: str, value: str) -> None:
    status, body = ask(headers={**JSON, name.lower(): value})
    assert (status, fields(body)) == (400, [name])


@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json",
     "multipart/form-data; boundary=application/json"],
)  # fmt: skip
def test_only_json_is_a_body(media_type: str) -> None:
    status, body = ask(headers={"content-type": media_type})
    assert (status, body["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/vnd.images+json"],
)
def test_json_has_several_names(media_type: str) -> None:
    assert ask(headers={"content-type": media_type})[0] == 201


def test_a_body_is_counted_in_bytes() -> None:
    fitting = json.dumps({"name": "a"}) + " " * (2000 - 13)
    assert ask(fitting)[0] == 201
    assert ask(fitting + " ")[0] == 413
    assert ask("é" * 1001)[0] == 413


@pytest.mark.parametrize(
    "text",
    [
        "", "nothing", "{", '{"name": "a"} x', '{"name": NaN}', '{"share": Infinity}',
        '{"share": 1e999}', '{"bytes": ' + "9" * 1900 + "}", '{"name": "a", "name": "b"}',
        "[" * 2000, '{"ids": ' * 200, "\ufeff{}", "\ud800", "{'name': 'a'}", '{"name": "a\tb"}',
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused(text: str) -> None:
    assert ask(text)[0] == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ([], ""),
        ("a", ""),
        (None, ""),
        ({"name": ""}, "name"),
        ({"name": "a" * 9}, "name"),
        ({"name": "a\0"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": 1}, "name"),
        ({"name": True}, "name"),
        ({"name": None}, "name"),
        ({"name": "a", "note": "\x1b[0m"}, "note"),
        ({"name": "a", "bytes": 0}, "bytes"),
        ({"name": "a", "bytes": 2**40 + 1}, "bytes"),
        ({"name": "a", "bytes": 2**80}, "bytes"),
        ({"name": "a", "bytes": True}, "bytes"),
        ({"name": "a", "bytes": "1"}, "bytes"),
        ({"name": "a", "bytes": 1.5}, "bytes"),
        ({"name": "a", "share": -0.1}, "share"),
        ({"name": "a", "ids": ["a", "b", 3]}, "ids[2]"),
        ({"name": "a", "ids": ["a", "b\0"]}, "ids[1]"),
        ({"name": "a", "ids": ["a"] * 4}, "ids"),
        ({"name": "a", "ids": [[[[[[[[["deep"]]]]]]]]]}, "ids[0][0][0][0][0][0][0][0]"),
        ({"name": "a", "tags": {"x": "long"}}, "tags.x"),
        ({"name": "a", "tags": {"a\0": "b"}}, "tags"),
        ({"name": "a", "other": 1}, "other"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_the_field(body: Any, field: str) -> None:
    status, found = ask(json.dumps(body))
    assert (status, fields(found)) == (400, [field])
    assert len(found["detail"]) < 600


def test_several_lines_are_text() -> None:
    assert ask(json.dumps({"name": "a", "note": "one\r\n\ttwo"}))[0] == 201


def test_a_body_may_be_base64() -> None:
    def sent(data: bytes) -> int:
        return ask(base64.b64encode(data).decode(), isBase64Encoded=True)[0]

    assert sent(b'{"name": "a"}') == 201
    assert sent('{"name": "é"}'.encode("latin-1")) == 400
    assert sent(b"\xff\xfe\x00") == 400
    assert sent(b" " * 2001) == 413
    assert ask("%%%", isBase64Encoded=True)[0] == 400


def test_a_caller_without_any_of_the_scopes_is_refused_before_anything_else() -> None:
    def asked(*scopes: str) -> int:
        jwt = {"claims": {"sub": "one", "scope": " ".join(scopes)}}
        context = {"authorizer": {"jwt": jwt}, "requestId": "request"}
        return ask("nothing", "JWT", requestContext=context)[0]

    assert (asked(READ), asked(WRITE), asked(REVIEW)) == (403, 400, 400)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@given(ANYTHING)
def test_no_body_is_the_fault_of_the_api(body: Any) -> None:
    assert ask(json.dumps(body))[0] in {201, 400, 413}
    assert ask(json.dumps({"name": "a", "tags": body}))[0] in {201, 400, 413}


@given(st.text(st.characters()), st.text(st.characters()))
def test_no_text_is_the_fault_of_the_api(text: str, other: str) -> None:
    names = ("limit", "whole", "since", "status", "q")
    for name in names:
        assert ask(other, queryStringParameters={name: text})[0] in {201, 400}
    given_ = {"if-match": text, "idempotency-key": other, "content-type": text}
    assert ask(headers=given_)[0] in {201, 400, 415}

"""The examples in the OpenAPI document work, and every answer is as it describes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from local.seeds import PHOTO
from tests.support.described import DOCUMENT, OPERATIONS, undescribed

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

# In this order: what changes the image comes last.
READS = [name for name, each in OPERATIONS.items() if each["method"] == "GET"]


class Asked:
    """Sends requests, and requires every answer to be as described."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url

    def __call__(
        self, operation_id: str, parameters: dict[str, Any], body: bytes | None = None
    ) -> tuple[int, Any]:
        operation = OPERATIONS[operation_id]
        places: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
        for each in operation.get("parameters", []):
            if each["name"] in parameters:
                places[each["in"]][each["name"]] = str(parameters[each["name"]])
        path = operation["path"]
        for name, value in places["path"].items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        if body is not None:
            places["header"]["Content-Type"] = "application/json"
        url = f"{self._api_url}{path}?{urlencode(places['query'])}".rstrip("?")
        request = urllib.request.Request(
            url, data=body, headers=places["header"], method=operation["method"]
        )
        status, headers, data = _answer(request)
        assert undescribed(operation_id, status, headers, data) == []
        return status, json.loads(data) if data else None


class _Here(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Do not follow."""


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Here())


def _answer(request: urllib.request.Request) -> tuple[int, dict[str, str], bytes]:
    try:
        with _OPENER.open(request, timeout=60) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            headers = {name.lower(): value for name, value in error.headers.items()}
            return error.code, headers, error.read()


@pytest.fixture(scope="module")
def ask(aws: OfflineAws, planted: None) -> Asked:
    return Asked(aws.api_url)


def examples(operation_id: str) -> dict[str, Any]:
    given = OPERATIONS[operation_id].get("parameters", [])
    return {each["name"]: each["example"] for each in given if each["required"]}


@pytest.mark.parametrize("operation_id", READS)
def test_the_examples_of_what_reads_are_answered(ask: Asked, operation_id: str) -> None:
    assert ask(operation_id, examples(operation_id))[0] in {200, 307}


def test_the_example_of_a_new_image_is_answered(ask: Asked) -> None:
    body = OPERATIONS["create_image"]["requestBody"]["content"]["application/json"]["example"]
    status, image = ask("create_image", {}, json.dumps(body).encode())
    assert status == 201
    shown = ask("get_image", {"id": image["image_id"]})
    assert (shown[0], shown[1]["status"]) == (200, "pending")
    fitting = {"id": image["image_id"], "If-None-Match": "*"}
    assert ask("get_image", fitting)[0] == 304


def test_an_image_is_found_by_the_older_parameter_too(ask: Asked) -> None:
    status, image = ask("list_images", {"key": PHOTO.key})
    assert (status, image["key"]) == (200, PHOTO.key)


def test_the_served_document_names_the_server_that_serves_it(ask: Asked) -> None:
    assert ask("get_openapi", {})[1] == DOCUMENT | {"servers": [{"url": "/"}]}


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_an_image_that_does_not_exist_is_not_found(ask: Asked, operation_id: str) -> None:
    given = examples(operation_id)
    if "id" in given:
        body = OPERATIONS[operation_id].get("requestBody")
        example = body and json.dumps(body["content"]["application/json"]["example"]).encode()
        assert ask(operation_id, given | {"id": "a" * 26}, example)[0] == 404


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_body_that_is_not_text_is_refused(ask: Asked, operation_id: str) -> None:
    operation = OPERATIONS[operation_id]
    if "requestBody" in operation:
        assert ask(operation_id, examples(operation_id), b"\xff\xfe")[0] == 400

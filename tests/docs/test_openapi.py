"""The OpenAPI document: current, valid, complete, and its examples fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.routes import READS
from api.write_routes import WRITES
from tests.docs import openapi_page
from tests.docs.pages import ROOT
from tests.support.described import DOCUMENT, OPERATIONS, faults

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUTES = READS | WRITES


def test_the_page_is_current() -> None:
    assert openapi_page.PATH.read_text(encoding="utf-8") == openapi_page.written(), "run make docs"


def test_the_page_is_the_document() -> None:
    assert yaml.safe_load(openapi_page.PATH.read_text(encoding="utf-8")) == DOCUMENT


def test_the_document_is_valid() -> None:
    assert [*OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_every_reference_leads_somewhere() -> None:
    found = set(re.findall(r"'\$ref': '#/([^']+)'", str(DOCUMENT)))
    assert found
    for pointer in found:
        value: Any = DOCUMENT
        for part in pointer.split("/"):
            assert part in value, pointer
            value = value[part]


def test_access_is_published_for_every_route_that_asks_who_calls() -> None:
    page = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    walked = {
        " ".join(line[3:].split(" ")[:2]) for line in page.splitlines() if line.startswith("## ")
    }
    # What POST /images makes is of nobody yet.
    asking = {key for key, route in ROUTES.items() if route.scopes} - {"POST /images"}
    assert walked == asking, "run make access"


def test_every_schema_is_valid_json_schema() -> None:
    for schema in (*DOCUMENT["components"]["schemas"].values(), *_schemas(OPERATIONS)):
        Draft202012Validator.check_schema(schema)


def test_every_operation_has_an_id_of_its_own() -> None:
    assert len(OPERATIONS) == sum(map(len, DOCUMENT["paths"].values()))


def test_every_shared_schema_is_used() -> None:
    text = str(DOCUMENT)
    for name in DOCUMENT["components"]["schemas"]:
        assert f"#/components/schemas/{name}'" in text, name


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_example_fits_its_schema(name: str) -> None:
    count = 0
    for described in _described(OPERATIONS[name]):
        assert faults(described["example"], described["schema"]) == [], described
        count += 1
    assert count >= 1


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_with_a_body_has_a_schema_and_an_example(name: str) -> None:
    for code, response in OPERATIONS[name]["responses"].items():
        bodiless = code in {"202", "204", "304", "307"}
        assert "content" in response or bodiless, code
        for content in response.get("content", {}).values():
            assert content["schema"]
            assert content["example"] is not None


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_string_array_and_number_of_a_request_has_a_limit(name: str) -> None:
    operation = OPERATIONS[name]
    schemas = [each["schema"] for each in operation.get("parameters", [])]
    schemas += [
        each["schema"] for each in operation.get("requestBody", {"content": {}})["content"].values()
    ]
    for schema in schemas:
        for path, each in _parts(schema, name):
            assert _is_limited(each), f"{path}: {each}"


def _is_limited(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    if "enum" in schema or "const" in schema:
        return True
    if kind == "string":
        # A pattern, because the API takes no control characters even where a schema would.
        fixed = "}$" in schema.get("pattern", "") or schema.get("format") == "date-time"
        return fixed or {"maxLength", "pattern"} <= schema.keys()
    if kind in {"integer", "number"}:
        return {"minimum", "maximum"} <= schema.keys()
    if kind == "array":
        return "maxItems" in schema
    if kind == "object":
        names = schema.get("propertyNames", {})
        return schema.get("additionalProperties") is False or (
            "maxProperties" in schema and {"maxLength", "pattern"} <= names.keys()
        )
    return kind == "boolean"


def _parts(schema: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a schema and all that are inside of it."""
    yield path, schema
    for name, each in schema.get("properties", {}).items():
        yield from _parts(each, f"{path}.{name}")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from _parts(schema[name], f"{path}.{name}")


def _schemas(operations: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operation in operations.values():
        for described in _described(operation):
            yield described["schema"]


def _described(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield everything of an operation that has a schema and an example."""
    yield from (each for each in operation.get("parameters", []) if "example" in each)
    if "requestBody" in operation:
        yield from operation["requestBody"]["content"].values()
    for response in operation["responses"].values():
        yield from response.get("content", {}).values()

"""DynamoDB's typed JSON: every kind of value that a record holds, there and back."""

from __future__ import annotations

from typing import Any

import pytest

from image_pipeline.attribute_values import decode, encode
from image_pipeline.status import Status


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        ("text", {"S": "text"}),
        ("", {"S": ""}),
        (Status.APPROVED, {"S": "approved"}),
        (True, {"BOOL": True}),
        (False, {"BOOL": False}),
        (0, {"N": "0"}),
        (-7, {"N": "-7"}),
        (2**60, {"N": "1152921504606846976"}),
        (0.1, {"N": "0.1"}),
        (1e-7, {"N": "1e-07"}),
        ([1, "a"], {"L": [{"N": "1"}, {"S": "a"}]}),
        ({"a": {"b": [True]}}, {"M": {"a": {"M": {"b": {"L": [{"BOOL": True}]}}}}}),
    ],
)
def test_a_value_and_its_attribute_value(value: Any, attribute: dict[str, Any]) -> None:
    assert encode(value) == attribute
    assert type(next(iter(encode(value).values()))) is type(next(iter(attribute.values())))
    assert decode(attribute) == value


def test_a_tuple_comes_back_as_a_list() -> None:
    assert encode((1, 2)) == encode([1, 2])


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("7.0", 7.0), ("7E2", 700.0), ("7e2", 700.0), ("-7", -7)]
)
def test_a_number_is_an_int_unless_it_has_a_fraction_or_an_exponent(
    text: str, number: float
) -> None:
    found = decode({"N": text})

    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize("value", [None, b"bytes", {1}, object])
def test_what_a_record_cannot_hold_is_refused_by_the_name_of_its_type(value: Any) -> None:
    with pytest.raises(TypeError, match=f"a record cannot hold a {type(value).__name__}$"):
        encode({"a": [value]})

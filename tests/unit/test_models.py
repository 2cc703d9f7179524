"""Models survive the state machine: what one step returns is what the next one reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_pipeline.attribute_values import decode, encode
from image_pipeline.models import (
    Conversion,
    Facts,
    S3Object,
    ValidatedImage,
    from_dict,
    to_dict,
)

# Text that JSON and DynamoDB can hold; numbers within the 38 digits of DynamoDB.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(10**37), 10**37) | st.floats(
    allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100
)
FACTS = st.recursive(
    TEXT | NUMBERS | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)


@given(st.from_type(ValidatedImage))
def test_a_validated_image_survives_json(image: ValidatedImage) -> None:
    assert from_dict(ValidatedImage, json.loads(json.dumps(to_dict(image)))) == image


@given(st.from_type(Conversion))
def test_unknown_facts_are_left_out(conversion: Conversion) -> None:
    assert None not in to_dict(conversion).values()


def test_facts_that_a_step_leaves_out_have_defaults() -> None:
    facts = from_dict(Facts, {"format": "RAW", "content_type": "image/x-raw"})
    assert facts == Facts("RAW", "image/x-raw", None, None, 1, ())
    conversion = from_dict(Conversion, {"width": 8, "height": 6, "mode": "RGB"})
    assert conversion == Conversion(8, 6, "RGB", 1, False, None, None)


@pytest.mark.parametrize("value", [None, b"bytes", {1, 2}, object()])
def test_other_types_cannot_be_recorded(value: object) -> None:
    with pytest.raises(TypeError, match=f"a record cannot hold a {type(value).__name__}"):
        encode({"fact": [value]})


def test_unknown_keys_are_ignored() -> None:
    written = {"bucket": "uploads", "key": "uploads/a", "color": "red"}
    assert from_dict(S3Object, written) == S3Object("uploads", "uploads/a")


@given(FACTS)
def test_facts_survive_dynamodb(fact: object) -> None:
    found = decode(json.loads(json.dumps(encode(fact))))
    assert found == fact
    assert type(found) is type(fact)

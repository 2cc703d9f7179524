"""Ids of images and the order of uploads."""

from __future__ import annotations

import re

import pytest

from image_pipeline.identity import ID_PATTERN, comparable_sequencer, image_id


def test_the_same_key_is_always_the_same_image() -> None:
    assert image_id("uploads/a.jpg") == image_id("uploads/a.jpg")


def test_similar_keys_are_different_images() -> None:
    keys = ["uploads/a.jpg", "uploads/a.png", "uploads/x/a.jpg", "uploads/A.jpg", "uploads/ä.jpg"]
    assert len({image_id(key) for key in keys}) == len(keys)


def test_ids_without_a_salt_never_change() -> None:
    assert image_id("uploads/sample.jpg") == "5ckxvam4h5m3v2i7bbvu5coi3h"
    assert image_id("uploads/sample.jpg", b"") == "5ckxvam4h5m3v2i7bbvu5coi3h"


def test_every_salt_gives_other_ids() -> None:
    ids = {image_id("uploads/a.jpg", salt) for salt in (b"", b"one", b"two")}
    assert len(ids) == 3
    assert all(re.fullmatch(ID_PATTERN, found) for found in ids)
    # HMAC, not a prefix: the id of "ab" tells nothing about that of "b" with the salt "a".
    assert image_id("b", b"a") != image_id("ab")


@pytest.mark.parametrize(
    "key", ["uploads/a+b c%20é/ü.jpg", "uploads/" + "x" * 1016, "uploads/\n", "\ud800"]
)
def test_the_id_of_any_key_fits_into_a_url(key: str) -> None:
    assert re.fullmatch(ID_PATTERN, image_id(key))


def test_sequencers_of_different_lengths_are_compared_padded() -> None:
    older, newer = "0055AED6DCD90281E5", "0055AED6DCD90281E6"
    assert comparable_sequencer(older) < comparable_sequencer(newer)
    assert comparable_sequencer("00F") > comparable_sequencer("00EFFF")
    assert comparable_sequencer("00ab") == comparable_sequencer("00AB00")

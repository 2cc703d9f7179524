from __future__ import annotations

import pytest

from image_pipeline.identity import comparable_sequencer, image_id, is_image_id


def test_the_same_key_is_always_the_same_image() -> None:
    assert image_id("uploads/a.jpg") == image_id("uploads/a.jpg")


def test_keys_that_differ_a_little_are_different_images() -> None:
    keys = ["uploads/a.jpg", "uploads/a.png", "uploads/x/a.jpg", "uploads/A.jpg", "uploads/ä.jpg"]
    assert len({image_id(key) for key in keys}) == len(keys)


def test_without_a_salt_ids_stay_what_they_are() -> None:
    assert image_id("uploads/sample.jpg") == "5ckxvam4h5m3v2i7bbvu5coi3h"
    assert image_id("uploads/sample.jpg", b"") == "5ckxvam4h5m3v2i7bbvu5coi3h"


def test_ids_differ_with_every_salt() -> None:
    ids = {image_id("uploads/a.jpg", salt) for salt in (b"", b"one", b"two")}
    assert len(ids) == 3
    assert all(is_image_id(found) for found in ids)
    # HMAC, not a prefix: nobody who knows the id of "ab" learns anything about that of "b".
    assert image_id("b", b"a") != image_id("ab")


@pytest.mark.parametrize(
    "key", ["uploads/a+b c%20é/ü.jpg", "uploads/" + "x" * 1016, "uploads/\n", "\ud800"]
)
def test_an_id_of_any_key_fits_into_a_url(key: str) -> None:
    assert is_image_id(image_id(key))
    assert image_id(key).isascii()


@pytest.mark.parametrize("text", ["", "a" * 25, "a" * 27, "A" * 26, "a" * 25 + "1", "../" * 9])
def test_other_texts_are_no_ids(text: str) -> None:
    assert not is_image_id(text)


def test_a_longer_sequencer_is_compared_with_the_shorter_one_padded() -> None:
    older, newer = "0055AED6DCD90281E5", "0055AED6DCD90281E6"
    assert comparable_sequencer(older) < comparable_sequencer(newer)
    assert comparable_sequencer("00F") > comparable_sequencer("00EFFF")
    assert comparable_sequencer("00ab") == comparable_sequencer("00AB00")

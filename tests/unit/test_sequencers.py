"""Sequencers that follow another, and ids with a salt: the exact texts."""

from __future__ import annotations

import pytest

from image_pipeline.identity import comparable_sequencer, following_sequencer, image_id


@pytest.mark.parametrize(
    ("sequencer", "following"),
    [
        ("00AB", "00AB" + "0" * 59 + "1"),
        ("00af", "00AF" + "0" * 59 + "1"),
        ("0" * 63 + "F", "0" * 62 + "10"),
    ],
)
def test_the_least_sequencer_after_another(sequencer: str, following: str) -> None:
    assert following_sequencer(sequencer) == following
    assert comparable_sequencer(sequencer) < following


def test_the_least_sequencer_after_none_is_the_least_of_all() -> None:
    assert following_sequencer("") == "0" * 64 < following_sequencer("0")


def test_an_id_with_a_salt_stays_what_it_is() -> None:
    assert image_id("uploads/sample.jpg", b"salt") == "z7fot4ngbtnvfyrvd76ik22qkn"

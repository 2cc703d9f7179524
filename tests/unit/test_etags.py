"""Entity tags: what a client may keep, and which revision it has seen."""

from __future__ import annotations

import pytest

from api.etags import etag, is_expected, is_known

NOW = 1_795_756_990.5


def test_a_tag_changes_with_the_revision() -> None:
    assert etag(3, None, NOW) == '"3-0"' != etag(4, None, NOW)


@pytest.mark.parametrize("lifetime", [1, 2, 60, 900, 3600])
def test_urls_that_a_client_keeps_are_valid_for_half_their_lifetime(lifetime: int) -> None:
    made = NOW
    step = lifetime / 20
    kept = [made + step * number for number in range(40)]
    ages = [when - made for when in kept if etag(3, lifetime, when) == etag(3, lifetime, made)]
    assert max(ages) <= lifetime / 2
    assert etag(3, lifetime, made + lifetime / 2) != etag(3, lifetime, made)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ('"3-7"', True),
        ('W/"3-7"', True),
        ('"1-1", "3-7"', True),
        ('"1-1",W/"3-7" ,"x"', True),
        ("*", True),
        (None, False),
        ("", False),
        ('"3-8"', False),
        ('"3"', False),
        ("3-7", False),
        ('"13-7"', False),
        ("\udcff\x00", False),
    ],
)
def test_if_none_match(header: str | None, known: bool) -> None:
    assert is_known(header, '"3-7"') is known


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('"3-7"', True),
        ('"3-8"', True),
        ('"3"', True),
        ('"2-7", "3-1"', True),
        ("*", True),
        ('W/"3-7"', False),
        ('"4-7"', False),
        ("3", False),
        ('"³"', False),
        ('"3-7', False),
        ('"' + "9" * 5000 + '"', False),
        ("", False),
    ],
)
def test_if_match_is_about_the_revision_alone(header: str, expected: bool) -> None:
    assert is_expected(header, 3) is expected

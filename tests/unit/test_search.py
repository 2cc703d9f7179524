"""Images are found by words: all of them, newest first, within what a caller may see."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.merging import NEWEST, Merge
from api.search import joined, sources

from .conftest import READ_MODEL
from .projecting import change, project, put, record

if TYPE_CHECKING:
    from .conftest import Account, Context

pytestmark = pytest.mark.usefixtures("transactions")
EVERYTHING = 10_000


def found(query: str, owner: str | None = None, below: str = NEWEST, size: int = 3) -> list[str]:
    """Return the ids of the images that a query finds."""
    merge = Merge(sources(READ_MODEL, query, owner), below, size, EVERYTHING)
    return [each.rpartition("#")[2] for each in merge.take(EVERYTHING)]


def at(number: int) -> str:
    return f"2026-11-27T05:00:{number // 1000:02}.{number % 1000:03}Z"


def test_all_words_of_a_query_have_to_match(account: Account, context: Context) -> None:
    beach, forest = record("beach dog.jpg", created_at=at(1)), record("forest-DOG.png")
    put(context, beach, forest)
    assert found("dog") == [beach["image_id"], forest["image_id"]]
    assert found("Dog BEACH") == [beach["image_id"]]
    assert found("dog beach forest") == []
    assert found("do") == []
    assert found("2026-11 dog jpg") == [beach["image_id"]]


@pytest.mark.parametrize("query", ["", "   ", "-#.'", "\x00", "\ud800"])
def test_a_query_without_words_finds_nothing(query: str) -> None:
    assert sources(READ_MODEL, query) == []


def test_an_owner_finds_only_what_is_theirs(account: Account, context: Context) -> None:
    mine, theirs = record("a.jpg", owner="me#1"), record("b.jpg", owner="me")
    nobodys = record("c.jpg")
    put(context, mine, theirs, nobodys)
    assert found("jpg", "me#1") == [mine["image_id"]]
    assert found("jpg", "me") == [theirs["image_id"]]
    assert found("jpg", "") == []
    assert len(found("jpg")) == 3


def test_an_image_is_found_by_what_its_status_shows(account: Account, context: Context) -> None:
    camera: Any = {"metadata": {"camera": {"make": "Leica"}}}
    approved = record("a.jpg", revision=1, **camera)
    replaced = record("a.jpg", "processing", revision=2, **camera)
    deleted = record("a.jpg", "deleted", revision=3, **camera)
    put(context, approved)
    assert found("leica") == [approved["image_id"]]
    project(context, change(approved, replaced))
    assert (found("leica"), found("jpg")) == ([], [approved["image_id"]])
    project(context, change(replaced, deleted))
    assert found("jpg") == []


def test_any_number_of_words_is_compared(account: Account, context: Context) -> None:
    name = "one two three four five six seven"
    image, other = record(f"{name}.jpg"), record(f"{name.replace('one', 'eins')}.jpg")
    put(context, image, other)
    assert found(name) == [image["image_id"]]
    assert len(found("two three four five six seven")) == 2
    assert found(f"{name} eins") == []


def test_pages_follow_each_other_while_images_arrive(account: Account, context: Context) -> None:
    """Common and rare words, in any number, in pages of any size."""
    chance = random.Random(1)
    names = [
        f"{'red' if chance.random() < 0.6 else 'blue'}_{'cat' if chance.random() < 0.5 else 'dog'}"
        f"_{'rare' if number % 17 == 0 else 'plain'}_{number}.jpg"
        for number in range(60)
    ]
    images = [record(name, created_at=at(number)) for number, name in enumerate(names)]
    put(context, *images)
    for query in ("red", "red cat", "blue dog plain", "red rare", "cat rare jpg red"):
        wanted = [
            each["image_id"]
            for each, name in zip(images, names, strict=True)
            if set(query.split()) <= set(name.replace(".", "_").split("_"))
        ]
        pages: list[str] = []
        below: str | None = NEWEST
        while below is not None:
            merge = Merge(sources(READ_MODEL, query), below, 2, EVERYTHING)
            page = merge.take(3)
            pages += [each.rpartition("#")[2] for each in page]
            below = page[-1] if page else None
            put(context, record(f"{query} {len(pages)}.jpg", created_at=at(99_000)))
        assert pages == wanted[::-1], query


POSITIONS = st.sets(st.integers(10, 60).map(str), max_size=40)


@given(st.lists(POSITIONS, min_size=1, max_size=4), st.integers(1, 7))
def test_joining_finds_what_all_have(rows: list[set[str]], size: int) -> None:
    below: str | None = "99"
    collected: list[str] = []
    while below is not None:
        pages = []
        for each in rows:
            page = sorted((row for row in each if row < below), reverse=True)[:size]
            pages.append((page, len(page) < size))
        common, examined = joined(pages)
        assert examined is None or examined < below
        assert all(row < below for row in common)
        collected += common
        below = examined
    assert collected == sorted(set.intersection(*rows), reverse=True)

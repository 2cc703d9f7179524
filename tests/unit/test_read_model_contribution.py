"""What a record contributes to the read model: counts, latency and words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_pipeline.history import event, facts, rebuilt, replacing
from image_pipeline.identity import image_id
from image_pipeline.list_index import list_attributes
from image_pipeline.read_model.contribution import TERMS, contribution, order_of
from image_pipeline.read_model.rows import count_changes, word_actions
from image_pipeline.read_model.words import words
from image_pipeline.schema import upgraded
from image_pipeline.status import Status

KEY = "uploads/2026/Ferien_am Meer-07.JPG"
ID = image_id(KEY)
CREATED = "2026-11-27T05:59:59.999Z"


def record(status: str = "approved", **attributes: Any) -> dict[str, Any]:
    """Return a record, with all facts, whatever its status."""
    made = {
        "image_id": ID,
        "key": KEY,
        "status": status,
        "created_at": CREATED,
        "revision": 7,
        "uploaded_at": "2026-11-27T06:00:00Z",
        "processed_at": "2026-11-27T06:00:02.500Z",
        "metadata": {
            "captured_at": "2019-05-21T14:33:08+03:00",
            "camera": {"make": "Apple", "model": "iPhone 13 Pro", "software": "secret"},
        },
        "moderation": {"labels": [{"name": "Hate Symbols", "parent": "Rude Gestures"}]},
        **attributes,
    }
    return made | list_attributes(made)


def test_counts_are_of_the_hour_in_which_the_image_became_known() -> None:
    found = contribution(record("rejected", reason="corrupt"))
    assert (found.hour, found.status, found.reason) == ("2026-11-27T05", "rejected", "corrupt")
    assert found.position == f"{CREATED}#{ID}"
    assert contribution(record()).reason == "none"


def test_the_latency_is_that_of_the_first_outcome_of_the_upload() -> None:
    assert contribution(record()).milliseconds == 2500
    told = [
        event("uploaded", at="2026-11-01T00:00:00Z"),
        event("rejected", at="2026-11-01T00:00:09Z"),
        event("uploaded", at="2026-11-27T06:00:00Z"),
        event("review", at="2026-11-27T06:00:04.250Z"),
        event("approved", "somebody", at="2026-11-28T10:00:00Z"),
    ]
    assert contribution(record(history=told)).milliseconds == 4250
    early = record(processed_at="2026-11-27T05:00:00Z")  # by a clock that is late
    assert contribution(early).milliseconds == 0


@pytest.mark.parametrize("status", ["pending", "processing", "deleted"])
def test_without_an_outcome_there_is_no_latency(status: str) -> None:
    assert contribution(record(status)).milliseconds is None


def test_words_are_of_the_file_name_the_camera_labels_and_dates() -> None:
    assert set(contribution(record()).terms) == {
        *("ferien", "am", "meer", "07", "jpg"),
        *("2026", "11", "november", "2019", "05", "may"),
        *("apple", "iphone", "13", "pro"),
        *("hate", "symbols", "rude", "gestures"),
    }


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_before_a_verdict_only_the_words_of_the_uploader_find_an_image(status: str) -> None:
    found = set(contribution(record(status)).terms)
    assert found == {"ferien", "am", "meer", "07", "jpg", "2026", "11", "november"}


def test_a_deleted_image_is_found_by_nothing() -> None:
    assert contribution(record("deleted")).terms == ()


@pytest.mark.parametrize(
    ("captured_at", "found"),
    [("2019", {"2019"}), ("2019-05", {"2019", "05", "may"}), ("2019-13-01", {"2019"}), ("x", ())],
)
def test_a_capture_time_is_found_as_far_as_it_is_known(captured_at: str, found: set[str]) -> None:
    with_time = contribution(record(metadata={"captured_at": captured_at}, moderation={}))
    without = contribution(record(metadata={}, moderation={}))
    assert set(with_time.terms) - set(without.terms) == set(found)


def test_words_are_bounded() -> None:
    labels = [{"name": f"label{number}", "parent": ""} for number in range(100)]
    name = "_".join(f"word{number}" for number in range(100))
    long = record(key=f"uploads/{name}", moderation={"labels": labels}, owner="somebody")
    found = contribution(long)
    assert len(found.terms) == TERMS
    other = found._replace(
        terms=tuple(f"other{number}" for number in range(TERMS)), position="2020-01-01T00:00"
    )
    # The row of the image and all that follows from it fit into one transaction.
    actions = [*word_actions("table", found, other)]
    assert 1 + len(actions) + len(count_changes([(found, other)])) <= 100


@given(
    st.dictionaries(
        st.sampled_from(["metadata", "moderation", "reason", "owner", "key", "revision"]),
        st.none() | st.text() | st.dictionaries(st.text(), st.text()),
    ),
    st.sampled_from([*Status]),
)
def test_a_history_contributes_what_its_record_does(
    attributes: dict[str, Any], status: Status
) -> None:
    fitting = {
        name: value
        for name, value in attributes.items()
        if isinstance(value, dict) == (name in {"metadata", "moderation"}) and value is not None
    } | {"revision": 3}
    kept = record(status, **fitting)
    history = replacing([], [event("claimed")], facts(kept))
    again = {**rebuilt(history), "history": history, "revision": kept["revision"]}
    assert contribution(again) == contribution(kept | {"history": history})
    assert order_of(again) == order_of(kept)


def test_a_record_of_an_earlier_release_became_known_when_it_was_uploaded() -> None:
    older = {
        "image_id": ID,
        "key": KEY,
        "status": "approved",
        "uploaded_at": "2026-01-02T03:04:05Z",
    }
    found = contribution(upgraded(older))
    assert found.position == f"2026-01-02T03:04:05.000Z#{ID}"
    assert {"2026", "january"} <= set(found.terms)
    assert order_of(upgraded(older)) < order_of(record(revision=1))


def test_a_newer_state_has_a_greater_order() -> None:
    states = [record(revision=number) for number in (1, 9, 10, 11)]
    after_expiry = record(revision=1, created_at="2026-12-31T00:00:00.000Z")
    orders = [order_of(each) for each in (*states, after_expiry)]
    assert orders == sorted(set(orders))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("IMG_4711.JPG", ("img", "4711", "jpg")),
        ("STRASSE straße", ("strasse",)),
        ("caf\u00e9 cafe\u0301", ("caf\u00e9",)),
        ("\uff46\uff55\uff4c\uff4c \ufb01ne", ("full", "fine")),
        ("हिन्दी 写真.png", ("हिन्दी", "写真", "png")),
        ("a\x00b\ud800c", ("a", "b", "c")),
        ("--- ", ()),
        ("x" * 100, ("x" * 64,)),
    ],
)
def test_words(text: str, found: tuple[str, ...]) -> None:
    assert words(text) == found


@given(st.text(max_size=200))
def test_the_words_of_words_are_the_same(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)

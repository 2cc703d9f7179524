"""User metadata and tags of an upload: kept, bounded, readable, and for which executions."""

from __future__ import annotations

import base64
import quopri
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.errors import Superseded, Throttled, ValidationError
from image_pipeline.identity import image_id
from image_pipeline.records import Records
from image_pipeline.upload_notes import notes
from tests.support.pictures import gradient_file

from .claims import claim_for
from .conftest import EXECUTION, TABLE
from .executions import reject, results, store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Account, Context

KEY = "uploads/a.jpg"
NOTES = {"metadata": {"order": "17"}, "tags": {"shop": "north"}}
OPTIONS: dict[str, Any] = {"Metadata": {"order": "17"}, "Tagging": "shop=north"}
TEXT = "Grüße aus 東京 " * 3


def metadata(value: str) -> str:
    return notes({"text": value}, {})["metadata"]["text"]


def b_encoded(text: str) -> str:
    return f"=?UTF-8?B?{base64.b64encode(text.encode()).decode()}?="


def q_encoded(text: str) -> str:
    return f"=?UTF-8?Q?{quopri.encodestring(text.encode(), header=True).decode()}?="


def test_nothing_is_kept_of_an_upload_without_notes() -> None:
    assert notes({}, {}) == {}


def test_metadata_and_tags_are_kept_apart() -> None:
    assert notes({"order": "17"}, {}) == {"metadata": {"order": "17"}}
    assert notes({"order": "17"}, {"order": "18"})["tags"] == {"order": "18"}


def test_tags_of_the_pipeline_are_left_out() -> None:
    tags = {"image-pipeline-status": "rejected", "image-pipeline-other": "", "shop": "north"}
    assert notes({}, tags) == {"tags": {"shop": "north"}}


@pytest.mark.parametrize("encoded", [b_encoded, q_encoded])
def test_values_that_are_not_ascii_come_as_they_were_written(encoded: Any) -> None:
    assert metadata(encoded("Grüße aus 東京")) == "Grüße aus 東京"
    assert metadata("before " + encoded("é") + " after") == "before é after"
    # A long value is split into words; the space between them is not part of the text.
    assert (
        metadata(f"{encoded('Grüße ')} {encoded('aus')}\r\n {encoded(' 東京')}") == "Grüße aus 東京"
    )


def test_utf_8_that_was_read_as_latin_1_is_restored() -> None:
    assert metadata("Grüße".encode().decode("latin-1")) == "Grüße"
    assert metadata("Grüße") == "Grüße"


@pytest.mark.parametrize(
    "value",
    [
        "=?UTF-8?B?***?=",
        "=?UTF-8?B?/w==?=",
        "=?punycode?Q?a?=",
        "=?zlib?B?eJwDAAAAAAE=?=",
        "=?UTF-8?X?a?=",
        "=?UTF-8?Q?a",
        "a =? b ?= c",
        "C:\\new\\u0041",
    ],
)
def test_what_is_no_encoded_word_stays_as_it_is(value: str) -> None:
    assert metadata(value) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\x00b\x07c\x7f", "abc"),
        ("one\r\ntwo\tthree", "one  two three"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066a\u2069\u200b\ufeff", "a"),
        ("  padded ", "padded"),
        ("\ue000\ud800x", "x"),
    ],
)
def test_marks_and_controls_are_removed(value: str, shown: str) -> None:
    assert metadata(value) == shown
    assert notes({}, {value: value}) == {"tags": {shown: shown}}


def test_marks_are_removed_from_an_encoded_value_too() -> None:
    assert metadata(b_encoded("a\u202eb\n")) == "ab"


def test_what_s3_allows_is_kept_in_full() -> None:
    tags = {f"{number}{'n' * 127}": "v" * 256 for number in range(10)}
    long = {"id": "x" * 2040}
    many = {f"n{number}": "v" for number in range(60)}
    assert notes(long, tags) == {"metadata": long, "tags": tags}
    assert notes(many, {})["metadata"] == many


def test_anything_longer_is_cut() -> None:
    kept = notes({"n" * 5000: "v" * 50_000} | {str(n): "" for n in range(500)}, {})["metadata"]
    assert len(kept) <= 64
    assert max(map(len, kept)) == 128
    assert max(map(len, kept.values())) == 2048
    assert kept[f"{'n' * 127}…"] == f"{'v' * 2047}…"


def test_a_name_of_which_nothing_is_left_is_dropped() -> None:
    assert notes({}, {"\u202e": "a", "b": "\u202e"}) == {"tags": {"b": ""}}


def validate(account: Account, context: Context, data: bytes, **options: Any) -> dict[str, Any]:
    """Upload and validate; the event."""
    from validate.handler import handler

    event = account.created(account.upload(KEY, data, **options), len(data))
    handler({"event": event, "execution": EXECUTION}, context)  # type: ignore[arg-type]
    return event


def record() -> dict[str, Any]:
    return Records(TABLE).get(image_id(KEY)) or {}


@pytest.fixture
def calls(account: Account) -> Iterator[list[str]]:
    """The operations that functions call, from now on."""
    made: list[str] = []

    def note(model: Any, **_: object) -> None:
        made.append(model.name)

    clients = (aws.s3(), aws.dynamodb())
    for client in clients:
        client.meta.events.register("before-call", note)
    yield made
    for client in clients:
        client.meta.events.unregister("before-call", note)


def test_notes_are_in_the_record_before_any_verdict(account: Account, context: Context) -> None:
    validate(account, context, gradient_file(), **OPTIONS)
    assert (record()["status"], record()["upload"]) == ("processing", NOTES)


def test_an_upload_without_notes_takes_no_further_call(
    account: Account, context: Context, calls: list[str]
) -> None:
    validate(account, context, gradient_file())
    assert calls == ["GetItem", "HeadObject", "PutItem", "GetObject"]
    assert "upload" not in record()


def test_metadata_alone_takes_no_call_to_s3(
    account: Account, context: Context, calls: list[str]
) -> None:
    validate(account, context, gradient_file(), Metadata={"order": "17"})
    assert calls == ["GetItem", "HeadObject", "PutItem", "GetObject", "UpdateItem"]


@pytest.mark.parametrize("data", [b"", bytes(1_000_001), b"not a picture"])
def test_a_refused_upload_keeps_its_notes(account: Account, context: Context, data: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        validate(account, context, data, **OPTIONS)
    (version,) = account.s3.list_object_versions(Bucket="uploads")["Versions"]
    event = {
        **account.created(upload_of(version), len(data)),
        "error": {
            "Error": "ValidationError",
            "Cause": f'{{"errorMessage": "{refused.value}"}}',
        },
    }
    for _ in range(2):  # a retry too
        reject(event, EXECUTION, context)
        assert (record()["status"], record()["upload"]) == ("rejected", NOTES)


def upload_of(version: Any) -> Any:
    from image_pipeline.models import S3Object

    return S3Object("uploads", version["Key"], version["VersionId"])


def test_notes_stay_when_the_pipeline_fails(account: Account, context: Context) -> None:
    event = validate(account, context, gradient_file(), **OPTIONS)
    failed = {**event, "error": {"Error": "States.Timeout", "Cause": ""}}
    reject(failed, EXECUTION, context, fault="pipeline")
    assert (record()["status"], record()["upload"]) == ("failed", NOTES)


def test_notes_stay_with_the_verdict(account: Account, context: Context) -> None:
    event = validate(account, context, gradient_file(), **OPTIONS)
    upload, claim = claim_for(event)
    from .executions import image_of

    store(image_of(upload, claim), results("", {"verdict": "approved", "labels": []}), context)
    assert (record()["status"], record()["upload"]) == ("approved", NOTES)


def test_notes_of_a_replaced_upload_are_gone(account: Account, context: Context) -> None:
    validate(account, context, gradient_file(), **OPTIONS)
    newer = account.created(account.upload(KEY, b"newer"), 5, "0B")
    claim_for(newer, "two")
    assert "upload" not in record()


def test_a_newer_upload_that_is_refused_takes_no_notes_of_an_older_one(
    account: Account, context: Context
) -> None:
    validate(account, context, gradient_file(), **OPTIONS)
    newer = account.created(account.upload(KEY, b""), 0, "0B")
    error = {"Error": "ValidationError", "Cause": '{"errorMessage": "empty: It is empty."}'}
    reject({**newer, "error": error}, "two", context)
    assert record()["status"] == "rejected"
    assert "upload" not in record()


def test_an_older_upload_leaves_no_notes(account: Account, context: Context) -> None:
    older = account.created(account.upload(KEY, gradient_file(), **OPTIONS), 5)
    newer = account.created(account.upload(KEY, b"newer"), 5, "0B")
    claim_for(newer, "two")
    with pytest.raises(Superseded):
        claim_for(older)
    assert "upload" not in record()


def refuse(code: str) -> Any:
    def answer(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "GetObjectTagging")

    return answer


@pytest.fixture
def broken(account: Account) -> Iterator[Any]:
    """Let every GetObjectTagging fail with the code that it is called with."""
    events, name = aws.s3().meta.events, "before-call.s3.GetObjectTagging"
    registered: list[Any] = []

    def broken(code: str) -> None:
        registered.append(refuse(code))
        events.register(name, registered[-1])

    yield broken
    for answer in registered:
        events.unregister(name, answer)


def test_tags_that_may_not_be_read_are_left_out(
    account: Account, context: Context, broken: Any
) -> None:
    broken("AccessDenied")
    validate(account, context, gradient_file(), **OPTIONS)
    assert record()["upload"] == {"metadata": {"order": "17"}}


def test_an_upload_that_is_gone_when_its_tags_are_read_is_refused_as_deleted(
    account: Account, context: Context, broken: Any
) -> None:
    broken("NoSuchVersion")
    with pytest.raises(ValidationError, match="object_deleted"):
        validate(account, context, gradient_file(), **OPTIONS)


def test_a_throttled_request_for_tags_is_retried_by_the_workflow(
    account: Account, context: Context, broken: Any
) -> None:
    broken("SlowDown")
    with pytest.raises(Throttled, match="SlowDown"):
        validate(account, context, gradient_file(), **OPTIONS)

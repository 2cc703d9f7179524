"""What `python -m ops erase` asks the functions, what it may remove, and what it says remains."""

from __future__ import annotations

import argparse
import base64
import json
import zlib
from typing import Any

import pytest

from api.caller import REVIEW, WRITE, caller_of
from ops.arguments import parse
from ops.erase.functions import request
from ops.erase.remaining import remaining
from ops.erase.stores import tells_of, why_unfinished
from ops.rerun.selection import Selection

IMAGE_ID = "a" * 26


@pytest.mark.parametrize("auth", ["IAM", "JWT", "NONE"])
def test_the_api_lets_the_command_delete_the_images_of_everybody(auth: str) -> None:
    event = request("DELETE /images/{id}", auth, pathParameters={"id": IMAGE_ID})
    caller = caller_of(event, auth)
    assert caller.may(WRITE)
    assert caller.may(REVIEW)
    assert caller.sees({"owner": "anna"})


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"status": "deleted"}, ""),
        ({"status": "deleted", "awaits": "announcement"}, "not finished"),
        ({"status": "deleted", "open": "a"}, "not finished"),
        ({"status": "deleted", "displaced": ["arn"]}, "not finished"),
        ({"status": "processing"}, "it is processing"),
    ],
)
def test_a_record_stays_until_the_deletion_is_finished(record: dict[str, Any], why: str) -> None:
    found = why_unfinished(record)
    assert bool(found) is bool(why)
    assert why in found


def test_a_kept_answer_is_told_by_the_image_that_it_names() -> None:
    body = json.dumps({"body": json.dumps({"image_id": IMAGE_ID})})
    kept = base64.b85encode(zlib.compress(body.encode())).decode()
    assert tells_of(kept, [IMAGE_ID, "b" * 26])
    assert not tells_of(kept, ["b" * 26])


def test_images_are_selected_by_their_owner() -> None:
    record = {"image_id": IMAGE_ID, "key": "uploads/a.jpg", "status": "deleted", "owner": "anna"}
    assert Selection(owner="anna").holds(record)
    assert not Selection(owner="ann").holds(record)
    assert "owner" in Selection().scan_parameters()["ExpressionAttributeNames"].values()


def test_what_remains_is_said_with_the_days_of_the_stack() -> None:
    text = "\n".join(remaining({"LogRetentionDays": "17"}))
    for part in ("35 days", "90 days", "17 days", "14 days", "subscribers", "stream of the table"):
        assert part in text
    assert text.count("addresses") == 3  # of histories, log groups and queues
    assert "Rekognition" not in text
    assert "answers of Rekognition   5 days" in "\n".join(remaining({"KeepAnswersDays": "5"}))


@pytest.mark.parametrize("arguments", [["--prefix", "anna/"], ["--key", "a.jpg"], ["anna"]])
def test_what_names_no_upload_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["erase", *arguments])
    assert ended.value.code == 2
    assert arguments[-1] in capsys.readouterr().err
    assert isinstance(parse(["erase", IMAGE_ID]), argparse.Namespace)

"""The page about privacy has a row for everything that stores something."""

from __future__ import annotations

import json
import re

from tests.template.documents import ROOT, written

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
STORES = {
    *("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Logs::LogGroup"),
    "AWS::Cognito::UserPool",
}


def test_the_page_has_a_row_for_every_store_and_for_nothing_else() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    stores = {
        name for name, resource in written()["Resources"].items() if resource["Type"] in STORES
    }
    assert set(rows) == stores
    assert len(rows) == len(set(rows))


def test_what_keeps_an_event_of_s3_is_said_to_keep_the_address_that_uploaded() -> None:
    event = json.loads((ROOT / "events" / "object_created.json").read_text(encoding="utf-8"))
    assert "source-ip-address" in event["detail"]
    for store in ("UploadsQueue", "UploadDeadLetterQueue"):
        (row,) = re.findall(rf"^\| `{store}` \|.+$", PAGE, re.MULTILINE)
        assert "the address that uploaded" in row
    (histories,) = re.findall(r"^\| histories of executions \|.+$", PAGE, re.MULTILINE)
    assert "addresses" in histories


def test_every_row_says_what_for_how_long_who_and_how_it_goes() -> None:
    for row in re.findall(r"^\| `\w+` \|.+$", PAGE, re.MULTILINE):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 5
        assert all(cells)

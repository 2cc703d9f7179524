"""Outputs of the stack are called by their names."""

from __future__ import annotations

import re

from tests.docs.pages import PAGES, ROOT
from tests.template.documents import outputs

NAME = re.compile(r"`(\w+(?:Bucket|Table)Name|\w+(?:Topic|Machine)Arn|\w*ApiUrl)`")


def test_documentation_names_outputs_that_the_stack_has() -> None:
    named = {name for path in PAGES for name in NAME.findall(path.read_text(encoding="utf-8"))}
    assert {"UploadsBucketName", "ApiUrl", "OutcomesTopicArn"} <= named <= set(outputs())


def test_each_page_says_which_output_its_placeholder_stands_for() -> None:
    pages = [ROOT / name for name in ("README.md", "docs/api.md", "docs/development.md")]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "UPLOADS_BUCKET" in text
        # `make serve` prints the bucket itself.
        explained = "`UploadsBucketName`" in text or "name of the bucket, `UPLOADS_BUCKET`" in text
        assert explained, page.name

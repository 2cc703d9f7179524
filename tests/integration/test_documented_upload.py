"""The upload snippets of the documentation, run against the offline AWS."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.sample import jpeg
from tests.integration.forms import multipart_form
from tests.integration.story import finish

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

ROOT = Path(__file__).parents[2]


def python_snippet(page: str) -> str:
    """The snippet of a page that presigns a form."""
    found = re.findall(r"```python\n(.+?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    (snippet,) = [each for each in found if "generate_presigned_post" in each]
    return str(snippet)


def submit(aws: OfflineAws, form: dict[str, Any], file: bytes, **more: str) -> None:
    """Send the form as a browser does, to the local endpoint instead of Amazon's."""
    body, content_type = multipart_form(form["fields"] | more, file)
    bucket = aws.deployment.ref("UploadsBucket")
    request = urllib.request.Request(
        f"{aws.s3_url}/{bucket}", body, {"Content-Type": content_type}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10):
        pass


def outcome(aws: OfflineAws, key: str) -> str:
    """Wait for what is at the key to be processed, and return the status that the API answers."""
    newest = aws.client("s3").head_object(Bucket=aws.deployment.ref("UploadsBucket"), Key=key)
    (arn,) = aws.delivery.executions_of(key, newest["VersionId"])
    return str(finish(aws, arn).image["status"])


def test_the_form_in_the_readme_uploads_a_picture(aws: OfflineAws) -> None:
    snippet = python_snippet("README.md")
    snippet = snippet.replace("UPLOADS_BUCKET", aws.deployment.ref("UploadsBucket"))
    names: dict[str, Any] = {}
    exec(f"import boto3\nfrom botocore.config import Config\n{snippet}", names)
    submit(aws, names["form"], jpeg())
    assert outcome(aws, "uploads/photo.jpg") == "approved"


def test_the_form_in_the_api_page_is_limited(aws: OfflineAws) -> None:
    names: dict[str, Any] = {}
    exec(python_snippet("docs/api.md"), names)
    form = names["upload_form"](aws.deployment.ref("UploadsBucket"), "uploads/from-a-page.jpg")
    submit(aws, form, jpeg(), **{"Content-Type": "image/jpeg"})
    assert outcome(aws, "uploads/from-a-page.jpg") == "approved"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        submit(aws, form, b"<script>", **{"Content-Type": "text/html"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        submit(aws, form, b"", **{"Content-Type": "image/jpeg"})

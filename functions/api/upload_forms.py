"""Forms by which anybody who has one uploads one picture: a page, curl, a browser's fetch.

S3 holds the upload to the policy in the form: this key, this content type, these tags, no other
field, and at most so many bytes.
docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from image_pipeline import aws

if TYPE_CHECKING:
    from collections.abc import Mapping

# An answer that a page may read, instead of an empty one that leaves a plain form where it was.
_SUCCESS = "201"
# What S3 accepts in front of the file: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
# MaxPostPreDataLengthExceeded. The boundary and the header of each field take up to 200 bytes.
_FORM_BYTES, _FIELD_BYTES = 20_000, 200


def upload_form(
    bucket: str, key: str, content_type: str, size: int, tags: Mapping[str, str], lifetime: int
) -> dict[str, Any]:
    """Sign a form.

    Args:
        bucket: the uploads bucket.
        key: of the object.
        content_type: of the object.
        size: the largest one that S3 is to accept, in bytes. The person who fills in a plain form
            chooses the file after the form was made, so that smaller ones are accepted.
        tags: of the object; what S3 accepts in them needs no escaping in XML.
        lifetime: for how many seconds S3 accepts the beginning of an upload.

    Returns:
        `{"url", "fields", "expires_at"}`.
    """
    fields = {"Content-Type": content_type, "success_action_status": _SUCCESS}
    if tags:
        fields["tagging"] = _tagging(tags)
    form = aws.s3().generate_presigned_post(
        bucket,
        key,
        Fields=dict(fields),
        Conditions=[
            *({name: value} for name, value in fields.items()),
            ["content-length-range", 1, size],
        ],
        ExpiresIn=lifetime,
    )
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    return {**form, "expires_at": policy["expiration"]}


def is_acceptable(form: Mapping[str, Any]) -> bool:
    """Return whether S3 accepts a form of this length."""
    lengths = (
        len(name.encode()) + len(value.encode()) + _FIELD_BYTES
        for name, value in form["fields"].items()
    )
    return sum(lengths) <= _FORM_BYTES


def _tagging(tags: Mapping[str, str]) -> str:
    inner = "".join(
        f"<Tag><Key>{name}</Key><Value>{value}</Value></Tag>" for name, value in tags.items()
    )
    return f"<Tagging><TagSet>{inner}</TagSet></Tagging>"

"""Pages of images, and the history of one."""

from __future__ import annotations

from typing import Any

from api.schemas.fields import array, moment, record, ref, text
from api.schemas.image import EXAMPLES as IMAGE_EXAMPLES
from api.schemas.image import IMAGE_ID

SCHEMAS: dict[str, dict[str, Any]] = {
    "ImagePage": record(
        "Images, the newest first, and where the next page begins.",
        "images next",
        images=array(ref("Image"), "As GET /images/{id} shows them."),
        next={
            "type": ["string", "null"],
            "description": "Pass it on as `next` for the following page; null on the last one.",
        },
    ),
    "History": record(
        "What happened to an image, the oldest event first.",
        "image_id events",
        image_id=IMAGE_ID,
        events=array(ref("Event"), "At most a hundred; of more, the oldest are dropped."),
    ),
    "Event": record(
        "Something that happened to an image.",
        "type at by",
        type=text("What happened: a step, such as `claimed`; `decided`; or the status it led to."),
        at=moment("When it happened."),
        by=text("`pipeline`, `uploader`, or the caller of the API, by ARN or subject."),
        version=text("Version of the upload, as S3 names it."),
        why=text("The reason: a code for programs, or the reviewer's own words."),
        message=text("What the owner of the file is told."),
        decision=text("What a reviewer decided: `approve` or `reject`."),
        note=text("A note between reviewers; only for callers with the scope images:review."),
    ),
}
_REVIEWER = {"at": "2026-11-21T14:10:00.002Z", "by": "reviewer-7", "version": "3sL4kqtJlcpXroD"}
_PIPELINE = {"by": "pipeline", "version": "3sL4kqtJlcpXroD"}
EXAMPLES: dict[str, Any] = {
    "ImagePage": {"images": [IMAGE_EXAMPLES["Image"]], "next": "nTq3Yx9pB2sPGmV5dG8jMDI2"},
    "History": {
        "image_id": IMAGE_EXAMPLES["Image"]["image_id"],
        "events": [
            {"type": "claimed", "at": "2026-11-21T12:00:00.413Z", **_PIPELINE},
            {
                "type": "review",
                "at": "2026-11-21T12:00:02.113Z",
                **_PIPELINE,
                "why": "moderation_review",
            },
            {"type": "decided", **_REVIEWER, "decision": "approve", "why": "A beach."},
            {"type": "approved", **_REVIEWER},
        ],
    },
}

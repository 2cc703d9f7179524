"""What tests of the API's commands need: images in every state, requests, and what is left."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from image_pipeline.identity import image_id
from image_pipeline.renditions_bucket import key_prefix
from image_pipeline.storage import list_versions
from local.manifest import table

from .conftest import ENVIRONMENT, RENDITIONS, UPLOADS
from .executions import KEY, claimed, image_of, publish_one, records, results, store

if TYPE_CHECKING:
    import pytest

    from .conftest import Account, Context
    from .sweeping import Sweeping

ID = image_id(KEY)
VERDICTS: dict[str, dict[str, Any]] = {
    "approved": {"verdict": "approved", "labels": []},
    "review": {"verdict": "review", "labels": [], "reason": "moderation_review"},
    "rejected": {"verdict": "rejected", "labels": [], "reason": "moderation_rejected"},
}


@dataclass(frozen=True)
class Commanding:
    """Asks the API in an account, and looks at what became of an image."""

    account: Account
    context: Context
    sweep: Sweeping
    monkeypatch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.account.dynamodb.create_table(
            TableName=ENVIRONMENT["IDEMPOTENCY_TABLE"], **table("IdempotencyTable")
        )

    def image(self, status: str) -> None:
        """Process an upload up to a status of its image; its renditions exist from then on."""
        _, upload, claim = claimed(self.account)
        publish_one(upload, claim)
        if status in VERDICTS:
            found = results(key_prefix(claim, upload), VERDICTS[status])
            store(image_of(upload, claim), found, self.context)

    def ask(self, method: str, path: str = "", body: Any = None, **headers: str) -> Any:
        """Ask about the image; return the status code and the body."""
        answer = self.answer(method, path, body, **headers)
        return answer["statusCode"], json.loads(answer["body"])

    def answer(self, method: str, path: str = "", body: Any = None, **headers: str) -> Any:
        """Ask about the image, or at a path of its own if that begins with a slash."""
        module = importlib.import_module("apiwrite.handler")
        self.monkeypatch.setattr(module, "settings", replace(module.settings, api_auth="IAM"))
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        own = "/".join(filter(None, ["/images/{id}", path]))
        event = {
            "routeKey": f"{method} {path}" if path[:1] == "/" else f"{method} {own}",
            "pathParameters": {"id": ID},
            "headers": {"content-type": "application/json", **given},
            "body": None if body is None else json.dumps(body),
            "requestContext": {
                "requestId": "one",
                "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/ann"}},
            },
        }
        return module.handler(event, self.context)

    def review(self, decision: str, **more: Any) -> Any:
        """Decide about the image as it is now."""
        return self.ask("POST", "review", {"decision": decision, **more}, if_match=self.tag)

    @property
    def record(self) -> dict[str, Any]:
        """The record of the image; empty if there is none."""
        return records.get(ID) or {}

    @property
    def tag(self) -> str:
        """The ETag of the image as it is now."""
        return f'"{self.record["revision"]}-7"'

    def uploads(self) -> int:
        """Count what the uploads bucket holds: versions and delete markers."""
        listing = self.account.s3.list_object_versions(Bucket=UPLOADS)
        return len([*listing.get("Versions", []), *listing.get("DeleteMarkers", [])])

    def renditions(self) -> int:
        """Count what the renditions bucket holds."""
        return len(list_versions(RENDITIONS, ""))

    def announced(self) -> list[tuple[str, str | None]]:
        """Status and reason of each notification since the last time."""
        return [(each["status"], each.get("reason")) for each in self.sweep.announced()]

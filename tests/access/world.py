"""One owner's images in every state, in the offline AWS."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from image_pipeline.attribute_values import decode_item
from local.aws.environment import ACCOUNT, REGION
from tests.access.planted import FACTS, PIXELS, WORDS, Planted, secrets_of
from tests.integration.story import ended

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws

    Maker = Callable[["World", "Image", Planted], Any]
    Send = Callable[[str, str, str, Any], Any]

OWNER = "alice-of-the-proof"
REVIEWED, REJECTED = "Explicit Nudity=70", "Graphic Violence=97.5"


@dataclass
class Image:
    """An image of the owner.

    Args:
        state: as `STATES` calls it.
        image_id: of its record.
        key: of its upload.
        versions: what would tell something of each version, with its kind, oldest first.
    """

    state: str
    image_id: str
    key: str
    versions: list[dict[str, str]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The status of the record."""
        return STATES[self.state].status

    @property
    def secrets(self) -> dict[str, str]:
        """Everything that would tell something of the image, with its kind."""
        return {secret: kind for version in self.versions for secret, kind in version.items()}

    def shown(self) -> set[str]:
        """Return the secrets that may be told to whoever may see the image."""
        allowed = STATES[self.state].shown
        return {
            secret
            for version, kinds in zip(self.versions, allowed, strict=True)
            for secret, kind in version.items()
            if kind in kinds
        }


class World:
    """Makes images, each in a state.

    Args:
        aws: the offline AWS.
        send: sends a request to the API: as whom, the method, the path and the body.
    """

    def __init__(self, aws: OfflineAws, send: Send) -> None:
        self.aws = aws
        self.send = send
        self._seed = 10
        self._s3 = aws.client("s3")
        self._uploads = aws.deployment.ref("UploadsBucket")

    def image(self, state: str) -> Image:
        """Make an image in a state."""
        made = self.planted()
        body = {"filename": f"{made.name}name.jpg", "content_type": "image/jpeg", "bytes": 50_000}
        answer = self.send("owner", "POST", "/images", body)
        image = Image(state, answer["image_id"], answer["key"])
        STATES[state].make(self, image, made)
        for version in image.versions or [{}]:
            version[f"{made.name}name"] = WORDS
        self.aws.streams.settle()  # from here on, searches find it
        return image

    def planted(self, **given: Any) -> Planted:
        """Return a new upload."""
        self._seed += 1
        name = hashlib.sha256(f"planted {self._seed}".encode()).hexdigest()[:12]
        return Planted(f"q{name}", self._seed, **given)

    def put(self, image: Image, upload: Planted, **options: Any) -> None:
        """Upload, and wait until the pipeline has done what it does."""
        given = {**upload.declared(), **options}
        answer = self._s3.put_object(Bucket=self._uploads, Key=image.key, Body=upload.data, **given)
        image.versions.append(upload.secrets())
        self._await(image.key, answer["VersionId"])
        self.learn(image)

    def remove(self, image: Image) -> None:
        """Delete the object, and wait until the pipeline has done what it does."""
        answer = self._s3.delete_object(Bucket=self._uploads, Key=image.key)
        self._await(image.key, answer["VersionId"])

    def _await(self, key: str, version: str) -> None:
        for arn in self.aws.delivery.executions_of(key, version):
            ended(self.aws, arn)

    def start(self, image: Image, upload: Planted) -> dict[str, Any]:
        """Upload, and take the steps up to the verdict: the image stays in work.

        Returns:
            The event of the upload and the ARN of the execution that does not exist.
        """
        version = f"version-{upload.name}"
        self.aws.place(image.key, version, upload.data, "image/jpeg")
        image.versions.append(upload.secrets())
        event = {
            "version": "0",
            "id": upload.name,
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": ACCOUNT,
            "time": "2026-05-01T12:00:00Z",
            "region": REGION,
            "resources": [f"arn:aws:s3:::{self._uploads}"],
            "detail": {
                "bucket": {"name": self._uploads},
                "object": {
                    "key": image.key,
                    "size": len(upload.data),
                    "etag": hashlib.md5(upload.data, usedforsecurity=False).hexdigest(),
                    "version-id": version,
                    "sequencer": f"{time.time_ns():016X}",
                },
                "reason": "PutObject",
            },
        }
        machine = self.aws.deployment.ref("ImagePipelineStateMachine")
        execution = f"{machine.replace(':stateMachine:', ':execution:')}:{upload.name}"
        passed = {"event": event, "execution": execution}
        made = self.invoke("ValidateFunction", passed)
        self.invoke("ThumbnailFunction", {"image": made})
        self.invoke("MetadataFunction", {"image": made})
        self.learn(image)
        return {**passed, "image": made}

    def fail(self, image: Image, upload: Planted) -> None:
        """Upload, and let the pipeline fail before the verdict."""
        started = self.start(image, upload)
        error = {"Error": "RuntimeError", "Cause": '{"errorMessage": "stopped"}'}
        event = {**started["event"], "image": started["image"], "error": error}
        self.invoke(
            "RejectFunction",
            {"event": event, "execution": started["execution"], "fault": "pipeline"},
        )

    def decide(self, image: Image, upload: Planted, decision: str) -> None:
        """Upload what needs a review, and review it."""
        self.put(image, replace(upload, labels=REVIEWED))
        note = f"{upload.name} reviewed"
        body = {"decision": decision, "reason": "policy", "note": note}
        self.send("reviewer", "POST", f"/images/{image.image_id}/review", body)
        image.versions[-1][note] = WORDS
        self.learn(image)

    def invoke(self, function: str, payload: Any) -> Any:
        """Invoke a function."""
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.aws.deployment.ref(function), Payload=json.dumps(payload)
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())

    def record(self, image: Image) -> dict[str, Any] | None:
        """Return the record of an image."""
        found = self.aws.client("dynamodb").get_item(
            TableName=self.aws.deployment.ref("ImagesTable"),
            Key={"image_id": {"S": image.image_id}},
        )
        return decode_item(found["Item"]) if "Item" in found else None

    def amend(self, image: Image, **attributes: Any) -> None:
        """Set numbers in the record of an image."""
        for name, value in attributes.items():
            self.aws.client("dynamodb").update_item(
                TableName=self.aws.deployment.ref("ImagesTable"),
                Key={"image_id": {"S": image.image_id}},
                UpdateExpression="SET #name = :value",
                ExpressionAttributeNames={"#name": name},
                ExpressionAttributeValues={":value": {"N": str(value)}},
            )

    def learn(self, image: Image) -> None:
        """Add what the record says to the secrets of the newest version."""
        image.versions = image.versions or [{}]
        image.versions[-1] |= secrets_of(self.record(image) or {})


def _approved(world: World, image: Image, upload: Planted) -> None:
    world.put(image, upload)


def _flagged(labels: str) -> Maker:
    return lambda world, image, upload: world.put(image, replace(upload, labels=labels))


def _broken(world: World, image: Image, upload: Planted) -> None:
    world.put(image, replace(upload, breaks_off=True))


def _deleted(world: World, image: Image, upload: Planted) -> None:
    world.put(image, upload)
    world.remove(image)


def _withdrawn(world: World, image: Image, upload: Planted) -> None:
    world.put(image, upload)
    world.send("owner", "DELETE", f"/images/{image.image_id}", None)


def _reviewed(decision: str) -> Maker:
    return lambda world, image, upload: world.decide(image, upload, decision)


def _archived(world: World, image: Image, upload: Planted) -> None:
    world.put(image, upload, StorageClass="GLACIER")


def _expired(world: World, image: Image, upload: Planted) -> None:
    world.learn(image)
    world.amend(image, expires=1)


def _then(make: Maker) -> Maker:
    """Return what makes an approved image, and then another version of it."""

    def made(world: World, image: Image, upload: Planted) -> None:
        world.put(image, upload)
        make(world, image, world.planted())

    return made


class State(NamedTuple):
    """How an image gets into a state, and what may be told of each of its versions."""

    make: Maker
    shown: tuple[frozenset[str], ...]
    status: str


_NOTHING: frozenset[str] = frozenset()
_WORDS = frozenset({WORDS})
_FACTS = frozenset({WORDS, FACTS})
_ALL = frozenset({WORDS, FACTS, PIXELS})

STATES = {
    "pending": State(lambda world, image, _: world.learn(image), (_WORDS,), "pending"),
    "pending, expired": State(_expired, (_NOTHING,), "pending"),
    "processing": State(World.start, (_WORDS,), "processing"),
    "approved": State(_approved, (_ALL,), "approved"),
    "approved, newer processing": State(_then(World.start), (_ALL, _WORDS), "processing"),
    "approved, newer in review": State(_then(_flagged(REVIEWED)), (_ALL, _FACTS), "review"),
    "approved, newer invalid": State(_then(_broken), (_ALL, _FACTS), "rejected"),
    "approved, newer refused": State(_then(_flagged(REJECTED)), (_FACTS, _FACTS), "rejected"),
    "approved, newer failed": State(_then(World.fail), (_ALL, _FACTS), "failed"),
    "review": State(_flagged(REVIEWED), (_FACTS,), "review"),
    "approved by a reviewer": State(_reviewed("approve"), (_ALL,), "approved"),
    "rejected by a reviewer": State(_reviewed("reject"), (_FACTS,), "rejected"),
    "rejected by moderation": State(_flagged(REJECTED), (_FACTS,), "rejected"),
    "rejected as invalid": State(_broken, (_FACTS,), "rejected"),
    "failed": State(World.fail, (_FACTS,), "failed"),
    "archived": State(_archived, (_FACTS,), "rejected"),
    "deleted from the bucket": State(_deleted, (_WORDS,), "deleted"),
    "deleted by the API": State(_withdrawn, (_WORDS,), "deleted"),
}

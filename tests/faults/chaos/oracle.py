"""What holds after a quiet end: faults off, every event delivered, sweeps until nothing changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from image_pipeline.attribute_values import decode_item
from local.aws.environment import ACCOUNT, REGION
from tests.faults.chaos.world import OWNERS_TAGS
from tests.faults.invariants import history
from tests.integration.story import ask, download

if TYPE_CHECKING:
    from tests.faults.chaos.world import World

_FINAL = {"approved", "review", "rejected"}
_JUDGED_AGAIN = {"archived", "too_expensive"}  # by the next event of the same version
_ALLOWED = {
    "good": {"approved", "failed", "review moderation_unavailable", "rejected archived"},
    "refused": {"rejected unsupported_format", "failed", "rejected archived"},
    "flagged": {
        "rejected moderation_rejected",
        "failed",
        "review moderation_unavailable",
        "rejected archived",
    },
}
_ALLOWED["heic"] = _ALLOWED["good"]


@dataclass(frozen=True)
class End:
    """What is there in the end."""

    record: dict[str, Any] | None
    renditions: list[str]
    messages: list[dict[str, Any]]
    head: dict[str, Any] | None
    versions: list[dict[str, Any]]
    executions: int


def look(world: World) -> End:
    """Look at everything that belongs to the key of a world."""
    return End(
        record(world),
        _renditions(world),
        _messages(world),
        world.head(),
        world.versions(),
        len(world.seen.executions),
    )


def record(world: World) -> dict[str, Any] | None:
    """Return the record of the key, if there is one."""
    item = (
        world.client("dynamodb")
        .get_item(
            TableName=world.aws.deployment.ref("ImagesTable"),
            Key={"image_id": {"S": world.image_id}},
            ConsistentRead=True,
        )
        .get("Item")
    )
    return decode_item(item) if item else None


def _renditions(world: World) -> list[str]:
    """List every version of every object of the image in the renditions bucket."""
    listed = world.client("s3").list_object_versions(
        Bucket=world.aws.deployment.ref("RenditionsBucket"), Prefix=f"{world.image_id}/"
    )
    return sorted(each["Key"] for each in listed.get("Versions", []))


def _messages(world: World) -> list[dict[str, Any]]:
    deployment = world.aws.deployment
    topic = sns_backends[ACCOUNT][REGION].topics[deployment.ref("OutcomesTopic")]
    sent = [json.loads(json.loads(each[1])["default"]) for each in topic.sent_notifications]
    queue = deployment.ref("UnsentNotificationsQueue").rsplit("/", 1)[1]
    kept = sqs_backends[ACCOUNT][REGION].queues[queue]._messages
    sent += [json.loads(each.body) for each in kept]
    return [each for each in sent if each["key"] == world.key]


def violations(world: World, end: End) -> list[str]:
    """Name the invariants that do not hold; empty if all do."""
    return [
        *_follows_the_bucket(end),
        *_outcome(world, end),
        *_renditions_are_those_named(end),
        *_announcements(world, end),
        *_shown(world, end),
        *_tags(world, end),
        *history(end.record),
    ]


def _source(found: dict[str, Any]) -> dict[str, Any]:
    source: dict[str, Any] = found.get("source", {})
    return source


def _follows_the_bucket(end: End) -> list[str]:
    found, head = end.record, end.head
    if head is None:
        if found is None or found["status"] == "deleted":
            return []
        return [f"the object is gone, the record says {found['status']}"]
    if found is None:
        return ["there is an object, but no record"]
    if found["status"] == "deleted":
        return ["there is an object, but the record says deleted"]
    recorded, version = str(_source(found).get("version_id")), head["VersionId"]
    same = recorded.startswith("null") if version == "null" else recorded == version
    if not same or _source(found).get("bytes") != head["ContentLength"]:
        return [f"the record is of version {recorded[:12]}, the bucket has {version[:12]}"]
    return []


def _outcome(world: World, end: End) -> list[str]:
    """The status fits the contents, and nothing is approved unseen."""
    found = end.record
    if found is None or found["status"] == "deleted":
        return []
    if found["status"] == "processing":
        return ["the record is still in processing"]
    source = _source(found)
    kind = world.seen.kinds.get(source.get("bytes", 0), "unknown")
    what = " ".join(filter(None, (found["status"], found.get("reason"))))
    wrong = []
    allowed = set(_ALLOWED.get(kind, ()))
    if world.seen.killed_decoding:
        allowed.add("rejected too_expensive")
    if not {what, found["status"]} & allowed:
        wrong.append(f"a {kind} upload became {what}")
    if found["status"] == "approved" and not _was_moderated(world, source):
        wrong.append("approved without an answer of Rekognition")
    last = found.get("last_approved")
    if last:
        wrong += _last_approved(world, last)
    return wrong


def _last_approved(world: World, last: dict[str, Any]) -> list[str]:
    versions = {version for version, _ in world.seen.moderated}
    if str(last.get("version_id")).partition("-")[0] not in versions:
        return ["last_approved names a version that Rekognition has not answered for"]
    return []


def _was_moderated(world: World, source: dict[str, Any]) -> bool:
    return any(
        size == source.get("bytes") and str(source.get("version_id")).startswith(str(version))
        for version, size in world.seen.moderated
    )


def _renditions_are_those_named(end: End) -> list[str]:
    found = end.record or {}
    shown = [*found.get("renditions", []), *_kept(found)]
    named = sorted({each["key"] for each in shown})
    wrong = []
    if found.get("status") == "approved" and not found.get("renditions"):
        wrong.append("approved without renditions")
    if missing := set(named) - set(end.renditions):
        wrong.append(f"missing renditions: {sorted(missing)}")
    if orphans := set(end.renditions) - set(named):
        wrong.append(f"orphans: {sorted(orphans)}")
    elif len(end.renditions) > len(named) and not missing:
        wrong.append(f"{len(end.renditions) - len(named)} noncurrent orphans")
    return wrong


def _shown(world: World, end: End) -> list[str]:
    """The API shows what the record says: renditions of approved versions only, with URLs."""
    status, image = ask(world.aws, f"/images/{world.image_id}")
    if status != HTTPStatus.OK:
        return [] if end.record is None else [f"the API answers {status}"]
    found = end.record or {}
    approved = found.get("status") == "approved"
    shown = found.get("renditions", []) if approved else _kept(found)
    urls = [each["url"] for each in image.get("renditions", []) if "url" in each]
    if len(urls) != len(shown):
        return [f"{found.get('status')}: the API shows {len(urls)} URLs, not {len(shown)}"]
    return [] if not urls or download(urls[0]) else ["a rendition is empty"]


def _kept(found: dict[str, Any]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = found.get("last_approved", {}).get("renditions", [])
    return kept


def _announcements(world: World, end: End) -> list[str]:
    """Each version has one final outcome, and what the record says was announced last."""
    wrong = []
    reasons = {message.get("reason") for message in end.messages}
    if "too_expensive" in reasons and not world.seen.killed_decoding:
        wrong.append("too_expensive was announced, and no kill was at decoding")
    finals: dict[str, list[str]] = {}
    for message in end.messages:
        if message["status"] in _FINAL:
            # Version `null` names any number of versions.
            outcomes = finals.setdefault(message["id"].rpartition("/")[0], [])
            said = f"{message['status']} {message.get('reason', '')}"
            if said not in outcomes and message.get("reason") not in _JUDGED_AGAIN:
                outcomes.append(said)
    if not world.seen.judged_again:
        wrong += [
            f"several outcomes of {version[-12:]}: {outcomes}"
            for version, outcomes in finals.items()
            if len(outcomes) > 1 and not version.endswith("/null")
        ]
    found = end.record
    if found and found.get("execution", "").removesuffix("/ending") not in world.seen.stopped:
        told = [message["status"] for message in end.messages]
        if not told or found["status"] not in told:
            wrong.append(f"{found['status']} was never announced: {told}")
    return wrong


def _tags(world: World, end: End) -> list[str]:
    """The owner's tags stay; only what deserved it is tagged as rejected."""
    wrong = []
    for version in end.versions:
        if "Size" not in version:
            continue
        answer = world.client("s3").get_object_tagging(
            Bucket=world.bucket, Key=world.key, VersionId=version["VersionId"]
        )
        tags = {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}
        kind = world.seen.kinds.get(version["Size"], "unknown")
        if not OWNERS_TAGS.items() <= tags.items():
            wrong.append(f"the owner's tags of a {kind} upload are {tags}")
        if "rejected" in tags.values() and kind in {"good", "heic"}:
            wrong.append(f"a {kind} upload was tagged for expiry")
    return wrong

"""One key in the offline AWS, its owner, and everything that happens to both."""

from __future__ import annotations

import json
import random
import threading
import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline.identity import image_id
from local.aws import events
from local.aws.calls import RULE, STATE_MACHINE
from tests.faults.chaos import contents
from tests.faults.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws
    from tests.faults.chaos.baton import Turns
    from tests.faults.chaos.plan import Action, Plan

OWNERS_TAGS = {"shop": "north"}
_ARCHIVED = {"GLACIER", "DEEP_ARCHIVE"}
_KILLS = {"too slow", "killed before", "killed after"}
_DECODING = {"ThumbnailFunction", "ConvertFunction"}
_SWEEP = {"image_id": {"S": "sweep"}}  # how sweeps exclude each other, and how far they are


@dataclass
class Seen:
    """What the driver and the calls have shown so far.

    Attributes:
        log: what happened, in order, for people.
        kinds: of the contents, by their sizes, which are all different.
        moderated: version and size of each upload that Rekognition has answered for.
        stopped: ARNs of the executions that were stopped.
        judged_again: whether somebody asked for another judgement of a finished version.
        killed_decoding: whether a function was killed between its notes that decoding begins, and
            that it has ended.
        executions: ARNs of all executions.
        actions: how many the driver has performed.
        faults: how many calls have failed.
    """

    log: list[str] = field(default_factory=list)
    kinds: dict[int, str] = field(default_factory=dict)
    moderated: set[tuple[str, int]] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    judged_again: bool = False
    killed_decoding: bool = False
    executions: list[str] = field(default_factory=list)
    actions: int = 0
    faults: int = 0


class World:
    """Performs the actions of a plan, and makes calls fail.

    Args:
        aws: opened; its functions have been imported.
        plan: of a seed.
        baton: of the same seed.
        key: used by nothing else.
    """

    def __init__(self, aws: OfflineAws, plan: Plan, baton: Turns, key: str) -> None:
        self.aws, self.key, self.seen = aws, key, Seen()
        self.bucket = aws.deployment.ref("UploadsBucket")
        self.image_id = image_id(key)
        self._table = aws.deployment.ref("ImagesTable")
        self._machine = aws.deployment.ref("ImagePipelineStateMachine")
        self.client = cache(aws.client)  # to make one takes 20 ms
        self._s3, self._stepfunctions = self.client("s3"), self.client("stepfunctions")
        self._baton, self._plan = baton, plan
        self._faults = random.Random(f"faults of {plan.seed}")
        self.faults_are_on = True
        self._undelivered: list[dict[str, Any]] = []
        self._delivered: list[dict[str, Any]] = []
        self._publish = events.publish

    # ------------------------------------------------------------------------------------ actions

    def perform(self, action: Action) -> None:
        """Perform an action, if there is something that it can be done to."""
        done = self._ACTIONS[action.kind](self, action.choice)
        if done:
            self.seen.actions += 1
            self.say(f"{action.number}: {action.kind}: {done}")

    def say(self, what: str) -> None:
        """Add a line to the log."""
        self.seen.log.append(what)

    def failed(self, what: str) -> None:
        """Add a fault to the log."""
        self.seen.faults += 1
        self.say(f"   {what}")

    def keep(self, event: dict[str, Any], _account: str = "") -> bool:
        """Take an event of S3, to be delivered later."""
        if event["detail"]["bucket"]["name"] == self.bucket:
            self._undelivered.append(event)
        return True

    def put(self, kind: str, **options: Any) -> str:
        """Put a new version of a kind of contents."""
        body, metadata = contents.made(kind, len(self.seen.kinds))
        self.seen.kinds[len(body)] = kind
        version = self._s3.put_object(
            Bucket=self.bucket,
            Key=self.key,
            Body=body,
            Metadata=metadata,
            Tagging="&".join(f"{name}={value}" for name, value in OWNERS_TAGS.items()),
            **options,
        )["VersionId"]
        return f"{kind} of {len(body)} bytes, version {version[:6]}"

    def _copy(self, _choice: float) -> str:
        if (head := self.head()) is None or head.get("StorageClass") in _ARCHIVED:
            return ""
        place = {"Bucket": self.bucket, "Key": self.key}
        copied = self._s3.copy_object(
            **place, CopySource=place, MetadataDirective="REPLACE", Metadata=head["Metadata"]
        )
        return f"version {copied['VersionId'][:6]}"

    def versions(self) -> list[dict[str, Any]]:
        """List versions and delete markers, the newest first."""
        listed = self._s3.list_object_versions(Bucket=self.bucket, Prefix=self.key)
        found = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
        order = {
            each.version_id: index for index, each in enumerate(reversed(self._stored_versions()))
        }
        return sorted(found, key=lambda each: order[each["VersionId"]])

    def _stored_versions(self) -> list[Any]:
        from moto.s3.models import s3_backends

        from local.aws.environment import ACCOUNT

        keys = s3_backends[ACCOUNT]["aws"].get_bucket(self.bucket).keys
        return list(keys.getlist(self.key, []))

    def head(self) -> dict[str, Any] | None:
        """Return what S3 says about the current version, if there is one."""
        try:
            answer = self._s3.head_object(Bucket=self.bucket, Key=self.key)
        except ClientError:
            return None
        return {name: answer[name] for name in answer if name != "ResponseMetadata"}

    def delete(self, versions: list[dict[str, Any]]) -> str:
        """Delete versions or markers permanently."""
        for each in versions:
            self._s3.delete_object(Bucket=self.bucket, Key=self.key, VersionId=each["VersionId"])
        return ", ".join(each["VersionId"][:6] for each in versions)

    def mark_deleted(self, choice: float = 1.0) -> str:
        """Delete the object, as its owner or as a lifecycle rule does."""
        if self.head() is None:
            return ""
        if choice < 0.3:
            self.aws.archive.expire(self.bucket, self.key)
            return "by a lifecycle rule"
        marker = self._s3.delete_object(Bucket=self.bucket, Key=self.key)
        return f"marker {marker.get('VersionId', '')[:6]}"

    def _delete_older(self, choice: float) -> str:
        older = self.versions()[1:]
        return self.delete([older[int(choice * len(older))]]) if older else ""

    def _remove_marker(self, _choice: float) -> str:
        newest = self.versions()[:1]
        return self.delete([each for each in newest if "Size" not in each])

    def _archive(self, _choice: float) -> str:
        head = self.head()
        if head is None or head.get("StorageClass"):
            return ""
        self.aws.archive.transition(self.bucket, self.key, "GLACIER")
        return f"version {head['VersionId'][:6]}"

    def restore(self) -> str:
        """Restore the current version from the archive."""
        head = self.head()
        if head is None or head.get("StorageClass") not in _ARCHIVED:
            return ""
        self._s3.restore_object(Bucket=self.bucket, Key=self.key, RestoreRequest={"Days": 1})
        return f"version {head['VersionId'][:6]}"

    def put_versioning(self, status: str) -> str:
        """Enable or suspend the versioning of the bucket."""
        self._s3.put_bucket_versioning(
            Bucket=self.bucket, VersioningConfiguration={"Status": status}
        )
        return status

    def _deliver(self, choice: float) -> str:
        if not self._undelivered:
            return ""
        event = self._undelivered.pop(int(choice * len(self._undelivered)))
        self._delivered.append(event)
        return self._send(event)

    def _deliver_again(self, choice: float) -> str:
        if not self._delivered:
            return ""
        return self._send(self._delivered[int(choice * len(self._delivered))])

    def _send(self, event: dict[str, Any]) -> str:
        self._publish(event)
        return described(event)

    def _drop(self, choice: float) -> str:
        if not self._undelivered:
            return ""
        return described(self._undelivered.pop(int(choice * len(self._undelivered))))

    def sweep(self) -> str:
        """Start a sweep, which runs beside everything else."""
        function = self.aws.deployment.functions["SweepFunction"].name
        client = self.client("lambda")
        self.spawn("sweep", lambda: client.invoke(FunctionName=function, Payload=b"{}"))
        return "started"

    def _stop(self, choice: float) -> str:
        running = [each for each in self.seen.executions if not self.aws.progress.has_ended(each)]
        running = [each for each in running if self.aws.progress.states(each)]
        if not running:
            return ""
        arn = running[int(choice * len(running))]
        self._stepfunctions.stop_execution(executionArn=arn)
        self.seen.stopped.add(arn)
        return self._number(arn)

    def _number(self, arn: str) -> str:
        return f"execution {self.seen.executions.index(arn)}"

    def _start_again(self, choice: float) -> str:
        ended = [each for each in self.seen.executions if self.aws.progress.has_ended(each)]
        if not ended:
            return ""
        arn = ended[int(choice * len(ended))]
        given = self._stepfunctions.describe_execution(executionArn=arn)["input"]
        self.seen.judged_again |= "image-pipeline.rerun" in given
        self._start(given)
        return f"as {self._number(arn)}"

    def _rerun(self, _choice: float) -> str:
        self.seen.judged_again = True
        event = {
            "source": "image-pipeline.rerun",
            "detail-type": "Object Created",
            "time": "2026-05-01T12:00:00Z",
            "detail": {"bucket": {"name": self.bucket}, "object": {"key": self.key}},
        }
        self._start(json.dumps(event))
        return "started"

    def _start(self, given: str) -> None:
        self._stepfunctions.start_execution(
            stateMachineArn=self._machine, name=str(uuid.uuid4()), input=given
        )

    def _wait(self, _choice: float) -> str:
        self._baton.settle()
        return "until all is quiet"

    _ACTIONS: dict[str, Callable[[World, float], str]] = {  # noqa: RUF012
        "deliver an event": _deliver,
        "deliver an event again": _deliver_again,
        "drop an event": _drop,
        "overwrite": lambda world, _: world.put("good"),
        "overwrite with a file that is refused": lambda world, _: world.put("refused"),
        "overwrite with a flagged picture": lambda world, _: world.put("flagged"),
        "overwrite with a HEIC": lambda world, _: world.put("heic"),
        "overwrite with an archived picture": lambda world, _: world.put(
            "good", StorageClass="GLACIER"
        ),
        "copy onto itself": _copy,
        "delete": mark_deleted,
        "delete the newest version": lambda world, _: world.delete(world.versions()[:1]),
        "delete an older version": _delete_older,
        "delete every version": lambda world, _: world.delete(world.versions()),
        "remove a delete marker": _remove_marker,
        "archive": _archive,
        "restore": lambda world, _: world.restore(),
        "suspend versioning": lambda world, _: world.put_versioning("Suspended"),
        "enable versioning": lambda world, _: world.put_versioning("Enabled"),
        "sweep": lambda world, _: world.sweep(),
        "stop an execution": _stop,
        "start an execution again": _start_again,
        "rerun": _rerun,
        "wait": _wait,
    }

    # -------------------------------------------------------------------------------------- calls

    def spawn(self, name: str, work: Callable[[], Any]) -> None:
        """Let a new actor do some work."""
        actor = self._baton.enter(name)

        def act() -> None:
            with self._baton.acting(actor):
                try:
                    work()
                except ClientError as error:
                    self.say(f"   {name}: {error}")

        threading.Thread(target=act, daemon=True).start()

    def around(self, call: Call, perform: Callable[[], Any]) -> Any:
        """Make a call, which may fail."""
        kind = self._fault(call)
        if kind:
            self.failed(f"{kind}: {_name(call)}")
            # The only updates of these functions are the notes in `image_pipeline.decoding`.
            self.seen.killed_decoding |= (
                kind in _KILLS and call.caller in _DECODING and call.operation == "UpdateItem"
            )
            if KINDS[kind].late:
                self.spawn(f"late {call.operation}", lambda: self._noted(call, perform))
            return KINDS[kind].happen(call, lambda: self._noted(call, perform))
        return self._noted(call, perform)

    def _fault(self, call: Call) -> str:
        if not self.faults_are_on or self._faults.random() >= self._plan.fault_rate:
            return ""
        possible = [
            name for name, kind in KINDS.items() if kind.possible(call.caller, call.operation)
        ]
        return self._faults.choice(possible)

    def _noted(self, call: Call, perform: Callable[[], Any]) -> Any:
        answer = perform()
        actor = self._baton.current
        if call.operation == "DetectModerationLabels" and actor:
            event: Any = actor.event
            upload = event["image"]["upload"]
            self.seen.moderated.add((upload["object"].get("version_id"), upload["size"]))
        return answer

    # ---------------------------------------------------------------------------------- quiet end

    def forget_sweeps(self) -> None:
        """Remove what sweeps remember."""
        self.client("dynamodb").delete_item(TableName=self._table, Key=_SWEEP)

    def outlast_sweeps(self) -> None:
        """Let so much time pass that a sweep that was killed excludes no other any more."""
        self.client("dynamodb").update_item(
            TableName=self._table,
            Key=_SWEEP,
            UpdateExpression="SET held_until = :past",
            ExpressionAttributeValues={":past": {"N": "0"}},
        )

    def end(self) -> None:
        """Deliver what is left without further faults, and sweep until nothing changes."""
        self._baton.settle()
        self.faults_are_on = False
        self.say("-- the end: no more faults, every event, sweeps")
        while self._undelivered:
            self.say(f"delivered: {self._deliver(self._faults.random())}")
            if self._faults.random() < 0.5:
                self._baton.settle()
        self._baton.settle()


def described(event: dict[str, Any]) -> str:
    """Describe an event in a few words."""
    changed = event["detail"]["object"]
    kind = event["detail"].get("deletion-type") or event["detail-type"]
    return f"{kind} {changed.get('version-id', '')[:6]}"


def _name(call: Call) -> str:
    target = ""
    if call.operation == "Invoke":
        target = call.parameters["FunctionName"].rsplit(":", 1)[1].split("-")[-2]
    caller = {STATE_MACHINE: "state machine", RULE: "rule"}.get(call.caller, call.caller)
    return f"{caller}: {call.service} {call.operation} {target}".strip()

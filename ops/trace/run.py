"""Puts together what the record, S3, Step Functions and the logs know about one image."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from image_pipeline.identity import image_id as id_at
from image_pipeline.status import Status
from local.errors import UsageError
from local.uploads import printable
from ops.aws import Stack
from ops.images_api import ImagesApi
from ops.trace import timeline
from ops.trace.advice import Situation, advise, last_error, without_record
from ops.trace.printing import Life
from ops.trace.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.aws import Aws

# A clock of AWS may be behind that of the uploader.
_BEFORE = timedelta(minutes=5)
_WITHOUT_HISTORY = timedelta(days=1)
# Of the last execution: "" if nobody may ask for it.
_NOT_ENDED = {"", "RUNNING"}


def trace(
    aws: Aws,
    stack_name: str,
    identifier: str,
    key: str,
    since: datetime | None,
    say: Callable[[str], None],
    *,
    as_json: bool,
) -> int:
    """Tell the life of an image.

    Args:
        aws: the caller's account.
        stack_name: of the stack.
        identifier: the id of the image, "" to find it by its key.
        key: of the object, "" to take it from the record.
        since: the time from which on it is told; None from the beginning.
        say: called with each line.
        as_json: whether to print JSON.

    Returns:
        1 if there is no record, or if a permission was lacking for a part; otherwise 0.

    Raises:
        UsageError: there is no such image, or its record may not be read.
    """
    stack = Stack.find(aws, stack_name)
    reader = Reader(aws, stack)
    identifier = identifier or _identifier(aws, stack, key)
    record = reader.record(identifier)
    if record is None and not key:
        message = (
            f"the stack {stack.name} in {stack.region} has no image {identifier}: compare the id, "
            "name another stack with --stack, or the object with --key"
        )
        raise UsageError(message)
    if record is not None and key and record["key"] != key:
        message = f"the image {identifier} is at the key {printable(record['key'])}"
        raise UsageError(message)
    life = _life(reader, identifier, record, record["key"] if record else key, since)
    if as_json:
        say(life.as_json())
    else:
        for line in life.lines(shutil.get_terminal_size((100, 24)).columns):
            say(line)
    return int(record is None or reader.denied)


def _identifier(aws: Aws, stack: Stack, key: str) -> str:
    """Return the id of the image at a key."""
    salt = stack.parameters.get("IdSalt", "")
    if not salt.startswith("{{"):
        return id_at(key, salt.encode())
    # Only CloudFormation resolves the reference to the secret: the stack's API knows the salt.
    api = ImagesApi(stack.output("ApiUrl"), aws.credentials(), stack.region)
    try:
        image = api.image_at(key)
    except OSError as error:
        message = (
            f"the salt of the ids is in a secret, and the API of the stack does not answer "
            f"({error}): name the image by its id"
        )
        raise UsageError(message) from error
    if image is None:
        message = (
            f"the stack {stack.name} has no image at {printable(key)}: compare the key, or name "
            "another stack with --stack"
        )
        raise UsageError(message)
    return str(image["image_id"])


def _life(
    reader: Reader,
    identifier: str,
    record: dict[str, Any] | None,
    key: str,
    since: datetime | None,
) -> Life:
    known = record or {}
    uploads = reader.versions("UploadsBucketName", key, exact=True)
    versions_known = not reader.missing
    renditions = reader.versions("RenditionsBucketName", f"{identifier}/", exact=False)
    renditions_known = not reader.missing
    executions = timeline.executions_of(known)
    entries = [
        *timeline.of_history(known),
        *timeline.of_uploads(uploads),
        *timeline.of_renditions(renditions),
    ]
    start = since or _beginning(entries)
    status, error = "", ""
    unrecorded = []
    for execution in executions:
        if not _has_history(execution):
            unrecorded.append(timeline.name_of(execution))
            continue
        status, events = reader.execution(execution)
        error = last_error(events)
        entries += timeline.of_execution(execution, events)
    if unrecorded:
        reader.missing.append(
            "the states of Express executions, which have no history: only their errors are logged"
        )
        logged = reader.machine_log(unrecorded, start)
        entries += timeline.of_machine_log(logged)
        if not _has_history(executions[-1]):
            status, error = timeline.failure_in_log(logged, unrecorded[-1])
    if known.get("status") == Status.PROCESSING and status not in _NOT_ENDED:
        latest = reader.record(identifier)
        if latest is not None and latest["status"] != Status.PROCESSING:
            # It has ended since the record was read.
            reader.missing.clear()
            return _life(reader, identifier, latest, key, since)
    rows = reader.lines(identifier, executions, start)
    entries += timeline.of_logs(timeline.Lines(rows, reader.stack.name))
    newest = next((each for each in uploads if each["IsLatest"]), None)
    situation = Situation(
        reader.stack.name,
        key,
        newest,
        versions_known,
        status,
        error,
        frozenset(each["Key"] for each in renditions) if renditions_known else None,
        datetime.now(UTC),
    )
    return Life(
        identifier,
        key,
        record,
        timeline.ordered(entries, timeline.instant(since) if since else None),
        reader.missing,
        without_record(situation) if record is None else advise(record, situation),
    )


def _has_history(execution: str) -> bool:
    return execution.split(":")[5] == "execution"


def _beginning(entries: list[timeline.Entry]) -> datetime:
    """Return the time from which on there may be log lines."""
    if not entries:
        return datetime.now(UTC) - _WITHOUT_HISTORY
    return datetime.fromisoformat(min(each.at for each in entries)) - _BEFORE

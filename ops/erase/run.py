"""Runs an erasure: finds the pictures, asks, deletes them, and removes what that leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from local.errors import UsageError
from local.uploads import printable
from ops.aws import Stack
from ops.erase.functions import Functions, RefusedError
from ops.erase.remaining import remaining
from ops.erase.stores import Stores, why_unfinished
from ops.pace import Pace, Patience, now_and_then
from ops.rerun.selection import Selection
from ops.table import READ_UNITS_PER_SECOND, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.aws import Aws

    Record = dict[str, Any]


class Wanted(NamedTuple):
    """Which pictures are erased; exactly one of these is given.

    Args:
        image_ids: of the pictures.
        keys: of the uploads.
        prefix: with which the keys of the uploads begin.
        owner: of the pictures.
    """

    image_ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    prefix: str = ""
    owner: str = ""


def erase(
    aws: Aws,
    stack_name: str,
    wanted: Wanted,
    say: Callable[[str], None],
    *,
    is_sure: Callable[[int], bool],
    dry_run: bool,
) -> int:
    """Erase pictures.

    Args:
        aws: the caller's account.
        stack_name: of the stack.
        wanted: which pictures.
        say: called with each line to print.
        is_sure: called with the number of pictures; whether to go on.
        dry_run: list them only.

    Returns:
        The number of pictures of which something is left.

    Raises:
        UsageError: it is not said which pictures, or in more than one way.
    """
    if sum(map(bool, wanted)) != 1:
        message = "name the pictures in one way: by their ids, --owner, --prefix or --key"
        raise UsageError(message)
    stack = Stack.find(aws, stack_name)
    erasing = _erasing(aws, stack, say)
    erasing.find(wanted)
    erasing.list(would=dry_run)
    if not erasing.count:
        say("there is nothing to erase")
        return 0
    if dry_run or not is_sure(erasing.count):
        say("nothing was erased")
        return 0
    erasing.run()
    for line in remaining(stack.parameters):
        say(line)
    return len(erasing.left)


def _erasing(aws: Aws, stack: Stack, say: Callable[[str], None]) -> Erasing:
    patience = Patience(say)
    dynamodb = aws.client("dynamodb")
    images = stack.output("ImagesTableName")
    table = Table(
        dynamodb,
        images,
        Pace(READ_UNITS_PER_SECOND),
        patience,
        now_and_then(lambda: say(f"records read: {table.read:,} …")),
    )
    return Erasing(
        table,
        Functions(
            aws.client("lambda"),
            stack.resource("ApiFunction"),
            stack.resource("ApiWriteFunction"),
            stack.parameters.get("ApiAuth", "IAM"),
            patience,
        ),
        Stores(
            dynamodb,
            aws.client("s3"),
            images,
            stack.resource("IdempotencyTable"),
            stack.resource("ReadModelTable"),
            stack.output("UploadsBucketName"),
            stack.output("RenditionsBucketName"),
            patience,
        ),
        say,
    )


@dataclass
class Erasing:
    """One erasure.

    Args:
        table: of the records.
        functions: of the API.
        stores: tables and buckets.
        say: called with each line to print.

    Attributes:
        records: of the pictures, by id.
        strays: versions of uploads without a record, by key.
        left: why something of a picture is left, by its key.
    """

    table: Table
    functions: Functions
    stores: Stores
    say: Callable[[str], None]
    records: dict[str, Record] = field(default_factory=dict)
    strays: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many pictures there are to erase."""
        return len(self.records) + len(self.strays)

    def find(self, wanted: Wanted) -> None:
        """Find the records, then uploads without one."""
        if wanted.owner or wanted.prefix:
            selection = Selection(prefix=wanted.prefix, owner=wanted.owner)
            self.records = {each["image_id"]: each for each in self.table.scan(selection)}
        for image_id in wanted.image_ids:
            self._add(image_id)
        known = {each["key"] for each in self.records.values()}
        for key, versions in self._uploads(wanted):
            if key in known:
                continue
            # A scan may have missed a new record, and only the stack knows the salt of the ids.
            if not self._add(self._image_id_at(key)) and versions:
                self.strays[key] = versions

    def _uploads(self, wanted: Wanted) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for key in wanted.keys:
            yield key, self.stores.at(key)
        if wanted.prefix:
            found: dict[str, list[dict[str, Any]]] = {}
            for each in self.stores.versions(self.stores.uploads, wanted.prefix):
                found.setdefault(each["Key"], []).append(each)
            yield from found.items()

    def _image_id_at(self, key: str) -> str | None:
        try:
            return self.functions.image_id_at(key)
        except RefusedError as error:
            message = f"the image at {printable(key)} cannot be found: {error}"
            raise UsageError(message) from error

    def _add(self, image_id: str | None) -> bool:
        record = self.stores.record(image_id) if image_id else None
        if record is not None:
            self.records[record["image_id"]] = record
        return record is not None

    def list(self, *, would: bool) -> None:
        """Say what there is to erase."""
        word = "would erase" if would else "to erase"
        for record in self.records.values():
            self.say(
                f"{word}  {printable(record['key'])}  {record['status']}  {record['image_id']}"
            )
        for key, versions in self.strays.items():
            self.say(f"{word}  {printable(key)}  no record  {len(versions)} versions")

    def run(self) -> None:
        """Erase everything that was found; the records go last, because they lead back here."""
        deleted = [each for each in self.records if self._is_deleted(each)]
        answers = self.stores.forget_answers(deleted) if deleted else 0
        self.stores.forget_leases(deleted)
        for image_id in deleted:
            self._forget(image_id)
        for versions in self.strays.values():
            self.stores.remove(self.stores.uploads, versions)
        for key, why in self.left.items():
            self.say(f"left      {printable(key)}: {why}; run the command again")
        done = self.count - len(self.left)
        kept = f"{answers:,} answers kept for an Idempotency-Key"
        self.say(f"{done:,} of {self.count:,} pictures are erased, and {kept}")

    def _is_deleted(self, image_id: str) -> bool:
        """Delete a picture; return whether its record tells that this is finished."""
        key = self.records[image_id]["key"]
        try:
            self.functions.delete(image_id)
        except RefusedError as error:
            self.left[key] = str(error)
            return False
        record = self.stores.record(image_id)
        why = why_unfinished(record) if record else ""
        if record is not None and not why and self.stores.at(key):
            why = "it was uploaded again meanwhile"
        if why:
            self.left[key] = why
        return not why

    def _forget(self, image_id: str) -> None:
        """Remove the record of a deleted picture, and renditions that came late."""
        late = [*self.stores.versions(self.stores.renditions, f"{image_id}/")]
        self.stores.remove(self.stores.renditions, late)
        record = self.stores.record(image_id)
        if record is not None and not self.stores.forget(record):
            self.left[record["key"]] = "it was written again meanwhile"
            return
        self.say(f"erased    {printable(self.records[image_id]['key'])}")

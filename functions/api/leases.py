"""Leases of images in review: whoever holds one has the image on their screen.

A lease is an item with a time to live beside the kept answers, and never a part of the record: the
ETag of the image stays. It is written on the condition that nobody else holds one. An item whose
time is over counts as absent, because DynamoDB removes it later.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from api.errors import ConflictError
from api.expiry import as_text
from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode, encode_item
from image_pipeline.identity import lease_id
from image_pipeline.records import is_condition_unmet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.caller import Caller

LEASE_SECONDS = 120
"""How long a lease lasts unless it is renewed."""

HELD = "Somebody else reviews this image. Take the next one."

_BATCH = 100  # what BatchGetItem takes
_TRIES = 4


class Lease(NamedTuple):
    """A lease: its id, who holds it, and when it ends, in seconds since 1970."""

    id: str
    holder: str
    expires: int

    def shown(self) -> dict[str, str]:
        """Return what the API tells of it."""
        return {"id": self.id, "expires_at": as_text(self.expires)}


def holder_of(caller: Caller) -> str:
    """Return a digest of who asks; "" for callers without a name, who cannot be told apart."""
    name = caller.subject or caller.name
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest() if name else ""


class Leases(NamedTuple):
    """The leases of all images.

    Args:
        table_name: of the table that keeps them, and answers.
    """

    table_name: str

    def held(self, image_ids: Iterable[str]) -> dict[str, Lease]:
        """Return the leases of some images that have not ended, by image id."""
        ids, found = list(image_ids), {}
        for start in range(0, len(ids), _BATCH):
            keys: Any = [{"id": encode(lease_id(each))} for each in ids[start : start + _BATCH]]
            for _ in range(_TRIES):
                request: Any = {self.table_name: {"Keys": keys, "ConsistentRead": True}}
                answer: Any = aws.dynamodb().batch_get_item(RequestItems=request)
                for item in map(decode_item, answer["Responses"].get(self.table_name, [])):
                    lease = Lease(item["lease"], item["holder"], int(item["expires"]))
                    found[item["id"].partition("#")[2]] = lease
                keys = answer.get("UnprocessedKeys", {}).get(self.table_name, {}).get("Keys")
                if not keys:
                    break
        now = time.time()
        return {image_id: each for image_id, each in found.items() if each.expires > now}

    def own(self, image_id: str, holder: str) -> Lease | None:
        """Return the lease of an image, which has to be the holder's; None if nobody has one.

        Raises:
            ConflictError: it is somebody else's.
        """
        lease = self.held([image_id]).get(image_id)
        if lease is not None and lease.holder != holder:
            raise ConflictError(HELD)
        return lease

    def take(self, image_id: str, holder: str, known: Lease | None = None) -> Lease | None:
        """Take or renew a lease.

        Args:
            image_id: of the image.
            holder: who takes it.
            known: the lease that the holder has already; it keeps its id.

        Returns:
            The lease; None if somebody else holds one.
        """
        now = time.time()
        lease = Lease(known.id if known else uuid.uuid4().hex, holder, int(now) + LEASE_SECONDS)
        free = "attribute_not_exists(id) OR expires <= :now"
        values = {":now": encode(now)}
        if holder:
            free += " OR holder = :holder"
            values[":holder"] = encode(holder)
        elif known:
            free += " OR lease = :lease"
            values[":lease"] = encode(known.id)
        named = {"lease": lease.id, "holder": lease.holder, "expires": lease.expires}
        try:
            aws.dynamodb().put_item(
                TableName=self.table_name,
                Item=encode_item({"id": lease_id(image_id), **named}),
                ConditionExpression=free,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            return None
        return lease

    def release(self, image_id: str, lease: Lease) -> None:
        """End a lease, unless another one has taken its place."""
        try:
            aws.dynamodb().delete_item(
                TableName=self.table_name,
                Key={"id": encode(lease_id(image_id))},
                ConditionExpression="lease = :lease",
                ExpressionAttributeValues={":lease": encode(lease.id)},
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise

"""POST /reviews/next: leases the oldest image in review to the person who asks."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from api.caller import REVIEW
from api.leases import LEASE_SECONDS, Leases, holder_of
from api.parameters import IDEMPOTENCY_KEY
from api.routing import Answer, Body, Response, Route
from api.schemas.fields import array, count, moment, record, text
from image_pipeline.history import REVISION
from image_pipeline.identity import ID_PATTERN
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.leases import Lease
    from api.routing import Request
    from api.writes import Writes

    Record = dict[str, Any]

# Of a queue that others hold for the most part, so much is looked through.
_CANDIDATES = 1000
_CHUNK = 100
# Among so many of the oldest images, near-duplicates are found.
_COMPARED = 100


def answer(writes: Writes, request: Request) -> Answer:
    """Lease the oldest image that nobody else holds, and its near-duplicates; 204 for none."""
    from api.review_queue import near, waiting

    leases, holder = Leases(writes.leases_table), holder_of(request.caller)
    skipped = set(request.body.get("skip", ()))
    positions = (each.rpartition("#")[2] for each in waiting(writes.records.table_name))
    queue = islice((each for each in positions if each not in skipped), _CANDIDATES)
    seen: list[str] = []
    for image_id in _free(leases, holder, queue, seen):
        lease, found = _leased(writes, leases, holder, image_id)
        if lease is None or found is None:
            continue
        others = _records(writes, [*seen, *islice(queue, max(0, _COMPARED - len(seen)))])
        duplicates = []
        for distance, each in near(found, others):
            if leases.take(each["image_id"], holder) is not None:
                duplicates.append({**_named(each), "distance": distance})
        body = {**_named(found), "lease": lease.shown(), "near_duplicates": duplicates}
        return Answer(body=body)
    return Answer(204)


def _free(leases: Leases, holder: str, queue: Iterator[str], seen: list[str]) -> Iterator[str]:
    """Yield the ids of images that nobody else held when they were looked at."""
    while chunk := list(islice(queue, _CHUNK)):
        seen[:] = chunk
        held = leases.held(chunk)
        for each in chunk:
            if each not in held or (holder and held[each].holder == holder):
                yield each


def _leased(
    writes: Writes, leases: Leases, holder: str, image_id: str
) -> tuple[Lease | None, Record | None]:
    """Lease an image if it is in review; the index of the table may be a moment behind."""
    known = leases.held([image_id]).get(image_id)
    own = known if known and holder and known.holder == holder else None
    lease = leases.take(image_id, holder, own)
    if lease is None:
        return None, None
    found = writes.records.get(image_id)
    if found is not None and found["status"] == Status.REVIEW:
        return lease, found
    leases.release(image_id, lease)
    return None, None


def _records(writes: Writes, image_ids: list[str]) -> list[Record]:
    from api.image_index import records_at

    wanted = ("status", "placeholder", REVISION)
    found = records_at(writes.records.table_name, image_ids[:_COMPARED], wanted)
    return [each for each in found if each is not None and each["status"] == Status.REVIEW]


def _named(found: Record) -> Record:
    return {"image_id": found["image_id"], "etag": f'"{found.get(REVISION, 0)}"'}


_IMAGE_ID = text("Id of the image.", pattern=f"^{ID_PATTERN}$")
_ETAG = text("For If-Match of the decision.")
_EXAMPLE_ID, _OTHER_ID = "5ckxvam4h5m3v2i7bbvu5coi3h", "o7glnm2kyqy4x3q2b6uvx5a2cd"
LEASE = record(
    "Until when nobody else gets the image.",
    "id expires_at",
    id=text("Id of the lease."),
    expires_at=moment("When it ends unless it is renewed."),
)
LEASE_EXAMPLE = {
    "id": "9b2c1f4de0a84b6f9d7e3c5a1b2d4f60",
    "expires_at": "2026-11-27T05:02:00Z",
}

ROUTE = Route(
    method="POST",
    path="/reviews/next",
    operation_id="lease_next_review",
    summary="Take the next image to review",
    description=f"Leases the oldest image in review that nobody else holds for {LEASE_SECONDS} "
    "seconds, along with those of the hundred around it that look nearly the same. Whoever asks "
    "again gets the same image, until it is decided about, released or in `skip`; with "
    "ApiAuth=NONE, callers cannot be told apart, and each request gets another image.",
    responses={
        200: Response(
            "The image, its lease, and near-duplicates, which are leased as well.",
            record(
                "An image to decide about.",
                "image_id etag lease near_duplicates",
                image_id=_IMAGE_ID,
                etag=_ETAG,
                lease=LEASE,
                near_duplicates=array(
                    record(
                        "An image in review that looks nearly the same.",
                        "image_id etag distance",
                        image_id=_IMAGE_ID,
                        etag=_ETAG,
                        distance=count("Bits of 64 in which the hashes differ."),
                    ),
                    "The nearest first.",
                ),
            ),
            {
                "image_id": _EXAMPLE_ID,
                "etag": '"7"',
                "lease": LEASE_EXAMPLE,
                "near_duplicates": [{"image_id": _OTHER_ID, "etag": '"5"', "distance": 2}],
            },
        ),
        204: Response("No image waits that nobody else holds."),
        400: Response("The body is malformed."),
    },
    answer=answer,
    scopes=(REVIEW,),
    parameters=(IDEMPOTENCY_KEY,),
    body=Body(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "skip": {
                    "type": "array",
                    "maxItems": 1000,
                    "items": {"type": "string", "pattern": f"^{ID_PATTERN}$"},
                    "description": "Ids of images not to get.",
                }
            },
        },
        {"skip": [_OTHER_ID]},
    ),
)

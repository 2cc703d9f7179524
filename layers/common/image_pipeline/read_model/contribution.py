"""What a record contributes to the read model; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from image_pipeline.history import HISTORY, REVISION
from image_pipeline.read_model.histogram import bucket_of
from image_pipeline.read_model.words import words
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    Record = dict[str, Any]

NO_REASON = "none"

# To replace a term takes four actions, two of everybody's and two of the owner's. A transaction has
# a hundred, of which up to seven are for the rest.
TERMS = 23
_OF_FILE_NAME, _OF_CAMERA = 9, 5
_UNDECIDED = {Status.PENDING, Status.PROCESSING}
_OUTCOMES = {*Status} - _UNDECIDED - {Status.DELETED}
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)


class Contribution(NamedTuple):
    """What one record adds to the read model.

    Args:
        position: of the image in every list and search, `<created_at>#<image_id>`.
        status: of the record.
        reason: of the record; `none` if it has none.
        milliseconds: from the upload to the outcome; None if there is no outcome of an upload.
        bucket: of that time in the histogram. Rows of releases without histograms have none.
        nanodollars: the estimated cost, in billionths of a US dollar; None if it is not known.
        owner: who may search for it besides those who may search for everything; None for nobody.
        terms: the words that find it, sorted.
        decided: `<time>#<image_id>` of the newest decision of a person; None if there is none.
    """

    position: str
    status: str
    reason: str
    milliseconds: int | None
    bucket: int | None
    nanodollars: int | None
    owner: str | None
    terms: tuple[str, ...]
    decided: str | None = None

    @property
    def hour(self) -> str:
        """The hour in UTC in which the image became known, such as `2026-11-27T05`."""
        return self.position[:13]


def order_of(record: Record) -> str:
    """Return what tells an older state of an image from a newer one, by comparison as text.

    An id can get a new record after the one before has expired, with revisions from 1 on again.
    """
    return f"{created_at(record)}#{record.get(REVISION, 0):012}"


def created_at(record: Record) -> str:
    """Return when an image became known; "" if the record does not tell."""
    return str(record.get("created_at", ""))


def contribution(record: Record) -> Contribution:
    """Return what a record contributes to the read model."""
    taken = _milliseconds(record)
    cost = record.get("cost_usd")
    return Contribution(
        position=record.get("position") or f"{created_at(record)}#{record['image_id']}",
        status=str(record["status"]),
        reason=str(record.get("reason") or NO_REASON),
        milliseconds=taken,
        bucket=None if taken is None else bucket_of(taken),
        nanodollars=None if cost is None else round(cost * 1_000_000_000),
        owner=record.get("owner"),
        terms=_terms(record),
        decided=_decided(record),
    )


def _milliseconds(record: Record) -> int | None:
    """Return the time from the upload to its first outcome, whatever people decide later.

    It is None if there is no outcome. Clocks of two services may disagree, hence at least 0.
    """
    start, end = record.get("uploaded_at"), record.get("processed_at")
    if record["status"] not in _OUTCOMES or not start or not end:
        return None
    history = record.get(HISTORY, [])
    uploaded = max((at for at, each in enumerate(history) if each["type"] == "uploaded"), default=0)
    outcomes = (each["at"] for each in history[uploaded:] if each["type"] in _OUTCOMES)
    taken = datetime.fromisoformat(next(outcomes, end)) - datetime.fromisoformat(start)
    return max(0, taken // timedelta(milliseconds=1))


def _decided(record: Record) -> str | None:
    decision = record.get("decision")
    return f"{decision['at']}#{record['image_id']}" if decision else None


def _terms(record: Record) -> tuple[str, ...]:
    """Return the words that find a record: only of facts that the API shows in its status."""
    if record["status"] == Status.DELETED:
        return ()
    found = chain(
        _of_month(created_at(record)),
        islice(words(str(record.get("key", "")).rpartition("/")[2]), _OF_FILE_NAME),
        () if record["status"] in _UNDECIDED else _of_picture(record),
    )
    return tuple(sorted(islice(dict.fromkeys(found), TERMS)))


def _of_picture(record: Record) -> Iterator[str]:
    metadata = record.get("metadata", {})
    yield from _of_month(str(metadata.get("captured_at", "")))
    camera = metadata.get("camera", {})
    named = " ".join(str(camera.get(name, "")) for name in ("make", "model"))
    yield from islice(words(named), _OF_CAMERA)
    for label in record.get("moderation", {}).get("labels", []):
        yield from words(f"{label.get('name', '')} {label.get('parent', '')}")


def _of_month(time: str) -> tuple[str, ...]:
    """Return year, month and name of the month of a time in ISO 8601, as far as it tells them."""
    year, month = time[:4], time[5:7]
    if not (year.isascii() and year.isdecimal()):
        return ()
    if not (month.isascii() and month.isdecimal() and 1 <= int(month) <= len(_MONTHS)):
        return (year,)
    return year, month, _MONTHS[int(month) - 1]

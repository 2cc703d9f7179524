"""GET /stats: how many images there are, by hour or day, status and reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from api import periods
from api.caller import REVIEW
from api.errors import BadRequestError, Fault
from api.parameters import Parameter
from api.routing import Answer, Response, Route

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request

_DAY = timedelta(days=1)
_LENGTHS = {"hour": 13, "day": 10}  # of a time that names the period
_STEPS = {"hour": timedelta(hours=1), "day": _DAY}
_LONGEST = {"hour": 31 * _DAY, "day": 366 * _DAY}


class Span(NamedTuple):
    """Whole periods: the start of the first one, and the end of the last one."""

    start: datetime
    end: datetime
    per: str

    @property
    def names(self) -> tuple[str, str]:
        """The names of the first and the last period."""
        length = _LENGTHS[self.per]
        return self.start.isoformat()[:length], (self.end - _STEPS[self.per]).isoformat()[:length]


def span_of(start: str | None, end: str | None, per: str, now: datetime) -> Span:
    """Return the whole periods that touch a span of time.

    Args:
        start: a day or a time; None for a day before the end.
        end: a day, which counts, or a time, which does not; None for now.
        per: `hour` or `day`.
        now: the time in UTC.

    Raises:
        BadRequestError: it is empty, or longer than allowed.
    """
    try:
        until = periods.end(end) if end else now
        since = periods.beginning(start) if start else until - _DAY
        step = _STEPS[per]
        first, last = _floor(since, per), _floor(until - timedelta(microseconds=1), per) + step
    except OverflowError as error:
        raise _refused("from", "Give a time from the years 1 to 9999.") from error
    if since >= until:
        raise _refused("from", "The start of the span has to be before its end.")
    if until - since > _LONGEST[per]:
        days = _LONGEST[per].days
        raise _refused("from", f"A span may be {days} days long if it is counted per {per}.")
    return Span(first, last, per)


def answer(reads: Reads, request: Request) -> Answer:
    """Answer the counts of a span of time."""
    # Most requests are for images, and need none of this.
    from api.stats import described, read_counts

    given = request.arguments
    span = span_of(given.get("from"), given.get("to"), given["per"], datetime.now(UTC))
    sums = read_counts(reads.read_model_table, span.per, *span.names)
    times = {"from": _text(span.start), "to": _text(span.end), "per": span.per}
    return Answer(body=times | described(span.per, sums))


def _floor(moment: datetime, per: str) -> datetime:
    whole = moment.replace(minute=0, second=0, microsecond=0)
    return whole.replace(hour=0) if per == "day" else whole


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _refused(field: str, detail: str) -> BadRequestError:
    return BadRequestError(detail, Fault(field, detail))


_TIME = {"type": "string", "maxLength": 40, "pattern": periods.PATTERN}
_FACTS = {
    "images": {"type": "integer", "minimum": 0},
    "mean_seconds": {
        "type": "number",
        "description": "Mean time from the upload to its outcome, if there is an outcome.",
    },
    "median_seconds": {
        "type": "number",
        "description": "Time that half of the images did not exceed, within 5 percent. Left out if "
        "all were counted by a release that did not tell it.",
    },
    "p95_seconds": {
        "type": "number",
        "description": "Time that 95 percent of the images did not exceed, likewise.",
    },
    "cost_usd": {
        "type": "number",
        "description": "Sum of the estimated costs of the images that tell theirs, in US dollars.",
    },
}
_COUNT = {
    "status": {"type": "string"},
    "reason": {"type": "string", "description": "Left out if there is none."},
    **_FACTS,
}
_REQUIRED = ["status", "images"]
_SCHEMA = {
    "type": "object",
    "required": ["from", "to", "per", "counts", "totals", "overall"],
    "properties": {
        "from": {"type": "string", "format": "date-time"},
        "to": {"type": "string", "format": "date-time"},
        "per": {"type": "string", "enum": ["hour", "day"]},
        "counts": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["start", *_REQUIRED],
                "properties": {"start": {"type": "string", "format": "date-time"}, **_COUNT},
            },
        },
        "totals": {
            "type": "array",
            "items": {"type": "object", "required": _REQUIRED, "properties": _COUNT},
        },
        "overall": {"type": "object", "required": ["images"], "properties": _FACTS},
    },
}
_NUMBERS = {
    "images": 12,
    "mean_seconds": 2.113,
    "median_seconds": 1.878,
    "p95_seconds": 4.096,
    "cost_usd": 0.01561692,
}
_APPROVED = {"status": "approved", **_NUMBERS}

ROUTE = Route(
    method="GET",
    path="/stats",
    operation_id="get_stats",
    summary="Count images",
    description="Images that became known in a span of time, by the hour or day of it, by their "
    "status and reason now. Changes of images are counted within seconds. A deleted image is "
    "counted as deleted until its record expires.",
    responses={
        200: Response(
            "The counts, the oldest first, their totals, and all in one.",
            _SCHEMA,
            {
                "from": "2026-11-27T00:00:00Z",
                "to": "2026-11-28T00:00:00Z",
                "per": "hour",
                "counts": [{"start": "2026-11-27T05:00:00Z", **_APPROVED}],
                "totals": [_APPROVED],
                "overall": _NUMBERS,
            },
        ),
        400: Response("A time is malformed, or the span is empty or too long."),
    },
    answer=answer,
    # Counts tell of everybody's images.
    scopes=(REVIEW,),
    parameters=(
        Parameter(
            name="from",
            place="query",
            description="Start of the span, a day or a time of ISO 8601; a day before its end by "
            "default. Whole hours or days are counted.",
            refusal="from is a day such as 2026-11-27 or a time such as 2026-11-27T08:00:00Z.",
            schema=_TIME,
            required=False,
            example="2026-11-27T00:00:00Z",
        ),
        Parameter(
            name="to",
            place="query",
            description="End of the span, a day or a time; now by default. It may be up to 31 days "
            "long, or 366 days if it is counted per day.",
            refusal="to is a day such as 2026-11-27 or a time such as 2026-11-27T08:00:00Z.",
            schema=_TIME,
            required=False,
            example="2026-11-28T00:00:00Z",
        ),
        Parameter(
            name="per",
            place="query",
            description="Whether hours or days are counted.",
            refusal="Count per hour or per day.",
            schema={"type": "string", "enum": ["hour", "day"], "default": "hour"},
            required=False,
            example="hour",
        ),
    ),
)

"""Puts the notifications of outcomes into the queue of the webhook function again."""

from __future__ import annotations

from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from local.errors import UsageError
from ops.aws import Stack
from ops.pace import Pace, Patience
from ops.table import READ_UNITS_PER_SECOND, Table
from ops.webhooks.outcomes import TERMINAL, Outcome, outcomes_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ops.aws import Aws
    from ops.webhooks.outcomes import Period

_LONGEST_WORK = timedelta(days=2)  # an execution has a day, and the sweep may start it once more


class Options(NamedTuple):
    """How outcomes are sent again.

    Args:
        rate: per second.
        uploaded_since: when the oldest image that is looked at became known; None for two days
            before the period.
        dry_run: list them, and send nothing.
    """

    rate: float
    uploaded_since: datetime | None = None
    dry_run: bool = False


def replay(
    aws: Aws, stack_name: str, period: Period, options: Options, say: Callable[[str], None]
) -> int:
    """Send the outcomes of a period to the webhook of a stack again, the oldest first.

    Args:
        aws: the caller's account.
        stack_name: of the stack.
        period: when they were.
        options: how to send them.
        say: called with each line to print.

    Returns:
        The number of outcomes that are sent, or would be.

    Raises:
        UsageError: the stack has no webhook.
    """
    stack = Stack.find(aws, stack_name)
    if not stack.parameters.get("WebhookUrl"):
        message = f"the stack {stack.name} has no WebhookUrl: there is nobody to send outcomes to"
        raise UsageError(message)
    queue = stack.resource("WebhooksQueue")
    patience = Patience(say)
    table = Table(
        aws.client("dynamodb"),
        stack.output("ImagesTableName"),
        Pace(READ_UNITS_PER_SECOND),
        patience,
    )
    first = options.uploaded_since or period.since - _LONGEST_WORK
    bucket = stack.output("UploadsBucketName")
    found = sorted(
        outcome
        for record in table.with_status(TERMINAL, _position(first))
        for outcome in outcomes_in(period, record, bucket)
    )
    say(f"{len(found):,} outcomes of images that were uploaded since {first:%Y-%m-%d %H:%M} UTC")
    sqs, pace = aws.client("sqs"), Pace(options.rate)
    sent: list[Outcome] = []
    try:
        for outcome in found:
            if not options.dry_run:
                pace.spend()
                send = partial(sqs.send_message, QueueUrl=queue, MessageBody=outcome.body)
                patience(send)
            sent.append(outcome)
            say(f"{outcome.at}  {outcome.status:8}  {outcome.image_id}")
    finally:
        _tell(found, sent, options, say)
    return len(sent)


def _tell(
    found: list[Outcome], sent: list[Outcome], options: Options, say: Callable[[str], None]
) -> None:
    if options.dry_run:
        say(f"{len(sent):,} would be sent")
        return
    say(f"{len(sent):,} sent")
    if len(sent) < len(found):
        say(f"{len(found) - len(sent):,} not sent: go on with --since {found[len(sent)].at}")


def _position(time: datetime) -> str:
    """Return what the position of an image that became known at a time begins with."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

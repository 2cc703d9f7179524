"""Runs a rerun: reads records, starts executions at a steady rate, counts, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.errors import UsageError
from ops.aws import Stack
from ops.images_api import ImagesApi
from ops.pace import Pace, Patience, now_and_then
from ops.rerun.counts import FAILED
from ops.rerun.starting import Starter
from ops.table import READ_UNITS_PER_SECOND, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.aws import Aws
    from ops.rerun.selection import Selection
    from ops.rerun.starting import Options


def rerun(
    aws: Aws,
    stack_name: str,
    keys: list[str],
    selection: Selection,
    options: Options,
    say: Callable[[str], None],
) -> int:
    """Start executions again for the selected records of a stack.

    Args:
        aws: the caller's account.
        stack_name: of the stack.
        keys: of the objects; empty for those that the index by status lists.
        selection: of the records.
        options: how to start them.
        say: called with each line to print.

    Returns:
        The number of executions that could not be started.
    """
    stack = Stack.find(aws, stack_name)
    patience = Patience(say)
    table = Table(
        aws.client("dynamodb"),
        stack.output("ImagesTableName"),
        Pace(READ_UNITS_PER_SECOND),
        patience,
        now_and_then(lambda: say(f"records read: {table.read:,} …")),
    )
    starter = Starter(
        stack.workflow(aws),
        stack.output("UploadsBucketName"),
        options,
        Pace(options.rate),
        patience,
        say,
    )
    at_keys = table.at(keys, _finder(aws, stack), selection, say) if keys else None
    try:
        starter.start_all(at_keys or table.selected(selection))
    finally:
        starter.counts.print_table()
        if not keys:
            say(f"records read: {table.read:,}")
    return starter.counts.of(FAILED)


def _finder(aws: Aws, stack: Stack) -> Callable[[str], str | None]:
    """Make the function that asks the stack's API for the id of the image at a key."""
    api = ImagesApi(stack.output("ApiUrl"), aws.credentials(), stack.region)

    def image_id_at(key: str) -> str | None:
        try:
            image = api.image_at(key)
        except OSError as error:
            message = f"the API of the stack does not answer ({error}): leave out --key"
            raise UsageError(message) from error
        return str(image["image_id"]) if image else None

    return image_id_at

"""Reads what tells of an image; what cannot be read is named, and the rest is told all the same."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline.schema import decode_record
from local.errors import UsageError
from ops.failures import explain, is_denied, permission
from ops.trace.advice import GONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ops.aws import Aws, Stack

_QUERY = (
    "fields @timestamp, function_name, level, message, status, reason, error, exception_name, "
    "attempt, why | filter {condition} | sort @timestamp asc | limit {most}"
)
_MOST_LINES = 1000
_MOST_EVENTS = 2000
_SECONDS_FOR_LOGS = 60.0
_SECONDS_BETWEEN_LOOKS = 0.5
_EXPIRED = {"ExecutionDoesNotExist", "InvalidArn"}


@dataclass
class Reader:
    """Reads from an account.

    Args:
        aws: the caller's account.
        stack: of the image.
        wait: seconds to wait between two looks at a query; a function for tests.

    Attributes:
        missing: what could not be read, and why, a sentence each.
        denied: whether some of it lacked a permission.
    """

    aws: Aws
    stack: Stack
    wait: Callable[[float], None] = time.sleep
    missing: list[str] = field(default_factory=list)
    denied: bool = False

    def record(self, image_id: str) -> dict[str, Any] | None:
        """Read the record of an image, None if there is none.

        Raises:
            UsageError: it may not be read.
        """
        table = self.stack.output("ImagesTableName")
        try:
            answer = self.aws.client("dynamodb").get_item(
                TableName=table, Key={"image_id": {"S": image_id}}, ConsistentRead=True
            )
        except ClientError as error:
            if not is_denied(error):
                raise
            message = (
                f"the record cannot be read without the permission {permission(error)} on the "
                f"table {table}: use other credentials with --profile, or ask for it"
            )
            raise UsageError(message) from error
        return decode_record(answer["Item"]) if "Item" in answer else None

    def versions(self, bucket_output: str, prefix: str, *, exact: bool) -> list[dict[str, Any]]:
        """List the versions of the objects whose keys begin with a prefix, or are equal to it."""
        found: list[dict[str, Any]] = []
        with self._told("the versions in S3"):
            bucket = self.stack.output(bucket_output)
            pages = self.aws.client("s3").get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                both = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
                found += [each for each in both if not exact or each["Key"] == prefix]
                if exact and any(each["Key"] > prefix for each in both):
                    break
            return found
        return []

    def execution(self, arn: str) -> tuple[str, list[dict[str, Any]]]:
        """Read the status and the history of an execution of Standard."""
        client = self.aws.client("stepfunctions")
        name = arn.rpartition(":")[2]
        events: list[dict[str, Any]] = []
        status = ""
        with self._told(f"the execution {name}"):
            try:
                status = client.describe_execution(executionArn=arn)["status"]
                pages = client.get_paginator("get_execution_history").paginate(
                    executionArn=arn, includeExecutionData=False, PaginationConfig=_PAGES
                )
                for page in pages:
                    events += page["events"]
            except ClientError as error:
                if error.response["Error"]["Code"] not in _EXPIRED:
                    raise
                status = GONE
                self.missing.append(
                    f"the execution {name}: Step Functions keeps an execution for 90 days after "
                    "its end, and has none of this name"
                )
        return status, events

    def machine_log(self, executions: Sequence[str], start: datetime) -> list[dict[str, Any]]:
        """Read what the log of the state machine has of executions without a history."""
        found: list[dict[str, Any]] = []
        with self._told("the log of the state machine"):
            group = self.stack.resource("ImagePipelineLogGroup")
            pages = self.aws.client("logs").get_paginator("filter_log_events")
            for execution in executions:
                for page in pages.paginate(
                    logGroupName=group,
                    startTime=int(start.timestamp() * 1000),
                    filterPattern=f'"{execution}"',
                ):
                    found += page["events"]
        return found

    def lines(
        self, image_id: str, executions: Sequence[str], start: datetime
    ) -> list[dict[str, str]]:
        """Query the log group of the functions for the lines about an image."""
        with self._told("the log lines of the functions"):
            client = self.aws.client("logs")
            group = self.stack.resource("FunctionsLogGroup")
            start = max(start, self._kept_since(client, group, start))
            conditions = [f'image_id = "{image_id}"']
            named = ", ".join(f'"{each}"' for each in executions)
            conditions += [f"correlation_id in [{named}]"] if executions else []
            query = client.start_query(
                logGroupName=group,
                startTime=int(start.timestamp()),
                endTime=int(time.time()) + 1,
                queryString=_QUERY.format(condition=" or ".join(conditions), most=_MOST_LINES),
            )["queryId"]
            rows = self._results(client, query)
            if len(rows) == _MOST_LINES:
                self.missing.append(
                    f"log lines after the first {_MOST_LINES:,}: narrow them with --since"
                )
            return rows
        return []

    def _kept_since(self, client: Any, group: str, start: datetime) -> datetime:
        """Return since when the group has lines; say so if that is after the beginning."""
        found = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        days = next(
            (each.get("retentionInDays") for each in found if each["logGroupName"] == group), None
        )
        if days is None:
            return start
        kept = datetime.now(UTC) - timedelta(days=days)
        if kept > start:
            self.missing.append(
                f"log lines before {kept:%Y-%m-%d}: the log group keeps them for {days} days "
                "(LogRetentionDays)"
            )
        return kept

    def _results(self, client: Any, query: str) -> list[dict[str, str]]:
        deadline = time.monotonic() + _SECONDS_FOR_LOGS
        while True:
            answer = client.get_query_results(queryId=query)
            rows = [{each["field"]: each["value"] for each in row} for row in answer["results"]]
            if answer["status"] not in {"Scheduled", "Running", "Unknown"}:
                if answer["status"] != "Complete":
                    self.missing.append(f"some log lines: the query ended as {answer['status']}")
                return rows
            if time.monotonic() > deadline:
                self.missing.append(
                    f"some log lines: the query takes longer than {_SECONDS_FOR_LOGS:.0f} seconds; "
                    "narrow it with --since"
                )
                return rows
            self.wait(_SECONDS_BETWEEN_LOOKS)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Context manager that notes what cannot be read."""
        try:
            yield
        except ClientError as error:
            if is_denied(error):
                self.denied = True
                self.missing.append(f"{what}: these credentials lack {permission(error)}")
                return
            self.missing.append(f"{what}: {explain(error)}")
        except UsageError as error:
            self.missing.append(f"{what}: {error}")


_PAGES: Mapping[str, int] = {"MaxItems": _MOST_EVENTS}

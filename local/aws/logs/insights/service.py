"""StartQuery, GetQueryResults, DescribeQueries and StopQuery, in the place of moto's.

A query is complete at once: its results are those of the moment at which it was started.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.responses import LogsResponse

from local.aws.logs.insights.commands import MOST_ROWS, Query, parsed
from local.aws.logs.insights.discovery import row_of
from local.aws.logs.insights.tokens import MalformedQueryError
from local.aws.moto_patches import added, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_GROUP_OF_ARN = re.compile(r"arn:[^:]+:logs:[^:]*:[^:]*:log-group:([^:]+)(:\*)?")
_LANGUAGE = "CWLI"
_KEPT = 100


@dataclass(frozen=True)
class _Answered:
    """A query that was started, and its answer."""

    identifier: str
    text: str
    groups: tuple[str, ...]
    started: int
    results: Sequence[Mapping[str, str]]
    matched: int
    scanned: int
    bytes_scanned: int


@contextmanager
def querying() -> Iterator[None]:
    """Context manager in which CloudWatch Logs answers queries."""
    answered: dict[str, _Answered] = {}

    def start_query(response: Any) -> str:
        found = _answer(response)
        answered[found.identifier] = found
        while len(answered) > _KEPT:
            del answered[next(iter(answered))]
        return json.dumps({"queryId": found.identifier})

    def get_query_results(response: Any) -> str:
        found = _known(answered, response)
        rows = [
            [{"field": name, "value": value} for name, value in row.items()]
            for row in found.results
        ]
        statistics = {
            "recordsMatched": float(found.matched),
            "recordsScanned": float(found.scanned),
            "bytesScanned": float(found.bytes_scanned),
        }
        return json.dumps(
            {
                "queryLanguage": _LANGUAGE,
                "results": rows,
                "statistics": statistics,
                "status": "Complete",
            }
        )

    def describe_queries(response: Any) -> str:
        group, status = response._get_param("logGroupName"), response._get_param("status")
        described = [
            {
                "queryLanguage": _LANGUAGE,
                "queryId": each.identifier,
                "queryString": each.text,
                "status": "Complete",
                "createTime": each.started,
                "logGroupName": each.groups[0],
            }
            for each in reversed(answered.values())
            if group in {None, *each.groups} and status in {None, "Complete"}
        ]
        return json.dumps({"queries": described})

    def stop_query(response: Any) -> str:
        _known(answered, response)
        raise InvalidParameterException("The specified query has already ended.")

    with ExitStack() as patches:
        for method in (start_query, get_query_results, describe_queries):
            patches.enter_context(replaced(LogsResponse, method.__name__, method))
        patches.enter_context(added(LogsResponse, "stop_query", stop_query))
        yield


def _answer(response: Any) -> _Answered:
    groups = _groups(response)
    start, end = response._get_param("startTime"), response._get_param("endTime")
    if start > end:
        raise InvalidParameterException("The start time is after the end time.")
    if response._get_param("queryLanguage") not in {None, _LANGUAGE}:
        raise InvalidParameterException("Offline, queries are in the language CWLI only.")
    text = response._get_param("queryString")
    limit = response._get_param("limit") or MOST_ROWS
    query = _parsed(text)
    rows = [
        row_of(event, group.name, stream.log_stream_name)
        for group in groups
        for stream in list(group.streams.values())
        for event in list(stream.events)
        if start * 1000 <= event.timestamp < (end + 1) * 1000
    ]
    rows.sort(key=lambda row: (row["@timestamp"], int(row["@ptr"])), reverse=True)  # type: ignore[arg-type]
    results, matched = query.results(rows)
    return _Answered(
        str(uuid.uuid4()),
        text,
        tuple(group.name for group in groups),
        int(time.time() * 1000),
        results[:limit],
        matched,
        len(rows),
        sum(len(str(row["@message"]).encode()) for row in rows),
    )


def _groups(response: Any) -> list[Any]:
    """Return the log groups that are queried, named in one of the three ways."""
    one = response._get_param("logGroupName")
    given = [
        each
        for each in (
            [one] if one else None,
            response._get_param("logGroupNames"),
            response._get_param("logGroupIdentifiers"),
        )
        if each
    ]
    if len(given) != 1:
        raise InvalidParameterException(
            "Name log groups with exactly one of logGroupName, logGroupNames and "
            "logGroupIdentifiers."
        )
    known = response.logs_backend.groups
    names = []
    for identifier in given[0]:
        match = _GROUP_OF_ARN.fullmatch(identifier)
        names.append(match[1] if match else identifier)
    for name in names:
        if name not in known:
            message = f"Log group '{name}' does not exist."
            raise ResourceNotFoundException(message)
    return [known[name] for name in names]


def _parsed(text: str) -> Query:
    try:
        return parsed(text)
    except MalformedQueryError as error:
        before = text[: error.offset]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
        message = f"{error} at line {line} and position {column}"
        raise _MalformedQueryAnswerError(message) from error


def _known(answered: Mapping[str, _Answered], response: Any) -> _Answered:
    identifier = response._get_param("queryId")
    if identifier not in answered:
        message = f"Query {identifier} does not exist."
        raise ResourceNotFoundException(message)
    return answered[identifier]


class _MalformedQueryAnswerError(JsonRESTError):
    """The answer of CloudWatch Logs to a query that it cannot parse."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("MalformedQueryException", message)

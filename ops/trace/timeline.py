"""The timeline of an image: what happened when, from everything that tells of it; pure.

An entry never tells what is in the picture or in its metadata, and no URL with a signature.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Record = Mapping[str, Any]

_URL = re.compile(r"(https?://[^\s\"'?]*)\?[^\s\"']*")
_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+|\bAKIA[A-Z0-9]{16}\b|\bASIA[A-Z0-9]{16}\b")
_LONGEST = 400
# What is told of an event of a history; its other facts are the picture's.
_TOLD = (("version", "version"), ("execution", "execution"), ("decision", "decision"))
# An execution that ends in an error holds its record under this name.
_ENDING = "/ending"


class Entry(NamedTuple):
    """Something that happened: when, in ISO 8601, UTC; who tells it; and what.

    S3 knows whole seconds only: `at_end` says that it happened towards the end of its second.
    """

    at: str
    source: str
    what: str
    at_end: bool = False


class Lines(NamedTuple):
    """The lines that functions have logged about an image, as Logs Insights returns them."""

    rows: list[dict[str, str]]
    stack: str


def instant(moment: datetime) -> str:
    """Write a time as the history of an image does."""
    written = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")


def without_secrets(text: str) -> str:
    """Return a text on one line, without the query of any URL, keys and secrets of webhooks."""
    line = printable(" ".join(text.split()))
    clean = _SECRET.sub("…", _URL.sub(r"\1?…", line))
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"


def executions_of(record: Record) -> list[str]:
    """Return the executions that a record and its history name, the oldest first.

    A request to the API holds the record that it deletes under a name that is not an ARN.
    """
    named = [event.get("execution", "") for event in record.get("history", ())]
    named += [*record.get("displaced", ()), record.get("execution", "")]
    arns = [each.removesuffix(_ENDING) for each in named if each.startswith("arn:")]
    return list(dict.fromkeys(arns))


def name_of(execution: str) -> str:
    """Return the name of an execution, the last part of its ARN."""
    parts = execution.split(":")
    # arn:…:express:<machine>:<name>:<id>
    return parts[7] if "express" in parts[5:6] and len(parts) > 7 else parts[-1]


def of_history(record: Record) -> Iterator[Entry]:
    """Tell the events of a history."""
    for event in record.get("history", ()):
        facts = [f"by {event['by']}"]
        for name, shown in _TOLD:
            if event.get(name):
                value = str(event[name]).removesuffix(_ENDING)
                facts.append(f"{shown} {name_of(value) if name == 'execution' else value}")
        if "bytes" in event:
            facts.append(f"{int(event['bytes']):,} bytes")
        facts += [
            without_secrets(str(event[name])) for name in ("why", "message") if event.get(name)
        ]
        yield Entry(
            _with_milliseconds(event["at"]),
            "record",
            f"{event['type']} ({', '.join(facts)})",
        )


def of_uploads(versions: Iterable[Record]) -> Iterator[Entry]:
    """Tell the versions of the upload that the bucket still holds."""
    for version in versions:
        newest = ", the newest" if version.get("IsLatest") else ""
        about = f"version {version['VersionId']}{newest}"
        if "Size" in version:
            archived = version.get("StorageClass", "STANDARD")
            kept = "" if archived == "STANDARD" else f", in {archived}"
            what = f"upload stored ({about}, {version['Size']:,} bytes{kept})"
        else:
            what = f"upload deleted: delete marker ({about})"
        yield Entry(instant(version["LastModified"]), "S3", what)


def of_renditions(versions: Iterable[Record]) -> Iterator[Entry]:
    """Tell the renditions that the bucket still holds, one entry for each name."""
    for version in versions:
        name = version["Key"].partition("/")[2]
        size = f"{version['Size']:,} bytes" if "Size" in version else "delete marker"
        what = f"rendition {name} stored ({size})"
        yield Entry(instant(version["LastModified"]), "S3", what, at_end=True)


def of_execution(execution: str, events: Iterable[Record]) -> Iterator[Entry]:
    """Tell the history of an execution: its states, errors and end."""
    name = name_of(execution)
    for event in events:
        what = _told(event)
        if what:
            yield Entry(instant(event["timestamp"]), "execution", f"{name}: {what}")


def of_logs(lines: Lines) -> Iterator[Entry]:
    """Tell the lines of functions."""
    for row in lines.rows:
        at = row["@timestamp"].replace(" ", "T") + "Z"
        function = row.get("function_name", "").removeprefix(f"{lines.stack}-")
        function = function.partition("Function")[0].lower() or "a function"
        level = row.get("level", "INFO")
        facts = [
            without_secrets(f"{name} {row[name]}" if name == "attempt" else row[name])
            for name in ("status", "reason", "error", "exception_name", "attempt", "why")
            if row.get(name)
        ]
        shown = f"{function}: {'' if level == 'INFO' else level + ' '}{row.get('message', '')}"
        source = "webhook" if function == "webhook" else "log"
        about = f" ({', '.join(facts)})" if facts else ""
        yield Entry(at, source, without_secrets(shown) + about)


def of_machine_log(rows: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    """Tell what the log of the state machine has of an execution without a history."""
    for told in _logged(rows):
        at = datetime.fromtimestamp(int(told["event_timestamp"]) / 1000, UTC)
        details = told.get("details") or {}
        what = _told({"type": told.get("type", ""), "details": details}) or told.get("type", "")
        execution = str(told.get("execution_arn", ""))
        yield Entry(instant(at), "execution", f"{name_of(execution)}: {what}")


def failure_in_log(rows: Iterable[Mapping[str, Any]], execution: str) -> tuple[str, str]:
    """Return the status and the error of an execution that the log says has failed, "" if none."""
    for told in _logged(rows):
        status = _FAILURES.get(told.get("type", ""), "")
        if status and name_of(str(told.get("execution_arn", ""))) == execution:
            return status, str((told.get("details") or {}).get("error") or "")
    return "", ""


def _logged(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Read the lines of the log of the state machine; others are left out."""
    for row in rows:
        try:
            told = json.loads(row["message"])
            int(told["event_timestamp"])
        except (ValueError, KeyError, TypeError):
            continue
        yield told


def ordered(entries: Iterable[Entry], since: str | None) -> list[Entry]:
    """Order entries by time; those of one moment stay in their order."""
    found = [each for each in entries if since is None or each.at >= since]
    return sorted(found, key=lambda each: f"{each.at[:20]}999Z" if each.at_end else each.at)


def _with_milliseconds(at: str) -> str:
    return instant(datetime.fromisoformat(at))


def _told(event: Mapping[str, Any]) -> str:
    kind = str(event["type"])
    details: Mapping[str, Any] = next(
        (value for name, value in event.items() if name.lower().endswith("details")), {}
    )
    if kind.endswith("StateEntered"):
        return str(details.get("name", kind))
    error = details.get("error")
    if kind.startswith("Execution") or error:
        verb = _PHRASES.get(kind, kind)
        return without_secrets(f"{verb}{_failure(error, details.get('cause'))}")
    return ""


_FAILURES = {
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_PHRASES = {
    "ExecutionStarted": "started",
    "ExecutionSucceeded": "succeeded",
    "ExecutionFailed": "failed",
    "ExecutionTimedOut": "timed out",
    "ExecutionAborted": "was stopped",
    "ExecutionRedriven": "was redriven",
    "LambdaFunctionFailed": "function raised an error",
    "LambdaFunctionTimedOut": "function timed out",
    "TaskFailed": "task failed",
    "TaskTimedOut": "task timed out",
}


def _failure(error: Any, cause: Any) -> str:
    if not error:
        return ""
    try:
        message = json.loads(cause or "")["errorMessage"]
    except (ValueError, KeyError, TypeError):
        message = cause or ""  # not written by a function
    return f": {error}: {message}" if message else f": {error}"

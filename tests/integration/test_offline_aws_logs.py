"""CloudWatch Logs offline: who writes what, and how it is read."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.story import process
from tests.support.pictures import gradient_file
from tests.support.waiting import await_condition

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws


@pytest.fixture
def query(aws: OfflineAws) -> Callable[..., list[dict[str, str]]]:
    """Function that runs a query over the log group of the functions, or another one."""
    client = aws.client("logs")

    def run(text: str, group: str = "FunctionsLogGroup") -> list[dict[str, str]]:
        now = int(time.time())
        started = client.start_query(
            logGroupName=aws.deployment.ref(group),
            startTime=now - 3600,
            endTime=now + 1,
            queryString=text,
        )
        answer = client.get_query_results(queryId=started["queryId"])
        assert answer["status"] == "Complete"
        return [{each["field"]: each["value"] for each in row} for row in answer["results"]]

    return run


def test_functions_write_json_between_the_lines_of_lambda(
    aws: OfflineAws, query: Callable[..., list[dict[str, str]]]
) -> None:
    image = process(aws, "uploads/logs/one.jpg", gradient_file()).image
    (line,) = query(
        f'fields message, status, function_name | filter image_id = "{image["image_id"]}"'
    )
    assert (line["message"], line["status"]) == ("finished", "approved")
    assert "StoreFunction" in line["function_name"]
    events = aws.client("logs").filter_log_events(
        logGroupName=aws.deployment.ref("FunctionsLogGroup"),
        filterPattern=f'{{ $.image_id = "{image["image_id"]}" && $.message = "fin*" }}',
    )["events"]
    (event,) = events
    request_id = json.loads(event["message"])["function_request_id"]
    assert re.match(r"\d{4}/\d\d/\d\d/image-pipeline-StoreFunction", event["logStreamName"])
    (report,) = query(f'fields @duration | filter @type = "REPORT" and @requestId = "{request_id}"')
    assert float(report["@duration"]) > 0
    (kind,) = query(f'fields @type | filter @type = "START" and @requestId = "{request_id}"')
    assert kind["@type"] == "START"


def test_an_error_is_one_event_with_its_traceback(
    aws: OfflineAws, query: Callable[..., list[dict[str, str]]]
) -> None:
    process(aws, "uploads/logs/refused.txt", b"no picture")
    rows = query("filter @message like /^\\[ERROR\\] ValidationError/ | limit 1")
    assert "\nTraceback (most recent call last):\n" in rows[0]["@message"]


def test_the_api_writes_the_line_that_its_stage_describes(
    aws: OfflineAws, planted: None, query: Callable[..., list[dict[str, str]]]
) -> None:
    with urllib.request.urlopen(f"{aws.api_url}/images?limit=1") as answer:
        length = len(answer.read())
    rows = query(
        'fields status, responseLength, userArn | filter routeKey = "GET /images" | limit 1',
        "ImagesApiLogGroup",
    )
    found = {name: value for name, value in rows[0].items() if name != "@ptr"}
    assert found == {"status": "200", "responseLength": str(length), "userArn": "-"}
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{aws.api_url}/nowhere")
    assert query('fields routeKey | filter status = "404" and routeKey = "-"', "ImagesApiLogGroup")


def test_the_state_machine_logs_its_errors_without_data(
    aws: OfflineAws, query: Callable[..., list[dict[str, str]]]
) -> None:
    arn = aws.client("stepfunctions").start_execution(
        stateMachineArn=aws.deployment.ref("ImagePipelineStateMachine"),
        name="logged-failure",
        input='{"not": "an event"}',
    )["executionArn"]
    await_condition(lambda: aws.progress.has_ended(arn))
    rows = query(
        f'fields type, details.error, details.input | filter execution_arn = "{arn}" | sort id',
        "ImagePipelineLogGroup",
    )
    assert "ExecutionFailed" in {row["type"] for row in rows}
    assert not [row for row in rows if "details.input" in row]


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("", 4),
        ("picture", 2),
        ("picture failed", 1),
        ('"picture is"', 1),
        ("?failed ?other", 2),
        ("picture -failed", 1),
        ("{ $.size > 5 }", 1),
        ('{ $.size <= 5 && $.name = "b*" }', 0),
        ('{ ($.size = 9) || ($.name = "x") }', 1),
        ("{ $.deep.list[1] = two }", 1),
        ("{ $.nothing NOT EXISTS }", 1),
        ("{ $.flag IS TRUE }", 1),
    ],
)
def test_filter_patterns_find_words_and_json(aws: OfflineAws, pattern: str, count: int) -> None:
    name = "filter-patterns"
    client = aws.client("logs")
    if not client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
        told = {"size": 9, "name": "big", "deep": {"list": [1, "two"]}, "flag": True}
        for line in ("picture failed", "picture is done", "other", json.dumps(told)):
            aws.logs.write(name, "stream", line)
    found = client.filter_log_events(logGroupName=name, filterPattern=pattern)["events"]
    assert len(found) == count


@pytest.mark.parametrize("pattern", ["[a, b]", "{ $.x }", "{ x = 1 }", "%regex%", '{ $.x = "a"'])
def test_other_filter_patterns_are_refused(aws: OfflineAws, pattern: str) -> None:
    aws.logs.write("refused-patterns", "stream", "line")
    with pytest.raises(ClientError, match="InvalidParameterException"):
        aws.client("logs").filter_log_events(logGroupName="refused-patterns", filterPattern=pattern)


def test_a_malformed_query_is_refused_with_its_place(
    query: Callable[..., list[dict[str, str]]],
) -> None:
    with pytest.raises(ClientError, match="line 2 and position 2") as refused:
        query("fields @message\n| unheard_of")
    assert refused.value.response["Error"]["Code"] == "MalformedQueryException"


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"logGroupName": "a", "logGroupNames": ["b"]},
        {"logGroupName": "no-such-group"},
        {"logGroupIdentifiers": ["arn:aws:logs:us-east-1:123456789012:log-group:none"]},
    ],
)
def test_a_query_needs_existing_log_groups_named_in_one_way(
    aws: OfflineAws, named: dict[str, Any]
) -> None:
    with pytest.raises(ClientError):
        aws.client("logs").start_query(startTime=0, endTime=1, queryString="limit 1", **named)


def test_queries_are_described_and_cannot_be_stopped_once_they_have_ended(aws: OfflineAws) -> None:
    client = aws.client("logs")
    group = aws.deployment.resources["FunctionsLogGroup"].attributes["Arn"]
    started = client.start_query(
        logGroupIdentifiers=[group],
        startTime=0,
        endTime=int(time.time()),
        queryString="stats count(*) as n",
        limit=1,
    )["queryId"]
    name = aws.deployment.ref("FunctionsLogGroup")
    described = client.describe_queries(logGroupName=name)["queries"][0]
    assert (described["queryId"], described["status"]) == (started, "Complete")
    with pytest.raises(ClientError, match="has already ended"):
        client.stop_query(queryId=started)
    with pytest.raises(ClientError, match="does not exist"):
        client.get_query_results(queryId="another")

"""The query language of Logs Insights offline: what it answers, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from local.aws.logs.insights.commands import parsed
from local.aws.logs.insights.tokens import MalformedQueryError
from local.aws.logs.insights.values import Moment

START = 1_700_000_000_000


def events() -> list[dict[str, Any]]:
    """Ten events a minute apart, the newest first, as Logs Insights returns them."""
    return [
        {
            "@timestamp": Moment(START + number * 60_000),
            "@message": f"picture {number} took {number * 10} ms",
            "@ptr": str(number),
            "level": "ERROR" if number % 3 == 0 else "INFO",
            "size": number,
            "detail.name": f"name-{number % 2}",
            **({"why": "throttled"} if number == 4 else {}),
        }
        for number in range(10)
    ][::-1]


def ask(query: str) -> list[dict[str, str]]:
    rows, _ = parsed(query).results(events())
    return [{name: value for name, value in row.items() if name != "@ptr"} for row in rows]


def sizes(condition: str) -> list[int]:
    return [int(row["size"]) for row in ask(f"fields size | filter {condition} | sort size")]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("size = 3", [3]),
        ('size = "3"', [3]),
        ("size != 3 and size < 5", [0, 1, 2, 4]),
        ("size >= 8 or size <= 0", [0, 8, 9]),
        ("not (size > 1)", [0, 1]),
        ("size in [2, 4, 40]", [2, 4]),
        ("size not in [0, 1, 2, 3, 4, 5, 6]", [7, 8, 9]),
        ('level in ["ERROR"]', [0, 3, 6, 9]),
        ("@message like /e [1-3] /", [1, 2, 3]),
        ("@message like 'e 7'", [7]),
        ("@message =~ /(?i)PICTURE 5/", [5]),
        ("@message not like /[1-9] took/", [0]),
        ("ispresent(why)", [4]),
        ("why like /thr/", [4]),
        ("not ispresent(why) and size % 4 = 0", [0, 8]),
        # A field that an event lacks compares with nothing.
        ("why != 'other'", [4]),
        ("detail.name = 'name-1' and size < 4", [1, 3]),
        ("`detail.name` = 'name-1' and size < 2", [1]),
        ("size * 2 + 1 = 7 # a comment", [3]),
        ("2 ^ size = 8", [3]),
        ("size - -1 = 4", [3]),
        ("strlen(concat(level, '!')) = 5 and size < 3", [1, 2]),
        ("substr(@message, 8, 1) = '6'", [6]),
        ("toupper(coalesce(why, 'none')) = 'THROTTLED'", [4]),
    ],
)
def test_a_filter_keeps_what_meets_its_condition(condition: str, expected: list[int]) -> None:
    assert sizes(condition) == expected


def test_the_newest_event_comes_first_and_shows_time_and_message() -> None:
    assert ask("limit 1") == [
        {"@timestamp": "2023-11-14 22:22:20.000", "@message": "picture 9 took 90 ms"}
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fields size as s | sort s | limit 2", [{"s": "0"}, {"s": "1"}]),
        ("fields size, why | sort why desc | limit 1", [{"size": "4", "why": "throttled"}]),
        ("fields size, level | display size | sort size desc | limit 1", [{"size": "9"}]),
        (
            "filter size < 3 | sort level asc, size desc | display size",
            [{"size": "0"}, {"size": "2"}, {"size": "1"}],
        ),
        ("dedup level | display size, level | sort size", [
            {"size": "8", "level": "INFO"}, {"size": "9", "level": "ERROR"}]),
        (
            'filter size = 7 | parse @message "picture * took * ms" as which, ms',
            [{"which": "7", "ms": "70"}],
        ),
        ("filter size = 7 | parse @message /took (?<ms>\\d+)/", [{"ms": "70"}]),
        ("stats count(*) as n", [{"n": "10"}]),
        ("stats count(why), count_distinct(level)", [
            {"count(why)": "1", "count_distinct(level)": "2"}]),
        (
            "stats avg(size) as mean, max(size), sum(size) by level | sort level",
            [
                {"level": "ERROR", "mean": "4.5", "max(size)": "9", "sum(size)": "18"},
                {"level": "INFO", "mean": "4.5", "max(size)": "8", "sum(size)": "27"},
            ],
        ),
        ("stats pct(size, 50) as p50, pct(size, 99) as p99", [{"p50": "4", "p99": "9"}]),
        ("stats max(size) / count(*) as ratio", [{"ratio": "0.9"}]),
        ("stats earliest(size) as first, latest(size) as last", [{"first": "0", "last": "9"}]),
        (
            "stats count(*) as n by bin(5m) as at | sort at",
            [
                {"at": "2023-11-14 22:10:00.000", "n": "2"},
                {"at": "2023-11-14 22:15:00.000", "n": "5"},
                {"at": "2023-11-14 22:20:00.000", "n": "3"},
            ],
        ),
        ("stats count(*) as n by level | filter n > 4", [{"level": "INFO", "n": "6"}]),
        ("stats count(*) as n by level, size | stats max(n) as most", [{"most": "1"}]),
        ("filter size > 90 | stats count(*) as n", [{"n": "0"}]),
        ("filter size > 90 | stats count(*) as n by level", []),
    ],
)  # fmt: skip
def test_a_query_has_the_rows_that_it_asks_for(query: str, expected: list[dict[str, str]]) -> None:
    assert ask(query) == expected


@pytest.mark.parametrize(
    ("query", "offset"),
    [
        ("", 0),
        ("fields", 6),
        ("fields size |", 13),
        ("fields size | pattern @message", 14),
        ("fields jsonParse(@message)", 7),
        ("filter size ~ 2", 12),
        ("filter size = ", 14),
        ("filter size like 3", 17),
        ("filter count(*) > 2", 7),
        ("filter (size = 2", 16),
        ("filter size in 2", 15),
        ("filter @message like /(/", 21),
        ("filter @message like /never", 21),
        ("sort count(*)", 5),
        ("limit 0", 6),
        ("limit 10001", 6),
        ("limit many", 6),
        ("stats size", 6),
        ("stats avg(max(size))", 6),
        ("stats pct(size, 101)", 6),
        ("stats count(*) by bin(5)", 22),
        ("parse @message 'a * b'", 22),
        ("parse @message 'a * b' as x, y", 15),
        ("stats count(*) | stats count(*) | stats count(*)", 34),
        ("fields strlen()", 7),
        ("filter " + "(" * 60 + "size" + ")" * 60, 57),
    ],
)
def test_what_is_not_supported_is_refused_where_it_stands(query: str, offset: int) -> None:
    with pytest.raises(MalformedQueryError) as refused:
        parsed(query)
    assert refused.value.offset == offset

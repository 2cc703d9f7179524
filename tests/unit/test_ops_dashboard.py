"""The picture of a dashboard: what is drawn where, and how values and times are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import ImageColor

from ops.dashboard import scales
from ops.dashboard.body import widgets
from ops.dashboard.drawing import PALETTE, distinct, picture, place
from ops.dashboard.reading import Graph, Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

START = 1_800_000_000


def graph(*series: Mapping[int, float], x: int = 0, **properties: Any) -> Graph:
    """Return a graph of series, with points by their number of minutes after the start."""
    given = {"title": "Title", "metrics": [["Own", "name"]], "period": 300, **properties}
    widget = {"type": "metric", "x": x, "y": 0, "width": 8, "height": 6, "properties": given}
    (read,) = widgets(json.dumps({"widgets": [widget]}))
    lines = tuple(
        Line(f"line {number}", None, {START + minute * 60: value for minute, value in each.items()})
        for number, each in enumerate(series)
    )
    return Graph(read, lines, START, START + 3600, 300)


def pixels(image: Image.Image, drawn: Graph, color: str) -> list[tuple[int, int]]:
    """Return where a color is in a graph above its legend of one line."""
    box, wanted = place(drawn), ImageColor.getrgb(color)
    height = box.bottom - box.top - 46
    return [
        (x, y)
        for x in range(box.left, box.right)
        for y in range(box.top, box.top + height)
        if image.getpixel((x, y)) == wanted
    ]


def test_a_higher_value_is_drawn_higher_and_a_later_one_further_right() -> None:
    drawn = graph({0: 10, 55: 100})
    found = pixels(picture("Board", [drawn]), drawn, PALETTE[0])
    early = [y for x, y in found if x < (place(drawn).left + place(drawn).right) / 2]
    late = [y for x, y in found if x > (place(drawn).left + place(drawn).right) / 2]
    assert max(late) < min(early)


def test_a_gap_in_the_data_is_a_gap_in_the_line() -> None:
    with_gap, without = graph({0: 10, 55: 10}), graph(dict.fromkeys(range(0, 60, 5), 10))
    width = [
        len({x for x, _ in pixels(picture("Board", [each]), each, PALETTE[0])})
        for each in (with_gap, without)
    ]
    assert width[0] < 20 < width[1]


def test_stacked_values_stand_on_each_other() -> None:
    drawn = graph({10: 50}, {10: 50}, stacked=True)
    image = picture("Board", [drawn])
    below, above = (pixels(image, drawn, color) for color in PALETTE[:2])
    assert {x for x, _ in below} == {x for x, _ in above}
    assert max(y for _, y in above) <= min(y for _, y in below)


def test_each_graph_is_drawn_in_its_place() -> None:
    left, right = graph({0: 1}), graph({0: 1}, {0: 2}, x=8)
    image = picture("Board", [left, right])
    assert place(left).right < place(right).left
    assert pixels(image, right, PALETTE[1])
    assert not pixels(image, left, PALETTE[1])


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (
            ["my-stack-ApiFunction-x1", "my-stack-StoreFunction-x1"],
            ["ApiFunction", "StoreFunction"],
        ),
        (["my-stack-Api-aB", "my-stack-Api-cD"], ["aB", "cD"]),
        (["my-stack-Api-aB", "other"], ["my-stack-Api-aB", "other"]),
        (["p50", "p95"], ["p50", "p95"]),
        (["a-b", "a-b-c"], ["b", "b-c"]),
        (["one-and-only"], ["one-and-only"]),
        ([], []),
    ],
)
def test_a_legend_leaves_out_what_all_labels_have_in_common(
    labels: list[str], shown: list[str]
) -> None:
    assert distinct(labels) == shown


def test_a_graph_without_data_says_so() -> None:
    empty, other = graph({}), graph({0: 1})
    assert picture("Board", [empty]).tobytes() != picture("Board", [other]).tobytes()


@pytest.mark.parametrize(("value", "count"), [(100, 30), (1, 0)])
def test_a_limit_far_above_the_data_is_written_instead_of_drawn(value: float, count: int) -> None:
    limit = {"horizontal": [{"label": "limit", "value": 120}]}
    drawn = graph({0: value}, annotations=limit)
    found = pixels(picture("Board", [drawn]), drawn, "#b0004e")
    rows = {y for _, y in found}
    dashes = [y for y in rows if len({x for x, other in found if other == y}) > 100]
    assert found
    assert bool(dashes) == (count > 0)


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 0.25, 0.5, 0.75, 1]),
        (7, [0, 2, 4, 6, 8]),
        (95, [0, 25, 50, 75, 100]),
        (120_000, [0, 50_000, 100_000, 150_000]),
    ],
)
def test_an_axis_has_round_values_up_to_the_largest(most: float, expected: list[float]) -> None:
    assert scales.values(most) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (0.25, "0.25"), (2.5, "2.5"), (9000, "9000"), (150_000, "150k"), (2e6, "2M")],
)
def test_values_are_written_briefly(value: float, expected: str) -> None:
    assert scales.written(value) == expected


def test_times_are_round_and_in_utc() -> None:
    assert [text for _, text in scales.times(START, START + 12 * 3600)] == [
        "09:00", "12:00", "15:00", "18:00"]  # fmt: skip
    days = scales.times(START, START + 14 * 86_400)
    assert [text for _, text in days] == ["21 Jan", "28 Jan"]


def test_what_a_row_repeats_is_written_out() -> None:
    rows = [
        ["Own", "one", "service", "a", "function", "b", {"stat": "p50"}],
        ["...", "c"],
        [".", "two", ".", ".", ".", "."],
        [{"expression": "1 + 1", "id": "sum"}],
        ["..."],
    ]
    found = graph({}, metrics=rows).widget.metrics
    assert [(each.name, each.dimensions, each.stat) for each in found] == [
        ("one", (("service", "a"), ("function", "b")), "p50"),
        ("one", (("service", "a"), ("function", "c")), "Average"),
        ("two", (("service", "a"), ("function", "c")), "Average"),
        ("", (), "Average"),
        ("two", (("service", "a"), ("function", "c")), "Average"),
    ]


def test_a_row_that_repeats_what_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="repeats more"):
        graph({}, metrics=[["Own", "."]])
